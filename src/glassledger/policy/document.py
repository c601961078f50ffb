"""The policy: one document that declares purpose, data, redaction, privacy, model, reasons and review.

Everything downstream is derived from it: the pandera contract, the public bounds of private learners, the redaction,
the labels of the report. Nothing here reads data.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from glassledger.records.budget import Adjacency
from glassledger.records.record import Record

Text = str | dict[str, str]
Role = Literal["identifier", "feature", "protected", "target", "consent", "free_text", "ignored"]
ColumnType = Literal["number", "integer", "category", "boolean", "date", "text"]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Level = str | int | bool


class Keep(Record):
    """Leave the column as it is."""

    operator: Literal["keep"] = "keep"


class Drop(Record):
    """Remove the column."""

    operator: Literal["drop"] = "drop"


class Mask(Record):
    """Replace every character but the last ``keep_last`` by ``*``."""

    operator: Literal["mask"] = "mask"
    keep_last: int = Field(0, ge=0, le=4)


class Pseudonymise(Record):
    """Keyed HMAC-SHA256 (128 bit), separated by ``domain``; the same domain joins across tables."""

    operator: Literal["pseudonymise"] = "pseudonymise"
    key: Name = "default"
    domain: Name | None = None


class Bands(Record):
    """Cut a number at declared edges; the bands become levels."""

    operator: Literal["bands"] = "bands"
    edges: tuple[float, ...] = Field(min_length=1)


class Prefix(Record):
    """Keep the first ``length`` characters (postcodes); ``levels`` declares the results when a model uses them."""

    operator: Literal["prefix"] = "prefix"
    length: int = Field(ge=1, le=20)
    levels: tuple[Level, ...] = ()


class TruncateDate(Record):
    """Cut a date down to its year, quarter or month."""

    operator: Literal["truncate_date"] = "truncate_date"
    to: Literal["year", "quarter", "month"]


class SuppressRare(Record):
    """Replace levels with fewer than ``min_count`` rows by the column's ``other`` level."""

    operator: Literal["suppress_rare"] = "suppress_rare"
    min_count: int = Field(10, ge=2)


class RedactText(Record):
    """Replace a declared free text by a marker that keeps nothing of it but its length class."""

    operator: Literal["redact_text"] = "redact_text"


Redaction = Annotated[
    Keep | Drop | Mask | Pseudonymise | Bands | Prefix | TruncateDate | SuppressRare | RedactText,
    Field(discriminator="operator"),
]


class ReasonTexts(Record):
    """What is said when the feature lowered or raised the score, per language."""

    code: Name | None = None
    lowers: Text | None = None
    raises: Text | None = None


class Column(Record):
    """One declared column.

    ``min``/``max`` bound numbers and dates; ``levels`` lists categories; ``other`` names the level that takes every
    undeclared value (without it an undeclared value fails the contract).
    """

    role: Role
    type: ColumnType
    min: float | date | None = None
    max: float | date | None = None
    levels: tuple[Level, ...] = ()
    other: Name | None = None
    ordered: bool = False
    missing: bool = False
    missing_markers: tuple[str, ...] = ()
    unique: bool = False
    label: Text | None = None
    reasons: ReasonTexts | None = None
    redaction: Redaction | None = None
    positive: Level | None = None
    granted: tuple[Level, ...] = ()
    note: str = ""


class CrossCheck(Record):
    """A rule over several columns, such as ``end >= start`` (comparisons joined by ``and``, ``or``, ``not``)."""

    name: Name
    rule: Name


class Data(Record):
    """The table: its name, where it comes from, its columns."""

    dataset: Name
    description: str = ""
    undeclared_columns: Literal["refuse", "drop"] = "refuse"
    columns: dict[Name, Column] = Field(min_length=1)
    checks: tuple[CrossCheck, ...] = ()


class LawfulBasis(Record):
    """GDPR Art. 6(1) basis, or the local one, in the owner's words."""

    basis: Literal[
        "consent", "contract", "legal_obligation", "vital_interests", "public_task", "legitimate_interests",
        "not_personal_data",
    ]
    note: str = ""


class Owner(Record):
    """The person or team that answers for the policy."""

    name: Name
    contact: Name


class Purpose(Record):
    """What the score is for, and what it must not be used for."""

    use: Text
    prohibited: tuple[Text, ...] = ()


class DatasetBudget(Record):
    """Everything that may ever be spent on this dataset, over all models."""

    epsilon: Decimal = Field(gt=0, le=100)
    delta: Decimal = Field(ge=0, lt=1)


class Privacy(Record):
    """The privacy unit and the budget of one fit."""

    unit: Name
    adjacency: Adjacency = "add_or_remove_one"
    epsilon: Decimal = Field(gt=0, le=20)
    delta: Decimal = Field(Decimal("1e-6"), ge=0, lt=1)
    dataset_budget: DatasetBudget


class ModelChoice(Record):
    """Family, its settings and the shape constraints."""

    family: Name
    task: Literal["binary", "multiclass", "regression"]
    settings: dict[str, Any] = {}
    monotone: dict[Name, Literal["increasing", "decreasing"]] = {}
    interactions: int | tuple[tuple[Name, Name], ...] = 0
    excluded_pairs: tuple[tuple[Name, Name], ...] = ()
    seed: int | None = Field(None, ge=0, le=2**31 - 1)


class Split(Record):
    """The holdout share; rows go by a keyed hash of their privacy unit, never by row."""

    holdout: float = Field(0.2, ge=0.05, le=0.5)
    unit: Name | None = None


class Reasons(Record):
    """How many reasons are given, and against which baseline.

    ``mean``: contribution minus the training average; ``best``: minus the best attainable contribution of the term;
    ``cutoff``: the mean baseline shifted so that a score exactly at the threshold has no reason.
    """

    count: int = Field(3, ge=0, le=20)
    baseline: Literal["mean", "best", "cutoff"] = "mean"
    exclude: tuple[Name, ...] = ()


class DecisionRule(Record):
    """The threshold on the score and what happens on either side of it."""

    threshold: float
    at_or_above: Name
    below: Name
    adverse: Literal["at_or_above", "below"] = "below"


class ReviewRule(Record):
    """Who must sign before the model may be used in production."""

    approvals: int = Field(1, ge=1, le=5)
    developer_may_approve: Literal[False] = False
    expires_after_days: int = Field(365, ge=1, le=3650)


class EvaluationRule(Record):
    """How groups are reported."""

    min_group: int = Field(10, ge=1)
    bootstrap: int = Field(200, ge=20, le=5000)


class PolicyDocument(Record):
    """A whole policy file, version 1."""

    glassledger: Literal[1]
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
    version: Name
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] = "en"
    owner: Owner
    purpose: Purpose
    lawful_basis: LawfulBasis
    data: Data
    split: Split = Split()
    privacy: Privacy | None = None
    model: ModelChoice
    reasons: Reasons = Reasons()
    decision: DecisionRule | None = None
    evaluation: EvaluationRule = EvaluationRule()
    review: ReviewRule = ReviewRule()
