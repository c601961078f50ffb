"""From declared columns to numbers: the only place where a value meets its declared domain."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from glassledger.errors import ModelError
from glassledger.records.features import FeatureSpec

#: What an untyped column may hold; text that merely looks like a number is refused.
_NUMBERS = frozenset({"integer", "floating", "mixed-integer-float", "decimal", "boolean", "empty"})


def continuous(column: "pd.Series[Any]", name: str) -> NDArray[np.float64]:
    """A continuous feature as float64; missing is NaN.

    Raises
    ------
    ModelError
        When a value is not a number. The value itself is not shown.
    """
    try:
        if not pd.api.types.is_any_real_numeric_dtype(column.dtype) and _content(column) not in _NUMBERS:
            raise TypeError
        return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise ModelError(
            f"Column {name} holds values that are not numbers.",
            code="feature-not-numeric",
            hint="Screen the table under the model's policy first.",
            facts={"column": name},
        ) from None


def _content(column: "pd.Series[Any]") -> str:
    return pd.api.types.infer_dtype(column, skipna=True)


def level_codes(column: "pd.Series[Any]", spec: FeatureSpec) -> NDArray[np.intp]:
    """Codes of a nominal feature: position in ``spec.levels``, −1 for missing, ``len(levels)`` for undeclared.

    An undeclared value takes the declared ``other`` level when there is one.
    """
    missing = column.isna().to_numpy()
    codes = np.asarray(pd.Index(spec.levels, dtype=object).get_indexer(pd.Index(column, dtype=object)), dtype=np.intp)
    undeclared = len(spec.levels) if spec.other is None else spec.levels.index(spec.other)
    codes[codes < 0] = undeclared
    codes[missing] = -1
    return codes
