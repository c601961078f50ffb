"""The seal of a log at rest: the digest of every byte of ``log.db``, signed by the log's key.

Hashes of entries do not reach the unused bytes inside a database's pages; the seal does. It is written when the last
writer closes the log. A log that grew since then has a stale seal, which is no fault and is said.
"""

import base64
import re
from dataclasses import dataclass
from typing import Final, Self

from glassledger.audit.checkpoint import decimal
from glassledger.audit.note import VerifierKey, open_note, strict_base64
from glassledger.audit.tree import HASH_SIZE
from glassledger.errors import AuditError

_HEADER: Final = "glassledger/seal/v1"  # not an origin that decimal() could follow: no seal reads as a checkpoint
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class Seal:
    """What a closed log was.

    Attributes
    ----------
    origin : str
        The log's name.
    size : int
        Number of entries.
    root : bytes
        Merkle root.
    digest : str
        ``sha256:…`` of the bytes of ``log.db``.
    """

    origin: str
    size: int
    root: bytes
    digest: str

    def text(self) -> str:
        """The five lines that are signed."""
        return f"{_HEADER}\n{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n{self.digest}\n"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a note's text.

        Raises
        ------
        AuditError
            Code ``seal-malformed``.
        """
        try:
            header, origin, size, root, digest, rest = text.split("\n")
            seal = cls(origin, decimal(size), strict_base64(root), digest)
            if header != _HEADER or rest or len(seal.root) != HASH_SIZE or not _DIGEST.fullmatch(digest):
                raise ValueError("not a seal")
        except ValueError:
            raise AuditError(
                "The log's seal is not well formed.",
                code="seal-malformed",
                hint="log.seal was changed after it was written.",
            ) from None
        return seal


def open_seal(note: bytes, key: VerifierKey) -> Seal:
    """Check the signature and the origin of a seal and parse it."""
    seal = Seal.parse(open_note(note, [key]).text)
    if seal.origin != key.name:
        raise AuditError(
            "The seal belongs to another log.", code="seal-origin", hint="log.seal was put here from elsewhere."
        )
    return seal
