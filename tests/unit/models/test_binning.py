"""Bins hold what they promise, on any data."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassledger.models.additive import bin_indices
from glassledger.models.binning import FeatureBins, bin_feature, simplest_between
from glassledger.records.features import FeatureSpec

NUMBER = FeatureSpec(name="x", kind="continuous", missing=True)
WORD = FeatureSpec(name="x", kind="nominal", levels=tuple("abcdefgh"), missing=True)
GRADE = WORD.model_copy(update={"ordered": True})

COLUMNS = {
    "number": (NUMBER, st.floats(-1e6, 1e6) | st.sampled_from([0.0, 1.0, 2.0, float("nan")])),
    "word": (WORD, st.integers(-1, 7)),
    "grade": (GRADE, st.integers(-1, 7)),
}


@st.composite
def problems(draw: st.DrawFn) -> tuple[FeatureSpec, np.ndarray, np.ndarray]:
    spec, values = COLUMNS[draw(st.sampled_from(sorted(COLUMNS)))]
    rows = draw(st.lists(st.tuples(values, st.booleans()), min_size=4, max_size=150))
    positive = np.array([flag for _, flag in rows])
    positive[:2] = [True, False]
    return spec, np.array([value for value, _ in rows], dtype=float if spec.kind == "continuous" else np.intp), positive


def made(spec: FeatureSpec, column: np.ndarray, positive: np.ndarray, **choices: Any) -> FeatureBins:
    return bin_feature(column, spec, positive, **{"max_bins": 5, "min_share": 0.1, "sign": 0, **choices})


@settings(max_examples=200, deadline=None)
@given(problems(), st.integers(2, 6), st.sampled_from([0.01, 0.05, 0.2, 0.5]), st.sampled_from([-1, 0, 1]))
def test_bins_keep_every_promise(
    problem: tuple[FeatureSpec, np.ndarray, np.ndarray], max_bins: int, min_share: float, sign: int
) -> None:
    spec, column, positive = problem
    bins = made(spec, column, positive, max_bins=max_bins, min_share=min_share, sign=sign)
    cells = bin_indices(bins.axis, spec, column)
    counts = np.bincount(cells, minlength=bins.axis.size)
    inner = counts[1 : bins.axis.size - (spec.kind == "nominal")]
    filled = inner[inner > 0]
    assert len(filled) <= max_bins
    np.testing.assert_allclose(bins.share, counts / len(column))
    if len(filled) > 1:
        assert filled.min() >= min_share * inner.sum()
    evidence = bins.evidence[1 : 1 + len(filled)]
    steps = np.diff(evidence)
    if spec.kind == "continuous" or not spec.ordered:
        assert (steps > 0).all() or (steps < 0).all()
    if sign and spec.kind == "continuous":
        assert (sign * steps > 0).all()
    if sign and spec.ordered:
        by_level = bins.evidence[list(bins.axis.bins)][np.isin(bins.axis.bins, np.flatnonzero(counts))]
        assert (sign * np.diff(by_level) >= 0).all()
    assert (bins.evidence[counts == 0] == 0).all()
    assert bins.information >= 0
    assert np.isfinite(bins.evidence).all()


def test_evidence_is_the_log_odds_against_the_whole() -> None:
    """100 rows, 40 positive; below 5: 10 of 50, from 5 on: 30 of 50."""
    column = np.repeat([1.0, 5.0], 50)
    positive = np.tile(np.arange(50), 2) < np.repeat([10, 30], 50)
    bins = made(NUMBER, column, positive)
    assert bins.axis.cuts == (5.0,)
    expected = [np.log((10.4 / 40.6) / (0.4 / 0.6)), np.log((30.4 / 20.6) / (0.4 / 0.6))]
    np.testing.assert_allclose(bins.evidence, [0.0, *expected])
    information = (10 / 40 - 40 / 60) * expected[0] + (30 / 40 - 20 / 60) * expected[1]
    assert bins.information == pytest.approx(information)


def test_a_u_shape_becomes_monotone_in_the_declared_direction_or_the_better_one() -> None:
    rng = np.random.default_rng(0)
    column = rng.uniform(-1, 1.2, 4000)
    positive = rng.random(4000) < np.clip(np.abs(column) / 2, 0.05, 0.95)
    free, up, down = (made(NUMBER, column, positive, sign=sign) for sign in (0, 1, -1))
    assert free.information == up.information > down.information > 0
    assert (np.diff(up.evidence[1:]) > 0).all()
    assert (np.diff(down.evidence[1:]) < 0).all()


def test_missing_rows_have_a_bin_of_their_own_whatever_their_number() -> None:
    column = np.concatenate([np.arange(100.0), np.full(3, np.nan)])
    positive = np.concatenate([np.arange(100) >= 50, [True, True, True]])
    bins = made(NUMBER, column, positive)
    assert bins.share[0] == pytest.approx(3 / 103)
    assert bins.evidence[0] > 1.0


def test_levels_never_met_share_a_bin_that_says_nothing() -> None:
    column = np.repeat(np.array([0, 1, 2], dtype=np.intp), 40)
    positive = np.arange(120) % 40 < np.repeat([5, 20, 35], 40)
    bins = made(WORD, column, positive)
    assert bins.axis.bins == (1, 2, 3, 4, 4, 4, 4, 4)
    assert bins.evidence[[0, 4, 5]].tolist() == [0.0, 0.0, 0.0]
    assert bins.share[[0, 4, 5]].tolist() == [0.0, 0.0, 0.0]


def test_nothing_but_missing_is_one_empty_bin() -> None:
    bins = made(NUMBER, np.full(10, np.nan), np.arange(10) < 4)
    assert bins.axis.cuts == ()
    assert bins.evidence.tolist() == [pytest.approx(0.0), 0.0]


@pytest.mark.parametrize(
    ("low", "high", "cut"),
    [
        (30, 31, 31.0),
        (30.2, 30.9, 30.9),
        (30.21, 30.87, 30.8),
        (0.1234, 0.1239, 0.1239),
        (99, 150, 100.0),
        (-3, 7, 0.0),
    ],
)
def test_cuts_are_numbers_that_a_person_can_read(low: float, high: float, cut: float) -> None:
    assert simplest_between(low, high) == pytest.approx(cut, rel=1e-12)


@given(st.floats(-1e300, 1e300), st.floats(-1e300, 1e300))
def test_a_cut_always_divides(a: float, b: float) -> None:
    low, high = sorted((a, b))
    if low < high:
        assert low < simplest_between(low, high) <= high
