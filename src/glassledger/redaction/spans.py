"""Where personal data stand in free text: patterns run by RE2, checks in numpy, context words where digits say little.

Every match of a pattern is marked in one Arrow pass by two control characters, so no pattern is ever run by a
backtracking engine and all places come out at once.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from glassledger.redaction import checksums
from glassledger.redaction.kinds import KINDS, Kind
from glassledger.redaction.shapes import is_phone
from glassledger.redaction.vocabulary import BESIDE

_OPEN, _CLOSE = "\x02", "\x03"
_MARKS = str.maketrans({_OPEN: " ", _CLOSE: " "})
_FULL_WIDTH = str.maketrans("０１２３４５６７８９＠＋－．", "0123456789@+-.")
_SEPARATORS = str.maketrans("", "", " .-·/()")
_GATE = (
    r"@|[0-9](?:[ ()./\-]{0,3}[0-9]){5}"
    r"|://|[0-9A-Fa-f]:[0-9A-Fa-f:]|[0-9A-Za-z]{26}|[0-9]\.[0-9]+\.|[A-Za-z]{6}[0-9]{2}[A-Za-z]"
)
_BEFORE, _AFTER = 48, 14
_NORTH_AMERICA = re.compile(r"(?:\+?1[-. ])?\(?[2-9]\d{2}\)?[-. ]?[2-9]\d{2}[-. ]\d{4}")
_NO_LEFT_EDGE = frozenset(("phone", "cn_mobile", "ipv6"))


@dataclass(frozen=True)
class Span:
    """A place in a text: ``text[start:end]`` is of this kind."""

    start: int
    end: int
    kind: str


def find_spans(texts: Sequence[str]) -> list[tuple[Span, ...]]:
    """Personal data in texts, by pattern, check and context.

    Parameters
    ----------
    texts : sequence of str
        Best the distinct values of a column. Full-width digits are read as ASCII ones.

    Returns
    -------
    list of tuple of Span
        For each text, in order of place; spans do not overlap (an earlier kind of
        :data:`glassledger.redaction.kinds.KINDS` wins). Names and addresses are not looked for.
    """
    plain = [text.translate(_FULL_WIDTH).translate(_MARKS) for text in texts]
    found: dict[int, list[Span]] = {}
    array = pa.array(plain, type=pa.string())
    rows = _where(pc.match_substring_regex(array, _GATE))
    hits = array.take(rows)
    places = rows.to_pylist()
    for kind in KINDS:
        if kind.in_text != "never" and len(hits):
            _add(kind, hits, places, plain, found)
    return [tuple(sorted(found.get(row, ()), key=lambda span: span.start)) for row in range(len(plain))]


def compact(text: str, kind: Kind) -> str:
    """A value as its check wants it: without separators and in capitals, unless the kind is checked as written."""
    return text if kind.raw else text.translate(_SEPARATORS).upper()


def _add(kind: Kind, hits: pa.Array, places: list[int], plain: Sequence[str], found: dict[int, list[Span]]) -> None:
    left = "" if kind.name in _NO_LEFT_EDGE else r"\b"
    pattern = rf"({left}(?:{kind.pattern}))"
    which = _where(pc.match_substring_regex(hits, pattern))
    if not len(which):
        return
    marked = pc.replace_substring_regex(hits.take(which), pattern, _OPEN + r"\1" + _CLOSE).to_pylist()
    candidates = []
    for place, text in zip(which.to_pylist(), marked, strict=True):
        row = places[place]
        candidates += [(row, start, end) for start, end in _marked(text, kind) if _stands_alone(plain[row], start, end)]
    texts = [plain[row][start:end] for row, start, end in candidates]
    valid = kind.check([compact(text, kind) for text in texts]) if kind.check is not None else [True] * len(texts)
    for (row, start, end), text, passed in zip(candidates, texts, valid, strict=True):
        taken = found.setdefault(row, [])
        free = all(end <= span.start or start >= span.end for span in taken)
        if free and _counts(kind, text, bool(passed), plain[row], start, end):
            taken.append(Span(start, end, kind.name))


def _marked(text: str, kind: Kind) -> list[tuple[int, int]]:
    """Places of the marks, counted as if the marks were not there."""
    out, place = [], 0
    for part in text.split(_OPEN)[1:]:
        place = place or text.index(_OPEN)
        inside, _, outside = part.partition(_CLOSE)
        taken = checksums.iban_in(inside) if kind.name == "iban" else inside
        out.append((place, place + len(taken)))
        place += len(inside) + len(outside)
    return out


def _stands_alone(text: str, start: int, end: int) -> bool:
    """No ASCII letter or digit touches the place, and no amount or decimal reaches into it."""
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    if before and ((before[-1].isascii() and before[-1].isalnum()) or before[-1] in "_$€£¥#+"):
        return False
    if after and ((after[0].isascii() and after[0].isalnum()) or after[0] == "_"):
        return False
    reaches_back = len(before) == 2 and before[1] in ".," and before[0].isdigit()
    return not reaches_back and not (len(after) == 2 and after[0] in ".,-" and after[1].isdigit())


def _counts(kind: Kind, text: str, passed: bool, whole: str, start: int, end: int) -> bool:
    """Whether a candidate is taken: its check, and where digits alone say little, a word beside it."""
    if kind.name == "phone":
        return _is_phone_in_text(text, whole, start, end)
    if not passed:
        return False
    if kind.name == "us_ssn" and text.count("-") == 2:
        return True
    return kind.in_text == "always" or _near(kind, whole, start, end)


def _is_phone_in_text(text: str, whole: str, start: int, end: int) -> bool:
    digits = sum(letter.isdigit() for letter in text)
    if not 7 <= digits <= 19 or re.match(r"(?:19|20)\d\d[-./]?(?:0\d|1[0-2])(?:[-./]|\d\d\D)", text):
        return False
    if (text.startswith("+") and digits >= 8) or (_NORTH_AMERICA.fullmatch(text) and not text.isdigit()):
        return True
    near = _near_phone(whole, start, end)
    if text.isdigit():
        return near and 9 <= digits <= 13
    return is_phone(text) and (near or (text.lstrip("(").startswith("0") and digits >= 9))


def _near_phone(whole: str, start: int, end: int) -> bool:
    return _word_pattern("phone").search(_around(whole, start, end)) is not None


def _near(kind: Kind, whole: str, start: int, end: int) -> bool:
    return _word_pattern(kind.name).search(_around(whole, start, end)) is not None


def _around(whole: str, start: int, end: int) -> str:
    return (whole[max(0, start - _BEFORE) : start] + " " + whole[end : end + _AFTER]).lower().replace("-", " ")


@cache
def _word_pattern(name: str) -> re.Pattern[str]:
    """Literals only: nothing in it can backtrack."""
    words = BESIDE[name]
    return re.compile(
        "|".join(rf"\b{re.escape(word)}(?:s|ing)?\b" if word.isascii() else re.escape(word) for word in words), re.ASCII
    )


def _where(mask: pa.Array) -> pa.Array:
    return pc.indices_nonzero(mask)
