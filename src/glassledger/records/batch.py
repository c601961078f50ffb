"""What happened to one batch of a table that is scored in pieces: counts only."""

from collections.abc import Iterable
from typing import Literal, Self

from glassledger.records.record import Record
from glassledger.records.screening import RedactionReceipt, RuleFailure, ScreeningRecord


class Refusal(Record):
    """Why a batch was not scored: an error's code and words, or the rules that its rows break."""

    code: str
    kind: Literal["InputError", "ModelError", "PolicyError", "UsageError"]
    message: str
    hint: str = ""
    failures: tuple[RuleFailure, ...] = ()


class Tally(Record):
    """Counts for monitoring, which add up over batches in any order.

    Attributes
    ----------
    rows : rows that were scored
    scores : by twentieth of [0, 1], for probabilities; the last one includes 1
    decisions, reason_codes : by decision, and by the strongest reason's code ("" for none)
    features : by feature, then by level or by tenth of the declared bounds ("1" to "10"; "all" without bounds); ""
        is missing
    """

    format: Literal["glassledger/tally/v1"] = "glassledger/tally/v1"
    rows: int = 0
    scores: tuple[int, ...] = ()
    decisions: dict[str, int] = {}
    reason_codes: dict[str, int] = {}
    features: dict[str, dict[str, int]] = {}

    def __add__(self, other: Self) -> "Tally":
        names = sorted({*self.features, *other.features})
        long, short = sorted((self.scores, other.scores), key=len, reverse=True)
        return Tally(
            rows=self.rows + other.rows,
            scores=tuple(a + b for a, b in zip(long, (*short, *[0] * (len(long) - len(short))), strict=True)),
            decisions=added(self.decisions, other.decisions),
            reason_codes=added(self.reason_codes, other.reason_codes),
            features={name: added(self.features.get(name, {}), other.features.get(name, {})) for name in names},
        )


class BatchRecord(Record):
    """One batch: what the screening counted and what the scores look like, or why there are none."""

    format: Literal["glassledger/batch/v1"] = "glassledger/batch/v1"
    screening: ScreeningRecord | None = None
    tally: Tally = Tally()
    refusal: Refusal | None = None


def added(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    """Counts by name, added."""
    return {name: one.get(name, 0) + other.get(name, 0) for name in sorted({*one, *other})}


def merged_screening(records: tuple[ScreeningRecord, ...], *, input_digest: str) -> ScreeningRecord:
    """One record over all batches of a table; counts add up."""
    first = records[0]
    missing: dict[str, int] = {}
    other: dict[str, int] = {}
    for record in records:
        missing, other = added(missing, record.missing_cells), added(other, record.other_cells)
    return first.model_copy(
        update={
            "rows": _sum(record.rows for record in records),
            "missing_cells": missing,
            "other_cells": other,
            "receipts": tuple(_receipt(same) for same in zip(*(record.receipts for record in records), strict=True)),
            "consent_excluded": _sum(record.consent_excluded for record in records),
            "input_digest": input_digest,
        }
    )


def _receipt(same: tuple[RedactionReceipt, ...]) -> RedactionReceipt:
    """The receipts of one column over all batches; a count inside the first batch's words is left out."""
    counts = {"cells": _sum(one.cells for one in same), "changed": _sum(one.changed for one in same)}
    return same[0].without_counts().model_copy(update=counts)


def _sum(counts: Iterable[int | None]) -> int | None:
    """The sum, or None when one count is withheld."""
    known = tuple(counts)
    return None if None in known else sum(count for count in known if count is not None)
