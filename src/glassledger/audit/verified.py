"""What a verification comes to."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from glassledger.audit.budget import Balance
from glassledger.audit.store import Hashes, SubtreeCache
from glassledger.audit.tree import root_at
from glassledger.errors import AuditError

SealState = Literal["intact", "outdated", "absent", "none"]


@dataclass(frozen=True)
class Finding:
    """Something that an auditor should know and that is no proof of tampering."""

    code: str
    message: str
    index: int | None = None


@dataclass(frozen=True)
class Voucher:
    """Somebody else's word that these entries existed at that time; it was checked."""

    kind: Literal["cosignature", "time stamp"]
    size: int
    by: str
    time: str


@dataclass(frozen=True)
class VerifiedLog:
    """The certificate that a log verified; it exists only when it did.

    Attributes
    ----------
    directory : str
        What was verified.
    origin : str
        The log's name.
    size : int
        Number of entries, each re-hashed.
    root : bytes
        Merkle root of all of them.
    checkpoint : bytes
        The signed note that was checked.
    signed : int
        Number of entries that it covers.
    seal : {"intact", "outdated", "absent", "none"}
        ``intact``: every byte of the database file is the one that was sealed. ``none``: the log is not in one
        file but in a server or a published tree.
    artifacts, files : int
        Number of artefacts and files that were re-hashed; 0 for a published tree, which holds none.
    budgets : tuple of Balance
        As the entries add up.
    findings : tuple of Finding
        What else an auditor should know.
    key_given : bool
        Whether the key came from the auditor; otherwise it came from the folder itself.
    verified_at : str
        RFC 3339 time, UTC.
    cosigned : int or None
        Entries covered by the newest checkpoint that meets the auditor's trust policy; None without one.
    vouchers : tuple of Voucher
        Cosignatures and time stamps that were checked.
    rotations : int
        How often the log changed its key.
    commitments, erased : int
        Commitments about people, and how many of them were erased since.
    """

    directory: str
    origin: str
    size: int
    root: bytes
    checkpoint: bytes
    signed: int
    seal: SealState
    artifacts: int
    files: int
    budgets: tuple[Balance, ...]
    findings: tuple[Finding, ...]
    key_given: bool
    verified_at: str
    cosigned: int | None = None
    vouchers: tuple[Voucher, ...] = ()
    rotations: int = 0
    commitments: int = 0
    erased: int = 0

    def to_dict(self) -> dict[str, Any]:
        """A JSON-able mapping."""
        return asdict(self) | {"root": self.root.hex(), "checkpoint": self.checkpoint.decode()}


def now() -> str:
    """The present time, RFC 3339 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def begins_with(size: int, hashes: Hashes, signed: int, root: bytes) -> None:
    """A recomputed log must begin with what was signed once.

    Raises
    ------
    AuditError
        ``log-rolled-back`` when it is shorter, ``log-forked-history`` when it is another one.
    """
    if signed > size:
        raise AuditError(
            f"The log holds {size} entries, but {signed} were signed.",
            code="log-rolled-back",
            hint="Its end was cut off, or an old copy was restored. Do not write to it; find the missing entries.",
            facts={"size": size, "signed": signed, "index": size},
        )
    if root_at(signed, SubtreeCache.over(hashes)) != root:
        raise AuditError(
            f"The first {signed} entries are not the ones that were signed.",
            code="log-forked-history",
            hint="The log was rewritten by someone who could make it look whole. Do not write to it; compare a copy.",
            facts={"size": size, "signed": signed},
        )
