"""The tables of an SQLite log, and reading them."""

import sqlite3
import threading
from collections.abc import Sequence
from typing import Any, Final

from glassledger.audit.budget import Balance
from glassledger.audit.store import Head, Intent, Row
from glassledger.errors import AuditError, Error, StorageError

FORMAT: Final = "glassledger/audit-log/v1"
SCHEMA: Final = (
    "CREATE TABLE budget (scope TEXT PRIMARY KEY, cap_nano_epsilon INTEGER NOT NULL, cap_pico_delta INTEGER NOT NULL, "
    "spent_nano_epsilon INTEGER NOT NULL, spent_pico_delta INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE entry (idx INTEGER PRIMARY KEY, leaf BLOB NOT NULL, data BLOB NOT NULL)",
    "CREATE TABLE head (id INTEGER PRIMARY KEY CHECK (id = 1), size INTEGER NOT NULL, frontier BLOB NOT NULL, "
    "root BLOB NOT NULL)",
    "CREATE TABLE intent (idx INTEGER PRIMARY KEY, act TEXT NOT NULL, closed_by INTEGER)",
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE node (level INTEGER, n INTEGER, hash BLOB NOT NULL, PRIMARY KEY (level, n)) WITHOUT ROWID",
    "CREATE TABLE spend (key TEXT PRIMARY KEY, idx INTEGER NOT NULL) WITHOUT ROWID",
)
_DAMAGED: Final = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_FORMAT", "SQLITE_MISMATCH")


class SqliteReader:
    """Reads through one connection; each call is one statement, so it sees one committed state."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._mutex = threading.Lock()

    def head(self) -> Head:
        rows = self._all("SELECT size, frontier, root FROM head WHERE id = 1")
        if len(rows) != 1:
            raise corrupt("its head row is missing")
        return Head.unpack(*rows[0])

    def rows(self, start: int, end: int) -> Sequence[Row]:
        found = self._all("SELECT idx, leaf, data FROM entry WHERE idx >= ? AND idx < ? ORDER BY idx", start, end)
        return [Row(*row) for row in found]

    def hashes(self, level: int, start: int, end: int) -> Sequence[bytes]:
        if level == 0:
            found = self._all("SELECT leaf FROM entry WHERE idx >= ? AND idx < ? ORDER BY idx", start, end)
        else:
            sql = "SELECT hash FROM node WHERE level = ? AND n >= ? AND n < ? ORDER BY n"
            found = self._all(sql, level, start, end)
        return [row[0] for row in found]

    def balance(self, scope: str) -> Balance | None:
        found = self._all("SELECT * FROM budget WHERE scope = ?", scope)
        return Balance(*found[0]) if found else None

    def balances(self) -> Sequence[Balance]:
        return [Balance(*row) for row in self._all("SELECT * FROM budget ORDER BY scope")]

    def spend(self, key: str) -> int | None:
        found = self._all("SELECT idx FROM spend WHERE key = ?", key)
        return found[0][0] if found else None

    def intent(self, index: int) -> Intent | None:
        found = self._all("SELECT idx, act, closed_by FROM intent WHERE idx = ?", index)
        return Intent(*found[0]) if found else None

    def unfinished(self) -> Sequence[Intent]:
        found = self._all("SELECT idx, act, closed_by FROM intent WHERE closed_by IS NULL ORDER BY idx")
        return [Intent(*row) for row in found]

    def origin(self) -> str:
        """The log's name, after a look at the schema."""
        found = self._all("SELECT sql FROM sqlite_schema ORDER BY name")
        if tuple(row[0] for row in found) != SCHEMA:
            raise corrupt("its tables are not those of " + FORMAT)
        meta = dict(self._all("SELECT name, value FROM meta"))
        if meta.keys() != {"format", "origin"} or meta["format"] != FORMAT:
            raise corrupt("its format is not " + FORMAT)
        return str(meta["origin"])

    def _all(self, sql: str, *values: object) -> list[Any]:
        try:
            with self._mutex:
                return self._connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise translate("read", error) from None
        except UnicodeDecodeError:  # the driver decodes text itself, and a flipped byte need not be UTF-8
            raise corrupt("a text is not UTF-8") from None


def corrupt(why: str) -> AuditError:
    """Error for a database that is not a sound log."""
    return AuditError(
        f"The log's database is damaged or not a log: {why}.",
        code="log-corrupt",
        hint="Stop writing, keep the files as they are, and restore a copy that glassledger verify accepts.",
    )


def translate(act: str, error: sqlite3.Error) -> Error:
    """Our error for SQLite's; its message is dropped because it may quote data."""
    name = getattr(error, "sqlite_errorname", None) or type(error).__name__
    if any(name == damaged or name.startswith(damaged + "_") for damaged in _DAMAGED):
        return corrupt(name)
    if name in ("DatabaseError", "OperationalError") and act == "read":
        return corrupt("a text cannot be decoded")
    return StorageError(
        f"The log could not be {act} ({name}).",
        code="storage-log",
        hint="Check free space, permissions and the disk, then repeat the command: nothing was half done.",
        facts={"sqlite": name},
    )
