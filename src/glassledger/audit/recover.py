"""Go on after a loss: when a restored backup is older than what was signed, and the missing entries are gone for good.

The loss becomes an entry, with the checkpoint that proves it. The missing entries may have spent any budget, so what is
left of every budget is spent with them; its owner may open it again, by an entry.
"""

from collections.abc import Iterable

from glassledger.audit.budget import Balance, BudgetAct
from glassledger.audit.checkpoint import Checkpoint
from glassledger.audit.entry import OWN_TYPES, Entry
from glassledger.audit.note import Note
from glassledger.errors import Error

RECOVERED = OWN_TYPES + "recovered"
SUCCEEDS = OWN_TYPES + "succeeds"


def recovery_entries(
    lost: Checkpoint, *, kept: int, balances: Iterable[Balance], actor: str, reason: str
) -> list[Entry]:
    """The entries that a recovery writes: the loss, then one spend for each budget that is not spent."""
    body = {"kept": kept, "lost": {"size": lost.size, "root": lost.root.hex()}, "reason": reason}
    entries = [Entry.build(RECOVERED, actor=actor, body=body)]
    for number, balance in enumerate(balances):
        nano = balance.cap_nano_epsilon - balance.spent_nano_epsilon
        pico = balance.cap_pico_delta - balance.spent_pico_delta
        if nano or pico:
            act = BudgetAct("spend", balance.scope, nano, pico, f"recovered-{kept}-{lost.size}-{number}")
            entries.append(Entry.build("budget.frozen", actor=actor, body={"budget": act.to_body()}))
    return entries


def loss(entry: Entry) -> str:
    """What a recovery entry says, for an auditor."""
    size = entry.body.get("lost", {}).get("size")
    return f"Entries {entry.body.get('kept')} to {size} had been signed and were lost; the log went on without them."


def predecessor(entry: Entry) -> str:
    """Which log this one goes on from, for an auditor."""
    try:
        left = Checkpoint.parse(Note.parse(str(entry.body.get("checkpoint")).encode()).text)
    except Error:
        return "This log says that it goes on from another one, and does not say where that ended."
    where = f"{left.size} entries with root {left.root.hex()}"
    return f"This log goes on from {left.origin}, whose key was given up, at {where}: compare that checkpoint."
