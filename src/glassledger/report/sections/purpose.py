"""What the score is for, on which lawful basis, who answers for it."""

from typing import Any

from glassledger.policy.families import FAMILIES
from glassledger.report.context import Context


def view(context: Context) -> dict[str, Any]:
    """Purpose, prohibited uses, basis, owner, the decision rule, the facts of the model."""
    policy, words = context.policy, context.words
    rule = policy.decision
    return {
        "use": context.names.text(policy.purpose.use),
        "prohibited": [context.names.text(text) for text in policy.purpose.prohibited],
        "basis": words(f"basis.{policy.lawful_basis.basis}"),
        "basis_note": policy.lawful_basis.note,
        "owner": policy.owner,
        "rule": None
        if rule is None
        else {
            "above": words(
                "purpose.rule.above", threshold=_threshold(context, rule.threshold), decision=rule.at_or_above
            ),
            "below": words("purpose.rule.below", threshold=_threshold(context, rule.threshold), decision=rule.below),
            "adverse": words(
                "purpose.rule.adverse", decision=rule.at_or_above if rule.adverse == "at_or_above" else rule.below
            ),
        },
        "facts": _facts(context),
    }


def _threshold(context: Context, value: float) -> str:
    if context.facts.task == "binary":
        return context.words.percent(value, 1)
    return context.words.compact(value, 4)


def _facts(context: Context) -> list[tuple[str, str]]:
    facts, words = context.facts, context.words
    family = FAMILIES.get(facts.family)
    rows = words("purpose.rows_hidden") if facts.rows_trained is None else context.few(facts.rows_trained)
    known = words.known(f"family.{facts.family}", family.title if family else facts.family)
    pairs = [
        ("family", words("format.with_code", text=known, code=facts.family)),
        ("form", words(f"form.{facts.form}")),
        ("task", words(f"task.{facts.task}")),
        ("classes", words("format.list").join(facts.classes)),
        ("positive", facts.positive or ""),
        ("features", words.integer(len(facts.features))),
        ("rows_trained", rows),
        ("developer", facts.developer or words("purpose.unnamed")),
        ("fitted_at", words.time(facts.fitted_at) if facts.fitted_at else ""),
        ("library", facts.library),
    ]
    return [(words(f"purpose.fact.{key}"), value) for key, value in pairs if value]
