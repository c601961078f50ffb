"""Where a value meets its declared domain."""

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from glassledger.errors import ModelError
from glassledger.models.features import continuous, level_codes
from glassledger.records.features import FeatureSpec

CANARY = "canary-7351"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2, 3], [1.0, 2.0, 3.0]),
        ([True, False], [1.0, 0.0]),
        ([2**53 + 1, 2**63], [float(2**53), float(2**63)]),
        ([Decimal("1.5"), None], [1.5, np.nan]),
        ([1, 2.5, None], [1.0, 2.5, np.nan]),
        ([None, None], [np.nan, np.nan]),
        ([], []),
    ],
)
@pytest.mark.parametrize("dtype", [None, object])
def test_numbers_become_doubles(values: list[Any], expected: list[float], dtype: Any) -> None:
    result = continuous(pd.Series(values, dtype=dtype if values else object), "x")
    assert result.dtype == np.float64
    np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize("dtype", ["Int64", "Float32", "boolean", "int8", "uint64", "float32", "double[pyarrow]"])
def test_every_numeric_dtype_is_read(dtype: str) -> None:
    result = continuous(pd.Series([1, 0, 1], dtype=dtype), "x")
    assert result.tolist() == [1.0, 0.0, 1.0]


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([CANARY, "x"]),
        pd.Series(["12", "13"]),
        pd.Series(["12", "13"], dtype=object),
        pd.Series([1.0, CANARY], dtype=object),
        pd.Series([1 + 2j]),
        pd.Series([10**400], dtype=object),
        pd.Series([[1.0]], dtype=object),
        pd.Series(pd.to_datetime(["2020-01-01"])),
        pd.Series(pd.Categorical(["1"])),
    ],
)
def test_anything_else_is_refused_without_being_shown(column: "pd.Series[Any]") -> None:
    with pytest.raises(ModelError) as caught:
        continuous(column, "salary")
    assert caught.value.code == "feature-not-numeric"
    assert caught.value.facts == {"column": "salary"}
    assert CANARY not in f"{caught.value!r}{caught.value.as_dict()}"


def test_levels_become_positions() -> None:
    spec = FeatureSpec(name="x", kind="nominal", levels=("b", "a", ""), missing=True)
    column = pd.Series(["a", "b", "", None, "A", np.nan], dtype=object)
    assert level_codes(column, spec).tolist() == [1, 0, 2, -1, 3, -1]
    with_other = FeatureSpec(name="x", kind="nominal", levels=("b", "a", "rest"), other="rest")
    assert level_codes(column, with_other).tolist() == [1, 0, 2, -1, 2, -1]


@pytest.mark.parametrize("dtype", ["category", "string", "str", "string[pyarrow]"])
def test_every_way_to_hold_text_is_read(dtype: str) -> None:
    spec = FeatureSpec(name="x", kind="nominal", levels=("b", "a"))
    assert level_codes(pd.Series(["a", None, "z"], dtype=dtype), spec).tolist() == [1, -1, 2]
