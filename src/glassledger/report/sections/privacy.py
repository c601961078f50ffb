"""The privacy statement: what one person's data can change at most, what it cost, what is not covered.

Interpretation after NIST SP 800-226: the factor is e^ε; starting from an even guess, nobody who sees the result can be
surer than e^ε / (1 + e^ε) whether one person's data is in the table.
"""

import math
from decimal import Decimal
from typing import Any

from glassledger.records.budget import NANO, PICO, BudgetStatement, PrivacyFacts
from glassledger.records.release import EvidenceTables
from glassledger.report.context import Context

_LARGE = 1e6
_NEARLY_SURE = 0.9995
_PRIORS = (0.01, 0.1, 0.5, 0.9)


def view(context: Context) -> dict[str, Any]:
    """The card and the ledger, or the plain statement that there is no guarantee."""
    facts = context.facts.privacy
    private = context.facts.private and facts is not None
    evaluation = context.evidence.evaluation
    tables = None if evaluation is None else evaluation.tables
    return {
        "private": private,
        "broken": context.facts.private and facts is None,
        "card": _card(context, facts) if facts is not None and private else None,
        "mechanisms": _mechanisms(context, facts) if facts is not None and private else [],
        "figures": _mechanisms(context, tables.privacy) if tables is not None and private else [],
        "person": _person(context, facts, tables) if facts is not None and private else None,
        "belief": _belief(context, facts, tables) if facts is not None and private else None,
        "unprotected": list(facts.unprotected) if facts is not None and private else [],
        "notes": list(facts.notes) if facts is not None and private else [],
        "exact_figures": private
        and context.evidence.evaluation is not None
        and context.evidence.evaluation.protection == "exact",
        "attack": _attack(context) if private else None,
        "budget": _budget(context, context.evidence.budget) if context.evidence.budget else None,
    }


def epsilon_text(context: Context, facts: PrivacyFacts) -> str:
    """ε with all its digits."""
    return context.words.exact(Decimal(repr(facts.epsilon)))


def delta_text(context: Context, facts: PrivacyFacts) -> str:
    """δ with all its digits."""
    return context.words.exact(Decimal(repr(facts.delta)))


def factor_text(context: Context, facts: PrivacyFacts) -> str:
    """e^ε, rounded up."""
    factor = math.exp(facts.epsilon)
    if factor >= _LARGE:
        return context.words("privacy.over_a_million")
    return context.words.number(math.ceil(factor * 100) / 100, 2)


def posterior_text(context: Context, facts: PrivacyFacts) -> str:
    """The surest that somebody can become who began with an even guess, rounded up to whole percent."""
    share = 1.0 / (1.0 + math.exp(-facts.epsilon))
    if share > _NEARLY_SURE:
        return context.words("format.more_than", text=context.words.percent(0.999, 1))
    return context.words.percent(math.ceil(share * 100) / 100)


def _card(context: Context, facts: PrivacyFacts) -> dict[str, Any]:
    words = context.words
    values = {
        "factor": factor_text(context, facts),
        "posterior": posterior_text(context, facts),
        "epsilon": epsilon_text(context, facts),
        "delta": delta_text(context, facts),
    }
    variant = "pure" if facts.delta == 0 else "approximate"
    rows = [
        (
            "unit",
            words(
                "privacy.unit_rows", unit=context.names.column(facts.unit), count=words.integer(facts.max_rows_per_unit)
            ),
        ),
        ("adjacency", words(f"adjacency.{facts.adjacency}")),
        ("epsilon", values["epsilon"]),
        ("delta", values["delta"]),
        ("variant", words(f"variant.{variant}")),
        ("native", facts.native),
        ("accountant", facts.accountant),
        ("noise", facts.noise_source),
        ("library", facts.library),
    ]
    return {
        "factor": words(f"privacy.factor.{variant}", **values),
        "posterior": words(f"privacy.posterior.{facts.adjacency}", **values),
        "epsilon": values["epsilon"],
        "rows": [(words(f"privacy.row.{key}"), value) for key, value in rows if value],
    }


