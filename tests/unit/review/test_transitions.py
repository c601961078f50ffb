"""Property tests over the table: whatever is tried, in whatever order, only the table's rows happen."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassledger.errors import ReviewError
from glassledger.records.decision import Decision
from glassledger.review.states import state, step
from glassledger.review.transitions import TRANSITIONS, Case, Terms, find

MODEL, POLICY, EVIDENCE = ("sha256:" + letter * 64 for letter in "abc")
PEOPLE = {"dana@corp": "SHA256:dana", "alex@corp": "SHA256:alex", "vera@corp": "SHA256:vera"}
STATUSES = ("draft", "submitted", "approved", "rejected", "expired", "suspended")
ALLOWED = {
    ("draft", "submit"): "submitted",
    ("submitted", "approve"): "approved",
    ("submitted", "reject"): "rejected",
    ("approved", "reject"): "rejected",
    ("rejected", "submit"): "submitted",
    ("expired", "submit"): "submitted",
}


def terms(approvals: int = 1) -> Terms:
    return Terms(MODEL, POLICY, "dana@corp", approvals, 365)


def decision(verdict: str, identity: str, case: Case, **changes: object) -> Decision:
    values = {
        "verdict": verdict,
        "role": "developer" if verdict == "submit" else "approver",
        "identity": identity,
        "model_digest": MODEL,
        "policy_digest": POLICY,
        "evidence_digest": EVIDENCE,
        "checkpoint": "c",
        "signed_at": "2026-11-22T10:00:00Z",
        "expires_on": "2027-01-01" if verdict == "approve" else None,
        "key": PEOPLE[identity],
        "previous": case.history[-1].digest if case.history else "",
    }
    return Decision.model_validate(values | changes)


def test_the_table_is_the_one_that_the_documentation_shows(repository):
    """Written twice on purpose: a change of the table must be meant."""
    assert {(row.source, row.act): row.target for row in TRANSITIONS} == ALLOWED
    page = (repository / "docs/formats/decision.md").read_text(encoding="utf-8")
    for (source, act), target in ALLOWED.items():
        assert f"| {source} | {act} | {target} |" in page


@pytest.mark.parametrize(("status", "act"), list(product(STATUSES, ("submit", "approve", "reject"))))
def test_every_pair_is_allowed_or_refused(status, act):
    if (status, act) in ALLOWED:
        assert find(status, act).target == ALLOWED[status, act]
    else:
        with pytest.raises(ReviewError) as caught:
            find(status, act)
        assert caught.value.code == "act-not-allowed"


acts = st.lists(
    st.tuples(st.sampled_from(["submit", "approve", "reject"]), st.sampled_from(sorted(PEOPLE))), max_size=12
)


@settings(max_examples=300, deadline=None)
@given(acts, st.integers(1, 3))
def test_any_sequence_of_attempts_keeps_the_invariants(attempts, approvals):
    case = Case()
    for verdict, identity in attempts:
        before = case.status
        try:
            case = step(case, decision(verdict, identity, case), terms(approvals))
        except ReviewError:
            continue
        assert (before, verdict) in ALLOWED
        assert case.status == ALLOWED[before, verdict] or (verdict == "approve" and case.status == "submitted")
        assert (identity == "dana@corp") == (verdict == "submit")
    signers = {approval.identity for approval in case.approvals}
    assert "dana@corp" not in signers
    assert len(signers) == len(case.approvals)
    if case.status == "approved":
        assert len(signers) == approvals
    if approvals > 2:
        assert case.status != "approved", "only two people but the developer exist"
    folded = state(case.history, terms=terms(approvals), now="2026-11-22T10:00:00Z")
    assert folded.status == case.status
    assert folded.faults == ()


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(
        [
            {"key": ""},
            {"key": "SHA256:dana"},
            {"model_digest": EVIDENCE},
            {"policy_digest": EVIDENCE},
            {"evidence_digest": MODEL},
            {"role": "developer"},
            {"role": "validator"},
            {"identity": "dana@corp"},
            {"identity": " Dana@CORP "},
            {"expires_on": None},
            {"expires_on": "2026-11-21"},
            {"expires_on": "2028-01-01"},
            {"expires_on": "tomorrow"},
            {"signed_at": "2026-11-22"},
            {"signed_at": "0001-01-01T00:00:00+23:59"},
            {"signed_at": "2026-11-22T09:59:59Z"},
            {"previous": ""},
            {"previous": MODEL},
        ]
    ),
    st.sampled_from(["alex@corp", "vera@corp"]),
)
def test_one_wrong_field_is_enough(change, identity):
    submitted = step(Case(), decision("submit", "dana@corp", Case()), terms())
    good = decision("approve", identity, submitted)
    assert step(submitted, good, terms()).status == "approved"
    wrong = good.model_copy(update=change)
    with pytest.raises(ReviewError):
        step(submitted, wrong, terms())
    folded = state((*submitted.history, wrong), terms=terms(), now="2026-11-22T10:00:00Z")
    assert folded.status == "suspended"


@given(st.text(max_size=30))
def test_odd_times_are_our_error(text):
    try:
        state((), terms=terms(), now=text)
    except ReviewError as error:
        assert error.code == "time-malformed"


def test_one_key_under_two_names_does_not_make_two_approvals():
    case = step(Case(), decision("submit", "dana@corp", Case()), terms(2))
    case = step(case, decision("approve", "alex@corp", case), terms(2))
    twin = decision("approve", "vera@corp", case, key=PEOPLE["alex@corp"])
    with pytest.raises(ReviewError) as caught:
        step(case, twin, terms(2))
    assert caught.value.code == "key-shared"
    assert state((*case.history, twin), terms=terms(2), now="2026-11-22T10:00:00Z").faults == ("key-shared",)


@pytest.mark.parametrize(
    ("now", "status"), [("2026-11-22T09:55:00Z", "submitted"), ("2026-11-22T09:54:59Z", "suspended")]
)
def test_a_decision_may_be_ahead_of_our_clock_by_five_minutes(now, status):
    case = step(Case(), decision("submit", "dana@corp", Case()), terms())
    assert state(case.history, terms=terms(), now=now).status == status
