"""A witness: it cosigns a log's checkpoints as long as each extends the one before (C2SP tlog-witness).

It keeps one checkpoint of each log, durably, and compares and swaps it under a lock before it answers, so it never
cosigns two histories. What a log signed and could not prove is kept as evidence.
"""

import base64
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

from glassledger import files
from glassledger.audit.checkpoint import Checkpoint, SignedCheckpoint, decimal, open_checkpoint
from glassledger.audit.note import COSIGNATURE, Note, VerifierKey, strict_base64
from glassledger.audit.signer import Signer
from glassledger.audit.tree import HASH_SIZE, verify_consistency
from glassledger.errors import AuditError, Error, StorageError, UsageError

SIZE_TYPE: Final = "text/x.tlog.size"
MAX_BODY: Final = 64 * 1024
_MAX_PROOF: Final = 63
_MOST_EVIDENCE: Final = 1_000


class Answer(NamedTuple):
    """An HTTP answer."""

    status: int
    body: bytes
    content_type: str = "text/plain; charset=utf-8"


@dataclass(frozen=True)
class Submission:
    """A parsed request."""

    old: int
    proof: tuple[bytes, ...]
    note: bytes

    @classmethod
    def parse(cls, body: bytes) -> "Submission":
        """Read ``old N``, the proof, a blank line and the checkpoint; ``ValueError`` otherwise."""
        head, blank, note = body.partition(b"\n\n")
        first, *lines = head.decode("ascii").split("\n")
        proof = tuple(strict_base64(line) for line in lines)
        if not blank or not first.startswith("old ") or len(proof) > _MAX_PROOF:
            raise ValueError("not a submission")
        if any(len(value) != HASH_SIZE for value in proof):
            raise ValueError("not a hash")
        return cls(decimal(first[4:]), proof, note)

    def to_bytes(self) -> bytes:
        """The body of the request."""
        lines = [f"old {self.old}", *(base64.b64encode(value).decode() for value in self.proof)]
        return "\n".join(lines).encode() + b"\n\n" + self.note


class Witness:
    """The state and the judgement of one witness.

    Parameters
    ----------
    folder : path
        Where the latest checkpoint of each log is kept; nobody else writes there.
    signer : Signer
        A key of type 4 that signs nothing else.
    logs : iterable of VerifierKey
        Logs that it knows; several keys of one name are all accepted.
    clock : callable, optional
        Unix time in seconds.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        signer: Signer,
        logs: Iterable[VerifierKey],
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if signer.algorithm != COSIGNATURE:
            raise UsageError(
                "A witness signs with a cosigner's key.",
                code="witness-key",
                hint="Make one with 'glassledger witness init'; a log's key must not cosign.",
            )
        self._folder = Path(folder)
        self._signer = signer
        self._clock = clock
        self._logs: dict[str, list[VerifierKey]] = {}
        for key in logs:
            self._logs.setdefault(key.name, []).append(key)

    def add_checkpoint(self, body: bytes) -> Answer:
        """Judge one submission and answer with the status codes of the specification.

        200 with the cosignature; 400 malformed; 403 no known signature; 404 unknown log; 409 the old size is not the
        one that was cosigned last, with that size; 422 the proof does not hold; 500 the state could not be kept.
        """
        try:
            submission = Submission.parse(body)
            checkpoint = Checkpoint.parse(Note.parse(submission.note).text)
        except (ValueError, AuditError):
            return Answer(400, b"This is not an add-checkpoint request.\n")
        if checkpoint.origin not in self._logs:
            return Answer(404, b"This witness does not know that log.\n")
        try:
            signed = self._opened(submission.note, checkpoint.origin)
        except AuditError:
            return Answer(403, b"No key that this witness knows has signed the checkpoint.\n")
        if submission.old > checkpoint.size:
            return Answer(400, b"The old size is larger than the checkpoint's.\n")
        try:
            return self._swap(submission, signed)
        except (StorageError, OSError):
            return Answer(500, b"The state could not be kept, so nothing was cosigned.\n")
        except AuditError:
            return Answer(500, b"The kept state does not verify, so nothing was cosigned.\n")

    def latest(self, origin: str) -> Checkpoint | None:
        """The checkpoint of a log that was cosigned last.

        Raises
        ------
        AuditError
            When the kept file was changed.
        """
        path = self._state(origin)
        if not path.exists():
            return None
        known = self._logs.get(origin, [])
        return _open_any(files.read_bytes(path), known, cosigner=self._signer.key).checkpoint

    def _opened(self, note: bytes, origin: str) -> SignedCheckpoint:
        return _open_any(note, self._logs[origin])

    def _swap(self, submission: Submission, signed: SignedCheckpoint) -> Answer:
        checkpoint = signed.checkpoint
        path = self._state(checkpoint.origin)
        path.parent.mkdir(parents=True, exist_ok=True)
        with files.locked(path.with_suffix(".lock")):
            kept = self.latest(checkpoint.origin)
            last = kept.size if kept else 0
            if submission.old != last:
                if kept and checkpoint.size == kept.size and checkpoint.root != kept.root:
                    self._keep_evidence(submission.note)
                return Answer(409, b"%d\n" % last, SIZE_TYPE)
            if not _extends(kept, checkpoint, submission.proof):
                self._keep_evidence(submission.note)
                return Answer(422, b"The checkpoint does not extend the one that was cosigned last.\n")
            signature = self._signer.signature(checkpoint.text(), time=int(self._clock()))
            note = Note.parse(submission.note)
            mine = (self._signer.name, self._signer.key.key_id)
            others = tuple(one for one in note.signatures if (one.name, one.key_id) != mine)
            files.write_durably(path, Note(note.text, (*others, signature)).to_bytes())
        return Answer(200, signature.line().encode())

    def _state(self, origin: str) -> Path:
        return self._folder / "state" / (sha256(origin.encode()).hexdigest()[:32] + ".checkpoint")

    def _keep_evidence(self, note: bytes) -> None:
        """A checkpoint that the log signed and that does not fit the one kept: two views of one log."""
        folder = self._folder / "evidence"
        folder.mkdir(exist_ok=True)
        path = folder / sha256(note).hexdigest()[:32]
        if not path.exists() and sum(1 for _ in folder.iterdir()) < _MOST_EVIDENCE:
            files.write_durably(path, note)


def _extends(kept: Checkpoint | None, new: Checkpoint, proof: tuple[bytes, ...]) -> bool:
    if kept is None or kept.size == 0:
        return not proof
    try:
        verify_consistency(old=kept.size, new=new.size, proof=proof, old_root=kept.root, new_root=new.root)
    except AuditError:
        return False
    return True


def _open_any(note: bytes, keys: Iterable[VerifierKey], *, cosigner: VerifierKey | None = None) -> SignedCheckpoint:
    """Signed by one of these keys, which all have the same name; known signatures that fail are refused."""
    error: Error | None = None
    for key in keys:
        try:
            return open_checkpoint(note, key, others=[cosigner] if cosigner else [])
        except AuditError as caught:
            error = error if error and error.code == "signature-invalid" else caught
    raise error or AuditError("This log is not known here.", code="note-unsigned", hint="Add its key to the witness.")