def _person(context: Context, facts: PrivacyFacts, tables: EvidenceTables | None) -> dict[str, Any] | None:
    """What one person pays on either side of the split, and at most."""
    evaluation, words = context.evidence.evaluation, context.words
    if evaluation is None:
        return None
    fitted = _cost(context, facts.epsilon, facts.delta)
    if tables is None:
        held_out = total = (words("privacy.person.exact"), "–")
    else:
        held_out = _cost(context, tables.epsilon, 0.0)
        total = _cost(context, max(facts.epsilon, tables.epsilon), facts.delta)
    sides = (("fitted", fitted), ("held_out", held_out), ("total", total))
    return {
        "text": words("privacy.person.row_text" if facts.unit == "row" else "privacy.person.text"),
        "rows": [(words(f"privacy.person.{key}"), *cost) for key, cost in sides],
    }


def _cost(context: Context, epsilon: float, delta: float) -> tuple[str, str]:
    return context.words.exact(Decimal(repr(epsilon))), context.words.exact(Decimal(repr(delta)))


def _belief(context: Context, facts: PrivacyFacts, tables: EvidenceTables | None) -> dict[str, Any]:
    """Posterior beliefs: odds grow by e^ε at most (Bayes' rule), for this model and for all that was ever spent."""
    words, budget = context.words, context.evidence.budget
    epsilon = max(facts.epsilon, tables.epsilon if tables else 0.0)
    heads = [words("privacy.belief.before"), words("privacy.belief.model", epsilon=_cost(context, epsilon, 0.0)[0])]
    epsilons = [epsilon]
    if budget is not None:
        epsilons.append(budget.spent_nano_epsilon / NANO)
        heads.append(words("privacy.belief.spent", epsilon=_epsilon(context, budget.spent_nano_epsilon)))
    return {
        "text": words(f"privacy.belief.{facts.adjacency}", delta=delta_text(context, facts)),
        "heads": heads,
        "rows": [[words.percent(prior), *(_sure(context, prior, one) for one in epsilons)] for prior in _PRIORS],
    }


def _sure(context: Context, prior: float, epsilon: float) -> str:
    """The largest posterior from a prior, rounded up to whole percent."""
    odds = math.exp(min(epsilon, 700.0)) * prior / (1.0 - prior)
    share = odds / (1.0 + odds)
    if share > _NEARLY_SURE:
        return context.words("format.more_than", text=context.words.percent(0.999, 1))
    return context.words.percent(math.ceil(share * 100 - 1e-9) / 100)


def _attack(context: Context) -> dict[str, Any]:
    """Empirical lower bounds, or that nobody has tried."""
    record, words = context.evidence.attack, context.words
    if record is None:
        return {"ran": False, "heads": [], "rows": [], "text": words("attack.none")}
    heads = [words(f"attack.head.{key}") for key in ("method", "trials", "bound", "ceiling")]
    rows = [
        [
            words(f"attack.method.{one.method}"),
            words.integer(one.trials),
            words.number(one.epsilon_lower, 2),
            words.number(one.ceiling, 2),
        ]
        for one in record.results
    ]
    return {
        "ran": True,
        "heads": heads,
        "rows": rows,
        "text": words("attack.text", confidence=words.percent(record.confidence)),
    }


def _mechanisms(context: Context, facts: PrivacyFacts) -> list[dict[str, str]]:
    words = context.words
    return [
        {
            "mechanism": event.mechanism,
            "sensitivity": words.compact(event.sensitivity, 4),
            "scale": words.compact(event.noise_scale, 4),
            "count": words.integer(event.count),
            "detail": event.detail,
        }
        for event in facts.mechanisms
    ]


def _budget(context: Context, budget: BudgetStatement) -> dict[str, Any]:
    spent, cap = budget.spent_nano_epsilon, budget.cap_nano_epsilon
    return {
        "scope": budget.scope,
        "rows": [
            {
                "purpose": entry.purpose,
                "epsilon": _epsilon(context, entry.nano_epsilon),
                "delta": _delta(context, entry.pico_delta),
            }
            for entry in budget.entries
        ],
        "spent": (_epsilon(context, spent), _delta(context, budget.spent_pico_delta)),
        "cap": (_epsilon(context, cap), _delta(context, budget.cap_pico_delta)),
        "left": (_epsilon(context, cap - spent), _delta(context, budget.cap_pico_delta - budget.spent_pico_delta)),
        "share": context.words.percent(spent / cap) if cap else "–",
    }


def _epsilon(context: Context, nano: int) -> str:
    return context.words.exact(Decimal(nano) / NANO)


def _delta(context: Context, pico: int) -> str:
    return context.words.exact(Decimal(pico) / PICO)
