"""Figures about a model on rows that it was not fitted on."""

from typing import Literal

from glassledger.records.record import Record


class Figure(Record):
    """One number with its interval. ``None`` with a reason means *not run*, which never looks like a pass."""

    name: str
    value: float | None
    lower: float | None = None
    upper: float | None = None
    note: str = ""


class CurvePoint(Record):
    """One point of a curve.

    Calibration: x = mean score, y = observed rate. Gains: x = share contacted, y = share found.
    """

    x: float
    y: float
    count: int


class Confusion(Record):
    """Counts at the decision threshold."""

    threshold: float
    true_positive: int
    false_positive: int
    true_negative: int
    false_negative: int


class GroupFigures(Record):
    """Figures of one protected group. Suppressed groups keep their name and say why, not their numbers."""

    attribute: str
    group: str
    count: int | None
    suppressed: bool = False
    figures: tuple[Figure, ...] = ()


class GroupSummary(Record):
    """Largest difference and smallest ratio between the groups of one attribute."""

    attribute: str
    metric: str
    difference: float | None
    ratio: float | None


class Evaluation(Record):
    """Performance on the holdout."""

    format: Literal["glassledger/evaluation/v1"] = "glassledger/evaluation/v1"
    model_digest: str
    task: Literal["binary", "multiclass", "regression"]
    split: str
    rows: int
    base_rate: float | None = None
    figures: tuple[Figure, ...]
    calibration: tuple[CurvePoint, ...] = ()
    gains: tuple[CurvePoint, ...] = ()
    lift: tuple[CurvePoint, ...] = ()
    confusion: Confusion | None = None
    class_confusion: tuple[tuple[int, ...], ...] = ()
    groups: tuple[GroupFigures, ...] = ()
    group_summaries: tuple[GroupSummary, ...] = ()
    interval_method: str
    protection: Literal["exact", "private"] = "exact"
    notes: tuple[str, ...] = ()
