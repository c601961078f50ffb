"""What a term can meet: how often each of its cells is taken, and which cells a declared person can reach.

Shares come from the training rows where the model may release them, else from the declared domain. Nothing here reads
a row.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from glassledger.models.additive import Axis, PolynomialTerm, TableTerm
from glassledger.records.features import FeatureSpec

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_POINTS = 64


def released(term: TableTerm | PolynomialTerm) -> bool:
    """Whether the model states how its training rows were spread over this term."""
    if isinstance(term, TableTerm):
        return term.weights is not None and float(np.clip(term.weights, 0.0, None).sum()) > 0.0
    return _deviation(term) > 0.0


def cell_shares(term: TableTerm, specs: Mapping[str, FeatureSpec]) -> Floats:
    """Share of people per flat cell, summing to 1.

    Released training shares, with negative ones (noise of a private family) set to zero; else uniform over the
    declared domain, independently for each axis.
    """
    if released(term):
        assert term.weights is not None
        kept = np.clip(np.asarray(term.weights, dtype=np.float64), 0.0, None)
        return np.asarray(kept / kept.sum())
    parts = [declared_shares(axis, specs[axis.feature]) for axis in term.axes]
    return parts[0] if len(parts) == 1 else np.outer(*parts).ravel()


def declared_shares(axis: Axis, spec: FeatureSpec) -> Floats:
    """Uniform over the declared domain: levels, whole numbers or length within the bounds; shape (bins,).

    A continuous feature without declared bounds counts each of its ordinary bins once.
    """
    out = np.zeros(axis.size)
    if spec.kind == "nominal":
        np.add.at(out, np.asarray(axis.bins, dtype=np.intp), 1.0)
    elif spec.lower is None or spec.upper is None:
        out[1:] = 1.0
    else:
        out[1:] = _overlap(axis, spec.lower, spec.upper, integer=spec.integer)
    if not out.any():  # bounds that hold no whole number
        out[1:] = 1.0
    return np.asarray(out / out.sum())


def reachable(axis: Axis, spec: FeatureSpec) -> Bools:
    """Bins that some declared value falls into: neither *missing* nor *not declared*; shape (bins,)."""
    if spec.kind == "nominal" or spec.lower is None or spec.integer:
        return declared_shares(axis, spec) > 0.0
    out = np.zeros(axis.size, dtype=np.bool_)
    out[1:] = (np.array([-np.inf, *axis.cuts]) <= spec.upper) & (np.array([*axis.cuts, np.inf]) > spec.lower)
    return out


def domain(term: PolynomialTerm, spec: FeatureSpec) -> tuple[float, float]:
    """Where a polynomial term is looked at: declared bounds, else its own, else three deviations around its mean."""
    if spec.lower is not None and spec.upper is not None:
        return spec.lower, spec.upper
    if term.lower is not None and term.upper is not None:
        return term.lower, term.upper
    middle, reach = term.center + term.moments[0], 3.0 * _deviation(term) or 1.0
    return middle - reach, middle + reach


def typical_points(term: PolynomialTerm, spec: FeatureSpec) -> Floats:
    """Values of the feature that stand for equally many people each.

    Quantiles of a normal distribution with the term's moments, clipped to its bounds; without moments a uniform grid
    over the declared domain.
    """
    ranks = (np.arange(_POINTS) + 0.5) / _POINTS
    lower, upper = domain(term, spec)
    if not released(term):
        return np.asarray(lower + ranks * (upper - lower))
    values = term.center + term.moments[0] + _deviation(term) * ndtri(ranks)
    return np.asarray(values if spec.lower is None else np.clip(values, lower, upper))


def _deviation(term: PolynomialTerm) -> float:
    mean, mean_square = term.moments
    return float(np.sqrt(max(mean_square - mean**2, 0.0)))


def _overlap(axis: Axis, lower: float, upper: float, *, integer: bool) -> Floats:
    """Length (or count of whole numbers) of every ordinary bin within the declared bounds."""
    edges = np.array([-np.inf, *axis.cuts, np.inf])
    if integer:
        return np.diff(np.clip(np.ceil(edges), np.ceil(lower), np.floor(upper) + 1.0))
    return np.diff(np.clip(edges, lower, upper))
