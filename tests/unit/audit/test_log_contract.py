"""What every store promises alike: the same tests run on SQLite and on PostgreSQL."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from glassledger.audit.anchor import FileAnchor
from glassledger.audit.budget import Balance
from glassledger.audit.checkpoint import Checkpoint, open_checkpoint
from glassledger.audit.entry import Entry
from glassledger.audit.log import Log
from glassledger.audit.signer import Signer
from glassledger.audit.tree import Frontier, leaf_hash, verify_consistency, verify_inclusion
from glassledger.audit.verify import VerifiedLog, verify
from glassledger.errors import AuditError, PrivacyError, UsageError

Event = Callable[..., Entry]


def test_what_was_appended_is_there_in_order(any_log: Log, event: Event) -> None:
    first = any_log.append(event(1))
    rest = any_log.append_many([event(2), event(3).to_bytes()])

    assert [first.index, *(place.index for place in rest)] == [0, 1, 2]
    assert first.leaf_hash == leaf_hash(event(1).to_bytes())
    assert [entry.body["n"] for entry in any_log.entries()] == [1, 2, 3]
    assert [entry.body["n"] for entry in any_log.entries(1, 2)] == [2]
    assert any_log.entry(2) == event(3)
    assert any_log.size == 3


def test_many_go_in_together_or_not_at_all(any_log: Log, event: Event) -> None:
    any_log.append(event(0))
    with pytest.raises(AuditError) as caught:
        any_log.append_many([event(1), event(2), event(3, kind="fit.outcome", subject=0)])
    assert caught.value.code == "subject-mismatch"
    assert any_log.size == 1
    assert any_log.append(event(4)).index == 1
    any_log.close()


def test_bytes_that_are_no_entry_never_get_in(any_log: Log, event: Event) -> None:
    for data in (b"", b"{}", event().to_bytes() + b"\n"):
        with pytest.raises(AuditError):
            any_log.append(data)
    assert any_log.size == 0


def test_every_entry_of_six_hundred_is_proved(any_log: Log, event: Event) -> None:
    any_log.append_many([event(n) for n in range(300)])
    old = open_checkpoint(any_log.checkpoint(), any_log.key).checkpoint
    any_log.append_many([event(n) for n in range(300, 600)])
    new = open_checkpoint(any_log.checkpoint(), any_log.key).checkpoint

    for index in (0, 1, 254, 255, 256, 257, 299, 300, 511, 512, 599):
        entry = any_log.entry(index)
        any_log.proof(index).verify(entry.to_bytes(), any_log.key)
        verify_inclusion(
            leaf=leaf_hash(entry.to_bytes()),
            index=index,
            size=new.size,
            proof=any_log.inclusion_proof(index),
            root=new.root,
        )
    verify_consistency(
        old=old.size, new=new.size, proof=any_log.consistency_proof(300), old_root=old.root, new_root=new.root
    )
    assert len(any_log.proof(0).to_bytes()) < 1_300


def test_a_closed_log_says_so(any_log: Log, event: Event) -> None:
    any_log.close()
    any_log.close()
    for use in (lambda: any_log.append(event()), lambda: any_log.size, any_log.checkpoint):
        with pytest.raises(UsageError) as caught:
            use()
        assert caught.value.code == "log-closed"


def test_a_forked_process_must_open_its_own(any_log: Log, event: Event) -> None:
    any_log.append(event(1))
    child = os.fork()
    if child == 0:
        try:
            any_log.append(event(2))
        except AuditError as error:
            os._exit(7 if error.code == "log-forked" else 8)
        finally:
            os._exit(9)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert any_log.append(event(3)).index == 1


def test_threads_share_commits(any_log: Log, event: Event, check: Callable[..., VerifiedLog]) -> None:
    places: list[int] = []

    def work(number: int) -> None:
        places.extend(any_log.append(event(number)).index for _ in range(15))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(places) == list(range(180))
    any_log.close()
    assert check().size == 180


def test_unfinished_acts_are_known(any_log: Log, event: Event) -> None:
    any_log.append(event(0, kind="fit.intent"))
    any_log.append(event(0, kind="score.intent"))
    any_log.append(event(0, kind="fit.outcome", subject=0))
    assert [(act.act, act.index) for act in any_log.unfinished()] == [("score", 1)]


class TestBudget:
    """The gate."""

    @pytest.fixture
    def bank(self, any_log: Log, budgeted: Event) -> Log:
        any_log.open_budget(budgeted("open", nano=10, pico=5), scope="bank", nano_epsilon=10, pico_delta=5)
        return any_log

    def test_spends_add_up_to_the_cap_and_stop(self, bank: Log, budgeted: Event) -> None:
        for number in range(5):
            _spend(bank, budgeted, 2, 1, f"k{number}")
        with pytest.raises(PrivacyError) as caught:
            _spend(bank, budgeted, 1, 0, "more")
        assert caught.value.code == "budget-exceeded"
        assert bank.budget("bank") == Balance("bank", 10, 5, 10, 5)
        assert bank.size == 6

    def test_a_retry_gets_the_first_answer_and_spends_nothing(self, bank: Log, budgeted: Event) -> None:
        first = _spend(bank, budgeted, 4, 0, "same")
        assert _spend(bank, budgeted, 4, 0, "same") == first
        assert bank.budget("bank") == Balance("bank", 10, 5, 4, 0)
        assert bank.size == 2

    def test_a_key_does_not_change_its_price(self, bank: Log, budgeted: Event) -> None:
        _spend(bank, budgeted, 4, 0, "same")
        for nano, pico in ((3, 0), (4, 1)):
            with pytest.raises(AuditError) as caught:
                _spend(bank, budgeted, nano, pico, "same")
            assert caught.value.code == "budget-key-reused"
        assert bank.budget("bank") == Balance("bank", 10, 5, 4, 0)

    def test_a_retry_in_the_same_batch_spends_once(self, bank: Log, budgeted: Event) -> None:
        answers: list[int] = []
        threads = [
            threading.Thread(target=lambda: answers.append(_spend(bank, budgeted, 4, 0, "same").index))
            for _ in range(12)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        assert answers == [1] * 12
        assert bank.budget("bank") == Balance("bank", 10, 5, 4, 0)

    def test_racing_threads_never_overspend(self, bank: Log, budgeted: Event) -> None:
        outcomes: list[str] = []

        def work(number: int) -> None:
            try:
                _spend(bank, budgeted, 1, 0, f"k{number}")
                outcomes.append("paid")
            except PrivacyError as error:
                outcomes.append(error.code)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(25)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        assert sorted(outcomes) == ["budget-exceeded"] * 15 + ["paid"] * 10

    def test_an_entry_can_be_written_with_the_balance_that_it_leaves(self, bank: Log, budgeted: Event) -> None:
        seen: list[Balance] = []

        def entry(balance: Balance) -> Entry:
            seen.append(balance)
            return budgeted("spend", nano=3, key="k")

        bank.spend(entry, scope="bank", nano_epsilon=3, pico_delta=0, key="k")
        assert seen == [Balance("bank", 10, 5, 3, 0)]

    def test_an_entry_that_cannot_be_made_spends_nothing(self, bank: Log, budgeted: Event) -> None:
        def entry(balance: Balance) -> Entry:
            raise RuntimeError("no")

        with pytest.raises(RuntimeError):
            bank.spend(entry, scope="bank", nano_epsilon=3, pico_delta=0, key="k")
        assert bank.budget("bank") == Balance("bank", 10, 5)

    def test_the_entry_states_what_is_spent(self, bank: Log, budgeted: Event, event: Event) -> None:
        for lie in (budgeted("spend", nano=1, key="k"), budgeted("spend", nano=3, key="j"), event()):
            with pytest.raises(AuditError) as caught:
                bank.spend(lie, scope="bank", nano_epsilon=3, pico_delta=0, key="k")
            assert caught.value.code == "budget-mismatch"
        assert bank.budget("bank") == Balance("bank", 10, 5)

    def test_no_spend_slips_in_as_a_plain_entry(self, bank: Log, budgeted: Event) -> None:
        for sneak in (budgeted("spend", nano=3, key="k"), budgeted("open", nano=99)):
            with pytest.raises(AuditError) as caught:
                bank.append(sneak)
            assert caught.value.code == "budget-unspent"
            with pytest.raises(AuditError):
                bank.append_many([sneak])

    def test_a_cap_is_raised_by_an_entry_and_not_cut_below(self, bank: Log, budgeted: Event) -> None:
        _spend(bank, budgeted, 9, 0, "k")
        bank.open_budget(budgeted("open", nano=20, pico=5), scope="bank", nano_epsilon=20, pico_delta=5)
        assert bank.budget("bank") == Balance("bank", 20, 5, 9, 0)
        with pytest.raises(PrivacyError) as caught:
            bank.open_budget(budgeted("open", nano=8, pico=5), scope="bank", nano_epsilon=8, pico_delta=5)
        assert caught.value.code == "budget-below-spent"

    def test_nothing_is_spent_from_what_was_never_opened(self, any_log: Log, budgeted: Event) -> None:
        with pytest.raises(PrivacyError) as caught:
            _spend(any_log, budgeted, 1, 0, "k")
        assert caught.value.code == "budget-not-opened"
        assert any_log.budget("bank") is None
        assert any_log.size == 0

    def test_scopes_are_apart(self, bank: Log, budgeted: Event) -> None:
        bank.open_budget(budgeted("open", scope="shop", nano=1), scope="shop", nano_epsilon=1, pico_delta=0)
        _spend(bank, budgeted, 7, 0, "k")
        assert bank.budgets() == (Balance("bank", 10, 5, 7, 0), Balance("shop", 1, 0))


def _spend(any_log: Log, budgeted: Event, nano: int, pico: int, key: str):  # type: ignore[no-untyped-def]
    return any_log.spend(
        budgeted("spend", nano=nano, pico=pico, key=key), scope="bank", nano_epsilon=nano, pico_delta=pico, key=key
    )


def test_a_new_log_is_signed_and_verifies(any_log: Log, check: Callable[..., VerifiedLog]) -> None:
    assert check().size == 0
    assert open_checkpoint(any_log.checkpoint(), any_log.key).checkpoint.size == 0


def test_a_log_is_made_once_in_a_place(any_log: Log, place: str, signer: Signer, event: Event) -> None:
    any_log.append(event(1))
    with pytest.raises(AuditError) as caught:
        Log.create(place, origin=signer.name, signer=Signer.from_seed(bytes(32), signer.name))
    assert caught.value.code == "log-exists"
    assert Log.open(place, signer=signer).size == 1


def test_two_open_logs_see_each_other(any_log: Log, place: str, signer: Signer, event: Event) -> None:
    with Log.open(place, signer=signer) as other:
        places = [any_log.append(event(0)), other.append(event(1)), any_log.append(event(2))]
        assert [one.index for one in places] == [0, 1, 2]
        assert other.size == 3


def test_a_closed_log_verifies_with_all_that_was_written(
    any_log: Log, check: Callable[..., VerifiedLog], event: Event, budgeted: Event, signer: Signer
) -> None:
    any_log.open_budget(budgeted("open", nano=10), scope="bank", nano_epsilon=10, pico_delta=0)
    any_log.append(event(0, kind="fit.intent"))
    _spend(any_log, budgeted, 4, 0, "k")
    any_log.append(event(0, kind="fit.outcome", subject=1))
    earlier = any_log.checkpoint()
    any_log.append_many([event(n) for n in range(600)])
    any_log.close()

    verified = check(vkey=signer.vkey, since=earlier)
    assert (verified.size, verified.signed, verified.key_given) == (604, 604, True)
    assert verified.budgets == (Balance("bank", 10, 0, 4, 0),)
    assert verified.findings == ()
    assert verified.seal in ("intact", "none")


def test_another_key_is_refused(any_log: Log, place: str, signer: Signer) -> None:
    with pytest.raises(AuditError) as caught:
        Log.open(place, signer=Signer.from_seed(bytes(32), signer.name))
    assert caught.value.code == "key-mismatch"


def test_each_store_publishes_the_same_tree(any_log: Log, tmp_path: Path, event: Event, signer: Signer) -> None:
    any_log.append_many([event(n) for n in range(300)])
    any_log.publish(tmp_path / "site")
    verified = verify(tmp_path / "site", vkey=signer.vkey)
    assert verified.size == 300
    assert verified.root == any_log.head().root


def test_an_anchor_works_with_each_store(
    any_log: Log, place: str, tmp_path: Path, event: Event, signer: Signer
) -> None:
    anchor = FileAnchor(tmp_path / "anchor", log_folder=tmp_path / "elsewhere")
    any_log.append(event(1))
    with Log.open(place, signer=signer, anchor=anchor) as log:
        log.checkpoint()
    kept = anchor.newest(signer.key)
    assert kept is not None
    assert kept.size == 1
    ahead = Frontier(1, any_log.head().frontier)
    ahead.append(leaf_hash(b"lost"))
    note = signer.note(Checkpoint(signer.name, 2, ahead.root()).text())
    anchor.advance(Checkpoint(signer.name, 2, ahead.root()), note, signer.key)
    with pytest.raises(AuditError) as caught:
        Log.open(place, signer=signer, anchor=anchor)
    assert caught.value.code == "log-rolled-back"
    assert Log.recover(place, signer=signer, anchor=anchor, actor="ops", reason="disk died").index == 1
    assert Log.open(place, signer=signer, anchor=anchor).entry(1).type == "log.recovered"
