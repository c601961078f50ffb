"""Durable writes and locks between processes.

The order in :func:`write_durably` is: write to a temporary file in the same folder, fsync it, rename it over the
target, fsync the folder. A crash at any point leaves the old file or the new one, never a mixture.
"""

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from glassledger.errors import StorageError


def write_durably(path: str | os.PathLike[str], data: bytes, *, mode: int = 0o644) -> None:
    """Replace ``path`` by ``data`` atomically and durably.

    Raises
    ------
    StorageError
        When the disk is full or the folder cannot be written; the old file is then untouched.
    """
    target = Path(path)
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(6)}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        sync_folder(target.parent)
    except OSError as error:
        raise storage_error("write", target, error) from None


def sync_folder(folder: Path) -> None:
    """Make a rename in ``folder`` durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """Read a whole file, with our error when it cannot be read."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise storage_error("read", Path(path), error) from None


@contextlib.contextmanager
def locked(path: str | os.PathLike[str]) -> Iterator[None]:
    """Hold an exclusive lock on ``path`` (made if absent) against other processes and threads.

    Each call opens its own file description, so ``flock`` also excludes threads of one process.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise storage_error("lock", Path(path), error) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)  # closing the description releases the lock


def storage_error(act: str, path: Path, error: OSError) -> StorageError:
    """Translate an ``OSError``; the path is named, its content never is."""
    reason = os.strerror(error.errno) if error.errno else type(error).__name__
    return StorageError(
        f"Cannot {act} {path.name}: {reason}.",
        code=f"storage-{act}",
        hint="Check free space and permissions, then repeat the command: nothing was half done.",
        facts={"path": str(path), "errno": error.errno},
    )
