"""Budget arithmetic: exact, one-way, never over the cap."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassledger.audit.budget import MAX_AMOUNT, Balance, BudgetAct, opened, same_spend
from glassledger.errors import AuditError, PrivacyError

AMOUNT = st.integers(0, 50)


def spend(nano: int, pico: int = 0, *, key: str = "k") -> BudgetAct:
    return BudgetAct("spend", "bank", nano, pico, key)


@given(AMOUNT, AMOUNT, st.lists(st.tuples(AMOUNT, AMOUNT), max_size=30))
def test_what_is_spent_is_what_was_allowed_and_never_over(nano: int, pico: int, wishes: list[tuple[int, int]]) -> None:
    balance, paid = Balance("bank", nano, pico), [0, 0]
    for wish in wishes:
        if not any(wish):
            continue
        fits = paid[0] + wish[0] <= nano and paid[1] + wish[1] <= pico
        if fits:
            balance = balance.after(spend(*wish))
            paid = [paid[0] + wish[0], paid[1] + wish[1]]
        else:
            with pytest.raises(PrivacyError) as caught:
                balance.after(spend(*wish))
            assert caught.value.code == "budget-exceeded"
        assert [balance.spent_nano_epsilon, balance.spent_pico_delta] == paid


def test_the_refusal_states_all_three_amounts() -> None:
    balance = Balance("bank", 3_000_000_000, 10, 2_500_000_000, 4)
    with pytest.raises(PrivacyError) as caught:
        balance.after(spend(500_000_001))
    assert caught.value.facts == {
        "scope": "bank",
        "spent": [2_500_000_000, 4],
        "cap": [3_000_000_000, 10],
        "asked": [500_000_001, 0],
    }
    assert "spent epsilon 2.500000000" in str(caught.value)
    assert "asked epsilon 0.500000001" in str(caught.value)


def test_three_tenths_of_three_tenths_fit_exactly() -> None:
    balance = Balance("bank", 300_000_000, 0)
    for _ in range(3):
        balance = balance.after(spend(100_000_000))
    assert balance.spent_nano_epsilon == balance.cap_nano_epsilon


def test_a_single_unit_over_is_refused_in_either_part() -> None:
    full = Balance("bank", 10, 10, 10, 9)
    assert full.after(spend(0, 1)).spent_pico_delta == 10
    for act in (spend(1, 0), spend(0, 2), spend(1, 1)):
        with pytest.raises(PrivacyError):
            full.after(act)


def test_a_cap_moves_but_not_below_what_was_spent() -> None:
    balance = Balance("bank", 10, 10, 6, 6)
    assert balance.after(BudgetAct("open", "bank", 20, 6)) == Balance("bank", 20, 6, 6, 6)
    for nano, pico in ((5, 10), (10, 5)):
        with pytest.raises(PrivacyError) as caught:
            balance.after(BudgetAct("open", "bank", nano, pico))
        assert caught.value.code == "budget-below-spent"


def test_the_first_act_opens() -> None:
    assert opened(BudgetAct("open", "bank", 7, 0)) == Balance("bank", 7, 0)
    with pytest.raises(PrivacyError) as caught:
        opened(spend(1))
    assert caught.value.code == "budget-not-opened"


def test_a_key_comes_back_with_the_same_cost_only() -> None:
    same_spend(spend(1), spend(1))
    for other in (spend(2), spend(1, 1), BudgetAct("spend", "shop", 1, 0, "k")):
        with pytest.raises(AuditError) as caught:
            same_spend(spend(1), other)
        assert caught.value.code == "budget-key-reused"


def test_amounts_stay_exact_in_every_json_reader() -> None:
    assert BudgetAct("open", "bank", MAX_AMOUNT, 0).nano_epsilon == 2**53 - 1
    with pytest.raises(PrivacyError):
        BudgetAct("open", "bank", MAX_AMOUNT + 1, 0)


@given(st.integers(0, MAX_AMOUNT), st.integers(1, MAX_AMOUNT))
def test_a_body_part_reads_back(nano: int, pico: int) -> None:
    act = spend(nano, pico)
    assert BudgetAct.from_body({"budget": act.to_body(), "more": 1}) == act
    assert BudgetAct.from_body({"more": 1}) is None
