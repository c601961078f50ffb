"""What lies beside the database in a log's folder: the public key, the last checkpoint, the seal."""

from collections.abc import Iterator
from pathlib import Path

from glassledger import files
from glassledger.audit.anchor import Anchor
from glassledger.audit.checkpoint import Checkpoint, SignedCheckpoint, open_checkpoint
from glassledger.audit.note import VerifierKey
from glassledger.audit.rawfile import file_digest
from glassledger.audit.seal import Seal, open_seal
from glassledger.audit.signer import Signer
from glassledger.audit.store import Head
from glassledger.errors import AuditError, Error

DATABASE = "log.db"
LOCK = "log.lock"
VKEY = "log.vkey"
CHECKPOINT = "checkpoint"
SEAL = "log.seal"


def parse_vkey_file(data: bytes) -> VerifierKey:
    """The key of a ``log.vkey``, which is that one line and nothing else.

    Raises
    ------
    AuditError
        Code ``vkey-malformed``.
    """
    text = data.decode("utf-8", "replace")
    key = VerifierKey.parse(text.removesuffix("\n"))
    if text != f"{key}\n":
        raise AuditError("log.vkey is not one line.", code="vkey-malformed", hint="Restore the file from a copy.")
    return key


class LogFolder:
    """Reads and writes the small files; the caller holds the log's lock where it matters."""

    def __init__(self, path: Path, anchor: Anchor | None = None) -> None:
        self.path = path
        self.anchor = anchor

    @property
    def lock(self) -> Path:
        """The lock between processes."""
        return self.path / LOCK

    def key(self) -> VerifierKey:
        """The log's public key."""
        return parse_vkey_file(files.read_bytes(self.path / VKEY))

    def signed_head(self, key: VerifierKey) -> SignedCheckpoint:
        """The last checkpoint, its signature checked."""
        return open_checkpoint(files.read_bytes(self.path / CHECKPOINT), key)

    def begin(self, signer: Signer, head: Head) -> None:
        """Write the key and the first checkpoint of a new log."""
        files.write_durably(self.path / VKEY, f"{signer.vkey}\n".encode())
        files.write_durably(self.path / CHECKPOINT, signer.note(Checkpoint(signer.name, head.size, head.root).text()))

    def promises(self, key: VerifierKey) -> Iterator[Checkpoint]:
        """What was signed before and must still hold: here and at the anchor."""
        yield self.signed_head(key).checkpoint
        anchored = self.anchor.newest(key) if self.anchor else None
        if anchored:
            yield anchored

    def keep(self, checkpoint: Checkpoint, note: bytes, key: VerifierKey) -> bytes:
        """Keep a newer checkpoint, never an older one; return the one that is there now. Under the lock."""
        newest = self.signed_head(key)
        newer = newest.checkpoint.size < checkpoint.size  # otherwise another process was quicker, or nothing is new
        best, best_note = (checkpoint, note) if newer else (newest.checkpoint, newest.note)
        if self.anchor:
            self.anchor.advance(best, best_note, key)  # first, so that nothing is shown that a rollback could unsay
        if newer:
            files.write_durably(self.path / CHECKPOINT, note)
        return best_note

    def replace(self, note: bytes) -> None:
        """Start from this checkpoint after a loss that was logged. Under the lock."""
        files.write_durably(self.path / CHECKPOINT, note)
        (self.path / SEAL).unlink(missing_ok=True)
        if self.anchor:
            self.anchor.reset(note)

    def rest(self, signer: Signer, head: Head) -> None:
        """Sign and seal a log that was just closed. Under the lock."""
        checkpoint = Checkpoint(signer.name, head.size, head.root)
        self.keep(checkpoint, signer.note(checkpoint.text()), signer.key)
        path = self.path / SEAL
        if path.exists():
            try:
                if open_seal(files.read_bytes(path), signer.key).size >= head.size:
                    return
            except Error:
                return  # a broken seal is evidence: verify must find it, and only a person may remove it
        seal = Seal(signer.name, head.size, head.root, file_digest(self.path / DATABASE))
        files.write_durably(path, signer.note(seal.text()))
