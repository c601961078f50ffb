"""Strict reading of any of our YAML files: bytes to text, values to a record, faults with their lines."""

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, TypeVar

from pydantic import ValidationError

from glassledger.errors import PolicyError
from glassledger.policy.faults import Fault, invalid
from glassledger.policy.wording import translated
from glassledger.policy.yaml_tree import Tree, read_tree
from glassledger.records.record import Record

MAX_BYTES = 1 << 20

R = TypeVar("R", bound=Record)


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
    """The text of a file; refused when too large or not UTF-8."""
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


def validated(kind: type[R], value: Any) -> R:
    """Validate strictly: no text becomes a number, no word becomes a flag."""
    return kind.model_validate_json(json.dumps(value), strict=True)


def located(name: str, tree: Tree, faults: Iterable[Fault]) -> PolicyError:
    """All faults of a file as one error, each with its line."""
    return invalid(name, [fault if fault.line else replace(fault, line=tree.line(fault.path)) for fault in faults])
