"""The Gaussian curve against 50-digit arithmetic and against dp-accounting; nothing is ever rounded in our favour."""

import math
from typing import Any

import dp_accounting
import mpmath
import pytest
from dp_accounting import pld
from hypothesis import given, settings
from hypothesis import strategies as st

from glassledger.errors import PrivacyError
from glassledger.privacy.accounting import (
    composed_epsilon,
    gaussian_dp_delta,
    gaussian_dp_epsilon,
    gaussian_dp_mu,
    gaussian_mu,
    pure_epsilon,
)
from glassledger.records.budget import PrivacyEvent

MUS = st.floats(1e-4, 10)
DELTAS = st.sampled_from([1e-12, 1e-9, 1e-6, 1e-3, 0.1])


def exact_delta(mu: float, epsilon: float) -> Any:
    with mpmath.workdps(60):
        m, e = mpmath.mpf(mu), mpmath.mpf(epsilon)
        return mpmath.ncdf(-e / m + m / 2) - mpmath.exp(e) * mpmath.ncdf(-e / m - m / 2)


def release(mechanism: str = "gaussian", sensitivity: float = 1.0, scale: float = 1.0, count: int = 1) -> PrivacyEvent:
    return PrivacyEvent(mechanism=mechanism, sensitivity=sensitivity, noise_scale=scale, count=count)


@given(MUS, st.floats(0, 7))
@settings(max_examples=200, deadline=None)
def test_delta_is_never_below_the_exact_one_and_close_to_it(mu: float, tail: float) -> None:
    epsilon = tail * mu + mu * mu / 2
    exact = exact_delta(mu, epsilon)

    ours = gaussian_dp_delta(mu, epsilon)

    assert ours >= exact
    assert ours <= exact * (1 + 1e-6)


@given(MUS, DELTAS)
@settings(max_examples=60, deadline=None)
def test_epsilon_is_enough_and_no_smaller_one_is(mu: float, delta: float) -> None:
    epsilon = gaussian_dp_epsilon(mu, delta)

    assert exact_delta(mu, epsilon) <= delta
    assert epsilon == 0 or exact_delta(mu, epsilon * (1 - 1e-6)) > delta


@given(st.floats(1e-3, 20), DELTAS)
@settings(max_examples=60, deadline=None)
def test_mu_is_covered_and_no_larger_one_is(epsilon: float, delta: float) -> None:
    mu = gaussian_dp_mu(epsilon, delta)

    assert exact_delta(mu, epsilon) <= delta
    assert exact_delta(mu * (1 + 1e-6), epsilon) > delta


@given(st.floats(1e-2, 20), DELTAS)
@settings(max_examples=40, deadline=None)
def test_going_there_and_back_never_gains(epsilon: float, delta: float) -> None:
    assert gaussian_dp_epsilon(gaussian_dp_mu(epsilon, delta), delta) == pytest.approx(epsilon, rel=1e-6)
    assert gaussian_dp_epsilon(gaussian_dp_mu(epsilon, delta), delta) <= epsilon


@pytest.mark.parametrize("mu", [0.05, 0.2367, 1.0, 3.0])
@pytest.mark.parametrize("delta", [1e-9, 1e-6, 1e-3])
def test_the_curve_agrees_with_privacy_loss_distributions(mu: float, delta: float) -> None:
    theirs = pld.PLDAccountant().compose(dp_accounting.GaussianDpEvent(1 / mu)).get_epsilon(delta)

    assert gaussian_dp_epsilon(mu, delta) == pytest.approx(theirs, rel=2e-5)


def test_the_vendors_splitting_wastes_what_the_notes_measured() -> None:
    """(1, 1e-6) split by basic composition as interpret does: mu .2093 of an exact .2367."""
    binning, training = gaussian_dp_mu(0.1, 5e-7), gaussian_dp_mu(0.9, 5e-7)

    assert math.hypot(binning, training) == pytest.approx(0.2093, abs=5e-5)
    assert gaussian_dp_mu(1.0, 1e-6) == pytest.approx(0.2367, abs=5e-5)


def test_gaussians_add_up_in_squares() -> None:
    events = [release(scale=4.0, count=9), release(sensitivity=2.0, scale=10.0)]

    assert gaussian_mu(events) == pytest.approx(math.sqrt(9 / 16 + 0.04), rel=1e-8)
    assert gaussian_mu(events) >= math.sqrt(9 / 16 + 0.04)
    assert composed_epsilon(events, 1e-6) == pytest.approx(gaussian_dp_epsilon(gaussian_mu(events), 1e-6), rel=2e-5)


