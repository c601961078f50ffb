"""Every match of one RE2 pattern in many texts, in one Arrow pass: matches are marked, and marks are counted in NumPy.

Each match is wrapped in two control characters that the texts do not hold, so no pattern is ever run by a backtracking
engine, and places come out of the bytes of the whole array at once.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

OPEN, CLOSE = "\x02", "\x03"

Places = NDArray[np.int64]


def _table(letters: bytes) -> NDArray[np.bool_]:
    table = np.zeros(256, dtype=bool)
    table[np.frombuffer(letters, dtype=np.uint8)] = True
    return table


_DIGITS = b"0123456789"
_DIGIT = _table(_DIGITS)
_WORD = _table(_DIGITS + b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_")
_JOINS_BEFORE = _WORD | _table(b"$#+")
_POINT, _POINT_OR_DASH = _table(b".,"), _table(b".,-")
_BLANK = 32


@dataclass(frozen=True)
class Matches:
    """Where a pattern matched: ``texts[row][start:end]``, counted in characters."""

    row: Places
    start: Places
    end: Places


def matches(texts: pa.Array, pattern: str) -> Matches:
    """All matches that stand alone.

    Parameters
    ----------
    texts : Arrow array of strings, without missing ones and without U+0002 and U+0003
    pattern : str
        RE2 pattern with one capturing group around all of it.

    Returns
    -------
    Matches
        Those that no ASCII letter or digit touches and into which no amount or decimal reaches, in order of place.
    """
    offsets, source = _bytes(texts)
    _, marked = _bytes(pc.replace_substring_regex(texts, pattern, OPEN + r"\1" + CLOSE))
    opened, closed = np.flatnonzero(marked == ord(OPEN)), np.flatnonzero(marked == ord(CLOSE))
    earlier = 2 * np.arange(len(opened))
    start, end = opened - earlier, closed - earlier - 1
    row = np.searchsorted(offsets, start, side="right") - 1
    alone = _stands_alone(source, start, end, offsets[row], offsets[row + 1])
    row, start, end = row[alone], start[alone], end[alone]
    first = offsets[row]
    if not len(source) or source.max() < 0x80:
        return Matches(row, start - first, end - first)
    continued = np.flatnonzero((source & 0xC0) == 0x80)  # UTF-8: bytes that begin no character
    first -= np.searchsorted(continued, first)
    return Matches(
        row, start - np.searchsorted(continued, start) - first, end - np.searchsorted(continued, end) - first
    )


def _bytes(texts: pa.Array) -> tuple[Places, NDArray[np.uint8]]:
    """Offsets, shape (n + 1,), and the bytes between the first and the last, which starts at 0."""
    _, offsets, data = texts.buffers()
    places = np.frombuffer(offsets, dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
    whole = np.frombuffer(data, dtype=np.uint8) if data is not None else np.zeros(0, dtype=np.uint8)
    return places - places[0], whole[places[0] : places[-1]]


def _stands_alone(
    source: NDArray[np.uint8], start: Places, end: Places, first: Places, last: Places
) -> NDArray[np.bool_]:
    before, further = _at(source, start - 1, first, last), _at(source, start - 2, first, last)
    after, beyond = _at(source, end, first, last), _at(source, end + 1, first, last)
    euro = (before == 0xAC) & (further == 0x82)
    pound_or_yen = ((before == 0xA3) | (before == 0xA5)) & (further == 0xC2)
    touched = _JOINS_BEFORE[before] | _WORD[after] | euro | pound_or_yen
    amount = (_POINT[before] & _DIGIT[further]) | (_POINT_OR_DASH[after] & _DIGIT[beyond])
    return np.asarray(~(touched | amount))


def _at(source: NDArray[np.uint8], place: Places, first: Places, last: Places) -> NDArray[np.uint8]:
    """The byte at a place of the same text, and a blank beyond its ends."""
    inside = (place >= first) & (place < last)
    return np.where(inside, source[np.where(inside, place, 0)] if len(source) else _BLANK, _BLANK).astype(np.uint8)
