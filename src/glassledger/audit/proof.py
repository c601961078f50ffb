"""Offline proofs that one entry is in a log (C2SP tlog-proof, extension ``.tlog-proof``).

The file carries the path and the signed checkpoint, so a verifier needs the entry, this file and the log's key.
"""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from glassledger.audit.checkpoint import Checkpoint, decimal, open_checkpoint
from glassledger.audit.note import VerifierKey, strict_base64
from glassledger.audit.tree import HASH_SIZE, leaf_hash, verify_inclusion
from glassledger.errors import AuditError

HEADER = "c2sp.org/tlog-proof@v1"
_MAX_PATH = 63


@dataclass(frozen=True)
class TlogProof:
    """An inclusion proof bound to a checkpoint.

    Attributes
    ----------
    index : int
        Position of the entry, from 0.
    path : tuple of bytes
        Hashes from the leaf's sibling upwards.
    checkpoint : bytes
        The signed note, verbatim.
    extra : bytes or None
        Data for the reader that nothing authenticates.
    """

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a proof file strictly.

        Raises
        ------
        AuditError
            Code ``proof-malformed``.
        """
        head, blank, checkpoint = data.partition(b"\n\n")
        try:
            lines = head.decode("ascii").split("\n")
            extra = strict_base64(lines.pop(1)[6:]) if len(lines) > 1 and lines[1].startswith("extra ") else None
            header, index, *path = lines
            hashes = tuple(strict_base64(line) for line in path)
            if header != HEADER or not index.startswith("index ") or not blank or len(hashes) > _MAX_PATH:
                raise ValueError("not the lines of a proof")
            if any(len(value) != HASH_SIZE for value in hashes):
                raise ValueError("not a hash")
            return cls(decimal(index[6:]), hashes, checkpoint, extra)
        except ValueError:
            raise _malformed() from None

    def to_bytes(self) -> bytes:
        """The file's bytes."""
        lines = [HEADER]
        if self.extra is not None:
            lines.append("extra " + base64.b64encode(self.extra).decode())
        lines.append(f"index {self.index}")
        lines.extend(base64.b64encode(value).decode() for value in self.path)
        return "\n".join(lines).encode() + b"\n\n" + self.checkpoint

    def verify(self, entry: bytes, log_key: VerifierKey, *, others: Iterable[VerifierKey] = ()) -> Checkpoint:
        """Check that ``entry`` is at :attr:`index` of the log whose key this is.

        Raises
        ------
        AuditError
            When a signature, the origin or the path does not hold.
        """
        signed = open_checkpoint(self.checkpoint, log_key, others=others).checkpoint
        verify_inclusion(leaf=leaf_hash(entry), index=self.index, size=signed.size, proof=self.path, root=signed.root)
        return signed


def _malformed() -> AuditError:
    return AuditError(
        "This is not a .tlog-proof file.",
        code="proof-malformed",
        hint="It was cut short or changed; ask for a new proof of the same entry.",
    )
