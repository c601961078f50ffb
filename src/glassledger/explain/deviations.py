"""How far every feature of a row is from the baseline: one number a feature, compiled once per model.

Deviations are rounded to a grain, a power of two about 10⁻¹² of the model's largest deviation. Sums of grains are
exact in float64 whatever their order, so equal deviations tie exactly, a constant term deviates by exactly zero, and
every engine that adds them finds the same reasons.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from glassledger.errors import PolicyError
from glassledger.explain.paths import tree_paths
from glassledger.explain.sharing import Best, Surroundings, shared_deviations
from glassledger.explain.support import cell_shares, domain, reachable, typical_points
from glassledger.models.additive import AdditiveModel, Axis, PolynomialTerm, TableTerm, bin_indices, encode, polynomial
from glassledger.models.rules import RuleModel
from glassledger.records.features import FeatureSpec

Floats = NDArray[np.float64]
Outputs = NDArray[np.intp]

_GRAIN_BITS = 40


@dataclass(frozen=True, eq=False)
class TermDeviations:
    """One term, ready to be looked up.

    Attributes
    ----------
    positions : tuple of int
        Place of each of the term's features in the model.
    tables : tuple of ndarray, shape (cells, outputs)
        Deviation per cell for each feature; for a polynomial term one row: what is taken off its value.
    spread : tuple of float
        Mean absolute deviation of each feature's part.
    largest : float
        Largest deviation that the term can show, about.
    """

    positions: tuple[int, ...]
    tables: tuple[Floats, ...]
    spread: tuple[float, ...]
    largest: float


@dataclass(frozen=True, eq=False)
class Deviations:
    """A compiled model: deviations per feature, and what they are measured from.

    Attributes
    ----------
    expected : ndarray, shape (outputs,)
        Score of the baseline on the link scale; a row's deviations sum to its score minus this.
    spread : ndarray, shape (features,)
        Mean absolute deviation of each feature.
    grain : float
        The step that deviations are rounded to.
    """

    model: AdditiveModel | RuleModel
    terms: tuple[TermDeviations, ...]
    expected: Floats
    spread: Floats
    grain: float

    def of(self, frame: pd.DataFrame, outputs: Outputs) -> Floats:
        """Deviation of every feature of every row, towards the row's own output.

        Parameters
        ----------
        frame : DataFrame with the model's features.
        outputs : ndarray of int, shape (rows,)
            Which output is explained (0, or the predicted class).

        Returns
        -------
        ndarray, shape (features, rows), on the link scale
        """
        if isinstance(self.model, RuleModel):
            found = self.model.contributions(frame)[np.arange(len(frame)), :, outputs].T
            return self.rounded(found - self.terms[0].tables[0][:, outputs])
        return self._looked_up(self.model, frame, outputs)

    def rounded(self, values: Floats) -> Floats:
        """Values in whole grains."""
        return np.asarray(np.round(values / self.grain) * self.grain)

    def _looked_up(self, model: AdditiveModel, frame: pd.DataFrame, outputs: Outputs) -> Floats:
        specs = {spec.name: spec for spec in model.features}
        columns = encode(frame, {name: specs[name] for term in model.terms for name in term.features})
        binned: dict[Axis, Outputs] = {}  # terms share axes, and searching cuts is what costs most
        out = np.zeros((len(model.features), len(frame)))
        for term, compiled in zip(model.terms, self.terms, strict=True):
            if isinstance(term, PolynomialTerm):
                values = _comparable(model, polynomial(term, columns[term.feature], model.outputs))
                out[compiled.positions[0]] += self.rounded(
                    (values - compiled.tables[0])[np.arange(len(frame)), outputs]
                )
                continue
            cells = np.zeros(len(frame), dtype=np.intp)
            for axis in term.axes:
                if axis not in binned:
                    binned[axis] = bin_indices(axis, specs[axis.feature], columns[axis.feature])
                cells = cells * axis.size + binned[axis]
            for position, table in zip(compiled.positions, compiled.tables, strict=True):
                out[position] += table[:, 0].take(cells) if model.outputs == 1 else table[cells, outputs]
        return out


def compile_deviations(model: AdditiveModel | RuleModel, *, best: Best | None) -> Deviations:
    """Compile a model against the mean (``best`` None) or the best attainable value of every term.

    Raises
    ------
    PolicyError
        When the best value is asked for and a slope has no declared bounds.
    """
    terms = _rule_terms(model, best) if isinstance(model, RuleModel) else _additive_terms(model, best)
    largest = max((term.largest for term in terms), default=0.0)
    grain = float(2.0 ** (np.ceil(np.log2(largest)) - _GRAIN_BITS)) if largest > 0.0 else 2.0**-_GRAIN_BITS
    spread = np.zeros(len(model.features))
    for term in terms:
        np.add.at(spread, np.asarray(term.positions, dtype=np.intp), term.spread)
    return Deviations(model, _in_grains(model, terms, grain), _expected(model, terms), spread, grain)


def _additive_terms(model: AdditiveModel, best: Best | None) -> tuple[TermDeviations, ...]:
    specs = {spec.name: spec for spec in model.features}
    position = {spec.name: index for index, spec in enumerate(model.features)}
    return tuple(
        _table(model, term, specs, position, best)
        if isinstance(term, TableTerm)
        else _slope(model, term, specs[term.feature], position[term.feature], best)
        for term in model.terms
    )


def _table(
    model: AdditiveModel, term: TableTerm, specs: dict[str, FeatureSpec], position: dict[str, int], best: Best | None
) -> TermDeviations:
    values = _comparable(model, np.asarray(term.values, dtype=np.float64).reshape(-1, model.outputs))
    masks = tuple(reachable(axis, specs[axis.feature]) for axis in term.axes)
    around = Surroundings(cell_shares(term, specs), masks, best)
    tables = shared_deviations(values, around)
    spread = tuple(float(around.shares @ np.abs(table).mean(axis=1)) for table in tables)
    largest = max(float(np.abs(table).max()) for table in tables)
    return TermDeviations(tuple(position[name] for name in term.features), tables, spread, largest)


def _slope(
    model: AdditiveModel, term: PolynomialTerm, spec: FeatureSpec, position: int, best: Best | None
) -> TermDeviations:
    coefficients = np.asarray(term.coefficients, dtype=np.float64).reshape(term.degree, model.outputs)
    typical = _comparable(model, polynomial(term, typical_points(term, spec), model.outputs))
    if best is None:
        base = _comparable(model, (np.asarray(term.moments[: term.degree]) @ coefficients)[None, :])
    else:
        values = _comparable(model, polynomial(term, _turning_points(term, spec, coefficients), model.outputs))
        base = values.max(axis=0, keepdims=True) if best == "highest" else values.min(axis=0, keepdims=True)
    gaps = np.abs(typical - base)
    return TermDeviations((position,), (base,), (float(gaps.mean()),), float(gaps.max()))


def _turning_points(term: PolynomialTerm, spec: FeatureSpec, coefficients: Floats) -> Floats:
    """Declared values at which a polynomial can be extreme: the ends and, between them, what is next to a vertex."""
    if spec.lower is None and term.lower is None:
        raise PolicyError(
            f"The best value of {term.feature} is unknown: the column declares no bounds.",
            code="best-without-bounds",
            hint="Declare min and max for the column, or use the reason baseline 'mean'.",
            facts={"column": term.feature},
        )
    lower, upper = domain(term, spec)
    curved = coefficients[1][coefficients[1] != 0.0] if term.degree == 2 else np.zeros(0)
    slopes = coefficients[0][coefficients[1] != 0.0] if term.degree == 2 else np.zeros(0)
    vertices = term.center - slopes / (2.0 * curved)
    if spec.integer:
        lower, upper = np.ceil(lower), np.floor(upper)
        vertices = np.concatenate([np.floor(vertices), np.ceil(vertices)])
    return np.array([lower, upper, *np.clip(vertices, lower, upper)])


def _rule_terms(model: RuleModel, best: Best | None) -> tuple[TermDeviations, ...]:
    """One pseudo-term over all features: what is taken off each feature's contribution, (features, outputs)."""
    base = np.zeros((len(model.features), model.outputs))
    spread = np.zeros(len(model.features))
    largest = 0.0
    for paths in tree_paths(model):
        if best is None:
            reference = np.einsum("l,lfo->fo", paths.shares, paths.contributions)
        else:
            reference = paths.contributions.max(axis=0) if best == "highest" else paths.contributions.min(axis=0)
        base += reference / len(model.trees)
        gaps = np.abs(paths.contributions - reference)
        spread += paths.shares @ gaps.mean(axis=2) / len(model.trees)
        largest = max(largest, float(gaps.max()))
    return (TermDeviations(tuple(range(len(model.features))), (base,), tuple(spread), largest),)


