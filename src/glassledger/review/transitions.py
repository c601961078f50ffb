"""The lifecycle as a table: which act leads from which state to which, by which role, under which guards.

First form, six states. Deepening it means more rows and more guards, not other code: :mod:`glassledger.review.states`
reads this table and knows no state by name except where the clock or a fault decides.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from glassledger.errors import ReviewError
from glassledger.records.decision import Decision, Verdict
from glassledger.records.review_state import Status
from glassledger.review.signers import person

Guard = Literal["by_developer", "independent", "same_evidence", "first_time", "dated"]


@dataclass(frozen=True)
class Transition:
    """One row. With ``quorum`` the target is reached only when enough people have acted; until then the state stays."""

    source: Status
    act: Verdict
    target: Status
    roles: tuple[str, ...]
    guards: tuple[Guard, ...]
    quorum: bool = False


_SUBMIT: tuple[Guard, ...] = ("by_developer",)
_REJECT: tuple[Guard, ...] = ("independent", "same_evidence")
_APPROVE: tuple[Guard, ...] = ("independent", "same_evidence", "first_time", "dated")
_REVIEWERS = ("validator", "approver")

TRANSITIONS: tuple[Transition, ...] = (
    Transition("draft", "submit", "submitted", ("developer",), _SUBMIT),
    Transition("submitted", "approve", "approved", ("approver",), _APPROVE, quorum=True),
    Transition("submitted", "reject", "rejected", _REVIEWERS, _REJECT),
    Transition("approved", "reject", "rejected", _REVIEWERS, _REJECT),
    Transition("rejected", "submit", "submitted", ("developer",), _SUBMIT),
    Transition("expired", "submit", "submitted", ("developer",), _SUBMIT),
)


@dataclass(frozen=True)
class Terms:
    """What a case is about and what the policy asks for."""

    model_digest: str
    policy_digest: str
    developer: str
    approvals: int
    expires_after_days: int


@dataclass(frozen=True)
class Case:
    """How far a model has come; ``history`` holds every decision so far, ``approvals`` those of this round."""

    status: Status = "draft"
    history: tuple[Decision, ...] = ()
    submission: Decision | None = None
    approvals: tuple[Decision, ...] = ()
    expires_on: date | None = None


def find(status: Status, act: Verdict) -> Transition:
    """The row for an act in a state.

    Raises
    ------
    ReviewError
        When the table has none.
    """
    for row in TRANSITIONS:
        if (row.source, row.act) == (status, act):
            return row
    raise _refusal("act-not-allowed", f"A model that is {status} cannot be asked to {act}.", _hint(status))


def check(row: Transition, case: Case, decision: Decision, terms: Terms) -> None:
    """Every rule that holds for all decisions, then the guards of the row.

    Raises
    ------
    ReviewError
        With the code of the first rule that is broken.
    """
    if not decision.key:
        raise _refusal("decision-unsigned", "A decision counts only with the key that signs it.")
    if (decision.model_digest, decision.policy_digest) != (terms.model_digest, terms.policy_digest):
        raise _refusal("decision-other-model", "The decision is about another model or policy.")
    _check_order(case, decision)
    signed_by_same_key = [earlier for earlier in case.history if earlier.key == decision.key]
    if any(person(earlier.identity) != person(decision.identity) for earlier in signed_by_same_key):
        raise _refusal(
            "key-shared", "The same key has signed under another name.", "Each person needs a key of their own."
        )
    if decision.role not in row.roles:
        raise _refusal("role-not-allowed", f"The role {decision.role} cannot {decision.verdict}.")
    for guard in row.guards:
        _GUARDS[guard](case, decision, terms)


def moment(text: str) -> datetime:
    """An RFC 3339 time with its zone.

    Raises
    ------
    ReviewError
        When it is none.
    """
    try:
        value = datetime.fromisoformat(text)
        if value.tzinfo is not None:
            return value.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise _refusal("time-malformed", "A decision carries no readable time with its zone.")


def day(text: str | None) -> date | None:
    """An ISO date, or None.

    Raises
    ------
    ReviewError
        When the text is not a date.
    """
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise _refusal("time-malformed", "A decision carries no readable expiry date.") from None


def latest_expiry(decision: Decision, terms: Terms) -> date:
    """The last day that the policy lets this approval hold."""
    return moment(decision.signed_at).date() + timedelta(days=terms.expires_after_days)


def _check_order(case: Case, decision: Decision) -> None:
    last = case.history[-1] if case.history else None
    in_place = decision.previous == (last.digest if last else "")
    if not in_place or (last and moment(decision.signed_at) < moment(last.signed_at)):
        raise _refusal("decision-out-of-order", "The decision does not follow the one before it.")


def _by_developer(case: Case, decision: Decision, terms: Terms) -> None:
    if not person(terms.developer):
        raise _refusal(
            "developer-unknown",
            "The model names no developer, so four eyes cannot be told apart.",
            "Fit it again with one.",
        )
    if person(decision.identity) != person(terms.developer):
        raise _refusal("not-the-developer", "Only the model's developer submits it.")


def _independent(case: Case, decision: Decision, terms: Terms) -> None:
    """By name; the developer's key under another name was refused before any guard."""
    if person(terms.developer) == person(decision.identity):
        raise _refusal(
            "four-eyes", "The developer of a model cannot review it.", "Ask somebody else, with a key of their own."
        )


def _same_evidence(case: Case, decision: Decision, terms: Terms) -> None:
    if case.submission is None or decision.evidence_digest != case.submission.evidence_digest:
        raise _refusal(
            "evidence-changed",
            "The decision names other evidence than was submitted.",
            "Submit the new evidence first.",
        )


def _first_time(case: Case, decision: Decision, terms: Terms) -> None:
    if any(person(decision.identity) == person(earlier.identity) for earlier in case.approvals):
        raise _refusal("already-approved", "This person has approved already.", "The policy asks for different people.")


def _dated(case: Case, decision: Decision, terms: Terms) -> None:
    expiry = day(decision.expires_on)
    if expiry is None or not moment(decision.signed_at).date() <= expiry <= latest_expiry(decision, terms):
        raise _refusal(
            "expiry-out-of-range",
            f"An approval needs an expiry date, at most {terms.expires_after_days} days after it is signed.",
        )


_GUARDS = {
    "by_developer": _by_developer,
    "independent": _independent,
    "same_evidence": _same_evidence,
    "first_time": _first_time,
    "dated": _dated,
}


def _hint(status: Status) -> str:
    acts = sorted({row.act for row in TRANSITIONS if row.source == status})
    return f"From here one can {' or '.join(acts)}." if acts else "Find out why first: glassledger verify."


def _refusal(code: str, message: str, hint: str = "See 'glassledger review status'.") -> ReviewError:
    return ReviewError(message, code=code, hint=hint)
