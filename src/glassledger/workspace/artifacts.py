"""A content-addressed store: a file's name is the SHA-256 of its bytes, so it can be re-hashed by anyone."""

from pathlib import Path

from glassledger import canonical
from glassledger.errors import AuditError
from glassledger.files import read_bytes, write_durably


class ArtifactStore:
    """``FOLDER/sha256/ab/abcdef…``; bytes go in durably and come out verified."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, data: bytes) -> str:
        """Store the bytes (once) and return their digest."""
        digest = canonical.digest(data)
        path = self.path(digest)
        if not path.exists():
            write_durably(path, data)
        return digest

    def get(self, digest: str) -> bytes:
        """Read and re-hash.

        Raises
        ------
        AuditError
            When the artefact is gone or its bytes are not the ones that were logged.
        """
        path = self.path(digest)
        if not path.exists():
            raise AuditError(
                f"Artefact {digest[:19]}… is missing.",
                code="artifact-missing",
                hint="Restore the workspace from a copy, then run 'glassledger verify'.",
                facts={"digest": digest},
            )
        data = read_bytes(path)
        if canonical.digest(data) != digest:
            raise AuditError(
                f"Artefact {digest[:19]}… was changed after it was logged.",
                code="artifact-changed",
                hint="Do not use it. Restore the workspace from a copy, then run 'glassledger verify'.",
                facts={"digest": digest},
            )
        return data

    def path(self, digest: str) -> Path:
        """Where an artefact lives."""
        value = digest.removeprefix("sha256:")
        if len(value) != 64 or not set(value) <= set("0123456789abcdef"):
            raise AuditError("This is not a SHA-256 digest.", code="digest-malformed")
        return self._folder / "sha256" / value[:2] / value
