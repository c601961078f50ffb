"""The policy: one document that declares purpose, data, redaction, privacy, model, reasons and review.

Everything downstream is derived from it: the pandera contract, the public bounds of private learners, the redaction,
the labels of the report. Nothing here reads data.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from glassledger.policy.operators import Level, Name, Redaction
from glassledger.records.budget import Adjacency
from glassledger.records.record import Record
from glassledger.records.rules import DeclarationName, Sector

Text = str | dict[str, str]
Role = Literal["identifier", "feature", "protected", "target", "consent", "free_text", "ignored"]
ColumnType = Literal["number", "integer", "category", "boolean", "date", "text"]


class ReasonTexts(Record):
    """What is said when the feature lowered or raised the score, per language."""

    code: Name | None = None
    """Short code of the reason, as given to customers or regulators; the column's name when not given."""
    lowers: Text | None = None
    """Said when the feature lowered the score."""
    raises: Text | None = None
    """Said when the feature raised the score."""


class Column(Record):
    """One declared column.

    ``min``/``max`` bound numbers and dates; ``levels`` lists categories; ``other`` names the level that takes every
    undeclared value (without it an undeclared value fails the contract).
    """

    role: Role
    """What the column is for. Only features reach the model; protected columns serve group figures only."""
    type: ColumnType
    """What the values are."""
    min: float | date | None = None
    """Smallest value that may occur: a number, or a date. A public fact, not the smallest one in your data."""
    max: float | date | None = None
    """Largest value that may occur."""
    levels: tuple[Level, ...] = ()
    """Levels of a category. Quote codes with leading zeros."""
    other: Name | None = None
    """Level that takes every undeclared value; without it an undeclared value fails the check."""
    ordered: bool = False
    """Whether the order of the levels carries meaning."""
    missing: bool = False
    """Whether values may be missing."""
    missing_markers: tuple[str, ...] = ()
    """Texts that mean missing, such as `"?"`."""
    unique: bool = False
    """Whether every value may occur once only."""
    label: Text | None = None
    """What readers call the column."""
    reasons: ReasonTexts | None = None
    """Reason texts of a feature."""
    actionable: Literal["increase", "decrease", "either"] | None = None
    """Whether, and in which direction, the person can change a feature; a counterfactual suggests no other change."""
    kind: Name | None = None
    """Kind of personal data that the column holds, such as `email`; an included redaction policy has rules by kind."""
    redaction: Redaction | None = None
    """What is done to the values before a model or report sees them. Default: what an included redaction policy says;
    else identifiers, free texts and ignored columns are dropped, everything else is kept."""
    positive: Level | None = None
    """The target level whose probability is the score (binary task)."""
    granted: tuple[Level, ...] = ()
    """Levels of a consent column that mean yes; all other rows are left out."""
    note: str = ""
    """For readers of the policy and the report."""


class CrossCheck(Record):
    """A rule over several columns, such as ``end >= start`` (comparisons joined by ``and``, ``or``, ``not``)."""

    name: Name
    """What the report calls the rule."""
    rule: Name
    """The rule; see *Cross-column rules*."""


class Data(Record):
    """The table: its name, where it comes from, its columns."""

    dataset: Name
    """Name of the dataset. Private fits under the same name share one budget."""
    description: str = ""
    """Where the table comes from."""
    undeclared_columns: Literal["refuse", "drop"] = "refuse"
    """What happens to columns that the policy does not name."""
    rejects: Literal["stop", "set_aside"] = "stop"
    """What a row that breaks the contract does to a streamed run: stops it, or is set aside by position and rule."""
    columns: dict[Name, Column] = Field(min_length=1)
    """The columns by name, in the order in which the model and the report show them."""
    checks: tuple[CrossCheck, ...] = ()
    """Rules over several columns."""


class LawfulBasis(Record):
    """GDPR Art. 6(1) basis, or the local one, in the owner's words."""

    basis: Literal[
        "consent",
        "contract",
        "legal_obligation",
        "vital_interests",
        "public_task",
        "legitimate_interests",
        "not_personal_data",
    ]
    """The basis in GDPR Art. 6(1), or `not_personal_data`."""
    note: str = ""
    """Which contract, which consent text, which interest."""


class Owner(Record):
    """The person or team that answers for the policy."""

    name: Name
    """Person or team."""
    contact: Name
    """How to reach them."""


class Purpose(Record):
    """What the score is for, and what it must not be used for."""

    use: Text
    """What the score is for."""
    prohibited: tuple[Text, ...] = ()
    """What it must not be used for."""


class DatasetBudget(Record):
    """Everything that may ever be spent on this dataset, over all models."""

    epsilon: Decimal = Field(gt=0, le=100)
    """Cap on the sum of epsilon."""
    delta: Decimal = Field(ge=0, lt=1)
    """Cap on the sum of delta."""


class EvidenceRule(Record):
    """How the figures on the holdout of a private model are protected."""

    protection: Literal["private", "exact"] = "private"
    """`private`: noisy tables, paid from the budget. `exact`: ordinary figures that must stay with those who may see
    the data; they are marked *not private* everywhere."""
    epsilon: Decimal | None = Field(None, gt=0, le=20)
    """What the figures may spend; as much as the fit when not given. A unit is fitted on or held out, never both, so a
    fit and its figures together cost a unit the larger of the two."""


