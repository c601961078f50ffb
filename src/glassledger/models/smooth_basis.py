"""Smooth bases over the bins of a feature (Demmler and Reinsch 1975), built from noisy counts alone.

A shape over G bins is a Gaussian vector: a random walk over ordered bins plus an independent part, independent values
over levels. In the basis of :func:`demmler_reinsch` one unit of every coordinate carries the same information in the
data, and the coordinates are independent a priori, so precision can be bought coordinate by coordinate.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def shape_covariance(weights: Floats, ordered: int, *, rough: float = 0.1) -> Floats:
    """Prior covariance of a shape, centred at its weighted mean, with mean variance 1.

    Parameters
    ----------
    weights : ndarray, shape (G,)
        Positive (noisy) numbers of rows.
    ordered : int
        How many of the leading bins are ordered.
    rough : float in (0, 1]
        Share of the independent part over ordered bins.
    """
    size = weights.size
    if size < 2:
        return np.zeros((size, size))
    prior = np.eye(size)
    if ordered > 2:
        walk = _random_walk(ordered)
        prior[:ordered, :ordered] = (1 - rough) * walk + rough * np.eye(ordered)
    centred = centre(size, weights)
    prior = centred @ prior @ centred.T
    return np.asarray(prior / np.mean(np.diag(prior)))


def centre(size: int, weights: Floats) -> Floats:
    """The matrix that takes the weighted mean off a shape."""
    return np.asarray(np.eye(size) - np.outer(np.ones(size), weights / weights.sum()))


def demmler_reinsch(covariance: Floats, information: Floats) -> tuple[Floats, Floats]:
    """Basis T and prior variances v with Tᵀ·diag(information)·T = 1 and covariance = T·diag(v)·Tᵀ.

    Returns
    -------
    (basis, variances)
        Shapes (G, G − 1) and (G − 1,), variances falling.
    """
    root = np.sqrt(information)
    matrix = root[:, None] * covariance * root[None, :]
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    leading = np.argsort(values)[::-1][: information.size - 1]
    return vectors[:, leading] / root[:, None], np.maximum(values[leading], 1e-12)


def _random_walk(size: int) -> Floats:
    steps = np.diff(np.eye(size), axis=0)
    walk = np.linalg.pinv(steps.T @ steps)
    return np.asarray(walk / np.mean(np.diag(walk)))
