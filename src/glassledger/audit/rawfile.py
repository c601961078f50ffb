"""The bytes of a database file, read without opening it in this process.

POSIX drops all of a process's locks on a file when *any* of its descriptors is closed (sqlite.org/howtocorrupt.html,
section 2.2). If this process held the log open in SQLite and read ``log.db`` beside it, another process could take
itself for the last user and delete the write-ahead log. So a child process reads.
"""

import subprocess
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from glassledger.errors import StorageError

_CHUNK = 2**20


def chunks(path: Path) -> Iterator[bytes]:
    """The file's bytes, a megabyte at a time.

    Raises
    ------
    StorageError
        Code ``storage-read``.
    """
    try:
        command = ["cat", "--", str(path.absolute())]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # noqa: S603
    except OSError:
        raise _unreadable(path) from None
    with child:
        assert child.stdout is not None
        while block := child.stdout.read(_CHUNK):
            yield block
    if child.returncode != 0:
        raise _unreadable(path)


def file_digest(path: Path) -> str:
    """``sha256:`` and the hexadecimal digest of the file."""
    state = sha256()
    for block in chunks(path):
        state.update(block)
    return "sha256:" + state.hexdigest()


def _unreadable(path: Path) -> StorageError:
    return StorageError(
        f"Cannot read {path.name}.",
        code="storage-read",
        hint="Check that it exists and may be read.",
        facts={"path": str(path)},
    )