def _comparable(model: AdditiveModel, values: Floats) -> Floats:
    """Softmax scores mean something only against each other: take off their average over the classes."""
    return values - values.mean(axis=-1, keepdims=True) if model.link == "softmax" else values


def _expected(model: AdditiveModel | RuleModel, terms: tuple[TermDeviations, ...]) -> Floats:
    """Intercept plus the baseline of every term, read off one cell: value minus its shared deviations."""
    intercept = np.asarray(model.intercept, dtype=np.float64)
    if isinstance(model, RuleModel):
        return np.asarray(intercept + terms[0].tables[0].sum(axis=0))
    out = _comparable(model, intercept)
    for term, compiled in zip(model.terms, terms, strict=True):
        if isinstance(term, PolynomialTerm):
            out = out + compiled.tables[0][0]
        else:
            first = np.asarray(term.values[: model.outputs], dtype=np.float64)
            out = out + _comparable(model, first) - np.sum([table[0] for table in compiled.tables], axis=0)
    return np.asarray(out)


def _in_grains(
    model: AdditiveModel | RuleModel, terms: tuple[TermDeviations, ...], grain: float
) -> tuple[TermDeviations, ...]:
    """Tables are rounded once; what is taken off a slope or a path stays exact and its result is rounded."""
    if isinstance(model, RuleModel):
        return terms
    return tuple(
        compiled
        if isinstance(term, PolynomialTerm)
        else replace(compiled, tables=tuple(np.round(table / grain) * grain for table in compiled.tables))
        for term, compiled in zip(model.terms, terms, strict=True)
    )
