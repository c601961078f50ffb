"""The ledger's rules."""

import pytest

from glassledger.audit.book import Book, NoPast
from glassledger.audit.budget import Balance, BudgetAct
from glassledger.audit.entry import Entry
from glassledger.audit.store import Intent
from glassledger.errors import AuditError, PrivacyError


def entry(kind: str, *, subject: int | None = None, budget: BudgetAct | None = None) -> Entry:
    return Entry.build(kind, actor="ops", subject=subject, body={"budget": budget.to_body()} if budget else {})


def spend(nano: int, key: str) -> BudgetAct:
    return BudgetAct("spend", "bank", nano, 0, key)


@pytest.fixture
def book() -> Book:
    book = Book(NoPast())
    book.admit(0, entry("fit.intent"))
    book.admit(1, entry("budget.opened", subject=0, budget=BudgetAct("open", "bank", 10, 0)))
    return book


def test_an_act_is_begun_and_ended_once(book: Book) -> None:
    book.admit(2, entry("fit.outcome", subject=0))
    assert book.intents == {0: Intent(0, "fit", 2)}
    with pytest.raises(AuditError) as caught:
        book.admit(3, entry("fit.failure", subject=0))
    assert caught.value.code == "subject-closed"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (entry("fit.outcome"), "subject-missing"),
        (entry("fit.failure"), "subject-missing"),
        (entry("fit.outcome", subject=1), "subject-mismatch"),
        (entry("fit.outcome", subject=2), "subject-mismatch"),
        (entry("note.made", subject=9), "subject-mismatch"),
        (entry("score.outcome", subject=0), "subject-mismatch"),
    ],
)
def test_an_outcome_answers_an_earlier_intent_of_its_act(book: Book, wrong: Entry, code: str) -> None:
    with pytest.raises(AuditError) as caught:
        book.admit(2, wrong)
    assert caught.value.code == code
    assert book.intents == {0: Intent(0, "fit")}


def test_a_plain_event_may_belong_to_an_act_that_has_ended(book: Book) -> None:
    book.admit(2, entry("fit.outcome", subject=0))
    book.admit(3, entry("note.made", subject=0))
    assert book.intents[0].closed_by == 2


def test_a_key_is_paid_for_once(book: Book) -> None:
    book.admit(2, entry("budget.spent", budget=spend(4, "a")))
    with pytest.raises(AuditError) as caught:
        book.admit(3, entry("budget.spent", budget=spend(4, "a")))
    assert caught.value.code == "budget-key-reused"
    assert book.spends == {"a": 2}
    assert book.balances["bank"] == Balance("bank", 10, 0, 4, 0)


def test_a_refused_spend_changes_nothing(book: Book) -> None:
    with pytest.raises(PrivacyError):
        book.admit(2, entry("fit.intent", budget=spend(11, "a")))
    assert book.spends == {}
    assert list(book.intents) == [0]
    assert book.balances["bank"].spent_nano_epsilon == 0


def test_a_book_goes_on_from_a_past() -> None:
    class Past(NoPast):
        def balance(self, scope: str) -> Balance | None:
            return Balance("bank", 10, 0, 9, 0) if scope == "bank" else None

        def spend(self, key: str) -> int | None:
            return 5 if key == "old" else None

        def intent(self, index: int) -> Intent | None:
            return Intent(3, "fit") if index == 3 else None

    book = Book(Past())
    book.admit(7, entry("budget.spent", budget=spend(1, "new")))
    book.admit(8, entry("fit.failure", subject=3))
    assert book.balances == {"bank": Balance("bank", 10, 0, 10, 0)}
    assert book.intents == {3: Intent(3, "fit", 8)}
    for wrong in (spend(1, "more"), spend(1, "old")):
        with pytest.raises((PrivacyError, AuditError)):
            book.admit(9, entry("budget.spent", budget=wrong))
