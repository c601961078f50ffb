"""The redaction policy: what is done to personal data, by column, by kind of data and by role; risk limits; receipts.

A scoring policy includes one with ``redaction: {use: eu_gdpr}``; ``glassledger redact`` applies one to any table.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from glassledger.policy.document import Owner
from glassledger.policy.operators import Block, Drop, Keep, Name, Redaction
from glassledger.records.record import Record


class ByRole(Record):
    """What is done to a scoring policy's columns, by role, where nothing more specific is declared."""

    identifier: Redaction = Drop()
    """Columns with role identifier."""
    free_text: Redaction = Drop()
    """Columns with role free_text."""
    ignored: Redaction = Drop()
    """Columns with role ignored."""


class BySensitivity(Record):
    """What is done to a column that no rule names, by what detection finds in it."""

    direct: Redaction = Block()
    """Columns that hold direct identifiers."""
    quasi: Redaction = Block()
    """Columns that hold quasi-identifiers, such as birth dates and postcodes."""
    none: Redaction = Keep()
    """Columns in which nothing personal is found."""
    stray: Literal["block", "redact_spans"] = "block"
    """Direct identifiers in single cells of a text column that is kept: refuse the table, or redact the places."""


class FalseAlarm(Record):
    """A column that looks personal and is not; somebody answers for it, for a time."""

    column: Name
    """Name of the column."""
    kind: Name
    """Kind that detection finds there."""
    reason: Name
    """Why it is not personal."""
    by: Name
    """Who says so."""
    until: date
    """Last day on which this holds; after it the table is refused again."""


class LeastK(Record):
    """k-anonymity (Sweeney 2002): how many rows share their quasi-identifiers at least."""

    min: int = Field(ge=2, le=10_000)
    """Fewest rows that may share their quasi-identifiers; 11 limits the prosecutor risk to 9 %."""


class SensitiveLimits(Record):
    """Limits on what a group of rows with equal quasi-identifiers tells about a sensitive column."""

    distinct_l: int | None = Field(None, ge=2, le=1000)
    """Fewest different values in a group (distinct l-diversity)."""
    entropy_l: float | None = Field(None, gt=1, le=1000)
    """Least exponential of the entropy in a group (entropy l-diversity)."""
    t: float | None = Field(None, gt=0, le=1)
    """Largest distance between a group's distribution and the table's (t-closeness)."""
    delta: float | None = Field(None, gt=0)
    """Largest absolute log-ratio between a group's share and the table's (δ-disclosure privacy)."""


class Further(Record):
    """One step of generalising a quasi-identifier further."""

    column: Name
    """The quasi-identifier."""
    redaction: Redaction
    """What is done to its values as they were before redaction, instead of what was done before."""


class RiskRule(Record):
    """Disclosure risk limits of a table that leaves. Indicators: a table within them is not thereby harmless."""

    quasi_identifiers: tuple[Name, ...] = Field(min_length=1)
    """Columns that an attacker may know; those that a table lacks are left out, and one must be there."""
    k: LeastK | None = None
    """Fewest rows that share their quasi-identifiers."""
    max_prosecutor_mean: float | None = Field(None, gt=0, le=1)
    """Largest mean probability of finding the right row for a known person (groups divided by rows)."""
    sensitive: dict[Name, SensitiveLimits] = {}
    """Columns that must not be learnt, with their limits."""
    on_failure: Literal["block", "suppress_rows", "generalise"] = "block"
    """Refuse the table, leave out the rows of groups beyond a limit, or generalise further first."""
    max_suppressed: float = Field(0.05, ge=0, le=0.5)
    """Largest share of rows that may be left out; beyond it the table is refused."""
    further: tuple[Further, ...] = ()
    """Steps to take one after the other with `on_failure: generalise`, until the limits hold."""


class ReceiptRule(Record):
    """How counts go into receipts and the log."""

    round_below: int = Field(11, ge=1, le=1000)
    """Counts from 1 to below this are written as 0 or this, whichever is nearer: small counts point at people."""


class RedactionDocument(Record):
    """A whole redaction policy file, version 1."""

    glassledger_redaction: Literal[1]
    """Version of this file format."""
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
    """Short name of the policy."""
    version: Name
    """Your version of the policy; quote it, as it is a text."""
    owner: Owner
    """Who answers for the policy."""
    jurisdictions: tuple[Name, ...] = ()
    """Where it is meant to be used; for readers, nothing depends on it."""
    note: str = ""
    """For readers of the policy."""
    domain: Name
    """What the data are used for. Pseudonyms made for two domains cannot be joined."""
    columns: dict[Name, Redaction] = {}
    """What is done to a column by its name; wins over everything below."""
    kinds: dict[Name, Redaction] = {}
    """What is done to a column by the kind of personal data that it holds; see *Kinds*."""
    roles: ByRole = ByRole()
    """What is done by role where a scoring policy includes this one."""
    unlisted: BySensitivity = BySensitivity()
    """What is done by `glassledger redact` to columns that no rule names."""
    false_alarms: tuple[FalseAlarm, ...] = ()
    """Columns that look personal and are not."""
    risk: RiskRule | None = None
    """Disclosure risk limits."""
    receipts: ReceiptRule = ReceiptRule()
    """How counts are written down."""
