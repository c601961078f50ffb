"""Noisy contingency tables about a holdout: counted once, paid for once, and everything else is post-processing.

Every row lies in exactly one cell of each table. So one unit with one row changes one count of each table by one
(add-or-remove-one) or two counts by one (replace-one), whatever the rows are, and with independent discrete Laplace
noise of scale sensitivity / epsilon_t in each cell, table t is epsilon_t-differentially private with delta 0; the
tables add up (Dwork, McSherry, Nissim and Smith 2006; Ghosh, Roughgarden and Sundararajan 2012 for the law on the
integers). Scales are fractions of whole numbers, rounded up, and the noise is exact: no floating point touches a
count before it is released.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassledger.errors import PrivacyError
from glassledger.privacy.accounting import DISCRETE_LAPLACE
from glassledger.privacy.budget import Reservation
from glassledger.privacy.noise import Source, discrete_laplace
from glassledger.records.budget import Adjacency, PrivacyEvent
from glassledger.records.release import NoisyTable, TableAxis

Codes = NDArray[np.intp]

NOISE = "operating system CSPRNG (getrandom); exact discrete Laplace (Canonne-Kamath-Steinke 2020)"
_SCALE_UNIT = 64


@dataclass(frozen=True, eq=False)
class Question:
    """A table to be counted.

    Attributes
    ----------
    axes : tuple of TableAxis
        Declared, never read off the data.
    codes : tuple of ndarray of int, shape (rows,)
        Position of each row's label on each axis.
    share : Fraction
        Share of epsilon.
    """

    name: str
    axes: tuple[TableAxis, ...]
    codes: tuple[Codes, ...]
    share: Fraction


class TableRelease:
    """An open release: spends one reservation, question by question, never more than it holds.

    Parameters
    ----------
    reservation : Reservation
        Taken at once. Privacy spent: its epsilon, whether all of it is used or not; its delta is not touched.
    units : ndarray, shape (rows,)
        Privacy unit of each row.
    source : private seam for tests

    Raises
    ------
    PrivacyError
        ``unit-repeats`` when a unit has several rows; whatever :meth:`Reservation.take` raises.
    """

    def __init__(self, reservation: Reservation, units: NDArray[Any], *, source: Source | None = None) -> None:
        if len(np.unique(units.astype(str))) != len(units):
            raise PrivacyError(
                "A privacy unit has more than one row, so the declared guarantee would not hold for it.",
                code="unit-repeats",
                hint="Aggregate the table to one row per unit.",
            )
        self._rows, self._source = len(units), source
        self._sensitivity = sensitivity(reservation.adjacency)
        self.epsilon = Fraction(Decimal(reservation.take().epsilon))
        self._left = Fraction(1)
        self.events: list[PrivacyEvent] = []

    def ask(self, questions: Sequence[Question]) -> tuple[NoisyTable, ...]:
        """Count, add noise, release. Later questions may depend on earlier answers.

        Raises
        ------
        PrivacyError
            ``release-overspent`` when the shares add up to more than one; nothing is drawn then.
        """
        wanted = sum((question.share for question in questions), Fraction(0))
        if wanted > self._left or any(question.share <= 0 for question in questions):
            raise PrivacyError(
                "The questions ask for more than the reserved epsilon.",
                code="release-overspent",
                hint="This is a defect of glassledger; please report it.",
            )
        self._left -= wanted
        return tuple(self._answer(question) for question in questions)

    def _answer(self, question: Question) -> NoisyTable:
        exact = _counts(question, self._rows)
        scale = Fraction(math.ceil(self._sensitivity / (self.epsilon * question.share) * _SCALE_UNIT), _SCALE_UNIT)
        noise = discrete_laplace((scale.numerator, scale.denominator), len(exact), source=self._source)
        self.events.append(
            PrivacyEvent(
                mechanism=DISCRETE_LAPLACE,
                sensitivity=float(self._sensitivity),
                noise_scale=float(scale),
                detail=f"holdout: {question.name}, {len(exact)} counts",
            )
        )
        return NoisyTable(
            name=question.name, axes=question.axes, counts=tuple((exact + noise).tolist()), scale=float(scale)
        )


def sensitivity(adjacency: Adjacency) -> int:
    """How far one unit moves all counts of one table together."""
    return 1 if adjacency == "add_or_remove_one" else 2


def _counts(question: Question, rows: int) -> NDArray[np.int64]:
    """Exact counts; a row outside the declared axes is a defect, never a silently dropped row."""
    shape = tuple(len(axis.labels) for axis in question.axes)
    fits = len(shape) == len(question.codes) and all(
        len(codes) == rows and bool(((codes >= 0) & (codes < width)).all())
        for codes, width in zip(question.codes, shape, strict=False)
    )
    if not fits:
        raise PrivacyError(
            f"A row lies in no declared cell of the table '{question.name}'.",
            code="cell-undeclared",
            hint="This is a defect of glassledger; please report it.",
        )
    if rows == 0:
        return np.zeros(math.prod(shape), dtype=np.int64)
    flat = np.ravel_multi_index(question.codes, shape)
    return np.bincount(flat, minlength=math.prod(shape)).astype(np.int64)
