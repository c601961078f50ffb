"""What a private act may spend, and the ticket that lets it spend once.

A :class:`PrivacyBudget` is exact decimal arithmetic; integers derived from it are rounded up, floats handed to learners
are rounded down. A :class:`Reservation` is the proof that an amount was written to the log before any noise is drawn.
It can be taken once, in the process that made it, and it cannot be copied, cloned or pickled: so an estimator's copies,
a grid search or a forked worker cannot spend the same amount twice.
"""

import math
import os
import threading
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, NoReturn, get_args

from glassledger.errors import PrivacyError
from glassledger.records.budget import NANO, PICO, Adjacency

#: Largest epsilon whose nano amount every JSON reader holds exactly (2**53 − 1 nano).
LARGEST_EPSILON = Decimal(9_007_199)


@dataclass(frozen=True, slots=True)
class PrivacyBudget:
    """An (epsilon, delta) amount.

    Parameters
    ----------
    epsilon : Decimal
        Finite, above 0, at most :data:`LARGEST_EPSILON`. Integers, decimal strings and floats (read as they print) are
        taken too and kept as Decimal.
    delta : Decimal
        Finite, in [0, 1).

    Raises
    ------
    PrivacyError
        When an amount is not such a number.
    """

    epsilon: Decimal
    delta: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        epsilon, delta = _decimal(self.epsilon, "epsilon"), _decimal(self.delta, "delta")
        if not 0 < epsilon <= LARGEST_EPSILON:
            raise _refused("epsilon", "a finite number above 0")
        if not 0 <= delta < 1:
            raise _refused("delta", "a finite number from 0 up to, but not including, 1")
        object.__setattr__(self, "epsilon", epsilon)
        object.__setattr__(self, "delta", delta)

    @property
    def nano_epsilon(self) -> int:
        """Epsilon in units of 1e-9, rounded up."""
        return math.ceil(Fraction(self.epsilon) * NANO)

    @property
    def pico_delta(self) -> int:
        """Delta in units of 1e-12, rounded up."""
        return math.ceil(Fraction(self.delta) * PICO)

    @property
    def spendable(self) -> tuple[float, float]:
        """The largest floats (epsilon, delta) that are not above the amount: what a learner may be given."""
        return _float_below(self.epsilon), _float_below(self.delta)


class Reservation:
    """A one-shot ticket for an amount that was reserved durably.

    Parameters
    ----------
    budget : PrivacyBudget
    adjacency : {"add_or_remove_one", "replace_one"}
    unit : str
        The privacy unit that the amount protects.
    entry : str
        The log entry that reserved it.

    Notes
    -----
    Privacy spent: none by holding it, ``budget`` by :meth:`take`, whatever happens afterwards.
    """

    __slots__ = ("_adjacency", "_budget", "_entry", "_lock", "_process", "_taken", "_unit")

    def __init__(self, budget: PrivacyBudget, adjacency: Adjacency, unit: str, entry: str) -> None:
        if not isinstance(budget, PrivacyBudget):
            raise PrivacyError("A reservation holds a PrivacyBudget.", code="reservation-malformed")
        if adjacency not in get_args(Adjacency) or not unit or not entry:
            raise PrivacyError(
                "A reservation names its adjacency, its privacy unit and its log entry.", code="reservation-malformed"
            )
        self._budget, self._adjacency, self._unit, self._entry = budget, adjacency, unit, entry
        self._lock = threading.Lock()
        self._process = os.getpid()
        self._taken = False

    @property
    def budget(self) -> PrivacyBudget:
        """The reserved amount."""
        return self._budget

    @property
    def adjacency(self) -> Adjacency:
        """The neighbouring relation that the amount is meant for."""
        return self._adjacency

    @property
    def unit(self) -> str:
        """The privacy unit."""
        return self._unit

    @property
    def entry(self) -> str:
        """The log entry that reserved the amount."""
        return self._entry

    @property
    def taken(self) -> bool:
        """Whether the amount was spent."""
        return self._taken

    def take(self) -> PrivacyBudget:
        """Spend the reservation.

        Raises
        ------
        PrivacyError
            ``reservation-used`` the second time; ``reservation-elsewhere`` in a forked process, whose parent holds the
            same ticket.
        """
        if os.getpid() != self._process:
            raise PrivacyError(
                "This reservation belongs to another process.",
                code="reservation-elsewhere",
                hint="Reserve budget in the process that fits.",
            )
        with self._lock:
            if self._taken:
                raise PrivacyError(
                    f"The budget reserved in log entry {self._entry} is spent already.",
                    code="reservation-used",
                    hint="Reserve again: every private fit pays for itself.",
                    facts={"entry": self._entry},
                )
            self._taken = True
        return self._budget

    def __repr__(self) -> str:
        state = "spent" if self._taken else "open"
        return f"<Reservation {self._entry}: epsilon {self._budget.epsilon}, delta {self._budget.delta}, {state}>"

    def __copy__(self) -> NoReturn:
        raise _not_twice()

    def __deepcopy__(self, memo: Any) -> NoReturn:
        raise _not_twice()

    def __reduce__(self) -> NoReturn:
        raise _not_twice()

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise _not_twice()


def _not_twice() -> PrivacyError:
    return PrivacyError(
        "A reservation cannot be copied, cloned or pickled: the copy could spend the same budget again.",
        code="reservation-copied",
        hint="Reserve budget once for every private fit; a grid search pays for every candidate.",
    )


def _decimal(value: object, name: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, Decimal | int | float | str):
        raise _refused(name, "a number")
    try:
        number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    except InvalidOperation:
        raise _refused(name, "a number") from None
    if not number.is_finite():
        raise _refused(name, "a finite number")
    return number


def _refused(name: str, wanted: str) -> PrivacyError:
    hint = "Check the privacy section of the policy."
    if name == "epsilon":
        return PrivacyError(f"Epsilon must be {wanted}.", code="epsilon-invalid", hint=hint)
    return PrivacyError(f"Delta must be {wanted}.", code="delta-invalid", hint=hint)


def _float_below(value: Decimal) -> float:
    number = float(value)
    return number if Fraction(number) <= Fraction(value) else math.nextafter(number, -math.inf)
