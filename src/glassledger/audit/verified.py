"""What a verification comes to."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from glassledger.audit.book import Book
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

    def to_dict(self) -> dict[str, Any]:
        """A JSON-able mapping."""
        return asdict(self) | {"root": self.root.hex(), "checkpoint": self.checkpoint.decode()}


def now() -> str:
    """The present time, RFC 3339 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def ledger_findings(book: Book, losses: Iterable[tuple[int, str]]) -> Iterator[Finding]:
    """Losses that were logged, and acts that were begun and never ended."""
    for index, message in losses:
        yield Finding("history-lost", message, index)
    for intent in book.intents.values():
        if intent.closed_by is None:
            yield Finding("intent-unfinished", f"{intent.act} was begun and never ended.", intent.index)


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
