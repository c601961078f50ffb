"""Reading what a crash left in the write-ahead log."""

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassledger.audit.wal import Leftover, inspect

FRAME = 24 + 4096


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    """A database and its write-ahead log of five commits, as SQLite wrote them."""
    path = tmp_path_factory.mktemp("wal") / "x.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("CREATE TABLE t (x)")
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    connection.execute("PRAGMA wal_autocheckpoint = 0").fetchall()
    for number in range(5):
        connection.execute("INSERT INTO t VALUES (?)", (bytes([number]) * 1000,))
    database, data = path.read_bytes(), path.with_name("x.db-wal").read_bytes()
    connection.close()
    return database, data


@pytest.fixture
def wal(files: tuple[bytes, bytes]) -> bytes:
    """The write-ahead log alone."""
    return files[1]


def commits(data: bytes) -> list[int]:
    """Where the commit frames are."""
    return [at for at in range(32, len(data), FRAME) if data[at + 4 : at + 8] != bytes(4)]


def test_a_whole_one_is_taken_whole(wal: bytes) -> None:
    assert inspect(wal) == Leftover(5, 0, 0)


def test_nothing_is_nothing() -> None:
    assert inspect(b"") == Leftover(0, 0, 0)


def test_a_write_that_was_cut_off_is_one_commit_at_most(wal: bytes) -> None:
    *_, before, last = commits(wal)
    assert inspect(wal[: last + 100]) == Leftover(4, 0, last + 100 - (before + FRAME))
    torn = wal[: last + 500] + b"\xff" * 300 + wal[last + 800 :]
    assert (inspect(torn).taken, inspect(torn).dropped) == (4, 1)


@pytest.mark.parametrize("commit", [0, 1, 2, 3])
def test_damage_in_front_of_later_commits_is_told_apart(wal: bytes, commit: int) -> None:
    at = commits(wal)[commit] + 60
    damaged = wal[:at] + bytes([wal[at] ^ 1]) + wal[at + 1 :]
    left = inspect(damaged)
    assert (left.taken, left.dropped) == (commit, 5 - commit)


def test_a_damaged_header_drops_all_of_them(wal: bytes) -> None:
    for at in range(32):
        damaged = wal[:at] + bytes([wal[at] ^ 4]) + wal[at + 1 :]
        assert (inspect(damaged).taken, inspect(damaged).dropped) == (0, 5), at


@given(st.binary(max_size=6000))
def test_noise_is_read_without_harm(noise: bytes) -> None:
    assert inspect(noise).taken == 0


def test_it_agrees_with_sqlite_on_every_cut(files: tuple[bytes, bytes], tmp_path: Path) -> None:
    database, wal = files
    disagreements = []
    for end in range(0, len(wal) + 1, 1373):
        path = tmp_path / f"{end}.db"
        path.write_bytes(database)
        path.with_name(f"{end}.db-wal").write_bytes(wal[:end])
        connection = sqlite3.connect(path)
        rows = connection.execute("SELECT count(*) FROM t").fetchone()[0]
        connection.close()
        if inspect(wal[:end]).taken != rows:
            disagreements.append((end, inspect(wal[:end]).taken, rows))
    assert disagreements == []
