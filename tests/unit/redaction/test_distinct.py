"""Dictionary encoding and the one text form of a value."""

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassledger.redaction.distinct import Distinct, as_text


@given(st.lists(st.none() | st.text(max_size=5), max_size=50))
def test_expanding_the_values_gives_the_column_back(values: list[str | None]) -> None:
    distinct = Distinct.of(pd.Series(values, dtype=object))

    assert distinct.expand(distinct.values).tolist() == values
    assert distinct.counts.sum() == sum(value is not None for value in values)
    assert len(set(distinct.values)) == len(distinct.values)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a ", "a "), (True, "true"), (np.False_, "false"), (3, "3"), (3.0, "3"), (np.float64(-2.5), "-2.5"),
        (2**60 + 1, "1152921504606846977"), (dt.date(2024, 5, 1), "2024-05-01"),
        (pd.Timestamp("2024-05-01"), "2024-05-01"), (pd.Timestamp("2024-05-01 10:00"), "2024-05-01T10:00:00"),
        ("\ud800", None), (b"x", None), ([1], None), (float("inf"), "inf"),
    ],
)  # fmt: skip
def test_the_text_form(value: Any, text: str | None) -> None:
    assert as_text(value) == text


def test_nothing_but_plain_values_can_be_encoded() -> None:
    with pytest.raises(TypeError):
        Distinct.of(pd.Series([[1], [2]], dtype=object))
