"""Real noise, measured: it has the scale that the events state, and ±30 % would be noticed.

Each test compares a sum of squares with its law. A sound build fails one of them less than once in 1e6 runs. The twins,
whose claimed scale is 30 % off, are rejected at the same level even when the draws are six standard errors off in their
favour: that is what the numbers of draws are chosen for.
"""

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.special import expit

from glassledger.models.diffprivlib_families import Mechanisms
from glassledger.models.dp_ebm import fit_padded
from glassledger.models.dp_ebm_account import events_of, planned
from glassledger.models.dp_logistic import private_minimum
from glassledger.models.dp_naive_bayes import train as train_naive_bayes
from glassledger.models.private_task import checked
from glassledger.models.training import TrainingTask
from glassledger.policy.families import DpEbmSettings, DpNaiveBayesSettings
from glassledger.privacy.budget import PrivacyBudget
from glassledger.privacy.noise import discrete_gaussian
from glassledger.records.features import FeatureSpec

pytestmark = pytest.mark.slow

#: A two-sided test at this level; eight of them are made here.
LEVEL = 1e-8


def p_value(noise: np.ndarray, scale: float) -> float:
    """Chi-square test of variance about a known mean of zero."""
    tail = stats.chi2.cdf((noise**2).sum() / scale**2, len(noise))
    return float(2 * min(tail, 1 - tail))


def check(noise: np.ndarray, scale: float) -> None:
    """The stated scale passes; scales 30 % smaller or larger than the truth are rejected."""
    assert p_value(noise, scale) > LEVEL
    assert p_value(noise, scale * 1.3) < LEVEL
    assert p_value(noise, scale / 1.3) < LEVEL


def binary_task(epsilon: str, settings: Any, features: pd.DataFrame, specs: tuple[FeatureSpec, ...]) -> TrainingTask:
    target = np.resize(np.array(["no", "yes"], dtype=object), len(features))
    return TrainingTask(
        features=features,
        specs=specs,
        target=target,
        kind="binary",
        classes=("no", "yes"),
        settings=settings,
        budget=PrivacyBudget(Decimal(epsilon), Decimal("1e-5")),
    )


@pytest.fixture(scope="module")
def boosted() -> tuple[Any, list[Any], Any]:
    """130 fits of one round on twelve two-level features of 4000 rows: 1560 draws of each law."""
    settings = DpEbmSettings(max_rounds=1, max_leaves=2)
    words = np.repeat(np.array(["a", "b"], dtype=object), 2000)
    features = pd.DataFrame({f"w{i}": words for i in range(12)})
    specs = tuple(FeatureSpec(name=f"w{i}", kind="nominal", levels=("a", "b")) for i in range(12))
    private = checked(binary_task("1", settings, features, specs), "dp-ebm")
    plan = planned(private, settings)
    fits = [fit_padded(private, settings, plan) for _ in range(130)]
    events = events_of(
        private,
        settings,
        plan,
        binning_scale=fits[0].noise_scale_binning_,
        boosting_scale=fits[0].noise_scale_boosting_,
    )
    return (private, plan), fits, events


def test_histograms_carry_the_stated_noise(boosted: Any) -> None:
    (_, plan), fits, events = boosted
    # the difference of a feature's two noisy counts: padding falls evenly (to one row) on both levels
    differences = np.array([weights[1] - weights[2] for fit in fits for weights in fit.bin_weights_])

    assert plan.padding > 10
    check(differences, events[1].noise_scale * np.sqrt(2))


def test_boosting_queries_carry_the_stated_noise(boosted: Any) -> None:
    _, fits, events = boosted
    # with one round and balanced labels every exact residual sum is (nearly) zero: what is left is noise / weight
    first = []
    for fit in fits:
        for scores, weights in zip(fit.term_scores_, fit.bin_weights_, strict=True):
            update = scores[1] - scores[2]  # both leaves of the only split; the centring cancels
            first.append(update / np.sqrt(1 / weights[1] ** 2 + 1 / weights[2] ** 2))

    check(np.array(first), events[-1].noise_scale)


