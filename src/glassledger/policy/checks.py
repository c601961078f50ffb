"""All contradiction checks of a policy document, in one call."""

import re
from collections.abc import Iterator

from glassledger.errors import PolicyError
from glassledger.policy.checks_columns import column_faults
from glassledger.policy.checks_model import model_faults
from glassledger.policy.document import PolicyDocument, Text
from glassledger.policy.faults import Fault, Path, choices
from glassledger.policy.rules import check_rule
from glassledger.policy.shipped import shipped_packs

_CODE = re.compile(r"[a-z]{2}")


def contradictions(document: PolicyDocument) -> tuple[Fault, ...]:
    """Every contradiction of a well-formed document; empty when it is sound."""
    columns = document.data.columns.items()
    return (
        *(fault for name, column in columns for fault in column_faults(name, column)),
        *model_faults(document),
        *_rules(document),
        *_languages(document),
        *_packs(document),
    )


def languages_of(document: PolicyDocument) -> tuple[str, ...]:
    """Languages that the document speaks: its own first, then in order of appearance."""
    spoken = (language for _, text in _texts(document) if isinstance(text, dict) for language in text)
    return tuple(dict.fromkeys((document.language, *spoken)))


def _rules(document: PolicyDocument) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, check in enumerate(document.data.checks):
        at: Path = ("data", "checks", index)
        if check.name in seen:
            yield Fault((*at, "name"), "another check has this name")
        seen.add(check.name)
        try:
            check_rule(check.rule, document.data.columns)
        except PolicyError as error:
            yield Fault((*at, "rule"), error.message)


def _languages(document: PolicyDocument) -> Iterator[Fault]:
    """A text is given in every language of the policy, or once for all of them."""
    wanted = languages_of(document)
    for at, text in _texts(document):
        if isinstance(text, str):
            if not text.strip():
                yield Fault(at, "must not be empty")
            continue
        for language in text:
            if not _CODE.fullmatch(language):
                yield Fault((*at, language), "must be a language code of two lower-case letters, such as en or zh")
            elif not text[language].strip():
                yield Fault((*at, language), "must not be empty")
        absent = [language for language in wanted if language not in text and _CODE.fullmatch(language)]
        if absent:
            yield Fault(at, f"has no text in {', '.join(absent)}, which this policy speaks elsewhere")


def _packs(document: PolicyDocument) -> Iterator[Fault]:
    """A rule pack is a shipped one or a file; a file is read only when a report needs it."""
    for index, name in enumerate(document.regulation.packs if document.regulation else ()):
        if not name.endswith((".yaml", ".yml")) and name not in shipped_packs():
            yield Fault(("regulation", "packs", index), f"no rule pack has this name{choices(name, shipped_packs())}")


def _texts(document: PolicyDocument) -> Iterator[tuple[Path, Text]]:
    yield ("purpose", "use"), document.purpose.use
    for index, text in enumerate(document.purpose.prohibited):
        yield ("purpose", "prohibited", index), text
    for topic, declaration in document.declarations.items():
        yield ("declarations", topic, "text"), declaration.text
    for name, column in document.data.columns.items():
        at: Path = ("data", "columns", name)
        if column.label is not None:
            yield (*at, "label"), column.label
        if column.reasons is not None:
            for key, reason in (("lowers", column.reasons.lowers), ("raises", column.reasons.raises)):
                if reason is not None:
                    yield (*at, "reasons", key), reason
