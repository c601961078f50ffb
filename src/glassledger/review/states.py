"""The state of a model, folded from its signed decisions; nothing is stored, so nothing can be set by hand."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from glassledger.errors import ReviewError
from glassledger.records.decision import Decision
from glassledger.records.review_state import Requirement, ReviewState, Status
from glassledger.review.transitions import Case, Terms, check, day, find, moment

CLOCK_SKEW = timedelta(minutes=5)


def state(decisions: Sequence[Decision], *, terms: Terms, now: str, faults: Sequence[str] = ()) -> ReviewState:
    """Fold verified decisions, in log order, into the state at ``now``.

    Parameters
    ----------
    decisions : sequence of Decision, as :func:`glassledger.review.signatures.verify_decision` returned them
    terms : what the case is about and what the policy asks for
    now : RFC 3339 time
    faults : codes of failures found outside, such as a signature or an artefact that does not verify

    Notes
    -----
    A decision that the table forbids suspends the model: whoever wrote it went around the guards.
    """
    clock = moment(now)
    found = list(faults)
    case = Case()
    try:
        for decision in decisions:
            case = step(case, decision, terms)
        case = at_time(case, clock)
        if case.history and moment(case.history[-1].signed_at) > clock + CLOCK_SKEW:
            found.append("decision-from-the-future")
    except ReviewError as error:
        found.append(error.code)
    if found:
        case = replace(case, status="suspended")
    return _describe(case, terms, clock, tuple(found))


def step(case: Case, decision: Decision, terms: Terms) -> Case:
    """The case after one more decision.

    Raises
    ------
    ReviewError
        When the table or a guard forbids it; the case is then unchanged.
    """
    case = at_time(case, moment(decision.signed_at))
    row = find(case.status, decision.verdict)
    check(row, case, decision, terms)
    history = (*case.history, decision)
    if decision.verdict == "submit":
        return Case(status=row.target, history=history, submission=decision)
    if not row.quorum:
        return replace(case, status=row.target, history=history)
    approvals = (*case.approvals, decision)
    expiry = min(last for approval in approvals if (last := day(approval.expires_on)) is not None)
    status = row.target if len(approvals) >= terms.approvals else row.source
    return replace(case, status=status, history=history, approvals=approvals, expires_on=expiry)


def at_time(case: Case, now: datetime) -> Case:
    """What the clock alone does: an approval ends after its last day (UTC)."""
    over = case.status == "approved" and case.expires_on is not None and now.date() > case.expires_on
    return replace(case, status="expired") if over else case


def require_approved(state: ReviewState, *, model_digest: str) -> ReviewState:
    """Return the state when the model with exactly these bytes may be used in production.

    Raises
    ------
    ReviewError
        Otherwise, with a code per reason: ``model-not-approved``, ``model-rejected``, ``model-expired``,
        ``model-suspended``, ``model-changed``.
    """
    if state.model_digest != model_digest:
        raise ReviewError(
            "The model's bytes are not the ones that were reviewed.",
            code="model-changed",
            hint="Score with the reviewed model, or submit this one.",
        )
    if state.status == "approved":
        return state
    code = f"model-{state.status}" if state.status in ("rejected", "expired", "suspended") else "model-not-approved"
    open_points = "; ".join(str(requirement) for requirement in state.requirements)
    raise ReviewError(
        f"The model may not be used in production: it is {state.status}.",
        code=code,
        hint=f"Still needed: {open_points}.",
        facts={"status": state.status, "faults": list(state.faults)},
    )


def _describe(case: Case, terms: Terms, now: datetime, faults: tuple[str, ...]) -> ReviewState:
    last = case.history[-1] if case.history else None
    return ReviewState(
        status=case.status,
        as_of=now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        model_digest=terms.model_digest,
        policy_digest=terms.policy_digest,
        evidence_digest=case.submission.evidence_digest if case.submission else None,
        submitted_by=case.submission.identity if case.submission else None,
        approvers=tuple(approval.identity for approval in case.approvals),
        rejected_by=last.identity if last and case.status == "rejected" else None,
        expires_on=case.expires_on.isoformat() if case.expires_on and case.status != "submitted" else None,
        requirements=_requirements(case, terms),
        decisions=case.history,
        faults=faults,
    )


def _requirements(case: Case, terms: Terms) -> tuple[Requirement, ...]:
    if case.status == "suspended":
        return (Requirement(code="investigation"),)
    if case.status == "approved":
        return ()
    if not terms.developer.strip():
        return (Requirement(code="developer"),)
    missing = terms.approvals - (len(case.approvals) if case.status == "submitted" else 0)
    approvals = Requirement(code="approvals", count=missing)
    first: dict[Status, Requirement] = {
        "draft": Requirement(code="submission"),
        "rejected": Requirement(code="resubmission"),
        "expired": Requirement(code="renewal"),
    }
    return (first[case.status], approvals) if case.status in first else (approvals,)
