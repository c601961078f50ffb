"""What lies beside a log's entries: its public key, the last checkpoint, the seal, and outside an anchor."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from glassledger.audit import attested
from glassledger.audit.anchor import Anchor
from glassledger.audit.checkpoint import Checkpoint, SignedCheckpoint, open_checkpoint
from glassledger.audit.folder import CHECKPOINT, NEXT_VKEY, SEAL, VKEY
from glassledger.audit.note import VerifierKey
from glassledger.audit.seal import Seal, open_seal
from glassledger.audit.signer import Signer
from glassledger.audit.store import Head
from glassledger.errors import AuditError, Error


class Drawer(Protocol):
    """Where a store keeps a log's small files."""

    def read(self, name: str) -> bytes:
        """Its bytes; a :class:`StorageError` when it is not there."""

    def holds(self, name: str) -> bool:
        """Whether it is there."""

    def write(self, name: str, data: bytes) -> None:
        """Replace it durably."""

    def remove(self, name: str) -> None:
        """Let it go."""

    def attested(self) -> dict[str, bytes]:
        """What others said about checkpoints, by name; see :mod:`glassledger.audit.attested`."""

    def locked(self) -> AbstractContextManager[None]:
        """The log's lock between processes."""

    def database_digest(self) -> str | None:
        """Digest of all bytes of the database at rest; None when it is not one file."""


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


class Shelf:
    """The rules for the small files."""

    def __init__(self, drawer: Drawer, anchor: Anchor | None = None) -> None:
        self._drawer = drawer
        self.anchor = anchor

    def key(self) -> VerifierKey:
        """The log's public key."""
        return parse_vkey_file(self._drawer.read(VKEY))

    def signed_head(self, key: VerifierKey) -> SignedCheckpoint:
        """The last checkpoint, its signature checked."""
        return open_checkpoint(self._drawer.read(CHECKPOINT), key)

    def begin(self, signer: Signer, head: Head) -> None:
        """Write the key and the first checkpoint of a new log. Under the lock."""
        self._drawer.write(VKEY, f"{signer.vkey}\n".encode())
        self._drawer.write(CHECKPOINT, signer.note(Checkpoint(signer.name, head.size, head.root).text()))

    def promises(self, key: VerifierKey) -> Iterator[Checkpoint]:
        """What was signed before and must still hold: here and at the anchor."""
        yield self.signed_head(key).checkpoint
        anchored = self.anchor.newest(key) if self.anchor else None
        if anchored:
            yield anchored

    def sign(self, signer: Signer, head: Head) -> bytes:
        """Sign a head and keep it, unless a newer one is there; return the note that is there now."""
        checkpoint = Checkpoint(signer.name, head.size, head.root)
        note = signer.note(checkpoint.text())  # outside the lock: a key service may take its time
        with self._drawer.locked():
            return self._keep(checkpoint, note, signer.key)

    def rest(self, signer: Signer, head: Head) -> None:
        """Sign and seal a log that was just closed. Under the lock."""
        checkpoint = Checkpoint(signer.name, head.size, head.root)
        self._keep(checkpoint, signer.note(checkpoint.text()), signer.key)
        if self._is_sealed(signer.key, head.size):
            return
        digest = self._drawer.database_digest()
        if digest:
            self._drawer.write(SEAL, signer.note(Seal(signer.name, head.size, head.root, digest).text()))

    def attested(self) -> dict[str, bytes]:
        """What others said about checkpoints."""
        return self._drawer.attested()

    def attest(self, name: str, data: bytes) -> None:
        """Keep something that others said."""
        with self._drawer.locked():
            self._drawer.write(name, data)

    def begin_again(self, signer: Signer, head: Head, *, kept: int) -> None:
        """Sign a head below the last one: after a loss that was logged; the first ``kept`` entries are still there."""
        note = signer.note(Checkpoint(signer.name, head.size, head.root).text())
        with self._drawer.locked():
            self._drawer.write(CHECKPOINT, note)
            self._drawer.remove(SEAL)
            for name in self._drawer.attested():
                size, _ = attested.parse_name(name) or (0, "")
                if size > kept:  # it speaks of a history that is gone; the entry tells what that was
                    self._drawer.remove(name)
            if self.anchor:
                self.anchor.reset(note)

    def next_key(self) -> VerifierKey | None:
        """The key that the log is being handed to, while that is under way."""
        return parse_vkey_file(self._drawer.read(NEXT_VKEY)) if self._drawer.holds(NEXT_VKEY) else None

    def announce(self, new: VerifierKey) -> None:
        """From now on nobody signs until the new key is in place."""
        with self._drawer.locked():
            self._drawer.write(NEXT_VKEY, f"{new}\n".encode())

    def hand_over(self, signer: Signer, head: Head) -> None:
        """Sign with the new key and put it in place; may be repeated after a crash."""
        checkpoint = Checkpoint(signer.name, head.size, head.root)
        note = signer.note(checkpoint.text())
        with self._drawer.locked():
            if self.anchor:
                self.anchor.reset(note)
            self._drawer.write(CHECKPOINT, note)
            self._drawer.write(VKEY, f"{signer.vkey}\n".encode())
            self._drawer.remove(SEAL)
            self._drawer.remove(NEXT_VKEY)

    def _keep(self, checkpoint: Checkpoint, note: bytes, key: VerifierKey) -> bytes:
        if self._drawer.holds(NEXT_VKEY) or self.key() != key:
            raise AuditError(
                "The log was handed to another key while this process had it open.",
                code="key-replaced",
                hint="Open the log anew with the new key. What was appended is safe.",
                facts={"key": key.key_id.hex()},
            )
        newest = self.signed_head(key)
        newer = newest.checkpoint.size < checkpoint.size  # otherwise another process was quicker, or nothing is new
        best, best_note = (checkpoint, note) if newer else (newest.checkpoint, newest.note)
        if self.anchor:
            self.anchor.advance(best, best_note, key)  # first, so that nothing is shown that a rollback could unsay
        if newer:
            self._drawer.write(CHECKPOINT, note)
        return best_note

    def _is_sealed(self, key: VerifierKey, size: int) -> bool:
        if not self._drawer.holds(SEAL):
            return False
        try:
            return open_seal(self._drawer.read(SEAL), key).size >= size
        except Error:
            return True  # a broken seal is evidence: verify must find it, and only a person may remove it


def rotation_unfinished() -> AuditError:
    """A rotation of the key was cut off."""
    return AuditError(
        "The log is being handed to another key, and that was cut off.",
        code="rotation-unfinished",
        hint="Repeat 'glassledger log rotate-key' with the same two keys.",
    )
