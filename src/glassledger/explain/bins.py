"""The axes of a shape in drawing order, with labels that a person can read.

Ordinary bins come first, in declared order; then ``missing``; then, for levels, ``not declared``.
"""

import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from glassledger.explain.support import domain
from glassledger.models.additive import Axis, PolynomialTerm
from glassledger.records.explanation import AxisBins
from glassledger.records.features import FeatureSpec

MISSING = "missing"
NOT_DECLARED = "not declared"

_BOTTOM, _TOP = "−inf", "inf"
_LINE_POINTS = 5
_CURVE_POINTS = 33


def axis_bins(axis: Axis, spec: FeatureSpec) -> tuple[AxisBins, NDArray[np.intp]]:
    """One axis of a table term.

    Returns
    -------
    bins : AxisBins
    order : ndarray of int, shape (bins,)
        The model's bin that each drawn bin shows.
    """
    if spec.kind == "nominal":
        return _level_bins(axis, spec)
    edges = band_edges(axis, spec)
    labels = band_labels(axis, spec)
    order = np.array([*range(1, axis.size), 0], dtype=np.intp)
    return AxisBins(feature=axis.feature, kind="continuous", edges=edges, labels=(*labels, MISSING)), order


def line_points(term: PolynomialTerm, spec: FeatureSpec) -> tuple[AxisBins, NDArray[np.float64]]:
    """The axis of a polynomial term: points at which it is evaluated, evenly over the declared bounds.

    Returns
    -------
    bins : AxisBins with ``drawing="line"``: ``edges[i]`` is where the value of label ``i`` holds exactly
    values : ndarray, the points and NaN for missing
    """
    lower, upper = domain(term, spec)
    points = np.linspace(lower, upper, _LINE_POINTS if term.degree == 1 else _CURVE_POINTS)
    edges = tuple(float(point) for point in points)
    labels = (*number_texts(edges), MISSING)
    bins = AxisBins(feature=term.feature, kind="continuous", drawing="line", edges=edges, labels=labels)
    return bins, np.append(points, np.nan)


def band_edges(axis: Axis, spec: FeatureSpec) -> tuple[float, ...]:
    """Edges of the ordinary bins of a continuous axis.

    The outer ones are the declared bounds; without them the outermost cuts moved out by their neighbour's width.
    """
    cuts = axis.cuts
    if spec.lower is not None and spec.upper is not None:
        inner = (spec.lower, spec.upper)
    elif not cuts:
        return ()
    elif len(cuts) == 1:
        reach = abs(cuts[0]) or 1.0
        inner = (cuts[0] - reach, cuts[0] + reach)
    else:
        inner = (2 * cuts[0] - cuts[1], 2 * cuts[-1] - cuts[-2])
    if not cuts:
        return inner
    return (min(inner[0], cuts[0]), *cuts, max(inner[1], cuts[-1]))


def band_labels(axis: Axis, spec: FeatureSpec) -> tuple[str, ...]:
    """Labels of the ordinary bins: ``18 – 25`` holds 18 and stops before 25; whole numbers are named inclusively."""
    low = -math.inf if spec.lower is None else min(spec.lower, *axis.cuts, math.inf)
    high = math.inf if spec.upper is None else max(spec.upper, *axis.cuts, -math.inf)
    edges = (low, *axis.cuts, high)
    texts = number_texts(edges)
    last = len(edges) - 2
    whole = [_whole_band(left, right, closed=index == last) for index, (left, right) in enumerate(pairwise(edges))]
    plain = [_band(left, right) for left, right in pairwise(texts)]
    return tuple(name if spec.integer and name else other for name, other in zip(whole, plain, strict=True))


def number_texts(values: tuple[float, ...]) -> tuple[str, ...]:
    """Short decimal texts that keep different numbers apart."""
    distinct = len(set(values))
    for digits in (6, 9, 12, 17):
        texts = tuple(number_text(value, digits=digits) for value in values)
        if len(set(texts)) == distinct:
            break
    return texts


def number_text(value: float, *, digits: int = 6) -> str:
    """``1234567``, ``−0.25``, ``1.5e−07``: never more than ``digits`` significant digits after a decimal point."""
    if math.isfinite(value) and value == round(value) and abs(value) < 1e15:
        text = str(int(value))
    else:
        text = f"{value:.{digits}g}"
        if "e+" in text and abs(value) < 1e15:
            text = f"{value:.0f}"
    return text.replace("-", "−")


def _level_bins(axis: Axis, spec: FeatureSpec) -> tuple[AxisBins, NDArray[np.intp]]:
    members: dict[int, list[str]] = {}
    for level, place in zip(spec.levels, axis.bins, strict=True):
        members.setdefault(place, []).append(level)
    labels = (*(" / ".join(levels) for levels in members.values()), MISSING, NOT_DECLARED)
    order = np.array([*members, 0, axis.size - 1], dtype=np.intp)
    return AxisBins(feature=axis.feature, kind="nominal", labels=labels), order


def _band(left: str, right: str) -> str:
    if left == _BOTTOM:
        return "any value" if right == _TOP else f"< {right}"
    if right == _TOP:
        return f"≥ {left}"
    return left if left == right else f"{left} – {right}"


def _whole_band(left: float, right: float, *, closed: bool) -> str:
    """A band of whole numbers by its first and last member (the last band holds its upper bound); empty if none."""
    first = left if math.isinf(left) else math.ceil(left)
    last = right if math.isinf(right) else math.floor(right) if closed else math.ceil(right) - 1
    if first > last:
        return ""
    if math.isinf(first):
        return "any value" if math.isinf(last) else f"≤ {number_text(last)}"
    if math.isinf(last):
        return f"≥ {number_text(first)}"
    return number_text(first) if first == last else f"{number_text(first)} – {number_text(last)}"
