"""Cross-column rules, held against plain Python row by row."""

import ast
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassledger.data.rules import columns_in, holds
from glassledger.policy.document import Column
from glassledger.policy.rules import check_rule

COLUMNS = {
    "a": Column(role="feature", type="number"),
    "b": Column(role="feature", type="integer"),
    "start": Column(role="ignored", type="date"),
    "end": Column(role="ignored", type="date"),
    "kind": Column(role="feature", type="category", levels=("x", "y")),
    "on": Column(role="feature", type="boolean"),
    "hours-per-week": Column(role="feature", type="number"),
}

numbers = st.none() | st.integers(-5, 5)
tables = st.lists(st.tuples(numbers, numbers, st.booleans(), st.sampled_from("xy")), min_size=1, max_size=20)


def _table(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    a, b, on, kind = zip(*rows, strict=True)
    return pd.DataFrame(
        {
            "a": pd.Series(a, dtype="float64"),
            "b": pd.array(b, dtype="Int64"),
            "on": pd.Series(["true" if flag else "false" for flag in on], dtype=object),
            "kind": pd.Series(kind, dtype=object),
        }
    )


RULES = [
    "a <= b", "a < b <= 3", "not a == b", "a + b > 0 or on", "on and kind == 'x'", "not (on or a > 1)",
    "-a * 2 - b / 2 >= -1", "on == True", "kind != 'y'", "a > 1 and b > 1 and not on",
]  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
@settings(max_examples=20, deadline=None)
@given(rows=tables)
def test_a_rule_says_what_python_says(rule: str, rows: list[tuple[Any, ...]]) -> None:
    tree = check_rule(rule, COLUMNS)
    used = columns_in(tree)

    def expected(row: tuple[Any, ...]) -> bool:
        values = dict(zip(("a", "b", "on", "kind"), row, strict=True))
        return any(values[name] is None for name in used) or bool(eval(rule, {}, values))

    assert holds(tree, _table(rows)).tolist() == [expected(row) for row in rows]


def test_dates_are_compared_with_dates_and_iso_text() -> None:
    table = pd.DataFrame(
        {
            "start": np.array(["2024-01-01", "2024-06-01", "NaT", "2019-01-01"], dtype="datetime64[s]"),
            "end": np.array(["2024-01-01", "2024-05-31", "2024-01-01", "2024-01-01"], dtype="datetime64[s]"),
        }
    )

    assert holds(check_rule("end >= start", COLUMNS), table).tolist() == [True, False, True, True]
    assert holds(check_rule('start >= "2020-01-01"', COLUMNS), table).tolist() == [True, True, True, False]


def test_what_cannot_be_calculated_does_not_hold() -> None:
    table = pd.DataFrame({"a": [0.0, 1.0, np.nan], "b": pd.array([0, 0, 0], dtype="Int64")})

    assert holds(check_rule("a / b <= 1", COLUMNS), table).tolist() == [False, False, True]


def test_names_in_backticks() -> None:
    tree = check_rule("`hours-per-week` <= 80", COLUMNS)

    assert columns_in(tree) == ("hours-per-week",)
    assert holds(tree, pd.DataFrame({"hours-per-week": [80.0, 81.0]})).tolist() == [True, False]


def test_a_node_that_the_policy_would_refuse_is_not_evaluated() -> None:
    tree = ast.parse("__import__('os').getcwd()", mode="eval")

    with pytest.raises(AssertionError):
        holds(tree, pd.DataFrame({"__import__": [1]}))
