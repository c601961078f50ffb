"""The log: append, spend, prove, sign.

A log lives in a folder: ``log.db`` (entries and the tree's edge), ``checkpoint`` (the last signed head), ``log.vkey``
(the public key), ``log.seal`` (the digest of a log at rest) and ``log.lock``. Everything that returns an index has
survived a power cut before it returns.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from glassledger import files
from glassledger.audit import attested
from glassledger.audit.admission import ordinary, same_name, signer_missing, stating
from glassledger.audit.anchor import Anchor
from glassledger.audit.budget import Balance, BudgetAct, same_spend
from glassledger.audit.checkpoint import Checkpoint, SignedCheckpoint, open_checkpoint
from glassledger.audit.entry import Entry
from glassledger.audit.folder import CHECKPOINT
from glassledger.audit.group import GroupCommit, Request
from glassledger.audit.note import VerifierKey
from glassledger.audit.proof import TlogProof
from glassledger.audit.publish import write_tree
from glassledger.audit.recover import recovery_entries
from glassledger.audit.shelf import Shelf, rotation_unfinished
from glassledger.audit.signer import Signer
from glassledger.audit.staging import Staging
from glassledger.audit.store import Appended, Changes, Head, Intent, Reader, Store, SubtreeCache, stream
from glassledger.audit.stores import make_store, open_store
from glassledger.audit.tree import Frontier, consistency_proof, inclusion_proof
from glassledger.audit.verified import begins_with
from glassledger.errors import AuditError, UsageError


class Log:
    """An append-only log with a privacy-budget gate; safe for threads and for processes.

    Make one with :meth:`create` or :meth:`open`, and close it (or use ``with``): a closed log is sealed.
    """

    def __init__(self, store: Store, shelf: Shelf, key: VerifierKey, signer: Signer | None) -> None:
        self._store = store
        self._shelf = shelf
        self._signer = signer
        self._group = GroupCommit(self._commit)
        self.key = key

    @classmethod
    def create(cls, folder: str | os.PathLike[str], *, origin: str, signer: Signer) -> Self:
        """Make an empty log.

        Parameters
        ----------
        folder : path
            Made when absent; must not hold a log.
        origin : str
            The log's name in the world, such as ``bank.example/glassledger``; must be the signer's name.
        signer : Signer
            Signs checkpoints and seals.
        """
        same_name(origin, signer.name)
        store, shelf = make_store(folder, origin, begin=lambda shelf: shelf.begin(signer, Head.of(Frontier())))
        return cls(store, shelf, signer.key, signer)

    @classmethod
    def open(
        cls, folder: str | os.PathLike[str], *, signer: Signer | None = None, anchor: Anchor | None = None
    ) -> Self:
        """Open a log, at a cost that does not depend on its size.

        Without a signer one can read, append and spend, but not sign checkpoints; the log stays unsealed.

        Parameters
        ----------
        folder : path
            Holds ``log.db``.
        signer : Signer, optional
            The log's key.
        anchor : Anchor, optional
            Where the last checkpoint is kept outside the folder: a restored backup is noticed. Each checkpoint and
            each spend then moves it. Needs the signer.

        Raises
        ------
        AuditError
            When key, checkpoint and database do not belong together, above all when the database is older than the
            checkpoint or the anchor (``log-rolled-back``) or holds another history (``log-forked-history``).
        """
        if anchor and not signer:
            raise signer_missing()
        store, shelf = open_store(folder, anchor)
        try:
            log = cls._joined(store, shelf, signer)
            for promise in shelf.promises(log.key):
                log._continues(promise)
        except BaseException:
            store.close()
            raise
        return log

    @classmethod
    def recover(
        cls,
        folder: str | os.PathLike[str],
        *,
        signer: Signer,
        actor: str,
        reason: str,
        anchor: Anchor | None = None,
    ) -> Appended:
        """Go on with a log that is older than what was signed, and log the loss; see :mod:`glassledger.audit.recover`.

        Every budget is spent to its cap: the lost entries may have spent it. The earlier checkpoint stays a proof
        that this history is not the one that was signed; witnesses will go on refusing it.

        Parameters
        ----------
        folder, signer, anchor
            As in :meth:`open`.
        actor, reason : str
            Who accepts the loss, and why.

        Raises
        ------
        UsageError
            Code ``nothing-lost``.
        """
        store, shelf = open_store(folder, anchor)
        try:
            log = cls._joined(store, shelf, signer)
            missing = [promise for promise in shelf.promises(log.key) if not log._holds(promise)]
            if not missing:
                raise UsageError(
                    "Nothing that was signed is missing.", code="nothing-lost", hint="Open the log as usual."
                )
            lost = max(missing, key=lambda promise: promise.size)
            kept = log.size
            entries = recovery_entries(lost, kept=kept, balances=log.budgets(), actor=actor, reason=reason)
            places: list[Appended] = log._group.run(lambda staging: [staging.append(entry) for entry in entries])
            shelf.begin_again(signer, log.head(), kept=kept)
        except BaseException:
            store.close()
            raise
        log.close()
        return places[0]

    @classmethod
    def _joined(cls, store: Store, shelf: Shelf, signer: Signer | None) -> Self:
        """Store, key and signer, once they are known to belong together."""
        key = shelf.key()
        if shelf.next_key():
            raise rotation_unfinished()
        if signer:
            same_name(str(key), signer.vkey)
        same_name(store.origin, key.name)
        return cls(store, shelf, key, signer)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def origin(self) -> str:
        """The log's name."""
        return self.key.name

    @property
    def size(self) -> int:
        """Number of entries that are durable now."""
        return self._store.reader().head().size

    def head(self) -> Head:
        """Size, frontier and root now."""
        return self._store.reader().head()

    def append(self, entry: Entry | bytes) -> Appended:
        """Write one entry durably.

        Raises
        ------
        AuditError
            When it is not an entry, touches a budget, or names an intent that is not open.
        StorageError
            When it could not be written; nothing was.
        """
        parsed = ordinary(entry)
        return self._group.run(lambda staging: staging.append(parsed))  # type: ignore[no-any-return]

    def append_many(self, entries: Sequence[Entry | bytes]) -> list[Appended]:
        """Write all of them in one transaction, or none."""
        parsed = [ordinary(entry) for entry in entries]
        return self._group.run(lambda staging: [staging.append(entry) for entry in parsed])  # type: ignore[no-any-return]

    def open_budget(self, entry: Entry | bytes, *, scope: str, nano_epsilon: int, pico_delta: int) -> Appended:
        """Set a scope's cap (again, if need be); never below what was spent.

        ``entry.body["budget"]`` must say the same; :meth:`BudgetAct.to_body` writes it.
        """
        act = BudgetAct("open", scope, nano_epsilon, pico_delta)
        parsed = stating(entry, act)
        return self._group.run(lambda staging: staging.append(parsed))  # type: ignore[no-any-return]

    def spend(
        self,
        entry: Entry | bytes | Callable[[Balance], Entry | bytes],
        *,
        scope: str,
        nano_epsilon: int,
        pico_delta: int,
        key: str,
    ) -> Appended:
        """Take from a budget and log it, in one durable transaction; nothing is ever given back.

        Parameters
        ----------
        entry : Entry, bytes or callable
            What to log. ``entry.body["budget"]`` must state this very spend. A callable gets the balance after it; it
            runs inside the transaction, so it must be quick and not use the log.
        scope : str
            Whose budget.
        nano_epsilon, pico_delta : int
            Cost, rounded up.
        key : str
            Idempotency key: the same key and cost again returns the first answer and spends nothing.

        Raises
        ------
        PrivacyError
            ``budget-exceeded``, ``budget-not-opened``, ``budget-amount``.
        AuditError
            ``budget-key-reused`` when the key was used for another cost or scope.
        """
        act = BudgetAct("spend", scope, nano_epsilon, pico_delta, key)

        def work(staging: Staging) -> Appended:
            paid = staging.book.spend(key)
            if paid is not None:
                row = staging.row(paid)
                same_spend(Entry.parse(row.data).budget, act)
                return Appended(row.idx, row.leaf)
            made = entry(staging.book.after(act)) if callable(entry) else entry
            return staging.append(stating(made, act))

        place: Appended = self._group.run(work)
        if self._shelf.anchor:
            self.checkpoint()  # so that no restored backup fills the budget up again
        return place

    def budget(self, scope: str) -> Balance | None:
        """A scope's cap and what was spent; None when it was never opened."""
        return self._store.reader().balance(scope)

    def budgets(self) -> tuple[Balance, ...]:
        """All budgets, by scope."""
        return tuple(self._store.reader().balances())

    def unfinished(self) -> tuple[Intent, ...]:
        """Announced acts that neither an outcome nor a failure closed: what a crash left behind."""
        return tuple(self._store.reader().unfinished())

    def entry(self, index: int) -> Entry:
        """One entry.

        Raises
        ------
        UsageError
            When there is none at this index.
        """
        rows = self._store.reader().rows(index, index + 1)
        if not rows:
            raise UsageError(
                f"The log has no entry {index}.", code="entry-missing", hint=f"It holds {self.size} entries, from 0."
            )
        return Entry.parse(rows[0].data)

    def entries(self, start: int = 0, end: int | None = None) -> Iterator[Entry]:
        """Entries ``[start, end)`` in order, in bounded memory; to the present end unless told."""
        stop = self.size if end is None else min(end, self.size)
        return (Entry.parse(row.data) for row in stream(self._store.reader(), start, stop))

    def inclusion_proof(self, index: int, *, size: int | None = None) -> list[bytes]:
        """Audit path of an entry in the tree of ``size`` entries (all, unless told)."""
        return inclusion_proof(index, self._known(size), SubtreeCache.over(self._store.reader()))

    def consistency_proof(self, old: int, *, size: int | None = None) -> list[bytes]:
        """Proof that the first ``old`` entries are still what they were."""
        return consistency_proof(old, self._known(size), SubtreeCache.over(self._store.reader()))

    def proof(self, index: int) -> TlogProof:
        """An offline proof: against the newest cosigned checkpoint that holds the entry, else the last signed one."""
        signed = self.signed_head()
        cosigned = attested.of_kind(self.attested(), attested.COSIGNED)
        size, note = next(
            ((size, note) for size, note in reversed(cosigned.items()) if size > index),
            (signed.checkpoint.size, signed.note),
        )
        return TlogProof(index, tuple(self.inclusion_proof(index, size=size)), note)

    def attested(self) -> dict[str, bytes]:
        """What others said about this log's checkpoints; see :mod:`glassledger.audit.attested`."""
        return self._shelf.attested()

    def attest(self, name: str, data: bytes) -> None:
        """Keep a cosigned checkpoint or a time stamp."""
        self._shelf.attest(name, data)

    def signed_head(self) -> SignedCheckpoint:
        """The last checkpoint on the disk, its signature checked."""
        return self._shelf.signed_head(self.key)

    def checkpoint(self) -> bytes:
        """Sign the present head, keep it durably as ``checkpoint``, and return the note."""
        if self._signer is None:
            raise signer_missing()
        return self._shelf.sign(self._signer, self.head())

    def publish(self, folder: str | os.PathLike[str], *, note: Callable[[int], None] | None = None) -> Checkpoint:
        """Write the log as a static tile tree: up to now with a signer, else up to the last signed checkpoint.

        Parameters
        ----------
        folder : path
            Made when absent. What was published there before must be a beginning of this log.
        note : callable, optional
            Called with the number of tiles done.

        Returns
        -------
        Checkpoint
            What the tree now proves.
        """
        target = Path(folder)
        if self._signer:
            self.checkpoint()
        signed = self.signed_head()
        if (target / CHECKPOINT).exists():
            self._continues(open_checkpoint(files.read_bytes(target / CHECKPOINT), self.key).checkpoint)
        write_tree(target, signed, self._store.reader(), self.attested(), note=note)
        return signed.checkpoint

    def close(self) -> None:
        """Let go of the log; with a signer, sign the head and seal the database if it grew. Idempotent."""
        signer = self._signer
        self._store.close(at_rest=(lambda head: self._shelf.rest(signer, head)) if signer else None)

    def reader(self) -> Reader:
        """Reads of what is committed now."""
        return self._store.reader()

    def transact(self, work: Callable[[Staging], Any]) -> Any:
        """Do something in one durable transaction; for the log's own entries, which :meth:`append` refuses."""
        return self._group.run(work)

    def _commit(self, batch: Sequence[Request]) -> None:
        def plan(reader: Reader, head: Head) -> Changes | None:
            staging = Staging(reader, head)
            for request in batch:
                request.run(staging)
            return staging.changes()

        self._store.write(plan)

    def _known(self, size: int | None) -> int:
        now = self.size
        if size is not None and not 0 <= size <= now:
            raise UsageError(
                f"The log never had {size} entries.", code="size-unknown", hint=f"It holds {now} entries now."
            )
        return now if size is None else size

    def _holds(self, past: Checkpoint) -> bool:
        try:
            self._continues(past)
        except AuditError:
            return False
        return True

    def _continues(self, past: Checkpoint) -> None:
        """The log must still hold what this checkpoint signed."""
        begins_with(self.size, self._store.reader(), past.size, past.root)
