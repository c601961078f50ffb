"""RFC 8785 bytes and SHA-256: the one way a record becomes bytes and a name."""

import hashlib
import json
import math
from typing import Any

import rfc8785

from glassledger.errors import AuditError


def dumps(value: Any) -> bytes:
    """Serialise to RFC 8785 canonical JSON.

    Parameters
    ----------
    value : JSON-able object
        Only finite numbers, and integers within ±(2**53 − 1).

    Raises
    ------
    ValueError
        When the value has no canonical form (NaN, infinity, huge integer).
    """
    return rfc8785.dumps(value)


def loads(data: bytes) -> Any:
    """Parse JSON strictly: UTF-8, no NaN, no duplicate key, no number beyond a double.

    A double of 2**53 or more is written without a point; it comes back as a float, so that what was written is read.
    """
    try:
        return json.loads(
            data.decode(), object_pairs_hook=_unique, parse_constant=_refuse, parse_int=_integer, parse_float=_finite
        )
    except (ValueError, RecursionError):  # the latter: nesting made to exhaust the parser
        raise AuditError(
            "This document is not valid JSON.",
            code="json-malformed",
            hint="It was cut short or changed after it was written; restore it from a copy.",
        ) from None


def digest(data: bytes) -> str:
    """``sha256:`` and 64 hexadecimal digits over exactly these bytes."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) != len(pairs):
        raise ValueError("duplicate key")
    return out


def _integer(text: str) -> int | float:
    value = int(text)
    if abs(value) < 2**53:
        return value
    if rfc8785.dumps(float(text)).decode() != text:
        raise ValueError("an integer that is no double")
    return float(text)


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError("beyond double precision")
    return value


def _refuse(_: str) -> None:
    raise ValueError("not a finite number")
