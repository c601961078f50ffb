"""How a term's deviation from the baseline is shared between its features.

A term over two features is shared by the Shapley value of a game with two players (L. S. Shapley, 1953): a feature
that is not fixed yet takes what the baseline says, its average or its best value. With ``v`` the worth of what is
fixed,

``share(A) = ½ [v(A) − v(∅)] + ½ [v(A, B) − v(B)]``, and the same for B.

For the *mean* baseline this is the functional-ANOVA split: A gets its own main effect within the table and one half
of the interaction that remains. It is the only rule that preserves the total, treats both features alike, is
linear in the table, and gives nothing to a feature on which the table does not depend. Plain halves fail the last
point and would name a factor that had no effect.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Best = Literal["highest", "lowest"]


@dataclass(frozen=True, eq=False)
class Surroundings:
    """What a table is compared with.

    Attributes
    ----------
    shares : ndarray, shape (cells,)
        Share of people per cell.
    reachable : tuple of ndarray, one per axis
        Bins that a declared value falls into.
    best : {"highest", "lowest"} or None
        Compare with the best attainable value, or (None) with the mean.
    """

    shares: Floats
    reachable: tuple[Bools, ...]
    best: Best | None = None


def shared_deviations(values: Floats, around: Surroundings) -> tuple[Floats, ...]:
    """Deviation of every cell from the baseline, one table per feature.

    Parameters
    ----------
    values : ndarray, shape (cells, outputs)

    Returns
    -------
    tuple of ndarray, shape (cells, outputs)
        One per axis; they sum to ``values`` minus the baseline.
    """
    sizes = tuple(len(mask) for mask in around.reachable)
    table = values.reshape(*sizes, -1)
    nothing = _nothing_fixed(table, around)
    if len(sizes) == 1:
        return (values - nothing,)
    first, second = _one_fixed(table, around)
    shares = (0.5 * (first - nothing) + 0.5 * (table - second), 0.5 * (second - nothing) + 0.5 * (table - first))
    return tuple(share.reshape(values.shape) for share in shares)


def _nothing_fixed(table: Floats, around: Surroundings) -> Floats:
    outputs = table.shape[-1]
    if around.best is None:
        return np.asarray(around.shares @ table.reshape(-1, outputs))
    attainable = table[np.ix_(*around.reachable)].reshape(-1, outputs)
    return np.asarray(_extreme(attainable, around.best, axis=0))


def _one_fixed(table: Floats, around: Surroundings) -> tuple[Floats, Floats]:
    """Worth of fixing the first feature, shape (a, 1, outputs), and of fixing the second, shape (1, b, outputs)."""
    rows, columns = around.reachable
    if around.best is None:
        shares = around.shares.reshape(len(rows), len(columns))
        first = np.einsum("abo,b->ao", table, shares.sum(axis=0))
        second = np.einsum("abo,a->bo", table, shares.sum(axis=1))
        return first[:, None, :], second[None, :, :]
    first = _extreme(table[:, columns], around.best, axis=1)
    second = _extreme(table[rows], around.best, axis=0)
    return first[:, None, :], second[None, :, :]


def _extreme(values: Floats, best: Best, *, axis: int) -> Floats:
    return np.asarray(values.max(axis=axis) if best == "highest" else values.min(axis=axis))
