"""The redaction operators as a policy declares them: what is done to values before anything else sees them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import Field

from glassledger.records.record import Record

Name = Annotated[str, Field(min_length=1, max_length=200)]
Level = str | int | bool
Normalisation = Literal["text", "casefold", "digits"]


class Keep(Record):
    """Leave the column as it is."""

    operator: Literal["keep"] = "keep"
    """The value stays."""


class Drop(Record):
    """Remove the column."""

    operator: Literal["drop"] = "drop"
    """The column goes before anything else sees it."""


class Mask(Record):
    """Replace every character but the last ``keep_last`` by ``*``."""

    operator: Literal["mask"] = "mask"
    """Every character but the last few becomes `*`."""
    keep_last: int = Field(0, ge=0, le=4)
    """How many characters stay readable."""


class Pseudonymise(Record):
    """Keyed HMAC-SHA256 (128 bit), separated by ``domain``; the same domain joins across tables."""

    operator: Literal["pseudonymise"] = "pseudonymise"
    """Each value becomes a keyed pseudonym; the same value always gets the same one."""
    key: Name = "default"
    """Name of a key in the workspace, or `env:NAME` or `file:PATH`."""
    domain: Name | None = None
    """Pseudonyms join only within one domain; the column's name when not given."""
    normalise: Normalisation = "text"
    """What counts as the same value: `text` (Unicode form and outer blanks aside), `casefold` (capitals aside too), or
    `digits` (digits and letters only, capitals aside: phone, card and account numbers)."""


class Tokenise(Record):
    """AES-SIV encryption (RFC 5297) bound to column and policy: only the key reveals the value."""

    operator: Literal["tokenise"] = "tokenise"
    """Each value becomes a token that `glassledger reveal` turns back."""
    key: Name = "vault"
    """Name of a key in the workspace, or `env:NAME` or `file:PATH`."""


class Bands(Record):
    """Cut a number at declared edges; the bands become levels."""

    operator: Literal["bands"] = "bands"
    """A number becomes the band it lies in."""
    edges: tuple[float, ...] = Field(min_length=1)
    """Rising cut points; a value equal to an edge belongs to the band above it."""


class Prefix(Record):
    """Keep the first ``length`` characters (postcodes); ``levels`` declares the results when a model uses them."""

    operator: Literal["prefix"] = "prefix"
    """A text is cut to its beginning."""
    length: int = Field(ge=1, le=20)
    """How many characters stay."""
    levels: tuple[Level, ...] = ()
    """The beginnings that may occur; needed for features and protected columns."""


class TruncateDate(Record):
    """Cut a date down to its year, quarter or month."""

    operator: Literal["truncate_date"] = "truncate_date"
    """A date loses its finer parts."""
    to: Literal["year", "quarter", "month"]
    """The finest part that stays; a feature keeps the year only."""


class ShiftDate(Record):
    """Move all dates of a person by the same keyed number of days, so that spans of time stay and dates do not."""

    operator: Literal["shift_date"] = "shift_date"
    """A date moves by a number of days that only the key tells."""
    person: Name
    """Column that tells people apart; all dates of one person move alike."""
    max_days: int = Field(180, ge=7, le=3650)
    """Dates move by 1 to this many days, to either side."""
    key: Name = "default"
    """Name of a key in the workspace, or `env:NAME` or `file:PATH`."""


class Generalise(Record):
    """Cut a number into bands of equal width, with one open band at either end."""

    operator: Literal["generalise"] = "generalise"
    """A number becomes the band it lies in."""
    width: float = Field(gt=0)
    """Width of a band; bands start at multiples of it and include their lower edge."""
    bottom: float | None = None
    """Everything below goes into one band."""
    top: float | None = None
    """Everything at or above goes into one band, such as 90 for ages."""


class SuppressRare(Record):
    """Replace levels with fewer than ``min_count`` rows by the column's ``other`` level."""

    operator: Literal["suppress_rare"] = "suppress_rare"
    """Rare levels are merged into `other`."""
    min_count: int = Field(10, ge=2)
    """Levels with fewer rows than this are rare. Refused for private families: counting rows costs budget."""
    other: Name | None = None
    """In a redaction policy: the text that takes the rare levels, `OTHER` when not given. A scoring policy declares
    `other` for the column."""


class RedactText(Record):
    """Replace a declared free text by a marker that keeps nothing of it but its length class."""

    operator: Literal["redact_text"] = "redact_text"
    """A free text becomes a marker."""


class RedactSpans(Record):
    """Replace what is personal in a free text by its type, such as `[email]`; the rest of the text stays."""

    operator: Literal["redact_spans"] = "redact_spans"
    """Personal places in a text become markers."""
    link: tuple[Name, ...] = ()
    """Columns whose values (names, addresses, numbers) are looked for in the same row's text."""
    names_model: Name | None = None
    """Folder of a local spaCy model that finds people and places (extra `ner`); loaded from there, never fetched."""


class Block(Record):
    """Refuse the table: such a column must not be there at all."""

    operator: Literal["block"] = "block"
    """The table is refused."""


Redaction = Annotated[
    Keep
    | Drop
    | Mask
    | Pseudonymise
    | Tokenise
    | Bands
    | Generalise
    | Prefix
    | TruncateDate
    | ShiftDate
    | SuppressRare
    | RedactText
    | RedactSpans
    | Block,
    Field(discriminator="operator"),
]

#: Names that people look for, and why they are not here.
REFUSED_OPERATORS: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(
        ("hash", "sha256", "sha1", "md5", "sha512", "salted_hash"),
        "a plain hash is undone by hashing every phone or identity number; use pseudonymise, which is keyed",
    )
    | dict.fromkeys(("fpe", "ff1", "ff3"), "format-preserving encryption leaks on small domains; use tokenise")
    | dict.fromkeys(("encrypt", "aes"), "use tokenise, which is authenticated and bound to column and policy")
    | dict.fromkeys(
        ("anonymise", "anonymize"), "no operator makes people unfindable by itself; choose what is done to the values"
    )
)
