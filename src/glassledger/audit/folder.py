"""The names in a log's folder, and its small files."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from glassledger import files
from glassledger.audit import attested
from glassledger.audit.rawfile import file_digest

DATABASE: Final = "log.db"
LOCK: Final = "log.lock"
VKEY: Final = "log.vkey"
NEXT_VKEY: Final = "log.vkey.next"
CHECKPOINT: Final = "checkpoint"
SEAL: Final = "log.seal"


class FolderDrawer:
    """Small files beside an SQLite database; see :class:`glassledger.audit.shelf.Drawer`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, name: str) -> bytes:
        """The file's bytes."""
        return files.read_bytes(self.path / name)

    def holds(self, name: str) -> bool:
        """Whether it is there."""
        return (self.path / name).exists()

    def write(self, name: str, data: bytes) -> None:
        """Replace it durably."""
        files.write_durably(self.path / name, data)

    def remove(self, name: str) -> None:
        """Let it go."""
        (self.path / name).unlink(missing_ok=True)

    def attested(self) -> dict[str, bytes]:
        """All files about checkpoints by others."""
        paths = sorted((self.path / attested.FOLDER).glob("*"))
        named = {f"{attested.FOLDER}/{path.name}": path for path in paths}
        return {name: files.read_bytes(path) for name, path in named.items() if attested.parse_name(name)}

    def locked(self) -> AbstractContextManager[None]:
        """The log's lock between processes."""
        return files.locked(self.path / LOCK)

    def database_digest(self) -> str | None:
        """Digest of all bytes of the database at rest."""
        return file_digest(self.path / DATABASE)
