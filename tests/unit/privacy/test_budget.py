"""Amounts are exact and rounded against us; a reservation is spent once, whoever tries."""

import contextlib
import copy
import math
import os
import pickle
import threading
from decimal import Decimal
from fractions import Fraction
from typing import Any

import joblib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.model_selection import GridSearchCV

from glassledger.errors import PrivacyError
from glassledger.privacy.budget import LARGEST_EPSILON, PrivacyBudget, Reservation

EPSILONS = st.decimals(min_value="1e-12", max_value="9007199", allow_nan=False, allow_infinity=False)
DELTAS = st.decimals(min_value=0, max_value="0.999999", allow_nan=False, allow_infinity=False)


def reserved() -> Reservation:
    return Reservation(PrivacyBudget(Decimal("0.5"), Decimal("1e-6")), "add_or_remove_one", "customer_id", "17")


class Holder(ClassifierMixin, BaseEstimator):
    """An estimator that takes a reservation as a parameter, as a careless one would."""

    def __init__(self, reservation: Any = None, c: float = 1.0) -> None:
        self.reservation = reservation
        self.c = c

    def fit(self, X: Any, y: Any) -> "Holder":
        self.reservation.take()
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        return np.full(len(X), self.classes_[0])


@given(EPSILONS, DELTAS)
def test_integers_never_fall_below_the_amount_and_overshoot_by_less_than_one(epsilon: Decimal, delta: Decimal) -> None:
    budget = PrivacyBudget(epsilon, delta)

    assert 0 <= budget.nano_epsilon - Fraction(epsilon) * 10**9 < 1
    assert 0 <= budget.pico_delta - Fraction(delta) * 10**12 < 1
    assert budget.nano_epsilon <= 2**53 - 1


@given(EPSILONS, DELTAS)
def test_floats_never_exceed_the_amount_and_are_the_next_ones_below(epsilon: Decimal, delta: Decimal) -> None:
    budget = PrivacyBudget(epsilon, delta)

    for number, exact in zip(budget.spendable, (epsilon, delta), strict=True):
        assert Fraction(number) <= Fraction(exact) < Fraction(math.nextafter(number, math.inf))


@given(st.lists(EPSILONS.filter(lambda e: e < 1), min_size=1, max_size=30))
def test_a_sum_of_integers_never_undercounts_the_exact_sum(amounts: list[Decimal]) -> None:
    total = sum(PrivacyBudget(amount).nano_epsilon for amount in amounts)

    assert total >= sum(Fraction(amount) for amount in amounts) * 10**9


def test_small_amounts_round_up_where_a_wrong_twin_rounds_to_nothing() -> None:
    tiny = Decimal("0.0000000001")

    assert PrivacyBudget(tiny).nano_epsilon == 1
    assert round(tiny * 10**9) == 0  # the wrong twin: a thousand such spends would be free
    assert PrivacyBudget(Decimal("0.1") * 3).nano_epsilon == 300_000_000
    assert math.ceil((0.1 + 0.2) * 1e9) == 300_000_001  # and float sums drift


@pytest.mark.parametrize(
    ("epsilon", "delta", "code"),
    [
        (Decimal(0), Decimal(0), "epsilon-invalid"),
        (Decimal("-1"), Decimal(0), "epsilon-invalid"),
        (Decimal("NaN"), Decimal(0), "epsilon-invalid"),
        (Decimal("sNaN"), Decimal(0), "epsilon-invalid"),
        (Decimal("Infinity"), Decimal(0), "epsilon-invalid"),
        (LARGEST_EPSILON + 1, Decimal(0), "epsilon-invalid"),
        (math.nan, 0, "epsilon-invalid"),
        (True, 0, "epsilon-invalid"),
        ("much", 0, "epsilon-invalid"),
        (None, 0, "epsilon-invalid"),
        (1, Decimal("-1e-9"), "delta-invalid"),
        (1, Decimal(1), "delta-invalid"),
        (1, Decimal("NaN"), "delta-invalid"),
        (1, math.inf, "delta-invalid"),
        (1, False, "delta-invalid"),
    ],
)
def test_an_amount_that_is_no_amount_is_refused(epsilon: Any, delta: Any, code: str) -> None:
    with pytest.raises(PrivacyError) as refused:
        PrivacyBudget(epsilon, delta)

    assert refused.value.code == code


