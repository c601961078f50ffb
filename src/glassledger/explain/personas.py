"""Fictitious people who show how the model works: built from the declared domain, scored by the real model.

No row is read. Values are round numbers inside the model's bins and declared levels, so that nobody real is described.
Every search is over a fixed grid in a fixed order: the same model gives the same people.
"""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from glassledger.explain.bins import band_edges
from glassledger.explain.contributions import explain_local
from glassledger.explain.support import cell_shares, domain
from glassledger.models.additive import AdditiveModel, PolynomialTerm, TableTerm
from glassledger.models.rules import RuleModel
from glassledger.policy import Policy
from glassledger.records.explanation import Persona
from glassledger.records.features import FeatureSpec

Model = AdditiveModel | RuleModel
Person = dict[str, float | str]
Floats = NDArray[np.float64]

_GRID = 9
_CHANGES = 3


def personas(model: Model, policy: Policy) -> tuple[Persona, ...]:
    """Three to five fictitious people with their explanations.

    ``typical`` takes the middle of every feature; ``strong`` and ``weak`` differ from it in up to three features,
    chosen one after the other as those that raise or lower the score most; ``just above`` and ``just below`` are the
    people on the grid whose scores lie nearest to the threshold, when there is one and the grid has both sides.
    For several classes the score is the first class's.
    """
    grid = {spec.name: candidates(model, spec) for spec in model.features}
    typical = {spec.name: typical_value(model, spec) for spec in model.features}
    people = {"typical": typical}
    strong, weak = (_pushed(model, typical, grid, sign) for sign in (1.0, -1.0))
    rule = policy.document.decision
    if rule is not None and model.task != "multiclass":
        people |= _nearest(model, [typical, strong, weak], grid, rule.threshold)
    people |= {"strong": strong, "weak": weak}
    return tuple(
        Persona(name=name, explanation=explain_local(model, table(model, [person]), policy=policy, show_values=True))
        for name, person in people.items()
    )


def candidates(model: Model, spec: FeatureSpec) -> tuple[float | str, ...]:
    """Values that a search may give to a feature: declared levels, or round numbers over the declared bounds."""
    if spec.kind == "nominal":
        return spec.levels
    lower, upper = _bounds(model, spec)
    edges = np.linspace(lower, upper, _GRID + 1)
    values = [round_within(left, right, whole=spec.integer) for left, right in pairwise(edges)]
    inside = [min(max(value, lower), upper) for value in values]
    return tuple(dict.fromkeys(inside))


def typical_value(model: Model, spec: FeatureSpec) -> float | str:
    """The most frequent level or the median bin where the model releases shares, else the declared middle."""
    term = _own_table(model, spec.name)
    if spec.kind == "nominal":
        if term is None:
            return spec.levels[0]
        place = int(cell_shares(term, {spec.name: spec})[1:-1].argmax()) + 1
        return spec.levels[term.axes[0].bins.index(place)]
    if term is None or term.weights is None:
        lower, upper = _middle(model, spec)
        return round_within(lower, upper, whole=spec.integer)
    edges = band_edges(term.axes[0], spec)
    shares = np.cumsum(cell_shares(term, {spec.name: spec})[1:])
    middle = int(np.searchsorted(shares, shares[-1] / 2.0))
    if len(edges) < 2:
        return 0.0
    return round_within(edges[middle], edges[middle + 1], whole=spec.integer)


def round_within(lower: float, upper: float, *, whole: bool) -> float:
    """The number with the fewest digits in ``[lower, upper)`` that is nearest to its middle."""
    middle = (lower + upper) / 2.0
    for digits in range(1, 17):
        value = float(f"{middle:.{digits - 1}e}")
        if lower <= value < upper and (not whole or value == round(value)):
            return value + 0.0
    return float(np.clip(np.round(middle), np.ceil(lower), max(np.floor(upper), np.ceil(lower)))) if whole else middle


def table(model: Model, people: list[Person]) -> pd.DataFrame:
    """People as the frame that a model takes."""
    return pd.DataFrame(
        {
            spec.name: pd.Series(
                [person[spec.name] for person in people], dtype="float64" if spec.kind == "continuous" else object
            )
            for spec in model.features
        }
    )


def _scores(model: Model, people: list[Person]) -> Floats:
    predicted = model.predict(table(model, people))
    return predicted[:, 0] if predicted.ndim == 2 else predicted


def _changed(person: Person, grid: Mapping[str, tuple[float | str, ...]]) -> list[Person]:
    """Everybody who differs from this person in at most one feature, this person first."""
    return [person] + [
        {**person, name: value} for name, values in grid.items() for value in values if value != person[name]
    ]


def _pushed(model: Model, person: Person, grid: Mapping[str, tuple[float | str, ...]], sign: float) -> Person:
    for _ in range(_CHANGES):
        neighbours = _changed(person, grid)
        person = neighbours[int(np.argmax(sign * _scores(model, neighbours)))]
    return person


def _nearest(
    model: Model, seeds: list[Person], grid: Mapping[str, tuple[float | str, ...]], threshold: float
) -> dict[str, Person]:
    """The people nearest to the threshold among all within one change of the seeds and of the steps between them."""
    typical, *ends = seeds
    between = [{**typical, name: value} for end in ends for name, value in end.items() if value != typical[name]]
    pool = [person for seed in (*seeds, *between) for person in _changed(seed, grid)]
    scores = _scores(model, pool)
    above = np.where(scores >= threshold, scores, np.inf)
    below = np.where(scores < threshold, scores, -np.inf)
    found: dict[str, Person] = {}
    if np.isfinite(above).any():
        found["just above"] = pool[int(above.argmin())]
    if np.isfinite(below).any():
        found["just below"] = pool[int(below.argmax())]
    return found


def _own_table(model: Model, name: str) -> TableTerm | None:
    if isinstance(model, AdditiveModel):
        for term in model.terms:
            if isinstance(term, TableTerm) and term.features == (name,):
                return term
    return None


def _middle(model: Model, spec: FeatureSpec) -> tuple[float, float]:
    """A tenth of the domain around its middle, or around a slope's mean."""
    lower, upper = _bounds(model, spec)
    middle, reach = (lower + upper) / 2.0, (upper - lower) / 20.0
    for term in model.terms if isinstance(model, AdditiveModel) else ():
        if isinstance(term, PolynomialTerm) and term.feature == spec.name and term.moments[1] > 0.0:
            middle = min(max(term.center + term.moments[0], lower + reach), upper - reach)
    return middle - reach, middle + reach


def _bounds(model: Model, spec: FeatureSpec) -> tuple[float, float]:
    """Declared bounds, else what the model's own terms span."""
    if spec.lower is not None and spec.upper is not None:
        return spec.lower, spec.upper
    if isinstance(model, RuleModel):
        asked = [
            node.threshold
            for tree in model.trees
            for node in tree.nodes
            if node.kind == "threshold" and node.feature == spec.name
        ]
        return (min(asked) - 1.0, max(asked) + 1.0) if asked else (0.0, 1.0)
    for term in model.terms:
        if isinstance(term, PolynomialTerm) and term.feature == spec.name:
            return domain(term, spec)
        if isinstance(term, TableTerm) and spec.name in term.features:
            edges = band_edges(term.axes[term.features.index(spec.name)], spec)
            if edges:
                return edges[0], edges[-1]
    return 0.0, 1.0
