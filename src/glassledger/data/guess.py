"""What a column of an unknown table probably is. Guesses err towards hiding: a doubtful column is no feature.

Only levels that many rows share are ever repeated, and none that looks like a person's. Bounds are rounded outwards to
one digit. A guess is no declaration: a person has to confirm it from what is known about the column, not from the data.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from glassledger.data.coerce import coerce
from glassledger.policy.document import Column, ColumnType, Role
from glassledger.redaction.columns import detect_column
from glassledger.redaction.distinct import Distinct, as_text
from glassledger.redaction.mixture import CERTAIN

MOST_LEVELS = 50
FEWEST_ROWS = 10

#: Cells that usually stand for a missing value; only these are ever taken for one.
MARKERS = ("", " ", "?", "NA", "N/A", "n/a", "nan", "NaN", "null", "NULL", "None", "-", ".")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PERSONAL = _words(
    "id uuid guid name surname lastname firstname fullname username mail email address street birth birthday birthdate "
    "dob ssn national passport iban licence license plate ip"
)
_PERSONAL_BY_SHAPE = _words("phone telephone tel mobile zip zipcode postcode postal account card customer client")
_PROTECTED = _words("gender sex age race ethnicity ethnic religion nationality disability pregnancy")
_CONSENT = _words("consent optin gdpr")

#: Operators that leave something of use; other identifiers are dropped.
_OPERATORS = {"phone": "{operator: mask, keep_last: 2}", "cn_mobile": "{operator: mask, keep_last: 2}",
              "account_id": "{operator: pseudonymise}"}  # fmt: skip
_BY_WORDS = frozenset(("age", "gender", "city"))  # guessed by name and levels below
_SURE = 0.95

_NAME_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_LOOKS_PERSONAL = re.compile(r"@|\d{6}|\d{3}[ ./-]\d{2,}[ ./-]\d{3}")
_TINY = 1e-12
_LONG_TEXT, _NUMBER_LIKE_DIGITS, _NEARLY_UNIQUE = 30, 6, 0.9


@dataclass(frozen=True)
class Guess:
    """A guessed column declaration.

    Attributes
    ----------
    levels : tuple of str
        Levels that at least ten rows share.
    other : bool
        Whether rarer levels exist, which an ``other`` level has to take.
    bounds : (float, float) or None
        Rounded outwards to one digit.
    unique : bool
        Whether no value comes twice.
    redaction : str
        An operator in YAML's flow form, where the kind of data suggests one.
    why : str
        What a person has to decide, without any cell of the column.
    """

    name: str
    role: Role
    type: ColumnType
    why: str
    levels: tuple[str, ...] = ()
    other: bool = False
    bounds: tuple[float, float] | None = None
    missing: bool = False
    markers: tuple[str, ...] = ()
    unique: bool = False
    redaction: str = ""


@dataclass(frozen=True)
class _Shape:
    """What the values look like, without saying what they are."""

    kind: ColumnType
    texts: tuple[str, ...]
    counts: tuple[int, ...]
    missing: bool
    markers: tuple[str, ...]

    @property
    def rows(self) -> int:
        return sum(self.counts)

    @property
    def nearly_unique(self) -> bool:
        return len(self.texts) >= _NEARLY_UNIQUE * self.rows

    @property
    def frequent(self) -> tuple[str, ...]:
        """The levels that may be repeated; none when there are too many, or one looks like a person's."""
        if len(self.texts) > MOST_LEVELS or any(_LOOKS_PERSONAL.search(text) for text in self.texts):
            return ()
        return tuple(text for text, count in zip(self.texts, self.counts, strict=True) if count >= FEWEST_ROWS)


def guess(name: str, column: "pd.Series[Any]") -> Guess:
    """Guess one column from its name and its values.

    Parameters
    ----------
    name : str
    column : Series, as :func:`glassledger.data.read_table` gives it
    """
    shape = _shape(column)
    if shape is None:
        return Guess(name, "ignored", "text", "it holds no plain values")
    personal = _personal(name, column, shape)
    if personal is not None:
        return personal
    words = {part.lower() for part in _NAME_PART.findall(name)}
    if words & _PERSONAL or (words & _PERSONAL_BY_SHAPE and not shape.frequent):
        return _as(name, "identifier", shape, "the name says that it points at a person")
    if words & _CONSENT and shape.frequent:
        return _levelled(name, "consent", shape, "which levels mean consent?")
    if words & _PROTECTED:
        return _protected(name, shape)
    if shape.kind in ("category", "boolean"):
        return _from_text(name, shape)
    if shape.kind == "date":
        return _as(name, "ignored", shape, "a date is a feature only when cut down to its year (truncate_date)")
    return _from_number(name, shape)


def _personal(name: str, column: "pd.Series[Any]", shape: _Shape) -> Guess | None:
    """What detection says, where it is sure: identifiers are hidden, and so are dates of birth and postcodes."""
    verdict = detect_column(column, name)
    if verdict.confidence < _SURE or verdict.kind in _BY_WORDS:
        return None
    why = f"it seems to hold {verdict.kind} ({', '.join(verdict.evidence)})"
    if verdict.sensitivity == "direct" and (not shape.frequent or verdict.kind in CERTAIN):
        return replace(_as(name, "identifier", shape, why), redaction=_OPERATORS.get(verdict.kind, ""))
    if verdict.kind in ("birth_date", "postcode") and not shape.frequent:
        return _as(name, "identifier", shape, f"{why}; cut it (truncate_date, prefix) where the model needs it")
    return None


