"""The log's promises to its callers."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from glassledger.audit.budget import Balance
from glassledger.audit.checkpoint import Checkpoint, open_checkpoint
from glassledger.audit.entry import Entry
from glassledger.audit.log import Log
from glassledger.audit.signer import Signer
from glassledger.audit.store import Head
from glassledger.audit.tree import Frontier, leaf_hash, verify_consistency, verify_inclusion
from glassledger.audit.verify import verify
from glassledger.errors import AuditError, PrivacyError, StorageError, UsageError

Event = Callable[..., Entry]


def test_what_was_appended_is_there_in_order(log: Log, event: Event) -> None:
    first = log.append(event(1))
    rest = log.append_many([event(2), event(3).to_bytes()])

    assert [first.index, *(place.index for place in rest)] == [0, 1, 2]
    assert first.leaf_hash == leaf_hash(event(1).to_bytes())
    assert [entry.body["n"] for entry in log.entries()] == [1, 2, 3]
    assert [entry.body["n"] for entry in log.entries(1, 2)] == [2]
    assert log.entry(2) == event(3)
    assert log.size == 3


def test_a_new_log_is_empty_signed_and_verifiable(log: Log, tmp_path: Path) -> None:
    assert open_checkpoint(log.checkpoint(), log.key).checkpoint == Checkpoint("bank.example/log", 0, Frontier().root())
    log.close()
    assert verify(tmp_path / "work").size == 0


def test_many_go_in_together_or_not_at_all(log: Log, event: Event) -> None:
    log.append(event(0))
    with pytest.raises(AuditError) as caught:
        log.append_many([event(1), event(2), event(3, kind="fit.outcome", subject=0)])
    assert caught.value.code == "subject-mismatch"
    assert log.size == 1
    assert log.append(event(4)).index == 1
    log.close()


def test_bytes_that_are_no_entry_never_get_in(log: Log, event: Event) -> None:
    for data in (b"", b"{}", event().to_bytes() + b"\n"):
        with pytest.raises(AuditError):
            log.append(data)
    assert log.size == 0


def test_every_entry_of_six_hundred_is_proved(log: Log, event: Event) -> None:
    log.append_many([event(n) for n in range(300)])
    old = open_checkpoint(log.checkpoint(), log.key).checkpoint
    log.append_many([event(n) for n in range(300, 600)])
    new = open_checkpoint(log.checkpoint(), log.key).checkpoint

    for index in (0, 1, 254, 255, 256, 257, 299, 300, 511, 512, 599):
        entry = log.entry(index)
        log.proof(index).verify(entry.to_bytes(), log.key)
        verify_inclusion(
            leaf=leaf_hash(entry.to_bytes()),
            index=index,
            size=new.size,
            proof=log.inclusion_proof(index),
            root=new.root,
        )
    verify_consistency(
        old=old.size, new=new.size, proof=log.consistency_proof(300), old_root=old.root, new_root=new.root
    )
    assert len(log.proof(0).to_bytes()) < 1_300


def test_a_checkpoint_never_goes_back(log: Log, tmp_path: Path, event: Event, signer: Signer) -> None:
    log.append(event(1))
    newest = log.checkpoint()
    kept = log._shelf.sign(signer, Head.of(Frontier()))
    assert kept == newest == (tmp_path / "work" / "checkpoint").read_bytes()
    assert log.checkpoint() == newest


def test_two_open_logs_of_one_process_see_each_other(log: Log, tmp_path: Path, event: Event, signer: Signer) -> None:
    other = Log.open(tmp_path / "work", signer=signer)
    assert [log.append(event(0)).index, other.append(event(1)).index, log.append(event(2)).index] == [0, 1, 2]
    log.close()
    assert other.append(event(3)).index == 3
    other.close()
    assert verify(tmp_path / "work").seal == "intact"


def test_verifying_beside_an_open_log_harms_nothing(log: Log, tmp_path: Path, event: Event, signer: Signer) -> None:
    other = Log.open(tmp_path / "work", signer=signer)
    for number in range(0, 30, 3):
        log.append(event(number))
        assert verify(tmp_path / "work").size == number + 1
        other.append(event(number))
        verify(tmp_path / "work")
        log.append(event(number))
    other.close()
    log.append(event(99))
    log.close()
    assert verify(tmp_path / "work").size == 31


def test_a_closed_log_says_so(log: Log, event: Event) -> None:
    log.close()
    log.close()
    for use in (lambda: log.append(event()), lambda: log.size, log.checkpoint):
        with pytest.raises(UsageError) as caught:
            use()
        assert caught.value.code == "log-closed"


def test_without_a_signer_one_can_write_but_not_sign(log: Log, tmp_path: Path, event: Event) -> None:
    log.close()
    with Log.open(tmp_path / "work") as unsigned:
        unsigned.append(event(1))
        with pytest.raises(UsageError) as caught:
            unsigned.checkpoint()
    assert caught.value.code == "signer-missing"
    verified = verify(tmp_path / "work")
    assert (verified.size, verified.signed, verified.seal) == (1, 0, "outdated")


def test_a_log_is_made_once(log: Log, tmp_path: Path, signer: Signer) -> None:
    vkey = (tmp_path / "work" / "log.vkey").read_bytes()
    with pytest.raises(AuditError) as caught:
        Log.create(tmp_path / "work", origin=signer.name, signer=Signer.from_seed(bytes(32), signer.name))
    assert caught.value.code == "log-exists"
    assert (tmp_path / "work" / "log.vkey").read_bytes() == vkey


def test_what_is_left_of_a_broken_making_is_no_obstacle(tmp_path: Path, signer: Signer, event: Event) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "log.db.part").write_bytes(b"half")
    (tmp_path / "work" / "log.vkey").write_bytes(b"half")
    with Log.create(tmp_path / "work", origin=signer.name, signer=signer) as log:
        log.append(event())
    assert verify(tmp_path / "work").size == 1


def test_key_name_and_database_belong_together(log: Log, tmp_path: Path, signer: Signer) -> None:
    log.close()
    other = Signer.from_seed(bytes(32), signer.name)
    with pytest.raises(AuditError) as caught:
        Log.open(tmp_path / "work", signer=other)
    assert caught.value.code == "key-mismatch"
    with pytest.raises(AuditError):
        Log.create(tmp_path / "new", origin="another.example", signer=signer)


def test_a_restored_backup_is_refused(log: Log, tmp_path: Path, event: Event, signer: Signer) -> None:
    work = tmp_path / "work"
    log.append(event(1))
    log.close()
    backup = (work / "log.db").read_bytes()
    with Log.open(work, signer=signer) as again:
        again.append(event(2))
    (work / "log.db").write_bytes(backup)

    with pytest.raises(AuditError) as caught:
        Log.open(work, signer=signer)
    assert caught.value.code == "log-rolled-back"
    with pytest.raises(AuditError) as caught:
        verify(work)
    assert caught.value.code == "log-rolled-back"


def test_a_second_history_is_refused(log: Log, tmp_path: Path, event: Event, signer: Signer) -> None:
    log.append(event(1))
    log.close()
    with Log.create(tmp_path / "twin", origin=signer.name, signer=signer) as twin:
        twin.append_many([event(2), event(3)])
    for name in ("log.db", "log.seal"):
        shutil.copy(tmp_path / "twin" / name, tmp_path / "work" / name)

    with pytest.raises(AuditError) as caught:
        Log.open(tmp_path / "work", signer=signer)
    assert caught.value.code == "log-forked-history"
    with pytest.raises(AuditError) as caught:
        verify(tmp_path / "work")
    assert caught.value.code == "log-forked-history"


def test_a_forked_process_must_open_its_own(log: Log, event: Event) -> None:
    log.append(event(1))
    child = os.fork()
    if child == 0:
        try:
            log.append(event(2))
        except AuditError as error:
            os._exit(7 if error.code == "log-forked" else 8)
        finally:
            os._exit(9)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert log.append(event(3)).index == 1


def test_threads_share_commits(log: Log, event: Event, tmp_path: Path) -> None:
    places: list[int] = []

    def work(number: int) -> None:
        places.extend(log.append(event(number)).index for _ in range(15))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(places) == list(range(180))
    log.close()
    assert verify(tmp_path / "work").size == 180


def test_unfinished_acts_are_known(log: Log, event: Event) -> None:
    log.append(event(0, kind="fit.intent"))
    log.append(event(0, kind="score.intent"))
    log.append(event(0, kind="fit.outcome", subject=0))
    assert [(act.act, act.index) for act in log.unfinished()] == [("score", 1)]


class TestBudget:
    """The gate."""

    @pytest.fixture
    def bank(self, log: Log, budgeted: Event) -> Log:
        log.open_budget(budgeted("open", nano=10, pico=5), scope="bank", nano_epsilon=10, pico_delta=5)
        return log

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

    def test_nothing_is_spent_from_what_was_never_opened(self, log: Log, budgeted: Event) -> None:
        with pytest.raises(PrivacyError) as caught:
            _spend(log, budgeted, 1, 0, "k")
        assert caught.value.code == "budget-not-opened"
        assert log.budget("bank") is None
        assert log.size == 0

    def test_scopes_are_apart(self, bank: Log, budgeted: Event) -> None:
        bank.open_budget(budgeted("open", scope="shop", nano=1), scope="shop", nano_epsilon=1, pico_delta=0)
        _spend(bank, budgeted, 7, 0, "k")
        assert bank.budgets() == (Balance("bank", 10, 5, 7, 0), Balance("shop", 1, 0))


def _spend(log: Log, budgeted: Event, nano: int, pico: int, key: str):  # type: ignore[no-untyped-def]
    return log.spend(
        budgeted("spend", nano=nano, pico=pico, key=key), scope="bank", nano_epsilon=nano, pico_delta=pico, key=key
    )


class TestPublish:
    """The static tree."""

    def test_a_published_tree_grows_with_the_log(self, log: Log, event: Event, tmp_path: Path) -> None:
        log.append_many([event(n) for n in range(300)])
        log.publish(tmp_path / "site")
        first = {path: path.read_bytes() for path in (tmp_path / "site" / "tile").rglob("*") if path.is_file()}
        log.append_many([event(n) for n in range(300)])
        published = log.publish(tmp_path / "site")

        assert published.size == 600
        assert (tmp_path / "site" / "checkpoint").read_bytes() == log.signed_head().note
        assert len(first) == 5
        assert all(path.read_bytes() == data for path, data in first.items())

    def test_another_history_is_not_published_over_it(
        self, log: Log, event: Event, tmp_path: Path, signer: Signer
    ) -> None:
        log.append(event(1))
        log.publish(tmp_path / "site")
        with Log.create(tmp_path / "twin", origin=signer.name, signer=signer) as twin:
            twin.append_many([event(2), event(3)])
            with pytest.raises(AuditError) as caught:
                twin.publish(tmp_path / "site")
        assert caught.value.code == "log-forked-history"

    def test_an_older_log_is_not_published_over_a_newer_one(
        self, log: Log, event: Event, tmp_path: Path, signer: Signer
    ) -> None:
        log.append(event(1))
        log.publish(tmp_path / "site")
        with (
            Log.create(tmp_path / "twin", origin=signer.name, signer=signer) as twin,
            pytest.raises(AuditError) as caught,
        ):
            twin.publish(tmp_path / "site")
        assert caught.value.code == "log-rolled-back"


def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path: Path, signer: Signer) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError):
        Log.create(tmp_path / "file" / "work", origin=signer.name, signer=signer)


def test_verifying_costs_this_process_no_locks(log: Log, event: Event, tmp_path: Path) -> None:
    """Were the database read by opening it here, the other process would think itself alone (POSIX locks)."""
    appends = (
        "import sys; from glassledger.audit.log import Log; from glassledger.audit.entry import Entry\n"
        "with Log.open(sys.argv[1]) as log: log.append(Entry.build('note.made', actor='child'))"
    )
    for number in range(3):
        log.append(event(number))
        verify(tmp_path / "work")
        subprocess.run([sys.executable, "-c", appends, str(tmp_path / "work")], check=True)
        log.append(event(number))
    log.close()
    assert verify(tmp_path / "work").size == 9


def test_a_lost_lock_loses_no_entry(log: Log, event: Event, tmp_path: Path) -> None:
    """Someone else's code in this process may still read log.db: SQLite's locks are gone, and nothing else is."""
    appends = (
        "import sys; from glassledger.audit.log import Log; from glassledger.audit.entry import Entry\n"
        "with Log.open(sys.argv[1]) as log: log.append(Entry.build('note.made', actor='child'))"
    )
    for number in range(3):
        log.append(event(number))
        (tmp_path / "work" / "log.db").read_bytes()
        subprocess.run([sys.executable, "-c", appends, str(tmp_path / "work")], check=True)
        assert log.size == 3 * number + 2
        log.append(event(number))
    log.close()
    assert verify(tmp_path / "work").size == 9


def test_a_folder_without_a_log_is_left_alone(tmp_path: Path) -> None:
    with pytest.raises(AuditError) as caught:
        Log.open(tmp_path)
    assert caught.value.code == "log-missing"
    assert list(tmp_path.iterdir()) == []
