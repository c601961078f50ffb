"""Empirical Bayes between the stages: what a noisy shape says about its own size, as post-processing.

A coordinate of a stage's solution, divided by its expected shrinkage, is the true one plus privacy noise of variance S
plus sampling noise of variance 1. The amplitude of a term is the one under which its coordinates are most likely; the
shape is then shrunk to its posterior mean, and what stays uncertain is the prior of the next stage.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glassledger.models.private_design import Block

Floats = NDArray[np.float64]

#: Prior variances that a term may have, as multiples of twice the loss's typical one.
AMPLITUDES = (0.0003, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
#: The size of a shape stays this uncertain (relative): collinear terms bias it.
SIZE_DOUBT = 0.3


@dataclass(frozen=True)
class Posterior:
    """What is known about a shape.

    Attributes
    ----------
    mean : ndarray, shape (bins,)
    covariance : ndarray, shape (bins, bins)
        Uncertainty that privacy noise leaves.
    """

    mean: Floats
    covariance: Floats


def unshrunk(block: Block, solution: Floats, typical: float) -> tuple[Floats, Floats]:
    """Coordinates on their own scale, and their privacy noise variances."""
    noise = 1.0 / (block.precision * typical**2)
    return solution * (typical + block.ridge) / typical, noise


def learned(block: Block, observed: Floats, noise: Floats, unit: Floats, information: Floats) -> Posterior:
    """Posterior of a shape whose amplitude is unknown: the average over amplitudes, each as likely as it makes the
    coordinates."""
    if observed.size == 0:
        return Posterior(np.zeros(unit.shape[0]), AMPLITUDES[1] * unit)
    lift = block.basis.T * information
    signal = lift @ unit @ lift.T
    scores = np.array([_log_likelihood(observed, size * signal + np.diag(noise + 1.0)) for size in AMPLITUDES])
    chances = np.exp(scores - scores.max())
    chances /= chances.sum()
    likely = [(c, a) for c, a in zip(chances.tolist(), AMPLITUDES, strict=True) if c > 1e-3]
    parts = [(chance, posterior(block, observed, noise, size * unit, information)) for chance, size in likely]
    mean = sum((chance * part.mean for chance, part in parts), np.zeros(unit.shape[0]))
    covariance = sum(
        (c * (part.covariance + np.outer(part.mean - mean, part.mean - mean)) for c, part in parts),
        np.zeros_like(unit),
    )
    return Posterior(mean, covariance)


def posterior(block: Block, observed: Floats, noise: Floats, prior: Floats, information: Floats) -> Posterior:
    """Shrunken shape under a prior covariance, and the covariance that is left."""
    if observed.size == 0:
        return Posterior(np.zeros(prior.shape[0]), prior)
    lift = block.basis.T * information
    cross = prior @ lift.T
    signal = lift @ cross
    mean = cross @ np.linalg.solve(signal + np.diag(noise + 1.0), observed)
    left = prior - cross @ np.linalg.solve(signal + np.diag(noise), cross.T)
    return Posterior(mean, (left + left.T) / 2)


def doubted(known: Posterior) -> Floats:
    """Prior covariance of the next stage's correction."""
    return np.asarray(known.covariance + SIZE_DOUBT**2 * np.outer(known.mean, known.mean))


def _log_likelihood(observed: Floats, covariance: Floats) -> float:
    factor = np.linalg.cholesky(covariance)
    standard = np.linalg.solve(factor, observed)
    return float(-0.5 * standard @ standard - np.log(np.diag(factor)).sum())
