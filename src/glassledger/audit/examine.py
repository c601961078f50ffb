"""Re-hash and read a run of stored entries: the part of verification that is the same everywhere and can be shared out.

A run starts at a multiple of :data:`RUN`, so that its hashes are subtrees of the whole tree.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from glassledger.audit.entry import Entry
from glassledger.audit.tree import Frontier, Subtree, leaf_hash
from glassledger.errors import AuditError, Error

RUN_HEIGHT = 13
RUN = 1 << RUN_HEIGHT


@dataclass
class Examined:
    """What a run came to.

    Attributes
    ----------
    count : int
        Number of entries.
    edge : tuple of bytes
        Their perfect subtrees, the largest first.
    nodes : list of Subtree
        Completed subtrees that the log must have stored, at their place in the whole tree.
    entries : list of (int, Entry)
        Entries that concern the ledger: budgets, intents, artefacts, files.
    """

    count: int = 0
    edge: tuple[bytes, ...] = ()
    nodes: list[Subtree] = field(default_factory=list)
    entries: list[tuple[int, Entry]] = field(default_factory=list)


def examine(rows: Iterable[tuple[object, object, object]], start: int) -> Examined:
    """Check ``(index, leaf hash, bytes)`` of each entry from ``start`` on.

    Raises
    ------
    AuditError
        ``entry-missing``, ``entry-changed`` or ``entry-invalid``, with the index of the first bad entry.
    """
    found, edge = Examined(), Frontier()
    for expected, (index, leaf, data) in enumerate(rows, start):
        if index != expected:
            raise entry_missing(expected)
        computed = leaf_hash(data) if isinstance(data, bytes) else b""
        if not isinstance(data, bytes) or computed != leaf:
            raise entry_changed(expected)
        for node in edge.append(computed):
            found.nodes.append(node._replace(position=node.position + (start >> node.height)))
        entry = _read(expected, data)
        if entry.concerns_ledger:
            found.entries.append((expected, entry))
    found.count, found.edge = edge.size, edge.hashes
    return found


def entry_missing(index: int) -> AuditError:
    """The first index at which an entry is not there."""
    return AuditError(
        f"Entry {index} is missing.",
        code="entry-missing",
        hint="What comes before it holds. Keep the files as they are and compare them with a copy.",
        facts={"index": index},
    )


def entry_changed(index: int) -> AuditError:
    """The first entry whose bytes do not hash to what was stored beside them."""
    return AuditError(
        f"Entry {index} is not what was logged: its hash differs.",
        code="entry-changed",
        hint="What comes before it holds. Keep the files as they are and compare them with a copy.",
        facts={"index": index},
    )


def entry_invalid(index: int, error: Error) -> AuditError:
    """An entry that hashes right and should never have been written."""
    return AuditError(
        f"Entry {index} breaks the log's rules: {error.message}",
        code="entry-invalid",
        hint="It was written by a program that does not keep the rules, with the log's key or before it was signed.",
        facts={"index": index, "rule": error.code},
    )


def _read(index: int, data: bytes) -> Entry:
    try:
        return Entry.parse(data)
    except Error as error:
        raise entry_invalid(index, error) from None
