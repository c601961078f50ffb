"""A filter admits what fits, never more, whoever holds a copy."""

import copy
import multiprocessing
import pickle
import threading
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassledger.errors import PrivacyError
from glassledger.privacy.budget import PrivacyBudget
from glassledger.privacy.filter import PrivacyFilter

AMOUNTS = st.lists(st.tuples(st.integers(1, 400), st.integers(0, 400)), max_size=30)


@given(amounts=AMOUNTS)
def test_the_sums_never_exceed_the_cap_and_what_fits_is_admitted(amounts: list[tuple[int, int]]) -> None:
    cap = PrivacyFilter("1", "1e-6")
    epsilon = delta = 0
    for asked in amounts:
        budget = PrivacyBudget(Decimal(asked[0]) / 1000, Decimal(asked[1]) / 1_000_000_000)
        fits = epsilon + asked[0] <= 1000 and delta + asked[1] <= 1000
        if fits:
            cap(budget)
            epsilon, delta = epsilon + asked[0], delta + asked[1]
        else:
            with pytest.raises(PrivacyError) as caught:
                cap(budget)
            assert caught.value.code == "filter-exhausted"
    assert cap.spent == pytest.approx((epsilon / 1000, delta / 1e9))


def test_copies_share_it_and_pickled_copies_have_nothing() -> None:
    cap = PrivacyFilter(2)
    assert copy.copy(cap) is cap
    assert copy.deepcopy({"reserve": cap})["reserve"] is cap
    with pytest.raises(PrivacyError):
        pickle.loads(pickle.dumps(cap))(PrivacyBudget(Decimal("0.001")))
    cap(PrivacyBudget(Decimal(2)))
    assert cap.fits == 1


def test_threads_cannot_race_past_it() -> None:
    cap, refused = PrivacyFilter(50), []

    def spend() -> None:
        for _ in range(20):
            try:
                cap(PrivacyBudget(Decimal(1)))
            except PrivacyError:
                refused.append(1)

    threads = [threading.Thread(target=spend) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (cap.fits, len(refused)) == (50, 110)


def _in_a_child(cap: PrivacyFilter, answers: "multiprocessing.Queue[str]") -> None:
    try:
        cap(PrivacyBudget(Decimal("0.001")))
        answers.put("admitted")
    except PrivacyError as error:
        answers.put(error.code)


def test_a_forked_worker_cannot_spend() -> None:
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    worker = context.Process(target=_in_a_child, args=(PrivacyFilter(2), answers))
    worker.start()
    assert answers.get(timeout=30) == "filter-exhausted"
    worker.join()
