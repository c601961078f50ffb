"""Re-hash and read a run of stored entries: the part of verification that is the same everywhere and can be shared out.

A run starts at a multiple of :data:`RUN`, so that its hashes are subtrees of the whole tree.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from glassledger.audit.entry import Entry
from glassledger.audit.plain import PlainLane
from glassledger.audit.tree import STRIDE, Subtree, leaf_hash
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


def examine(leaves: Sequence[Any], data: Sequence[Any], start: int) -> Examined:
    """Check the stored leaf hash and the bytes of each entry from ``start`` on.

    Raises
    ------
    AuditError
        ``entry-changed`` or ``entry-invalid``, with the index of the first bad entry.
    """
    if _leaf_hashes(data) != leaves:
        _find_the_first(leaves, data, start)
    entries: list[tuple[int, Entry]] = []
    lane = PlainLane()
    for offset in lane.others(data):
        entry = _read(start + offset, data[offset])
        if entry.concerns_ledger:
            entries.append((start + offset, entry))
        else:
            lane.learn(entry)
    edge, nodes = _subtrees(leaves, start)
    return Examined(count=len(leaves), edge=edge, nodes=nodes, entries=entries)


def _leaf_hashes(data: Sequence[Any]) -> list[bytes] | None:
    """:func:`~glassledger.audit.tree.leaf_hash` of each, without a call for each; None when one is not bytes."""
    try:
        return [sha256(b"\x00" + one).digest() for one in data]
    except TypeError:
        return None


def _find_the_first(leaves: Sequence[Any], data: Sequence[Any], start: int) -> None:
    """Raise for the first entry of a run that does not hold."""
    for index, (leaf, one) in enumerate(zip(leaves, data, strict=True), start):
        if not isinstance(one, bytes) or leaf_hash(one) != leaf:
            raise entry_changed(index)
        _read(index, one)


def _subtrees(leaves: Sequence[bytes], start: int) -> tuple[tuple[bytes, ...], list[Subtree]]:
    """The largest perfect subtrees of a run, and those that the log stores; level by level, which is the fastest."""
    edge: list[bytes] = []
    nodes: list[Subtree] = []
    level, height = list(leaves), 0
    while level:
        if height and height % STRIDE == 0:
            first = start >> height
            nodes.extend(Subtree(height, first + offset, node) for offset, node in enumerate(level))
        if len(level) & 1:
            edge.append(level[-1])
        pairs = zip(level[::2], level[1::2], strict=False)
        level = [sha256(b"\x01" + left + right).digest() for left, right in pairs]  # node_hash, without a call for each
        height += 1
    return tuple(reversed(edge)), nodes


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