def test_the_number_of_rows_carries_the_stated_noise(boosted: Any) -> None:
    (_, plan), _, events = boosted
    noise = discrete_gaussian(plan.count_variance, 1600).astype(float)

    check(noise, events[0].noise_scale)


@pytest.mark.parametrize(("epsilon", "alpha"), [(1.0, 0.2), (4.0, 3.0)])
def test_the_objectives_random_term_has_the_stated_law(epsilon: float, alpha: float) -> None:
    """The released weights give the random term back: b = −(gradients + ridge · w). Its norm is Gamma(d, 2 / rate)."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(200, 3))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    positive = rows[:, 0] > 0
    published = 2 * epsilon * 0.99
    left = published - 2 * np.log1p(0.25 / alpha)
    rate = (left if left > 0 else published / 2) / 2
    ridge = alpha if left > 0 else 0.25 / np.expm1(published / 4)
    norms = []
    for _ in range(1500):
        weights = private_minimum(
            rows, positive, epsilon=epsilon, steps=1, alpha=alpha, max_iter=100, mechanisms=Mechanisms()
        )
        norms.append(np.linalg.norm(rows.T @ (expit(rows @ weights) - positive) + ridge * weights))

    def p(claimed: float) -> float:
        tail = stats.gamma.cdf(claimed * np.sum(norms), 3 * len(norms))
        return float(2 * min(tail, 1 - tail))

    assert p(rate) > LEVEL
    assert p(rate * 1.3) < LEVEL
    assert p(rate / 1.3) < LEVEL


def two_sided_p(draws: np.ndarray, variance: float, fourth: float) -> float:
    """Normal approximation for the mean square of many independent draws."""
    z = (np.mean(draws**2) - variance) / np.sqrt((fourth - variance**2) / len(draws))
    return float(2 * stats.norm.sf(abs(z)))


def test_counts_carry_two_sided_geometric_noise_of_the_stated_scale() -> None:
    draws = np.array([Mechanisms().count(1000, 0.1) - 1000 for _ in range(6000)], dtype=float)

    def p(epsilon: float) -> float:
        law = stats.dlaplace(epsilon)
        return two_sided_p(draws, law.var(), float(law.moment(4)))

    assert p(0.1) > LEVEL
    assert p(0.13) < LEVEL
    assert p(0.1 / 1.3) < LEVEL


def test_sums_carry_laplace_noise_of_the_stated_scale() -> None:
    draws = np.array([Mechanisms().bounded_sum(5000.0, 0.1, 10_000.0) - 5000 for _ in range(6000)])

    def p(epsilon: float) -> float:
        return two_sided_p(draws, 2 / epsilon**2, 24 / epsilon**4)

    assert p(0.1) > LEVEL
    assert p(0.13) < LEVEL
    assert p(0.1 / 1.3) < LEVEL


def test_naive_bayes_releases_what_its_events_say() -> None:
    """Class sizes read back off the model: their log-ratio moves as the events' scale says."""
    specs = (FeatureSpec(name="w", kind="nominal", levels=("a",)),)
    features = pd.DataFrame({"w": np.full(40_000, "a", dtype=object)})
    asked = binary_task("0.2", DpNaiveBayesSettings(), features, specs)
    trained = [train_naive_bayes(asked, Mechanisms()) for _ in range(2500)]
    scale = trained[0].events[0].noise_scale
    # log((n + u) / (n + v)) ≈ (u − v) / n for two-sided geometric u, v
    draws = np.array([fit.model.intercept[0] for fit in trained]) * 20_000

    def p(claimed: float) -> float:
        law = stats.dlaplace(1 / claimed)
        variance, fourth = 2 * law.var(), 2 * float(law.moment(4)) + 6 * law.var() ** 2
        return two_sided_p(draws, variance, fourth)

    assert scale == pytest.approx(2 / 0.2)
    assert p(scale) > LEVEL
    assert p(scale * 1.3) < LEVEL
    assert p(scale / 1.3) < LEVEL
