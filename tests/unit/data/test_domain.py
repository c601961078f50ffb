"""The last check before a model catches whatever redaction may have left outside the declared domain."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from glassledger.data.domain import model_columns
from glassledger.records.features import FeatureSpec

NUMBER = FeatureSpec(name="x", kind="continuous", lower=0.0, upper=10.0, integer=True)
LEVELS = FeatureSpec(name="x", kind="nominal", levels=("a", "b"))


@pytest.mark.parametrize(
    ("spec", "cells", "faults"),
    [
        (NUMBER, [0.0, 10.0, 5.0], []),
        (NUMBER, [0.0, -1.0, 11.0], [("range", [1, 2])]),
        (NUMBER, [0.5, np.inf, np.nan], [("missing", [2]), ("type", [0, 1]), ("range", [1])]),
        (NUMBER.model_copy(update={"missing": True}), [np.nan, 1.0, 2.0], []),
        (NUMBER.model_copy(update={"integer": False}), [0.5, 1.0, 2.0], []),
        (NUMBER.model_copy(update={"lower": None, "upper": None}), [-1e9, 1e9, 0.0], []),
        (LEVELS, ["a", "b", "a"], []),
        (LEVELS, ["a", "c", None], [("missing", [2]), ("levels", [1])]),
        (LEVELS.model_copy(update={"missing": True}), [None, "a", "b"], []),
    ],
)
def test_faults(spec: FeatureSpec, cells: list[Any], faults: list[tuple[str, list[int]]]) -> None:
    table = pd.DataFrame({"x": pd.Series(cells, dtype="float64" if spec.kind == "continuous" else object)})

    _, found = model_columns(table, [spec])

    assert [(rule, rows.tolist()) for _, rule, rows in found] == faults


def test_columns_come_in_the_order_and_form_of_the_specs() -> None:
    table = pd.DataFrame(
        {
            "year": pd.Series(["2020", None], dtype=object),
            "level": pd.Series(["a", np.nan], dtype="str"),
            "whole": pd.array([3, None], dtype="Int64"),
            "unused": [1, 2],
        }
    )
    specs = [
        FeatureSpec(name="whole", kind="continuous", missing=True),
        FeatureSpec(name="level", kind="nominal", levels=("a",), missing=True),
        FeatureSpec(name="year", kind="continuous", missing=True, integer=True),
    ]

    columns, faults = model_columns(table, specs)

    assert faults == []
    assert list(columns) == ["whole", "level", "year"]
    assert columns.dtypes.tolist() == [np.float64, object, np.float64]
    assert columns["level"].tolist() == ["a", None]
    assert columns["year"].iloc[0] == 2020.0
    assert np.isnan(columns.loc[1, ["whole", "year"]].to_numpy(dtype=float)).all()
