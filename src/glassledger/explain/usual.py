"""What is usual for a feature: round numbers and levels that a fictitious person may have.

Nothing is read but the declared domain and the shares that the model itself releases.
"""

from itertools import pairwise

import numpy as np

from glassledger.explain.bins import band_edges
from glassledger.explain.support import cell_shares, domain, released, typical_points
from glassledger.models.additive import AdditiveModel, PolynomialTerm, TableTerm
from glassledger.models.nodes import Node, ThresholdSplit
from glassledger.models.rules import RuleModel
from glassledger.records.features import FeatureSpec

#: A number, a level, or None for missing.
Value = float | str | None
Model = AdditiveModel | RuleModel
Span = tuple[float, float]

_SPANS = 19
_RARE = 0.01


def usual_values(model: Model, spec: FeatureSpec) -> tuple[float | str, ...]:
    """Values that a search may try.

    One round number from each of 19 spans that hold equally many people (the outer ones end at about the 2.5th and the
    97.5th percentile where shares are released), or the levels that at least one person in a hundred has.
    """
    if spec.kind == "continuous":
        return tuple(dict.fromkeys(round_within(*span, whole=spec.integer) for span in _spans(model, spec)))
    term = _own_table(model, spec.name)
    if term is None:
        return spec.levels
    shares = cell_shares(term, {spec.name: spec})
    bins = zip(spec.levels, term.axes[0].bins, strict=True)
    return tuple(level for level, place in bins if shares[place] >= _RARE) or spec.levels


def typical_value(model: Model, spec: FeatureSpec) -> Value:
    """The middle of the 19 spans, or the most frequent level; missing where most people's value is."""
    term = _own_table(model, spec.name)
    if term is not None and spec.missing and cell_shares(term, {spec.name: spec})[0] > 0.5:
        return None
    if spec.kind == "continuous":
        return round_within(*_spans(model, spec)[_SPANS // 2], whole=spec.integer)
    if term is None:
        return spec.levels[0]
    place = int(cell_shares(term, {spec.name: spec})[1:-1].argmax()) + 1
    return spec.levels[term.axes[0].bins.index(place)]


def round_within(lower: float, upper: float, *, whole: bool) -> float:
    """The number with the fewest digits in ``[lower, upper)`` that is nearest to its middle."""
    middle = (lower + upper) / 2.0
    for digits in range(1, 17):
        value = float(f"{middle:.{digits - 1}e}")
        if lower <= value < upper and (not whole or value == round(value)):
            return value + 0.0
    return float(np.clip(np.round(middle), np.ceil(lower), max(np.floor(upper), np.ceil(lower)))) if whole else middle


def _spans(model: Model, spec: FeatureSpec) -> list[Span]:
    """Nineteen spans with equally many people in each, rising; a bin that holds many comes more than once."""
    term = _own_table(model, spec.name)
    if term is not None and released(term):
        edges = band_edges(term.axes[0], spec)
        people = np.cumsum(cell_shares(term, {spec.name: spec})[1:])
        if edges and people[-1] > 0.0:
            ranks = (np.arange(_SPANS) + 0.5) / _SPANS * people[-1]
            return [(edges[place], edges[place + 1]) for place in np.searchsorted(people, ranks).tolist()]
    slope = _own_slope(model, spec.name)
    if slope is not None and released(slope):
        points = np.quantile(typical_points(slope, spec), np.linspace(0.0, 1.0, _SPANS + 1))
    else:
        points = np.linspace(*_bounds(model, spec), _SPANS + 1)
    return list(pairwise(points.tolist()))


def _own_table(model: Model, name: str) -> TableTerm | None:
    found = (term for term in _terms(model) if isinstance(term, TableTerm) and term.features == (name,))
    return next(found, None)


def _own_slope(model: Model, name: str) -> PolynomialTerm | None:
    return next((term for term in _terms(model) if isinstance(term, PolynomialTerm) and term.feature == name), None)


def _terms(model: Model) -> tuple[TableTerm | PolynomialTerm, ...]:
    return model.terms if isinstance(model, AdditiveModel) else ()


def _bounds(model: Model, spec: FeatureSpec) -> Span:
    """Declared bounds, else what the model's own cuts, slopes or questions span."""
    if spec.lower is not None and spec.upper is not None:
        return spec.lower, spec.upper
    slope = _own_slope(model, spec.name)
    if slope is not None:
        return domain(slope, spec)
    for term in _terms(model):
        if isinstance(term, TableTerm) and spec.name in term.features:
            edges = band_edges(term.axes[term.features.index(spec.name)], spec)
            if edges:
                return edges[0], edges[-1]
    trees = model.trees if isinstance(model, RuleModel) else ()
    asked = [threshold for tree in trees for threshold in _thresholds(tree.nodes, spec.name)]
    return (min(asked) - 1.0, max(asked) + 1.0) if asked else (0.0, 1.0)


def _thresholds(nodes: tuple[Node, ...], name: str) -> list[float]:
    return [node.threshold for node in nodes if isinstance(node, ThresholdSplit) and node.feature == name]
