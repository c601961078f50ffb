"""The SQLite store when things fail: nothing half done, nothing acknowledged that may not last."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from glassledger.audit.entry import Entry
from glassledger.audit.folder import FolderDrawer
from glassledger.audit.log import Log
from glassledger.audit.read_sqlite import SCHEMA
from glassledger.audit.shelf import Shelf
from glassledger.audit.signer import Signer
from glassledger.audit.store_sqlite import SqliteStore
from glassledger.audit.verify import verify
from glassledger.errors import AuditError, StorageError

Event = Callable[..., Entry]
STEPS = ("BEGIN IMMEDIATE", "SELECT size", "INSERT INTO entry", "INSERT INTO spend", "UPDATE head", "COMMIT")


class Faulty(sqlite3.Connection):
    """Fails once, at the statement that starts as told, before it is done or after."""

    plan: tuple[str, str] | None = None

    def _step(self, sql: str, work: Callable[[], Any]) -> Any:
        plan = Faulty.plan
        if plan is None or not sql.startswith(plan[0]):
            return work()
        Faulty.plan = None
        if plan[1] == "done but failed":
            work()
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorname = "SQLITE_IOERR_FSYNC"
        raise error

    def execute(self, sql: str, *values: Any) -> Any:
        return self._step(sql, lambda: super(Faulty, self).execute(sql, *values))

    def executemany(self, sql: str, *values: Any) -> Any:
        return self._step(sql, lambda: super(Faulty, self).executemany(sql, *values))


@pytest.fixture
def faulty(tmp_path: Path, signer: Signer, event: Event) -> Log:
    """A log of two entries over a connection that can fail."""
    with Log.create(tmp_path / "work", origin=signer.name, signer=signer) as log:
        log.append_many([event(0), event(1)])
    folder = tmp_path / "work"
    Faulty.plan = None
    store = SqliteStore(folder, connect=lambda *a, **k: sqlite3.connect(*a, factory=Faulty, **k))
    return Log(store, Shelf(FolderDrawer(folder)), signer.key, signer)


@pytest.mark.parametrize("how", ["not done", "done but failed"])
@pytest.mark.parametrize("step", STEPS)
def test_a_fault_at_any_step_leaves_the_log_whole(
    faulty: Log, event: Event, tmp_path: Path, step: str, how: str
) -> None:
    Faulty.plan = (step, how)
    with pytest.raises((StorageError, AuditError)) as caught:
        faulty.append(event(2))

    written = step == "COMMIT" and how == "done but failed"
    assert caught.value.code == ("log-state-unknown" if written else "storage-log")
    assert faulty.size == (3 if written else 2)
    assert faulty.append(event(3)).index == faulty.size - 1
    faulty.close()
    assert verify(tmp_path / "work").size == (4 if written else 3)


def test_an_unknown_commit_says_what_it_found(faulty: Log, event: Event) -> None:
    Faulty.plan = ("COMMIT", "done but failed")
    with pytest.raises(AuditError) as caught:
        faulty.append(event(2))
    assert caught.value.facts == {"size_before": 2, "size_now": 3}


def test_a_spend_whose_commit_is_unknown_is_not_paid_twice(faulty: Log, budgeted: Event) -> None:
    faulty.open_budget(budgeted("open", nano=10), scope="bank", nano_epsilon=10, pico_delta=0)
    spend = {"scope": "bank", "nano_epsilon": 6, "pico_delta": 0, "key": "k"}
    for how in ("not done", "done but failed"):
        Faulty.plan = ("COMMIT", how)
        with pytest.raises((StorageError, AuditError)):
            faulty.spend(budgeted("spend", nano=6, key="k"), **spend)
    assert faulty.spend(budgeted("spend", nano=6, key="k"), **spend).index == 3
    balance = faulty.budget("bank")
    assert balance is not None
    assert balance.spent_nano_epsilon == 6


def test_a_fault_that_repeats_is_reported_each_time(
    faulty: Log, event: Event, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Faulty, "_step", _always_fails)
        for _ in range(3):
            with pytest.raises(StorageError):
                faulty.append(event(2))
    assert faulty.append(event(2)).index == 2
    faulty.close()
    assert verify(tmp_path / "work").size == 3


def _always_fails(self: Faulty, sql: str, work: Callable[[], Any]) -> Any:
    raise sqlite3.OperationalError("disk I/O error")


def test_a_full_disk_leaves_the_log_whole(faulty: Log, event: Event, tmp_path: Path) -> None:
    writer = faulty._store._writer  # type: ignore[attr-defined]
    writer.execute(f"PRAGMA max_page_count = {writer.execute('PRAGMA page_count').fetchone()[0]}")
    with pytest.raises(StorageError) as caught:
        faulty.append_many([Entry.build("note.made", actor="ops", body={"x": "y" * 50_000}) for _ in range(5)])
    assert caught.value.facts == {"sqlite": "SQLITE_FULL"}
    assert "free space" in caught.value.hint
    assert faulty.size == 2
    assert faulty.append(event(2)).index == 2
    faulty.close()
    assert verify(tmp_path / "work").size == 3


def test_no_vendors_message_gets_out(faulty: Log, event: Event) -> None:
    Faulty.plan = ("INSERT INTO entry", "not done")
    with pytest.raises(StorageError) as caught:
        faulty.append(event(2))
    assert "disk I/O error" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_long_write_ahead_log_is_moved_into_the_database(
    faulty: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    big = [Entry.build("note.made", actor="ops", body={"x": "y" * 60_000}) for _ in range(70)]
    for entry in big:
        faulty.append(entry)
    assert (tmp_path / "work" / "log.db-wal").stat().st_size < 4 * 2**20
    assert (tmp_path / "work" / "log.db").stat().st_size > 3 * 2**20
    faulty.close()
    assert verify(tmp_path / "work").size == 72


def test_a_failing_move_does_not_fail_the_commit(faulty: Log, tmp_path: Path) -> None:
    Faulty.plan = ("PRAGMA wal_checkpoint", "not done")
    for number in range(80):
        assert faulty.append(Entry.build("note.made", actor="ops", body={"x": "y" * 60_000})).index == 2 + number
    assert Faulty.plan is None
    faulty.close()
    assert verify(tmp_path / "work").size == 82


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        ("DROP TABLE node", "log-corrupt"),
        ("CREATE TABLE more (x)", "log-corrupt"),
        ("CREATE TRIGGER t AFTER INSERT ON entry BEGIN DELETE FROM budget; END", "log-corrupt"),
        ("UPDATE meta SET value = 'other/v9' WHERE name = 'format'", "log-corrupt"),
        ("UPDATE meta SET value = 'x.example' WHERE name = 'origin'", "key-mismatch"),
        ("UPDATE head SET size = 7", "frontier-malformed"),
        ("UPDATE head SET root = zeroblob(32)", "head-mismatch"),
        ("UPDATE head SET frontier = 'text'", "head-mismatch"),
        ("DELETE FROM head", "log-corrupt"),
        ("PRAGMA journal_mode = DELETE", "log-corrupt"),
    ],
)
def test_a_database_that_is_no_sound_log_is_not_opened(faulty: Log, tmp_path: Path, spoil: str, code: str) -> None:
    faulty.close()
    connection = sqlite3.connect(tmp_path / "work" / "log.db", isolation_level=None)
    connection.execute(spoil).fetchall()
    connection.close()
    with pytest.raises(AuditError) as caught:
        Log.open(tmp_path / "work")
    assert caught.value.code == code
    with pytest.raises(AuditError):
        verify(tmp_path / "work")


def test_files_that_are_no_database_are_refused(tmp_path: Path, faulty: Log) -> None:
    faulty.close()
    for data in (b"", b"not a database" * 400):
        (tmp_path / "work" / "log.db").write_bytes(data)
        with pytest.raises(AuditError):
            Log.open(tmp_path / "work")
        with pytest.raises(AuditError):
            verify(tmp_path / "work")


def test_the_schema_is_listed_by_name(tmp_path: Path, faulty: Log) -> None:
    connection = sqlite3.connect(tmp_path / "work" / "log.db")
    assert [row[0] for row in connection.execute("SELECT sql FROM sqlite_schema ORDER BY name")] == list(SCHEMA)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()
