"""Empirical lower bounds on epsilon: what a membership attack shows about a mechanism, whatever its proof says.

A bound above the claim refutes the claim (at its confidence). A bound below it refutes nothing: attacks are weaker than
the worst case.

* :func:`one_run_epsilon`: many canaries, each in or out by a coin, one run (Steinke, Nasr and Jagielski, *Privacy
  auditing with one (1) training run*, NeurIPS 2023, Theorem 5.2).
* :func:`two_sample_epsilon`: two neighbours, many runs, Clopper–Pearson limits on the attack's two error rates
  (Jagielski, Ullman and Oprea, *Auditing differentially private machine learning*, NeurIPS 2020). The threshold is
  chosen on one half of the runs and judged on the other.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, binom

from glassledger.errors import UsageError

Floats = NDArray[np.float64]

_LARGEST = 50.0
_CUTS = 201


@dataclass(frozen=True)
class Found:
    """A lower bound, the guesses behind it, and the most that they could have shown."""

    epsilon: float
    guesses: int
    correct: int
    ceiling: float


def one_run_epsilon(
    included: NDArray[np.bool_], statistic: Floats, *, guesses: int, delta: float, confidence: float = 0.95
) -> Found:
    """Lower bound on epsilon from one run with many canaries.

    Parameters
    ----------
    included : ndarray of bool, shape (canaries,)
        Whether each canary was in, by independent fair coins.
    statistic : ndarray, shape (canaries,)
        Larger values speak for *in*. It may depend on the output and on the canaries, never on the coins.
    guesses : int
        How many are guessed: half of them *in* (the largest values), half *out* (the smallest); the others are not.
    delta : float, in [0, 1)
    confidence : float, in (0, 1)

    Raises
    ------
    UsageError
        When there are fewer canaries than guesses.
    """
    count, half = len(included), guesses // 2
    if half < 1 or guesses > count:
        raise UsageError(
            "An attack needs at least two guesses and as many canaries.",
            code="attack-too-small",
            hint="Use more canaries.",
        )
    order = np.argsort(statistic, kind="stable")
    correct = int(included[order[-half:]].sum() + (~included[order[:half]]).sum())
    found = _largest_refuted(correct, 2 * half, count, delta, confidence)
    return Found(found, 2 * half, correct, _largest_refuted(2 * half, 2 * half, count, delta, confidence))


def one_run_p_value(correct: int, guesses: int, canaries: int, *, epsilon: float, delta: float) -> float:
    """Bound on the probability that an (epsilon, delta)-DP mechanism lets so many guesses be right.

    With W ~ Binomial(guesses, e^ε / (1 + e^ε)): P(W ≥ v) + 2·m·δ·max_i P(v > W ≥ v − i) / i.
    """
    right = 1.0 / (1.0 + math.exp(-epsilon))
    tail = float(binom.sf(correct - 1, guesses, right))
    if delta == 0 or correct == 0:
        return min(1.0, tail)
    below = binom.pmf(np.arange(correct - 1, -1, -1), guesses, right).cumsum()
    steps = np.arange(1, correct + 1)
    return min(1.0, tail + 2.0 * canaries * delta * float((below / steps).max()))


def _largest_refuted(correct: int, guesses: int, canaries: int, delta: float, confidence: float) -> float:
    level = 1.0 - confidence

    def refuted(epsilon: float) -> bool:
        return one_run_p_value(correct, guesses, canaries, epsilon=epsilon, delta=delta) < level

    return _bisected(refuted)


def two_sample_epsilon(without: Floats, within: Floats, *, delta: float, confidence: float = 0.95) -> Found:
    """Lower bound on epsilon from runs without and runs with one canary.

    Parameters
    ----------
    without, within : ndarray, shape (runs,)
        Any real statistic of each run's output; which direction speaks for *in* is found on the first half of the runs.
    delta : float, in [0, 1)
    confidence : float, in (0, 1)

    Raises
    ------
    UsageError
        When a side has fewer than 20 runs.
    """
    half = min(len(without), len(within)) // 2
    if half < 10:
        raise UsageError(
            "An attack needs at least 20 runs on each side.", code="attack-too-small", hint="Use more runs."
        )
    cut, rule = _best_rule(without[:half], within[:half], delta)
    hits, false = _reached(within[half:], cut, rule), _reached(without[half:], cut, rule)
    if rule[1]:  # the canary's presence is what the test must not see: swap the sides
        hits, false = false, hits
    level, size = (1.0 - confidence) / 2, len(within) - half
    other = len(without) - half
    n_hits, n_false = (other, size) if rule[1] else (size, other)
    low = 0.0 if hits == 0 else float(beta.ppf(level, hits, n_hits - hits + 1))
    high = 1.0 if false == n_false else float(beta.ppf(1 - level, false + 1, n_false - false))
    best_low, best_high = level ** (1 / n_hits), 1 - level ** (1 / n_false)
    return Found(
        epsilon=_ratio(low, high, delta),
        guesses=n_hits + n_false,
        correct=hits + n_false - false,
        ceiling=_ratio(best_low, best_high, delta),
    )


_Rule = tuple[bool, bool]  # whether small values speak for the event, and whether the sides are swapped


def _best_rule(without: Floats, within: Floats, delta: float) -> tuple[float, _Rule]:
    """Threshold, direction and order of the sides with the largest bound on the first half."""
    cuts = np.unique(np.quantile(np.concatenate([without, within]), np.linspace(0, 1, _CUTS), method="nearest"))
    best, chosen = -1.0, (float(cuts[0]), (False, False))
    for small in (False, True):
        compared = np.less_equal if small else np.greater_equal
        one, two = (compared(side[None, :], cuts[:, None]).sum(axis=1) for side in (within, without))
        for swapped in (False, True):
            hits, false = (two, one) if swapped else (one, two)
            low = np.where(hits > 0, beta.ppf(0.05, np.maximum(hits, 1), len(within) - hits + 1), 0.0)
            high = np.where(false < len(within), beta.ppf(0.95, false + 1, np.maximum(len(within) - false, 1)), 1.0)
            bound = np.log(np.maximum(low - delta, 1e-12) / high)
            if bound.max() > best:
                best, chosen = float(bound.max()), (float(cuts[bound.argmax()]), (small, swapped))
    return chosen


def _reached(values: Floats, cut: float, rule: _Rule) -> int:
    return int((values <= cut).sum() if rule[0] else (values >= cut).sum())


def _ratio(low: float, high: float, delta: float) -> float:
    """log((P − δ) / Q), at least 0."""
    return max(0.0, math.log((low - delta) / high)) if low > delta and high > 0 else 0.0


def _bisected(refuted: Callable[[float], bool]) -> float:
    """The largest epsilon that is refuted, up to a limit."""
    if not refuted(0.0):
        return 0.0
    low, high = 0.0, 1.0
    while high < _LARGEST and refuted(high):
        low, high = high, high * 2
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if refuted(middle) else (low, middle)
    return low
