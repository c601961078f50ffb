"""The embedded store: one SQLite file, durable at each commit, shared by threads and processes.

Three facts shape it (see docs/formats/audit-log.md):

* SQLite 3.7.0 to 3.51.2 can lose committed pages when a commit meets a WAL checkpoint of another connection. Every
  open, write, checkpoint and close therefore happens under one lock between processes, and SQLite never checkpoints
  by itself.
* SQLite's busy handler starves writers; the same lock, taken before ``BEGIN IMMEDIATE``, is fair.
* After a failed ``fsync`` nobody knows what is on the disk: the connection is thrown away and the head read again.
"""

import os
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Self
from urllib.parse import quote

from glassledger import files
from glassledger.audit.folder import DATABASE, LOCK
from glassledger.audit.read_sqlite import SCHEMA, checked_reader, reader, translate
from glassledger.audit.sql import SqlReader, corrupt, write_beginning, write_changes
from glassledger.audit.store import Changes, Head, Plan
from glassledger.audit.tree import Frontier
from glassledger.errors import AuditError, Error, UsageError

_PRAGMAS = (
    "synchronous = FULL",
    "fullfsync = ON",
    "checkpoint_fullfsync = ON",
    "wal_autocheckpoint = 0",
    "trusted_schema = OFF",
    "cell_size_check = ON",
    "secure_delete = ON",
)
_NOT_WRITTEN = ("SQLITE_FULL", "SQLITE_IOERR_WRITE")  # the commit's last frame is not there, so it cannot come back
_LONG_WAL = 4 * 2**20  # bytes after which a commit also empties the write-ahead log

Connect = Callable[..., sqlite3.Connection]


