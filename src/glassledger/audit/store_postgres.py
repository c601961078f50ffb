"""The log in PostgreSQL, for teams: the same tables, one log a database, in the schema ``glassledger``.

Writers take turns by locking the head row. A commit is durable when the server says so, so ``fsync`` and
``synchronous_commit`` must be on. The key and the checkpoint lie in a table, so that everybody sees the same ones.
"""

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Final, Self

from glassledger.audit import attested
from glassledger.audit.sql import SqlReader, corrupt, write_beginning, write_changes
from glassledger.audit.store import Changes, Head, Plan
from glassledger.audit.tree import Frontier
from glassledger.errors import AuditError, Error, MissingExtraError, StorageError, UsageError

PREFIXES: Final = ("postgresql://", "postgres://")
SCHEMA: Final = (
    "CREATE SCHEMA glassledger",
    "CREATE TABLE glassledger.budget (scope text PRIMARY KEY, cap_nano_epsilon bigint NOT NULL, "
    "cap_pico_delta bigint NOT NULL, spent_nano_epsilon bigint NOT NULL, spent_pico_delta bigint NOT NULL)",
    "CREATE TABLE glassledger.entry (idx bigint PRIMARY KEY, leaf bytea NOT NULL, data bytea NOT NULL)",
    "CREATE TABLE glassledger.head (id int PRIMARY KEY CHECK (id = 1), size bigint NOT NULL, frontier bytea NOT NULL, "
    "root bytea NOT NULL)",
    "CREATE TABLE glassledger.intent (idx bigint PRIMARY KEY, act text NOT NULL, closed_by bigint)",
    "CREATE TABLE glassledger.meta (name text PRIMARY KEY, value text NOT NULL)",
    "CREATE TABLE glassledger.node (level int, n bigint, hash bytea NOT NULL, PRIMARY KEY (level, n))",
    "CREATE TABLE glassledger.note (name text PRIMARY KEY, data bytea NOT NULL)",
    "CREATE TABLE glassledger.spend (key text PRIMARY KEY, idx bigint NOT NULL)",
)
_LOCK: Final = "SELECT size, frontier, root FROM head WHERE id = 1 FOR UPDATE"


