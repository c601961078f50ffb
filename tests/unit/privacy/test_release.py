"""Noisy tables: what one unit can change, what is spent, and that the noise is the law that is claimed."""

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from glassledger.errors import PrivacyError
from glassledger.privacy.accounting import pure_epsilon
from glassledger.privacy.budget import PrivacyBudget, Reservation
from glassledger.privacy.noise import discrete_laplace
from glassledger.privacy.release import Question, TableRelease, _counts
from glassledger.records.budget import Adjacency
from glassledger.records.release import TableAxis

AXES = (TableAxis(name="outcome", labels=("no", "yes")), TableAxis(name="score", labels=("low", "middle", "high")))


def _ticket(epsilon: str = "1", adjacency: Adjacency = "add_or_remove_one") -> Reservation:
    return Reservation(PrivacyBudget(epsilon), adjacency, "row", "7")


def _question(outcome: list[int], score: list[int], share: Fraction = Fraction(1)) -> Question:
    return Question("t", AXES, (np.asarray(outcome, dtype=np.intp), np.asarray(score, dtype=np.intp)), share)


def _laplace(scale: float, reach: int) -> np.ndarray:
    weights = np.exp(-np.abs(np.arange(-reach, reach + 1)) / scale)
    return weights * np.tanh(1 / (2 * scale))


@pytest.mark.parametrize("scale", [(1, 1), (10, 7), (107, 64), (64, 1)])
def test_the_noise_is_exactly_the_discrete_laplace_law(scale: tuple[int, int]) -> None:
    value, size = scale[0] / scale[1], 40_000
    noise = discrete_laplace(scale, size)

    def fit(assumed: float) -> float:
        reach = max(2, int(3 * assumed))
        law = _laplace(assumed, reach)
        law[[0, -1]] += (1 - law.sum()) / 2
        seen = np.bincount(np.clip(noise, -reach, reach) + reach, minlength=2 * reach + 1)
        return float(chisquare(seen, law * size).pvalue)

    assert fit(value) > 1e-6
    assert fit(value * 1.3) < 1e-9
    assert fit(value * 0.7) < 1e-9


@pytest.mark.parametrize("scale", [(0, 1), (1, 65), (2**30, 1), (-1, 1), (1, 0)])
def test_an_odd_scale_is_refused(scale: tuple[int, int]) -> None:
    with pytest.raises(PrivacyError) as refused:
        discrete_laplace(scale, 1)
    assert refused.value.code == "noise-scale-unsupported"


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 2)), max_size=30), st.integers(0, 1), st.integers(0, 2))
def test_one_row_changes_one_count_by_one(rows: list[tuple[int, int]], outcome: int, score: int) -> None:
    with_one = [*rows, (outcome, score)]
    before = _counts(_question([a for a, _ in rows], [b for _, b in rows]), len(rows))
    after = _counts(_question([a for a, _ in with_one], [b for _, b in with_one]), len(with_one))
    assert np.abs(after - before).sum() == 1


@given(st.decimals("0.01", "20", places=6), st.integers(1, 9), st.sampled_from(["add_or_remove_one", "replace_one"]))
def test_the_events_never_cost_more_than_was_reserved(epsilon: object, parts: int, adjacency: Adjacency) -> None:
    release = TableRelease(_ticket(str(epsilon), adjacency), np.arange(2))
    release.ask([_question([0, 1], [1, 2], Fraction(1, parts))] * parts)
    spent = sum(Fraction(e.sensitivity) / Fraction(e.noise_scale) for e in release.events)
    assert spent <= Fraction(str(epsilon))
    assert spent >= Fraction(str(epsilon)) * Fraction(1, 2)
    assert pure_epsilon(release.events) <= float(str(epsilon)) * (1 + 1e-8)


def test_a_release_cannot_ask_for_more_than_it_has() -> None:
    release = TableRelease(_ticket(), np.arange(1))
    release.ask([_question([0], [0], Fraction(3, 4))])
    with pytest.raises(PrivacyError) as refused:
        release.ask([_question([0], [0], Fraction(1, 2))])
    assert refused.value.code == "release-overspent"
    assert len(release.events) == 1


def test_a_ticket_releases_once() -> None:
    ticket = _ticket()
    TableRelease(ticket, np.arange(3))
    with pytest.raises(PrivacyError) as refused:
        TableRelease(ticket, np.arange(3))
    assert refused.value.code == "reservation-used"


def test_a_unit_with_two_rows_is_refused_before_anything_is_spent() -> None:
    ticket = _ticket()
    with pytest.raises(PrivacyError) as refused:
        TableRelease(ticket, np.array(["a", "b", "a"], dtype=object))
    assert refused.value.code == "unit-repeats"
    assert not ticket.taken


@pytest.mark.parametrize(
    "question",
    [lambda: _question([0, 2], [0, 0]), lambda: _question([0, 1], [0, -1]), lambda: _question([0], [0])],
)
def test_a_row_outside_the_declared_cells_is_never_dropped(question: Callable[[], Question]) -> None:
    with pytest.raises(PrivacyError) as refused:
        TableRelease(_ticket(), np.arange(2)).ask([question()])
    assert refused.value.code == "cell-undeclared"


def test_replacing_costs_twice_the_noise_of_adding() -> None:
    scales = {}
    for adjacency in ("add_or_remove_one", "replace_one"):
        (table,) = TableRelease(_ticket("1", adjacency), np.arange(1)).ask([_question([0], [0])])
        scales[adjacency] = table.scale
    assert scales == {"add_or_remove_one": 1.0, "replace_one": 2.0}
