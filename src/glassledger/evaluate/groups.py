"""Outcomes by protected group, through fairlearn's ``MetricFrame`` and nothing else.

Groups smaller than the policy's ``min_group`` keep their name and lose their numbers, and so do groups from which a
small one could be worked out (:mod:`glassledger.evaluate.suppression`). The same holds for each figure by the rows it
rests on: a true positive rate over three people is not shown in a group of a thousand.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from fairlearn.metrics import MetricFrame, false_positive_rate, mean_prediction, selection_rate, true_positive_rate
from numpy.typing import NDArray
from scipy.stats import binomtest
from sklearn.metrics import accuracy_score, mean_absolute_error, roc_auc_score, root_mean_squared_error

from glassledger.evaluate.suppression import hidden
from glassledger.policy.document import DecisionRule
from glassledger.records.evaluation import Figure, GroupFigures, GroupSummary

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

MISSING_GROUP = "missing"


@dataclass(frozen=True, eq=False)
class GroupMetric:
    """One figure per group.

    Attributes
    ----------
    measure : callable ``(truth, prediction) -> float`` over the rows of one group
    bases : tuple of ndarray of bool
        Rows that the figure rests on; it is shown where each of them counts ``min_group`` rows.
    rate : bool
        Whether it is a share of its first base; it then gets a 95 % Wilson interval.
    """

    name: str
    measure: Callable[[Any, Any], float]
    truth: NDArray[Any]
    prediction: NDArray[Any]
    bases: tuple[Bools, ...]
    rate: bool = False


def binary_metrics(
    positive: Bools, scores: Floats, reached: Bools | None, rule: DecisionRule | None
) -> tuple[GroupMetric, ...]:
    """Selection, true and false positive rate and AUROC.

    ``selection_rate`` is the share that reaches the threshold. Where that is the adverse side, ``favourable_rate`` (the
    share below it) stands beside it: adverse impact is a ratio of favourable rates. Without a threshold the mean score
    takes their place.
    """
    everyone = np.ones(len(scores), dtype=np.bool_)
    auroc = GroupMetric("auroc", roc_auc_score, positive, scores, (positive, ~positive))
    if reached is None or rule is None:
        return GroupMetric("mean_score", mean_prediction, positive, scores, (everyone,)), auroc
    rates = [GroupMetric("selection_rate", selection_rate, positive, reached, (everyone,), rate=True)]
    if rule.adverse == "at_or_above":
        rates.append(GroupMetric("favourable_rate", selection_rate, positive, ~reached, (everyone,), rate=True))
    return (
        *rates,
        GroupMetric("true_positive_rate", true_positive_rate, positive, reached, (positive,), rate=True),
        GroupMetric("false_positive_rate", false_positive_rate, positive, reached, (~positive,), rate=True),
        auroc,
    )


def multiclass_metrics(codes: NDArray[np.intp], predicted: NDArray[np.intp]) -> tuple[GroupMetric, ...]:
    """Accuracy."""
    everyone = np.ones(len(codes), dtype=np.bool_)
    return (GroupMetric("accuracy", accuracy_score, codes, predicted, (everyone,), rate=True),)


def regression_metrics(observed: Floats, predicted: Floats) -> tuple[GroupMetric, ...]:
    """Mean prediction, mean error (predicted minus observed), root mean squared and mean absolute error."""
    everyone = (np.ones(len(observed), dtype=np.bool_),)
    return (
        GroupMetric("mean_prediction", mean_prediction, observed, predicted, everyone),
        GroupMetric("mean_error", _mean_error, observed, predicted, everyone),
        GroupMetric("rmse", root_mean_squared_error, observed, predicted, everyone),
        GroupMetric("mae", mean_absolute_error, observed, predicted, everyone),
    )


def group_figures(
    protected: pd.DataFrame, metrics: Sequence[GroupMetric], *, minimum: int
) -> tuple[tuple[GroupFigures, ...], tuple[GroupSummary, ...]]:
    """Figures of every group of every protected attribute, and how far apart the shown groups are.

    Parameters
    ----------
    protected : DataFrame of strings, one column per attribute
    minimum : int
        Fewer rows than this are never shown.
    """
    groups: list[GroupFigures] = []
    summaries: list[GroupSummary] = []
    for attribute in protected.columns:
        members = _labels(protected[attribute])
        sizes = _sizes(members, members)
        away = hidden(sizes, minimum=minimum)
        figures: dict[str, list[Figure]] = {group: [] for group in sorted(sizes)}
        for metric in metrics:
            values, summary = _measured(metric, members, away, minimum)
            summaries.append(GroupSummary(attribute=str(attribute), metric=metric.name, **summary))
            for group in figures.keys() - away:
                figures[group].append(_figure(metric, members == group, values.get(group), minimum))
        groups += [_group(str(attribute), name, sizes[name], figures[name], name in away, minimum) for name in figures]
    return tuple(groups), tuple(summaries)


def _labels(column: "pd.Series[str]") -> "pd.Series[str]":
    texts = column.astype(object)
    return texts.where(texts.notna(), MISSING_GROUP).astype(str).reset_index(drop=True)


def _sizes(members: "pd.Series[str]", rows: "pd.Series[str]") -> dict[str, int]:
    """Rows of every group, groups without one of these rows included."""
    return {str(group): int((rows == group).sum()) for group in members.unique()}


def _measured(
    metric: GroupMetric, members: "pd.Series[str]", away: frozenset[str], minimum: int
) -> tuple[dict[str, float], dict[str, float | None]]:
    """Values of the groups that may be shown, and their largest difference and smallest ratio."""
    for base in metric.bases:
        away = hidden(_sizes(members, members[base]), minimum=minimum, already=away)
    shown = ~members.isin(away).to_numpy()
    if not shown.any():
        return {}, {"difference": None, "ratio": None}
    frame = MetricFrame(
        metrics=metric.measure,
        y_true=metric.truth[shown],
        y_pred=metric.prediction[shown],
        sensitive_features=members[shown].to_numpy(),
    )
    values = {str(group): float(value) for group, value in frame.by_group.items()}
    if len(values) < 2:
        return values, {"difference": None, "ratio": None}
    ratio = float(frame.ratio(method="between_groups")) if min(values.values()) >= 0.0 < max(values.values()) else None
    return values, {"difference": float(frame.difference(method="between_groups")), "ratio": ratio}


def _figure(metric: GroupMetric, mask: "pd.Series[bool]", value: float | None, minimum: int) -> Figure:
    if value is None:
        return Figure(name=metric.name, value=None, note=_reason(minimum))
    if not metric.rate:
        return Figure(name=metric.name, value=value)
    base = int((mask.to_numpy() & metric.bases[0]).sum())
    interval = binomtest(round(value * base), base).proportion_ci(method="wilson")
    return Figure(name=metric.name, value=value, lower=float(interval.low), upper=float(interval.high))


def _group(attribute: str, name: str, size: int, figures: list[Figure], suppressed: bool, minimum: int) -> GroupFigures:
    if suppressed:
        why = Figure(name="count", value=None, note=_reason(minimum))
        return GroupFigures(attribute=attribute, group=name, count=None, suppressed=True, figures=(why,))
    return GroupFigures(attribute=attribute, group=name, count=size, figures=tuple(figures))


def _reason(minimum: int) -> str:
    """One sentence for both causes: which of the two it is would itself say something about the group."""
    return f"not shown: it rests on fewer than {minimum} rows, or such a group could be worked out from it"


def _mean_error(observed: Floats, predicted: Floats) -> float:
    return float(np.mean(predicted - observed))
