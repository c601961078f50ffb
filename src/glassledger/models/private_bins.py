"""From noisy cell counts to the bins of a private model: post-processing only, no row is looked at here.

Single crowded values keep a bin of their own, the rest is cut into about equally filled bins, never finer than the
noise allows; rare levels of a nominal feature share a bin; *missing* always has its own.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glassledger.models.additive import Axis
from glassledger.models.private_cells import Codes, Grid
from glassledger.models.private_counts import CellCounts

Floats = NDArray[np.float64]

# Standard deviations that tell a crowded cell, and a full bin, from noise. Both are low on purpose: a bin too many
# costs the fit little, its shape being smoothed, but a crowded value that shares a bin with others is lost for good.
_SURE = 2.5
_FULL = 1.5


@dataclass(frozen=True)
class Bins:
    """The bins of one feature.

    Attributes
    ----------
    grid : Grid
    bin_of : ndarray of int
        Bin of every fine cell, *missing* last (−1 where it is not allowed).
    weights : ndarray
        Noisy number of rows in each bin, at least 1.
    ordered : int
        Number of leading bins whose order carries meaning; 0 for a nominal feature.
    """

    grid: Grid
    bin_of: NDArray[np.intp]
    weights: Floats
    ordered: int

    @property
    def size(self) -> int:
        """Number of bins."""
        return self.weights.size

    def codes(self, cells: Codes) -> NDArray[np.uint16]:
        """Bin of every row, from its cell."""
        return self.bin_of.astype(np.uint16)[cells]

    @property
    def missing(self) -> int | None:
        """The bin of missing values."""
        return int(self.bin_of[-1]) if self.grid.spec.missing else None

    def axis(self) -> tuple[Axis, NDArray[np.intp]]:
        """The axis of the compiled term, and for each of its bins the bin here (−1: no row ever came from there)."""
        cells = self.bin_of[:-1]
        missing = -1 if self.missing is None else self.missing
        if self.grid.spec.kind == "continuous":
            changes = np.flatnonzero(np.diff(cells))
            axis = Axis(feature=self.grid.spec.name, cuts=tuple(self.grid.cuts[changes].tolist()))
            return axis, np.array([missing, *cells[np.append(changes, cells.size - 1)]])
        order = list(dict.fromkeys(cells.tolist()))
        axis = Axis(feature=self.grid.spec.name, bins=tuple(order.index(value) + 1 for value in cells.tolist()))
        return axis, np.array([missing, *order, -1])


@dataclass(frozen=True)
class _Segments:
    """Neighbouring runs of cells with their noisy counts and variances."""

    ends: NDArray[np.intp]
    counts: Floats
    variances: Floats


def bins_of(grid: Grid, counts: CellCounts, *, rows: float, bins: int, least: float) -> Bins:
    """Choose the bins of a feature.

    Parameters
    ----------
    rows : float
        Noisy number of rows.
    bins : int
        About how many bins to make.
    least : float
        Fewest rows in a bin that the later noise can still tell apart.
    """
    cells = counts.coarse[: grid.coarse]
    if grid.declared:
        lookup, weights = np.arange(grid.cells), cells
    elif grid.ordered:
        lookup, weights = _merged(_segments(grid, counts, rows / bins, least), rows, bins, least)
    else:
        lookup, weights = _pooled(cells, max(least, float(np.sqrt(counts.coarse_variance))))
    lookup = np.append(lookup, -1)
    ordered = weights.size if grid.ordered else 0
    if grid.spec.missing:
        lookup[-1] = weights.size
        weights = np.append(weights, counts.coarse[-1])
    return Bins(grid, lookup.astype(np.intp), np.maximum(weights, 1.0), ordered)


def _pooled(counts: Floats, least: float) -> tuple[NDArray[np.intp], Floats]:
    """A bin per frequent level; all the others share one."""
    frequent = counts >= least
    lookup = np.where(frequent, np.cumsum(frequent) - 1, frequent.sum())
    sums = np.bincount(lookup, weights=np.maximum(counts, 0.0))
    return lookup.astype(np.intp), sums.astype(np.float64)


def _segments(grid: Grid, counts: CellCounts, target: float, least: float) -> _Segments:
    """Coarse cells, broken up where the second look shows crowded cells."""
    ends: list[int] = []
    values: list[float] = []
    variances: list[float] = []

    def add(end: int, value: float, variance: float) -> None:
        ends.append(end)
        values.append(value)
        variances.append(variance)

    noise = float(np.sqrt(counts.coarse_variance))
    for index in range(grid.coarse):
        start, stop = index * grid.group, min((index + 1) * grid.group, grid.cells)
        if counts.fine is None or not counts.refined[index]:
            add(stop, float(counts.coarse[index]), counts.coarse_variance)
            continue
        fine, part = _reconciled(counts, index, slice(start, stop))
        whole = counts.coarse[index] > max(1.5 * target, _SURE * noise)
        alone = np.full(fine.size, whole) | (fine > max(_SURE * np.sqrt(counts.fine_variance), least))
        position = 0
        for cell in [*np.flatnonzero(alone).tolist(), fine.size]:
            run = cell - position
            if run:
                add(start + cell, float(fine[position:cell].sum()), counts.fine_variance * run * (1 - run * part))
            if cell < fine.size:
                add(start + cell + 1, float(fine[cell]), counts.fine_variance * (1 - part))
            position = cell + 1
    return _Segments(np.array(ends), np.array(values), np.array(variances))


def _reconciled(counts: CellCounts, index: int, cells: slice) -> tuple[Floats, float]:
    """Fine counts moved evenly towards their coarse one (least squares), and the share of a cell's variance that it
    takes off: a run of k cells then has variance k·σ²·(1 − k·share)."""
    assert counts.fine is not None
    fine, variance = counts.fine[cells], counts.fine_variance
    share = variance / (fine.size * variance + counts.coarse_variance)
    return fine + (counts.coarse[index] - fine.sum()) * share, share


def _crowds(segments: _Segments, rows: float, bins: int, least: float) -> tuple[NDArray[np.bool_], float]:
    """Segments that fill a bin by themselves, and what the others should hold."""
    crowd = np.zeros(segments.counts.size, dtype=np.bool_)
    certain = _SURE * np.sqrt(segments.variances)
    left, target = bins, max(rows / bins, least)
    for _ in range(12):
        new = (segments.counts > np.maximum(target, certain)) & ~crowd
        if not new.any() or left <= 2:
            break
        crowd |= new
        left = max(bins - int(crowd.sum()), 2)
        target = max(max(rows - float(segments.counts[crowd].sum()), least) / left, least)
    return crowd, target


def _merged(segments: _Segments, rows: float, bins: int, least: float) -> tuple[NDArray[np.intp], Floats]:
    """Join neighbouring segments until each bin is full; what is left over goes to the left neighbour."""
    crowd, target = _crowds(segments, rows, bins, least)
    ends: list[int] = []
    weights: list[float] = []
    count = variance = 0.0
    start = 0

    def close(end: int, value: float) -> None:
        nonlocal count, variance
        ends.append(end)
        weights.append(value)
        count = variance = 0.0

    for end, value, spread, crowded in zip(
        segments.ends.tolist(), segments.counts.tolist(), segments.variances.tolist(), crowd.tolist(), strict=True
    ):
        full = variance > 0 and count >= max(target, _FULL * np.sqrt(variance))
        if crowded:
            if full or (variance > 0 and not ends):
                close(start, count)
            elif variance > 0:
                ends[-1], weights[-1] = start, weights[-1] + max(count, 0.0)
                count = variance = 0.0
            close(end, value)
        else:
            count, variance = count + value, variance + spread
            if count >= max(target, _FULL * np.sqrt(variance)):
                close(end, count)
        start = end
    if not ends:
        close(start, rows)
    elif variance > 0:
        ends[-1], weights[-1] = start, weights[-1] + max(count, 0.0)
    return np.repeat(np.arange(len(ends)), np.diff([0, *ends])), np.array(weights)
