"""How a model works as a whole: the shape of every term, or the rules of a tree, with importances."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from glassledger.errors import ModelError
from glassledger.explain.bins import axis_bins, line_points
from glassledger.explain.paths import paths_released, tree_paths
from glassledger.explain.support import cell_shares, released, typical_points
from glassledger.models.additive import AdditiveModel, PolynomialTerm, TableTerm, polynomial
from glassledger.models.rules import RuleModel
from glassledger.records.explanation import GlobalExplanation, Shape
from glassledger.records.features import FeatureSpec

Floats = NDArray[np.float64]

_UNITS = {
    "logit": "log-odds",
    "softmax": "log-odds against the average class",
    "log": "logarithm of the mean",
    "identity": "units of the target",
}


def explain_global(model: object) -> GlobalExplanation:
    """Shapes and importances of an additive model, rules and importances of a tree.

    The importance of a term is the mean over people of |contribution − its mean|, averaged over the outputs. People
    are the training rows where the model releases how they are spread, else a uniform spread over the declared
    domain; ``method`` says which. Shapes and importances come in falling order of importance.

    Parameters
    ----------
    model : AdditiveModel or RuleModel

    Raises
    ------
    ModelError
        When the model is of another form: nothing true can be said about the inside of an opaque one.
    """
    if isinstance(model, AdditiveModel):
        return _additive(model)
    if isinstance(model, RuleModel):
        return _rules(model)
    raise ModelError(
        "This model is opaque: it has no shapes and no rules that could be shown.",
        code="model-opaque",
        hint="Use an additive family or a tree when explanations are needed.",
        facts={"form": type(model).__name__},
    )


def _additive(model: AdditiveModel) -> GlobalExplanation:
    specs = {spec.name: spec for spec in model.features}
    shapes = [
        _table(model, term, specs) if isinstance(term, TableTerm) else _line(model, term, specs[term.feature])
        for term in model.terms
    ]
    shapes.sort(key=lambda shape: -shape.importance)  # stable: ties stay in the model's order
    known = sum(released(term) for term in model.terms)
    return GlobalExplanation(
        exact=True,
        method=f"mean absolute distance of the contribution from its mean; {_spread_over(known, len(model.terms))}",
        link=model.link,
        unit=_UNITS[model.link],
        intercept=model.intercept,
        base_points=None if model.points is None else model.points.offset + model.points.factor * model.intercept[0],
        shapes=tuple(shapes),
        importances={shape.term: shape.importance for shape in shapes},
    )


def _spread_over(known: int, terms: int) -> str:
    if known == terms:
        return "people as in the training rows"
    if known == 0:
        return "people spread evenly over the declared domain"
    return f"people as in the training rows for {known} of {terms} terms, else spread evenly over the declared domain"


def _table(model: AdditiveModel, term: TableTerm, specs: Mapping[str, FeatureSpec]) -> Shape:
    drawn = [axis_bins(axis, specs[axis.feature]) for axis in term.axes]
    sizes = [axis.size for axis in term.axes]
    order = np.arange(np.prod(sizes)).reshape(sizes)[np.ix_(*(order for _, order in drawn))].ravel()
    values = np.asarray(term.values, dtype=np.float64).reshape(-1, model.outputs)
    half_width = None
    if term.half_width is not None:
        half_width = _flat(np.asarray(term.half_width, dtype=np.float64).reshape(-1, model.outputs)[order])
    return Shape(
        term=term.name,
        features=term.features,
        axes=tuple(bins for bins, _ in drawn),
        outputs=model.outputs,
        values=_flat(values[order]),
        density=None if term.weights is None else _flat(np.asarray(term.weights, dtype=np.float64)[order]),
        half_width=half_width,
        importance=_importance(model, values, cell_shares(term, specs)),
        points=_points(model, values[order]),
    )


def _line(model: AdditiveModel, term: PolynomialTerm, spec: FeatureSpec) -> Shape:
    bins, points = line_points(term, spec)
    values = polynomial(term, points, model.outputs)
    typical = polynomial(term, typical_points(term, spec), model.outputs)
    return Shape(
        term=term.name,
        features=term.features,
        axes=(bins,),
        outputs=model.outputs,
        values=_flat(values),
        importance=_importance(model, typical, np.full(len(typical), 1.0 / len(typical))),
        points=_points(model, values),
    )


def _importance(model: AdditiveModel, values: Floats, shares: Floats) -> float:
    """Mean absolute distance from the mean; ``values`` has shape (cells, outputs)."""
    if model.link == "softmax":  # only differences between classes move a probability
        values = values - values.mean(axis=1, keepdims=True)
    return float(shares @ np.abs(values - shares @ values).mean(axis=1))


def _points(model: AdditiveModel, values: Floats) -> tuple[float, ...] | None:
    return None if model.points is None else _flat(model.points.factor * values)


def _rules(model: RuleModel) -> GlobalExplanation:
    importance = np.zeros(len(model.features))
    for paths in tree_paths(model):
        gaps = np.abs(paths.contributions - np.einsum("l,lfo->fo", paths.shares, paths.contributions))
        importance += paths.shares @ gaps.mean(axis=2) / len(model.trees)
    ranked = sorted(zip(model.term_names, importance.tolist(), strict=True), key=lambda pair: -pair[1])
    people = "as in the training rows" if paths_released(model) else "split evenly at every question"
    return GlobalExplanation(
        exact=True,
        method=f"mean absolute contribution along the paths of each tree; people {people}",
        link=model.link,
        unit="units of the target" if model.task == "regression" else "probability",
        intercept=model.intercept,
        rules=model.rules(),
        importances=dict(ranked),
    )


def _flat(values: Floats) -> tuple[float, ...]:
    return tuple(float(value) for value in values.ravel())
