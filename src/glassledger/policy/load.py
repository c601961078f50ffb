"""From the bytes of a policy file to a checked document; all faults of a file are reported together."""

from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from glassledger.errors import PolicyError
from glassledger.files import storage_error
from glassledger.policy.checks import contradictions
from glassledger.policy.document import PolicyDocument
from glassledger.policy.families import SETTINGS
from glassledger.policy.faults import Fault, Path, under
from glassledger.policy.rules import parse_rule
from glassledger.policy.shipped import shipped_names, shipped_policy
from glassledger.policy.strict import MAX_BYTES, decoded, located, validated
from glassledger.policy.wording import translated
from glassledger.policy.yaml_tree import Tree, read_tree
from glassledger.records.record import Record

__all__ = ["MAX_BYTES", "parse_document", "parse_rule", "read_policy", "shipped_names", "shipped_policy"]

_COLUMNS: Path = ("data", "columns")
_NO_POLICY = Fault((), "this is not a policy; the first key of a policy is `glassledger: 1`")


def read_policy(path: str | PathLike[str]) -> bytes:
    """The bytes of a policy file.

    Raises
    ------
    PolicyError
        When there is no such file, or it is larger than 1 MiB.
    StorageError
        When it cannot be read.
    """
    try:
        with FilePath(path).open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise PolicyError(
            f"There is no policy file {path}.",
            code="policy-not-found",
            hint="Check the path; `glassledger init DATA` drafts a policy.",
        ) from None
    except OSError as error:
        raise storage_error("read", FilePath(path), error) from None


def parse_document(data: bytes, *, name: str) -> tuple[PolicyDocument, Record]:
    """Read, validate and check a policy.

    Parameters
    ----------
    data : bytes
        UTF-8 YAML, at most 1 MiB.
    name : str
        What messages call the file.

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
    found += _beyond(found, _malformed(tree))
    document = _document(tree, found)
    settings: Record | None = None
    if document is not None:
        settings, wrong = _settings(document, tree)
        found += _consequent(found, [*wrong, *contradictions(document)])
    if found or document is None or settings is None:
        raise located(name, tree, found)
    return document, settings


def _beyond(known: Iterable[Fault], faults: Iterable[Fault]) -> list[Fault]:
    """The faults that do not merely repeat a known one."""
    roots = {fault.path for fault in known}
    return [fault for fault in faults if not under(fault.path, roots)]


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


def _malformed(tree: Tree) -> list[Fault]:
    """Faults against the document's types; a misspelt key is not also reported as a required one that is absent."""
    try:
        validated(PolicyDocument, tree.value)
    except ValidationError as error:
        faults = translated(error, PolicyDocument, tree.value)
        meant = {(*fault.path[:-1], fault.meant) for fault in faults}
        return [fault for fault in faults if fault.path in tree.lines or fault.path not in meant]
    return []


def _document(tree: Tree, faults: Iterable[Fault]) -> PolicyDocument | None:
    """The document with its misspelt keys mended and its faulty ones left out, so that contradictions can be told as
    well; None if it is too broken for that."""
    try:
        return validated(PolicyDocument, _mended(tree.value, {fault.path: fault.meant for fault in faults}, ()))
    except ValidationError:
        return None


def _mended(value: Any, faulty: Mapping[Path, str | None], at: Path) -> Any:
    if not isinstance(value, dict):
        return value
    out = {key: _mended(item, faulty, (*at, key)) for key, item in value.items() if (*at, key) not in faulty}
    for key, item in value.items():
        meant = faulty.get((*at, key))
        if meant is not None:
            out.setdefault(meant, _mended(item, faulty, (*at, key)))
    return out


def _settings(document: PolicyDocument, tree: Tree) -> tuple[Record | None, list[Fault]]:
    kind = SETTINGS.get(document.model.family)
    if kind is None:
        return None, []
    try:
        return validated(kind, document.model.settings), []
    except ValidationError as error:
        at = ("model", "settings")
        return None, translated(error, kind, tree.at(at), at=at)
