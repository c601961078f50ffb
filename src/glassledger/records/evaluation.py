"""Figures about a model on rows that it was not fitted on."""

from typing import Literal

from glassledger.records.record import Record
from glassledger.records.release import EvidenceTables


class Interval(Record):
    """Two bounds."""

    lower: float
    upper: float


class Figure(Record):
    """One number with its interval. ``None`` with a reason means *not run*, which never looks like a pass.

    A private figure is uncertain for two reasons, shown apart: ``sampling`` (other people might have been held out) and
    ``noise`` (the privacy noise). ``lower`` and ``upper`` then cover both together.
    """

    name: str
    value: float | None
    lower: float | None = None
    upper: float | None = None
    sampling: Interval | None = None
    noise: Interval | None = None
    note: str = ""


class CurvePoint(Record):
    """One point of a curve.

    Calibration: x = mean score, y = observed rate. Gains: x = share contacted, y = share found.
    """

    x: float
    y: float
    count: int
    sampling: Interval | None = None
    noise: Interval | None = None


class Confusion(Record):
    """Counts at a threshold; ``margin`` is what the privacy noise may have changed in any of them (95 %)."""

    threshold: float
    true_positive: int
    false_positive: int
    true_negative: int
    false_negative: int
    margin: int | None = None


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
    """Performance on the holdout.

    Attributes
    ----------
    rows : int
        Rows of the holdout; a noisy count when ``protection`` is ``private``.
    thresholds : tuple of Confusion
        Counts at other thresholds that the noisy tables can tell apart.
    tables : EvidenceTables or None
        The noisy counts that all private figures were computed from.
    """

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
    thresholds: tuple[Confusion, ...] = ()
    class_confusion: tuple[tuple[int, ...], ...] = ()
    groups: tuple[GroupFigures, ...] = ()
    group_summaries: tuple[GroupSummary, ...] = ()
    interval_method: str
    protection: Literal["exact", "private"] = "exact"
    tables: EvidenceTables | None = None
    notes: tuple[str, ...] = ()
