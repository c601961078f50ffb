"""Monotone bins with weights of evidence, for scorecards.

A feature is cut finely (at quantiles, or one group a level), and neighbouring groups are merged until every bin holds
the least share of rows, the weights of evidence run in one direction, and there are few enough bins. The weight of
evidence of a bin is its log-odds minus the log-odds of all rows (Siddiqi, *Credit Risk Scorecards*, 2006, ch. 6), with
one pseudo-row at the base rate, so that a bin without rows weighs nothing and a pure bin stays finite.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassledger.models.additive import Axis, bin_indices
from glassledger.records.features import FeatureSpec

#: Fine groups that merging starts from.
_FINE = 50

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FeatureBins:
    """The bins of one feature.

    Attributes
    ----------
    axis : Axis
    evidence : ndarray, shape (axis.size,)
        Weight of evidence for the scored class; 0 for bins without training rows.
    share : ndarray, shape (axis.size,)
        Share of training rows.
    information : float
        Information value over all bins, ≥ 0.
    """

    axis: Axis
    evidence: Floats
    share: Floats
    information: float


@dataclass(frozen=True)
class _Group:
    """Neighbouring fine groups that were merged: their positions, rows, and rows of the scored class."""

    members: tuple[int, ...]
    rows: float
    positive: float

    def __add__(self, other: "_Group") -> "_Group":
        return _Group(self.members + other.members, self.rows + other.rows, self.positive + other.positive)


@dataclass(frozen=True)
class _Rule:
    """What bins must look like, and the totals that evidence is measured against."""

    max_bins: int
    least: float
    rows: float
    positive: float

    def evidence(self, group: _Group) -> float:
        rate = self.positive / self.rows
        odds = (group.positive + rate) / (group.rows - group.positive + 1.0 - rate)
        return float(np.log(odds) - np.log(rate / (1.0 - rate)))

    def information(self, groups: list[_Group]) -> float:
        negative = self.rows - self.positive
        return sum((g.positive / self.positive - (g.rows - g.positive) / negative) * self.evidence(g) for g in groups)


def bin_feature(
    column: NDArray[Any], spec: FeatureSpec, positive: NDArray[np.bool_], *, max_bins: int, min_share: float, sign: int
) -> FeatureBins:
    """Bin one encoded feature.

    Parameters
    ----------
    column : ndarray, shape (n_rows,)
        As :func:`glassledger.models.additive.encode` gives it.
    positive : ndarray of bool
        Rows of the scored class; both classes must occur.
    max_bins : int
        Most bins beside missing and undeclared.
    min_share : float in (0, 0.5]
        Least share of the rows with a value in one bin.
    sign : {1, -1, 0}
        Declared direction of the score; 0 takes the direction with more information.
    """
    fine = _fine_axis(column, spec)
    cells = bin_indices(fine, spec, column)
    rows = np.bincount(cells, minlength=fine.size).astype(np.float64)
    hits = np.bincount(cells, weights=positive, minlength=fine.size)
    last = fine.size - (spec.kind == "nominal")
    rule = _Rule(max_bins, min_share * rows[1:last].sum(), float(len(column)), float(positive.sum()))
    met = [_Group((cell,), float(rows[cell]), float(hits[cell])) for cell in range(1, last) if rows[cell]]
    groups = _best(met, rule, sign, free=spec.kind == "nominal" and not spec.ordered)
    axis, sources = _coarse_axis(fine, spec, groups)
    everything = [_Group((), sum(rows[list(s)]), sum(hits[list(s)])) for s in sources]
    return FeatureBins(
        axis=axis,
        evidence=np.array([rule.evidence(group) for group in everything]),
        share=np.array([group.rows for group in everything]) / len(column),
        information=max(0.0, rule.information(everything)),
    )


def simplest_between(low: float, high: float) -> float:
    """The number with the fewest decimals in ``(low, high]``: a cut that a person can read."""
    for decimals in range(-15, 17):
        step = 10.0**decimals
        candidate = float(np.floor(high * step) / step)
        if low < candidate <= high:
            return candidate
    return high


def _fine_axis(column: NDArray[Any], spec: FeatureSpec) -> Axis:
    if spec.kind == "nominal":
        return Axis(feature=spec.name, bins=tuple(range(1, len(spec.levels) + 1)))
    known = column[~np.isnan(column)]
    if not len(known):
        return Axis(feature=spec.name)
    values = np.unique(known)
    starts = values
    if len(values) > _FINE:
        starts = np.unique(np.quantile(known, np.arange(1, _FINE) / _FINE, method="inverted_cdf"))
    places = np.searchsorted(values, starts)
    cuts = [simplest_between(float(values[i - 1]), float(values[i])) for i in places if i]
    return Axis(feature=spec.name, cuts=tuple(cuts))


def _best(met: list[_Group], rule: _Rule, sign: int, *, free: bool) -> list[_Group]:
    """Merged groups in the declared direction, or in the one that keeps more information."""
    if free:
        return _merged(sorted(met, key=rule.evidence), rule, sign=1)
    if sign:
        return _merged(met, rule, sign)
    return max((_merged(met, rule, 1), _merged(met, rule, -1)), key=rule.information)


def _merged(groups: list[_Group], rule: _Rule, sign: int) -> list[_Group]:
    while len(groups) > 1 and min(group.rows for group in groups) < rule.least:
        groups = _join(groups, _next_to_smallest(groups, rule))
    groups = _straightened(groups, rule, sign)
    while len(groups) > rule.max_bins:
        losses = [rule.information([a, b]) - rule.information([a + b]) for a, b in pairwise(groups)]
        groups = _straightened(_join(groups, int(np.argmin(losses))), rule, sign)
    return groups


def _next_to_smallest(groups: list[_Group], rule: _Rule) -> int:
    """The pair to merge: the smallest group with a neighbour that is too small as well, else with the more alike one.

    Rare groups thus pool with each other before they drown in a large one.
    """
    small = min(range(len(groups)), key=lambda i: groups[i].rows)
    pairs = {left: groups[left + (left == small)] for left in (small - 1, small) if 0 <= left < len(groups) - 1}
    return min(pairs, key=lambda left: (pairs[left].rows >= rule.least, abs(_rise(groups, left, rule))))


def _straightened(groups: list[_Group], rule: _Rule, sign: int) -> list[_Group]:
    """Merge the worst pair that runs the wrong way (or nowhere) until none does."""
    while len(groups) > 1:
        rises = [sign * _rise(groups, i, rule) for i in range(len(groups) - 1)]
        worst = int(np.argmin(rises))
        if rises[worst] > 0:
            break
        groups = _join(groups, worst)
    return groups


def _rise(groups: list[_Group], index: int, rule: _Rule) -> float:
    return rule.evidence(groups[index + 1]) - rule.evidence(groups[index])


def _join(groups: list[_Group], index: int) -> list[_Group]:
    return [*groups[:index], groups[index] + groups[index + 1], *groups[index + 2 :]]


def _coarse_axis(fine: Axis, spec: FeatureSpec, groups: list[_Group]) -> tuple[Axis, list[tuple[int, ...]]]:
    """The merged axis, and for each of its bins the fine ones that went into it.

    Levels that never occurred share one bin of their own, after the others.
    """
    if spec.kind == "continuous":
        starts = [group.members[0] for group in groups[1:]]
        ends = [1, *starts, fine.size]
        cuts = tuple(fine.cuts[start - 2] for start in starts)
        return Axis(feature=spec.name, cuts=cuts), [(0,), *(tuple(range(a, b)) for a, b in pairwise(ends))]
    place = {cell: bin_ for bin_, group in enumerate(groups, start=1) for cell in group.members}
    never = tuple(cell for cell in fine.bins if cell not in place)
    bins = tuple(place.get(cell, len(groups) + 1) for cell in fine.bins)
    sources = [(0,), *(group.members for group in groups), *([never] if never else []), (fine.size - 1,)]
    return Axis(feature=spec.name, bins=bins), sources
