"""Counts that were released with noise, as frozen data."""

from typing import Literal, Self

from pydantic import model_validator

from glassledger.records.budget import PrivacyFacts
from glassledger.records.record import Record


class TableAxis(Record):
    """One way in which the rows of a table are told apart; every row has exactly one of the labels."""

    name: str
    labels: tuple[str, ...]


class NoisyTable(Record):
    """A contingency table with noise in every cell.

    Attributes
    ----------
    counts : tuple of int
        Noisy counts, row-major over the axes; may be negative.
    scale : float
        The noise of each count has the law P(z) ∝ exp(−|z| / scale) on the whole numbers, independently.
    """

    name: str
    axes: tuple[TableAxis, ...]
    counts: tuple[int, ...]
    scale: float

    @model_validator(mode="after")
    def _complete(self) -> Self:
        cells = 1
        for axis in self.axes:
            cells *= len(axis.labels)
        if len(self.counts) != cells or not self.scale > 0:
            raise ValueError("a table needs one count per cell and a noise scale")
        return self


class EvidenceTables(Record):
    """All that was released about the holdout of one model, drawn once; every figure is computed from these counts.

    Attributes
    ----------
    epsilon : float
        What all tables together cost one person of the holdout.
    edges : tuple of float
        The score bins of the tables: a score equal to an edge lies in the bin above it.
    """

    format: Literal["glassledger/evidence-tables/v1"] = "glassledger/evidence-tables/v1"
    model_digest: str
    epsilon: float
    edges: tuple[float, ...]
    tables: tuple[NoisyTable, ...]
    privacy: PrivacyFacts
