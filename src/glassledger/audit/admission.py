"""What may be written through which door of the log, and with which key."""

from glassledger.audit.budget import BudgetAct
from glassledger.audit.entry import OWN_TYPES, Entry
from glassledger.errors import AuditError, UsageError


def as_entry(entry: Entry | bytes) -> Entry:
    """The entry itself, or the one that these bytes are."""
    return entry if isinstance(entry, Entry) else Entry.parse(entry)


def ordinary(entry: Entry | bytes) -> Entry:
    """An entry that may be merely appended.

    Raises
    ------
    AuditError
        ``budget-unspent`` when it touches a budget, ``entry-reserved`` when its type is the log's own.
    """
    parsed = as_entry(entry)
    if parsed.budget:
        raise AuditError(
            "An entry that touches a budget cannot be merely appended.",
            code="budget-unspent",
            hint="Use Log.spend() or Log.open_budget(), which keep entry and balance together.",
        )
    if parsed.type.startswith(OWN_TYPES):
        raise AuditError(
            f"Types that begin with {OWN_TYPES} are written by the log itself.",
            code="entry-reserved",
            hint="Use another type.",
            facts={"type": parsed.type},
        )
    return parsed


def stating(entry: Entry | bytes, act: BudgetAct) -> Entry:
    """An entry that states exactly the budget act that it is logged with.

    Raises
    ------
    AuditError
        Code ``budget-mismatch``.
    """
    parsed = as_entry(entry)
    if parsed.budget != act:
        raise AuditError(
            "The entry does not state the budget act that it is logged with.",
            code="budget-mismatch",
            hint='Put BudgetAct(...).to_body() into the entry\'s body under "budget".',
            facts={"scope": act.scope, "act": act.act},
        )
    return parsed


def signer_missing() -> UsageError:
    """Something needs the log's key."""
    return UsageError(
        "This needs the log's key.", code="signer-missing", hint="Open the log with signer=… to sign checkpoints."
    )


def same_name(one: str, other: str) -> None:
    """Refuse a log, a key and a name that do not belong together."""
    if one != other:
        raise AuditError(
            "The log, its key and its name do not belong together.",
            code="key-mismatch",
            hint="Use the key with which the log was made; its public half is in log.vkey.",
            facts={"expected": one, "given": other},
        )
