"""Losses of one score with bounded slope and bounded curvature: what objective perturbation may minimise.

All three have slope at most 1 in size, so that a row's sensitivity is read off its features alone. They are made of
one curve, ``s(f) = (1 + exp(−a·f))^(−1/a)``, which rises from 0 to 1; ``a = 1`` would be the logistic loss.

* :class:`ArsinhLoss`: for two classes on the logit scale, ``arsinh(exp(−f))`` for a positive and ``arsinh(exp(f))`` for
  a negative row. It is proper with the logit link because s(f)/s(−f) = exp(f), like the logistic loss, but its slope at
  p = ½ is .71 instead of .5 of the bound, so that the same noise hides less of the signal. (Losses of this kind: Buja,
  Stuetzle, Shen 2005, *Loss functions for binary class probability estimation*.)
* :class:`LogMeanLoss`: for a mean in [0, 1] on the logarithmic scale, a Poisson loss whose slope is capped at 1.
* :class:`RobustSquareLoss`: squares near zero, absolute values far out.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Floats = NDArray[np.float64]


#: Standard deviation of a scaled number to predict: what :class:`RobustSquareLoss` is made for.
TYPICAL = 2 / 3


class Loss(Protocol):
    """A convex loss of a score; slope in [−1, 1], curvature in [0, ``steepest``].

    Attributes
    ----------
    steepest : float
        Largest curvature.
    signed : bool
        Whether the slope's sign is known from the target alone, as the account's ``own`` bound needs.
    prior : float
        Typical variance of one feature's contribution, in units of the score.
    """

    @property
    def steepest(self) -> float: ...
    @property
    def signed(self) -> bool: ...
    @property
    def prior(self) -> float: ...

    def slope(self, score: Floats, target: Floats) -> Floats:
        """Derivative by the score."""

    def curvature(self, score: Floats, target: Floats) -> Floats:
        """Second derivative by the score."""

    def information(self, centre: float) -> float:
        """Rough expected curvature of a row when scores lie around ``centre``."""

    def expected(self, scores: Floats) -> float:
        """Mean curvature of rows with these scores, if the scores are right."""


def rise(score: Floats, sharpness: float) -> Floats:
    """s(f) = (1 + exp(−a·f))^(−1/a), from 0 to 1."""
    return np.asarray(np.exp(np.logaddexp(0.0, -sharpness * score) / -sharpness))


def steepest_rise(sharpness: float) -> float:
    """Largest derivative of :func:`rise`: s·(1 − s^a) at s^a = 1/(a + 1), rounded up."""
    return float((sharpness + 1) ** (-1 / sharpness) * sharpness / (sharpness + 1)) * (1 + 1e-12)


@dataclass(frozen=True)
class ArsinhLoss:
    """Two classes, target 0 or 1, score on the logit scale."""

    steepest: float = steepest_rise(2.0)
    signed: bool = True
    prior: float = 0.5

    def slope(self, score: Floats, target: Floats) -> Floats:
        sign = 1.0 - 2.0 * target
        return sign * rise(sign * score, 2.0)

    def curvature(self, score: Floats, target: Floats) -> Floats:
        height = rise((1.0 - 2.0 * target) * score, 2.0)
        return height * (1.0 - height * height)

    def information(self, centre: float) -> float:
        rate = 1.0 / (1.0 + np.exp(-centre))
        score = np.array([centre, centre])
        curvature = self.curvature(score, np.array([0.0, 1.0]))
        return float(0.4 * ((1 - rate) * curvature[0] + rate * curvature[1]))

    def expected(self, scores: Floats) -> float:
        rate: Floats = expit(scores)
        no, yes = self.curvature(scores, np.zeros(1)), self.curvature(scores, np.ones(1))
        return float(np.mean((1 - rate) * no + rate * yes))


@dataclass(frozen=True)
class LogMeanLoss:
    """A target in [0, 1] whose mean is close to exp(score); slope s(f) − y."""

    steepest: float = steepest_rise(4.0)
    signed: bool = False
    prior: float = 0.5

    def slope(self, score: Floats, target: Floats) -> Floats:
        return rise(score, 4.0) - target

    def curvature(self, score: Floats, target: Floats) -> Floats:
        height = rise(score, 4.0)
        return height * (1.0 - height**4)

    def information(self, centre: float) -> float:
        score = np.array([centre])
        return float(0.7 * self.curvature(score, score)[0])

    def expected(self, scores: Floats) -> float:
        return float(np.mean(self.curvature(scores, scores)))


@dataclass(frozen=True)
class RobustSquareLoss:
    """A number; slope r·(1 + r⁴)^(−1/4) of the residual r = score − target."""

    steepest: float = 1.0
    signed: bool = False
    prior: float = 0.1

    def slope(self, score: Floats, target: Floats) -> Floats:
        residual = np.clip(score - target, -1e12, 1e12)
        return residual * (1.0 + residual**4) ** -0.25

    def curvature(self, score: Floats, target: Floats) -> Floats:
        residual = np.clip(score - target, -1e12, 1e12)
        return np.asarray((1.0 + residual**4) ** -1.25)

    def information(self, centre: float) -> float:
        return 0.8

    def expected(self, scores: Floats) -> float:
        nodes, weights = np.polynomial.hermite_e.hermegauss(32)
        left = max(TYPICAL**2 - float(np.var(scores)), 0.01) ** 0.5
        return float(np.average(self.curvature(nodes * left, np.zeros(1)), weights=weights))
