"""Contradictions within one column: keys, levels, bounds and redaction against its type and role."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from glassledger.policy.document import Column
from glassledger.policy.domains import (
    NUMERIC,
    bounds_of,
    declared_levels,
    is_nominal,
    is_ordered,
    level_text,
    levels_of,
    redaction_of,
)
from glassledger.policy.faults import Fault, Path, choices
from glassledger.policy.operators import Bands, Prefix, RedactText, SuppressRare, TruncateDate
from glassledger.policy.personal_kinds import KINDS

_ROLES_BY_KEY = {"positive": "target", "granted": "consent", "reasons": "feature", "actionable": "feature"}
_BOUNDED = (*NUMERIC, "date")
_TYPES_BY_OPERATOR = {
    "bands": NUMERIC,
    "prefix": frozenset(("text", "category")),
    "truncate_date": frozenset(("date",)),
    "suppress_rare": frozenset(("category",)),
    "redact_text": frozenset(("text",)),
    "redact_spans": frozenset(("text",)),
    "shift_date": frozenset(("date",)),
    "generalise": NUMERIC,
}
_SHAPING = frozenset(("keep", "bands", "prefix", "truncate_date", "suppress_rare"))
_OPERATORS_BY_ROLE = {
    "identifier": (
        frozenset(("drop", "pseudonymise", "tokenise", "mask", "block")),
        "a direct identifier never stays as it is",
    ),
    "free_text": (
        frozenset(("drop", "redact_text", "redact_spans", "block")),
        "a free text may hold anything about anybody",
    ),
    "feature": (_SHAPING, "a feature must keep its meaning"),
    "target": (frozenset(("keep",)), "the target is learnt as it is"),
    "consent": (frozenset(("keep", "drop")), "consent is read as it is"),
    "protected": (_SHAPING - {"truncate_date"}, "group figures need the groups"),
}


def column_faults(name: str, column: Column) -> Iterator[Fault]:
    """Everything that is wrong with one column by itself."""
    at: Path = ("data", "columns", name)
    for check in (_keys, _missing, _bounds, _levels, _operator, _bands, _prefix, _rare, _role):
        yield from (Fault((*at, *fault.path), fault.message) for fault in check(column))


def _keys(column: Column) -> Iterator[Fault]:
    """Keys that this role or type has no use for: what is written must mean something."""
    for key, role in _ROLES_BY_KEY.items():
        if getattr(column, key) not in (None, ()) and column.role != role:
            yield Fault((key,), f"belongs to a column with role {role}; this one has role {column.role}")
    bounded = column.type in _BOUNDED
    levelled = column.type == "category"
    prefixed = isinstance(redaction_of(column), Prefix)
    unused = {
        "min": column.min is not None and not bounded,
        "max": column.max is not None and not bounded,
        "levels": bool(column.levels) and not levelled,
        "ordered": column.ordered and not (levelled or prefixed),
        "other": column.other is not None and not (levelled or prefixed),
    }
    hint = "; declare the column as type category, or cut it with redaction bands"
    if column.kind is not None and column.kind not in KINDS:
        yield Fault(("kind",), "unknown kind" + choices(column.kind, KINDS))
    for key in (key for key, stray in unused.items() if stray):
        yield Fault((key,), f"has no meaning for type {column.type}{hint if key == 'levels' else ''}")


def _missing(column: Column) -> Iterator[Fault]:
    if column.missing_markers and not column.missing:
        yield Fault(("missing_markers",), "markers are declared, but `missing: true` is not")
    if column.missing and column.role == "target":
        yield Fault(("missing",), "the target cannot be missing; leave such rows out of the table")
    clash = set(column.missing_markers) & set(declared_levels(column))
    if clash:
        yield Fault(("missing_markers",), f"`{min(clash)}` is a missing marker and a level at once")


def _bounds(column: Column) -> Iterator[Fault]:
    if column.type not in _BOUNDED:
        return
    wanted = date if column.type == "date" else float
    for key, value in (("min", column.min), ("max", column.max)):
        if value is not None and not isinstance(value, wanted):
            yield Fault((key,), f"must be a {'date' if wanted is date else 'number'}, as the type is {column.type}")
            return
        if column.type == "integer" and isinstance(value, float) and not value.is_integer():
            yield Fault((key,), "must be a whole number, as the type is integer")
    if column.min is not None and column.max is not None and not column.min < column.max:  # type: ignore[operator]
        yield Fault(("max",), "must be above min")


def _levels(column: Column) -> Iterator[Fault]:
    if column.type != "category":
        return
    if not column.levels:
        yield Fault(("levels",), "a category needs its levels; use type text for a column with unlisted values")
    yield from _distinct(column.levels, ("levels",))
    if column.role in ("feature", "protected") and len(declared_levels(column)) == 1:
        yield Fault(("levels",), "one level says nothing; declare at least two, or give the column role ignored")


def _distinct(levels: tuple[str | int | bool, ...], at: Path) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, level in enumerate(level_text(level) for level in levels):
        if level in seen:
            yield Fault((*at, index), f"`{level}` is declared twice (levels are compared as text)")
        if not level.strip():
            yield Fault((*at, index), "an empty level cannot be told from a missing value")
        seen.add(level)


def _operator(column: Column) -> Iterator[Fault]:
    """The operator against type and role."""
    operator = redaction_of(column).operator
    at = ("redaction", "operator") if column.redaction is not None else ("redaction",)
    types = _TYPES_BY_OPERATOR.get(operator)
    if types is not None and column.type not in types:
        yield Fault(at, f"{operator} works on type {' or '.join(sorted(types))}, not on {column.type}")
    allowed, reason = _OPERATORS_BY_ROLE.get(column.role, (None, ""))
    if allowed is not None and operator not in allowed:
        listed = ", ".join(sorted(allowed))
        yield Fault(at, f"{operator} is refused for role {column.role}: {reason} (allowed: {listed})")


def _bands(column: Column) -> Iterator[Fault]:
    redaction = redaction_of(column)
    if not isinstance(redaction, Bands) or column.type not in NUMERIC:
        return
    edges = redaction.edges
    if any(low >= high for low, high in pairwise(edges)):
        yield Fault(("redaction", "edges"), "must rise from one edge to the next")
    outside = [edge for edge in edges if not _inside(edge, column)]
    if outside:
        yield Fault(("redaction", "edges"), "must lie strictly between min and max: the outer bands end there")


def _inside(edge: float, column: Column) -> bool:
    above = not isinstance(column.min, float) or column.min < edge
    return above and (not isinstance(column.max, float) or edge < column.max)


def _prefix(column: Column) -> Iterator[Fault]:
    redaction = redaction_of(column)
    if not isinstance(redaction, Prefix):
        return
    at: Path = ("redaction", "levels")
    if column.role in ("feature", "protected") and not redaction.levels:
        yield Fault(at, f"a {column.role} column needs the levels that the prefixes may take")
    yield from _distinct(redaction.levels, at)
    results = {level_text(level) for level in redaction.levels}
    if any(len(level) > redaction.length for level in results):
        yield Fault(at, f"holds a level longer than the {redaction.length} characters that are kept")
    cut = {level_text(level)[: redaction.length] for level in column.levels}
    if redaction.levels and column.other is None and not cut <= results:
        yield Fault(at, f"lacks `{min(cut - results)}`, which a declared level is cut down to")


def _rare(column: Column) -> Iterator[Fault]:
    if isinstance(redaction_of(column), SuppressRare) and column.other is None:
        yield Fault(("other",), "suppress_rare needs the name of the level that takes the rare ones")


def _role(column: Column) -> Iterator[Fault]:
    if column.role == "feature":
        yield from _feature(column)
    elif column.role == "protected":
        yield from _protected(column)
    elif column.role == "consent":
        yield from _consent(column)


def _feature(column: Column) -> Iterator[Fault]:
    redaction = redaction_of(column)
    if column.type == "text" and not isinstance(redaction, Prefix | RedactText):
        yield Fault(("type",), "a feature of type text has no declared domain; use category, or redaction prefix")
    yield from _actionable(column)
    if column.type != "date":
        return
    if not isinstance(redaction, TruncateDate) or redaction.to != "year":
        yield Fault(("redaction",), "a date is a feature only when it is cut down: operator truncate_date, to year")
    bounds = bounds_of(column)
    if bounds is not None and bounds[0] == bounds[1]:
        yield Fault(("max",), "min and max lie in one year, so the feature would say nothing")


def _actionable(column: Column) -> Iterator[Fault]:
    """A change is suggested within declared bounds, and in a direction only where there is an order."""
    if column.actionable is None:
        return
    if not is_nominal(column) and bounds_of(column) is None:
        yield Fault(("actionable",), "changes are suggested within the declared range only; declare min and max")
    if column.actionable != "either" and not is_ordered(column):
        yield Fault(("actionable",), "these levels have no order; declare `ordered: true`, or actionable `either`")


def _protected(column: Column) -> Iterator[Fault]:
    redaction = redaction_of(column)
    if column.type in NUMERIC and not isinstance(redaction, Bands):
        yield Fault(("redaction",), "a protected number needs redaction bands: figures are reported by group")
    if column.type == "date" or (column.type == "text" and not isinstance(redaction, Prefix)):
        yield Fault(("type",), f"a protected column of type {column.type} has no declared groups; use category")


def _consent(column: Column) -> Iterator[Fault]:
    if column.type not in ("category", "boolean"):
        yield Fault(("type",), "consent is a category or a boolean")
        return
    if not column.granted:
        yield Fault(("granted",), "a consent column needs the levels that mean consent")
    levels = levels_of(column)
    granted = [level_text(level) for level in column.granted]
    for index, level in enumerate(granted):
        if level not in levels:
            yield Fault(("granted", index), f"`{level}` is not a declared level" + choices(level, levels))
    if levels and set(levels) <= set(granted):
        yield Fault(("granted",), "every level means consent, so nobody could ever refuse")
