"""One model's review from submission to expiry, and every way to cheat that we could think of."""

import base64
import json
from dataclasses import replace

import pytest

from glassledger.errors import AuditError, ReviewError
from glassledger.policy.document import ReviewRule
from glassledger.records.decision import LoggedDecision, SignedDecision
from glassledger.review import Review, make_key, sign_decision, signers_line, verify_decision

NOW = "2026-11-22T10:00:00Z"
LATER = "2026-11-23T10:00:00Z"


def status(review: Review, now: str = LATER) -> str:
    return review.state(now=now).status


def test_from_draft_to_approved(review, decide):
    assert status(review) == "draft"
    assert [item.code for item in review.state(now=NOW).requirements] == ["submission", "approvals"]
    review = decide(review, "submit", "dana")
    assert status(review) == "submitted"
    review = decide(review, "approve", "alex", now=LATER)
    state = review.state(now=LATER)
    assert (state.status, state.approvers, state.expires_on) == ("approved", ("alex@corp",), "2027-11-23")
    assert state.submitted_by == "dana@corp"
    assert state.requirements == ()
    assert review.require_approved(model_digest=review.model_digest, now=LATER) == state


def test_rejected_and_submitted_again(review, decide):
    review = decide(decide(review, "submit", "dana"), "reject", "alex", comment="calibration")
    assert review.state(now=LATER).rejected_by == "alex@corp"
    assert status(review) == "rejected"
    review = decide(replace(review, evidence_digest="sha256:" + "d" * 64), "submit", "dana", now=LATER)
    assert status(review) == "submitted"
    assert review.state(now=LATER).evidence_digest == "sha256:" + "d" * 64


def test_an_approval_can_be_withdrawn(review, decide):
    review = decide(decide(review, "submit", "dana"), "approve", "alex")
    assert status(decide(review, "reject", "vera", now=LATER)) == "rejected"


def test_two_approvals_need_two_people(two_approvals, decide, sign):
    review = decide(decide(two_approvals, "submit", "dana"), "approve", "alex")
    assert status(review) == "submitted"
    assert [(item.code, item.count) for item in review.state(now=NOW).requirements] == [("approvals", 1)]
    with pytest.raises(ReviewError) as caught:
        sign(review, "approve", "alex")
    assert caught.value.code == "already-approved"
    review = decide(review, "approve", "vera", expires_on="2027-01-31")
    assert review.state(now=LATER).expires_on == "2027-01-31", "the earliest of the approvers' dates"
    assert status(review) == "approved"


def test_approvals_of_an_earlier_round_do_not_count(two_approvals, decide):
    review = decide(decide(two_approvals, "submit", "dana"), "approve", "alex")
    review = decide(decide(review, "reject", "vera"), "submit", "dana", now=LATER)
    assert review.state(now=LATER).approvers == ()
    review = decide(review, "approve", "vera", now=LATER)
    assert status(review) == "submitted"


def test_expiry_comes_with_the_clock_alone(review, decide):
    review = decide(decide(review, "submit", "dana"), "approve", "alex", expires_on="2026-12-31")
    assert status(review, "2026-12-31T23:59:59Z") == "approved"
    assert status(review, "2027-01-01T00:00:00Z") == "expired"
    assert status(review, "2026-12-31T20:00:00-05:00") == "expired", "days are days in UTC"
    with pytest.raises(ReviewError) as caught:
        review.require_approved(model_digest=review.model_digest, now="2027-01-01T00:00:00Z")
    assert caught.value.code == "model-expired"
    renewed = decide(review, "submit", "dana", now="2027-01-02T00:00:00Z")
    assert status(renewed, "2027-01-02T00:00:00Z") == "submitted"


@pytest.mark.parametrize("expires_on", ["2026-11-21", "2027-11-23", "someday", "2027-02-30", ""])
def test_an_expiry_outside_the_policy_is_refused(review, decide, sign, expires_on):
    review = decide(review, "submit", "dana")
    with pytest.raises(ReviewError) as caught:
        sign(review, "approve", "alex", expires_on=expires_on)
    assert caught.value.code in {"expiry-out-of-range", "time-malformed"}


