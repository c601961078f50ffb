"""What a private explainable boosting machine costs, and how interpret is told to cost exactly that.

interpret's row count, histograms and boosting queries carry Gaussian noise, and Gaussian releases compose exactly: the
squares of sensitivity / scale add up. interpret itself splits epsilon and delta and adds them up again, which wastes an
eighth of epsilon; here its epsilon is only a knob, turned until the joint total is the claim. After the fit the scales
that interpret reports are added up again from scratch.
"""

import math
from dataclasses import dataclass

from scipy.special import ndtri

from glassledger.errors import PrivacyError
from glassledger.models.private_task import PrivateTask, level_count
from glassledger.policy.families import DpEbmSettings
from glassledger.privacy.accounting import DISCRETE_GAUSSIAN, GAUSSIAN, gaussian_dp_epsilon, gaussian_dp_mu
from glassledger.privacy.noise import variance_at_least
from glassledger.records.budget import PrivacyEvent
from glassledger.records.features import FeatureSpec

#: Share of mu² that pays for the noisy row count, and share of delta for the event that padding is too short.
_COUNT_SHARE = 0.01
_DELTA_SHARE = 1e-3
#: More padding than this says that the budget is too small to hide even the number of rows.
_MOST_PADDING = 1_000_000
#: Slack between the scales asked for and the scales that interpret reports.
_SLACK = 1e-6


@dataclass(frozen=True)
class Plan:
    """What interpret is told, and how its table is padded.

    Attributes
    ----------
    epsilon, delta : float
        Knobs for interpret; they are not the claim.
    count_variance : (numerator, denominator)
        Variance of the discrete Gaussian on the number of rows.
    padding : int
        Rows added to the noisy count, so that it falls below the true one only with a probability that delta pays for.
    """

    epsilon: float
    delta: float
    count_variance: tuple[int, int]
    padding: int


def planned(private: PrivateTask, settings: DpEbmSettings) -> Plan:
    """Choose the noise so that everything together costs the budget.

    Raises
    ------
    PrivacyError
        When delta is 0, or epsilon is outside what interpret can be set to.
    """
    mu = gaussian_dp_mu(private.epsilon, private.delta)
    variance = variance_at_least(1 / (_COUNT_SHARE * mu * mu))
    scale = math.sqrt(variance[0] / variance[1])
    sensitivity = _count_sensitivity(private)
    total = gaussian_dp_mu(private.epsilon - sensitivity / scale**2, private.delta * (1 - _DELTA_SHARE))
    wanted = math.sqrt(total**2 - (sensitivity / scale) ** 2) * (1 - _SLACK)
    delta = min(max(private.delta, 1e-8), 1e-2)  # where interpret's own curve is accurate
    short = private.delta * _DELTA_SHARE / (1 + math.exp(private.epsilon))
    padding = -ndtri(short) * scale + 1 + least_padding(private)
    if not padding <= _MOST_PADDING:
        raise _unreachable()
    return Plan(_knob(private, settings, delta, wanted), delta, variance, math.ceil(padding))


def least_padding(private: PrivateTask) -> int:
    """Padding rows that are always there: every level of every feature, and both classes."""
    return max(2, *(level_count(spec) for spec in private.specs))


def events_of(
    private: PrivateTask, settings: DpEbmSettings, plan: Plan, *, binning_scale: float, boosting_scale: float
) -> tuple[PrivacyEvent, ...]:
    """Every release of noise, with the scales that interpret says it used."""
    histograms = (
        PrivacyEvent(
            mechanism=GAUSSIAN,
            sensitivity=_histogram_sensitivity(private, spec),
            noise_scale=binning_scale,
            detail=f"histogram of {spec.name}",
        )
        for spec in private.specs
    )
    return (
        PrivacyEvent(
            mechanism=DISCRETE_GAUSSIAN,
            sensitivity=_count_sensitivity(private),
            noise_scale=math.sqrt(plan.count_variance[0] / plan.count_variance[1]),
            detail="number of rows",
        ),
        *histograms,
        PrivacyEvent(
            mechanism=GAUSSIAN,
            sensitivity=_gradient_sensitivity(private) * settings.learning_rate,
            noise_scale=boosting_scale,
            count=settings.max_rounds * len(private.specs),
            detail="boosting queries: sums of residuals in random leaves",
        ),
    )


def total_mu(events: tuple[PrivacyEvent, ...]) -> float:
    """Root of the summed squares of sensitivity / scale."""
    return math.sqrt(sum(event.count * (event.sensitivity / event.noise_scale) ** 2 for event in events))


def spent(events: tuple[PrivacyEvent, ...], delta: float) -> float:
    """Epsilon of the events at the claim's delta, rounded up; part of delta pays for padding that is too short.

    A discrete Gaussian costs its continuous one and sensitivity / scale² more (see :mod:`glassledger.privacy.noise`).
    """
    lattice = sum(e.sensitivity / e.noise_scale**2 for e in events if e.mechanism == DISCRETE_GAUSSIAN)
    return gaussian_dp_epsilon(total_mu(events), delta * (1 - _DELTA_SHARE)) + lattice


def _knob(private: PrivateTask, settings: DpEbmSettings, delta: float, wanted: float) -> float:
    """The epsilon to name to interpret: its histograms and queries together then have mu ``wanted``."""
    low, high = 1e-6, 1e4
    share = settings.bin_budget_frac
    squares = sum(_histogram_sensitivity(private, spec) ** 2 for spec in private.specs)
    cells = math.sqrt(squares / len(private.specs))  # interpret counts one cell a feature

    def mu_at(epsilon: float) -> float:
        binning = gaussian_dp_mu(epsilon * share, delta / 2) * cells
        training = gaussian_dp_mu(epsilon * (1 - share), delta / 2) * _gradient_sensitivity(private)
        return math.hypot(binning, training)

    if not mu_at(low) < wanted < mu_at(high):
        raise _unreachable()
    for _ in range(100):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if mu_at(middle) <= wanted else (low, middle)
    return low


def _unreachable() -> PrivacyError:
    return PrivacyError(
        "This epsilon is outside what interpret's noise can be set to.",
        code="epsilon-unreachable",
        hint="Choose an epsilon between 0.01 and 20.",
    )


def _count_sensitivity(private: PrivateTask) -> float:
    return 1.0 if private.adjacency == "add_or_remove_one" else 0.0


def _histogram_sensitivity(private: PrivateTask, spec: FeatureSpec) -> float:
    """L2 change of one histogram. A record moves one cell; among levels it also displaces a padding row's level."""
    one_cell = private.adjacency == "add_or_remove_one" and spec.kind == "continuous"
    return 1.0 if one_cell else math.sqrt(2.0)


def _gradient_sensitivity(private: PrivateTask) -> float:
    """L2 change of a query's leaf sums in units of the learning rate; |p − y| ≤ 1, and a record is in one leaf."""
    return 1.0 if private.adjacency == "add_or_remove_one" else 2.0
