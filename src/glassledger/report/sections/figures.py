"""How single figures are written: as a share, a probability, or a number in the target's units."""

from glassledger.records.evaluation import Figure, Interval
from glassledger.report.context import Context

_SHARES = frozenset(
    {
        "accuracy", "precision", "recall", "selection_rate", "favourable_rate", "true_positive_rate",
        "false_positive_rate", "mean_score",
    }
)  # fmt: skip
_FREE = frozenset({"rmse", "mae", "mean_prediction", "mean_error"})


def is_share(name: str) -> bool:
    """Whether the figure is written as a percentage."""
    return name in _SHARES


def number(context: Context, name: str, value: float) -> str:
    """One value of the figure ``name``."""
    if name in _SHARES:
        return context.words.percent(value, 1)
    if name in _FREE:
        return context.words.compact(value, 4)
    return context.words.number(value, 3)


def written(context: Context, figure: Figure) -> str:
    """The value, or that it was not determined."""
    if figure.value is None:
        return context.words("status.not_run")
    return number(context, figure.name, figure.value)


def interval(context: Context, figure: Figure) -> str:
    """The interval, or why there is none."""
    if figure.value is None:
        return context.note(figure.note)
    if figure.lower is None or figure.upper is None:
        return context.note(figure.note) if figure.note else context.words("figure.no_interval")
    low, high = (number(context, figure.name, bound) for bound in (figure.lower, figure.upper))
    return context.words.interval(low, high)


def part(context: Context, name: str, span: Interval | None) -> str:
    """One of the two parts of a private figure's uncertainty."""
    if span is None:
        return "–"
    return context.words.interval(number(context, name, span.lower), number(context, name, span.upper))


def meaning(context: Context, figure: Figure | None, name: str) -> str:
    """What the figure says, in a sentence."""
    key = f"meaning.{name}"
    if not context.words.has(key):
        return ""
    value = figure.value if figure is not None else None
    if value is None:
        return context.words.known(f"{key}.plain", "")
    return context.words(key, value=context.words.number(value * 100, 0))
