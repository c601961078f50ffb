"""A rule pack: what one law, guidance or standard asks of a model, dated, with how each entry was checked."""

from typing import Annotated, Literal

from pydantic import Field

from glassledger.records.record import Record

Sector = Literal["credit", "insurance", "marketing"]
LegalStatus = Literal["in_force", "partly_in_force", "adopted", "draft", "withdrawn", "guidance", "voluntary", "house"]
Basis = Literal["primary", "secondary", "memory", "own"]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Key = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]

#: What the owner of a policy can state about a model and its use; glassledger cannot find it out.
DeclarationName = Literal[
    "contact_policy",
    "impact_assessment",
    "incidents",
    "legal_class",
    "limitations",
    "monitoring_plan",
    "neutral_variant",
    "notices",
    "oversight",
    "quality_management",
    "retention",
    "rights",
    "risk_management",
    "security",
    "suppression",
    "third_parties",
    "training",
]
#: What glassledger looks for in the evidence and in the signed decisions.
FoundName = Literal[
    "attack_test",
    "calibration",
    "challenger",
    "changes",
    "consent",
    "contract",
    "data_lineage",
    "developer",
    "directions",
    "disclosure",
    "drift",
    "expiry",
    "explanation",
    "findings",
    "form",
    "groups",
    "identifiers_out",
    "lawful_basis",
    "log",
    "noise_source",
    "owner",
    "performance",
    "personal_data_scan",
    "personas",
    "privacy_budget",
    "privacy_statement",
    "prohibited_uses",
    "protected_out",
    "purpose",
    "reason_texts",
    "reasons",
    "reasons_at_most_four",
    "sensitivity",
    "signoff",
    "software",
    "stability",
    "thresholds_before",
    "tier",
    "unprotected_stated",
]
EvidenceName = DeclarationName | FoundName


class Control(Record):
    """One thing that is asked.

    Attributes
    ----------
    citation : article, section or clause.
    asks : in our own words; the source's wording is not quoted.
    wants : what would show it.
    answer : ``automatic`` when what is wanted can show it whole, ``partly`` when it shows a part, ``person`` when only
        a person can answer and a declaration is the most that the evidence holds.
    state, since : legal status of this entry where it differs from the pack's.
    basis : how the entry was checked: against the official text, in a secondary source, from memory, or it is ours.
    """

    id: Key
    citation: str
    title: str
    asks: str
    sectors: tuple[Sector, ...] = Field(min_length=1)
    wants: tuple[EvidenceName, ...] = Field(min_length=1)
    answer: Literal["automatic", "partly", "person"]
    state: LegalStatus | None = None
    since: Day | None = None
    private_only: bool = False
    note: str = ""
    basis: Basis


class RulePack(Record):
    """A dated file of controls.

    Attributes
    ----------
    version : day on which its author last judged it.
    since : day from which the source counts, or began to.
    private_only : whether it asks nothing of a model that makes no privacy claim.
    """

    glassledger_rules: Literal[1] = 1
    id: Key
    title: str
    version: Day
    status: LegalStatus
    since: Day
    note: str = ""
    basis: Basis
    private_only: bool = False
    controls: tuple[Control, ...] = Field(min_length=1)
