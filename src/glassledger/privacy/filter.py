"""A cap on what several private fits may spend together, kept in memory: for estimators outside a workspace.

A privacy filter (Rogers, Roth, Ullman and Vadhan 2016, *Privacy odometers and filters*): it admits a fit when the sums
of all epsilons and deltas stay within the cap, which is sound for adaptively chosen amounts too. Nothing is logged.
"""

import os
import threading
from decimal import Decimal
from fractions import Fraction
from typing import Any, Self

from glassledger.errors import PrivacyError
from glassledger.privacy.budget import PrivacyBudget


class PrivacyFilter:
    """A shared cap. Clones of an estimator, a grid search and a pipeline all draw on the same one.

    Parameters
    ----------
    epsilon, delta : float, str or Decimal
        What all fits together may spend; floats are read as they print.

    Notes
    -----
    Nothing is written to a log: the count is gone when the process ends. A copy within the process is the same filter;
    a pickled copy, or one in a forked worker, has nothing left to spend, so that no amount is spent twice.
    """

    def __init__(self, epsilon: float | str | Decimal, delta: float | str | Decimal = 0) -> None:
        self._cap = PrivacyBudget(epsilon, delta)  # type: ignore[arg-type]
        self._epsilon, self._delta, self._fits = Fraction(0), Fraction(0), 0
        self._lock, self._process = threading.Lock(), os.getpid()

    def __call__(self, budget: PrivacyBudget) -> None:
        """Reserve an amount before noise is drawn; it stays spent whatever happens afterwards.

        Raises
        ------
        PrivacyError
            When the cap does not carry it, or this is a copy in another process. Nothing is spent then.
        """
        with self._lock:
            epsilon, delta = self._epsilon + Fraction(budget.epsilon), self._delta + Fraction(budget.delta)
            fits = epsilon <= Fraction(self._cap.epsilon) and delta <= Fraction(self._cap.delta)
            if self._process != os.getpid() or not fits:
                raise PrivacyError(
                    "The privacy filter does not carry another fit of this size.",
                    code="filter-exhausted",
                    hint="Spend less a fit, run in one process, or decide on a larger cap.",
                    facts={"asked": str(budget.epsilon), "left": str(float(self._left))},
                )
            self._epsilon, self._delta, self._fits = epsilon, delta, self._fits + 1

    @property
    def spent(self) -> tuple[float, float]:
        """Sums of epsilon and delta so far."""
        return float(self._epsilon), float(self._delta)

    @property
    def fits(self) -> int:
        """How many fits were admitted."""
        return self._fits

    @property
    def _left(self) -> Fraction:
        return Fraction(self._cap.epsilon) - self._epsilon

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return _exhausted, (str(self._cap.epsilon), str(self._cap.delta))

    def __repr__(self) -> str:
        return f"PrivacyFilter(epsilon={self._cap.epsilon}, delta={self._cap.delta})"


def _exhausted(epsilon: str, delta: str) -> PrivacyFilter:
    """What a pickled filter becomes."""
    copy = PrivacyFilter(epsilon, delta)
    copy._epsilon, copy._delta = Fraction(copy._cap.epsilon), Fraction(copy._cap.delta)
    return copy
