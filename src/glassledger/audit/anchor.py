"""A head anchor: the last signed checkpoint, kept outside the log's folder.

A backup that is restored brings back an old database, an old checkpoint and an unspent budget, all consistent. The
anchor is not in that backup. It must lie where whoever restores the folder does not restore it as well, and whoever can
change it can hide a rollback.
"""

import os
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from glassledger import files
from glassledger.audit.checkpoint import Checkpoint, open_checkpoint
from glassledger.audit.note import VerifierKey
from glassledger.errors import AuditError, UsageError


class Anchor(Protocol):
    """Keeps one checkpoint of one log, and never an older one."""

    def newest(self, key: VerifierKey) -> Checkpoint | None:
        """The kept checkpoint, its signature checked; None before the first."""

    def advance(self, checkpoint: Checkpoint, note: bytes, key: VerifierKey) -> None:
        """Keep a newer checkpoint durably; an older one changes nothing."""

    def reset(self, note: bytes) -> None:
        """Keep this checkpoint whatever was there: after a loss that was logged."""


class FileAnchor:
    """An anchor in a file, shared by processes through a lock beside it.

    Parameters
    ----------
    path : path
        Outside the log's folder, best on another disk or share.
    log_folder : path
        The log's folder, to refuse an anchor inside it.
    """

    def __init__(self, path: str | os.PathLike[str], *, log_folder: str | os.PathLike[str]) -> None:
        self._path = Path(path).absolute()
        if self._path.resolve().is_relative_to(Path(log_folder).resolve()):
            raise UsageError(
                "The anchor lies inside the log's folder.",
                code="anchor-inside",
                hint="Keep it where a restored backup of the folder does not bring it back as well.",
            )

    def newest(self, key: VerifierKey) -> Checkpoint | None:
        """See :class:`Anchor`."""
        return open_checkpoint(files.read_bytes(self._path), key).checkpoint if self._path.exists() else None

    def advance(self, checkpoint: Checkpoint, note: bytes, key: VerifierKey) -> None:
        """See :class:`Anchor`.

        Raises
        ------
        AuditError
            Code ``anchor-conflict`` when the same size was anchored with another root.
        """
        with self._locked():
            kept = self.newest(key)
            if kept is not None and kept.size == checkpoint.size and kept.root != checkpoint.root:
                raise AuditError(
                    "The anchor holds another history of the same length.",
                    code="anchor-conflict",
                    hint="Two copies of the log are in use, or one was rewritten. Stop both and compare them.",
                    facts={"size": checkpoint.size},
                )
            if kept is None or kept.size < checkpoint.size:
                files.write_durably(self._path, note)

    def reset(self, note: bytes) -> None:
        """See :class:`Anchor`."""
        with self._locked():
            files.write_durably(self._path, note)

    def _locked(self) -> AbstractContextManager[None]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise files.storage_error("write", self._path, error) from None
        return files.locked(self._path.with_name(self._path.name + ".lock"))
