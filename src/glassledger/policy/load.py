"""From the bytes of a policy file to a checked document; all faults of a file are reported together."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from glassledger.policy.checks import contradictions
from glassledger.policy.document import PolicyDocument
from glassledger.policy.families import SETTINGS
from glassledger.policy.faults import Fault, Path, under
from glassledger.policy.inclusion import resolved
from glassledger.policy.redaction_document import RedactionDocument
from glassledger.policy.rules import parse_rule
from glassledger.policy.shipped import shipped_names, shipped_policy
from glassledger.policy.strict import MAX_BYTES, beyond, decoded, located, malformed, mended, read_policy, validated
from glassledger.policy.wording import translated
from glassledger.policy.yaml_tree import Tree, read_tree
from glassledger.records.record import Record

__all__ = ["MAX_BYTES", "parse_document", "parse_rule", "read_policy", "shipped_names", "shipped_policy"]

_COLUMNS: Path = ("data", "columns")
_NO_POLICY = Fault((), "this is not a policy; the first key of a policy is `glassledger: 1`")


def parse_document(
    data: bytes, *, name: str, redaction: RedactionDocument | None = None
) -> tuple[PolicyDocument, Record]:
    """Read, validate and check a policy.

    Parameters
    ----------
    data : bytes
        UTF-8 YAML, at most 1 MiB.
    name : str
        What messages call the file.
    redaction : RedactionDocument, optional
        The redaction policy that the document includes; its rules fill the columns that declare no redaction.

    Returns
    -------
    document : PolicyDocument
    settings : Record
        The validated settings of the document's family.

    Raises
    ------
    PolicyError
        Codes ``policy-too-large``, ``policy-encoding``, ``policy-invalid``; the last one holds every fault with line,
        path and message in ``facts["faults"]``.
    """
    tree = read_tree(decoded(data, name))
    if not isinstance(tree.value, dict) or not _looks_like_a_policy(tree.value):
        raise located(name, tree, tree.faults or [_NO_POLICY])
    found = list(tree.faults)
    found += beyond(found, malformed(tree, PolicyDocument))
    document = mended(tree, PolicyDocument, found)
    settings: Record | None = None
    if document is not None:
        document = document if redaction is None else resolved(document, redaction)
        settings, wrong = _settings(document, tree)
        found += _consequent(found, [*wrong, *contradictions(document)])
    if found or document is None or settings is None:
        raise located(name, tree, found)
    return document, settings


def included_name(data: bytes, *, name: str) -> str | None:
    """What a policy file says under ``redaction.use``; None where it says nothing that could be followed."""
    used = read_tree(decoded(data, name)).at(("redaction", "use"))
    return used if isinstance(used, str) and used else None


def _consequent(known: Sequence[Fault], faults: Sequence[Fault]) -> list[Fault]:
    """The contradictions that stand by themselves: not those right beside a misspelt or unreadable key, and, when a
    column is faulty, not those between blocks."""
    blocks = {fault.path[:-1] for fault in known}
    if any(under(fault.path, [_COLUMNS]) for fault in known):
        faults = [fault for fault in faults if under(fault.path, [_COLUMNS])]
    return [fault for fault in faults if fault.path not in blocks and fault.path[:-1] not in blocks]


def _looks_like_a_policy(value: dict[str, Any]) -> bool:
    """Keys of a file that is no policy are not repeated in messages: it may be a table, given by mistake."""
    return "glassledger" in value or len(value.keys() & PolicyDocument.model_fields.keys()) >= 3


def _settings(document: PolicyDocument, tree: Tree) -> tuple[Record | None, list[Fault]]:
    kind = SETTINGS.get(document.model.family)
    if kind is None:
        return None, []
    try:
        return validated(kind, document.model.settings), []
    except ValidationError as error:
        at = ("model", "settings")
        return None, translated(error, kind, tree.at(at), at=at)
