"""Adding up what releases cost. Every result is rounded against us; what cannot be added up costs infinitely much.

The curve of Gaussian differential privacy is exact: a mechanism is mu-GDP if and only if, for every epsilon,

    delta(epsilon) = Phi(−epsilon/mu + mu/2) − exp(epsilon) · Phi(−epsilon/mu − mu/2)

(Balle and Wang, *Improving the Gaussian mechanism for differential privacy*, ICML 2018, Theorem 8; Dong, Roth and Su,
*Gaussian differential privacy*, JRSS-B 2022, Corollary 2.13). Mixed releases go through Google's dp-accounting, whose
only door is this file; it is imported when asked for.
"""

import math
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

from scipy.special import log_ndtr

from glassledger.errors import PrivacyError
from glassledger.records.budget import PrivacyEvent

Accountant = Literal["pld", "rdp"]

#: Relative safety margin of every rounded result; far above the error of the float curve (tests hold it at 50 digits).
MARGIN = 1e-9

#: Laws that a release of ours may have. ``pure`` stands for any mechanism whose own epsilon is sensitivity / scale, and
#: a discrete Laplace is accounted as one: the continuous law's curve is not known to dominate it at every sensitivity.
GAUSSIAN, DISCRETE_GAUSSIAN, LAPLACE, PURE = "gaussian", "discrete-gaussian", "laplace", "pure"
DISCRETE_LAPLACE = "discrete-laplace"
_PURE_LAWS = (LAPLACE, DISCRETE_LAPLACE, PURE)


def gaussian_dp_delta(mu: float, epsilon: float) -> float:
    """The delta at which a mu-GDP mechanism is (epsilon, delta)-DP, rounded up.

    Parameters
    ----------
    mu : float
        Above 0; a ratio of sensitivity to noise. Infinite or not a number: the result is 1.
    epsilon : float
        At least 0.

    Returns
    -------
    float in [0, 1]
    """
    if not math.isfinite(mu) or mu < 0 or math.isnan(epsilon) or epsilon < 0:
        return 1.0
    if mu == 0:
        return 0.0
    return min(1.0, math.exp(_log_delta(mu, epsilon)) * (1 + MARGIN))


def gaussian_dp_epsilon(mu: float, delta: float) -> float:
    """The epsilon at which a mu-GDP mechanism is (epsilon, delta)-DP, rounded up.

    Parameters
    ----------
    mu : float
        At least 0.
    delta : float
        In (0, 1).

    Returns
    -------
    float
        Infinite when an argument is outside its range: what is not a guarantee costs everything.
    """
    if not math.isfinite(mu) or mu < 0 or math.isnan(delta) or not 0 < delta < 1:
        return math.inf
    if mu == 0 or gaussian_dp_delta(mu, 0.0) <= delta:
        return 0.0
    high = 1.0
    while gaussian_dp_delta(mu, high) > delta:
        high *= 2
        if not math.isfinite(high):
            return math.inf
    return _smallest(lambda epsilon: gaussian_dp_delta(mu, epsilon) <= delta, 0.0, high) * (1 + MARGIN)


def gaussian_dp_mu(epsilon: float, delta: float) -> float:
    """The largest mu for which mu-GDP implies (epsilon, delta)-DP, rounded down.

    Parameters
    ----------
    epsilon : float
        At least 0 and finite.
    delta : float
        In (0, 1).

    Raises
    ------
    PrivacyError
        When an argument is outside its range; Gaussian noise gives no guarantee with delta 0.
    """
    if not math.isfinite(epsilon) or epsilon < 0 or math.isnan(delta) or not 0 < delta < 1:
        raise PrivacyError(
            "Gaussian noise needs a finite epsilon and a delta above 0 and below 1.",
            code="delta-missing",
            hint="Declare privacy.delta, or use a family with a pure guarantee.",
        )
    high = 1.0
    while gaussian_dp_delta(high, epsilon) <= delta:
        high *= 2
    lower = _smallest(lambda mu: gaussian_dp_delta(mu, epsilon) > delta, 0.0, high)
    return lower * (1 - MARGIN)


def gaussian_mu(events: Iterable[PrivacyEvent]) -> float:
    """The mu of Gaussian releases together, rounded up; infinite when one of them is anything else.

    Gaussian releases compose exactly, adaptively too: mu² adds up (Dong, Roth and Su, Corollary 3.3).
    """
    total = 0.0
    for event in events:
        if event.mechanism != GAUSSIAN or not _sound(event):
            return math.inf
        total += event.count * (event.sensitivity / event.noise_scale) ** 2
    return math.sqrt(total) * (1 + MARGIN)


def pure_epsilon(events: Iterable[PrivacyEvent]) -> float:
    """Basic composition of pure releases, rounded up; infinite when one of them is not pure."""
    total = 0.0
    for event in events:
        if event.mechanism not in _PURE_LAWS or not _sound(event):
            return math.inf
        total += event.count * event.sensitivity / event.noise_scale
    return total * (1 + MARGIN)


