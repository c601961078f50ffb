"""The account never says less than a second method says."""

import math

import numpy as np
import pytest
from dp_accounting.pld import privacy_loss_distribution as pld
from dp_accounting.rdp import rdp_privacy_accountant as rdp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from glassledger.errors import PrivacyError
from glassledger.privacy.objective_perturbation import (
    Account,
    Output,
    Stage,
    Table,
    halved,
    hockey_stick,
    largest_scale,
)

NONE = Account((), (), ())


def gaussian(mu: float) -> Account:
    return Account((), (), (Output(mu, 0.0, 0.0),))


def half_normal_delta(epsilon: float, mu: float) -> float:
    """Redberg, Koskela, Wang 2023, Theorem 3.1, without its Jacobian: both branches."""
    rest = epsilon - mu**2 / 2
    if rest >= 0:
        return 2 * float(hockey_stick(np.array([epsilon]), mu)[0])
    return float(-np.expm1(rest) + np.exp(rest) * 2 * hockey_stick(np.array([mu**2 / 2]), mu)[0])


@pytest.mark.parametrize("mu", [0.05, 0.3, 1.5])
@pytest.mark.parametrize("epsilon", [0.0, 0.1, 0.7, 3.0])
def test_one_published_stage_is_the_theorem(mu: float, epsilon: float) -> None:
    stage = Stage(mu, 0.02)
    exact = half_normal_delta(epsilon + math.log1p(-0.02), mu)
    ours = Account((), (stage,), ()).delta(epsilon)
    assert exact <= ours <= exact * 1.03 + (2e-3 if epsilon == 0.0 else 2e-15)


@pytest.mark.parametrize("mu", [0.05, 0.3, 1.5])
@pytest.mark.parametrize("epsilon", [0.1, 0.7, 3.0])
def test_one_stage_under_the_own_bound_is_one_gaussian_query(mu: float, epsilon: float) -> None:
    exact = float(hockey_stick(np.array([epsilon - math.log1p(0.02)]), mu)[0])
    ours = Account((), (Stage(mu, 0.02),), (), "own").delta(epsilon)
    assert exact <= ours <= exact * 1.03 + 2e-15


def test_the_published_bound_costs_more_than_the_own_one() -> None:
    stages = (Stage(0.2, 0.01), Stage(0.3, 0.01))
    assert Account((), stages, ()).delta(1.0) > 1.5 * Account((), stages, (), "own").delta(1.0)


@pytest.mark.parametrize("bound", ["published", "own"])
def test_two_stages_and_a_gaussian_match_a_quadrature(bound: str) -> None:
    mus, rest, epsilon = (0.25, 0.35), 0.15, 1.2

    def loss(mu: float, z: np.ndarray) -> np.ndarray:
        return mu**2 / 2 + np.abs(mu * z) if bound == "published" else np.maximum(0.0, mu**2 / 2 + mu * z)

    grid = np.linspace(-9, 9, 1201)
    mass = np.diff(stats.norm.cdf(np.append(grid, np.inf)))
    total = loss(mus[0], grid)[:, None] + loss(mus[1], grid)[None, :]
    values = hockey_stick(epsilon - 0.03 - total.ravel(), rest).reshape(total.shape)
    reference = float(mass @ values @ mass)
    leverage = -math.expm1(-0.015) if bound == "published" else math.expm1(0.015)
    account = Account((), tuple(Stage(mu, leverage) for mu in mus), (Output(rest, 0.0, 0.0),), bound)
    assert account.delta(epsilon) == pytest.approx(reference, rel=0.04)


def rdp_of_the_theorem(account: Account, alpha: float) -> float:
    """Theorem 3.2 for every stage and α·μ²/2 for the Gaussian part."""
    total = alpha * account.gaussian_mu**2 / 2
    for stage in account.stages:
        tilt = (alpha - 1) * stage.mu
        log_moment = math.log(2) + tilt**2 / 2 + float(stats.norm.logcdf(tilt))  # E exp((α − 1)|N(0, μ²)|)
        total += -math.log1p(-stage.leverage) + stage.mu**2 / 2 + log_moment / (alpha - 1)
    return total


