"""The leak guard at the door: what leaves is written aside, looked into, and only then put where it was wanted."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from glassledger.audit.log import Log
from glassledger.errors import AuditError, PrivacyError
from glassledger.files import read_bytes, storage_error, sync_folder, write_durably
from glassledger.records.leak import GuardRecord
from glassledger.redaction.guard import Guard, LeakIndex, require_clean
from glassledger.redaction.keys import KeyRing
from glassledger.workspace.handles import LoggedModel
from glassledger.workspace.rooms import Rooms

_KEY = "guard"


def index_path(rooms: Rooms, digest: str) -> Path:
    """Where the index of the table behind a model lies: in the workspace, never among what leaves."""
    return rooms.site.folder / "guard" / f"{digest.removeprefix('sha256:')}.index"


def keep_index(rooms: Rooms, digest: str, index: LeakIndex | None) -> None:
    """Keep what must not be met again in what leaves with this model."""
    assert index is not None, "screening for a fit makes one"
    write_durably(index_path(rooms, digest), index.to_bytes(), mode=0o600)


def guard_for(rooms: Rooms, model: LoggedModel) -> Guard:
    """The guard with the values of the model's table; what the policy itself says, and who acts here, may stand.

    Raises
    ------
    AuditError
        ``leak-index-missing`` when the index is gone: without it the guard would be half blind.
    """
    path = index_path(rooms, model.digest)
    if not path.exists():
        raise AuditError(
            f"The leak guard's index of model {model.id} is missing.",
            code="leak-index-missing",
            hint="Restore the workspace's folder guard from a copy, or fit the model again.",
        )
    included = model.policy.redaction_policy
    public = {model.policy.source.decode(), rooms.journal.actor}
    public |= {row.entry.actor for row in rooms.journal.rows()}
    public |= {included.source.decode()} if included is not None else set()
    if rooms.site.allowed_signers.exists():
        public.add(read_bytes(rooms.site.allowed_signers).decode("utf-8", errors="replace"))
    index = _index(rooms.keys, path)
    return Guard(indexes=(index,), allowed=frozenset(public))


def _index(keys: KeyRing, path: Path) -> LeakIndex:
    data = read_bytes(path)
    return LeakIndex.from_bytes(data, key=keys.by_id(_KEY, LeakIndex.key_id(data)))


def look_into_log(log: Log, folder: Path) -> None:
    """Look into every entry of a workspace's log before it is published, with the values of all its models' tables.

    Raises
    ------
    PrivacyError
        ``leak-found`` or ``leak-unchecked``.
    """
    keys = KeyRing(folder / "keys")
    files = sorted((folder / "guard").glob("*.index"))
    entries = list(log.entries())
    if not entries:
        return
    guard = Guard(
        indexes=tuple(_index(keys, path) for path in files), allowed=frozenset(entry.actor for entry in entries)
    )
    require_clean(guard.artefacts([("log", b"\n".join(entry.to_bytes() for entry in entries))]), what="The log")


@contextmanager
def aside(beside: Path) -> Iterator[Path]:
    """A folder on the same disk to write into first; what is left in it goes away."""
    try:
        beside.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=beside, prefix=".leaving-") as name:
            yield Path(name)
    except OSError as error:
        raise storage_error("write", beside, error) from None


def look(rooms: Rooms, model: LoggedModel, folder: Path, *, what: str) -> GuardRecord:
    """Look into everything in a folder; a finding is logged and stops the act.

    Raises
    ------
    PrivacyError
        ``leak-found`` or ``leak-unchecked``.
    """
    record = guard_for(rooms, model).files([folder])
    try:
        return require_clean(record, what=what)
    except PrivacyError:
        rooms.journal.write(
            "guard.refused",
            {
                "model": model.digest,
                "findings": len(record.findings),
                "kinds": sorted({item.kind for item in record.findings}),
                "unreadable": len(record.unreadable),
            },
        )
        raise


def place(source: Path, target: Path) -> None:
    """Put a checked file or folder where it was wanted.

    Raises
    ------
    StorageError
    """
    try:
        if source.is_dir():
            shutil.move(source, target)
        else:
            os.replace(source, target)  # noqa: PTH105 - what Path.replace calls, with both names in one line
        sync_folder(target.parent)
    except OSError as error:
        raise storage_error("write", target, error) from None
