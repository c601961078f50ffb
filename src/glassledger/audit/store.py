"""What a store of the log must do, whatever database it is: the words that SQLite and PostgreSQL share.

A store runs one *plan* at a time inside one durable transaction. The plan sees the head and may read; it returns the
:class:`Changes` to write. It decides, the store keeps.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, Self

from glassledger.audit.budget import Balance
from glassledger.audit.tree import HASH_SIZE, STRIDE, Frontier, Subtree, SubtreeReader, node_hash
from glassledger.errors import AuditError


@dataclass(frozen=True, slots=True)
class Appended:
    """Where an entry went."""

    index: int
    leaf_hash: bytes


class Row(NamedTuple):
    """One stored entry."""

    idx: int
    leaf: bytes
    data: bytes


@dataclass(frozen=True)
class Head:
    """Size, frontier and root of the log, as its head row keeps them."""

    size: int
    frontier: tuple[bytes, ...]
    root: bytes

    @classmethod
    def of(cls, frontier: Frontier) -> Self:
        """The head of a tree with this right edge."""
        return cls(frontier.size, frontier.hashes, frontier.root())

    @classmethod
    def unpack(cls, size: object, frontier: object, root: object) -> Self:
        """Read the head row; its three parts must agree.

        Raises
        ------
        AuditError
            Code ``frontier-malformed`` or ``head-mismatch``.
        """
        if not isinstance(size, int) or not isinstance(frontier, bytes):
            raise _head_mismatch()
        edge = Frontier(size, [frontier[at : at + HASH_SIZE] for at in range(0, len(frontier), HASH_SIZE)])
        if edge.root() != root:
            raise _head_mismatch()
        return cls.of(edge)

    def edge(self) -> Frontier:
        """A frontier to append to."""
        return Frontier(self.size, self.frontier)


@dataclass(frozen=True, slots=True)
class Intent:
    """An announced act and the entry that closed it, if any."""

    index: int
    act: str
    closed_by: int | None = None


@dataclass
class Changes:
    """What one transaction writes."""

    head: Head
    rows: list[Row] = field(default_factory=list)
    nodes: list[Subtree] = field(default_factory=list)
    balances: list[Balance] = field(default_factory=list)
    spends: list[tuple[str, int]] = field(default_factory=list)
    intents: list[Intent] = field(default_factory=list)


class Hashes(Protocol):
    """The stored hashes of a tree."""

    def hashes(self, level: int, start: int, end: int) -> Sequence[bytes]:
        """Level 0: leaf hashes; level k: hashes of perfect subtrees of height 8k."""


class Reader(Hashes, Protocol):
    """What can be read from a store, at one moment."""

    def head(self) -> Head:
        """The head row."""

    def rows(self, start: int, end: int) -> Sequence[Row]:
        """Entries ``[start, end)``."""

    def balance(self, scope: str) -> Balance | None:
        """A budget."""

    def balances(self) -> Sequence[Balance]:
        """All budgets, by scope."""

    def spend(self, key: str) -> int | None:
        """Index of the entry that a budget key paid for."""

    def intent(self, index: int) -> Intent | None:
        """An announced act."""

    def unfinished(self) -> Sequence[Intent]:
        """Announced acts that nothing closed."""


Plan = Callable[[Reader, Head], Changes | None]


class Store(Protocol):
    """A store: reads of committed state, and one way to write."""

    origin: str

    def reader(self) -> Reader:
        """Reads of what is committed; to be asked for anew each time."""

    def write(self, plan: Plan) -> None:
        """Run a plan inside one durable transaction; when this returns, a power cut loses nothing of it."""

    def close(self, *, at_rest: Callable[[Head], None] | None = None) -> None:
        """Let go of the database; idempotent. A store of files calls ``at_rest`` when they are complete and still."""


class SubtreeCache:
    """Any perfect subtree's hash from the stored ones, a stride of levels at a time.

    One proof touches at most one run of 256 hashes a level, so it costs a handful of queries at any size.
    """

    def __init__(self, reader: Hashes) -> None:
        self._reader = reader
        self._runs: dict[tuple[int, int], Sequence[bytes]] = {}

    @classmethod
    def over(cls, reader: Hashes) -> SubtreeReader:
        """A :data:`SubtreeReader` over stored hashes."""
        return cls(reader)._read

    def _read(self, height: int, position: int) -> bytes:
        level, rest = divmod(height, STRIDE)
        first, count = position << rest, 1 << rest
        run, offset = first >> STRIDE, first % (1 << STRIDE)
        if (level, run) not in self._runs:
            self._runs[level, run] = self._reader.hashes(level, run << STRIDE, (run + 1) << STRIDE)
        hashes = list(self._runs[level, run][offset : offset + count])
        if len(hashes) != count:
            raise AuditError(
                "The log lacks hashes that its size promises.",
                code="log-incomplete",
                hint="Run glassledger verify, and restore the log from a copy.",
                facts={"level": level, "position": first},
            )
        while len(hashes) > 1:
            hashes = [node_hash(hashes[i], hashes[i + 1]) for i in range(0, len(hashes), 2)]
        return hashes[0]


def stream(reader: Reader, start: int, end: int, *, chunk: int = 512) -> Iterator[Row]:
    """Entries ``[start, end)`` in bounded memory."""
    for at in range(start, end, chunk):
        yield from reader.rows(at, min(at + chunk, end))


def _head_mismatch() -> AuditError:
    return AuditError(
        "The log's stored root does not follow from its stored edge.",
        code="head-mismatch",
        hint="The head row was changed after it was written; restore the log from a copy.",
    )
