"""A column as its distinct values and a code per row, so that work is done once per value and not once per row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray


@dataclass(frozen=True)
class Distinct:
    """A dictionary-encoded column.

    Attributes
    ----------
    codes : ndarray of int, shape (n_rows,)
        Index into ``values``; −1 where the cell is missing.
    values : ndarray of object, shape (n_distinct,)
        In order of first appearance; none is missing.
    """

    codes: NDArray[np.intp]
    values: NDArray[np.object_]

    @classmethod
    def of(cls, column: "pd.Series[Any]") -> "Distinct":
        """Encode a column.

        Raises
        ------
        TypeError
            When a cell is not a plain value (a list, say).
        """
        codes, values = pd.factorize(column, use_na_sentinel=True)
        return cls(codes=codes, values=np.asarray(values.astype(object), dtype=object))

    @property
    def counts(self) -> NDArray[np.intp]:
        """How many rows hold each value."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.values))

    def expand(self, values: Sequence[object] | NDArray[np.object_]) -> "pd.Series[Any]":
        """Rows again, with ``values`` in the place of the distinct ones and None for missing."""
        table = np.empty(len(self.values) + 1, dtype=object)
        table[:-1] = values
        table[-1] = None  # code −1 reads the last place
        return pd.Series(table[self.codes], dtype=object)


def as_text(value: object) -> str | None:
    """The one text form of a plain value: ``true``, ``3`` (also for 3.0), ``2.5``, ``2024-05-01``.

    None when the value is not plain, or is text that has no UTF-8 form.
    """
    if isinstance(value, str):
        return value if _encodable(value) else None
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, int | np.integer):
        return str(int(value))
    if isinstance(value, float | np.floating):
        return str(int(value)) if float(value).is_integer() else repr(float(value))
    if isinstance(value, pd.Timestamp):
        return value.isoformat() if value != value.normalize() else value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else None


def _encodable(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
