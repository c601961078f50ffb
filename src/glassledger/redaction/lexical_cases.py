"""Cases that rest on words rather than patterns: names, addresses, sex, town."""

from collections.abc import Sequence

from glassledger.redaction.cases import FEW, SHAPED, Case
from glassledger.redaction.headers import bare, names
from glassledger.redaction.lexicons import (
    GENDER_LETTERS,
    GENDER_WORDS,
    address_like,
    address_shaped,
    name_known,
    name_shaped,
    place_shaped,
)
from glassledger.redaction.vocabulary import BARE_NAMES, PHRASES

_LEAST_NAMES, _KNOWN_NAMES, _KNOWN_DOUBLE = 40, 0.45, 0.25  # double: a given name and a surname
_KNOWN_UNDER_BARE, _KNOWN_UNDER_PART = 0.2, 0.4
_MOST_GENDERS = 12
_FEW_TEXTS, _POSSIBLE = 100, 0.5


def lexical_cases(texts: Sequence[str], name: str) -> list[Case]:
    """All cases that hold."""
    cases = (_gender(texts, name), _person(texts, name), _address(texts, name), _city(texts, name))
    return [case for case in cases if case is not None]


def few(texts: Sequence[str]) -> Sequence[str]:
    """At most some two hundred of the values, evenly spread: enough to see that something is out of the question."""
    return texts[:: max(1, len(texts) // _FEW_TEXTS)]


def _person(texts: Sequence[str], name: str) -> Case | None:
    named = names(name, PHRASES["person_name"])
    if named == "none" and len(texts) < _LEAST_NAMES:
        return None
    if name_shaped(few(texts), strict=named != "whole").mean() < _POSSIBLE:
        return None
    shaped, known = int(name_shaped(texts, strict=named != "whole").sum()), int(name_known(texts).sum())
    if named == "none":
        double = sum(" " in text for text in texts) >= SHAPED * len(texts)
        enough = known >= (_KNOWN_DOUBLE if double else _KNOWN_NAMES) * len(texts) and shaped >= SHAPED * len(texts)
        return Case("person_name", "direct", 1.5, shaped, known, ("shape", "lexicon")) if enough else None
    least = 0.0 if named == "whole" else _KNOWN_UNDER_PART
    if bare(name, BARE_NAMES) or names(name, PHRASES["username"]) == "whole":
        least = _KNOWN_UNDER_BARE
    if shaped < 0.8 * len(texts) or known < least * len(texts):
        return None
    return Case(
        "person_name",
        "direct",
        3.1 if named == "whole" else 2.5,
        shaped,
        known,
        ("column name", "shape", *(("lexicon",) if known else ())),
    )


def _address(texts: Sequence[str], name: str) -> Case | None:
    named = names(name, PHRASES["address"])
    if address_like(few(texts)).mean() < _POSSIBLE / 2:
        return None
    shaped = int(address_shaped(texts).sum())
    if named != "none" and shaped >= 0.3 * len(texts):
        return Case("address", "direct", 3.1 if named == "whole" else 2.5, shaped, shaped, ("column name", "shape"))
    if named == "whole":
        like = int(address_like(texts).sum())
        return (
            Case("address", "direct", 2.8, like, shaped, ("column name", "shape")) if like >= 0.6 * len(texts) else None
        )
    if len(texts) >= FEW and shaped >= 0.4 * len(texts) and address_like(texts).sum() >= 0.95 * len(texts):
        return Case("address", "direct", 1.5, shaped, shaped, ("shape",))
    return None


def _gender(texts: Sequence[str], name: str) -> Case | None:
    if len(texts) > _MOST_GENDERS:
        return None
    words = {text.lower() for text in texts}
    named = names(name, PHRASES["gender"])
    if named != "none" and words <= GENDER_WORDS | GENDER_LETTERS:
        return Case("gender", "quasi", 3.2, len(words), len(words), ("column name", "lexicon"))
    if len(words) >= 2 and words <= GENDER_WORDS:
        return Case("gender", "quasi", 1.2, len(words), len(words), ("lexicon",))
    return None


def _city(texts: Sequence[str], name: str) -> Case | None:
    if names(name, PHRASES["city"]) == "none":
        return None
    shaped = int(place_shaped(texts).sum())
    if shaped < SHAPED * len(texts):
        return None
    return Case("city", "quasi", 2.6, shaped, shaped, ("column name", "shape"))
