"""What an attack on a family found: a lower bound on the true epsilon, with its confidence."""

from typing import Literal

from glassledger.records.budget import Adjacency
from glassledger.records.record import Record


class AttackResult(Record):
    """One attack.

    Attributes
    ----------
    method : {"neighbours", "one-run"}
    trials : int
        Fits on each side (neighbours), or canaries of one fit (one-run).
    guesses, correct : int
        Guesses that were counted, and how many were right.
    epsilon_lower : float
        The true epsilon is at least this, at the record's confidence.
    ceiling : float
        The most that this many trials could have shown; a bound near it says that the attack was too short.
    """

    method: Literal["neighbours", "one-run"]
    trials: int
    guesses: int
    correct: int
    epsilon_lower: float
    ceiling: float


class AttackRecord(Record):
    """Attacks on one policy's family, on invented people only.

    Attributes
    ----------
    epsilon, delta : float or None
        The claim; None for a family that claims nothing.
    confidence : float
        Of each bound.
    """

    format: Literal["glassledger/attack/v1"] = "glassledger/attack/v1"
    policy_digest: str
    family: str
    epsilon: float | None
    delta: float
    adjacency: Adjacency
    confidence: float
    results: tuple[AttackResult, ...]
    notes: tuple[str, ...] = ()

    @property
    def epsilon_lower(self) -> float:
        """The largest of the bounds."""
        return max((result.epsilon_lower for result in self.results), default=0.0)

    @property
    def within_claim(self) -> bool | None:
        """Whether every bound keeps to the claim; None without one."""
        return None if self.epsilon is None else self.epsilon_lower <= self.epsilon
