"""Merkle trees as pure functions of bytes (RFC 6962 section 2.1, RFC 9162 section 2.1).

A tree of ``size`` leaves is described by its *perfect subtrees*: ``(height, position)`` covers the leaves
``[position << height, (position + 1) << height)``. Proofs are computed from a :data:`SubtreeReader`, so they need
O(log n) hashes and no memory of the tree.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import NamedTuple

from glassledger.errors import AuditError

HASH_SIZE = 32
STRIDE = 8  # subtrees whose height is a multiple of this are worth storing: they are the tiles' roots
EMPTY_ROOT = sha256(b"").digest()

SubtreeReader = Callable[[int, int], bytes]
"""``(height, position)`` → hash of that perfect subtree."""


class Subtree(NamedTuple):
    """A perfect subtree and its hash."""

    height: int
    position: int
    hash: bytes


def leaf_hash(entry: bytes) -> bytes:
    """``SHA-256(0x00 || entry)`` over the exact stored bytes (RFC 6962 section 2.1)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """``SHA-256(0x01 || left || right)`` (RFC 6962 section 2.1)."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a growing tree: one hash per one-bit of its size, the largest subtree first.

    Parameters
    ----------
    size : int
        Number of leaves so far.
    hashes : sequence of bytes
        The perfect subtrees that make up those leaves.

    Raises
    ------
    AuditError
        When the number or the length of the hashes does not fit the size.
    """

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        self.size = size
        self._hashes = list(hashes)
        if size < 0 or len(self._hashes) != size.bit_count() or any(len(h) != HASH_SIZE for h in self._hashes):
            raise AuditError(
                "The stored edge of the tree does not fit its size.",
                code="frontier-malformed",
                hint="The log's head row was changed after it was written; restore the log from a copy.",
                facts={"size": size},
            )

    @property
    def hashes(self) -> tuple[bytes, ...]:
        """The subtrees' hashes, the largest first."""
        return tuple(self._hashes)

    def append(self, node: bytes, *, height: int = 0) -> tuple[Subtree, ...]:
        """Add one leaf hash, or a whole perfect subtree where one fits.

        Returns
        -------
        tuple of Subtree
            What this completed of a height that is a multiple of :data:`STRIDE`.
        """
        position, rest = self.size >> height, self.size & ((1 << height) - 1)
        if rest:
            raise ValueError("a subtree starts at a multiple of its width")
        self.size += 1 << height
        completed: tuple[Subtree, ...] = ()
        while position & 1:
            node = node_hash(self._hashes.pop(), node)
            position >>= 1
            height += 1
            if height % STRIDE == 0:
                completed += (Subtree(height, position, node),)
        self._hashes.append(node)
        return completed

    def root(self) -> bytes:
        """Merkle tree hash of all leaves so far."""
        return _fold(self._hashes)


def perfect_subtrees(start: int, end: int) -> list[tuple[int, int]]:
    """Split the leaves ``[start, end)`` into the fewest perfect subtrees, left to right."""
    parts = []
    while start < end:
        room = (end - start).bit_length() - 1
        height = room if start == 0 else min(room, (start & -start).bit_length() - 1)
        parts.append((height, start >> height))
        start += 1 << height
    return parts


def root_at(size: int, read: SubtreeReader) -> bytes:
    """Root of the first ``size`` leaves."""
    return _range_hash(0, size, read)


def inclusion_proof(index: int, size: int, read: SubtreeReader) -> list[bytes]:
    """Audit path of leaf ``index`` in a tree of ``size`` leaves, the leaf's sibling first (RFC 9162 2.1.3.1)."""
    if not 0 <= index < size:
        raise _out_of_range(index=index, size=size)
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    return [_range_hash(a, b, read) for a, b in reversed(path)]


def consistency_proof(old: int, new: int, read: SubtreeReader) -> list[bytes]:
    """Proof that the first ``old`` leaves of ``new`` were not touched (RFC 9162 2.1.4.1)."""
    if not 0 < old <= new:
        raise _out_of_range(index=old, size=new)
    start, end, path = 0, new, []
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    if start:  # the old root itself is known to the verifier only when the old tree is one perfect subtree
        path.append((start, end))
    return [_range_hash(a, b, read) for a, b in reversed(path)]


def verify_inclusion(*, leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Accept the proof or raise (RFC 9162 section 2.1.3.2, with the length checks that it leaves out).

    Raises
    ------
    AuditError
        Code ``proof-invalid``.
    """
    if not 0 <= index < size or not _all_hashes([leaf, root, *proof]):
        raise _invalid("inclusion")
    position, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise _invalid("inclusion")
        if position & 1 or position == last:
            node = node_hash(sibling, node)
            position, last = _skip_left_edges(position, last)
        else:
            node = node_hash(node, sibling)
        position, last = position >> 1, last >> 1
    if last != 0 or node != root:
        raise _invalid("inclusion")


def verify_consistency(*, old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Accept the proof or raise (RFC 9162 section 2.1.4.2).

    A tree of size 0 is consistent with everything and proves nothing, so ``old = 0`` is refused.

    Raises
    ------
    AuditError
        Code ``proof-invalid``.
    """
    if not 0 < old <= new:
        raise _invalid("consistency")
    if old == new:
        if proof or old_root != new_root:
            raise _invalid("consistency")
        return
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path or not _all_hashes([old_root, new_root, *path]):
        raise _invalid("consistency")
    if _replay_consistency(old, new, path) != (old_root, new_root):
        raise _invalid("consistency")


def _replay_consistency(old: int, new: int, path: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    """Both roots as the path implies them, or None when its length does not fit."""
    position, last = old - 1, new - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old_node = new_node = path[0]
    for sibling in path[1:]:
        if last == 0:
            return None
        if position & 1 or position == last:
            old_node, new_node = node_hash(sibling, old_node), node_hash(sibling, new_node)
            position, last = _skip_left_edges(position, last)
        else:
            new_node = node_hash(new_node, sibling)
        position, last = position >> 1, last >> 1
    return (old_node, new_node) if last == 0 else None


def _skip_left_edges(position: int, last: int) -> tuple[int, int]:
    """On the right edge, climb the levels at which the node has no sibling."""
    while position and not position & 1:
        position, last = position >> 1, last >> 1
    return position, last


def _range_hash(start: int, end: int, read: SubtreeReader) -> bytes:
    return _fold([read(height, position) for height, position in perfect_subtrees(start, end)])


def _fold(hashes: Sequence[bytes]) -> bytes:
    if not hashes:
        return EMPTY_ROOT
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = node_hash(left, root)
    return root


def _split(size: int) -> int:
    """Largest power of two below ``size``."""
    return int(1 << (size - 1).bit_length() - 1)


def _all_hashes(values: Iterable[bytes]) -> bool:
    return all(len(value) == HASH_SIZE for value in values)


def _invalid(kind: str) -> AuditError:
    return AuditError(
        f"The {kind} proof does not lead to the signed root.",
        code="proof-invalid",
        hint="The entry, the proof or the checkpoint is not what the log signed; do not rely on it.",
        facts={"proof": kind},
    )


def _out_of_range(*, index: int, size: int) -> AuditError:
    return AuditError(
        f"There is no proof for {index} in a tree of {size} entries.",
        code="proof-range",
        hint="Ask for an index that the log holds, or an old size between 1 and the present size.",
        facts={"index": index, "size": size},
    )
