"""What a noisy table says, and how sure one may be of it: post-processing only, nothing is spent here.

Counts are made possible again by the projection onto non-negative tables with the noisy totals ("norm-sub": Wang et
al., *Locally differentially private frequency estimation with consistency*, NDSS 2020; Hay et al., VLDB 2010). Two
kinds of uncertainty are drawn apart: ``noise`` adds fresh noise of the known law to the projected table and projects
again; ``sampling`` draws a holdout of the same size from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glassledger import canonical
from glassledger.evaluate.resampling import Statistic
from glassledger.records.evaluation import Interval
from glassledger.records.release import NoisyTable

Floats = NDArray[np.float64]

_LEVELS = (0.025, 0.975)
_LEAST_VALID = 0.9
_ZERO_TO_ONE = frozenset(
    {
        "auroc", "macro_auroc", "ks", "brier", "accuracy", "precision", "recall", "f1", "selection_rate",
        "favourable_rate", "true_positive_rate", "false_positive_rate", "mean_score", "rate", "gain",
    }
)  # fmt: skip
_NOT_NEGATIVE = frozenset({"log_loss", "rmse", "mae"})


@dataclass(frozen=True, eq=False)
class Drawn:
    """A table as estimated, and as it might have been: weights per cell.

    Attributes
    ----------
    point : ndarray, shape (1, cells)
    sampling, noise : ndarray, shape (draws, cells)
    """

    point: Floats
    sampling: Floats
    noise: Floats

    def take(self, cells: NDArray[np.intp]) -> "Drawn":
        """Some of the cells."""
        return Drawn(self.point[:, cells], self.sampling[:, cells], self.noise[:, cells])


@dataclass(frozen=True)
class Estimate:
    """One figure with both intervals; None where the table does not determine it."""

    value: float | None
    sampling: Interval | None
    noise: Interval | None

    @property
    def both(self) -> tuple[float | None, float | None]:
        """Both uncertainties together: independent, so their half-widths add in squares."""
        if self.value is None or self.sampling is None or self.noise is None:
            return None, None
        below = np.hypot(max(self.value - self.sampling.lower, 0.0), max(self.value - self.noise.lower, 0.0))
        above = np.hypot(max(self.sampling.upper - self.value, 0.0), max(self.noise.upper - self.value, 0.0))
        return float(self.value - below), float(self.value + above)


def drawn(table: NoisyTable, *, keep: int | None, draws: int, seed: str) -> Drawn:
    """Estimate a table and draw its two uncertainties.

    Parameters
    ----------
    keep : int or None
        Axis whose totals stay as they were released; None keeps the table's total only.
    draws : int
    seed : str
        The same table and seed give the same draws.
    """
    shape = tuple(len(axis.labels) for axis in table.axes)
    random = np.random.default_rng(int(canonical.digest(f"{seed}/{table.name}".encode())[7:], 16))
    counts = np.asarray(table.counts, dtype=np.float64)[None, :]
    point = possible(counts, shape, keep)
    total = max(float(point.sum()), 1.0)
    share = point[0] / point.sum() if point.sum() > 0 else np.full(point.shape[1], 1.0 / point.shape[1])
    sampling = random.multinomial(round(total), share, size=draws).astype(np.float64)
    cell = -np.expm1(-1.0 / table.scale)
    size = (draws, counts.shape[1])
    fresh = (random.geometric(cell, size=size) - random.geometric(cell, size=size)).astype(np.float64)
    return Drawn(point, sampling, possible(point + fresh, shape, keep))


def possible(counts: Floats, shape: tuple[int, ...], keep: int | None) -> Floats:
    """The nearest tables without negative counts that keep the totals; ``counts`` has shape (tables, cells)."""
    if keep is None:
        return _projected(counts)
    cube = np.moveaxis(counts.reshape(len(counts), *shape), keep + 1, 1)
    flat = _projected(cube.reshape(len(counts) * shape[keep], -1)).reshape(cube.shape)
    return np.ascontiguousarray(np.moveaxis(flat, 1, keep + 1)).reshape(counts.shape)


def _projected(rows: Floats) -> Floats:
    """Euclidean projection of each row onto {x ≥ 0, Σx = its total}; a total below zero counts as zero."""
    total = np.maximum(rows.sum(axis=1, keepdims=True), 0.0)
    ranked = -np.sort(-rows, axis=1)
    excess = (ranked.cumsum(axis=1) - total) / np.arange(1, rows.shape[1] + 1)
    last = np.maximum((ranked > excess).sum(axis=1), 1) - 1
    return np.asarray(np.maximum(rows - excess[np.arange(len(rows)), last][:, None], 0.0))


def estimates(statistic: Statistic, table: Drawn) -> dict[str, Estimate]:
    """Every figure of a statistic with its two intervals."""
    points = statistic(table.point)
    sampled, noised = statistic(table.sampling), statistic(table.noise)
    return {
        name: _estimate(name, float(value[0]), sampled, noised) if np.isfinite(value[0]) else Estimate(None, None, None)
        for name, value in points.items()
    }


def _estimate(name: str, value: float, sampled: Mapping[str, Floats], noised: Mapping[str, Floats]) -> Estimate:
    sampling, noise = _quantiles(sampled[name]), _quantiles(noised[name])
    if sampling is None or noise is None:
        return Estimate(value, None, None)
    # the noise interval is turned round the value, which also takes out the bias that the projection brings
    turned = 2 * value - noise[1], 2 * value - noise[0]
    return Estimate(value, _interval(name, value, *sampling), _interval(name, value, *turned))


def _quantiles(values: Floats) -> tuple[float, float] | None:
    finite = values[np.isfinite(values)]
    if len(finite) < _LEAST_VALID * len(values):
        return None
    lower, upper = np.quantile(finite, _LEVELS)
    return float(lower), float(upper)


def _interval(name: str, value: float, lower: float, upper: float) -> Interval:
    low = 0.0 if name in _ZERO_TO_ONE or name in _NOT_NEGATIVE else -np.inf
    high = 1.0 if name in _ZERO_TO_ONE else np.inf
    return Interval(lower=float(max(min(lower, value), low)), upper=float(min(max(upper, value), high)))
