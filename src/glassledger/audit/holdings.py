"""Files that entries vouch for: artefacts by content, and files of the workspace by path."""

import os
import stat
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from glassledger.audit.entry import Entry
from glassledger.errors import AuditError

ARTIFACTS = "artifacts"
_ALGORITHM = "sha256"
_CHUNK = 2**20


class Holdings:
    """What the entries so far vouch for."""

    def __init__(self) -> None:
        self.artifacts: dict[str, int] = {}
        self.files: dict[str, tuple[str, int]] = {}

    def note(self, index: int, entry: Entry) -> None:
        """Take in one entry; a later entry on the same path takes the earlier one's place."""
        for digest in entry.artifacts.values():
            self.artifacts.setdefault(digest, index)
        for path, digest in entry.files.items():
            self.files[path] = (digest, index)

    def check_artifacts(self, folder: Path) -> list[str]:
        """Re-hash every file under ``artifacts``; each one named in the log must be there.

        Returns
        -------
        list of str
            Files that no entry names, relative to ``artifacts``.

        Raises
        ------
        AuditError
            ``artifact-changed`` or ``artifact-missing``, with the index of the first entry that names it.
        """
        root, missing, unknown = folder / ARTIFACTS, dict(self.artifacts), []
        for path in sorted(_plain_files(root)):
            relative = path.relative_to(root).as_posix()
            digest = f"{_ALGORITHM}:{path.name}"
            if relative != f"{_ALGORITHM}/{path.name[:2]}/{path.name}" or not _is_hexadecimal(path.name):
                unknown.append(relative)
                continue
            if _digest(path) != digest:
                raise _changed(relative, missing.get(digest), artifact=True)
            if missing.pop(digest, None) is None:
                unknown.append(relative)
        for digest, index in missing.items():
            raise _missing(digest, index, artifact=True)
        return unknown

    def check_files(self, folder: Path) -> None:
        """Re-hash every file that the log names by path.

        Raises
        ------
        AuditError
            ``file-changed`` or ``file-missing``.
        """
        for name, (digest, index) in self.files.items():
            path = folder / name
            if not _is_plain(folder, name):
                raise _missing(name, index, artifact=False)
            if _digest(path) != digest:
                raise _changed(name, index, artifact=False)


def _plain_files(root: Path) -> Iterator[Path]:
    """Files below ``root``; a link counts as a file and is never followed."""
    for folder, folders, names in os.walk(root):
        linked = [name for name in folders if (Path(folder) / name).is_symlink()]
        yield from (Path(folder) / name for name in names + linked)


def _is_plain(folder: Path, name: str) -> bool:
    """Whether no part of the path is a link and its end is a regular file."""
    path = folder
    try:
        for part in Path(name).parts:
            path = path / part
            mode = path.lstat().st_mode
            if stat.S_ISLNK(mode):
                return False
    except OSError:
        return False
    return stat.S_ISREG(mode)


def _digest(path: Path) -> str:
    state = sha256()
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as stream:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                return ""
            while block := stream.read(_CHUNK):
                state.update(block)
    except OSError:
        return ""  # what cannot be read cannot be vouched for
    return f"{_ALGORITHM}:{state.hexdigest()}"


def _is_hexadecimal(name: str) -> bool:
    return len(name) == 64 and set(name) <= set("0123456789abcdef")


def _changed(path: str, index: int | None, *, artifact: bool) -> AuditError:
    return AuditError(
        f"{path} is not what was logged" + (f" by entry {index}." if index is not None else "."),
        code="artifact-changed" if artifact else "file-changed",
        hint="Do not use it. Compare it with a copy, and find out who changed it.",
        facts={"path": path, "index": index},
    )


def _missing(path: str, index: int, *, artifact: bool) -> AuditError:
    return AuditError(
        f"{path} was logged by entry {index} and is missing.",
        code="artifact-missing" if artifact else "file-missing",
        hint="Restore it from a copy; its bytes must hash to what was logged.",
        facts={"path": path, "index": index},
    )
