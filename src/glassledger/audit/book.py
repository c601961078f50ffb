"""The rules of the ledger, applied entry by entry: the same code when it is written and when it is verified.

A :class:`Book` knows budgets, paid keys and announced acts. It reads what it needs from a :class:`~.store.Reader`
(nothing, when a verifier replays a log from its first entry) and keeps what the entries since then changed.
"""

from dataclasses import replace
from typing import Protocol

from glassledger.audit import budget
from glassledger.audit.budget import Balance, BudgetAct
from glassledger.audit.entry import Entry
from glassledger.audit.store import Intent
from glassledger.errors import AuditError


class Past(Protocol):
    """The part of a reader that a book needs."""

    def balance(self, scope: str) -> Balance | None:
        """A budget."""

    def spend(self, key: str) -> int | None:
        """Index that a budget key paid for."""

    def intent(self, index: int) -> Intent | None:
        """An announced act."""


class NoPast:
    """The past of an empty log."""

    def balance(self, scope: str) -> Balance | None:
        """None yet."""

    def spend(self, key: str) -> int | None:
        """None yet."""

    def intent(self, index: int) -> Intent | None:
        """None yet."""


class Book:
    """State after some entries, and what they changed."""

    def __init__(self, past: Past) -> None:
        self._past = past
        self.balances: dict[str, Balance] = {}
        self.spends: dict[str, int] = {}
        self.intents: dict[int, Intent] = {}

    def copy(self) -> "Book":
        """The same state, to return to."""
        twin = Book(self._past)
        twin.balances, twin.spends, twin.intents = dict(self.balances), dict(self.spends), dict(self.intents)
        return twin

    def balance(self, scope: str) -> Balance | None:
        """A scope's budget now."""
        return self.balances.get(scope) or self._past.balance(scope)

    def spend(self, key: str) -> int | None:
        """Index of the entry that this key paid for, if any."""
        index = self.spends.get(key)
        return self._past.spend(key) if index is None else index

    def admit(self, index: int, entry: Entry) -> None:
        """Take an entry at this index into the book, or raise and change nothing.

        Raises
        ------
        PrivacyError
            When the budget does not allow it.
        AuditError
            ``subject-missing``, ``subject-mismatch``, ``subject-closed``, ``budget-key-reused``.
        """
        subject = self._subject(entry)
        if entry.budget:
            self._budget(index, entry.budget)
        if entry.is_intent:
            self.intents[index] = Intent(index, entry.act)
        elif subject and entry.closes:
            self.intents[subject.index] = replace(subject, closed_by=index)

    def after(self, act: BudgetAct) -> Balance:
        """The balance that an act would leave; raises when it is not allowed."""
        before = self.balance(act.scope)
        return before.after(act) if before else budget.opened(act)

    def _budget(self, index: int, act: BudgetAct) -> None:
        if act.key and self.spend(act.key) is not None:
            raise AuditError(
                "This budget key was paid for before.",
                code="budget-key-reused",
                hint="Use a new key for a new private act; nothing was spent.",
                facts={"scope": act.scope, "key": act.key},
            )
        self.balances[act.scope] = self.after(act)
        if act.key:
            self.spends[act.key] = index

    def _subject(self, entry: Entry) -> Intent | None:
        if entry.subject is None:
            if entry.closes:
                raise AuditError(
                    "An outcome or failure must name the intent that it closes.",
                    code="subject-missing",
                    hint="Log <act>.intent first and give its index as the subject.",
                )
            return None
        intent = self.intents.get(entry.subject) or self._past.intent(entry.subject)
        if intent is None or (entry.closes and intent.act != entry.act):
            raise AuditError(
                "The subject of an entry must be the index of an earlier intent, for an outcome one of its own act.",
                code="subject-mismatch",
                hint="Keep the index that the log returned for <act>.intent.",
                facts={"subject": entry.subject},
            )
        if entry.closes and intent.closed_by is not None:
            raise AuditError(
                "That intent was closed before.",
                code="subject-closed",
                hint="Close each intent once, with <act>.outcome or <act>.failure.",
                facts={"subject": entry.subject, "closed_by": intent.closed_by},
            )
        return intent
