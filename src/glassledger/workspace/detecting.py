"""Look for personal data in a table, compare with the run before, and log the verdicts."""

from typing import Any

from glassledger.data import read_table
from glassledger.data.sealed import sealed
from glassledger.data.stray import hidden
from glassledger.policy import Policy
from glassledger.records.detection import DetectionRecord
from glassledger.redaction.inspect import compared, inspect_table
from glassledger.workspace.rooms import Rooms

_EVENT = "detect.done"


@sealed
def detect(rooms: Rooms, source: Any, *, name: str, policy: Policy | None) -> DetectionRecord:
    """See :meth:`Workspace.detect`."""
    declared = [] if policy is None else [key for key, column in policy.document.data.columns.items() if hidden(column)]
    found = inspect_table(
        read_table(source), name=name, declared=declared, policy=None if policy is None else policy.digest
    )
    record = compared(found, _former(rooms, name))
    rooms.journal.write(
        _EVENT,
        {
            "table": name,
            "policy": record.policy_digest,
            "columns": len(record.columns),
            "direct": sum(item.sensitivity == "direct" for item in record.columns),
            "quasi": sum(item.sensitivity == "quasi" for item in record.columns),
            "stray": len(record.stray),
            "undeclared": len(record.undeclared),
            "changes": len(record.changes),
        },
        artifacts={"detection": rooms.keep(record)},
    )
    return record


def _former(rooms: Rooms, name: str) -> DetectionRecord | None:
    """The record of the last run over a table of this name."""
    rows = [row for row in rooms.journal.rows() if row.entry.type == _EVENT and row.entry.body.get("table") == name]
    return DetectionRecord.from_json(rooms.artifacts.get(rows[-1].entry.artifacts["detection"])) if rows else None
