"""Outcomes by protected group from direct noisy counts.

Nobody is suppressed here: the counts protect every group alike. A figure that the noise drowns is withheld as *not
reliable*, which says something about the noise and nothing about the group.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glassledger.evaluate import questions as ask
from glassledger.evaluate.denoise import Drawn, estimates
from glassledger.evaluate.private_figures import Counts, figure
from glassledger.evaluate.private_tables import target_bounds
from glassledger.evaluate.resampling import Statistic
from glassledger.evaluate.weighted import mean, ratio
from glassledger.records.evaluation import Figure, GroupFigures, GroupSummary

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

#: A share whose noise alone spans more than this is not reliable, and so is a count below three times its noise.
_WIDEST = 0.2
_UNRELIABLE = "not reliable: the privacy noise is too large for so few rows"


@dataclass(frozen=True, eq=False)
class Measure:
    """One group figure: a statistic over the cells of one group, and the cells that it rests on."""

    name: str
    statistic: Statistic
    base: Bools
    share: bool = True


def group_figures(counts: Counts) -> tuple[tuple[GroupFigures, ...], tuple[GroupSummary, ...]]:
    """Figures of every declared group, and how far apart the reliable ones lie."""
    groups: list[GroupFigures] = []
    summaries: list[GroupSummary] = []
    measures = tuple(_measures(counts))
    for attribute in ask.grouped(counts.policy):
        found = tuple(_groups(counts, attribute, measures))
        groups += found
        summaries += [_summary(attribute, measure.name, found) for measure in measures]
    return tuple(groups), tuple(summaries)


def _measures(counts: Counts) -> Iterator[Measure]:
    task, rule = counts.policy.document.model.task, counts.policy.document.decision
    if task == "multiclass":
        yield _rate("accuracy", np.array([False, True]), np.array([True, True]))
    elif task == "regression":
        lower, upper = target_bounds(counts.policy)
        errors = ask.error_middles(upper - lower)
        everyone = np.ones(len(errors), dtype=np.bool_)
        yield Measure("mean_error", _mean("mean_error", errors), everyone, share=False)
        yield Measure("mae", _mean("mae", np.abs(errors)), everyone, share=False)
    elif rule is None:
        means = np.tile(_coarse_means(counts), 2)
        yield Measure("mean_score", _mean("mean_score", means), np.ones(len(means), dtype=np.bool_))
    else:  # cells: negative below, negative at or above, positive below, positive at or above
        reached, positive = np.array([False, True] * 2), np.repeat([False, True], 2)
        everyone = np.ones(4, dtype=np.bool_)
        yield _rate("selection_rate", reached, everyone)
        if rule.adverse == "at_or_above":
            yield _rate("favourable_rate", ~reached, everyone)
        yield _rate("true_positive_rate", reached, positive)
        yield _rate("false_positive_rate", reached, ~positive)


def _rate(name: str, hits: Bools, base: Bools) -> Measure:
    inside, below = (hits & base).astype(np.float64), base.astype(np.float64)

    def statistic(weights: Floats) -> Mapping[str, Floats]:
        return {name: ratio(weights @ inside, weights @ below)}

    return Measure(name, statistic, base)


def _mean(name: str, values: Floats) -> Statistic:
    def statistic(weights: Floats) -> Mapping[str, Floats]:
        return {name: mean(weights, values)}

    return statistic


def _coarse_means(counts: Counts) -> Floats:
    """The score that stands for each of the few bins that groups are counted in."""
    edges, spread = np.asarray(counts.released.edges), counts.spread
    inside = np.searchsorted(ask.coarse(edges), spread.scores, side="right")
    weights = spread.out(counts.drawn(ask.SCORES).point).reshape(2, -1).sum(axis=0)
    total = np.bincount(inside, weights=weights)
    plain = np.bincount(inside, weights=spread.scores) / np.maximum(np.bincount(inside), 1)
    return np.where(total > 0, np.bincount(inside, weights=weights * spread.scores) / np.maximum(total, 1e-12), plain)


def _groups(counts: Counts, attribute: str, measures: tuple[Measure, ...]) -> Iterator[GroupFigures]:
    name = ask.GROUP + attribute
    table, released = counts.drawn(name), counts.table(name)
    names = released.axes[0].labels
    width = table.point.shape[1] // len(names)
    noise = float(np.sqrt(2.0) * released.scale)
    for index, group in enumerate(names):
        part = table.take(np.arange(index * width, (index + 1) * width))
        count = round(float(part.point.sum()))
        figures = tuple(_figure(measure, part, noise, counts) for measure in measures)
        yield GroupFigures(attribute=attribute, group=group, count=count, figures=figures)


def _figure(measure: Measure, part: Drawn, noise: float, counts: Counts) -> Figure:
    base = float(part.point[0] @ measure.base)
    least = max(counts.policy.document.evaluation.min_group, 3.0 * noise * np.sqrt(measure.base.sum()))
    if base < least:
        return Figure(name=measure.name, value=None, note=_UNRELIABLE)
    found = estimates(measure.statistic, part)[measure.name]
    wide = found.noise is None or (measure.share and found.noise.upper - found.noise.lower > _WIDEST)
    return Figure(name=measure.name, value=None, note=_UNRELIABLE) if wide else figure(measure.name, found)


def _summary(attribute: str, metric: str, groups: tuple[GroupFigures, ...]) -> GroupSummary:
    values = [
        item.value for group in groups for item in group.figures if item.name == metric and item.value is not None
    ]
    if len(values) < 2:
        return GroupSummary(attribute=attribute, metric=metric, difference=None, ratio=None)
    low, high = min(values), max(values)
    quotient = low / high if low >= 0.0 < high else None
    return GroupSummary(attribute=attribute, metric=metric, difference=high - low, ratio=quotient)