def test_thousands_of_gaussians_are_joined_before_the_grid_can_round_them() -> None:
    many = composed_epsilon([release(scale=300.0, count=4200)], 1e-6)

    assert many == pytest.approx(gaussian_dp_epsilon(math.sqrt(4200) / 300, 1e-6), rel=2e-5)


def test_pure_releases_add_up_and_the_tight_account_is_never_above() -> None:
    events = [release("pure", 1, 10, 5), release("laplace", 1, 10, 5)]

    assert pure_epsilon(events) == pytest.approx(1.0, rel=1e-8)
    assert pure_epsilon(events) >= 1.0
    assert composed_epsilon(events, 0.0) == pure_epsilon(events)
    assert 0.5 < composed_epsilon(events, 1e-3) < composed_epsilon(events, 1e-3, accountant="rdp") < 1.0


def test_repeated_pure_releases_are_all_counted() -> None:
    """dp-accounting 0.6's own accountant composes a repeated randomised response only once: the wrong twin."""
    relation = dp_accounting.NeighboringRelation.REPLACE_ONE
    once = dp_accounting.RandomizedResponseDpEvent(2 / (1 + math.exp(0.1)), 2)
    twin = pld.PLDAccountant(relation).compose(dp_accounting.SelfComposedDpEvent(once, 20)).get_epsilon(1e-9)

    assert composed_epsilon([release("pure", 1, 10, 20)], 1e-9) > 1.9
    assert twin < 0.2


def test_a_discrete_gaussian_costs_a_little_more_than_the_continuous_one() -> None:
    continuous = composed_epsilon([release(scale=50.0)], 1e-6)
    discrete = composed_epsilon([release("discrete-gaussian", scale=50.0)], 1e-6)

    assert discrete == pytest.approx(continuous + 1 / 2500, rel=1e-9)


def test_the_discrete_gaussian_bound_holds_against_the_exact_mass() -> None:
    sigma, epsilon = 6.0, 0.4
    mass = {k: mpmath.exp(-mpmath.mpf(k * k) / (2 * sigma**2)) for k in range(-120, 122)}
    total = sum(mass[k] for k in range(-120, 121))
    exact = sum(max(mass[k] - mpmath.exp(epsilon) * mass[k + 1], 0) for k in range(-120, 121)) / total

    assert exact <= gaussian_dp_delta(1 / sigma, epsilon - 1 / sigma**2)


@pytest.mark.parametrize(
    "event",
    [
        release(scale=0.0),
        release(scale=-1.0),
        release(scale=math.inf),
        release(scale=math.nan),
        release(sensitivity=-1.0),
        release(sensitivity=math.inf),
        release(sensitivity=math.nan),
        release(count=-1),
        release("wishful"),
    ],
)
def test_what_cannot_be_added_up_costs_everything(event: PrivacyEvent) -> None:
    assert composed_epsilon([release(), event], 1e-6) == math.inf
    assert gaussian_mu([release(), event]) == math.inf
    assert pure_epsilon([release("pure"), event]) == math.inf


def test_a_gaussian_is_never_pure_and_a_pure_release_never_gaussian() -> None:
    assert composed_epsilon([release()], 0.0) == math.inf
    assert pure_epsilon([release()]) == math.inf
    assert gaussian_mu([release("laplace")]) == math.inf


@pytest.mark.parametrize(
    ("mu", "delta"), [(-1, 1e-6), (math.nan, 1e-6), (math.inf, 1e-6), (1, 0), (1, -1e-6), (1, 1), (1, math.nan)]
)
def test_outside_the_curve_epsilon_is_infinite(mu: float, delta: float) -> None:
    assert gaussian_dp_epsilon(mu, delta) == math.inf


@pytest.mark.parametrize(("epsilon", "delta"), [(-1, 1e-6), (math.nan, 1e-6), (math.inf, 1e-6), (1, 0), (1, 1)])
def test_no_gaussian_noise_without_a_usable_claim(epsilon: float, delta: float) -> None:
    with pytest.raises(PrivacyError) as refused:
        gaussian_dp_mu(epsilon, delta)
    assert refused.value.code == "delta-missing"


def test_nothing_released_costs_nothing() -> None:
    assert composed_epsilon([], 1e-6) == 0.0
    assert gaussian_mu([]) == 0.0
    assert gaussian_dp_epsilon(0.0, 1e-6) == 0.0
