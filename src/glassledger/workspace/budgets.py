"""The budget of a dataset, read back from the log."""

from glassledger.records.budget import BudgetEntry, BudgetStatement
from glassledger.workspace.rooms import Rooms


def statement(rooms: Rooms, scope: str) -> BudgetStatement | None:
    """Cap, spending and reservations of one dataset; None when no budget was ever opened."""
    balance = rooms.journal.log.budget(scope)
    if balance is None:
        return None
    return BudgetStatement(
        scope=scope,
        cap_nano_epsilon=balance.cap_nano_epsilon,
        cap_pico_delta=balance.cap_pico_delta,
        spent_nano_epsilon=balance.spent_nano_epsilon,
        spent_pico_delta=balance.spent_pico_delta,
        entries=tuple(_reservations(rooms, scope)),
    )


def _reservations(rooms: Rooms, scope: str) -> list[BudgetEntry]:
    return [
        BudgetEntry(
            scope=scope,
            nano_epsilon=spend.nano_epsilon,
            pico_delta=spend.pico_delta,
            purpose=f"log entry {row.index}",
            key=spend.key,
        )
        for row in rooms.journal.rows()
        if (spend := row.entry.budget) is not None and spend.act == "spend" and spend.scope == scope
    ]