class PostgresStore:
    """See :class:`glassledger.audit.store.Store`.

    Parameters
    ----------
    address : str
        ``postgresql://user@host/database``; a password belongs into ``~/.pgpass`` or ``PGPASSWORD``, not here.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._process = os.getpid()
        self._closed = False
        self._turn = threading.RLock()
        self._reading = threading.Lock()
        self._writer: Any = None
        self._reader: Any = None
        self.origin = self.reader().origin()

    @classmethod
    def create(cls, address: str, origin: str, *, prepare: Callable[["PostgresDrawer"], None]) -> Self:
        """Make the schema, an empty log, and what ``prepare`` writes, in one transaction."""
        psycopg = driver()
        try:
            with connected(address) as connection, connection.transaction():
                for statement in SCHEMA:
                    connection.execute(statement)
                _set_session(connection)
                write_beginning(_executor(connection), origin, Head.of(Frontier()))
                prepare(PostgresDrawer(_Held(connection)))
        except (psycopg.errors.DuplicateSchema, psycopg.errors.UniqueViolation):
            raise AuditError(
                "There is a log in this database already.",
                code="log-exists",
                hint="Open it, or use another database.",
            ) from None
        except psycopg.Error as error:
            raise translate("made", error) from None
        return cls(address)

    def reader(self) -> SqlReader:
        """Reads committed state."""
        self._guard()
        return SqlReader(self.query)

    def write(self, plan: Plan) -> None:
        """Run a plan in one durable transaction; see :meth:`SqliteStore.write` for what it raises."""
        with self._turn:
            self._guard()
            psycopg, before, commits = driver(), None, None
            try:
                with self._awake().transaction():
                    before = _locked_head(self._writer)
                    changes = plan(SqlReader(_translated(self._writer)), before)
                    if changes:
                        write_changes(_executor(self._writer), changes)
                        commits = changes
            except psycopg.Error as error:
                self._after_failure(error, before, commits)

    def close(self, *, at_rest: Callable[[Head], None] | None = None) -> None:
        """Sign the head, if asked, and let go."""
        with self._turn:
            if self._closed or os.getpid() != self._process:
                return
            try:
                if at_rest:
                    with self.locked():
                        at_rest(_locked_head(self._writer))
            finally:
                self._closed = True
                self._drop()

    @contextmanager
    def locked(self) -> Iterator[Any]:
        """The turn of this process and thread: a transaction that holds the head row."""
        with self._turn:
            self._guard()
            psycopg = driver()
            try:
                writer = self._awake()
                with writer.transaction():
                    _locked_head(writer)
                    yield writer
            except psycopg.Error as error:
                self._drop()
                raise translate("written", error) from None

    def query(self, sql: str, values: Sequence[object]) -> list[Any]:
        """Rows of committed state."""
        self._guard()
        psycopg = driver()
        with self._reading:
            try:
                if self._reader is None or not _answers(self._reader):
                    self._drop_reader()
                    self._reader = _session(self._address)
                return _querier(self._reader)(sql, values)
            except psycopg.Error as error:
                self._drop_reader()
                raise translate("read", error) from None

    def _awake(self) -> Any:
        """The writing connection, made anew when the server let go of it while nobody wrote."""
        if self._writer is None or not _answers(self._writer):
            self._drop()
            self._writer = _session(self._address)
        return self._writer

    def _after_failure(self, error: Exception, before: Head | None, commits: Changes | None) -> None:
        """Return when the commit is known to have landed after all; raise what is known otherwise."""
        self._drop()
        failure = translate("written", error)
        if before is None or commits is None:
            raise failure from None
        psycopg = driver()
        try:
            with self.locked() as writer:  # waits for a commit that is still under way on the server
                found = SqlReader(_querier(writer)).rows(before.size, before.size + len(commits.rows))
        except (psycopg.Error, Error):
            raise AuditError(
                "The connection failed during a commit, and it is not known whether the entry was written.",
                code="log-state-unknown",
                hint="When the server is back, look for the entry before you repeat the act.",
                facts={"size_before": before.size},
            ) from None
        if [row.leaf for row in found] != [row.leaf for row in commits.rows]:
            raise failure from None

    def _guard(self) -> None:
        if os.getpid() != self._process:
            raise AuditError(
                "This log was opened before the process forked.",
                code="log-forked",
                hint="Open the log anew in each process.",
            )
        if self._closed:
            raise UsageError("This log was closed.", code="log-closed", hint="Open it anew.")

    def _drop(self) -> None:
        writer, self._writer = self._writer, None
        _let_go(writer)
        with self._reading:
            self._drop_reader()

    def _drop_reader(self) -> None:
        reader, self._reader = self._reader, None
        _let_go(reader)


class _Held:
    """A connection whose transaction is already under way."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def query(self, sql: str, values: Sequence[object]) -> list[Any]:
        return _querier(self._connection)(sql, values)

    @contextmanager
    def locked(self) -> Iterator[Any]:
        yield self._connection


