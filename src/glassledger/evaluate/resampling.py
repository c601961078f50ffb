"""Intervals by resampling whole privacy units, with draws that depend on nothing but the model's digest.

A person with many rows comes or goes with all of them (B. Efron, R. Tibshirani, *An Introduction to the Bootstrap*,
1993, ch. 8: resample the independent units). The intervals are 95 % percentile intervals. This is no privacy mechanism.
"""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from glassledger import canonical

Floats = NDArray[np.float64]
#: Row weights, shape (resamples, rows), to one value per resample and figure; NaN where a figure has no value.
Statistic = Callable[[Floats], Mapping[str, Floats]]
Interval = tuple[float, float]

_CELLS = 2_000_000
_COVERAGE = (0.025, 0.975)
_LEAST_UNITS = 20
_LEAST_VALID = 0.9


def intervals(statistic: Statistic, units: NDArray[np.object_], *, resamples: int, digest: str) -> dict[str, Interval]:
    """Percentile interval of every figure that has one.

    A figure has none when there are fewer than 20 units, or when it has no value in more than a tenth of the
    resamples (a class is then too rare to say anything about it).

    Parameters
    ----------
    statistic : callable
    units : ndarray, shape (rows,)
        The privacy unit of each row.
    resamples : int
    digest : str
        Seeds the draws, so that the same model on the same holdout gives the same intervals.
    """
    names, codes = np.unique(units.astype(str), return_inverse=True)
    if len(names) < _LEAST_UNITS:
        return {}
    found: dict[str, list[Floats]] = {}
    for weights in _draws(codes, len(names), resamples, digest):
        for name, values in statistic(weights).items():
            found.setdefault(name, []).append(values)
    joined = {name: np.concatenate(parts) for name, parts in found.items()}
    return {name: _percentiles(values) for name, values in joined.items() if _enough(values)}


def _draws(codes: NDArray[np.intp], units: int, resamples: int, digest: str) -> Iterator[Floats]:
    """Row weights in blocks that fit into memory."""
    seed = int(canonical.digest(digest.encode()).removeprefix("sha256:"), 16)
    random = np.random.default_rng(seed)
    block = max(1, _CELLS // len(codes))
    for start in range(0, resamples, block):
        size = min(block, resamples - start)
        drawn = random.integers(units, size=(size, units))
        rows = np.repeat(np.arange(size), units) * units
        counts = np.bincount(rows + drawn.ravel(), minlength=size * units).reshape(size, units)
        yield counts[:, codes].astype(np.float64)


def _enough(values: Floats) -> bool:
    return bool(np.isfinite(values).mean() >= _LEAST_VALID)


def _percentiles(values: Floats) -> Interval:
    lower, upper = np.quantile(values[np.isfinite(values)], _COVERAGE)
    return float(lower), float(upper)