@pytest.mark.parametrize(
    ("rounds", "verdict", "name", "code"),
    [
        ([], "approve", "alex", "act-not-allowed"),
        ([], "reject", "alex", "act-not-allowed"),
        ([], "submit", "alex", "not-the-developer"),
        ([("submit", "dana")], "submit", "dana", "act-not-allowed"),
        ([("submit", "dana")], "approve", "dana", "four-eyes"),
        ([("submit", "dana")], "reject", "dana", "four-eyes"),
        ([("submit", "dana"), ("reject", "alex")], "approve", "vera", "act-not-allowed"),
        ([("submit", "dana"), ("approve", "alex")], "approve", "vera", "act-not-allowed"),
        ([("submit", "dana"), ("approve", "alex")], "submit", "dana", "act-not-allowed"),
    ],
)
def test_forbidden_acts_are_not_signed(review, decide, sign, rounds, verdict, name, code):
    for done, by in rounds:
        review = decide(review, done, by)
    with pytest.raises(ReviewError) as caught:
        sign(review, verdict, name)
    assert caught.value.code == code


def test_the_developers_key_under_another_name_is_refused(review, decide, people):
    """The file may not hold one key twice; and where two files were used in turn, the history gives it away."""
    public = people.key("dana").with_suffix(".pub").read_text()
    both = replace(review, allowed_signers=people.allowed_signers + signers_line("eve@corp", public) + "\n")
    with pytest.raises(ReviewError) as caught:
        both.submit(by="dana@corp", key=people.key("dana"), checkpoint="c", now=NOW)
    assert caught.value.code == "key-shared"

    submitted = decide(review, "submit", "dana")
    renamed = replace(submitted, allowed_signers=signers_line("eve@corp", public) + "\n")
    with pytest.raises(ReviewError) as caught:
        renamed.approve(by="eve@corp", key=people.key("dana"), checkpoint="c", now=NOW)
    assert caught.value.code in {"key-shared", "model-suspended"}


@pytest.mark.parametrize("alias", ["DANA@corp", "dana@Corp", "ｄana@corp"])
def test_a_spelling_does_not_make_a_second_person(review, decide, people, tmp_path, alias):
    line = signers_line(alias, make_key(tmp_path / "second"))
    review = decide(replace(review, allowed_signers=people.allowed_signers + line + "\n"), "submit", "dana")
    with pytest.raises(ReviewError) as caught:
        review.approve(by=alias, key=tmp_path / "second", checkpoint="c", now=NOW)
    assert caught.value.code == "four-eyes"


def test_a_model_without_developer_cannot_be_submitted(review, sign):
    with pytest.raises(ReviewError) as caught:
        sign(replace(review, developer=""), "submit", "dana")
    assert caught.value.code == "developer-unknown"
    assert [item.code for item in replace(review, developer=" ").state(now=NOW).requirements] == ["developer"]


def test_new_evidence_needs_a_new_submission(review, decide, sign):
    review = replace(decide(review, "submit", "dana"), evidence_digest="sha256:" + "d" * 64)
    with pytest.raises(ReviewError) as caught:
        sign(review, "approve", "alex")
    assert caught.value.code == "evidence-changed"


def test_a_stranger_cannot_sign(review, decide, tmp_path):
    make_key(tmp_path / "eve")
    review = decide(review, "submit", "dana")
    for name in ("eve@corp", "alex@corp"):
        with pytest.raises(ReviewError) as caught:
            review.approve(by=name, key=tmp_path / "eve", checkpoint="c", now=NOW)
        assert caught.value.code == "signer-not-allowed"


def approved(review, decide):
    return decide(decide(review, "submit", "dana"), "approve", "alex", now=LATER)


def test_dropping_reordering_or_repeating_a_decision_suspends(review, decide):
    full = decide(decide(approved(review, decide), "reject", "vera", now=LATER), "submit", "dana", now=LATER)
    first, second, third, fourth = full.decisions
    assert status(full) == "submitted"
    for twin in [
        (first, second, fourth),
        (second,),
        (first, third, second, fourth),
        (*full.decisions, second),
        (first, first),
    ]:
        state = replace(full, decisions=twin).state(now=LATER)
        assert state.status == "suspended", twin
        assert state.faults
        assert [item.code for item in state.requirements] == ["investigation"]


def test_a_decision_about_another_model_or_policy_suspends(review, decide):
    done = approved(review, decide)
    for field in ("model_digest", "policy_digest"):
        other = replace(done, **{field: "sha256:" + "e" * 64})
        assert other.state(now=LATER).faults == ("decision-other-model",)
    with pytest.raises(ReviewError) as caught:
        done.require_approved(model_digest="sha256:" + "e" * 64, now=LATER)
    assert caught.value.code == "model-changed"


