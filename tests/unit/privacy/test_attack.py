"""Attacks: published ceilings, honest mechanisms stay below their claim, thin noise is caught."""

import dataclasses
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom
from tests.integration.conftest import POLICY, PRIVACY

from glassledger.errors import UsageError
from glassledger.models.canary_attack import attack
from glassledger.models.linear_models import train_logistic
from glassledger.models.training import Trained, TrainingTask
from glassledger.policy import Policy
from glassledger.policy.families import LogisticSettings
from glassledger.privacy import release as release_module
from glassledger.privacy.attack import one_run_epsilon, one_run_p_value, two_sample_epsilon
from glassledger.privacy.budget import PrivacyBudget, Reservation
from glassledger.privacy.release import Question, TableRelease
from glassledger.records.release import TableAxis

RNG = np.random.default_rng(11)
#: The noise cannot be seeded, so an honest mechanism may cross this bound once in a million runs.
SURE = 1 - 1e-6


@pytest.mark.parametrize(("guesses", "ceiling"), [(50, 2.78), (100, 3.49), (200, 4.19), (1000, 5.81), (5000, 7.42)])
def test_the_most_that_one_run_can_show(guesses: int, ceiling: float) -> None:
    included = np.arange(guesses) % 2 == 0
    found = one_run_epsilon(included, included.astype(float), guesses=guesses, delta=0.0)
    assert found.correct == guesses
    assert found.epsilon == pytest.approx(ceiling, abs=0.01)
    assert found.epsilon == found.ceiling


def test_three_quarters_right_of_a_thousand() -> None:
    statistic = np.concatenate([np.ones(500), -np.ones(500)])
    included = np.concatenate([np.arange(500) < 375, np.arange(500) >= 375])
    assert one_run_epsilon(included, statistic, guesses=1000, delta=0.0).epsilon == pytest.approx(0.98, abs=0.01)


def test_delta_makes_the_bound_weaker_and_never_stronger() -> None:
    plain = one_run_p_value(80, 100, 200, epsilon=1.0, delta=0.0)
    assert plain == pytest.approx(binom.sf(79, 100, 1 / (1 + np.exp(-1))))
    values = [one_run_p_value(80, 100, 200, epsilon=1.0, delta=delta) for delta in (0.0, 1e-6, 1e-3, 0.1)]
    assert values == sorted(values)
    assert values[-1] == 1.0


def _canaries_in_a_table(epsilon: str, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Each canary has a cell of its own in one noisy table: the shipped code path, from counting to noise."""
    included = RNG.random(count) < 0.5
    axis = TableAxis(name="cell", labels=tuple(map(str, range(count))))
    places = np.flatnonzero(included).astype(np.intp)
    ticket = Reservation(PrivacyBudget(epsilon), "add_or_remove_one", "row", "1")
    (table,) = TableRelease(ticket, places).ask([Question("t", (axis,), (places,), Fraction(1))])
    return included, np.asarray(table.counts, dtype=np.float64)


def test_one_run_holds_noisy_tables_to_their_claim_and_catches_thin_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    included, counts = _canaries_in_a_table("1", 4_000)
    honest = one_run_epsilon(included, counts, guesses=2_000, delta=0.0, confidence=SURE)
    assert 0.4 < honest.epsilon <= 1.0

    real = release_module.discrete_laplace
    thin = lambda scale, size, source: real((scale[0], scale[1] * 3), size, source=source)  # noqa: E731
    monkeypatch.setattr(release_module, "discrete_laplace", thin)
    included, counts = _canaries_in_a_table("1", 4_000)
    assert one_run_epsilon(included, counts, guesses=2_000, delta=0.0, confidence=SURE).epsilon > 1.0


@pytest.mark.parametrize("epsilon", [0.5, 2.0])
def test_many_runs_bound_a_laplace_mechanism_from_below(epsilon: float) -> None:
    without, within = (mean + RNG.laplace(scale=1 / epsilon, size=20_000) for mean in (0.0, 1.0))
    found = two_sample_epsilon(without, within, delta=0.0)
    assert 0.7 * epsilon < found.epsilon <= epsilon
    mirrored = two_sample_epsilon(-without, -within, delta=0.0)
    assert 0.7 * epsilon < mirrored.epsilon <= epsilon
    narrow = [mean + RNG.laplace(scale=0.7 / epsilon, size=20_000) for mean in (0.0, 1.0)]
    assert two_sample_epsilon(*narrow, delta=0.0).epsilon > epsilon
    same = two_sample_epsilon(without[:10_000], without[10_000:], delta=0.0)
    assert same.epsilon < 0.15


def test_few_trials_are_refused() -> None:
    with pytest.raises(UsageError):
        one_run_epsilon(np.array([True]), np.array([1.0]), guesses=2, delta=0.0)
    with pytest.raises(UsageError):
        two_sample_epsilon(np.zeros(10), np.zeros(10), delta=0.0)


def _policy(family: str) -> Policy:
    text = POLICY.replace("family: logistic", f"family: {family}")
    return Policy.parse((text + (PRIVACY if family.startswith("dp-") else "")).encode())


def _without_noise(task: TrainingTask) -> Trained:
    """The same task, fitted on exact data."""
    return train_logistic(dataclasses.replace(task, settings=LogisticSettings()))


def test_a_family_without_its_noise_is_caught_and_the_real_one_is_not() -> None:
    policy = _policy("dp-logistic")
    honest = attack(policy, runs=40, canaries=100)
    assert honest.epsilon == 1.0
    assert honest.within_claim is True
    assert {one.method for one in honest.results} == {"neighbours", "one-run"}
    assert all(one.epsilon_lower <= one.ceiling for one in honest.results)

    mutant = attack(policy, runs=40, canaries=100, train=_without_noise)
    assert mutant.within_claim is False
    assert mutant.epsilon_lower > 1.0


def test_a_family_without_a_claim_gets_a_bound_too() -> None:
    record = attack(_policy("logistic"), runs=20, canaries=200)
    assert record.epsilon is None
    assert record.within_claim is None
    assert record.epsilon_lower > 0.5


def test_an_attack_reports_how_far_it_is() -> None:
    seen: list[Any] = []
    tell: Callable[[int, int], None] = lambda done, total: seen.append((done, total))  # noqa: E731
    attack(_policy("dp-logistic"), runs=20, canaries=20, on_run=tell)
    assert seen[0] == (0, 41)
    assert seen[-1] == (41, 41)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
