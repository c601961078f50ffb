"""Signed decisions put together by hand: every part is genuine, the whole is not."""

import base64
import json

import pytest

from glassledger import canonical
from glassledger.errors import AuditError, ReviewError
from glassledger.records.decision import SignedDecision
from glassledger.review import NAMESPACE, sign_decision, sshsig, statement_of, verify_decision
from glassledger.review.keys import load_signing_key

NOW = "2026-11-22T10:00:00Z"


def signed_by(people, name, message: bytes) -> SignedDecision:
    """A genuine signature over any bytes."""
    key = load_signing_key(people.key(name))
    return SignedDecision(
        statement=base64.b64encode(message).decode(),
        signature=sshsig.sign(message, key, namespace=NAMESPACE),
        public_key=sshsig.public_line(sshsig.public_blob(key.public_key())),
    )


@pytest.fixture
def genuine(review, sign):
    return sign(review, "submit", "dana")


def test_what_was_signed_comes_back(genuine, people):
    decision = verify_decision(genuine, people.allowed_signers, at=NOW)
    assert (decision.identity, decision.verdict) == ("dana@corp", "submit")
    assert sign_decision(decision, people.key("dana")) == genuine, "Ed25519 is deterministic"


@pytest.mark.parametrize(
    "change",
    [
        {"_type": "https://in-toto.io/Statement/v0.1"},
        {"predicateType": "urn:glassledger:decision:v2"},
        {"subject": []},
        {"extra": 1},
        {"predicate": {}},
        {"predicate": None},
    ],
)
def test_another_statement_with_a_genuine_signature_is_refused(genuine, people, change):
    statement = json.loads(statement_of(genuine)) | change
    with pytest.raises(AuditError):
        verify_decision(signed_by(people, "dana", canonical.dumps(statement)), people.allowed_signers, at=NOW)


def test_subjects_that_do_not_match_the_decision_are_refused(genuine, people):
    statement = json.loads(statement_of(genuine))
    statement["subject"][0]["digest"]["sha256"] = "0" * 64
    with pytest.raises(AuditError) as caught:
        verify_decision(signed_by(people, "dana", canonical.dumps(statement)), people.allowed_signers, at=NOW)
    assert caught.value.code == "statement-malformed"


@pytest.mark.parametrize(
    "spoil", [lambda m: m + b"\n", lambda m: m.replace(b":", b": ", 1), lambda m: b"[" + m + b"]", lambda m: b""]
)
def test_bytes_that_are_not_canonical_are_refused(genuine, people, spoil):
    with pytest.raises(AuditError):
        verify_decision(signed_by(people, "dana", spoil(statement_of(genuine))), people.allowed_signers, at=NOW)


def test_a_decision_that_names_another_key_is_refused(genuine, people):
    """Alex signs a statement in which Dana's key is named, and the other way round."""
    with pytest.raises(AuditError) as caught:
        verify_decision(signed_by(people, "alex", statement_of(genuine)), people.allowed_signers, at=NOW)
    assert caught.value.code == "signature-other-key"
    other = (people.folder / "alex.pub").read_text()
    with pytest.raises(AuditError) as caught:
        verify_decision(genuine.model_copy(update={"public_key": other}), people.allowed_signers, at=NOW)
    assert caught.value.code == "signature-other-key"


def test_a_statement_that_is_not_base64_is_refused(genuine, people):
    with pytest.raises(AuditError) as caught:
        verify_decision(genuine.model_copy(update={"statement": "***"}), people.allowed_signers, at=NOW)
    assert caught.value.code == "statement-malformed"


def test_the_time_of_judgement_counts(genuine, people):
    windowed = people.allowed_signers.replace(
        'namespaces="signoff@glassledger"', 'namespaces="signoff@glassledger",valid-before="20261122Z"'
    )
    assert windowed != people.allowed_signers
    verify_decision(genuine, windowed, at="2026-11-21T23:59:59Z")
    with pytest.raises(ReviewError) as caught:
        verify_decision(genuine, windowed, at=NOW)
    assert caught.value.code == "signer-not-allowed"
    with pytest.raises(ReviewError) as caught:
        verify_decision(genuine, windowed, at="2026-11-21T23:59:59")
    assert caught.value.code == "time-malformed"


@pytest.mark.parametrize("digest", ["", "sha256:", "sha256:" + "A" * 64, "md5:" + "a" * 32, "a" * 64])
def test_a_decision_about_no_digest_is_not_signed(genuine, people, digest):
    decision = verify_decision(genuine, people.allowed_signers, at=NOW)
    with pytest.raises(AuditError) as caught:
        sign_decision(decision.model_copy(update={"model_digest": digest}), people.key("dana"))
    assert caught.value.code == "digest-malformed"
