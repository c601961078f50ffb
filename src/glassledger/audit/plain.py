"""A fast lane of verification: recognise, on the bytes alone, entries that only need hashing.

A plain entry is a valid one (:meth:`Entry.parse` accepts it) that the ledger's rules do not look at, whose body holds
nothing but printable ASCII texts, whole numbers, booleans, nulls and objects of these. The first entry of a shape is
read in full; entries of the same type with the same keys are then matched by a pattern made from it. What does not
match is read in full, so this module can only save time, never judge.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from glassledger.audit.entry import MAX_ENTRY, Entry

Matcher = Callable[[bytes], re.Match[bytes] | None]

_CHARACTERS: Final = rb"[ -!#-\[\]-~]"  # printable ASCII but for the quote and the backslash: nothing is escaped
_TEXT: Final = rb'"' + _CHARACTERS + rb'*+"'
_INTEGER: Final = rb"(?>0|-?[1-9][0-9]{0,14}+)"
_VALUE: Final = rb"(?>" + _TEXT + rb"|" + _INTEGER + rb"|true|false|null)"
_TIME: Final = rb"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]{1,6}+)?Z"
_PLAIN_TEXT: Final = re.compile(_CHARACTERS.decode() + "*")
_MOST_SHAPES: Final = 64
_LONGEST: Final = 4_000  # bytes of a pattern: longer ones are not worth compiling
_DEEPEST: Final = 4
_MOST_TIMES: Final = 100_000


class PlainLane:
    """Shapes of entries that were read in full before."""

    def __init__(self) -> None:
        self._shapes: dict[bytes, Matcher] = {}
        self._times: set[bytes] = set()

    def others(self, data: Sequence[bytes]) -> Iterator[int]:
        """Offsets of those that are not certainly a valid entry that concerns no ledger; to be read in full."""
        last: Matcher = _never
        times = self._times
        for offset, one in enumerate(data):
            found = last(one)
            if found is None:
                last, found = self._another(one)
            if found is None or len(one) > MAX_ENTRY or not (found[1] in times or self._exists(found[1])):
                yield offset

    def learn(self, entry: Entry) -> None:
        """Take in the shape of a valid entry, if it is plain."""
        if entry.concerns_ledger or len(self._shapes) >= _MOST_SHAPES:
            return
        body = _pattern(entry.body)
        if body is not None:
            pattern = (
                rb'\{"actor":"' + _CHARACTERS + rb'{1,1024}+","artifacts":\{\},"body":' + body + rb',"files":\{\},'
                rb'"format":"glassledger/entry/v1","subject":null,"time":"' + _TIME + rb'",'
                rb'"type":"' + re.escape(entry.type.encode()) + rb'"\}'
            )
            if len(pattern) <= _LONGEST:
                self._shapes.setdefault(pattern, re.compile(pattern).fullmatch)

    def _another(self, data: bytes) -> tuple[Matcher, re.Match[bytes] | None]:
        for matcher in self._shapes.values():
            found = matcher(data)
            if found is not None:
                return matcher, found
        return _never, None

    def _exists(self, time: bytes) -> bool:
        try:
            datetime.fromisoformat(time.decode())
        except ValueError:
            return False
        if len(self._times) >= _MOST_TIMES:
            self._times.clear()
        self._times.add(time)
        return True


def _never(_: bytes) -> re.Match[bytes] | None:
    return None


def _pattern(value: Any, depth: int = 0) -> bytes | None:
    """Pattern of all plain values with the same keys; None for what is not plain."""
    if isinstance(value, dict):
        parts = [_pattern(member, depth + 1) for member in value.values()] if depth < _DEEPEST else [None]
        if not all(map(_PLAIN_TEXT.fullmatch, value)) or any(part is None for part in parts):
            return None
        members = [
            b'"' + re.escape(key.encode()) + b'":' + (part or b"") for key, part in zip(value, parts, strict=True)
        ]
        return rb"\{" + b",".join(members) + rb"\}"
    if isinstance(value, float | list) or (isinstance(value, str) and not _PLAIN_TEXT.fullmatch(value)):
        return None
    return _VALUE
