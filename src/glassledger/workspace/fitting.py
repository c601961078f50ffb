"""Screen, split, reserve, fit, explain, evaluate; each step logged before and after."""

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from glassledger.audit.budget import BODY_KEY, BudgetAct
from glassledger.data import ScreenedFrame, screen, split
from glassledger.data.draft import DECIDE_MARK
from glassledger.errors import InputError, PolicyError
from glassledger.evaluate.evaluation import evaluate
from glassledger.explain import explain_global
from glassledger.explain.personas import personas
from glassledger.models import fit as fit_model
from glassledger.policy import Policy
from glassledger.privacy.budget import PrivacyBudget, Reservation
from glassledger.records.explanation import Persona
from glassledger.records.model_facts import ModelFacts
from glassledger.records.record import Record
from glassledger.workspace.handles import LoggedModel, glass_box
from glassledger.workspace.journal import Act
from glassledger.workspace.rooms import Rooms

#: what a workspace writes beside a private model, outside its epsilon
_EXACT_BESIDE = (
    "exact counts in the screening record (rows, missing cells, receipts), in the log and in the report",
    "the evaluation on the holdout: exact figures about people the model was not fitted on",
)
_STEPS = ("checking and redacting", "splitting", "fitting", "explaining", "evaluating", "logging")


class Personas(Record):
    """The fictitious people of one model, as an artefact."""

    people: tuple[Persona, ...]


def screened_by(
    rooms: Rooms,
    policy: Policy,
    source: Any,
    *,
    purpose: str,
    levels_kept: Mapping[str, tuple[str, ...]] | None = None,
) -> ScreenedFrame:
    """Screen under the policy; a refusal is logged with rules and counts, then raised."""
    try:
        return screen(
            source,
            policy,
            keys=rooms.keys,
            purpose="fit" if purpose == "fit" else "score",
            levels_kept=levels_kept,
        )
    except InputError as error:
        failures = error.facts.get("failures", ())
        rooms.journal.write(
            "screen.refused",
            {
                "policy": policy.digest,
                "purpose": purpose,
                "code": error.code,
                "failures": [{key: item[key] for key in ("column", "rule", "count")} for item in failures[:50]],
            },
        )
        raise


def fit(rooms: Rooms, policy: Policy, source: Any) -> LoggedModel:
    """The whole fit; see :meth:`Workspace.fit`."""
    _settled(policy)
    step = _progress(rooms)
    step(0)
    frame = screened_by(rooms, policy, source, purpose="fit")
    kept = {**policy_artifacts(rooms, policy), "screening": rooms.keep(frame.record)}
    intent = {
        "policy": policy.digest,
        "policy_name": policy.document.name,
        "family": policy.family.name,
        "dataset": policy.document.data.dataset,
    }
    with rooms.journal.act("fit", intent, artifacts=kept) as act:
        step(1)
        train, holdout = split(frame, share=policy.document.split.holdout, key=rooms.keys.key("split").secret)
        reservation = _reserve(rooms, policy, act) if policy.family.private else None
        step(2)
        fitted = fit_model(
            policy, train, reservation=reservation, developer=rooms.journal.actor, fitted_at=rooms.journal.now()
        )
        model, facts = glass_box(fitted.model), _with_limits(fitted.facts)
        step(3)
        model_digest = rooms.artifacts.put(model.to_json())
        explanation = explain_global(model)
        people = personas(model, policy)
        step(4)
        evaluation = evaluate(model, holdout, policy=policy, model_digest=model_digest)
        step(5)
        act.artifacts |= {
            **kept,
            "model": model_digest,
            "facts": rooms.keep(facts),
            "explanation": rooms.keep(explanation),
            "personas": rooms.keep(Personas(people=people)),
            "evaluation": rooms.keep(evaluation),
        }
        act.body |= {"model": model_digest, "family": policy.family.name, "policy": policy.digest}
    return LoggedModel(
        digest=model_digest,
        entry=act.outcome,
        model=model,
        facts=facts,
        policy=policy,
        screening=frame.record,
        explanation=explanation,
        personas=people,
        evaluation=evaluation,
        artifacts=dict(act.artifacts),
    )


def policy_artifacts(rooms: Rooms, policy: Policy) -> dict[str, str]:
    """The policy's files as artefacts: its own, and the redaction policy that it includes."""
    kept = {"policy": rooms.artifacts.put(policy.source)}
    if policy.redaction_policy is not None:
        kept["redaction"] = rooms.artifacts.put(policy.redaction_policy.source)
    return kept


def _settled(policy: Policy) -> None:
    """Refuse a draft whose guesses nobody has looked at."""
    marks = policy.source.count(DECIDE_MARK.encode())
    if marks:
        raise PolicyError(
            f"The policy '{policy.document.name}' is a draft: {marks} of its guesses are still marked '{DECIDE_MARK}'.",
            code="policy-undecided",
            hint="Settle each guess and delete its mark; bounds, roles and purpose are a person's to declare.",
            facts={"marks": marks},
        )


def _reserve(rooms: Rooms, policy: Policy, act: Act) -> Reservation:
    """Reserve the fit's budget durably, before any noise is drawn. It is never refunded."""
    privacy = policy.document.privacy
    assert privacy is not None, "the policy's checks refuse a private family without a privacy block"
    scope = policy.document.data.dataset
    cap = PrivacyBudget(privacy.dataset_budget.epsilon, privacy.dataset_budget.delta)
    cost = PrivacyBudget(privacy.epsilon, privacy.delta)
    log, journal = rooms.journal.log, rooms.journal
    if log.budget(scope) is None:
        opening = BudgetAct("open", scope, cap.nano_epsilon, cap.pico_delta)
        log.open_budget(
            journal.entry("budget.opened", {BODY_KEY: opening.to_body()}, subject=act.intent),
            scope=scope,
            nano_epsilon=cap.nano_epsilon,
            pico_delta=cap.pico_delta,
        )
    spend = BudgetAct("spend", scope, cost.nano_epsilon, cost.pico_delta, secrets.token_hex(16))
    appended = log.spend(
        journal.entry("budget.reserved", {BODY_KEY: spend.to_body()}, subject=act.intent),
        scope=scope,
        nano_epsilon=spend.nano_epsilon,
        pico_delta=spend.pico_delta,
        key=spend.key,
    )
    return Reservation(budget=cost, adjacency=privacy.adjacency, unit=privacy.unit, entry=str(appended.index))


def _with_limits(facts: ModelFacts) -> ModelFacts:
    """The facts, saying also what this workspace releases without noise."""
    if facts.privacy is None:
        return facts
    unprotected = (*facts.privacy.unprotected, *_EXACT_BESIDE)
    return facts.model_copy(update={"privacy": facts.privacy.model_copy(update={"unprotected": unprotected})})


def _progress(rooms: Rooms) -> Callable[[int], None]:
    def tell(index: int) -> None:
        rooms.on_step(_STEPS[index], index, len(_STEPS))

    return tell
