"""Calibration against unpenalised logistic regression, and where it is not determined."""

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from glassledger.evaluate.calibration import recalibration, reliability


def _sample(rows: int, slope: float, shift: float, seed: int):
    random = np.random.default_rng(seed)
    log_odds = random.normal(-1.0, 1.3, rows)
    positive = random.random(rows) < expit(shift + slope * log_odds)
    return expit(log_odds), positive


@pytest.mark.parametrize(("slope", "shift"), [(1.0, 0.0), (0.4, 0.7), (1.8, -1.0)])
def test_slope_and_intercept_are_those_of_logistic_regression(slope, shift):
    scores, positive = _sample(3000, slope, shift, seed=int(slope * 10))
    weights = np.random.default_rng(1).integers(0, 4, (3, 3000)).astype(float)
    weights[0] = 1.0
    found = recalibration(weights, positive, scores)
    for row, weight in enumerate(weights):
        oracle = LogisticRegression(C=np.inf, tol=1e-12, max_iter=1000)
        oracle.fit(logit(scores)[:, None], positive, sample_weight=weight)
        assert found["calibration_slope"][row] == pytest.approx(oracle.coef_[0, 0], abs=1e-4)
        shifted = expit(logit(scores) + found["calibration_intercept"][row])
        assert weight @ shifted == pytest.approx(weight @ positive, rel=1e-6)  # the defining equation


def test_good_scores_have_slope_one_and_intercept_zero():
    scores, positive = _sample(200_000, 1.0, 0.0, seed=9)
    found = recalibration(np.ones((1, len(scores))), positive, scores)
    assert found["calibration_slope"][0] == pytest.approx(1.0, abs=0.03)
    assert found["calibration_intercept"][0] == pytest.approx(0.0, abs=0.03)


def test_scores_that_are_too_extreme_have_a_slope_below_one():
    scores, positive = _sample(20_000, 0.5, 0.0, seed=9)
    assert recalibration(np.ones((1, len(scores))), positive, scores)["calibration_slope"][0] < 0.6


@pytest.mark.parametrize(
    ("scores", "positive", "undetermined"),
    [
        ([0.3, 0.3, 0.3, 0.3], [True, False, True, False], {"calibration_slope"}),
        ([0.1, 0.2, 0.8, 0.9], [False, False, True, True], {"calibration_slope"}),
        ([0.1, 0.2, 0.8, 0.9], [True, True, True, True], {"calibration_slope", "calibration_intercept"}),
        ([0.1, 0.2, 0.8, 0.9], [False] * 4, {"calibration_slope", "calibration_intercept"}),
        ([0.5], [True], {"calibration_slope", "calibration_intercept"}),
    ],
)
def test_what_is_not_determined_has_no_value(scores, positive, undetermined):
    found = recalibration(np.ones((1, len(scores))), np.array(positive), np.array(scores))
    assert {name for name, values in found.items() if np.isnan(values[0])} == undetermined


def test_certain_scores_do_not_break_it():
    scores = np.array([0.0, 1.0, 0.2, 0.6, 0.0, 1.0])
    found = recalibration(np.ones((1, 6)), np.array([False, True, True, False, True, False]), scores)
    assert np.isfinite(found["calibration_intercept"][0])


def test_the_curve_holds_every_row_once():
    scores, positive = _sample(1003, 1.0, 0.0, seed=2)
    points = reliability(scores, positive.astype(float), least=10)
    assert len(points) == 10
    assert sum(point.count for point in points) == 1003
    assert {point.count for point in points} == {100, 101}
    assert sum(point.y * point.count for point in points) == pytest.approx(positive.sum())
    assert [point.x for point in points] == sorted(point.x for point in points)


def test_ties_are_never_parted_and_small_bins_are_joined():
    scores = np.repeat([0.1, 0.4, 0.9], [60, 5, 35])
    points = reliability(scores, np.ones(100), least=10)
    assert [(point.count, point.x) for point in points] == [(60, pytest.approx(0.1)), (40, pytest.approx(0.8375))]


@pytest.mark.parametrize(("rows", "bins"), [(0, 0), (9, 0), (10, 1), (29, 2), (200, 10)])
def test_bins_are_as_many_as_the_least_count_allows(rows, bins):
    assert len(reliability(np.linspace(0.1, 0.9, rows), np.ones(rows), least=10)) == bins
