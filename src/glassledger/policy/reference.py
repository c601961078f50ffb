"""The policy reference as Markdown, read off the document's types."""

import inspect
from collections.abc import Iterator

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from glassledger.policy.document import Column, PolicyDocument
from glassledger.policy.families import FAMILIES, REFUSED, SETTINGS
from glassledger.policy.meanings import meanings
from glassledger.policy.personal_kinds import DIRECT_KINDS, QUASI_KINDS
from glassledger.policy.redaction_document import RedactionDocument
from glassledger.policy.wording import expected, records_of, spelled
from glassledger.records.record import Record


def reference_markdown() -> str:
    """The policy reference as Markdown; ``docs/reference/policy.md`` is exactly this text."""
    blocks = list(_blocks(PolicyDocument, "The document"))
    return "\n".join([_OPENING, *blocks, *_operators(), _BEHAVIOUR, *_families()])


def redaction_markdown() -> str:
    """The redaction policy reference; ``docs/reference/redaction-policy.md`` is exactly this text."""
    blocks = list(_blocks(RedactionDocument, "The document"))
    kinds = [f"**{name}**: {', '.join(f'`{kind}`' for kind in sorted(kinds))}.\n" for name, kinds in _KINDS]
    return "\n".join([_REDACTION_OPENING, *blocks, "## Kinds\n", *kinds])


def _blocks(kind: type[Record], heading: str) -> Iterator[str]:
    """One section per block, the blocks within it after it."""
    yield f"## {heading}\n\n{_summary(kind)}\n\n{_table(kind)}\n"
    for key, field in kind.model_fields.items():
        inner = records_of(field.annotation) or _items(field)
        if len(inner) == 1:
            path = key if kind in (PolicyDocument, RedactionDocument) else f"{heading.strip('`')}.{key}"
            yield from _blocks(inner[0], f"`{path}{_each(field)}`")


def _items(field: FieldInfo) -> tuple[type[Record], ...]:
    """Record types inside a list or mapping field."""
    arguments = getattr(field.annotation, "__args__", ())
    return tuple(record for part in arguments for record in records_of(part))


def _each(field: FieldInfo) -> str:
    if records_of(field.annotation):
        return ""
    return ".<name>" if getattr(field.annotation, "__origin__", None) is dict else "[]"


def _table(kind: type[Record]) -> str:
    rows = ["| key | value | default | meaning |", "|---|---|---|---|"]
    words = meanings()
    for key, field in kind.model_fields.items():
        if key == "operator":
            continue
        value = expected(field.annotation) + _range(field)
        rows.append(f"| `{key}` | {value} | {_default(field)} | {words[f'{kind.__name__}.{key}']} |")
    return "\n".join(row.replace("\n", " ") for row in rows)


def _range(field: FieldInfo) -> str:
    signs = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}
    limits = [
        f"{sign} {getattr(limit, name)}"
        for limit in field.metadata
        for name, sign in signs.items()
        if getattr(limit, name, None) is not None
    ]
    return f" ({', '.join(limits)})" if limits else ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    if isinstance(field.default, BaseModel):
        return "see below"
    if field.default in (None, "", (), {}):
        return "–"
    return f"`{spelled(field.default)}`"


def _operators() -> Iterator[str]:
    yield "## Redaction operators\n\nA column's `redaction` is a block with an `operator` and the keys of that one."
    for kind in records_of(Column.model_fields["redaction"].annotation):
        yield f"\n### `{kind.model_fields['operator'].default}`\n\n{_summary(kind)}"
        if len(kind.model_fields) > 1:
            yield f"\n{_table(kind)}"


def _families() -> Iterator[str]:
    yield "## Families\n\n| family | what | form | private | tasks | monotone | pair terms |"
    yield "|---|---|---|---|---|---|---|"
    for family in FAMILIES.values():
        private = ("yes (pure)" if family.pure else "yes") if family.private else "no"
        yield (
            f"| `{family.name}` | {family.title} | {family.form} | {private} | {', '.join(family.tasks)} "
            f"| {_yes(family.monotone)} | {_yes(family.interactions)} |"
        )
    for name, kind in SETTINGS.items():
        body = _table(kind) if kind.model_fields else "No settings."
        yield f"\n### Settings of `{name}`\n\n{_summary(kind)}\n\n{body}"
    yield "\n### Refused names\n"
    yield from (f"- `{name}`: {reason}" for name, reason in REFUSED.items())
    yield ""


