"""Pair terms: two features' bins, coarsened, as one more term of the same fit.

No count is released for them: a pair's cells are weighed by the product of the features' noisy counts, and its prior
leaves no room for what the single features can say.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glassledger.models.additive import Axis
from glassledger.models.private_bins import Bins
from glassledger.models.private_cells import Codes
from glassledger.models.private_fit import Term
from glassledger.models.smooth_basis import shape_covariance

Floats = NDArray[np.float64]

#: Bins of each feature in a pair.
SIDE = 8
#: Amplitude of a pair's prior, relative to that of a single feature.
_PRIOR = 0.2


@dataclass(frozen=True, eq=False, repr=False)
class Pair:
    """Two coarsened features and their positions among the model's features."""

    positions: tuple[int, int]
    left: Bins
    right: Bins

    def term(self, left: Codes, right: Codes, rows: float) -> Term:
        """The term over the pair's cells; ``left`` and ``right`` are fine cells of the rows."""
        codes = self.left.codes(left).astype(np.intp) * self.right.size + self.right.codes(right)
        unit = np.kron(
            shape_covariance(self.left.weights, self.left.ordered),
            shape_covariance(self.right.weights, self.right.ordered),
        )
        weights = np.maximum(np.outer(self.left.weights, self.right.weights).ravel() / max(rows, 1.0), 1.0)
        return Term(codes.astype(np.uint16), weights, np.asarray(unit / np.mean(np.diag(unit))), _PRIOR)

    def axes(self) -> tuple[tuple[Axis, Axis], NDArray[np.intp]]:
        """Axes of the compiled table, and for each of its cells the cell here (−1: unreachable)."""
        (one, first), (two, second) = self.left.axis(), self.right.axis()
        cells = first[:, None] * self.right.size + second[None, :]
        return (one, two), np.where((first[:, None] < 0) | (second[None, :] < 0), -1, cells).ravel()


def pair_of(bins: tuple[Bins, ...], one: int, two: int) -> Pair:
    """A pair of features by position."""
    return Pair((one, two), coarsened(bins[one]), coarsened(bins[two]))


def coarsened(bins: Bins, most: int = SIDE) -> Bins:
    """At most ``most`` bins beside *missing*: about equally full ones, or the most frequent levels and the rest."""
    single = bins.size - (bins.missing is not None)
    if single <= most:
        return bins
    weights = bins.weights[:single]
    if bins.ordered:
        share = (np.cumsum(weights) - weights / 2) / weights.sum()
        group = np.unique((share * most).astype(np.intp).clip(0, most - 1), return_inverse=True)[1]
    else:
        frequent = np.argsort(-weights, kind="stable")[: most - 1]
        group = np.full(single, most - 1)
        group[np.sort(frequent)] = np.arange(most - 1)
    count = int(group.max()) + 1
    group = np.append(group, count) if bins.missing is not None else group
    merged = np.bincount(group, weights=bins.weights).astype(np.float64)
    lookup = np.where(bins.bin_of >= 0, group[bins.bin_of], -1)
    return Bins(bins.grid, lookup.astype(np.intp), merged, count if bins.ordered else 0)


def strongest(
    shapes: tuple[Floats, ...],
    bins: tuple[Bins, ...],
    count: int,
    *,
    excluded: frozenset[frozenset[str]],
    single: frozenset[str],
) -> list[tuple[int, int]]:
    """The ``count`` pairs whose features matter most in released shapes: post-processing.

    Neither ``excluded`` pairs nor ``single`` features (those with a monotone direction) take part.
    """
    size = np.array([float(item.weights @ shape**2) for item, shape in zip(bins, shapes, strict=True)])
    names = [item.grid.spec.name for item in bins]
    pairs = [
        (size[i] * size[j], i, j)
        for i in range(len(bins))
        for j in range(i + 1, len(bins))
        if frozenset((names[i], names[j])) not in excluded and not {names[i], names[j]} & single
    ]
    return [(i, j) for _, i, j in sorted(pairs, reverse=True)[:count]]
