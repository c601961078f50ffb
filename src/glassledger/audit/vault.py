"""The salts of commitments about people: the one thing that must be deletable, so it lies outside the log.

One SQLite file in the workspace's ``keys`` folder. It does not name anybody: a subject is kept as an HMAC under a key
of the file's own. A deleted row is overwritten with zeros (``secure_delete``); copies in backups, and blocks that a
disk keeps for itself, are out of its reach.
"""

import hmac
import os
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Final
from urllib.parse import quote

from glassledger.audit.read_sqlite import translate
from glassledger.errors import StorageError

NAME: Final = "subjects.db"
_SCHEMA: Final = (
    "CREATE TABLE IF NOT EXISTS secret (id INTEGER PRIMARY KEY CHECK (id = 1), key BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS salt (commitment TEXT PRIMARY KEY, subject BLOB NOT NULL, salt BLOB NOT NULL) "
    "WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS salt_subject ON salt (subject)",
)


class Vault:
    """Salts by commitment and by subject; safe for processes.

    Parameters
    ----------
    path : path
        The file; made with mode 0600 on first use.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)

    def keep(self, commitment: str, subject: str, salt: bytes) -> None:
        """Keep a salt durably."""
        with self._connected() as connection:
            values = (commitment, self._mark(connection, subject), salt)
            connection.execute("INSERT INTO salt VALUES (?, ?, ?)", values)

    def salt(self, commitment: str) -> bytes | None:
        """The salt; None when it was erased or never here."""
        if not self._path.exists():
            return None
        with self._connected() as connection:
            found = connection.execute("SELECT salt FROM salt WHERE commitment = ?", (commitment,)).fetchone()
        return bytes(found[0]) if found else None

    def of_subject(self, subject: str) -> list[str]:
        """Commitments about one subject."""
        if not self._path.exists():
            return []
        with self._connected() as connection:
            mark = self._mark(connection, subject)
            rows = connection.execute("SELECT commitment FROM salt WHERE subject = ? ORDER BY commitment", (mark,))
            return [str(row[0]) for row in rows.fetchall()]

    def forget(self, commitments: Iterable[str]) -> None:
        """Delete these salts for good; repeating it does no harm."""
        with self._connected() as connection:
            connection.executemany("DELETE FROM salt WHERE commitment = ?", [(one,) for one in commitments])

    def all(self) -> set[str]:
        """Commitments whose salts are here; the file is only read."""
        if not self._path.exists():
            return set()
        uri = f"file:{quote(str(self._path.absolute()))}?mode=ro"
        try:
            with closing(sqlite3.connect(uri, uri=True, timeout=30)) as connection:
                return {str(row[0]) for row in connection.execute("SELECT commitment FROM salt").fetchall()}
        except sqlite3.Error as error:
            raise translate("read", error) from None

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        """One durable transaction."""
        self._make()
        try:
            with closing(sqlite3.connect(self._path, isolation_level=None, timeout=30)) as connection:
                for pragma in ("secure_delete = ON", "synchronous = EXTRA", "journal_mode = TRUNCATE"):
                    connection.execute(f"PRAGMA {pragma}").fetchall()
                connection.execute("BEGIN IMMEDIATE")
                for statement in _SCHEMA:
                    connection.execute(statement)
                yield connection
                connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise translate("written", error) from None

    def _make(self) -> None:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError:
            raise StorageError(
                "The file of salts cannot be written.",
                code="storage-write",
                hint="Check free space and permissions of the keys folder.",
                facts={"path": str(self._path)},
            ) from None

    def _mark(self, connection: sqlite3.Connection, subject: str) -> bytes:
        connection.execute("INSERT OR IGNORE INTO secret VALUES (1, ?)", (secrets.token_bytes(32),))
        key = bytes(connection.execute("SELECT key FROM secret").fetchone()[0])
        return hmac.new(key, subject.encode(), sha256).digest()
