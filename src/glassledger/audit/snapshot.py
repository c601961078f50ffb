"""A private copy of a log, taken under its lock, to be read at leisure; nothing is written to the log's folder."""

import fcntl
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from glassledger import files
from glassledger.audit.folder import CHECKPOINT, DATABASE, LOCK, SEAL, VKEY, FolderDrawer
from glassledger.audit.rawfile import chunks
from glassledger.audit.read_sqlite import translate
from glassledger.errors import AuditError


@dataclass(frozen=True)
class Snapshot:
    """One moment of a log's folder.

    Attributes
    ----------
    database : Path
        The copy, a write-ahead log already moved into it; see :func:`connect`.
    digest : str
        ``sha256:…`` of the bytes of ``log.db`` alone; empty for a log that is not in a file.
    wal : bytes
        The write-ahead log; empty for a log at rest.
    vkey, checkpoint : bytes
        The files of that name.
    seal : bytes or None
        ``log.seal``, if there is one.
    attested : dict of str to bytes
        What others said; see :mod:`glassledger.audit.attested`.
    """

    database: Path
    digest: str
    wal: bytes
    vkey: bytes
    checkpoint: bytes
    seal: bytes | None
    attested: dict[str, bytes]


@contextmanager
def connect(database: Path) -> Iterator[sqlite3.Connection]:
    """A read-only connection to a snapshot's copy, which nobody else changes.

    Raises
    ------
    AuditError
        Code ``log-corrupt``.
    """
    try:
        connection = sqlite3.connect(f"file:{quote(str(database))}?mode=ro&immutable=1", uri=True, isolation_level=None)
        with closing(connection):
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA cell_size_check = ON")
            yield connection
    except sqlite3.Error as error:
        raise translate("read", error) from None


@contextmanager
def snapshot(folder: Path) -> Iterator[Snapshot]:
    """Copy the database and read the files beside it, all at one moment.

    Raises
    ------
    AuditError
        ``log-missing`` or ``log-file-missing``.
    StorageError
        When something cannot be read, or there is no room for the copy.
    """
    if not (folder / DATABASE).is_file():
        raise AuditError(
            f"There is no log in {folder.name or folder}.",
            code="log-missing",
            hint="Name the folder that holds log.db.",
            facts={"path": str(folder)},
        )
    with tempfile.TemporaryDirectory(prefix="glassledger-") as scratch:
        with _shared_lock(folder / LOCK):
            taken = _take(folder, Path(scratch))
        yield taken


def _take(folder: Path, scratch: Path) -> Snapshot:
    copy, state = scratch / DATABASE, sha256()
    try:
        with copy.open("wb") as out:
            for block in chunks(folder / DATABASE):
                out.write(block)
                state.update(block)
        wal = _optional(folder / (DATABASE + "-wal")) or b""
        if wal:
            (scratch / (DATABASE + "-wal")).write_bytes(wal)
            _recover(copy)
    except OSError as error:
        raise files.storage_error("copy", copy, error) from None
    return Snapshot(
        database=copy,
        digest="sha256:" + state.hexdigest(),
        wal=wal,
        vkey=_required(folder / VKEY),
        checkpoint=_required(folder / CHECKPOINT),
        seal=_optional(folder / SEAL),
        attested=FolderDrawer(folder).attested(),
    )


def _recover(copy: Path) -> None:
    """Move what SQLite takes of the write-ahead log into the copy."""
    try:
        with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlite3.Error as error:
        raise translate("read", error) from None


@contextmanager
def _shared_lock(path: Path) -> Iterator[None]:
    """Wait for writers, without writing: a copy on a read-only medium has no lock file, or one that cannot change."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        yield
        return
    except OSError as error:
        raise files.storage_error("lock", path, error) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH)
        yield
    finally:
        os.close(handle)


def _optional(path: Path) -> bytes | None:
    return files.read_bytes(path) if path.exists() else None


def _required(path: Path) -> bytes:
    data = _optional(path)
    if data is None:
        raise AuditError(
            f"The log's {path.name} is missing.",
            code="log-file-missing",
            hint="Restore it from a copy; without it nobody can say what was signed.",
            facts={"path": path.name},
        )
    return data
