"""A log's keys, one after the other: how a verifier gets from the key that it was given to the one in use.

A rotation is two entries of one transaction: ``log.key_rotated`` names the old and the new key, and
``log.key_confirmed`` holds a checkpoint of the tree up to and with the former, signed by both keys. So the old key has
signed the name of the new one, and has signed nothing after it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from glassledger.audit.checkpoint import SignedCheckpoint, open_checkpoint
from glassledger.audit.entry import OWN_TYPES, Entry
from glassledger.audit.note import VerifierKey, open_note
from glassledger.audit.store import Hashes, SubtreeCache
from glassledger.audit.tree import root_at
from glassledger.errors import AuditError, Error

ROTATED: Final = OWN_TYPES + "key_rotated"
CONFIRMED: Final = OWN_TYPES + "key_confirmed"


@dataclass(frozen=True)
class Handover:
    """One rotation; ``size`` is the last tree that the old key signed."""

    size: int
    old: VerifierKey
    new: VerifierKey


@dataclass(frozen=True)
class KeyChain:
    """The keys of one log, oldest first, and the size at which each but the last was retired."""

    keys: tuple[VerifierKey, ...]
    retired_at: tuple[int, ...] = ()

    @classmethod
    def of(cls, current: VerifierKey, entries: Sequence[tuple[int, Entry]], hashes: Hashes) -> Self:
        """Check every rotation of a recomputed log; the last one must lead to ``current``.

        Raises
        ------
        AuditError
            ``key-handover-invalid`` with the index, or ``key-mismatch``.
        """
        handovers = list(_handovers(entries, hashes))
        keys = [handover.old for handover in handovers] + [current]
        for handover, successor in zip(handovers, keys[1:], strict=True):
            if handover.new != successor:
                raise _mismatch(handover.new.name, current.name)
        return cls(tuple(keys), tuple(handover.size for handover in handovers))

    @property
    def current(self) -> VerifierKey:
        """The key in use."""
        return self.keys[-1]

    def expect(self, given: Iterable[VerifierKey]) -> None:
        """One of these keys, if there are any, must be among the log's.

        Raises
        ------
        AuditError
            Code ``key-mismatch``.
        """
        wanted = list(given)
        if wanted and not set(wanted) & set(self.keys):
            raise _mismatch(wanted[0].name, self.current.name)

    def open(self, note: bytes, *, others: Iterable[VerifierKey] = ()) -> SignedCheckpoint:
        """A checkpoint signed by any of the keys while it was in use.

        Raises
        ------
        AuditError
            ``key-retired`` when a key signed after it had been replaced; else as
            :func:`~glassledger.audit.checkpoint.open_checkpoint`.
        """
        known, failure = list(others), None
        for position in range(len(self.keys) - 1, -1, -1):
            try:
                signed = open_checkpoint(note, self.keys[position], others=known)
            except AuditError as error:
                if error.code != "note-unsigned":
                    raise
                failure = error
                continue
            if position < len(self.retired_at) and signed.checkpoint.size > self.retired_at[position]:
                raise _retired(signed.checkpoint.size, self.retired_at[position])
            return signed
        assert failure is not None
        raise failure


def _handovers(entries: Sequence[tuple[int, Entry]], hashes: Hashes) -> Iterable[Handover]:
    pending: tuple[int, Entry] | None = None
    for index, entry in entries:
        if entry.type == ROTATED and pending is None:
            pending = (index, entry)
        elif entry.type == CONFIRMED and pending is not None and pending[0] == index - 1:
            yield _handover(index, pending[1].body, entry.body, hashes)
            pending = None
        else:
            raise _invalid(index)
    if pending:
        raise _invalid(pending[0])


def _handover(index: int, rotated: dict[str, Any], confirmed: dict[str, Any], hashes: Hashes) -> Handover:
    try:
        old, new = VerifierKey.parse(rotated["old"]), VerifierKey.parse(rotated["new"])
        note = confirmed["checkpoint"].encode()
        opened = open_note(note, [old, new])
        checkpoint = open_checkpoint(note, old).checkpoint
        both = {verified.key for verified in opened.verified} == {old, new}
        fits = (checkpoint.size, checkpoint.root) == (index, root_at(index, SubtreeCache.over(hashes)))
        sound = both and fits and old.name == new.name
    except (Error, KeyError, AttributeError, TypeError):
        sound = False
    if not sound:
        raise _invalid(index)
    return Handover(index, old, new)


def _invalid(index: int) -> AuditError:
    return AuditError(
        f"Entry {index} hands the log to another key, and the old key has not agreed to it.",
        code="key-handover-invalid",
        hint="Somebody else may have taken the log over. Compare it with a checkpoint that you kept.",
        facts={"index": index},
    )


def _retired(size: int, retired_at: int) -> AuditError:
    return AuditError(
        f"A key that was retired at {retired_at} entries has signed {size}.",
        code="key-retired",
        hint="The old key is still in use somewhere, or was stolen. Trust nothing that it signed after its retirement.",
        facts={"size": size, "retired_at": retired_at},
    )


def _mismatch(expected: str, given: str) -> AuditError:
    return AuditError(
        "The log in this folder belongs to another key.",
        code="key-mismatch",
        hint="Ask for the folder of the log whose key you were given, or for the right key.",
        facts={"expected": expected, "given": given},
    )
