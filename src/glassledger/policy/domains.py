"""From declared columns to declared domains: levels, bands, bounds and what the model is told.

Levels are text everywhere: ``true``/``false`` for flags, ``3`` for the whole number 3.

Bands are left-closed. Edges 25 and 40 give ``(-inf, 25)``, ``[25, 40)`` and ``[40, inf)``; a declared minimum or
maximum closes the outer bands: ``[18, 25)``, ``[40, 95]``.
"""

from datetime import date

from glassledger.policy.document import Column
from glassledger.policy.operators import Bands, Drop, Keep, Level, Prefix, Redaction, TruncateDate
from glassledger.records.features import FeatureSpec

#: What may stand for the privacy unit instead of a column: every row is its own unit.
ROW = "row"

NUMERIC = frozenset(("number", "integer"))


def level_text(level: Level) -> str:
    """The text form of a level, the same for the policy, the table and the model."""
    return str(level).lower() if isinstance(level, bool) else str(level)


def redaction_of(column: Column) -> Redaction:
    """What is done to a column: as declared; otherwise identifiers, free texts and ignored columns are dropped."""
    if column.redaction is not None:
        return column.redaction
    return Drop() if column.role in ("identifier", "free_text", "ignored") else Keep()


def declared_levels(column: Column) -> tuple[str, ...]:
    """Levels before redaction, as text; the ``other`` level comes last unless it is declared among them."""
    if column.type == "boolean":
        return ("false", "true")
    return _with_other(tuple(level_text(level) for level in column.levels), column.other)


def levels_of(column: Column) -> tuple[str, ...]:
    """Levels after redaction, in declared order; empty for a column without levels."""
    redaction = redaction_of(column)
    if isinstance(redaction, Bands):
        return band_labels(column)
    if isinstance(redaction, Prefix):
        return _with_other(tuple(level_text(level) for level in redaction.levels), column.other)
    return declared_levels(column)


def band_labels(column: Column) -> tuple[str, ...]:
    """The labels of a banded column, one more than it has edges, from low to high."""
    redaction = redaction_of(column)
    assert isinstance(redaction, Bands)
    low = "(-inf" if not isinstance(column.min, float) else f"[{_figure(column.min)}"
    high = "inf)" if not isinstance(column.max, float) else f"{_figure(column.max)}]"
    edges = [_figure(edge) for edge in redaction.edges]
    starts = [low, *(f"[{edge}" for edge in edges)]
    ends = [*(f"{edge})" for edge in edges), high]
    return tuple(f"{start}, {end}" for start, end in zip(starts, ends, strict=True))


def bounds_of(column: Column) -> tuple[float, float] | None:
    """Bounds after redaction when both are declared; whole years for a date cut down to its year."""
    low, high = column.min, column.max
    if isinstance(low, date) and isinstance(high, date):
        return float(low.year), float(high.year)
    return (low, high) if isinstance(low, float) and isinstance(high, float) else None


def is_nominal(column: Column) -> bool:
    """Whether the column holds levels (rather than numbers) after redaction."""
    return isinstance(redaction_of(column), Bands) or column.type not in (*NUMERIC, "date")


def is_ordered(column: Column) -> bool:
    """Whether the values have a meaningful order after redaction."""
    return not is_nominal(column) or column.ordered or isinstance(redaction_of(column), Bands)


def feature_spec(name: str, column: Column) -> FeatureSpec:
    """The declared domain that the model sees, for a column that has passed the policy's checks."""
    if is_nominal(column):
        return FeatureSpec(
            name=name,
            kind="nominal",
            levels=levels_of(column),
            other=column.other,
            ordered=is_ordered(column),
            missing=column.missing,
        )
    low, high = bounds_of(column) or (None, None)
    whole = column.type == "integer" or isinstance(redaction_of(column), TruncateDate)
    return FeatureSpec(name=name, kind="continuous", lower=low, upper=high, missing=column.missing, integer=whole)


def _with_other(levels: tuple[str, ...], other: str | None) -> tuple[str, ...]:
    return levels if other is None or other in levels else (*levels, other)


def _figure(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)
