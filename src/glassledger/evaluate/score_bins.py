"""Score bins that suit a holdout, chosen from one noisy look at where the scores lie.

The noise of the bins costs the AUROC about √(0.2 · bins) / (epsilon · rarer class), and telling apart too few bins
about 1 / (10 · bins²) once rows are spread within their bin; :func:`bins_for` balances the two. Edges are put where
the two classes, by the model's own probabilities, are each spread evenly: the top of the ranking gets as many bins as
the bulk. Within a bin, rows are taken to lie as the look says, and to be split between the classes as the model says
(:class:`Spread`).
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

_FEWEST, _MOST = 6, 40
_REACH, _CELLS = 8.0, 64


@dataclass(frozen=True, eq=False)
class Grid:
    """Fixed cells of equal width, for the first look; what lies outside counts in the outer cells.

    Attributes
    ----------
    kind : {"probability", "number"}
        Probabilities are cut on the log-odds scale, from −8 to 8; numbers between their declared bounds.
    lower, upper : float
        Ends on that scale.
    """

    kind: Literal["probability", "number"]
    lower: float = -_REACH
    upper: float = _REACH

    def place(self, scores: Floats) -> Floats:
        """Scores on the scale of the grid."""
        inside = logit(np.clip(scores, 1e-12, 1 - 1e-12)) if self.kind == "probability" else scores
        return np.asarray(np.clip(inside, self.lower, self.upper))

    def score(self, places: Floats) -> Floats:
        """Back to scores."""
        return np.asarray(expit(places)) if self.kind == "probability" else places

    @property
    def ends(self) -> Floats:
        """Ends of the cells on the scale of the grid, one more than there are cells."""
        return np.linspace(self.lower, self.upper, _CELLS + 1)

    @property
    def edges(self) -> Floats:
        """Inner ends, as scores."""
        return self.score(self.ends[1:-1])

    @property
    def middles(self) -> Floats:
        """Middles of the cells, as scores."""
        return self.score((self.ends[1:] + self.ends[:-1]) / 2)


def codes(edges: Floats, scores: Floats) -> Codes:
    """Bin of every score; a score equal to an edge lies in the bin above it."""
    return np.searchsorted(edges, scores, side="right").astype(np.intp)


def labels(edges: Floats) -> tuple[str, ...]:
    """``below 0.1``, ``0.1 to 0.2``, ``0.2 and above``."""
    texts = [f"{edge:.6g}" for edge in edges]
    if not texts:
        return ("all",)
    inner = [f"{low} to {high}" for low, high in pairwise(texts)]
    return (f"below {texts[0]}", *inner, f"{texts[-1]} and above")


def bins_for(rarer: float, epsilon: float) -> int:
    """How many score bins to tell apart, given (noisy) rows of the rarer class and the table's epsilon."""
    strength = 0.1 * (max(rarer, 1.0) * epsilon) ** 2
    return int(np.clip(round(strength**0.2), _FEWEST, _MOST))


def balanced_edges(grid: Grid, mass: Floats, bins: int) -> Floats:
    """Edges that cut both classes, by the model's probabilities, into equal parts; numbers by mass alone.

    Parameters
    ----------
    mass : ndarray, shape (cells,), at least 0
        Where the scores lie, as the look says.
    """
    first, second = _by_class(grid, mass, grid.middles)
    density = first / max(first.sum(), 1e-12) + second / max(second.sum(), 1e-12)
    if density.sum() <= 0:
        density = np.ones_like(mass)
    reached = np.concatenate([[0.0], density.cumsum() / density.sum()])
    rising = np.concatenate([[True], np.diff(reached) > 0])
    wanted = np.linspace(0, 1, bins + 1)[1:-1]
    places = np.interp(wanted, reached[rising], grid.ends[rising])
    return np.unique(np.round(grid.score(places), 6))


def with_edge(grid: Grid, edges: Floats, edge: float) -> Floats:
    """The edges with one that must be there; it takes the place of a neighbour within half a cell."""
    near = np.abs(grid.place(edges) - grid.place(np.array([edge]))) < (grid.upper - grid.lower) / _CELLS / 2
    return np.unique(np.append(edges[~near], edge))


@dataclass(frozen=True, eq=False)
class Spread:
    """Finer cells inside the bins, and how the rows of a bin are shared out among them.

    Attributes
    ----------
    scores : ndarray, shape (cells,)
    bins : ndarray of int, shape (cells,)
        Bin that each cell lies in.
    shares : ndarray, shape (2, cells)
        Share of a bin's rows in the cell, for the negative and the positive class; each sums to 1 over a bin.
    """

    scores: Floats
    bins: Codes
    shares: Floats

    @classmethod
    def of(cls, grid: Grid, mass: Floats, edges: Floats) -> "Spread":
        """The look's cells, cut at the edges of the bins too."""
        ends = np.unique(np.concatenate([grid.ends, grid.place(edges)]))
        middles = (ends[1:] + ends[:-1]) / 2
        parent = np.clip(np.searchsorted(grid.ends, middles, side="right") - 1, 0, len(mass) - 1)
        part = np.diff(ends) * (mass[parent] + 1e-3 * mass.mean() + 1e-9)  # a bin that the look missed is spread evenly
        scores = grid.score(middles)
        inside = codes(grid.place(edges), middles)
        shares = np.stack(_by_class(grid, part, scores)[::-1])
        for share in shares:
            share /= np.bincount(inside, weights=share, minlength=len(edges) + 1)[inside]
        return cls(scores, inside, shares)

    def out(self, weights: Floats) -> Floats:
        """Weights of shape (draws, 2 · bins), negative class first, as weights of shape (draws, 2 · cells)."""
        pair = weights.reshape(len(weights), 2, -1)[:, :, self.bins] * self.shares
        return np.asarray(pair.reshape(len(weights), -1))

    def means(self) -> Floats:
        """The score that stands for each bin as a whole."""
        both = self.shares.sum(axis=0)
        return np.asarray(
            np.bincount(self.bins, weights=both * self.scores) / np.maximum(np.bincount(self.bins, weights=both), 1e-12)
        )


def _by_class(grid: Grid, mass: Floats, scores: Floats) -> tuple[Floats, Floats]:
    """Mass of the positive and of the negative class by the model's probabilities; halves for numbers."""
    share = scores if grid.kind == "probability" else np.full_like(scores, 0.5)
    return mass * share, mass * (1.0 - share)
