"""Noise has the right law, the right scale, and no seed."""

import inspect
import random

import mpmath
import numpy as np
import pytest
from scipy import stats

from glassledger.errors import PrivacyError
from glassledger.models.diffprivlib_families import _imported
from glassledger.privacy import noise
from glassledger.privacy.noise import GAUSSIAN_ERROR, discrete_gaussian, gaussian, variance_at_least

SMALLEST_P = 1e-6  # a sound build fails one of these tests about once in a million runs


def exact_probabilities(variance: float, reach: int) -> np.ndarray:
    weights = np.exp(-(np.arange(-reach, reach + 1) ** 2) / (2 * variance))
    return weights / weights.sum()


@pytest.mark.parametrize("variance", [(1, 4), (1, 1), (7, 3), (9 * 64, 64), (40_000, 64), (625, 1)])
def test_the_discrete_law_is_exact(variance: tuple[int, int]) -> None:
    size, sigma = 60_000, (variance[0] / variance[1]) ** 0.5
    sample = discrete_gaussian(variance, size)
    reach = int(np.ceil(12 * sigma)) + 1
    expected = exact_probabilities(sigma**2, reach) * size
    counts = np.bincount(np.clip(sample, -reach, reach) + reach, minlength=2 * reach + 1).astype(float)
    common = expected >= 8
    observed = np.append(counts[common], counts[~common].sum())
    wanted = np.append(expected[common], expected[~common].sum())
    if wanted[-1] < 8:
        observed, wanted = observed[:-1], wanted[:-1] * observed[:-1].sum() / wanted[:-1].sum()
    assert stats.chisquare(observed, wanted).pvalue > SMALLEST_P


def scale_accepted(sample: np.ndarray, variance: float) -> bool:
    """Two-sided chi-square test of a variance."""
    statistic = float((sample.astype(float) ** 2).sum()) / variance
    low, high = stats.chi2.ppf([SMALLEST_P / 2, 1 - SMALLEST_P / 2], len(sample))
    return bool(low <= statistic <= high)


@pytest.mark.parametrize("variance", [(30 * 64, 64), (2_000 * 64, 64), (900_000, 1), (2**29, 1)])
def test_the_scale_is_accepted_and_thirty_percent_off_is_rejected(variance: tuple[int, int]) -> None:
    sample = discrete_gaussian(variance, 2_000)
    truth = variance[0] / variance[1]
    assert scale_accepted(sample, truth)
    assert not scale_accepted(sample, truth * 1.3**2)
    assert not scale_accepted(sample, truth * 0.7**2)
    assert stats.norm.sf(abs(sample.mean()) / (truth / len(sample)) ** 0.5) > SMALLEST_P


def test_another_program_draws_the_same_law() -> None:
    oracle = _imported().GaussianDiscrete(epsilon=1.0, delta=1e-3)
    ratio = float(oracle._scale**2).as_integer_ratio()
    ours = discrete_gaussian(variance_at_least(ratio[0] / ratio[1]), 4_000)
    theirs = np.array([oracle.randomise(0) for _ in range(1_500)])
    assert stats.ks_2samp(ours, theirs).pvalue > SMALLEST_P
    assert stats.ks_2samp(ours, 2 * theirs).pvalue < SMALLEST_P


def test_wide_scales_take_the_slow_path_and_keep_the_law() -> None:
    slow = discrete_gaussian((2**34, 1), 3_000) / 2**17
    assert stats.kstest(slow, "norm").pvalue > SMALLEST_P
    assert len(np.unique(slow)) > 2_900


def test_the_two_paths_accept_alike() -> None:
    size = np.repeat(np.arange(0, 60, 6), 3_000)
    fast = noise._accept(size, 8, 50 * 64, 64, noise._Words(random.Random(1).randbytes))
    slow = noise._accept_slowly(size[:9_000], 8, 50 * 64, 64, noise._Words(random.Random(2).randbytes))
    for value in (0, 6, 12):
        chance = np.exp(-((value - 50 / 8) ** 2) / 100)
        for kept in (fast[size == value], slow[size[:9_000] == value]):
            assert abs(kept.mean() - chance) < 6 * (chance * (1 - chance) / len(kept)) ** 0.5 + 1e-12


def test_floats_are_accurate_far_into_the_tail() -> None:
    mpmath.mp.dps = 40
    rng = np.random.default_rng(3)
    uniforms = np.concatenate([rng.random(200) / 2, 2.0 ** -np.arange(2.0, 66.0) * 1.37])
    for uniform in uniforms:
        value = -float(noise.ndtri(uniform))
        target = mpmath.log(mpmath.mpf(float(uniform)))
        exact = mpmath.findroot(lambda x, wanted=target: mpmath.log(mpmath.ncdf(-x)) - wanted, value)
        assert abs(float(exact) - value) < GAUSSIAN_ERROR / 2


def test_floats_are_standard_normal() -> None:
    sample = gaussian(200_000)
    assert stats.kstest(sample, "norm").pvalue > SMALLEST_P
    assert scale_accepted(sample, 1.0)
    assert not scale_accepted(sample, 1.3**2)
    assert not scale_accepted(sample, 0.7**2)
    assert stats.binomtest(int((sample > 3).sum()), len(sample), stats.norm.sf(3)).pvalue > SMALLEST_P


def test_leading_zeros_are_exact() -> None:
    words = np.array([0, 1, 2**31, 2**32 - 1, 2**32, 2**53 + 1, 2**63 - 1, 2**64 - 1], dtype=np.uint64)
    assert noise._leading_zeros(words).tolist() == [64, 63, 32, 32, 31, 10, 1, 0]


def test_uniforms_below_a_bound_have_no_modulo_bias() -> None:
    bound = np.full(90_000, 3 * 2**61, dtype=np.uint64)  # a plain modulo would hit the low third twice as often
    thirds = noise._Words(random.Random(5).randbytes).below(bound) // np.uint64(2**61)
    assert stats.chisquare(np.bincount(thirds.astype(int), minlength=3)).pvalue > SMALLEST_P


def test_nothing_can_be_seeded() -> None:
    draws = []
    for _ in range(2):
        np.random.seed(1)
        random.seed(1)
        draws.append(np.concatenate([discrete_gaussian((10**6, 1), 20).astype(float), gaussian(20)]))
    assert not np.isin(draws[0], draws[1]).all()
    assert {"seed", "random_state", "rng"}.isdisjoint(inspect.signature(discrete_gaussian).parameters)


def test_the_private_seam_is_deterministic() -> None:
    first, second = (gaussian(5, source=random.Random(9).randbytes) for _ in range(2))
    assert first.tolist() == second.tolist()


@pytest.mark.parametrize("variance", [(0, 1), (1, 0), (1, 5), (2**42, 1), (-3, 1)])
def test_unsupported_scales_are_refused(variance: tuple[int, int]) -> None:
    with pytest.raises(PrivacyError) as caught:
        discrete_gaussian(variance, 3)
    assert caught.value.code == "noise-scale-unsupported"


@pytest.mark.parametrize("value", [0.001, 0.26, 1.0, 3.0001, 1e5, 2e6 + 0.5])
def test_variances_are_rounded_up(value: float) -> None:
    numerator, denominator = variance_at_least(value)
    assert value <= numerator / denominator <= max(value + 1 / 64, 0.25) + (1 if value > 2**20 else 0)


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_impossible_variances_are_refused(value: float) -> None:
    with pytest.raises(PrivacyError):
        variance_at_least(value)
