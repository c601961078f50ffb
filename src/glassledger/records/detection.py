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
