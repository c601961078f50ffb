"""Where a stage of objective perturbation spends its noise: precision, ridge and row weights, from public numbers only.

In the basis of :mod:`glassledger.models.smooth_basis` every coordinate carries one unit of information, so the best
precision P of the noise is water-filling: P = max(0, level − 1/v) for prior variance v. A row's share of the budget is
φᵀPφ, which differs from row to row; instead of paying for the worst combination of rare bins, a row that would cost too
much is given a smaller weight in the loss. The weight depends on the row's own bins and on public numbers alone, so the
bound holds for every possible row, and the common rows get far less noise.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from glassledger.errors import PrivacyError

Floats = NDArray[np.float64]
Codes = NDArray[np.uint16]

#: Smallest ridge, so that the objective is strongly convex by a public constant.
LEAST_RIDGE = 0.05
#: Row weights stay below their bound by this share: more than the rounding of the float sums that make them.
_MARGIN = 1e-9
#: Imaginary rows that expectations are taken over.
IMAGINARY_ROWS = 2000
_LEVELS = np.geomspace(1e-6, 10.0, 57)
_RIDGES = (0.0, 0.03, 0.1, 0.2, 0.3, 0.5, 0.8, 1.0, 1.2, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0, 40.0, 80.0, 200.0, 1000.0)


@dataclass(frozen=True)
class Block:
    """One term (or the intercept, as a term with one bin) before and after the budget is spread.

    Attributes
    ----------
    basis : ndarray, shape (bins, coordinates)
    variance : ndarray, shape (coordinates,)
        Prior variance of each coordinate; its information is 1.
    weights : ndarray, shape (bins,)
        Noisy number of rows.
    precision, ridge : ndarray, shape (coordinates,)
        Inverse noise variance and regulariser; empty before :func:`spread`.
    """

    basis: Floats
    variance: Floats
    weights: Floats
    precision: Floats
    ridge: Floats

    @property
    def cost(self) -> Floats:
        """φᵀPφ of a row in each bin."""
        return np.asarray(self.basis**2 @ self.precision)

    @property
    def leverage(self) -> Floats:
        """φᵀR⁻¹φ of a row in each bin."""
        return np.asarray(self.basis**2 @ (1.0 / self.ridge))


@dataclass(frozen=True)
class Limits:
    """What a stage may cost: the account's μ and leverage, and the loss's largest curvature."""

    mu: float
    leverage: float
    steepest: float

    def row_weights(self, cost: Floats, leverage: Floats) -> Floats:
        """The largest weights in [0, 1] that keep both bounds for rows with these sums over their terms."""
        by_cost = self.mu / np.sqrt(np.maximum(cost, 1e-300))
        by_leverage = self.leverage / np.maximum(self.steepest * leverage, 1e-300)
        return np.asarray(np.minimum(1.0, (1 - _MARGIN) * np.minimum(by_cost, by_leverage)))


@dataclass(frozen=True)
class Design:
    """A stage's blocks, the intercept first, and the weight that a typical row gets."""

    blocks: tuple[Block, ...]
    limits: Limits
    typical: float

    def row_weights(self, codes: tuple[Codes, ...], rows: int) -> Floats:
        """Weight of each of ``rows`` rows; ``codes`` are those of the blocks after the intercept."""
        return self.limits.row_weights(self._sums(codes, rows, "cost"), self._sums(codes, rows, "leverage"))

    def check(self) -> None:
        """Hold the bounds against corner rows, recomputed from the basis (the costliest, the cheapest, mixed ones)."""
        corners = np.random.default_rng(1).integers(0, 2**32, (32, len(self.blocks)))  # public: no noise is drawn here
        rows = [[int(np.argmax(b.cost)) for b in self.blocks], [int(np.argmax(b.leverage)) for b in self.blocks]]
        rows += [[int(np.argmin(b.cost)) for b in self.blocks]]
        rows += [[int(c % b.weights.size) for c, b in zip(row, self.blocks, strict=True)] for row in corners]
        places = np.array(rows).T
        weight = self.row_weights(tuple(place.astype(np.uint16) for place in places[1:]), len(rows))
        squared, leverage = np.zeros(len(rows)), np.zeros(len(rows))
        for block, place in zip(self.blocks, places, strict=True):
            vectors = block.basis[place]
            squared += np.einsum("rc,c,rc->r", vectors, block.precision, vectors)
            leverage += np.einsum("rc,c,rc->r", vectors, 1.0 / block.ridge, vectors)
        _hold(bool((weight * weight * squared <= self.limits.mu**2).all()))
        _hold(bool((weight * self.limits.steepest * leverage <= self.limits.leverage).all()))
        _hold(all(bool((block.ridge >= LEAST_RIDGE).all()) for block in self.blocks))

    def _sums(self, codes: tuple[Codes, ...], rows: int, which: Literal["cost", "leverage"]) -> Floats:
        total = np.full(rows, float(getattr(self.blocks[0], which)[0]))
        for block, code in zip(self.blocks[1:], codes, strict=True):
            total += getattr(block, which)[code]
        return total


