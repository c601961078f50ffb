"""The release audit of ``dp-additive`` at epsilon 8: the shipped code, 2,000 runs a side, and twins that must fail.

A sound build fails one of these tests less than once in a thousand runs by the first, less than once in a million by
the others.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from unittest import mock

import numpy as np
import pytest
from scipy import stats

from glassledger.models import private_counts, private_fit, private_learner
from glassledger.models.private_plan import Plan
from glassledger.privacy.accounting import gaussian_dp_delta

from .dp_additive_audit import CHOICES, Seen, audited, broken_claims, epsilon_of_the_shift, plan, shift_of

pytestmark = pytest.mark.slow

RUNS, TWIN_RUNS, LEAK_RUNS = 2_000, 4_000, 150
Sides = tuple[Seen, Seen]
Twin = Callable[[], AbstractContextManager[Any]]


@pytest.fixture(scope="module")
def planned() -> Plan:
    return plan()


@pytest.fixture(scope="module")
def sound(planned: Plan) -> Sides:
    return audited(False, RUNS, planned), audited(True, RUNS, planned)


@contextmanager
def too_little_noise() -> Iterator[None]:
    """A quarter of every noise is missing."""
    counts, normal, output = private_counts.discrete_gaussian, private_fit.gaussian, private_fit.discrete_gaussian

    def thinner(real: Any) -> Any:
        return lambda variance, size, **kwargs: real((variance[0] * 9, variance[1] * 16), size, **kwargs)

    with (
        mock.patch.object(private_counts, "discrete_gaussian", thinner(counts)),
        mock.patch.object(private_fit, "discrete_gaussian", thinner(output)),
        mock.patch.object(private_fit, "gaussian", lambda size, **kwargs: 0.75 * normal(size, **kwargs)),
    ):
        yield


@contextmanager
def levels_of_the_data() -> Iterator[None]:
    """Only what occurs is counted, as interpret does it."""
    real = private_counts._noisy

    def twin(counts: Any, *args: Any) -> Any:
        noisy, entry = real(counts, *args)
        return [np.where(exact == 0, -1000.0, values) for exact, values in zip(counts, noisy, strict=True)], entry

    with mock.patch.object(private_counts, "_noisy", twin):
        yield


@contextmanager
def exact_number_of_rows() -> Iterator[None]:
    real = private_learner.release_counts

    def twin(grids: Any, codes: Any, *args: Any, **kwargs: Any) -> Any:
        return real(grids, codes, *args, **kwargs)[0], float(codes[0].size)

    with mock.patch.object(private_learner, "release_counts", twin):
        yield


def test_the_account_of_the_audited_plan_is_the_claim(planned: Plan) -> None:
    assert planned.account.delta(CHOICES.epsilon) <= CHOICES.delta
    assert planned.account.delta(CHOICES.epsilon * 0.98) > CHOICES.delta  # and nothing is left over


def test_the_shipped_learner_keeps_its_claim(sound: Sides, planned: Plan) -> None:
    without, with_record = sound
    stated = float(np.linalg.norm(without.strengths))

    shift, error = shift_of(without.total, with_record.total)
    assert shift - 3 * error <= stated
    assert shift > 0.72 * stated  # the audit sees most of what there is to see: about 0.84, as bins move between fits
    assert epsilon_of_the_shift(without.total, with_record.total, sigmas=0.0) <= CHOICES.epsilon
    assert not any(
        broken_claims(one, other, planned.account.delta)
        for one, other in zip(without.flags.T, with_record.flags.T, strict=True)
    )
    for threshold in np.quantile(without.total, [0.5, 0.9, 0.99]):
        assert not broken_claims(without.total > threshold, with_record.total > threshold, planned.account.delta)


def test_a_quarter_less_noise_is_caught(planned: Plan) -> None:
    without, with_record = (audited(side, TWIN_RUNS, planned, too_little_noise) for side in (False, True))

    shift, error = shift_of(without.total, with_record.total)
    assert shift - 3 * error > float(np.linalg.norm(without.strengths))


def test_a_quarter_less_noise_breaks_epsilon_8(planned: Plan) -> None:
    """What the twin above really gives away: its releases alone are no longer (8, 1e-6)-private."""
    strengths = [t.mu for t in planned.account.tables] + [s.stage.mu for s in planned.stages[0]]
    assert gaussian_dp_delta(float(np.linalg.norm(strengths)), CHOICES.epsilon) < CHOICES.delta
    assert gaussian_dp_delta(float(np.linalg.norm(strengths)) / 0.75, CHOICES.epsilon) > CHOICES.delta


@pytest.mark.parametrize(
    ("twin", "event"), [(exact_number_of_rows, 0), (levels_of_the_data, 1)], ids=["exact n", "leaked category"]
)
def test_a_leak_is_caught(twin: Twin, event: int, planned: Plan) -> None:
    without, with_record = (audited(side, LEAK_RUNS, planned, twin) for side in (False, True))

    assert broken_claims(without.flags[:, event], with_record.flags[:, event], planned.account.delta, level=1e-2)


def rejected(shares: np.ndarray, scale: float, level: float = 1e-7) -> bool:
    """Chi-square test of the noise's variance about its own mean."""
    tail = stats.chi2.cdf(((shares - shares.mean()) ** 2).sum() / scale**2, shares.size - 1)
    return bool(2 * min(tail, 1 - tail) < level)


def test_every_release_has_the_noise_that_its_event_states(sound: Sides) -> None:
    for shares in sound[0].shares.T:
        assert not rejected(shares, 1.0)
        assert rejected(shares, 1.3)
        assert rejected(shares, 0.7)
