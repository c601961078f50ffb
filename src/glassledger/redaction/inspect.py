"""A whole table's verdicts: a sample decides what each column is, a full scan finds what strayed into it."""

from collections.abc import Collection
from typing import Any

import pandas as pd

from glassledger import canonical
from glassledger.records.detection import ColumnVerdict, DetectionRecord, StrayCount, VerdictChange
from glassledger.redaction.columns import SAMPLE, detect_columns
from glassledger.redaction.distinct import Distinct
from glassledger.redaction.kinds import KINDS
from glassledger.redaction.stray import rows_with, stray_places, texts_of

COUNT_FLOOR = 11  # a smaller count may point at a person


def inspect_table(
    frame: pd.DataFrame,
    *,
    name: str,
    declared: Collection[str] = (),
    policy: str | None = None,
    sample: int = SAMPLE,
    floor: int = COUNT_FLOOR,
) -> DetectionRecord:
    """Look for personal data in every column.

    Parameters
    ----------
    frame : DataFrame
        As read.
    name : str
        What the table is called; later runs are compared under this name.
    declared : collection of str
        Columns that a policy declares as personal: identifiers, free texts or dropped ones. Their verdicts are given,
        and they never count as undeclared.
    policy : str, optional
        Digest of the policy that ``declared`` comes from.
    sample : int
        Distinct values per column that decide the type.
    floor : int
        Counts from 1 to ``floor`` − 1 are given as ``floor``.

    Returns
    -------
    DetectionRecord
        Names of columns, kinds, counts and words; no value. Spends no privacy budget and is not differentially private.
    """
    verdicts = detect_columns(frame, sample=sample)
    stray = tuple(
        item
        for place, verdict in enumerate(verdicts)
        if verdict.sensitivity != "direct"
        for item in _stray(frame.iloc[:, place], verdict.column, floor)
    )
    named = {item.column for item in verdicts if item.sensitivity == "direct"} | {item.column for item in stray}
    return DetectionRecord(
        table=name,
        rows=len(frame),
        policy_digest=policy,
        detector=detector_digest(),
        sample=sample,
        counts_rounded_below=floor,
        columns=tuple(_rounded(item, floor) for item in verdicts),
        stray=stray,
        undeclared=tuple(item.column for item in verdicts if item.column in named and item.column not in declared),
    )


def compared(record: DetectionRecord, former: DetectionRecord | None) -> DetectionRecord:
    """The record with what changed since a former run: columns that came, went, or hold another kind."""
    if former is None:
        return record
    before = {item.column: item.kind for item in former.columns}
    after = {item.column: item.kind for item in record.columns}
    changes = tuple(
        VerdictChange(column=column, before=before.get(column, "absent"), after=after.get(column, "absent"))
        for column in dict.fromkeys((*after, *before))
        if before.get(column, "absent") != after.get(column, "absent")
    )
    return record.model_copy(update={"changes": changes, "compared_with": former.digest})


def detector_digest() -> str:
    """Which patterns and chances found this; verdicts of different detectors may differ for that reason."""
    known = [[kind.name, kind.pattern, str(kind.chance), list(kind.headers)] for kind in KINDS]
    return canonical.digest(canonical.dumps(known))


def _stray(column: "pd.Series[Any]", name: str, floor: int) -> list[StrayCount]:
    if pd.api.types.is_bool_dtype(column):
        return []
    try:
        distinct = Distinct.of(column)
    except TypeError:  # lists and the like are no plain values
        return []
    found = stray_places(texts_of(distinct))
    return [
        StrayCount(column=name, kind=kind, cells=max(floor, len(rows_with(distinct, places))))
        for kind, places in found.items()
    ]


def _rounded(verdict: ColumnVerdict, floor: int) -> ColumnVerdict:
    counts = {key: floor for key in ("distinct", "sampled", "shaped", "valid") if 0 < getattr(verdict, key) < floor}
    return verdict.model_copy(update=counts)
