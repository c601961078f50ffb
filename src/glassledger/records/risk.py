"""Disclosure risk indicators of a table, in counts and ratios."""

from typing import Literal

from glassledger.records.record import Record


class SensitiveRisk(Record):
    """How much the equivalence classes tell about one sensitive column.

    ``distinct_l`` is the fewest different values in a class, ``entropy_l`` the exponential of the least entropy,
    ``t`` the largest distance to the whole table's distribution, ``delta`` the largest absolute log-ratio to it.
    """

    column: str
    distinct_l: int
    entropy_l: float
    t: float
    delta: float


class RiskRecord(Record):
    """Risk indicators of one table; never a statement that it is anonymous."""

    format: Literal["glassledger/risk/v1"] = "glassledger/risk/v1"
    quasi_identifiers: tuple[str, ...]
    rows: int
    classes: int
    k: int
    uniques: int
    prosecutor_max: float
    prosecutor_mean: float
    sensitive: tuple[SensitiveRisk, ...] = ()
