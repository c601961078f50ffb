"""Risk indicators against their definitions done slowly, and the numbers that pycanon 1.3.6 gave."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassledger.errors import InputError
from glassledger.redaction.risk import disclosure_risk

ROWS = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from(["x", "y", None]), st.integers(0, 5)), min_size=1, max_size=40
)


def slowly(frame, quasi, column, *, ordered):
    """k, uniques, distinct l, entropy l, t, δ straight from their definitions."""
    groups = {}
    for row in frame.itertuples(index=False):
        key = tuple("missing" if pd.isna(getattr(row, name)) else getattr(row, name) for name in quasi)
        groups.setdefault(key, []).append(getattr(row, column))
    levels = sorted(set(frame[column]))
    overall = [sum(frame[column] == level) / len(frame) for level in levels]
    shares = [[group.count(level) / len(group) for level in levels] for group in groups.values()]
    if ordered:
        distances = [
            sum(abs(sum(share[: i + 1]) - sum(overall[: i + 1])) for i in range(len(levels))) / max(len(levels) - 1, 1)
            for share in shares
        ]
    else:
        distances = [sum(abs(s - o) for s, o in zip(share, overall, strict=True)) / 2 for share in shares]
    return {
        "k": min(map(len, groups.values())),
        "uniques": sum(len(group) == 1 for group in groups.values()),
        "distinct_l": min(len(set(group)) for group in groups.values()),
        "entropy_l": math.exp(min(-sum(s * math.log(s) for s in share if s) for share in shares)),
        "t": max(distances),
        "delta": max(abs(math.log(s / o)) for share in shares for s, o in zip(share, overall, strict=True) if s),
    }


@given(ROWS, st.booleans())
def test_equals_the_definitions(rows, ordered):
    frame = pd.DataFrame(rows, columns=["a", "b", "s"])
    if not ordered:
        frame["s"] = frame["s"].astype(str)
    found = disclosure_risk(frame, quasi=["a", "b"], sensitive=["s"])
    expected = slowly(frame, ["a", "b"], "s", ordered=ordered)
    (sensitive,) = found.sensitive
    assert (found.k, found.uniques) == (expected["k"], expected["uniques"])
    assert found.prosecutor_max == pytest.approx(1 / expected["k"])
    for name in ("distinct_l", "entropy_l", "t", "delta"):
        assert getattr(sensitive, name) == pytest.approx(expected[name], abs=1e-9)


def test_equals_pycanon():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "a": rng.integers(0, 4, 600).astype(str),
            "b": rng.integers(0, 5, 600).astype(str),
            "s": rng.choice(list("uvwxyz"), 600, p=[0.4, 0.2, 0.2, 0.1, 0.05, 0.05]),
            "n": rng.integers(0, 12, 600),
        }
    )
    found = disclosure_risk(frame, quasi=["a", "b"], sensitive=["s", "n"])
    text, number = found.sensitive
    assert found.k == 18
    assert (text.distinct_l, int(text.entropy_l)) == (5, 3)
    assert (text.t, text.delta) == pytest.approx((0.2968181818181818, 1.0977786079195322), abs=1e-12)
    assert (number.distinct_l, int(number.entropy_l)) == (8, 7)
    assert (number.t, number.delta) == pytest.approx((0.1074747474747475, 1.1772497341851824), abs=1e-12)


def test_many_columns_of_many_values_do_not_overflow():
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({f"c{i}": rng.integers(0, 10**6, 2000) for i in range(12)})
    found = disclosure_risk(frame, quasi=list(frame.columns))
    assert (found.k, found.uniques, found.classes) == (1, 2000, 2000)
    assert found.prosecutor_mean == 1.0


@pytest.mark.parametrize(("quasi", "sensitive"), [([], []), (["nope"], []), (["a"], ["nope"])])
def test_refuses_columns_that_are_not_there(quasi, sensitive):
    with pytest.raises(InputError) as caught:
        disclosure_risk(pd.DataFrame({"a": ["secret"]}), quasi=quasi, sensitive=sensitive)
    assert caught.value.code == "risk-columns"
    assert "secret" not in f"{caught.value}{caught.value.facts}"


def test_refuses_an_empty_table():
    with pytest.raises(InputError):
        disclosure_risk(pd.DataFrame({"a": []}), quasi=["a"])
