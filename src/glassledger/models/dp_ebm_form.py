"""From interpret's noisy tensors to our form. Everything read here was released with noise or declared."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassledger.errors import ModelError
from glassledger.models.additive import AdditiveModel, Axis, TableTerm
from glassledger.models.private_task import PrivateTask, bounds, level_count
from glassledger.records.features import FeatureSpec

Floats = NDArray[np.float64]
#: A bin of ours that no value reaches, and that interpret therefore has no position for.
_NOWHERE = -1


def cell_grid(spec: FeatureSpec, max_bins: int) -> tuple[float, float, float]:
    """Range of a continuous feature's 2·(max_bins − 1) equal cells, and where *missing* stands.

    With missing allowed the first cell is its own: the declared lower bound then lies in the middle of the second cell,
    and *missing* in the middle of the first, so that no rounding of an edge can move either.
    """
    low, high = bounds(spec)
    if not spec.missing:
        return low, high, math.nan
    width = (high - low) / (2 * (max_bins - 1) - 1.5)
    return low - 1.5 * width, high, low - width


def compile_dp_ebm(fitted: Any, private: PrivateTask, padding: int) -> AdditiveModel:
    """The same function as ``fitted`` on declared values.

    Parameters
    ----------
    fitted : interpret's classifier, trained on padded codes
    private : PrivateTask
    padding : int
        Expected number of padding rows (public); their even share of every level is taken off the weights.

    Raises
    ------
    ModelError
        When the noise left something that is not finite.
    """
    terms = []
    for index, (spec, scores, weights) in enumerate(
        zip(private.specs, fitted.term_scores_, fitted.bin_weights_, strict=True)
    ):
        bins = fitted.bins_[index][0]
        if spec.kind == "nominal":
            positions = _level_positions(spec, bins)
            weights = weights - np.bincount(positions, minlength=len(weights)) * padding / len(positions)
            axis, source = _nominal_axis(spec, positions, pooled=len(bins) + 1)
        else:
            axis, source = _continuous_axis(spec, bins)
        terms.append(_term(axis, source, scores, weights))
    return AdditiveModel(
        family="dp-ebm",
        task="binary",
        link="logit",
        classes=private.classes,
        features=private.specs,
        intercept=(_finite(np.asarray(fitted.intercept_))[0],),
        terms=tuple(terms),
    )


def _term(axis: Axis, source: NDArray[np.intp], scores: Floats, weights: Floats) -> TableTerm:
    values = np.where(source == _NOWHERE, 0.0, scores[source])
    shares = np.where(_owners(source), np.maximum(weights[source], 0.0), 0.0)
    total = shares.sum()
    return TableTerm(
        axes=(axis,),
        values=tuple(_finite(values)),
        weights=tuple((shares / total).tolist()) if total > 0 else None,
    )


def _continuous_axis(spec: FeatureSpec, cuts: Floats) -> tuple[Axis, NDArray[np.intp]]:
    """Our axis, and for each of its bins the position in interpret's tensor."""
    low, _ = bounds(spec)
    below = int(np.searchsorted(cuts, low, side="right"))  # cuts that only part *missing* from the values
    missing = 1 if spec.missing else _NOWHERE
    axis = Axis(feature=spec.name, cuts=tuple(cuts[below:].tolist()))
    return axis, np.array([missing, *range(1 + below, len(cuts) + 2)])


def _level_positions(spec: FeatureSpec, bins: dict[str, int]) -> list[int]:
    """Position of every level, *missing* last where allowed; pooled levels stand at interpret's last one."""
    return [bins.get(str(code), len(bins) + 1) for code in range(level_count(spec))]


def _nominal_axis(spec: FeatureSpec, positions: list[int], pooled: int) -> tuple[Axis, NDArray[np.intp]]:
    """The same for levels: pooled levels share one of our bins, and undeclared values join them."""
    levels = positions[: len(spec.levels)]
    order = list(dict.fromkeys(levels))
    missing = positions[-1] if spec.missing else _NOWHERE
    undeclared = pooled if pooled in positions else _NOWHERE
    axis = Axis(feature=spec.name, bins=tuple(order.index(position) + 1 for position in levels))
    return axis, np.array([missing, *order, undeclared])


def _owners(source: NDArray[np.intp]) -> NDArray[np.bool_]:
    """One bin a position, ordinary bins before *missing* and undeclared, so that no weight counts twice."""
    order = np.roll(np.arange(len(source)), -1)
    _, first = np.unique(source[order], return_index=True)
    out = np.zeros(len(source), dtype=np.bool_)
    out[order[first]] = True
    return np.asarray(out & (source != _NOWHERE))


def _finite(values: Floats) -> list[float]:
    if not np.isfinite(values).all():
        raise ModelError(
            "The noise left no finite model.",
            code="noise-overwhelmed",
            hint="The budget is too small for this table; it is spent all the same.",
        )
    return [float(value) for value in values]