def _hold(kept: bool) -> None:
    if not kept:
        raise PrivacyError(
            "A row could cost more than the account allows; nothing was released.",
            code="row-bound-broken",
            hint="This is a defect of glassledger; please report it. The budget stays spent.",
        )


def block(basis: Floats, variance: Floats, weights: Floats) -> Block:
    """A block that has no budget yet."""
    return Block(basis, variance, weights, np.empty(0), np.empty(0))


def spread(blocks: tuple[Block, ...], limits: Limits, *, least_ridge: float) -> Design:
    """Choose precision, ridge and, through them, row weights; coordinates that are not worth their noise are dropped.

    Parameters
    ----------
    blocks : tuple of Block
        The intercept first.
    least_ridge : float
        Smallest ridge in units of a coordinate's information.

    Notes
    -----
    Both searches minimise the expected squared error of the whitened coordinates, with rows drawn from the noisy
    marginals: post-processing of what was released before.
    """
    rows = typical_rows(blocks)
    squares = tuple(item.basis**2 for item in blocks)
    variance = np.concatenate([item.variance for item in blocks])
    precision, weights = _precision(squares, rows, variance, limits)
    pieces = np.split(precision, np.cumsum([item.variance.size for item in blocks])[:-1])
    kept = [piece > 0 for piece in pieces]
    blocks = tuple(
        Block(item.basis[:, keep], item.variance[keep], item.weights, piece[keep], np.empty(0))
        for item, keep, piece in zip(blocks, kept, pieces, strict=True)
    )
    ridges, typical = _ridge(blocks, rows, weights, limits, max(least_ridge, LEAST_RIDGE))
    blocks = tuple(
        Block(item.basis, item.variance, item.weights, item.precision, ridge)
        for item, ridge in zip(blocks, ridges, strict=True)
    )
    design = Design(blocks, limits, typical)
    design.check()
    return design


def typical_rows(blocks: tuple[Block, ...]) -> list[NDArray[np.intp]]:
    """Bins of imaginary rows, term by term, independent between terms."""
    public = np.random.default_rng(0)  # fixed on purpose: these rows are an integration grid, not noise
    return [
        public.choice(item.weights.size, IMAGINARY_ROWS, p=item.weights / item.weights.sum())
        if item.weights.size > 1
        else np.zeros(IMAGINARY_ROWS, dtype=np.intp)
        for item in blocks
    ]


def _precision(
    squares: tuple[Floats, ...], rows: list[NDArray[np.intp]], variance: Floats, limits: Limits
) -> tuple[Floats, Floats]:
    """Water level by grid search; the lowest one that is within .3 % of the best, so that weights stay near 1."""
    bounds = np.cumsum([square.shape[1] for square in squares])[:-1]
    information = 1.0 / float(squares[0][0, 0])
    best: tuple[float, Floats, Floats] | None = None
    for level in _LEVELS * information:
        precision = np.maximum(level - 1.0 / variance, 0.0)
        if precision[0] <= 0:
            continue
        pieces = np.split(precision, bounds)
        costs = ((square @ piece)[row] for square, piece, row in zip(squares, pieces, rows, strict=True))
        cost = sum(costs, np.zeros(IMAGINARY_ROWS))
        weights = np.minimum(1.0, limits.mu / np.sqrt(cost))
        mean = float(weights.mean())
        if best is not None and mean < 0.6:
            break
        noise = float((weights**2).mean()) / mean**2 + 1.0 / np.maximum(precision * mean**2, 1e-300)
        error = float((variance * noise / (variance + noise)).sum())
        if best is None or error < best[0] * 0.997:
            best = (error, precision, weights)
    assert best is not None
    return best[1], best[2]


def _ridge(
    blocks: tuple[Block, ...], rows: list[NDArray[np.intp]], weights: Floats, limits: Limits, least: float
) -> tuple[list[Floats], float]:
    """The ridge that suits noise and prior, plus as much as the leverage bound and collinear terms ask for."""
    variance = np.concatenate([item.variance for item in blocks])
    precision = np.concatenate([item.precision for item in blocks])
    bounds = np.cumsum([item.variance.size for item in blocks])[:-1]
    mean = float(weights.mean())
    suited = (1.0 / (precision * mean) + mean) / variance
    best: tuple[float, Floats, float] | None = None
    for extra in _RIDGES:
        if extra < least and extra != _RIDGES[-1]:
            continue
        ridge = suited + extra
        ridge[0] = max(suited[0], LEAST_RIDGE)  # nothing is collinear with the intercept: a ridge would only bias it
        pieces = np.split(1.0 / ridge, bounds)
        leverage = sum(
            (((b.basis**2) @ p)[row] for b, p, row in zip(blocks, pieces, rows, strict=True)), np.zeros(IMAGINARY_ROWS)
        )
        capped = np.minimum(weights, limits.leverage / (limits.steepest * leverage))
        typical = float(capped.mean())
        error = float(((ridge**2 * variance + 1.0 / precision) / (typical + ridge) ** 2).sum())
        if best is None or (typical > 0.5 * mean and error < best[0]):
            best = (error, ridge, typical)
    assert best is not None
    return [np.asarray(piece) for piece in np.split(best[1], bounds)], best[2]
