"""What objective perturbation costs, composed with the tables before it and the output noise after it.

The privacy loss of every part is bounded by a random variable, conditionally on the parts before it; adaptive
composition then adds these variables, and δ(ε) = E[(1 − exp(ε − L))₊] of the sum bounds the whole fit. With one fit =
tables (discrete Gaussian) → stages (objective perturbation) → output noise (discrete Gaussian):

* a table in which one record changes K cells by one, with noise variance σ² per cell:
  L ≤ N(μ²/2, μ²) + K/σ² in stochastic order, μ² = K/σ²;
* a stage, bound ``published`` (Redberg, Koskela, Wang 2023, arXiv 2401.00583, Theorems 3.1 and 3.2):
  L ≤ −log(1 − leverage) + μ²/2 + |N(0, μ²)|;
* a stage, bound ``own`` (docs/explanation/privacy-guarantee-dp-additive.md, Proposition 5; not externally reviewed;
  only for losses whose gradient has a known sign given the label): L ≤ log(1 + leverage) + max(0, N(μ²/2, μ²)).

Everything is rounded up: losses to the upper end of their cell, cut-off tails to infinity. The adjacency is
add-or-remove-one; replace-one is two such steps.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import log_ndtr, ndtr

from glassledger.errors import PrivacyError

Bound = Literal["published", "own"]
Floats = NDArray[np.float64]

#: Least σ² of a count: from here on the lattice is as good as a continuum.
LEAST_VARIANCE = 4.0
_TAIL = 12.0  # standard deviations kept; what is beyond counts as infinite loss
_CELLS = 2000  # loss cells per epsilon, or per μ of all stages where that is more


@dataclass(frozen=True)
class Table:
    """Integer counts with discrete Gaussian noise.

    Attributes
    ----------
    touched : int
        Largest number of cells in which one record changes the counts, each by one.
    variance : float
        σ² of the noise in every cell.
    """

    touched: int
    variance: float

    @property
    def mu(self) -> float:
        return float(np.sqrt(self.touched / self.variance))

    @property
    def shift(self) -> float:
        """Each lattice noise lies below a continuous one plus 1 in stochastic order (page above, Lemma 2)."""
        return self.touched / self.variance

    @property
    def miss(self) -> float:
        """Mass outside Lemma 2, from the normaliser of the lattice; at the least variance, so that it holds for a table
        that touches fewer cells under the same μ."""
        return 2.0 * self.touched * float(np.exp(-2.0 * np.pi**2 * min(self.variance, LEAST_VARIANCE)))


@dataclass(frozen=True)
class Stage:
    """One objective-perturbed fit.

    Attributes
    ----------
    mu : float
        Bound on (φᵀΣ⁻¹φ)^½ times the largest gradient of the loss in its score.
    leverage : float
        Bound on φᵀR⁻¹φ times the largest curvature of the loss in its score.
    """

    mu: float
    leverage: float

    def jacobian(self, bound: Bound) -> float:
        """Loss from the change of variables."""
        if not 0.0 <= self.leverage < 1.0:
            raise PrivacyError(
                "The leverage of a stage must be from 0 to below 1.",
                code="leverage-too-large",
                hint="This is a defect of glassledger; please report it.",
            )
        return float(-np.log1p(-self.leverage) if bound == "published" else np.log1p(self.leverage))

    @staticmethod
    def affordable(cost: float, bound: Bound) -> float:
        """The leverage whose Jacobian costs ``cost``."""
        return float(-np.expm1(-cost) if bound == "published" else min(np.expm1(cost), 0.999))

    def loss(self, step: float, bound: Bound) -> tuple[Floats, float]:
        """Masses of the random part at 0, step, 2·step, … (rounded up), and the mass at infinity."""
        centre = self.mu**2 / 2
        drift = 0.0 if bound == "published" else centre
        cells = int(np.ceil((drift + _TAIL * self.mu) / step)) + 1
        edges = (np.arange(cells) * step - drift) / self.mu
        masses = np.diff(ndtr(edges), prepend=0.0)
        if bound == "published":
            masses = 2.0 * np.diff(ndtr(edges), prepend=0.5)
        return masses, float((2.0 if bound == "published" else 1.0) * ndtr(-edges[-1]))

    def constant(self, bound: Bound) -> float:
        """The part of the loss that is not random."""
        return self.jacobian(bound) + (self.mu**2 / 2 if bound == "published" else 0.0)


@dataclass(frozen=True)
class Output:
    """Discrete Gaussian noise on returned parameters: it covers solver tolerance, rounding and float noise.

    Attributes
    ----------
    mu : float
        Bound on (distance between what two neighbours would return without it, given the same exact minimiser) / σ.
    shift : float
        Bound on Σ|v| grid steps over σ² (Lemma 2, coordinate by coordinate).
    miss : float
        Probability that a float sample left its coupling with an ideal one (Lemma 3).
    """

    mu: float
    shift: float
    miss: float


@dataclass(frozen=True)
class Account:
    """The whole cost of one fit; compose several fits by joining their parts."""

    tables: tuple[Table, ...]
    stages: tuple[Stage, ...]
    outputs: tuple[Output, ...]
    bound: Bound = "published"

    @property
    def _gaussians(self) -> tuple[Table | Output, ...]:
        return (*self.tables, *self.outputs)

    @cached_property
    def gaussian_mu(self) -> float:
        """Root of the summed squares of the parts whose loss is Gaussian."""
        return float(np.sqrt(sum(part.mu**2 for part in self._gaussians)))

    @property
    def _shift(self) -> float:
        constants = sum(stage.constant(self.bound) for stage in self.stages)
        return float(sum(part.shift for part in self._gaussians) + constants)

    def delta(self, epsilon: float) -> float:
        """δ(ε), rounded up; at most 1."""
        if not np.isfinite(epsilon) or epsilon < 0:
            raise PrivacyError(
                "Epsilon must be finite and not negative.", code="epsilon-invalid", hint="Use a number from 0 up."
            )
        step = max(epsilon, sum(stage.mu for stage in self.stages), 0.01) / _CELLS
        masses, missed = np.ones(1), 0.0
        for stage in self.stages:
            part, infinite = stage.loss(step, self.bound)
            masses, missed = np.convolve(masses, part), missed + infinite
        missed += sum(part.miss for part in self._gaussians)
        rest = epsilon - self._shift - step * np.arange(masses.size, dtype=np.float64)
        total = float(np.sum(masses * hockey_stick(rest, self.gaussian_mu))) + missed
        return float(min(1.0, total * (1 + 1e-9) + 1e-15))

    def epsilon(self, delta: float) -> float:
        """The smallest ε (to 1e-5, rounded up) with δ(ε) ≤ delta."""
        if not 0.0 < delta < 1.0:
            raise PrivacyError(
                "Delta must be between 0 and 1.", code="delta-invalid", hint="Use a small number such as 1e-6."
            )
        return _smallest(lambda epsilon: self.delta(epsilon) <= delta)

    def replace_one(self, delta: float) -> float:
        """The ε under replace-one at this delta: two add-or-remove steps (group privacy, Vadhan 2017, Lemma 2.2)."""
        return _smallest(lambda epsilon: (1 + float(np.exp(epsilon / 2))) * self.delta(epsilon / 2) <= delta)


def _smallest(kept: Callable[[float], bool]) -> float:
    """The smallest ε that keeps a monotone condition, to a relative 1e-5 and never below."""
    high = 1.0
    while not kept(high):
        high *= 2.0
        if high > 500.0:
            raise PrivacyError(
                "This release has no finite epsilon at that delta.", code="epsilon-infinite", hint="Use a larger delta."
            )
    low = 0.0
    while high - low > 1e-5 * max(high, 1.0):
        middle = (low + high) / 2
        low, high = (low, middle) if kept(middle) else (middle, high)
    return high


def hockey_stick(values: Floats, mu: float) -> Floats:
    """E[(1 − exp(ε − N(μ²/2, μ²)))₊] at any real ε (Balle, Wang 2018, Theorem 8)."""
    if mu <= 0.0:
        return np.maximum(0.0, -np.expm1(np.minimum(values, 0.0)))
    upper = ndtr(-values / mu + mu / 2)
    lower = np.exp(np.minimum(values + log_ndtr(-values / mu - mu / 2), 0.0))
    return np.asarray(np.maximum(upper - lower, 0.0))


def halved(epsilon: float, delta: float) -> tuple[float, float]:
    """The add-or-remove target that gives (ε, δ) under replace-one (group privacy of size two)."""
    return epsilon / 2, delta / (1 + float(np.exp(epsilon / 2)))


def largest_scale(account: Callable[[float], Account], *, epsilon: float, delta: float) -> float:
    """The largest scale whose account keeps (ε, δ), to a relative 1e-5 and never above.

    Parameters
    ----------
    account : function from a positive scale to the account of the fit with that scale; monotone.

    Raises
    ------
    PrivacyError
        When even a vanishing scale costs more: the fixed parts alone exceed the budget.
    """

    def excess(log_scale: float) -> float:
        return float(np.log(account(float(np.exp(log_scale))).delta(epsilon)) - np.log(delta))

    low = float(np.log(1e-3 * min(epsilon, 1.0)))
    if excess(low) > 0:
        raise PrivacyError(
            "The budget is too small for any release of this model.",
            code="budget-too-small",
            hint="Raise epsilon or delta.",
        )
    high = low + 1.0
    while excess(high) <= 0:
        low, high = high, high + 1.0
    log_scale = float(brentq(excess, low, high, xtol=1e-6))
    while excess(log_scale) > 0:
        log_scale -= 2e-6
    return float(np.exp(log_scale))
