"""Where things lie in a workspace folder, and how one is made."""

import os
import re
import secrets
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from glassledger import canonical
from glassledger.audit.log import Log
from glassledger.audit.signer import Signer
from glassledger.errors import StorageError, UsageError
from glassledger.files import locked, read_bytes, write_durably

FORMAT = "glassledger/workspace/v1"


@dataclass(frozen=True)
class Site:
    """Paths of one workspace."""

    folder: Path
    origin: str

    @property
    def artifacts(self) -> Path:
        return self.folder / "artifacts"

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    @property
    def log_key(self) -> Path:
        return self.keys / "log.key"

    @property
    def lock(self) -> Path:
        return self.folder / "workspace.lock"

    @property
    def reports(self) -> Path:
        return self.folder / "reports"

    @property
    def allowed_signers(self) -> Path:
        return self.folder / "allowed_signers"

    def relative(self, path: Path) -> str:
        """Path of a file below the workspace, as it is written into the log."""
        return path.resolve().relative_to(self.folder.resolve()).as_posix()


def open_site(folder: str | os.PathLike[str], *, create: bool) -> Site:
    """Find a workspace, or make its folder and name.

    Raises
    ------
    UsageError
        When there is none and ``create`` is false, or the folder is something else.
    """
    root = Path(folder)
    marker = root / "workspace.json"
    if not marker.exists():
        if not create:
            raise UsageError(
                f"There is no workspace in {root}.",
                code="workspace-missing",
                hint="Name it with --workspace, or make one with 'glassledger fit'.",
            )
        _create(root, marker)
    document = canonical.loads(read_bytes(marker))
    if not isinstance(document, dict) or document.get("format") != FORMAT or not document.get("origin"):
        raise UsageError(
            f"{marker.name} in {root} is not a workspace of this version.",
            code="workspace-unknown",
            hint="Use the glassledger version that made it, or another folder.",
        )
    return Site(folder=root, origin=str(document["origin"]))


def _create(root: Path, marker: Path) -> None:
    try:
        root.mkdir(parents=True, exist_ok=True)
        (root / "keys").mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"Cannot make the workspace folder {root}: {os.strerror(error.errno or 0)}.",
            code="storage-write",
            hint="Check free space and permissions.",
        ) from None
    with locked(root / "workspace.lock"):
        if marker.exists():
            return
        name = re.sub(r"[^a-z0-9-]+", "-", root.resolve().name.lower()).strip("-") or "workspace"
        origin = f"glassledger.local/{name}-{secrets.token_hex(4)}"
        write_durably(marker, canonical.dumps({"format": FORMAT, "origin": origin}))


def open_log(site: Site) -> Log:
    """Open the log; make it in a workspace that was never used.

    Where artefacts lie, a log has been: a lost database or key is then an error, never a reason to start afresh.
    """
    with locked(site.lock):
        if not (site.folder / "log.db").exists() and not site.artifacts.exists():
            make = Signer.load if site.log_key.exists() else partial(Signer.create, name=site.origin)
            Log.create(site.folder, origin=site.origin, signer=make(site.log_key)).close()
    return Log.open(site.folder, signer=Signer.load(site.log_key))