def test_faults_from_outside_suspend_and_stop_signing(review, decide, sign):
    broken = replace(approved(review, decide), faults=("artifact-changed",))
    assert status(broken) == "suspended"
    with pytest.raises(ReviewError) as caught:
        sign(broken, "reject", "vera", now=LATER)
    assert caught.value.code == "model-suspended"
    with pytest.raises(ReviewError) as caught:
        broken.require_approved(model_digest=broken.model_digest, now=LATER)
    assert caught.value.code == "model-suspended"


def test_a_removed_signer_suspends(review, decide, people):
    done = approved(review, decide)
    left = "\n".join(line for line in people.allowed_signers.splitlines() if not line.startswith("alex"))
    assert replace(done, allowed_signers=left).state(now=LATER).faults == ("signer-not-allowed",)
    assert replace(done, allowed_signers="").state(now=LATER).status == "suspended"


def test_a_rule_made_stricter_afterwards_counts(review, decide):
    done = approved(review, decide)
    assert status(replace(done, rule=ReviewRule(approvals=2))) == "submitted"
    assert replace(done, rule=ReviewRule(expires_after_days=30)).state(now=LATER).faults == ("expiry-out-of-range",)


def test_a_decision_signed_for_the_future_suspends(review, decide, sign):
    review = decide(review, "submit", "dana")
    postdated = sign(review, "approve", "alex", now="2027-06-01T00:00:00Z")
    assert status(review.with_decision(postdated, at=LATER)) == "suspended"
    assert review.with_decision(postdated, at=LATER).state(now="2027-07-01T00:00:00Z").faults == (
        "decision-from-the-future",
    )


def test_a_decision_made_by_hand_around_the_guards_suspends(review, decide, people):
    """The approver's own key, a real signature, but the quorum's rules broken: the fold sees it."""
    submitted = decide(review, "submit", "dana")
    decision = verify_decision(submitted.decisions[0].signed, people.allowed_signers, at=NOW)
    wrong = {
        "role-not-allowed": {"verdict": "approve", "role": "developer", "expires_on": "2027-01-01"},
        "expiry-out-of-range": {"verdict": "approve", "role": "approver", "expires_on": "2090-01-01"},
        "evidence-changed": {"verdict": "approve", "role": "approver", "evidence_digest": "sha256:" + "f" * 64},
        "decision-out-of-order": {"verdict": "reject", "role": "approver", "signed_at": "2020-01-01T00:00:00Z"},
    }
    for code, change in wrong.items():
        base = {"identity": "alex@corp", "key": "", "previous": decision.digest}
        forged = sign_decision(decision.model_copy(update=base | change), people.key("alex"))
        state = submitted.with_decision(forged, at=NOW).state(now=NOW)
        assert (state.status, state.faults) == ("suspended", (code,))


def test_every_changed_byte_of_a_signed_decision_is_refused(review, sign, people):
    signed = sign(review, "submit", "dana")
    message = base64.b64decode(signed.statement)
    for position in range(0, len(message), 7):
        changed = message[:position] + bytes([message[position] ^ 1]) + message[position + 1 :]
        twin = signed.model_copy(update={"statement": base64.b64encode(changed).decode()})
        with pytest.raises((AuditError, ReviewError)):
            verify_decision(twin, people.allowed_signers, at=NOW)


def test_a_statement_is_in_toto_and_names_what_was_signed(review, sign):
    statement = json.loads(base64.b64decode(sign(review, "submit", "dana").statement))
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == "urn:glassledger:decision:v1"
    assert {item["name"]: item["digest"]["sha256"][0] for item in statement["subject"]} == {
        "model": "a",
        "policy": "b",
        "evidence": "c",
    }
    assert statement["predicate"]["checkpoint"] == "origin\n3\nroot"


def test_records_survive_json(review, decide):
    done = approved(review, decide)
    state = done.state(now=LATER)
    assert type(state).from_json(state.to_json()) == state
    for logged in done.decisions:
        assert LoggedDecision.from_json(logged.to_json()) == logged
        assert SignedDecision.from_json(logged.signed.to_json()) == logged.signed
