"""Reasons, worked through on invented people: every step from the intercept to the score."""

import re
from decimal import Decimal
from typing import Any

from glassledger.records.explanation import LocalExplanation, Persona
from glassledger.report.charts.bars import Bar, waterfall
from glassledger.report.context import Context, decimals_for
from glassledger.report.language import MINUS

_STEPS = 7
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,12})?")


def view(context: Context) -> dict[str, Any]:
    """The baseline, and one card per person."""
    people = context.evidence.personas
    baseline = people[0].explanation.baseline if people else context.policy.reasons.baseline
    return {
        "baseline": context.words.known(f"baseline.{baseline}", baseline),
        "count": context.words.integer(context.policy.reasons.count),
        "people": [_card(context, person) for person in people],
    }


def _card(context: Context, person: Persona) -> dict[str, Any]:
    words, local = context.words, person.explanation
    name = words.known(f"persona.{person.name}", person.name)
    return {
        "name": name,
        "text": words.known(f"persona.{person.name}.text", ""),
        "score": score_text(context, local.score),
        "decision": local.decision or "",
        "reasons": [
            {"text": context.names.reason(reason), "code": reason.code, "raises": reason.contribution > 0}
            for reason in local.reasons
        ],
        "traits": [
            (context.names.column(feature), _value(context, feature, text)) for feature, text in local.values.items()
        ],
        "chart": _waterfall(context, local, name),
        "heads": [words("importance.head.term"), words("shape.head.contribution")],
        "rows": _rows(context, local),
    }


def score_text(context: Context, score: float) -> str:
    """A score as readers expect it: a percentage, or a number in the target's units."""
    if context.facts.task == "regression":
        return context.words.compact(score, 4)
    return context.words.percent(score, 1)


def _places(local: LocalExplanation) -> int:
    return decimals_for(max((abs(value) for value in local.contributions.values()), default=1.0))


def _ranked(local: LocalExplanation) -> list[tuple[str, float]]:
    return sorted(local.contributions.items(), key=lambda item: (-abs(item[1]), item[0]))


def _waterfall(context: Context, local: LocalExplanation, name: str) -> Any:
    words, places = context.words, _places(local)
    ordered = _ranked(local)
    shown = ordered if len(ordered) <= _STEPS + 1 else ordered[:_STEPS]
    steps = [Bar(_named(context, local, term), value, words.signed(value, places)) for term, value in shown]
    rest = ordered[len(shown) :]
    if rest:
        amount = sum(value for _, value in rest)
        label = words("personas.others", count=words.integer(len(rest)))
        steps.append(Bar(label, amount, words.signed(amount, places)))
    total = local.intercept + sum(value for _, value in ordered)
    start = Bar(words("personas.start"), local.intercept, words.signed(local.intercept, places))
    end = Bar(words("personas.end", unit=context.unit), total, words.signed(total, places))
    desc = words("personas.desc", name=name, start=start.written, end=end.written)
    return waterfall(start, steps, end, title=words("personas.chart", name=name), desc=desc)


def _named(context: Context, local: LocalExplanation, term: str) -> str:
    """``Age: 34``; a pair shows no value, it would not fit."""
    label = context.terms.get(term, context.names.column(term))
    if term in local.values:
        return context.words("personas.with_value", label=label, value=_value(context, term, local.values[term]))
    return label


def _value(context: Context, feature: str, text: str) -> str:
    """A value as an explanation states it, a number with this language's separators."""
    spec = context.specs.get(feature)
    plain = text.replace(MINUS, "-")
    if spec is None or spec.kind != "continuous" or not _NUMBER.fullmatch(plain):
        return context.names.value(text)
    return context.words.exact(Decimal(plain))


def _rows(context: Context, local: LocalExplanation) -> list[list[str]]:
    words, places = context.words, _places(local)
    rows = [[words("personas.start"), words.signed(local.intercept, places)]]
    rows += [[_named(context, local, term), words.signed(value, places)] for term, value in _ranked(local)]
    total = local.intercept + sum(local.contributions.values())
    return [*rows, [words("personas.end", unit=context.unit), words.signed(total, places)]]
