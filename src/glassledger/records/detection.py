"""What a column seems to hold, with the evidence in counts and words, never in values."""

from typing import Literal

from glassledger.records.record import Record


class ColumnVerdict(Record):
    """One column's verdict.

    ``kind`` is a slug such as ``email`` or ``person_name``, or ``none``. ``shaped`` and ``valid`` count the distinct
    sampled values that have the kind's shape and that pass its check.
    """

    format: Literal["glassledger/column-verdict/v1"] = "glassledger/column-verdict/v1"
    column: str
    kind: str
    sensitivity: Literal["direct", "quasi", "none"]
    confidence: float
    distinct: int
    sampled: int
    shaped: int = 0
    valid: int = 0
    evidence: tuple[str, ...] = ()


class StrayCount(Record):
    """Cells of a column that hold an identifier although the column as a whole does not; at least the floor."""

    column: str
    kind: str
    cells: int


class VerdictChange(Record):
    """A column whose kind changed since the run before; ``absent`` where it was not there."""

    column: str
    before: str
    after: str


class DetectionRecord(Record):
    """What was found in one table.

    Counts from 1 to ``counts_rounded_below`` − 1 are given as ``counts_rounded_below``. ``undeclared`` names the
    columns with a direct identifier, or with stray ones, that no policy declares as personal.
    """

    format: Literal["glassledger/detection/v1"] = "glassledger/detection/v1"
    table: str
    rows: int
    policy_digest: str | None = None
    detector: str
    sample: int
    counts_rounded_below: int
    columns: tuple[ColumnVerdict, ...]
    stray: tuple[StrayCount, ...] = ()
    undeclared: tuple[str, ...] = ()
    compared_with: str | None = None
    changes: tuple[VerdictChange, ...] = ()
