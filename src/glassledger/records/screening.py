"""What was checked and what was done to the columns, in counts."""

from typing import Literal

from glassledger.records.record import Record


class RuleFailure(Record):
    """One broken rule: where, which, how often; first row positions, never a value."""

    column: str
    rule: str
    count: int
    rows: tuple[int, ...] = ()


class RedactionReceipt(Record):
    """What one redaction operator did to one column."""

    column: str
    operator: str
    cells: int
    changed: int
    detail: str = ""
    key_id: str | None = None


class ScreeningRecord(Record):
    """The result of checking and redacting one table under one policy."""

    format: Literal["glassledger/screening/v1"] = "glassledger/screening/v1"
    policy_digest: str
    purpose: Literal["fit", "score"]
    rows: int
    columns_read: int
    columns_dropped: tuple[str, ...] = ()
    columns_undeclared: tuple[str, ...] = ()
    checks: tuple[str, ...]
    missing_cells: dict[str, int] = {}
    other_cells: dict[str, int] = {}
    receipts: tuple[RedactionReceipt, ...] = ()
    levels_kept: dict[str, tuple[str, ...]] = {}
    """Declared levels that ``suppress_rare`` kept when fitting, by column; scoring keeps the same ones."""
    consent_excluded: int = 0
    input_digest: str = ""
