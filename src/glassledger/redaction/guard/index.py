"""Which values must not be met again: a keyed set over the identifying values of a table, without the values.

Each value is brought to its words (Unicode NFKC, capitals aside, punctuation as blanks) and hashed with keyed BLAKE2b
(RFC 7693) to 64 bits; a text is searched by hashing its runs of 1 to 6 words (and of 2 to 4 Chinese characters). Values
that would meet themselves everywhere are left out and counted: fewer than five letters, or numbers of fewer than seven
digits. Of a long text its first six words are kept. Chance meetings: with a million values and ten million runs about
5e-7.
"""

import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from glassledger.errors import AuditError
from glassledger.redaction.distinct import Distinct, as_text
from glassledger.redaction.keys import Key

_WORD = re.compile(r"[^\W_]+")
_HAN = re.compile(r"[\u3400-\u9fff]+")
_MOST_WORDS = 6
_LEAST_LETTERS, _LEAST_DIGITS = 5, 7
_MAGIC = b"glassledger/leak-index/v1\n"


@dataclass(frozen=True, eq=False, repr=False)
class LeakIndex:
    """A keyed set of values.

    Attributes
    ----------
    hashes : ndarray of uint64
        Sorted.
    lengths : tuple of int
        Numbers of words that occur, so that no other runs are tried.
    left_out : int
        Values too short or too plain to be looked for.
    """

    key: Key
    hashes: NDArray[np.uint64]
    lengths: tuple[int, ...]
    left_out: int = 0

    @classmethod
    def of(cls, columns: "Iterable[pd.Series[Any]]", *, key: Key, public: Collection[str] = ()) -> "LeakIndex":
        """Index the distinct values of identifying columns.

        Parameters
        ----------
        columns : iterable of Series
        key : Key
        public : collection of str
            Values that are known anyway, such as the policy's own words; they are never looked for.
        """
        known = {joined for text in public for joined in _forms(text)}
        forms: set[str] = set()
        left_out = 0
        for column in columns:
            for value in Distinct.of(column).values:
                found = {form for form in _forms(as_text(value) or "") if _telling(form)} - known
                left_out += not found
                forms |= found
        hashes = np.unique(np.fromiter((_hash(key, form) for form in forms), dtype=np.uint64, count=len(forms)))
        lengths = tuple(sorted({_length(form) for form in forms}))
        return cls(key, hashes, lengths, left_out)

    def __len__(self) -> int:
        return len(self.hashes)

    def __repr__(self) -> str:
        return f"<LeakIndex: {len(self)} values>"

    def count(self, text: str) -> int:
        """How many places of a text hold an indexed value."""
        if not len(self.hashes):
            return 0
        runs: dict[str, int] = {}
        for run in self._runs(text):
            runs[run] = runs.get(run, 0) + 1
        hashes = np.fromiter((_hash(self.key, run) for run in runs), dtype=np.uint64, count=len(runs))
        at = np.searchsorted(self.hashes, hashes).clip(max=len(self.hashes) - 1)
        met = self.hashes[at] == hashes
        return int(np.fromiter(runs.values(), dtype=np.int64, count=len(runs))[met].sum())

    def to_bytes(self) -> bytes:
        """For a file beside the model; holds the key's id, never the key."""
        head = f"{self.key.id} {','.join(map(str, self.lengths))} {self.left_out}\n".encode()
        return _MAGIC + head + self.hashes.astype(">u8").tobytes()

    @classmethod
    def from_bytes(cls, data: bytes, *, key: Key) -> "LeakIndex":
        """Read an index back.

        Raises
        ------
        AuditError
            ``leak-index-malformed`` when it is none, or was made with another key.
        """
        body = data.removeprefix(_MAGIC)
        head, _, hashes = body.partition(b"\n")
        parts = head.decode("latin-1").split(" ")
        if body == data or len(parts) != 3 or parts[0] != key.id or len(hashes) % 8:
            raise AuditError(
                "The leak guard's index is damaged or belongs to another key.",
                code="leak-index-malformed",
                hint="Fit the model again, or restore the index and the key from a copy.",
            )
        lengths = tuple(int(part) for part in parts[1].split(",") if part)
        return cls(key, np.sort(np.frombuffer(hashes, dtype=">u8").astype(np.uint64)), lengths, int(parts[2]))

    @staticmethod
    def key_id(data: bytes) -> str:
        """The id of the key that an index was made with; empty when the bytes are no index."""
        head = data.removeprefix(_MAGIC)[:64] if data.startswith(_MAGIC) else b""
        return head.partition(b" ")[0].decode("latin-1")

    def _runs(self, text: str) -> Iterator[str]:
        folded = _fold(text)
        words = _WORD.findall(folded)
        for length in (size for size in self.lengths if size > 0):
            if length == 1:
                yield from (word for word in words if len(word) >= _LEAST_LETTERS)
            else:
                yield from (" ".join(words[at : at + length]) for at in range(len(words) - length + 1))
        for run in _HAN.findall(folded) if any(size < 0 for size in self.lengths) else ():
            for length in (-size for size in self.lengths if size < 0):
                yield from (f"\0{run[at : at + length]}" for at in range(len(run) - length + 1))


def _forms(value: str) -> Iterator[str]:
    """The forms under which a value is looked for."""
    folded = _fold(value).strip()
    if _HAN.fullmatch(folded) and 2 <= len(folded) <= 4:
        yield f"\0{folded}"
        return
    words = _WORD.findall(folded)[:_MOST_WORDS]
    if words:
        yield " ".join(words)
    digits = "".join(words)
    if len(words) > 1 and digits.isdigit():
        yield digits


def _telling(form: str) -> bool:
    if form.startswith("\0"):
        return True
    solid = form.replace(" ", "")
    return len(solid) >= (_LEAST_DIGITS if solid.isdigit() else _LEAST_LETTERS)


def _length(form: str) -> int:
    """Number of words; minus the number of characters for Chinese runs."""
    return -(len(form) - 1) if form.startswith("\0") else form.count(" ") + 1


def _fold(text: str) -> str:
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()


def _hash(key: Key, form: str) -> int:
    data = form.encode("utf-8", errors="replace")
    return int.from_bytes(
        hashlib.blake2b(data, digest_size=8, key=key.secret[:64], person=b"glassledger leak").digest()
    )
