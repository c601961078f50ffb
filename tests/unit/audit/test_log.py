"""The log's promises to its callers."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from glassledger.audit.checkpoint import Checkpoint, open_checkpoint
from glassledger.audit.entry import Entry
from glassledger.audit.log import Log
from glassledger.audit.signer import Signer
from glassledger.audit.store import Head
from glassledger.audit.tree import Frontier
from glassledger.audit.verify import verify
from glassledger.errors import AuditError, StorageError, UsageError

Event = Callable[..., Entry]


def test_a_new_log_is_empty_signed_and_verifiable(log: Log, tmp_path: Path) -> None:
    assert open_checkpoint(log.checkpoint(), log.key).checkpoint == Checkpoint("bank.example/log", 0, Frontier().root())
    log.close()
    assert verify(tmp_path / "work").size == 0


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
