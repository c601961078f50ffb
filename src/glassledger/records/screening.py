"""What was checked and what was done to the columns, in counts."""

from typing import Literal, Self

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
    cells: int | None
    changed: int | None
    detail: str = ""
    key_id: str | None = None

    def without_counts(self) -> Self:
        """The receipt without any count of cells."""
        told = ", ".join(part for part in self.detail.split(", ") if not part.endswith("cells to other"))
        return self.model_copy(update={"cells": None, "changed": None, "detail": told})


class ScreeningRecord(Record):
    """The result of checking and redacting one table under one policy.

    Counts of rows and cells are None where they are withheld, beside a private model.
    """

    format: Literal["glassledger/screening/v1"] = "glassledger/screening/v1"
    policy_digest: str
    purpose: Literal["fit", "score"]
    rows: int | None
    columns_read: int
    columns_dropped: tuple[str, ...] = ()
    columns_undeclared: tuple[str, ...] = ()
    checks: tuple[str, ...]
    missing_cells: dict[str, int] = {}
    other_cells: dict[str, int] = {}
    receipts: tuple[RedactionReceipt, ...] = ()
    levels_kept: dict[str, tuple[str, ...]] = {}
    """Declared levels that ``suppress_rare`` kept when fitting, by column; scoring keeps the same ones."""
    consent_excluded: int | None = 0
    input_digest: str = ""

    def without_counts(self) -> Self:
        """The record without any count of the table's rows or cells; what was checked and done stays."""
        receipts = tuple(item.without_counts() for item in self.receipts)
        return self.model_copy(
            update={
                "rows": None,
                "missing_cells": {},
                "other_cells": {},
                "levels_kept": {},
                "receipts": receipts,
                "consent_excluded": None,
            }
        )