@pytest.mark.parametrize("epsilon", [0.5, 1.0, 4.0])
def test_renyi_accounting_agrees_from_above(epsilon: float) -> None:
    scale = largest_scale(
        lambda m: Account((), (Stage(0.6 * m, 0.01), Stage(0.7 * m, 0.01)), (Output(0.3 * m, 0.0, 0.0),)),
        epsilon=epsilon,
        delta=1e-6,
    )
    account = Account((), (Stage(0.6 * scale, 0.01), Stage(0.7 * scale, 0.01)), (Output(0.3 * scale, 0.0, 0.0),))
    orders = np.concatenate([np.linspace(1.5, 20, 40), np.geomspace(21, 600, 40)])
    renyi, _ = rdp.compute_epsilon(orders, np.array([rdp_of_the_theorem(account, a) for a in orders]), 1e-6)
    assert account.epsilon(1e-6) <= renyi
    assert renyi < 1.15 * epsilon


@pytest.mark.parametrize("mu", [0.1, 0.5, 2.0])
def test_a_gaussian_part_agrees_with_the_library(mu: float) -> None:
    library = pld.from_gaussian_mechanism(1 / mu, value_discretization_interval=1e-4)
    for epsilon in (0.2, 1.0, 2.0):
        assert gaussian(mu).delta(epsilon) == pytest.approx(library.get_delta_for_epsilon(epsilon), rel=5e-3, abs=1e-9)


@pytest.mark.parametrize(("variance", "touched"), [(4.0, 1), (4.0, 3), (25.0, 2), (900.0, 1)])
def test_tables_cover_the_exact_lattice(variance: float, touched: int) -> None:
    """The exact curve of ``touched`` discrete Gaussians shifted by one, by direct convolution."""
    reach = int(14 * variance**0.5)
    steps = np.arange(-reach, reach + 1)
    law = np.exp(-(steps**2) / (2 * variance))
    law /= law.sum()
    total = law
    for _ in range(touched - 1):
        total = np.convolve(total, law)
    losses = (2 * (np.arange(total.size) - touched * reach) + touched) / (2 * variance)
    account = Account((Table(touched, variance),), (), ())
    for epsilon in (0.0, 0.1, 0.5, 1.5):
        exact = float(total @ np.maximum(0.0, -np.expm1(np.minimum(epsilon - losses, 0.0))))
        assert exact <= account.delta(epsilon) + 1e-15


@given(mu=st.floats(0.01, 1.0), leverage=st.floats(0.0, 0.3), table=st.floats(0.01, 0.5), epsilon=st.floats(0.05, 8.0))
@settings(max_examples=30, deadline=None)
def test_more_of_anything_never_costs_less(mu: float, leverage: float, table: float, epsilon: float) -> None:
    tables, out = (Table(1, 1 / table**2),), (Output(0.001, 1e-6, 1e-15),)
    small = Account(tables, (Stage(mu, leverage),), out).delta(epsilon)
    assert small <= Account(tables, (Stage(mu * 1.1, leverage),), out).delta(epsilon) + 1e-12
    assert small <= Account(tables, (Stage(mu, leverage + 0.05),), out).delta(epsilon) + 1e-12
    assert small <= Account(tables * 2, (Stage(mu, leverage),), out).delta(epsilon) + 1e-12
    assert small * (1 + 1e-9) >= Account(tables, (Stage(mu, leverage),), out).delta(epsilon * 1.2) - 1e-12


@given(epsilon=st.floats(0.05, 8.0), delta=st.sampled_from([1e-9, 1e-6, 1e-3]))
@settings(max_examples=15, deadline=None)
def test_the_largest_scale_keeps_the_claim_and_uses_it(epsilon: float, delta: float) -> None:
    def account(scale: float) -> Account:
        return Account((Table(1, 1 / (0.1 * scale) ** 2),), (Stage(scale, 0.01 * epsilon),), ())

    scale = largest_scale(account, epsilon=epsilon, delta=delta)
    assert account(scale).delta(epsilon) <= delta < account(scale * 1.001).delta(epsilon)
    assert account(scale).epsilon(delta) <= epsilon * (1 + 1e-3)


def test_a_budget_that_fixed_parts_exceed_is_refused() -> None:
    with pytest.raises(PrivacyError) as caught:
        largest_scale(lambda m: Account((), (Stage(m, 0.5),), ()), epsilon=0.1, delta=1e-6)
    assert caught.value.code == "budget-too-small"