def _summary(kind: type[Record]) -> str:
    return inspect.cleandoc(kind.__doc__ or "").replace("``", "`")


def _yes(flag: bool) -> str:
    return "yes" if flag else "no"


_KINDS = (("Direct identifiers", DIRECT_KINDS), ("Quasi-identifiers", QUASI_KINDS))

_REDACTION_OPENING = """\
# The redaction policy file

*This page is generated from the policy's types by `glassledger.policy.schema.redaction_markdown()`.*

A redaction policy says what is done to personal data. A scoring policy includes one with `redaction: {use: eu_gdpr}`.
The file is read as [the policy](policy.md) is: strictly,
every fault with line, path and nearest name. The operators are [the same](policy.md#redaction-operators).
`glassledger schema redaction` prints the JSON Schema.

## What is done to a column

In a scoring policy, the first of these that says something:

1. the column's own `redaction`;
2. `columns.<name>` here;
3. `kinds.<kind>` here, for the `kind` that the column declares;
4. `roles.<role>` here;
5. the default: identifiers, free texts and ignored columns are dropped, the rest is kept.
"""

_OPENING = """\
# The policy file

*This page is generated from the policy's types by `glassledger.policy.schema.reference_markdown()`.*

A policy is one YAML file of at most 1 MiB in UTF-8. `glassledger check POLICY` checks it alone; every fault of the file
is reported at once, each with line, path and the nearest valid name. `glassledger schema policy` prints the JSON Schema
for editors. The shipped policies in `policies/scoring/` are commented examples.

## How the YAML is read

- Scalars follow the YAML 1.2 core schema: only `true` and `false` are flags; `yes`, `no`, `on`, `off`, dates and times
  are plain text. `1e-6` is a number. A number with a leading zero must be quoted (`"0123"`), it is a code.
- Every key may be given once. A key without a value is refused; leave the key out instead.
- Anchors, aliases, merges (`<<`), tags (`!!int`), directives and several documents are refused.
- A text may be given once for all languages, or once per language: `{en: Age, zh: 年龄}`. A text given per language
  needs every language that the policy speaks anywhere.
- An unknown key is a fault, never ignored.
"""

_BEHAVIOUR = """
## How declared values are used

**Levels** are compared as text: `true` and `false` for flags, `3` for the whole number 3. The `other` level is added to
the levels if it is not one of them.

**Bands** include their lower edge: edges `[25, 40]` give the levels `(-inf, 25)`, `[25, 40)` and `[40, inf)`. A
declared `min` or `max` closes the outer bands: with `min: 18` and `max: 95` they read `[18, 25)` and `[40, 95]`.
Bands are ordered.

**Dates** become features only through `truncate_date` to the year; the feature is then a whole number with the years of
`min` and `max` as bounds.

**Protected columns** never reach the model. A protected number needs bands, since figures are reported by group.

**`unit: row`** means that every row is its own privacy unit: the guarantee then protects rows, which protects people
only when nobody has more than one row. A unit that is a column has role `identifier`, redaction `pseudonymise`, and,
for private families, `unique: true`.

**Private families** read nothing about the domain off the data: each number needs `min` and `max` (or bands), each
category its levels. `seed` and `suppress_rare` are refused there.

## Cross-column rules

A rule in `data.checks` compares declared columns and constants by `<`, `<=`, `>`, `>=`, `==`, `!=`, joins comparisons
by `and`, `or`, `not`, and calculates with `+`, `-`, `*`, `/`. Nothing else may stand in it, and like is compared with
like:

    end_date >= start_date
    last_payment <= credit_limit * 1.2
    not (product == "loan" and `loan-amount` == 0)
    signed_on >= "2015-01-01"

A column whose name is no plain word stands in backticks; texts, levels and dates in quotes. Texts and flags are
compared by `==` and `!=` only. Rules see the table before redaction. A row that lacks a value the rule needs
is not judged.
"""
