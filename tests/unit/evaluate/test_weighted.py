"""Vectorised figures against scikit-learn and SciPy, one weighting at a time."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ks_2samp
from sklearn.metrics import accuracy_score, f1_score, precision_score, r2_score, recall_score, roc_auc_score

from glassledger.evaluate.weighted import Ranking, at_threshold, mean, r_squared, ratio


@st.composite
def samples(draw):
    """Scores with many ties, both classes, and integer weights as a bootstrap draws them."""
    size = draw(st.integers(4, 40))
    scores = np.array(draw(st.lists(st.integers(0, 8), min_size=size, max_size=size))) / 8.0
    positive = np.array(draw(st.lists(st.booleans(), min_size=size, max_size=size)))
    positive[:2] = [True, False]
    weights = np.array(draw(st.lists(st.integers(0, 3), min_size=2 * size, max_size=2 * size)), dtype=float)
    weights = weights.reshape(2, size)
    weights[:, :2] = 1.0
    return scores, positive, weights


@given(sample=samples())
@settings(max_examples=80, deadline=None)
def test_auroc_and_ks(sample):
    scores, positive, weights = sample
    auroc, ks = Ranking.of(scores, positive).auroc_and_ks(weights)
    for row, weight in enumerate(weights):
        assert auroc[row] == pytest.approx(roc_auc_score(positive, scores, sample_weight=weight))
        repeated = np.repeat(scores, weight.astype(int)), np.repeat(positive, weight.astype(int))
        yes, no = repeated[0][repeated[1]], repeated[0][~repeated[1]]
        assert ks[row] == pytest.approx(ks_2samp(yes, no, method="exact").statistic)


@given(sample=samples())
@settings(max_examples=80, deadline=None)
def test_figures_at_the_threshold(sample):
    scores, positive, weights = sample
    predicted = scores >= 0.5
    found = at_threshold(weights, positive, predicted)
    official = {"accuracy": accuracy_score, "precision": precision_score, "recall": recall_score, "f1": f1_score}
    for row, weight in enumerate(weights):
        for name, score in official.items():
            extra = {} if name == "accuracy" else {"zero_division": np.nan}
            wanted = score(positive, predicted, sample_weight=weight, **extra)
            assert found[name][row] == pytest.approx(wanted, nan_ok=True)


@given(sample=samples())
@settings(max_examples=60, deadline=None)
def test_r_squared(sample):
    scores, positive, weights = sample
    observed = positive + scores / 3.0
    found = r_squared(weights, observed, (observed - scores) ** 2)
    for row, weight in enumerate(weights):
        assert found[row] == pytest.approx(r2_score(observed, scores, sample_weight=weight))


def test_one_class_has_neither_auroc_nor_ks():
    auroc, ks = Ranking.of(np.array([0.1, 0.2]), np.array([True, True])).auroc_and_ks(np.ones((1, 2)))
    assert np.isnan(auroc[0])
    assert np.isnan(ks[0])


@pytest.mark.parametrize("value", [0.0, 0.1, 1e9 + 0.1])
def test_a_constant_target_has_no_r_squared(value):
    observed = np.full(7, value)
    assert np.isnan(r_squared(np.ones((1, 7)), observed, np.ones(7))[0])


def test_a_small_spread_around_a_large_mean_is_not_called_constant():
    observed = 1e9 + np.random.default_rng(0).normal(size=50)
    predicted = observed + 0.1
    found = r_squared(np.ones((1, 50)), observed, (observed - predicted) ** 2)[0]
    assert found == pytest.approx(r2_score(observed, predicted), abs=1e-6)


def test_ratio_has_no_value_over_zero():
    assert ratio(np.array([1.0, 0.0, 3.0]), np.array([2.0, 0.0, 0.0])).tolist() == pytest.approx(
        [0.5, np.nan, np.nan], nan_ok=True
    )
    assert mean(np.array([[1.0, 3.0]]), np.array([2.0, 6.0])).tolist() == [5.0]
