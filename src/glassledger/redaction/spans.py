"""Where personal data stand in free text: patterns run by RE2, checks in numpy, words where digits say little."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from glassledger.redaction import checksums
from glassledger.redaction.kinds import KINDS, Kind
from glassledger.redaction.marks import CLOSE, OPEN, matches
from glassledger.redaction.shapes import is_phone
from glassledger.redaction.vocabulary import BESIDE

_PLAIN = str.maketrans("０１２３４５６７８９＠＋－．" + OPEN + CLOSE, "0123456789@+-.  ")
_UNPLAIN = rf"[０-９＠＋－．{OPEN}{CLOSE}]"
_SEPARATORS = str.maketrans("", "", " .-·/()")
_GATE = (
    r"@|[0-9](?:[ ()./\-]{0,3}[0-9]){5}|://|[0-9A-Fa-f]:[0-9A-Fa-f:]|[0-9A-Za-z]{26}|[0-9]\.[0-9]+\."
    r"|[A-Za-z]{6}[0-9]{2}[A-Za-z]|[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.|[0-9A-Fa-f]{2}-[0-9A-Fa-f]{2}-"
)
_LONG_NUMBER = r"[0-9](?:[ ()./\-]{0,3}[0-9]){5}"
_OF_LONG_NUMBERS = frozenset((
    "cn_id", "payment_card", "fr_nir", "es_dni", "us_ssn", "us_itin", "uk_nino", "pl_pesel", "de_tax_id", "uk_nhs",
    "nl_bsn", "cn_mobile", "phone", "imei",
))  # fmt: skip
_BEFORE, _AFTER = 48, 14
_NORTH_AMERICA = re.compile(r"(?:\+?1[-. ])?\(?[2-9]\d{2}\)?[-. ]?[2-9]\d{2}[-. ]\d{4}")
_DAY = re.compile(r"(?:19|20)\d\d[-./]?(?:0\d|1[0-2])(?:[-./]|\d\d\D)")
_NO_LEFT_EDGE = frozenset(("phone", "cn_mobile", "ipv6"))
_WITHOUT_WORD = frozenset(("phone", "us_ssn"))  # some of their forms speak for themselves


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
    array = pa.array(texts, type=pa.string())
    plain = list(texts)
    unplain = pc.indices_nonzero(pc.match_substring_regex(array, _UNPLAIN)).to_pylist()
    for row in unplain:
        plain[row] = plain[row].translate(_PLAIN)  # one character for one: places stay
    array = pa.array(plain, type=pa.string()) if unplain else array
    rows = pc.indices_nonzero(pc.match_substring_regex(array, _GATE))
    found = _Found(array.take(rows), rows.to_pylist(), plain)
    if len(rows):
        for kind in KINDS:
            if kind.in_text != "never":
                found.add(kind)
    spans: list[tuple[Span, ...]] = [()] * len(plain)
    for row, taken in found.spans.items():
        spans[row] = tuple(sorted(taken, key=lambda span: span.start))
    return spans


def compact(text: str, kind: Kind) -> str:
    """A value as its check wants it: without separators and in capitals, unless the kind is checked as written."""
    return text if kind.raw else text.translate(_SEPARATORS).upper()


class _Found:
    """The spans of a number of texts while kind after kind is looked for; an earlier kind keeps its place."""

    def __init__(self, hits: pa.Array, rows: list[int], plain: Sequence[str]) -> None:
        self.spans: dict[int, list[Span]] = {}
        self._hits, self._rows, self._plain = hits, rows, plain
        self._lower = pc.replace_substring(pc.utf8_lower(hits), "-", " ")
        self._numbered = pc.indices_nonzero(pc.match_substring_regex(hits, _LONG_NUMBER))
        self._numbers, self._lower_numbers = hits.take(self._numbered), self._lower.take(self._numbered)

    def add(self, kind: Kind) -> None:
        """Look for one kind."""
        only_numbers = kind.name in _OF_LONG_NUMBERS
        hits, lower = (self._numbers, self._lower_numbers) if only_numbers else (self._hits, self._lower)
        likely = pc.match_substring_regex(hits, kind.gate)
        if kind.in_text == "near word" and kind.name not in _WITHOUT_WORD:
            likely = pc.and_(likely, pc.match_substring_regex(lower, _words(kind.name)))
        which = pc.indices_nonzero(likely)
        if not len(which):
            return
        edge = "" if kind.name in _NO_LEFT_EDGE else r"\b"
        places = matches(hits.take(which), rf"({edge}(?:{kind.pattern}))")
        which = self._numbered.take(which) if only_numbers else which
        rows = np.asarray(which)[places.row].tolist()
        found = zip(rows, places.start.tolist(), places.end.tolist(), strict=True)
        self._take(kind, [(self._rows[row], start, end) for row, start, end in found])

    def _take(self, kind: Kind, candidates: list[tuple[int, int, int]]) -> None:
        if kind.name == "iban":
            candidates = [
                (row, start, start + len(checksums.iban_in(self._plain[row][start:end])))
                for row, start, end in candidates
            ]
        candidates = [place for place in candidates if place[0] not in self.spans or self._free(*place)]
        texts = [self._plain[row][start:end] for row, start, end in candidates]
        if kind.check is None or kind.name == "phone":
            valid = [True] * len(texts)
        else:
            valid = kind.check([compact(text, kind) for text in texts]).tolist() if texts else []
        kept = [place for place, passed in zip(candidates, valid, strict=True) if passed]
        for (row, start, end), near in zip(kept, self._near(kind, kept), strict=True):
            if _counts(kind, self._plain[row][start:end], near):
                self.spans.setdefault(row, []).append(Span(start, end, kind.name))

    def _near(self, kind: Kind, places: list[tuple[int, int, int]]) -> list[bool]:
        """Whether a word for the kind stands beside; kinds that need none are near anyway."""
        if kind.in_text == "always" or not places:
            return [True] * len(places)
        around = [
            self._plain[row][max(0, start - _BEFORE) : start] + " " + self._plain[row][end : end + _AFTER]
            for row, start, end in places
        ]
        lower = pc.replace_substring(pc.utf8_lower(pa.array(around, type=pa.string())), "-", " ")
        near: list[bool] = pc.match_substring_regex(lower, _words(kind.name)).to_pylist()
        return near

    def _free(self, row: int, start: int, end: int) -> bool:
        return all(end <= span.start or start >= span.end for span in self.spans[row])


def _counts(kind: Kind, text: str, near: bool) -> bool:
    """Whether a valid candidate is taken, with a word for its kind ``near`` or without."""
    if kind.name == "phone":
        return _is_phone_in_text(text, near)
    return near or (kind.name == "us_ssn" and text.count("-") == 2)


def _is_phone_in_text(text: str, near: bool) -> bool:
    digits = sum(map(str.isdigit, text))
    if not 7 <= digits <= 19 or _DAY.match(text):
        return False
    if (text.startswith("+") and digits >= 8) or (_NORTH_AMERICA.fullmatch(text) and not text.isdigit()):
        return True
    if text.isdigit():
        return near and 9 <= digits <= 13
    return (near or (text.lstrip("(").startswith("0") and digits >= 9)) and is_phone(text)


@cache
def _words(name: str) -> str:
    """An RE2 pattern of the words that stand beside a kind."""
    return "|".join(rf"\b{re.escape(word)}(?:s|ing)?\b" if word.isascii() else re.escape(word) for word in BESIDE[name])
