"""Guesses err towards hiding: what may point at a person is never a feature, and is never repeated."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassledger.data.guess import _outwards, guess

ROWS = 200
UNIQUE = [f"Zq{row:05d}" for row in range(ROWS)]
FEW = ["north", "south", "east", "west"] * (ROWS // 4)


def _of(name: str, cells: Any) -> Any:
    return guess(name, pd.Series(cells, dtype=object))


@pytest.mark.parametrize(
    ("name", "cells", "role", "kind"),
    [
        ("customerID", UNIQUE, "identifier", "text"),
        ("full_name", FEW, "identifier", "text"),
        ("E-Mail", FEW, "identifier", "text"),
        ("dob", ["1980-01-01"] * ROWS, "identifier", "date"),
        ("code", UNIQUE, "identifier", "text"),
        ("account_no", list(range(10_000_000, 10_000_000 + ROWS)), "identifier", "integer"),
        ("x17", list(range(10_000_000, 10_000_000 + ROWS)), "identifier", "integer"),
        ("contact", ["+1-201-555-0101"] * ROWS, "identifier", "text"),
        ("owner", ["a@example.com"] * ROWS, "identifier", "text"),
        ("PhoneService", ["Yes", "No"] * (ROWS // 2), "feature", "category"),
        ("phone", UNIQUE, "identifier", "text"),
        ("remarks", [f"A longer remark about customer number {row % 90}" for row in range(ROWS)], "free_text", "text"),
        ("region", FEW, "feature", "category"),
        ("member", ["true", "false"] * (ROWS // 2), "feature", "boolean"),
        ("flag", ["0", "1"] * (ROWS // 2), "feature", "category"),
        ("balance", [str(row / 7) for row in range(ROWS)], "feature", "number"),
        ("visits", [str(row % 30) for row in range(ROWS)], "feature", "integer"),
        ("opened", ["2020-01-01", "2021-05-05"] * (ROWS // 2), "ignored", "date"),
        ("Sex", ["f", "m"] * (ROWS // 2), "protected", "category"),
        ("age", [str(20 + row % 60) for row in range(ROWS)], "protected", "integer"),
        ("marketing_consent", ["yes", "no"] * (ROWS // 2), "consent", "category"),
        ("model", [f"m{row % 90}" for row in range(ROWS)], "ignored", "text"),
        ("constant", ["only"] * ROWS, "ignored", "text"),
        ("empty", [None] * ROWS, "ignored", "text"),
        ("nested", [[1]] * ROWS, "ignored", "text"),
    ],
)  # fmt: skip
def test_role_and_type(name: str, cells: Any, role: str, kind: str) -> None:
    guessed = _of(name, cells)

    assert (guessed.role, guessed.type) == (role, kind)
    if role in ("identifier", "free_text", "ignored"):
        assert guessed.levels == ()
        assert guessed.bounds is None


def test_rare_levels_are_never_repeated() -> None:
    guessed = _of("town", ["north"] * 100 + ["south"] * 10 + ["Zq-hamlet"] * 9)

    assert guessed.levels == ("north", "south")
    assert guessed.other


def test_levels_are_ordered_like_numbers_when_they_are() -> None:
    assert _of("grade", ["10"] * 20 + ["9"] * 20 + ["b"] * 20 + ["a"] * 20).levels == ("9", "10", "a", "b")


def test_usual_signs_for_missing_are_markers_and_others_are_not() -> None:
    numbers = _of("charge", [" ", "?"] + [str(row) for row in range(ROWS)])
    words = _of("work", ["?"] * 20 + ["Unknown"] * 20 + ["clerk"] * 20)

    assert (numbers.type, numbers.missing, numbers.markers) == ("integer", True, (" ", "?"))
    assert words.levels == ("Unknown", "clerk")
    assert words.markers == ("?",)


@given(st.lists(st.floats(-1e12, 1e12), min_size=1))
def test_bounds_lie_outside_the_data_and_have_one_digit(values: list[float]) -> None:
    low, high = _outwards(min(values), max(values))

    assert low <= min(values)
    assert max(values) <= high
    assert low < high
    for bound in (low, high):
        digits = np.format_float_positional(abs(bound), trim="-").replace(".", "").strip("0")
        assert len(digits) <= 1
        assert bound == 0 or bound not in values
