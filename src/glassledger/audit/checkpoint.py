"""Checkpoints: a log's name, size and root as the text of a signed note (C2SP tlog-checkpoint)."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from glassledger.audit.note import OpenedNote, VerifierKey, open_note, strict_base64
from glassledger.audit.tree import EMPTY_ROOT, HASH_SIZE
from glassledger.errors import AuditError

MAX_SIZE = 2**63 - 1


@dataclass(frozen=True)
class Checkpoint:
    """A log's head.

    Attributes
    ----------
    origin : str
        The log's name; also the name of the key that signs.
    size : int
        Number of entries.
    root : bytes
        Merkle root of those entries, 32 bytes.
    """

    origin: str
    size: int
    root: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a note's text: exactly three lines, no extension (they are not auditable).

        Raises
        ------
        AuditError
            Code ``checkpoint-malformed``.
        """
        lines = text.split("\n")
        if len(lines) != 4 or lines[3] or not lines[0]:
            raise _malformed()
        try:
            size, root = decimal(lines[1]), strict_base64(lines[2])
        except ValueError:
            raise _malformed() from None
        if len(root) != HASH_SIZE or (size == 0 and root != EMPTY_ROOT):
            raise _malformed()
        return cls(lines[0], size, root)

    def text(self) -> str:
        """The three lines, each with its LF."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


@dataclass(frozen=True)
class SignedCheckpoint:
    """A checkpoint whose log signature was checked, with the bytes of its note."""

    checkpoint: Checkpoint
    note: bytes
    opened: OpenedNote


def open_checkpoint(note: bytes, log_key: VerifierKey, *, others: Iterable[VerifierKey] = ()) -> SignedCheckpoint:
    """Check the log's signature (and those of ``others`` that are there) and parse the text.

    Raises
    ------
    AuditError
        When a known signature fails, the log's own is missing, the text is no checkpoint, or its origin is not
        the key's name.
    """
    opened = open_note(note, [log_key, *others])
    if all(verified.key != log_key for verified in opened.verified):
        raise AuditError(
            "The log itself has not signed this checkpoint.",
            code="note-unsigned",
            hint="A cosignature alone says nothing about who wrote the log; ask for the log's own checkpoint.",
            facts={"key": log_key.name},
        )
    checkpoint = Checkpoint.parse(opened.text)
    if checkpoint.origin != log_key.name:
        raise AuditError(
            "The checkpoint belongs to another log.",
            code="checkpoint-origin",
            hint="Compare the first line of the checkpoint with the name in the verifier key.",
            facts={"origin": checkpoint.origin, "key": log_key.name},
        )
    return SignedCheckpoint(checkpoint, note, opened)


def decimal(text: str) -> int:
    """A number from 0 to 2**63 - 1 as protocols write it; ``ValueError`` otherwise."""
    if not text.isascii() or not text.isdigit() or (len(text) > 1 and text[0] == "0"):
        raise ValueError("not a decimal number without leading zeros")
    value = int(text) if len(text) <= 19 else MAX_SIZE + 1
    if value > MAX_SIZE:
        raise ValueError("too large")
    return value


def _malformed() -> AuditError:
    return AuditError(
        "This note is not a checkpoint of origin, size and root.",
        code="checkpoint-malformed",
        hint="Compare it with docs/formats/checkpoint.md; restore it from a copy if it was changed.",
    )