def test_replace_one_is_two_steps() -> None:
    epsilon, delta = halved(1.0, 1e-6)
    scale = largest_scale(gaussian, epsilon=epsilon, delta=delta)
    doubled = gaussian(2 * scale)  # what replacing one record really does to a Gaussian query
    assert doubled.delta(1.0) <= 1e-6
    assert gaussian(scale).replace_one(1e-6) <= 1.0 + 1e-5


@pytest.mark.parametrize("leverage", [1.0, 1.5, -0.1, float("nan")])
def test_impossible_leverages_are_refused(leverage: float) -> None:
    with pytest.raises(PrivacyError):
        Account((), (Stage(0.1, leverage),), ()).delta(1.0)


@pytest.mark.parametrize("epsilon", [-1.0, float("nan"), float("inf")])
def test_impossible_epsilons_are_refused(epsilon: float) -> None:
    with pytest.raises(PrivacyError):
        NONE.delta(epsilon)


def test_nothing_released_costs_nothing() -> None:
    assert NONE.delta(0.5) <= 2e-15


def test_what_has_no_finite_epsilon_is_refused() -> None:
    with pytest.raises(PrivacyError) as caught:
        Account((), (), (Output(0.1, 0.0, 0.5),)).epsilon(1e-6)
    assert caught.value.code == "epsilon-infinite"


# ---- the theorem itself, by exact likelihood ratios of small fits


def slope(score: np.ndarray, y: np.ndarray) -> np.ndarray:
    sign = 2 * y - 1
    return -sign / np.sqrt(1 + np.exp(2 * sign * score))


def curvature(score: np.ndarray, y: np.ndarray) -> np.ndarray:
    g = 1 / np.sqrt(1 + np.exp(2 * (2 * y - 1) * score))
    return g * (1 - g * g)


def minimisers(x: np.ndarray, y: np.ndarray, ridge: float, noise: np.ndarray) -> np.ndarray:
    theta = -noise / ridge
    for _ in range(60):
        score = theta @ x.T
        gradient = slope(score, y) @ x + ridge * theta + noise
        hessian = np.einsum("nk,ki,kj->nij", curvature(score, y), x, x) + ridge * np.eye(x.shape[1])
        step = np.linalg.solve(hessian, gradient[:, :, None])[:, :, 0]
        theta = theta - step * np.minimum(1, 3 / np.maximum(np.linalg.norm(step, axis=1), 1e-12))[:, None]
    assert np.abs(slope(theta @ x.T, y) @ x + ridge * theta + noise).max() < 1e-8
    return theta


def log_density(theta: np.ndarray, x: np.ndarray, y: np.ndarray, ridge: float, sigma: float) -> np.ndarray:
    score = theta @ x.T
    noise = -(slope(score, y) @ x + ridge * theta)
    hessian = np.einsum("nk,ki,kj->nij", curvature(score, y), x, x) + ridge * np.eye(x.shape[1])
    return -(noise**2).sum(1) / (2 * sigma**2) + np.linalg.slogdet(hessian)[1]


@pytest.mark.slow
@pytest.mark.parametrize("bound", ["published", "own"])
@pytest.mark.parametrize(("mu", "leverage", "others"), [(0.6, 0.1, 0), (0.9, 0.3, 4), (0.4, 0.05, 2)])
def test_exact_likelihood_ratios_stay_below_the_claim(bound: str, mu: float, leverage: float, others: int) -> None:
    rng = np.random.default_rng(11)
    z = np.ones(3)
    beta = 2 / (3 * math.sqrt(3))
    ridge, sigma = beta * 3 / leverage, math.sqrt(3) / mu
    rest = rng.normal(size=(others, 3))
    labels = rng.integers(0, 2, others).astype(float)
    account = Account((), (Stage(mu, leverage),), (), bound)
    epsilon = account.epsilon(0.02)
    for label in (0.0, 1.0):
        more, more_y = np.vstack([rest, z]), np.append(labels, label)
        for here, there in (((more, more_y), (rest, labels)), ((rest, labels), (more, more_y))):
            theta = minimisers(*here, ridge, rng.normal(0, sigma, (15_000, 3)))
            ratio = log_density(theta, *here, ridge, sigma) - log_density(theta, *there, ridge, sigma)
            measured = np.maximum(0.0, -np.expm1(np.minimum(epsilon - ratio, 0.0)))
            assert measured.mean() + 5 * measured.std() / 15_000**0.5 <= 0.02 + 1e-3