class PostgresDrawer:
    """The small files as rows; see :class:`glassledger.audit.shelf.Drawer`. Locking twice is one lock."""

    def __init__(self, store: PostgresStore | _Held) -> None:
        self._store = store

    def read(self, name: str) -> bytes:
        """The row's bytes."""
        found = self._store.query("SELECT data FROM note WHERE name = ?", (name,))
        if not found:
            raise StorageError(
                f"The log's {name} is missing from the database.",
                code="storage-read",
                hint="Restore the database from a copy.",
                facts={"name": name},
            )
        return bytes(found[0][0])

    def holds(self, name: str) -> bool:
        """Whether it is there."""
        return bool(self._store.query("SELECT 1 FROM note WHERE name = ?", (name,)))

    def write(self, name: str, data: bytes) -> None:
        """Replace it durably."""
        sql = "INSERT INTO note VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET data = excluded.data"
        with self._store.locked() as connection:
            connection.execute(sql, (name, data))

    def remove(self, name: str) -> None:
        """Let it go."""
        with self._store.locked() as connection:
            connection.execute("DELETE FROM note WHERE name = %s", (name,))

    def attested(self) -> dict[str, bytes]:
        """All rows about checkpoints by others."""
        found = self._store.query("SELECT name, data FROM note ORDER BY name", ())
        return {name: bytes(data) for name, data in found if attested.parse_name(name)}

    @contextmanager
    def locked(self) -> Iterator[None]:
        """The log's lock between processes."""
        with self._store.locked():
            yield

    def database_digest(self) -> str | None:
        """None: a server's database is not one file."""
        return None


def driver() -> Any:
    """The psycopg module.

    Raises
    ------
    MissingExtraError
        When it is not installed.
    """
    try:
        return import_module("psycopg")
    except ImportError:
        raise MissingExtraError(
            "A log in PostgreSQL needs psycopg.",
            code="extra-missing",
            hint="pip install 'glassledger[postgres]'",
        ) from None


def translate(act: str, error: Exception) -> Error:
    """Our error for psycopg's; its message is dropped because it may quote data."""
    state = getattr(error, "sqlstate", None) or type(error).__name__
    return StorageError(
        f"The log could not be {act} (PostgreSQL {state}).",
        code="storage-log",
        hint="Check the server, the address and the rights, then repeat the command: nothing was half done.",
        facts={"postgresql": state},
    )


def _session(address: str) -> Any:
    connection = connected(address)
    try:
        _set_session(connection)
        for setting in ("fsync", "synchronous_commit"):
            if connection.execute(f"SHOW {setting}").fetchone()[0] in ("off", "local"):
                raise corrupt(f"the server's {setting} is off, so commits would not be durable")
    except BaseException:
        _let_go(connection)
        raise
    return connection


def connected(address: str) -> Any:
    """A connection that commits by itself.

    Raises
    ------
    StorageError
        When the server does not answer or refuses.
    """
    psycopg = driver()
    try:
        return psycopg.connect(address, autocommit=True, connect_timeout=10)
    except psycopg.Error as error:
        raise translate("opened", error) from None


def _set_session(connection: Any) -> None:
    connection.execute("SET search_path TO glassledger")
    connection.execute("SET synchronous_commit TO on")


def _answers(connection: Any) -> bool:
    try:
        connection.execute("SELECT 1")
    except driver().Error:
        return False
    return True


def _let_go(connection: Any) -> None:
    if connection is not None:
        connection.close()


def _locked_head(connection: Any) -> Head:
    rows = connection.execute(_LOCK).fetchall()
    if len(rows) != 1:
        raise corrupt("its head row is missing")
    return Head.unpack(*rows[0])


def _translated(connection: Any) -> Callable[[str, Sequence[object]], list[Any]]:
    """Queries whose errors may reach a caller: a plan hands them to the thread that asked."""

    def query(sql: str, values: Sequence[object]) -> list[Any]:
        try:
            return _querier(connection)(sql, values)
        except driver().Error as error:
            raise translate("read", error) from None

    return query


def _querier(connection: Any) -> Callable[[str, Sequence[object]], list[Any]]:
    return lambda sql, values: connection.execute(sql.replace("?", "%s"), values).fetchall()


def _executor(connection: Any) -> Callable[[str, Iterable[Sequence[object]]], None]:
    def execute(sql: str, rows: Iterable[Sequence[object]]) -> None:
        with connection.cursor() as cursor:
            cursor.executemany(sql.replace("?", "%s"), list(rows))

    return execute
