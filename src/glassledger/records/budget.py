"""What a private act was and what it cost, as frozen data.

Amounts are integers (nano-epsilon, pico-delta), rounded against us, so that no sum ever rounds down.
"""

from typing import Literal

from glassledger.records.record import Record

Adjacency = Literal["add_or_remove_one", "replace_one"]

NANO = 1_000_000_000
PICO = 1_000_000_000_000


class PrivacyEvent(Record):
    """One release of noise: enough to account for it, nothing of the implementation."""

    mechanism: str
    sensitivity: float
    noise_scale: float
    count: int = 1
    detail: str = ""


class PrivacyFacts(Record):
    """The privacy statement that belongs to one model.

    Attributes
    ----------
    unit : str
        What one unit is (a column name, or ``row``).
    epsilon, delta : float
        The claim, after rounding up.
    native : str
        The native guarantee in words and numbers, such as ``"mu = 0.2367 Gaussian DP"``.
    unprotected : tuple of str
        Quantities that the claim does not cover.
    """

    format: Literal["glassledger/privacy-facts/v1"] = "glassledger/privacy-facts/v1"
    unit: str
    max_rows_per_unit: int = 1
    adjacency: Adjacency
    epsilon: float
    delta: float
    variant: Literal["pure", "approximate"] = "approximate"
    native: str
    accountant: str
    mechanisms: tuple[PrivacyEvent, ...]
    unprotected: tuple[str, ...]
    library: str
    noise_source: str
    notes: tuple[str, ...] = ()


class BudgetEntry(Record):
    """One spend from a dataset's budget."""

    scope: str
    nano_epsilon: int
    pico_delta: int
    purpose: str
    key: str


class BudgetStatement(Record):
    """What a dataset's budget was and what is left of it."""

    format: Literal["glassledger/budget-statement/v1"] = "glassledger/budget-statement/v1"
    scope: str
    cap_nano_epsilon: int
    cap_pico_delta: int
    spent_nano_epsilon: int
    spent_pico_delta: int
    entries: tuple[BudgetEntry, ...] = ()
