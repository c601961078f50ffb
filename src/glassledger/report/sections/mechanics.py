"""How the model works: its equation, what matters most, every term, or the rules of a tree."""

from typing import Any

from glassledger.report.charts.bars import Bar, ranked
from glassledger.report.context import Context
from glassledger.report.sections.shapes import card

_FIRST_RULES = 24
_MOST_IMPORTANT = 24


def view(context: Context) -> dict[str, Any]:
    """Equation, importances, cards of the terms, rules."""
    explanation, words = context.evidence.explanation, context.words
    singles = [shape for shape in explanation.shapes if len(shape.axes) == 1]
    pairs = [shape for shape in explanation.shapes if len(shape.axes) > 1]
    additive = context.facts.form == "additive"
    return {
        "form": context.facts.form,
        "exact": explanation.exact,
        "equation": words.known(f"equation.{explanation.link}", explanation.link) if additive else "",
        "intercept": words("format.list").join(words.signed(value, context.places) for value in explanation.intercept),
        "unit": context.unit,
        "method": explanation.method,
        "importance": _importance(context),
        "cards": [card(context, shape, number) for number, shape in enumerate((*singles, *pairs), start=1)],
        "band": any(shape.half_width is not None for shape in explanation.shapes),
        "density": any(shape.density is not None for shape in explanation.shapes),
        "rules": list(explanation.rules[:_FIRST_RULES]),
        "more_rules": list(explanation.rules[_FIRST_RULES:]),
        "settings": sorted(context.facts.settings.items()),
        "excluded": [
            " × ".join(context.names.column(name) for name in pair) for pair in context.policy.model.excluded_pairs
        ],
    }


def _importance(context: Context) -> dict[str, Any] | None:
    ordered = sorted(context.evidence.explanation.importances.items(), key=lambda item: (-item[1], item[0]))
    if not ordered:
        return None
    words = context.words
    written = [(context.terms[name], words.number(value, context.places or 1), value) for name, value in ordered]
    bars = [Bar(label, value, text) for label, text, value in written[:_MOST_IMPORTANT]]
    desc = words("importance.desc", first=written[0][0], last=written[-1][0])
    return {
        "chart": ranked(bars, title=words("importance.title"), desc=desc),
        "heads": [words("importance.head.term"), words("importance.head.value")],
        "rows": [[label, text] for label, text, _ in written],
    }