def composed_epsilon(events: Sequence[PrivacyEvent], delta: float, *, accountant: Accountant = "pld") -> float:
    """The epsilon of all releases together at ``delta``, by dp-accounting, rounded up.

    Parameters
    ----------
    events : sequence of PrivacyEvent
        ``sensitivity`` is meant under the adjacency that the claim names. Gaussian releases are joined into one first
        (exact); a discrete Gaussian with a whole-number sensitivity is bounded by the continuous one and an additional
        loss of sensitivity / scale²; a pure release by the pair that dominates every mechanism with its epsilon.
    delta : float
        In (0, 1); with 0 only pure releases have a finite cost.
    accountant : {"pld", "rdp"}
        Privacy loss distributions (tight, pessimistic rounding) or Rényi orders (looser, independent code).

    Returns
    -------
    float
        Infinite when anything is unknown, negative or not finite.
    """
    if not events:
        return 0.0
    if not all(_sound(event) for event in events) or math.isnan(delta) or not 0 <= delta < 1:
        return math.inf
    if delta == 0:
        return pure_epsilon(events)
    gaussians = [event for event in events if event.mechanism in (GAUSSIAN, DISCRETE_GAUSSIAN)]
    shift = sum(e.count * e.sensitivity / e.noise_scale**2 for e in gaussians if e.mechanism == DISCRETE_GAUSSIAN)
    mu = math.sqrt(sum(event.count * (event.sensitivity / event.noise_scale) ** 2 for event in gaussians))
    if not math.isfinite(mu):
        return math.inf
    rest = [e for e in events if e.mechanism in _PURE_LAWS and e.sensitivity > 0 and e.count > 0]
    composed = (_pld_epsilon if accountant == "pld" else _rdp_epsilon)(mu, rest, delta)
    if math.isnan(composed) or composed < 0:
        return math.inf
    return composed * (1 + MARGIN) + shift


def _pld_epsilon(mu: float, rest: Sequence[PrivacyEvent], delta: float) -> float:
    from dp_accounting.pld import common, privacy_loss_distribution

    total = privacy_loss_distribution.identity()
    if mu > 0:
        total = total.compose(privacy_loss_distribution.from_gaussian_mechanism(1 / mu))
    for event in rest:
        ratio = event.noise_scale / event.sensitivity
        one = (
            privacy_loss_distribution.from_laplace_mechanism(ratio)
            if event.mechanism == LAPLACE
            else privacy_loss_distribution.from_privacy_parameters(common.DifferentialPrivacyParameters(1 / ratio))
        )
        total = total.compose(one.self_compose(event.count))
    return float(total.get_epsilon_for_delta(delta))


def _rdp_epsilon(mu: float, rest: Sequence[PrivacyEvent], delta: float) -> float:
    import dp_accounting
    from dp_accounting import rdp

    ledger: Any = rdp.RdpAccountant(None, dp_accounting.NeighboringRelation.REPLACE_ONE)
    if mu > 0:
        ledger.compose(dp_accounting.GaussianDpEvent(1 / mu))
    for event in rest:
        ratio = event.noise_scale / event.sensitivity
        response = 2 / (1 + math.exp(min(1 / ratio, 700.0)))  # randomised response with this epsilon
        for _ in range(event.count):
            ledger.compose(
                dp_accounting.LaplaceDpEvent(ratio)
                if event.mechanism == LAPLACE
                else dp_accounting.RandomizedResponseDpEvent(response, 2)
            )
    return float(ledger.get_epsilon(delta))


def _sound(event: PrivacyEvent) -> bool:
    return (
        event.mechanism in (GAUSSIAN, DISCRETE_GAUSSIAN, *_PURE_LAWS)
        and math.isfinite(event.sensitivity)
        and math.isfinite(event.noise_scale)
        and event.sensitivity >= 0
        and event.noise_scale > 0
        and event.count >= 0
    )


def _log_delta(mu: float, epsilon: float) -> float:
    """log delta without cancellation in the tails."""
    above = float(log_ndtr(-epsilon / mu + mu / 2))
    below = epsilon + float(log_ndtr(-epsilon / mu - mu / 2))
    rounding = 8 * sys.float_info.epsilon * (1 + epsilon + abs(above) + abs(below))
    return above + math.log(-math.expm1(min(below - above, 0.0) - rounding))


def _smallest(holds: Callable[[float], bool], low: float, high: float) -> float:
    """The smallest argument, in floats, for which a monotone condition holds; it holds at ``high``."""
    while True:
        middle = low + (high - low) / 2
        if not low < middle < high:
            return high
        if holds(middle):
            high = middle
        else:
            low = middle
