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
from glassledger.records.screening import ScreeningRecord
from glassledger.workspace.guarding import keep_index
from glassledger.workspace.handles import LoggedModel, glass_box
from glassledger.workspace.journal import Act
from glassledger.workspace.rooms import Rooms

#: what a workspace writes beside a private model, outside its epsilon
_KEYED = "whether two fits saw the same table: a keyed digest of it is in the screening record"
_EXACT_FIGURES = (
    "NOT PRIVATE: the figures on the holdout are exact statistics about the people held out, as the policy wants it",
    "exact counts in the screening record (rows, missing cells, receipts), in the log and in the report",
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
        told = ("column", "rule") if _released(policy) else ("column", "rule", "count")
        rooms.journal.write(
            "screen.refused",
            {
                "policy": policy.digest,
                "purpose": purpose,
                "code": error.code,
                "failures": [{key: item[key] for key in told} for item in failures[:50]],
            },
        )
        raise


def fit(rooms: Rooms, policy: Policy, source: Any) -> LoggedModel:
    """The whole fit; see :meth:`Workspace.fit`."""
    _settled(policy)
    step = _progress(rooms)
    step(0)
    frame = screened_by(rooms, policy, source, purpose="fit")
    screening = disclosed(policy, frame.record)
    kept = {**policy_artifacts(rooms, policy), "screening": rooms.keep(screening)}
    intent = {
        "policy": policy.digest,
        "policy_name": policy.document.name,
        "family": policy.family.name,
        "dataset": policy.document.data.dataset,
    }
    with rooms.journal.act("fit", intent, artifacts=kept) as act:
        step(1)
        train, holdout = split(frame, share=policy.document.split.holdout, key=_split_key(rooms, policy))
        reservation, evidence = _reserve(rooms, policy, act) if policy.family.private else (None, None)
        step(2)
        fitted = fit_model(
            policy, train, reservation=reservation, developer=rooms.journal.actor, fitted_at=rooms.journal.now()
        )
        model, facts = glass_box(fitted.model), _with_limits(policy, fitted.facts)
        step(3)
        model_digest = rooms.artifacts.put(model.to_json())
        explanation = explain_global(model)
        people = personas(model, policy)
        step(4)
        evaluation = evaluate(model, holdout, policy=policy, model_digest=model_digest, reservation=evidence)
        step(5)
        keep_index(rooms, model_digest, frame.leak_index)
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
        screening=screening,
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


def _split_key(rooms: Rooms, policy: Policy) -> bytes:
    """The key that decides who is held out.

    Where every row is its own unit, a private fit draws a fresh one: a row more or less moves the positions of others,
    so sides that depend on positions are only independent of the data while the key was never used before.
    """
    if policy.family.private and policy.unit is None:
        return secrets.token_bytes(32)
    return rooms.keys.key("split").secret


def _reserve(rooms: Rooms, policy: Policy, act: Act) -> tuple[Reservation, Reservation | None]:
    """Reserve budget durably, before any noise is drawn; it is never refunded.

    A unit is fitted on or held out, decided without looking at its data, so the fit and its figures compose in
    parallel: one spend of the larger of the two pays for both. The two tickets work on the two sides of the split.
    """
    privacy = policy.document.privacy
    assert privacy is not None, "the policy's checks refuse a private family without a privacy block"
    scope = policy.document.data.dataset
    cap = PrivacyBudget(privacy.dataset_budget.epsilon, privacy.dataset_budget.delta)
    fitting = PrivacyBudget(privacy.epsilon, privacy.delta)
    figures = PrivacyBudget(privacy.evidence.epsilon or privacy.epsilon) if _released(policy) else None
    cost = PrivacyBudget(max(fitting.epsilon, figures.epsilon) if figures else fitting.epsilon, fitting.delta)
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
    tickets = [
        Reservation(budget=one, adjacency=privacy.adjacency, unit=privacy.unit, entry=str(appended.index))
        for one in (fitting, figures)
        if one is not None
    ]
    return tickets[0], tickets[1] if figures else None


def _released(policy: Policy) -> bool:
    """Whether everything beside the model is released with noise or withheld."""
    privacy = policy.document.privacy
    return policy.family.private and privacy is not None and privacy.evidence.protection == "private"


def disclosed(policy: Policy, record: ScreeningRecord) -> ScreeningRecord:
    """The screening record as it may leave: beside a private model without counts of the table's rows and cells."""
    return record.without_counts() if _released(policy) else record


def _with_limits(policy: Policy, facts: ModelFacts) -> ModelFacts:
    """The facts, saying also what this workspace releases without noise."""
    if facts.privacy is None:
        return facts
    beside = () if _released(policy) else _EXACT_FIGURES
    unprotected = (*facts.privacy.unprotected, *beside, _KEYED)
    return facts.model_copy(update={"privacy": facts.privacy.model_copy(update={"unprotected": unprotected})})


def _progress(rooms: Rooms) -> Callable[[int], None]:
    def tell(index: int) -> None:
        rooms.on_step(_STEPS[index], index, len(_STEPS))

    return tell
