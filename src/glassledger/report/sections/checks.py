"""What was checked and what was not. *Not run* is a status of its own and never looks like a pass."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from glassledger.records.budget import NANO, PICO
from glassledger.records.rules import DeclarationName
from glassledger.report.context import Context

Status = Literal["pass", "fail", "not_applicable", "not_run", "declared"]

#: Parts of a full model dossier for which this version gathers no evidence.
NOT_GATHERED = (
    "stability",
    "sensitivity",
    "challenger",
    "drift",
    "findings",
    "changes",
    "thresholds_before",
)


@dataclass(frozen=True)
class Check:
    """One check: ``key`` names it in the catalogue, ``detail`` is the sentence that says why."""

    key: str
    status: Status
    detail: str
    values: dict[str, str] = field(default_factory=dict)


def checks(context: Context) -> tuple[Check, ...]:
    """Every check that this version knows, those that were not run included."""
    ran = tuple(check(context) for check in _CHECKS)
    return (*ran, *(Check(key, "not_run", "not_gathered") for key in NOT_GATHERED))


def _contract(context: Context) -> Check:
    screening = context.evidence.screening
    if not screening.checks:
        return Check("contract", "fail", "contract_empty")
    return Check("contract", "pass", "contract_kept", {"count": context.words.integer(len(screening.checks))})


def _identifiers(context: Context) -> Check:
    names = {name for name, column in context.policy.data.columns.items() if column.role == "identifier"}
    if not names:
        return Check("identifiers", "not_applicable", "identifiers_none")
    used = names & set(context.specs)
    return Check("identifiers", "fail" if used else "pass", "identifiers_used" if used else "identifiers_out")


def _one_model(context: Context) -> Check:
    evidence, facts = context.evidence, context.facts
    policies = {evidence.policy_digest, facts.policy_digest, evidence.screening.policy_digest}
    evaluated = evidence.evaluation.model_digest if evidence.evaluation else facts.model_digest
    same = len(policies) == 1 and evaluated == facts.model_digest
    return Check("one_model", "pass" if same else "fail", "one_model_yes" if same else "one_model_no")


def _explained(context: Context) -> Check:
    explanation = context.evidence.explanation
    shown = explanation.exact and (explanation.shapes or explanation.rules)
    return Check("explained", "pass" if shown else "fail", "explained_exactly" if shown else "explained_not")


def _privacy(context: Context) -> Check:
    facts, declared = context.facts.privacy, context.policy.privacy
    if not context.facts.private:
        return Check("privacy", "not_applicable", "privacy_none")
    budget = context.evidence.budget
    if facts is None or declared is None or budget is None:
        return Check("privacy", "fail", "privacy_missing")
    within = (
        Decimal(repr(facts.epsilon)) <= declared.epsilon
        and Decimal(repr(facts.delta)) <= declared.delta
        and budget.spent_nano_epsilon <= budget.cap_nano_epsilon <= declared.dataset_budget.epsilon * NANO
        and budget.spent_pico_delta <= budget.cap_pico_delta <= declared.dataset_budget.delta * PICO
    )
    return Check("privacy", "pass" if within else "fail", "privacy_within" if within else "privacy_exceeded")


def _attack_test(context: Context) -> Check:
    record = context.evidence.attack
    if not context.facts.private:
        return Check("attack_test", "not_applicable", "attack_no_claim")
    if record is None:
        return Check("attack_test", "not_run", "attack_none")
    values = {"bound": context.words.number(record.epsilon_lower, 2)}
    if record.within_claim and record.policy_digest == context.evidence.policy_digest:
        return Check("attack_test", "pass", "attack_within", values)
    return Check("attack_test", "fail", "attack_beyond", values)


def _holdout(context: Context) -> Check:
    evaluation = context.evidence.evaluation
    if evaluation is None:
        return Check("holdout", "not_run", "holdout_none")
    return Check("holdout", "pass", "holdout_rows", {"count": context.few(evaluation.rows)})


_CHANCE = {"binary": ("auroc", 0.5), "multiclass": ("macro_auroc", 0.5), "regression": ("r2", 0.0)}


def _better_than_chance(context: Context) -> Check:
    evaluation = context.evidence.evaluation
    name, chance = _CHANCE[context.facts.task]
    figures = () if evaluation is None else evaluation.figures
    lower = next((figure.lower for figure in figures if figure.name == name), None)
    if lower is None:
        return Check("better_than_chance", "not_run", "chance_unknown")
    better = lower > chance
    return Check("better_than_chance", "pass" if better else "fail", "chance_better" if better else "chance_not_better")


def _groups(context: Context) -> Check:
    declared = [name for name, column in context.policy.data.columns.items() if column.role == "protected"]
    if not declared:
        return Check("groups", "not_applicable", "groups_none")
    evaluation = context.evidence.evaluation
    if evaluation is None or {group.attribute for group in evaluation.groups} < set(declared):
        return Check("groups", "not_run", "groups_missing")
    return Check("groups", "pass", "groups_reported", {"count": context.words.integer(len(declared))})


def _logged(context: Context) -> Check:
    log = context.evidence.log
    complete = bool(log.entries) and bool(log.checkpoint)
    return Check("logged", "pass" if complete else "not_run", "logged_yes" if complete else "logged_no")


def _declared(key: str, wanted: tuple[DeclarationName, ...]) -> Callable[[Context], Check]:
    """What only the owner can state is never a pass: it says *not run* until it is declared, then *declared*."""

    def check(context: Context) -> Check:
        stated = [name for name in wanted if name in context.policy.declarations]
        return Check(key, "declared" if stated else "not_run", "declared_yes" if stated else "declared_no")

    return check


def _regulation_map(context: Context) -> Check:
    rules = context.evidence.rules
    if context.policy.regulation is None:
        return Check("regulation_map", "not_run", "rules_none")
    held = {pack.id for pack in rules}
    return Check(
        "regulation_map", "pass" if held else "fail", "rules_held", {"count": context.words.integer(len(held))}
    )


def _signed_off(context: Context) -> Check:
    status = context.review.status if context.review else "draft"
    if status == "approved":
        return Check("signed_off", "pass", "signed_yes")
    ended = status in ("rejected", "expired", "suspended")
    return Check("signed_off", "fail" if ended else "not_run", f"signed_{status}")


_CHECKS: tuple[Callable[[Context], Check], ...] = (
    _contract,
    _identifiers,
    _one_model,
    _explained,
    _privacy,
    _attack_test,
    _holdout,
    _better_than_chance,
    _groups,
    _logged,
    _declared("legal_class", ("legal_class", "impact_assessment")),
    _declared("oversight", ("oversight", "notices")),
    _declared("monitoring", ("monitoring_plan",)),
    _regulation_map,
    _signed_off,
)
