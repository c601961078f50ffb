"""Types: what is taken, what is a misfit, and that a column means the same in whatever form it arrives."""

import datetime as dt
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassledger.data.coerce import coerce
from glassledger.policy.document import Column

FITS: dict[str, list[tuple[Any, Any]]] = {
    "number": [("1", 1.0), (" 2.5 ", 2.5), ("-1e3", -1e3), (".5", 0.5), ("5.", 5.0), ("+7", 7.0), (3, 3.0)],
    "integer": [("1", 1), (" -2 ", -2), ("3.0", 3), ("1e3", 1000), (str(2**63 - 1), 2**63 - 1), (7, 7), (4.0, 4)],
    "boolean": [("true", "true"), ("YES", "true"), ("1", "true"), (" no", "false"), ("False", "false"), (0, "false")],
    "category": [("a", "a"), (" a", " a"), (3, "3"), ("3.0", "3.0")],
    "text": [("a b", "a b"), ("nan", "nan"), ("", "")],
    "date": [
        ("2024-02-29", "2024-02-29"), ("2024-01-31T10:00:00", "2024-01-31"), ("0001-01-01", "0001-01-01"),
        (dt.date(2024, 5, 1), "2024-05-01"), (pd.Timestamp("2024-05-01 23:59"), "2024-05-01"),
    ],
}  # fmt: skip
MISFITS: dict[str, list[Any]] = {
    "number": [
        "1,5",
        "1_000",
        "inf",
        "-inf",
        "nan",
        "NaN",
        "0x1f",
        "1e999",
        "١",
        "",
        " ",
        "one",
        "1 2",
        "--1",
        b"1",
        [1],
    ],
    "integer": ["1.5", "3.01", "1e-1", str(2**63), "9" * 30, "1e17", "x", "", "inf"],
    "boolean": ["maybe", "2", "", "tru", "1.5"],
    "date": ["2024-02-30", "01/02/2024", "2024-2-1", "20240201", "2024-01-01x", "", "2024-W01-1", "2024-13-01"],
    "category": [b"x", [1], {"a": 1}, "\ud800"],
    "text": [b"x", [1], "\udfff"],
}


def _column(kind: Any, **more: Any) -> Column:
    return Column(role="feature", type=kind, **more)


@pytest.mark.parametrize(("kind", "cell", "value"), [(kind, *pair) for kind, pairs in FITS.items() for pair in pairs])
def test_a_cell_that_fits(kind: str, cell: Any, value: Any) -> None:
    typed = coerce(pd.Series([cell, None], dtype=object), _column(kind))

    got = typed.column.iloc[0]
    assert (str(got.date()) if kind == "date" else got) == value
    assert typed.column.isna().tolist() == [False, True]
    assert len(typed.misfits) == 0


@pytest.mark.parametrize(("kind", "cell"), [(kind, cell) for kind, cells in MISFITS.items() for cell in cells])
def test_a_cell_that_does_not_fit(kind: str, cell: Any) -> None:
    typed = coerce(pd.Series([None, cell, cell], dtype=object), _column(kind))

    assert typed.misfits.tolist() == [1, 2]
    assert typed.column.isna().all()


@pytest.mark.parametrize(
    ("kind", "dtype"),
    [("number", "float64"), ("integer", "Int64"), ("category", object), ("text", object), ("date", "datetime64[s]")],
)
def test_the_dtype_does_not_depend_on_the_cells(kind: str, dtype: Any) -> None:
    for cells in ([None, None], ["junk"], ["1"]):
        assert coerce(pd.Series(cells, dtype=object), _column(kind)).column.dtype == dtype


def test_numeric_columns_keep_every_digit() -> None:
    large = 2**62 + 1

    assert coerce(pd.Series([large, None], dtype="Int64"), _column("integer")).column.tolist() == [large, pd.NA]
    assert coerce(pd.Series([str(large)]), _column("integer")).column.tolist() == [large]
    assert coerce(pd.Series([float(2**60), 1.0]), _column("integer")).misfits.tolist() == [0], "a float cannot hold it"
    assert coerce(pd.Series([2**64 - 1, 1], dtype="UInt64"), _column("integer")).misfits.tolist() == [0]


def test_numbers_that_are_none() -> None:
    cells = pd.Series([1.0, math.nan, math.inf, -math.inf, 2.5])

    number = coerce(cells, _column("number"))
    integer = coerce(cells, _column("integer"))

    assert number.misfits.tolist() == [2, 3]
    assert integer.misfits.tolist() == [2, 3, 4]
    assert coerce(pd.Series([True, False]), _column("number")).misfits.tolist() == [0, 1], "a flag is no number"


def test_true_beside_1_has_no_certain_reading() -> None:
    for cells in ([True, 1], [1, True], ["a", False], [True, 1.0, None]):
        typed = coerce(pd.Series(cells, dtype=object), _column("category"))
        assert len(typed.misfits) == sum(cell is not None for cell in cells)


@pytest.mark.parametrize("cells", [["-1", "5"], [-1, 5], [-1.0, 5.0], pd.array([-1, 5], dtype="Int64")])
def test_missing_markers(cells: Any) -> None:
    for kind in ("number", "integer", "category"):
        typed = coerce(pd.Series(cells), _column(kind, missing=True, missing_markers=("-1",)))
        assert typed.column.isna().tolist() == [True, False], kind
        assert len(typed.misfits) == 0


def test_a_blank_marker_is_taken_before_blanks_are_trimmed() -> None:
    typed = coerce(pd.Series([" ", "", "1"]), _column("number", missing=True, missing_markers=(" ",)))

    assert typed.misfits.tolist() == [1]
    assert typed.column.isna().tolist() == [True, True, False]


def test_undeclared_levels_go_to_other_and_are_counted() -> None:
    declared = _column("category", levels=("a", 3, True), other="rest")
    typed = coerce(pd.Series(["a", "3", "true", "x", "y", None, "rest"], dtype=object), declared)

    assert typed.column.tolist() == ["a", "3", "true", "rest", "rest", None, "rest"]
    assert typed.other == 2
    assert coerce(pd.Series(["x"]), _column("category", levels=("a",))).column.tolist() == ["x"], "no other: as it is"


@settings(max_examples=30, deadline=None)
@given(st.lists(st.none() | st.integers(-(2**53), 2**53), min_size=1, max_size=30))
def test_text_numbers_and_categoricals_mean_the_same(values: list[int | None]) -> None:
    forms: list[pd.Series[Any]] = [
        pd.Series(values, dtype="Int64"),
        pd.Series([None if value is None else str(value) for value in values], dtype=object),
        pd.Series([None if value is None else float(value) for value in values], dtype=object),
        pd.Series(values, dtype=object).astype("category"),
    ]
    for kind in ("integer", "number", "category"):
        results = [coerce(form, _column(kind)) for form in forms]
        assert all(result.column.equals(results[0].column) for result in results), kind
        assert all(len(result.misfits) == 0 for result in results)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_written_number_is_read_back_exactly(value: float) -> None:
    assert coerce(pd.Series([repr(value)]), _column("number")).column.iloc[0] == value


@given(st.text(max_size=8))
def test_no_text_is_ever_taken_for_infinite_or_nan(text: str) -> None:
    typed = coerce(pd.Series([text], dtype=object), _column("number"))
    value = typed.column.iloc[0]

    assert np.isfinite(value) or typed.misfits.tolist() == [0]
