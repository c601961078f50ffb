"""What a person could change: the values of one actionable feature that are worth looking at."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from glassledger.models.additive import AdditiveModel, TableTerm, bin_indices, encode
from glassledger.policy import Policy
from glassledger.records.features import FeatureSpec

Floats = NDArray[np.float64]
Way = Literal["increase", "decrease", "switch"]


@dataclass(frozen=True, eq=False)
class Options:
    """Other values of one feature.

    Attributes
    ----------
    gains : ndarray
        Change of the score on the link scale when only this feature changes.
    sizes : ndarray
        Share of the declared range or of the ordered levels; 1 for a switch between unordered levels.
    bins : mapping of pair term to ndarray
        The feature's bin in each of its pair terms.
    step : float or None
        Grid of a number; None for levels.
    """

    name: str
    values: pd.Series
    gains: Floats
    sizes: Floats
    directions: tuple[Way, ...]
    bins: Mapping[str, NDArray[np.intp]]
    step: float | None

    def __len__(self) -> int:
        return len(self.values)


def options_of(
    model: AdditiveModel,
    spec: FeatureSpec,
    row: pd.DataFrame,
    policy: Policy,
    levels_kept: Mapping[str, tuple[str, ...]],
) -> Options | None:
    """The options of one feature; None when it is not actionable or its present value has no declared place.

    A value is left out when a smaller change, in the same bins of every pair term, moves the score at least as far to
    either side: no best answer needs it.
    """
    declared = policy.document.data.columns[spec.name].actionable
    if declared is None or pd.isna(row[spec.name].iloc[0]):
        return None
    step = grid_step(spec) if spec.kind == "continuous" else None
    if step is not None:
        values, moves, sizes = _numbers(spec, float(row[spec.name].iloc[0]), step)
    else:
        values, moves, sizes = _levels(spec, str(row[spec.name].iloc[0]), levels_kept.get(spec.name, spec.levels))
    allowed = np.ones(len(values), dtype=bool) if declared == "either" else moves * _SIGNS[declared] > 0
    values, moves, sizes = values[allowed], moves[allowed], sizes[allowed]
    return _options(model, spec, row, (values, moves, sizes), step)


_SIGNS = {"increase": 1.0, "decrease": -1.0}


def grid_step(spec: FeatureSpec) -> float:
    """Numbers are suggested in steps of a power of ten, the largest of at most a hundredth of the declared range."""
    lower, upper = _bounds(spec)
    step = 10.0 ** math.floor(math.log10((upper - lower) / 100.0))
    return max(1.0, step) if spec.integer else step


def _numbers(spec: FeatureSpec, now: float, step: float) -> tuple[pd.Series, Floats, Floats]:
    lower, upper = _bounds(spec)
    counts = np.arange(math.ceil(lower / step), math.floor(upper / step) + 1, dtype=np.float64)
    inside = counts * step if step >= 1.0 else counts / round(1.0 / step)
    grid = np.unique(np.clip(np.concatenate([inside, [lower, upper]]), lower, upper))
    grid = grid[grid != now]
    moves = grid - now
    return pd.Series(grid), moves, np.abs(moves) / (upper - lower)


def _bounds(spec: FeatureSpec) -> tuple[float, float]:
    assert spec.lower is not None, "the policy's checks want bounds for an actionable number"
    assert spec.upper is not None
    return spec.lower, spec.upper


def _levels(spec: FeatureSpec, now: str, kept: tuple[str, ...]) -> tuple[pd.Series, Floats, Floats]:
    """Declared levels that the model was fitted with, without the level for everything else."""
    named = [level for level in spec.levels if level != spec.other]
    levels = [level for level in named if level in kept and level != now]
    moves = np.zeros(len(levels))
    sizes = np.ones(len(levels))
    if spec.ordered and now in named:
        moves = np.array([float(named.index(level) - named.index(now)) for level in levels])
        sizes = np.abs(moves) / max(1, len(named) - 1)
    return pd.Series(levels, dtype=object), moves, sizes


def _options(
    model: AdditiveModel,
    spec: FeatureSpec,
    row: pd.DataFrame,
    found: tuple[pd.Series, Floats, Floats],
    step: float | None,
) -> Options:
    values, moves, sizes = found
    frame = row.loc[row.index.repeat(len(values))].reset_index(drop=True)
    frame[spec.name] = values.to_numpy()
    mine = [index for index, term in enumerate(model.terms) if spec.name in term.features]
    gains = (model.contributions(frame) - model.contributions(row))[:, mine, 0].sum(axis=1)
    column = encode(frame, {spec.name: spec})[spec.name]
    bins = {
        term.name: bin_indices(axis, spec, column)
        for term in model.terms
        if isinstance(term, TableTerm) and len(term.axes) == 2
        for axis in term.axes
        if axis.feature == spec.name
    }
    keep = _undominated(gains, sizes, bins)
    ways: tuple[Way, ...] = tuple("increase" if m > 0 else "decrease" if m < 0 else "switch" for m in moves[keep])
    return Options(
        name=spec.name,
        values=values.iloc[keep].reset_index(drop=True),
        gains=gains[keep],
        sizes=sizes[keep],
        directions=ways,
        bins={name: bin_[keep] for name, bin_ in bins.items()},
        step=step,
    )


def _undominated(gains: Floats, sizes: Floats, bins: Mapping[str, NDArray[np.intp]]) -> NDArray[np.intp]:
    """Positions that move the score further up, or further down, than every smaller change in the same bins."""
    reach: dict[tuple[int, ...], tuple[float, float]] = {}
    kept: list[int] = []
    for at in np.argsort(sizes, kind="stable"):
        cell = tuple(int(column[at]) for column in bins.values())
        low, high = reach.get(cell, (math.inf, -math.inf))
        if gains[at] < low or gains[at] > high:
            kept.append(int(at))
            reach[cell] = (min(low, float(gains[at])), max(high, float(gains[at])))
    return np.array(kept, dtype=np.intp)
