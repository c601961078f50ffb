"""From bytes to a strictly validated document of one kind, with every fault located; shared by all policy files."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from os import PathLike
from pathlib import Path as FilePath
from typing import Any, TypeVar

from pydantic import ValidationError

from glassledger.errors import PolicyError
from glassledger.files import storage_error
from glassledger.policy.faults import Fault, Path, invalid, under
from glassledger.policy.wording import translated
from glassledger.policy.yaml_tree import Tree, read_tree
from glassledger.records.record import Record

MAX_BYTES = 1 << 20

R = TypeVar("R", bound=Record)


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


def parse_record(data: bytes, kind: type[R], *, name: str) -> R:
    """Read a whole file as one record.

    Parameters
    ----------
    data : bytes
        UTF-8 YAML, at most 1 MiB.
    kind : type of Record
    name : str
        What messages call the file.

    Raises
    ------
    PolicyError
        With every fault of the file: line, path, what is wrong, the nearest valid name.
    """
    tree = read_tree(decoded(data, name))
    found = list(tree.faults)
    if not found:
        try:
            return validated(kind, tree.value)
        except ValidationError as error:
            found += translated(error, kind, tree.value)
    raise located(name, tree, found)


def decoded(data: bytes, name: str) -> str:
    """The text of a policy file.

    Raises
    ------
    PolicyError
        ``policy-too-large`` or ``policy-encoding``.
    """
    if len(data) > MAX_BYTES:
        raise PolicyError(
            f"{name} is larger than 1 MiB, which no policy is.",
            code="policy-too-large",
            hint="Is this the policy, or a table?",
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise PolicyError(
            f"{name}:{line}: the file is not UTF-8.",
            code="policy-encoding",
            hint="Save it as UTF-8 and load it again.",
            facts={"policy": name, "line": line},
        ) from None


def beyond(known: Iterable[Fault], faults: Iterable[Fault]) -> list[Fault]:
    """The faults that do not merely repeat a known one."""
    roots = {fault.path for fault in known}
    return [fault for fault in faults if not under(fault.path, roots)]


def malformed(tree: Tree, kind: type[Record]) -> list[Fault]:
    """Faults against the document's types; a misspelt key is not also reported as a required one that is absent."""
    try:
        validated(kind, tree.value)
    except ValidationError as error:
        faults = translated(error, kind, tree.value)
        meant = {(*fault.path[:-1], fault.meant) for fault in faults}
        return [fault for fault in faults if fault.path in tree.lines or fault.path not in meant]
    return []


def mended(tree: Tree, kind: type[R], faults: Iterable[Fault]) -> R | None:
    """The document with its misspelt keys mended and its faulty ones left out, so that contradictions can be told as
    well; None if it is too broken for that."""
    try:
        return validated(kind, _mended(tree.value, {fault.path: fault.meant for fault in faults}, ()))
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


def validated(kind: type[R], value: Any) -> R:
    """Validate strictly: no text becomes a number, no word becomes a flag."""
    return kind.model_validate_json(json.dumps(value), strict=True)


def located(name: str, tree: Tree, faults: Iterable[Fault]) -> PolicyError:
    """All faults as one error, with lines."""
    return invalid(name, [fault if fault.line else replace(fault, line=tree.line(fault.path)) for fault in faults])
