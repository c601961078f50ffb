"""A private copy of a log in PostgreSQL, taken in one read-only transaction, in the form of an SQLite log.

So there is one verification for both. The server is asked for rows only; it computes nothing that is believed.
"""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from glassledger.audit import attested
from glassledger.audit.folder import CHECKPOINT, DATABASE, VKEY
from glassledger.audit.read_sqlite import SCHEMA
from glassledger.audit.snapshot import Snapshot
from glassledger.audit.sql import corrupt
from glassledger.audit.store_postgres import connected, driver, translate
from glassledger.errors import AuditError

_COLUMNS: Final = {"budget": 5, "entry": 3, "head": 4, "intent": 3, "meta": 2, "node": 3, "spend": 2}
_TABLES: Final = (
    "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'glassledger' ORDER BY table_name"
)
_TRIGGERS: Final = (
    "SELECT count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
    "WHERE c.relnamespace = 'glassledger'::regnamespace AND NOT t.tgisinternal"
)


@contextmanager
def postgres_snapshot(address: str) -> Iterator[Snapshot]:
    """Copy the log's tables.

    Raises
    ------
    AuditError
        When the schema is not a log's.
    StorageError
        When the server cannot be read, or there is no room for the copy.
    """
    psycopg = driver()
    with tempfile.TemporaryDirectory(prefix="glassledger-") as scratch:
        copy = Path(scratch) / DATABASE
        try:
            with connected(address) as connection:
                connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
                connection.read_only = True
                with connection.transaction():
                    notes = _copy(connection, copy)
        except psycopg.Error as error:
            raise translate("read", error) from None
        except sqlite3.Error:
            raise corrupt("its tables are not those of a log") from None
        yield Snapshot(
            database=copy,
            digest="",
            wal=b"",
            vkey=_note(notes, VKEY),
            checkpoint=_note(notes, CHECKPOINT),
            seal=None,
            attested={name: data for name, data in notes.items() if attested.parse_name(name)},
        )


def _copy(connection: Any, copy: Path) -> dict[str, bytes]:
    tables = [row[0] for row in connection.execute(_TABLES).fetchall()]
    if not tables:
        raise AuditError(
            "There is no log in this database.",
            code="log-missing",
            hint="Name the database that holds the schema glassledger.",
        )
    if tables != sorted([*_COLUMNS, "note"]):
        raise corrupt("its tables are not those of a log")
    if connection.execute(_TRIGGERS).fetchone()[0]:
        raise corrupt("there are triggers on its tables")
    with closing(sqlite3.connect(copy)) as target:
        for statement in SCHEMA:
            target.execute(statement)
        for table, columns in _COLUMNS.items():
            marks = ", ".join("?" * columns)
            with connection.cursor(name=f"copy_{table}") as cursor:
                cursor.execute(f"SELECT * FROM glassledger.{table}")  # noqa: S608  (our own table names)
                target.executemany(f"INSERT INTO {table} VALUES ({marks})", cursor)  # noqa: S608
        target.commit()
    return {name: bytes(data) for name, data in connection.execute("SELECT name, data FROM glassledger.note")}


def _note(notes: dict[str, bytes], name: str) -> bytes:
    if name not in notes:
        raise AuditError(
            f"The log's {name} is missing.",
            code="log-file-missing",
            hint="Restore it from a copy; without it nobody can say what was signed.",
            facts={"path": name},
        )
    return notes[name]
