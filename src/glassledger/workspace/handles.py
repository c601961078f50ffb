"""What the workspace hands out: a logged model, a scored table, a written report."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from glassledger.errors import ModelError
from glassledger.models import AdditiveModel, Model, RuleModel
from glassledger.policy import Policy
from glassledger.records.batch import Tally
from glassledger.records.evaluation import Evaluation
from glassledger.records.explanation import GlobalExplanation, Persona
from glassledger.records.model_facts import ModelFacts
from glassledger.records.review_state import Status
from glassledger.records.screening import ScreeningRecord


@dataclass(frozen=True, eq=False)
class LoggedModel:
    """A model together with everything the log holds about its making.

    Attributes
    ----------
    id : str
        The first twelve hexadecimal digits of the model's digest.
    digest : str
        SHA-256 of the model's canonical bytes.
    entry : int
        Index of the log entry that finished the fit.
    """

    digest: str
    entry: int
    model: AdditiveModel | RuleModel
    facts: ModelFacts
    policy: Policy
    screening: ScreeningRecord
    explanation: GlobalExplanation
    personas: tuple[Persona, ...]
    evaluation: Evaluation
    artifacts: dict[str, str]

    @property
    def id(self) -> str:
        return short_id(self.digest)

    def __repr__(self) -> str:
        return f"<LoggedModel {self.id}: {self.facts.family} under {self.facts.policy_name}>"


@dataclass(frozen=True, eq=False)
class ScoredTable:
    """Scores with reasons, in the order of the table that came in, and the log entry that recorded the act."""

    table: pd.DataFrame
    event: int

    def __repr__(self) -> str:
        return f"<ScoredTable: {len(self.table)} rows, log entry {self.event}>"


@dataclass(frozen=True)
class ScoredFile:
    """Scores that an engine wrote: where, how many, counts for monitoring, and the log entry that recorded the act."""

    path: Path
    rows: int
    engine: str
    tally: Tally
    event: int


@dataclass(frozen=True)
class StreamedTable:
    """A folder of Parquet files with scores and reasons, one a batch, and the log entry that closed the run.

    Attributes
    ----------
    rows, scored, rejected : int
        Read; written; set aside because they break the contract. The rest had no consent.
    """

    folder: Path
    rows: int
    scored: int
    rejected: int
    batches: int
    event: int


@dataclass(frozen=True)
class WrittenReport:
    """The files of a report and the digest of the evidence that they render."""

    files: tuple[Path, ...]
    evidence_digest: str


@dataclass(frozen=True)
class WrittenExport:
    """Where an export lies, its digest, the review state that is written into it, and the log entry."""

    path: Path
    digest: str
    review: Status
    event: int


def short_id(digest: str) -> str:
    """The part of a digest that people type."""
    return digest.removeprefix("sha256:")[:12]


def glass_box(model: Model) -> AdditiveModel | RuleModel:
    """The model, when it can be read.

    Raises
    ------
    ModelError
        For an opaque model: it has no exact reasons to log.
    """
    if not isinstance(model, AdditiveModel | RuleModel):
        raise ModelError(
            "An opaque model has no exact contributions.",
            code="model-opaque",
            hint="Name a glass-box family in the policy.",
        )
    return model