def test_amounts_are_read_as_they_print_and_kept_as_decimals() -> None:
    assert (
        PrivacyBudget(0.1, 1e-06) == PrivacyBudget(Decimal("0.1"), Decimal("0.000001")) == PrivacyBudget("0.1", "1e-6")
    )


def test_a_reservation_is_spent_once() -> None:
    reservation = reserved()

    assert reservation.take() == PrivacyBudget(Decimal("0.5"), Decimal("1e-6"))
    with pytest.raises(PrivacyError) as refused:
        reservation.take()
    assert refused.value.code == "reservation-used"
    assert refused.value.facts == {"entry": "17"}
    assert reservation.taken


def test_only_one_of_many_threads_gets_the_budget() -> None:
    for _ in range(20):
        reservation, start, won = reserved(), threading.Barrier(16), []

        def race(reservation: Reservation = reservation, start: threading.Barrier = start, won: list = won) -> None:
            start.wait()
            with contextlib.suppress(PrivacyError):
                won.append(reservation.take())

        threads = [threading.Thread(target=race) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(won) == 1


@pytest.mark.parametrize(
    "twice",
    [
        copy.copy,
        copy.deepcopy,
        pickle.dumps,
        lambda r: pickle.dumps(r, protocol=0),
        lambda r: copy.deepcopy({"inside": [r]}),
        lambda r: r.__reduce__(),
        lambda r: joblib.hash(r),
        lambda r: clone(Holder(r)),
        lambda r: pickle.dumps(Holder(r)),
        lambda r: GridSearchCV(Holder(r), {"c": [1.0, 2.0]}, cv=2, error_score="raise").fit(
            np.zeros((4, 1)), [0, 1, 0, 1]
        ),
    ],
    ids=["copy", "deepcopy", "pickle", "pickle0", "nested", "reduce", "joblib", "clone", "pickled-holder", "grid"],
)
def test_no_copy_of_a_reservation_can_be_made(twice: Any) -> None:
    reservation = reserved()

    with pytest.raises(PrivacyError) as refused:
        twice(reservation)
    assert refused.value.code == "reservation-copied"
    assert not reservation.taken


def test_a_forked_process_cannot_spend_its_parents_reservation() -> None:
    reservation = reserved()
    read, write = os.pipe()

    child = os.fork()
    if child == 0:  # pragma: no cover -- runs in the child
        code = b"spent"
        try:
            reservation.take()
        except PrivacyError as refused:
            code = refused.code.encode()
        os.write(write, code)
        os._exit(0)
    os.waitpid(child, 0)

    assert os.read(read, 100) == b"reservation-elsewhere"
    assert reservation.take().epsilon == Decimal("0.5")


@pytest.mark.parametrize(
    "arguments",
    [
        ((0.5, 1e-6), "add_or_remove_one", "id", "1"),
        (PrivacyBudget(1), "add", "id", "1"),
        (PrivacyBudget(1), "replace_one", "", "1"),
        (PrivacyBudget(1), "replace_one", "id", ""),
    ],
)
def test_a_malformed_reservation_is_refused(arguments: Any) -> None:
    with pytest.raises(PrivacyError) as refused:
        Reservation(*arguments)

    assert refused.value.code == "reservation-malformed"


def test_a_reservation_cannot_be_reset() -> None:
    reservation = reserved()
    with pytest.raises(AttributeError):
        reservation.taken = False  # type: ignore[misc]
    with pytest.raises(AttributeError):
        reservation.budget = PrivacyBudget(9)  # type: ignore[misc]
    assert repr(reservation) == "<Reservation 17: epsilon 0.5, delta 0.000001, open>"
