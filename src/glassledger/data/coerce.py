"""From cells to declared types, before any rule is checked. A cell that is not of its type is counted, never shown.

===========  =========================================================================================  ==============
type         what is taken                                                                              result
===========  =========================================================================================  ==============
number       finite decimal numbers (``-1``, ``2.5``, ``1e3``), outer blanks allowed                    float64
integer      the same, whole, within 64 bit (``3.0`` counts as 3)                                       Int64
category     any text, exactly; flags read ``true``/``false``, whole numbers ``3``                      text
boolean      true, false, yes, no, 1, 0 in any case, outer blanks allowed                               text
date         ISO 8601 ``YYYY-MM-DD``; a time of day is cut off                                          datetime64[s]
text         any text, exactly                                                                          text
===========  =========================================================================================  ==============

Missing are empty CSV cells, nulls, NaN, and the declared ``missing_markers``. ``1,5``, ``1_000``, ``inf``, ``0x1F`` and
``01/02/2024`` are refused: they mean different things to different programs.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from glassledger.policy.document import Column, ColumnType
from glassledger.policy.domains import declared_levels, redaction_of
from glassledger.policy.operators import Prefix
from glassledger.redaction.distinct import Distinct, as_text

Rows = NDArray[np.intp]

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,19}", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?=$|[T ]\d{2}:\d{2})", re.ASCII)
_FLAGS = {"true": "true", "yes": "true", "1": "true", "false": "false", "no": "false", "0": "false"}
_INT64 = 2**63
_EXACT = 2**53
_TEXT_TYPES = frozenset(("category", "boolean", "text"))


@dataclass(frozen=True)
class Typed:
    """One column in its declared type.

    Attributes
    ----------
    column : Series
        Missing where the cell was missing or did not fit.
    misfits : ndarray of int
        Positions of the rows whose cell is not of the declared type.
    other : int
        Cells that held an undeclared value and took the declared ``other`` level.
    """

    column: "pd.Series[Any]"
    misfits: Rows
    other: int = 0


def coerce(column: "pd.Series[Any]", declared: Column) -> Typed:
    """Bring one column into its declared type.

    Parameters
    ----------
    column : Series, as :func:`glassledger.data.read_table` gives it
    declared : Column
    """
    if _mixes_flags(column):
        return _unfit(column, declared.type)
    if declared.type in ("number", "integer") and _is_numeric(column):
        return _from_numbers(column, declared)
    try:
        distinct = Distinct.of(column)
    except TypeError:  # lists, mappings: no plain value anywhere
        return _unfit(column, declared.type)
    return _from_distinct(distinct, declared)


def _from_distinct(distinct: Distinct, declared: Column) -> Typed:
    parse = _PARSERS[declared.type]
    markers = frozenset(declared.missing_markers)
    texts = [as_text(value) for value in distinct.values]
    absent = np.asarray([text in markers for text in texts], dtype=bool)
    values = [None if gone or text is None else parse(text) for text, gone in zip(texts, absent, strict=True)]
    unfit = np.asarray([value is None for value in values], dtype=bool) & ~absent
    rows = np.flatnonzero(np.append(unfit, False)[distinct.codes])
    typed = _in_dtype(distinct.expand(values), declared.type)
    cut_later = isinstance(redaction_of(declared), Prefix)  # then ``other`` is a level of what is left after the cut
    if declared.type == "category" and declared.other is not None and not cut_later:
        typed, other = into_other(typed, declared_levels(declared), declared.other)
        return Typed(typed, rows, other)
    return Typed(typed, rows)


def into_other(column: "pd.Series[Any]", levels: Collection[str], other: str) -> "tuple[pd.Series[Any], int]":
    """Undeclared values become ``other``; how many cells did."""
    strange = (column.notna() & ~column.isin(list(levels))).to_numpy()
    return column.mask(strange, other), int(strange.sum())


def _from_numbers(column: "pd.Series[Any]", declared: Column) -> Typed:
    """Numeric columns need no detour over text; whole numbers keep every digit."""
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    markers = [float(marker) for marker in declared.missing_markers if _NUMBER.fullmatch(marker)]
    gone = np.isnan(values) | np.isin(values, markers)
    unfit = np.isinf(values)
    if declared.type == "number":
        return Typed(pd.Series(np.where(gone | unfit, np.nan, values)), np.flatnonzero(unfit))
    exact = pd.api.types.is_integer_dtype(column.dtype)
    with np.errstate(invalid="ignore"):
        unfit |= ~gone & ((values != np.floor(values)) | (np.abs(values) >= (_INT64 if exact else _EXACT)))
    hidden = gone | unfit
    source = column.to_numpy(dtype=np.int64, na_value=0) if exact and not unfit.any() else np.where(hidden, 0, values)
    whole = pd.array(source.astype(np.int64), dtype="Int64")
    whole[hidden] = pd.NA
    return Typed(pd.Series(whole), np.flatnonzero(unfit))


def _is_numeric(column: "pd.Series[Any]") -> bool:
    kind = column.dtype
    return pd.api.types.is_integer_dtype(kind) or pd.api.types.is_float_dtype(kind)


def _mixes_flags(column: "pd.Series[Any]") -> bool:
    """True beside 1 cannot be told apart by value, so such a column has no certain reading."""
    if column.dtype != object or not pd.api.types.infer_dtype(column, skipna=True).startswith("mixed"):
        return False
    return any(isinstance(value, bool | np.bool_) for value in column)


def _unfit(column: "pd.Series[Any]", kind: ColumnType) -> Typed:
    present = np.flatnonzero(column.notna().to_numpy())
    return Typed(_in_dtype(pd.Series([None] * len(column), dtype=object), kind), present)


def _number(text: str) -> float | None:
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if abs(value) != float("inf") else None


def _integer(text: str) -> int | None:
    text = text.strip()
    if _WHOLE.fullmatch(text):
        whole = int(text)
    else:
        value = _number(text)
        if value is None or not value.is_integer() or abs(value) >= _EXACT:
            return None
        whole = int(value)
    return whole if abs(whole) < _INT64 else None


def _date(text: str) -> date | None:
    match = _DATE.match(text.strip())
    try:
        return date.fromisoformat(match[0]) if match else None
    except ValueError:
        return None


#: From the text form of a cell to its value; None when it does not fit.
_PARSERS: dict[ColumnType, Callable[[str], object]] = {
    "number": _number,
    "integer": _integer,
    "category": str,
    "boolean": lambda text: _FLAGS.get(text.strip().lower()),
    "date": _date,
    "text": str,
}


def _in_dtype(column: "pd.Series[Any]", kind: ColumnType) -> "pd.Series[Any]":
    if kind in _TEXT_TYPES:
        return column
    if kind == "number":
        return column.astype(np.float64)
    if kind == "integer":
        return column.astype("Int64")
    days = column.to_numpy().astype("datetime64[D]")
    return pd.Series(days.astype("datetime64[s]"))