class Privacy(Record):
    """The privacy unit and the budget of one fit."""

    unit: Name
    """Identifier column that tells protected units (people) apart, or `row` when every row is its own unit."""
    adjacency: Adjacency = "add_or_remove_one"
    """Which neighbouring tables the guarantee compares: one unit more or less, or one unit's row replaced."""
    epsilon: Decimal = Field(gt=0, le=20)
    """What one fit may spend."""
    delta: Decimal = Field(Decimal("1e-6"), ge=0, lt=1)
    """What one fit may spend; families with a pure guarantee spend none."""
    dataset_budget: DatasetBudget
    """Cap for all fits together."""
    evidence: EvidenceRule = EvidenceRule()
    """Protection and budget of the figures on the holdout."""


class ModelChoice(Record):
    """Family, its settings and the shape constraints."""

    family: Name
    """Name of a model family; see *Families*."""
    task: Literal["binary", "multiclass", "regression"]
    """Two classes, several classes, or a number."""
    settings: dict[str, Any] = {}
    """Settings of the family; see *Families*."""
    monotone: dict[Name, Literal["increasing", "decreasing"]] = {}
    """Features whose shape may only rise or only fall."""
    interactions: int | tuple[tuple[Name, Name], ...] = 0
    """How many pair terms to look for, or the list of pairs."""
    excluded_pairs: tuple[tuple[Name, Name], ...] = ()
    """Pairs that must never form a term."""
    seed: int | None = Field(None, ge=0, le=2**31 - 1)
    """Makes a fit repeatable. Refused for private families: whoever knows it can subtract the noise."""


class Split(Record):
    """The holdout share; rows go by a keyed hash of their privacy unit, never by row."""

    holdout: float = Field(0.2, ge=0.05, le=0.5)
    """Share of the units kept for evaluation."""
    unit: Name | None = None
    """Identifier column by which rows are kept together; the privacy unit when there is one."""


class Reasons(Record):
    """How many reasons are given, and against which baseline.

    ``mean``: contribution minus the training average; ``best``: minus the best attainable contribution of the term;
    ``cutoff``: the mean baseline shifted so that a score exactly at the threshold has no reason.
    """

    count: int = Field(3, ge=0, le=20)
    """How many reasons each score carries."""
    baseline: Literal["mean", "best", "cutoff"] = "mean"
    """What a contribution is compared with."""
    exclude: tuple[Name, ...] = ()
    """Features that are never given as a reason."""


class DecisionRule(Record):
    """The threshold on the score and what happens on either side of it."""

    threshold: float
    """A score at or above it is decided one way, below it the other way."""
    at_or_above: Name
    """Word for the decision at or above the threshold."""
    below: Name
    """Word for the decision below it."""
    adverse: Literal["at_or_above", "below"] = "below"
    """Which side is bad for the person; its reasons are the ones that matter."""


class ReviewRule(Record):
    """Who must sign before the model may be used in production."""

    approvals: int = Field(1, ge=1, le=5)
    """How many approvals production needs."""
    developer_may_approve: Literal[False] = False
    """Always false: whoever built the model does not approve it."""
    expires_after_days: int = Field(365, ge=1, le=3650)
    """How long an approval lasts."""


class EvaluationRule(Record):
    """How groups are reported."""

    min_group: int = Field(10, ge=1)
    """Groups with fewer holdout rows are named, their figures are not shown."""
    bootstrap: int = Field(200, ge=20, le=5000)
    """Resamples behind each interval."""


class Declaration(Record):
    """Something that its owner states and glassledger cannot find out."""

    text: Text
    """The statement."""
    reference: str = ""
    """Where it can be looked up: a document's name and version."""


class Regulation(Record):
    """Which rules the report is held against."""

    sector: Sector
    """What the score is used for; controls for other sectors do not apply."""
    packs: tuple[Name, ...] = Field(min_length=1)
    """Shipped rule packs by name (such as `eu_gdpr`), or paths of your own `.yaml` files."""


class RedactionUse(Record):
    """A redaction policy whose rules hold for the columns that declare no redaction of their own."""

    use: Name
    """Name of a shipped redaction policy, or path of a file beside this one."""
    pin: Name | None = None
    """`sha256:…` of that file; when given, any other content is refused."""


class PolicyDocument(Record):
    """A whole policy file, version 1."""

    glassledger: Literal[1]
    """Version of this file format."""
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
    """Short name of the policy."""
    version: Name
    """Your version of the policy; quote it, as it is a text."""
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] = "en"
    """Language of texts that are given only once."""
    owner: Owner
    """Who answers for the policy."""
    purpose: Purpose
    """What the score is for."""
    lawful_basis: LawfulBasis
    """Why the data may be processed."""
    data: Data
    """The table."""
    redaction: RedactionUse | None = None
    """Redaction policy that fills in what the columns leave open."""
    split: Split = Split()
    """The holdout."""
    privacy: Privacy | None = None
    """Unit and budget; needed by private families."""
    model: ModelChoice
    """Family and its settings."""
    reasons: Reasons = Reasons()
    """How scores are explained."""
    decision: DecisionRule | None = None
    """From score to decision."""
    evaluation: EvaluationRule = EvaluationRule()
    """How figures are reported."""
    review: ReviewRule = ReviewRule()
    """Who must sign."""
    regulation: Regulation | None = None
    """The rules that the report is held against."""
    declarations: dict[DeclarationName, Declaration] = {}
    """What the owner states about the model's use: oversight, notices, limits and the like."""
