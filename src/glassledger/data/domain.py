"""The last check before a model: every redacted feature lies in its declared domain."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from glassledger.records.features import FeatureSpec


def model_columns(
    redacted: pd.DataFrame, specs: Sequence[FeatureSpec]
) -> tuple[pd.DataFrame, list[tuple[str, str, NDArray[np.intp]]]]:
    """Features in the form that models take, and where they leave their domain.

    Parameters
    ----------
    redacted : DataFrame
        Redacted columns, rows numbered from 0.
    specs : sequence of FeatureSpec

    Returns
    -------
    DataFrame
        One column per spec, in that order: float64 with NaN, or text with None.
    list of (feature, rule, rows)
        Empty when everything is in its domain.
    """
    columns = {spec.name: _column(redacted[spec.name], spec) for spec in specs}
    faults = [
        (spec.name, rule, np.flatnonzero(rows))
        for spec in specs
        for rule, rows in _outside(columns[spec.name], spec).items()
        if rows.any()
    ]
    return pd.DataFrame(columns, index=redacted.index), faults


def _column(column: "pd.Series[Any]", spec: FeatureSpec) -> "pd.Series[Any]":
    if spec.kind == "nominal":
        return column.astype(object).where(column.notna(), None)
    if column.dtype == object:  # a date cut down to its year
        return pd.to_numeric(column).astype(np.float64)
    return pd.Series(column.to_numpy(dtype=np.float64, na_value=np.nan), index=column.index)


def _outside(column: "pd.Series[Any]", spec: FeatureSpec) -> dict[str, NDArray[np.bool_]]:
    """Rows that break each rule of the declared domain."""
    missing = column.isna().to_numpy()
    rules = {} if spec.missing else {"missing": missing}
    if spec.kind == "nominal":
        return rules | {"levels": ~missing & ~column.isin(spec.levels).to_numpy()}
    values = np.where(missing, np.nan, column.to_numpy(dtype=np.float64))
    rules["type"] = np.isinf(values) | (spec.integer & ~missing & (values != np.floor(values)))
    if spec.lower is not None and spec.upper is not None:
        rules["range"] = (values < spec.lower) | (values > spec.upper)
    return rules
