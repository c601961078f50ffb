"""The evidence document: everything that a report may say about a model, as one record with one digest."""

from typing import Literal

from glassledger.policy.document import PolicyDocument
from glassledger.records.attack import AttackRecord
from glassledger.records.budget import BudgetStatement
from glassledger.records.evaluation import Evaluation
from glassledger.records.explanation import GlobalExplanation, Persona
from glassledger.records.model_facts import ModelFacts
from glassledger.records.record import Record
from glassledger.records.rules import RulePack
from glassledger.records.screening import ScreeningRecord


class LogEntry(Record):
    """One entry of the log, by its position and leaf hash (hexadecimal); its content stays in the log."""

    index: int
    type: str
    time: str
    leaf_hash: str


class LogExcerpt(Record):
    """The signed checkpoint that covers the entries, and the entries that made the model."""

    origin: str
    checkpoint: str
    entries: tuple[LogEntry, ...]


class Evidence(Record):
    """What is known about one model. A report is a rendering of this document and of the decisions about it.

    Attributes
    ----------
    policy, policy_digest : the policy, and the SHA-256 of its file.
    evaluation : figures on the holdout; None means *not run*, which never looks like a pass.
    budget : the dataset's privacy budget; None for models that spend none.
    attack : attacks on the policy's family, with invented people; None means *not run*.
    rules : the rule packs that the policy names, whole, so that an old report keeps the rules of its day.
    artifacts : names and digests of the files that the log holds about this model.
    generated_at : RFC 3339 time at which the evidence was gathered.
    """

    format: Literal["glassledger/evidence/v1"] = "glassledger/evidence/v1"
    policy: PolicyDocument
    policy_digest: str
    facts: ModelFacts
    screening: ScreeningRecord
    explanation: GlobalExplanation
    personas: tuple[Persona, ...] = ()
    evaluation: Evaluation | None = None
    budget: BudgetStatement | None = None
    attack: AttackRecord | None = None
    rules: tuple[RulePack, ...] = ()
    log: LogExcerpt
    artifacts: dict[str, str]
    generated_at: str