class SqliteStore:
    """See :class:`glassledger.audit.store.Store`.

    Parameters
    ----------
    folder : Path
        Holds ``log.db`` and ``log.lock``.
    connect : callable
        Stands in for :func:`sqlite3.connect` in fault tests.
    """

    def __init__(self, folder: Path, *, connect: Connect = sqlite3.connect) -> None:
        self._path = folder / DATABASE
        self._name = str(self._path)
        self._lock = folder / LOCK
        self._connect = connect
        self._process = os.getpid()
        self._closed = False
        self._writer: sqlite3.Connection | None = None
        self._reader: sqlite3.Connection | None = None
        self._reads: SqlReader | None = None
        self._files: tuple[int, ...] = ()
        if not self._path.is_file():
            raise AuditError(
                f"There is no log in {folder.name or folder}.",
                code="log-missing",
                hint="Name the folder that holds log.db.",
                facts={"path": str(folder)},
            )
        with files.locked(self._lock):
            self.origin = checked_reader(self._opened()).origin()

    @classmethod
    def create(cls, folder: Path, origin: str, *, prepare: Callable[[], None]) -> Self:
        """Make an empty log; the file appears under its name only when it is complete and on the disk.

        ``prepare`` runs under the lock just before that, so that nobody meets the log without what it writes.
        """
        path, part = folder / DATABASE, folder / (DATABASE + ".part")
        with files.locked(folder / LOCK):
            if path.exists():
                raise AuditError(
                    "There is a log in this folder already.",
                    code="log-exists",
                    hint="Open it, or choose an empty folder.",
                    facts={"path": str(path)},
                )
            part.unlink(missing_ok=True)
            try:
                _fill(part, origin)
                prepare()
                part.replace(path)
                files.sync_folder(folder)
            except sqlite3.Error as error:
                raise translate("made", error) from None
            except OSError as error:
                raise files.storage_error("write", path, error) from None
        return cls(folder)

    def write(self, plan: Plan) -> None:
        """Run a plan in one durable transaction.

        Raises
        ------
        StorageError
            When it could not be written; nothing of it was.
        AuditError
            ``log-state-unknown`` when the disk failed during the commit itself.
        """
        self._guard()
        with files.locked(self._lock):
            writer = self._opened()
            before: Head | None = None
            commits: Changes | None = None
            try:
                writer.execute("BEGIN IMMEDIATE")
                reads = reader(writer)
                before = reads.head()
                changes = plan(reads, before)
                if changes:
                    write_changes(partial(_execute, writer), changes)
                    commits = changes
                writer.execute("COMMIT" if changes else "ROLLBACK")
            except sqlite3.Error as error:
                raise self._after_failure(error, before, commits) from None
            except BaseException:
                self._drop()  # an open transaction is rolled back with its connection
                raise
            self._empty_long_wal(writer)

    def close(self, *, at_rest: Callable[[Head], None] | None = None) -> None:
        """Move all into ``log.db`` and let go; ``at_rest`` runs under the lock when no write-ahead log is left."""
        if os.getpid() != self._process:
            return
        with files.locked(self._lock):
            if self._closed:
                return
            try:
                writer = self._opened()
                head = reader(writer).head()
                writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            except (sqlite3.Error, Error):
                at_rest = None  # what was acknowledged is safe in the write-ahead log
            self._drop()
            self._closed = True
            if at_rest and wal_size(self._path) == 0:
                at_rest(head)

    def reader(self) -> SqlReader:
        """Reads committed state, through a connection that sees no transaction under way."""
        self._guard()
        reads = self._reads
        if reads is None or self._files != self._files_now():
            with files.locked(self._lock):
                self._opened()
                reads = self._reads
        assert reads is not None
        return reads

    def _guard(self) -> None:
        if os.getpid() != self._process:
            raise AuditError(
                "This log was opened before the process forked.",
                code="log-forked",
                hint="Open the log anew in each process.",
            )
        if self._closed:
            raise UsageError("This log was closed.", code="log-closed", hint="Open it anew.")

    def _opened(self) -> sqlite3.Connection:
        """The writing connection; to be called under the lock."""
        if self._writer is not None and self._files != self._files_now():
            self._drop()  # the files under this connection were replaced or removed: it would write into nowhere
        if self._writer is None:
            try:
                self._writer = self._new_connection("rw")
                self._reader = self._new_connection("ro")
            except sqlite3.Error as error:
                self._drop()
                raise translate("opened", error) from None
            except BaseException:
                self._drop()
                raise
            self._reads = reader(self._reader)
            self._files = self._files_now()
        return self._writer

    def _files_now(self) -> tuple[int, ...]:
        """Which files have the database's and the write-ahead log's names now."""
        try:
            return os.stat(self._name).st_ino, os.stat(self._name + "-wal").st_ino  # noqa: PTH116  (each write asks)
        except FileNotFoundError:
            return ()

    def _new_connection(self, mode: str) -> sqlite3.Connection:
        uri = f"file:{quote(str(self._path.absolute()))}?mode={mode}"
        connection = self._connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=30)
        try:
            for pragma in _PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")
            if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                raise corrupt("it is not in write-ahead mode")
            if connection.execute("PRAGMA synchronous").fetchone()[0] != 2:
                raise corrupt("its commits would not be durable")
        except BaseException:
            connection.close()
            raise
        return connection

    def _after_failure(self, error: sqlite3.Error, before: Head | None, commits: Changes | None) -> Error:
        """Throw the connection away, look at what is there now, and say it."""
        self._drop()
        now, settled = self._look()
        unwritten = getattr(error, "sqlite_errorname", "") in _NOT_WRITTEN and now in (None, before)
        if commits is None or unwritten or (settled and now == before):
            return translate("written", error)
        return AuditError(
            "The disk failed during a commit, and it is not known whether the entry will last.",
            code="log-state-unknown",
            hint="Stop, repair the disk, run glassledger verify, and look for the entry before you repeat the act.",
            facts={"size_before": before.size if before else None, "size_now": now.size if now else None},
        )

    def _look(self) -> tuple[Head | None, bool]:
        """The head on a fresh connection, and whether everything that it rests on could be moved and synced."""
        now = None
        try:
            writer = self._opened()
            now = reader(writer).head()
            writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except (sqlite3.Error, Error):
            self._drop()
            return now, False
        return now, True

    def _empty_long_wal(self, writer: sqlite3.Connection) -> None:
        if wal_size(self._path) < _LONG_WAL:
            return
        try:
            writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except sqlite3.Error:
            self._drop()  # the commit before is durable; the next write opens anew

    def _drop(self) -> None:
        connections = (self._reader, self._writer)
        self._reader = self._writer = self._reads = None
        for connection in connections:
            if connection is not None:
                try:
                    connection.close()
                except sqlite3.Error:
                    continue


def wal_size(database: Path) -> int:
    """Bytes in the write-ahead log."""
    try:
        return os.stat(f"{database}-wal").st_size  # noqa: PTH116  (each write asks)
    except FileNotFoundError:
        return 0


def _fill(part: Path, origin: str) -> None:
    connection = sqlite3.connect(part, isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous = EXTRA")
        connection.execute("BEGIN")
        for statement in SCHEMA:
            connection.execute(statement)
        write_beginning(partial(_execute, connection), origin, Head.of(Frontier()))
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = WAL").fetchall()
    finally:
        connection.close()


def _execute(connection: sqlite3.Connection, sql: str, rows: Iterable[Sequence[object]]) -> None:
    connection.executemany(sql, rows)