def _shape(column: "pd.Series[Any]") -> _Shape | None:
    try:
        distinct = Distinct.of(column)
    except TypeError:
        return None
    texts = [as_text(value) for value in distinct.values]
    cells = {
        text: int(count) for text, count in zip(texts, distinct.counts, strict=True) if text not in (None, *MARKERS)
    }
    if not cells:
        return None
    markers = tuple(marker for marker in MARKERS if marker in texts)
    names = tuple(str(text) for text in cells)
    missing = bool(markers) or bool((distinct.codes < 0).any())
    return _Shape(_kind(names), names, tuple(cells.values()), missing, markers)


def _kind(texts: Sequence[str]) -> ColumnType:
    """The narrowest type that every value fits."""
    if {text.lower() for text in texts} == {"true", "false"}:
        return "boolean"
    column = pd.Series(texts, dtype=object)
    kinds: tuple[ColumnType, ...] = ("integer", "number", "date")
    fitting = (kind for kind in kinds if not len(coerce(column, Column(role="feature", type=kind)).misfits))
    return next(fitting, "category")


def _from_text(name: str, shape: _Shape) -> Guess:
    if shape.frequent:
        return _levelled(name, "feature", shape, "are these all levels, and may the model use them?")
    if np.average([len(text) for text in shape.texts], weights=shape.counts) > _LONG_TEXT:
        return _as(name, "free_text", shape, "long texts may hold anything about anybody")
    if shape.nearly_unique or any(_LOOKS_PERSONAL.search(text) for text in shape.texts):
        return _as(name, "identifier", shape, "the values look as if they point at persons")
    return _as(name, "ignored", shape, "too many or too rare levels; group them, or say what it is")


def _from_number(name: str, shape: _Shape) -> Guess:
    digits = {len(text) for text in shape.texts}
    if shape.kind == "integer" and shape.nearly_unique and len(digits) == 1 and min(digits) >= _NUMBER_LIKE_DIGITS:
        return _as(name, "identifier", shape, "long numbers, nearly all different: an account or a person?")
    if shape.kind == "integer" and len(shape.texts) == 2 and len(shape.frequent) == 2:
        return _levelled(name, "feature", shape, "a flag? if it is a quantity, use type integer with min and max")
    return _bounded(name, "feature", shape, "set min and max from what is possible, not from this table")


def _protected(name: str, shape: _Shape) -> Guess:
    if shape.kind in ("integer", "number") and len(shape.texts) > FEWEST_ROWS:
        return _bounded(name, "protected", shape, "protected? it then serves group figures only, in these bands")
    if shape.frequent:
        return _levelled(name, "protected", shape, "protected? it then serves group figures only")
    return _as(name, "ignored", shape, "protected, but without levels that can be compared")


def _as(name: str, role: Role, shape: _Shape, why: str) -> Guess:
    kind: ColumnType = "text" if shape.kind in ("category", "boolean") else shape.kind
    unique = len(shape.texts) == shape.rows and not shape.missing
    return Guess(name, role, kind, why, missing=shape.missing, unique=unique, markers=shape.markers)


def _levelled(name: str, role: Role, shape: _Shape, why: str) -> Guess:
    other = len(shape.frequent) < len(shape.texts)
    if len(shape.frequent) + other < 2:
        return _as(name, "ignored", shape, "one level says nothing")
    if shape.kind == "boolean":
        return Guess(name, role, "boolean", why, missing=shape.missing, markers=shape.markers)
    levels = tuple(sorted(shape.frequent, key=_order))
    return Guess(name, role, "category", why, levels, other, missing=shape.missing, markers=shape.markers)


def _bounded(name: str, role: Role, shape: _Shape, why: str) -> Guess:
    values = [float(text) for text in shape.texts]
    bounds = _outwards(min(values), max(values))
    return Guess(name, role, shape.kind, why, bounds=bounds, missing=shape.missing, markers=shape.markers)


def _outwards(low: float, high: float) -> tuple[float, float]:
    """Bounds strictly outside the data, each rounded to one digit; 0 where the data do not change sign."""
    lower = 0.0 if low >= 0 else -_above(-low)
    upper = 0.0 if high <= 0 and low < 0 else _above(high)
    return lower, upper


def _above(size: float) -> float:
    """The next figure of one digit strictly above ``size``: 90 gives 100, 87 gives 90, 0 gives 1."""
    if size < _TINY:
        return 1.0 if size == 0 else _TINY
    exponent = math.floor(math.log10(size))
    digit = math.floor(size / 10.0**exponent) + 1
    digit += float(f"{digit}e{exponent}") <= size  # 0.7 / 0.1 is a little less than 7
    return float(f"{digit}e{exponent}")


def _order(level: str) -> tuple[float, str]:
    """Numbers by size, then words by letter."""
    try:
        return float(level), level
    except ValueError:
        return math.inf, level
