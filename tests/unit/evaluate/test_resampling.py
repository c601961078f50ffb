"""Intervals: by unit, repeatable, of the right width, absent where they would mean nothing."""

import numpy as np
import pytest
from scipy.stats import norm

from glassledger.evaluate.resampling import intervals
from glassledger.evaluate.weighted import mean


def statistic_of(values):
    return lambda weights: {"mean": mean(weights, values)}


def units_of(rows: int) -> np.ndarray:
    return np.arange(rows).astype(str).astype(object)


def test_the_same_digest_draws_the_same():
    values = np.random.default_rng(0).normal(size=300)
    first = intervals(statistic_of(values), units_of(300), resamples=100, digest="sha256:a")
    assert first == intervals(statistic_of(values), units_of(300), resamples=100, digest="sha256:a")
    assert first != intervals(statistic_of(values), units_of(300), resamples=100, digest="sha256:b")


def test_blocks_do_not_change_the_draws(monkeypatch):
    values = np.random.default_rng(0).normal(size=50)
    whole = intervals(statistic_of(values), units_of(50), resamples=60, digest="d")
    monkeypatch.setattr("glassledger.evaluate.resampling._CELLS", 350)
    assert intervals(statistic_of(values), units_of(50), resamples=60, digest="d") == whole


def test_the_width_is_that_of_theory():
    values = np.random.default_rng(1).normal(size=2000)
    lower, upper = intervals(statistic_of(values), units_of(2000), resamples=4000, digest="d")["mean"]
    error = values.std() / np.sqrt(2000)
    assert upper - lower == pytest.approx(2 * norm.ppf(0.975) * error, rel=0.06)
    assert lower < values.mean() < upper


def test_people_with_many_rows_widen_it():
    """100 people with 20 equal rows each carry 100 people's information; counting rows would claim 2,000."""
    values = np.repeat(np.random.default_rng(2).normal(size=100), 20)
    people = np.repeat(units_of(100), 20)
    by_person = intervals(statistic_of(values), people, resamples=1000, digest="d")["mean"]
    by_row = intervals(statistic_of(values), units_of(2000), resamples=1000, digest="d")["mean"]
    assert (by_person[1] - by_person[0]) / (by_row[1] - by_row[0]) == pytest.approx(np.sqrt(20), rel=0.15)


def test_few_people_have_no_interval_however_many_rows():
    values = np.random.default_rng(3).normal(size=1000)
    assert intervals(statistic_of(values), np.repeat(units_of(19), 53)[:1000], resamples=50, digest="d") == {}
    assert "mean" in intervals(statistic_of(values[:20]), units_of(20), resamples=50, digest="d")


@pytest.mark.parametrize(("valid", "has"), [(0.95, True), (0.5, False)])
def test_a_figure_that_often_has_no_value_has_no_interval(valid, has):
    def statistic(weights):
        values = np.arange(len(weights), dtype=float)
        return {"rare": np.where(values < valid * len(weights), values, np.nan)}

    found = intervals(statistic, units_of(30), resamples=100, digest="d")
    assert ("rare" in found) is has
