"""The redaction policy: what is done to personal data, by column, by kind of data and by role.

A scoring policy includes one with ``redaction: {use: eu_gdpr}``.
"""

from typing import Annotated, Literal

from pydantic import Field

from glassledger.policy.document import Owner
from glassledger.policy.operators import Drop, Name, Redaction
from glassledger.records.record import Record


class ByRole(Record):
    """What is done to a scoring policy's columns, by role, where nothing more specific is declared."""

    identifier: Redaction = Drop()
    """Columns with role identifier."""
    free_text: Redaction = Drop()
    """Columns with role free_text."""
    ignored: Redaction = Drop()
    """Columns with role ignored."""


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
