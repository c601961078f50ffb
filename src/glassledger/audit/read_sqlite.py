"""The tables of an SQLite log, and reading them."""

import sqlite3
import threading
from collections.abc import Sequence
from typing import Any, Final

from glassledger.audit.sql import SqlReader, corrupt
from glassledger.errors import Error, StorageError

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
"""By name, as ``sqlite_schema`` gives them back."""

_DAMAGED: Final = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_FORMAT", "SQLITE_MISMATCH")


def reader(connection: sqlite3.Connection) -> SqlReader:
    """Reads through this connection, from any thread."""
    mutex = threading.Lock()

    def query(sql: str, values: Sequence[object]) -> list[Any]:
        try:
            with mutex:
                return connection.execute(sql, values).fetchall()
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise translate("read", error) from None

    return SqlReader(query)


def checked_reader(connection: sqlite3.Connection) -> SqlReader:
    """The same, once its tables are known to be a log's, no more and no less.

    Raises
    ------
    AuditError
        Code ``log-corrupt``.
    """
    try:
        found = connection.execute("SELECT sql FROM sqlite_schema ORDER BY name").fetchall()
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise translate("read", error) from None
    if tuple(row[0] for row in found) != SCHEMA:
        raise corrupt("its tables are not those of a log")
    return reader(connection)


def translate(act: str, error: sqlite3.Error | UnicodeDecodeError) -> Error:
    """Our error for SQLite's; its message is dropped because it may quote data.

    The driver decodes text itself, so a flipped byte of a text can also surface as a ``UnicodeDecodeError``.
    """
    if isinstance(error, UnicodeDecodeError):
        return corrupt("a text cannot be decoded")
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
