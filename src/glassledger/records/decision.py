"""Who said what about a model, over which evidence."""

from typing import Literal

from glassledger.records.record import Record

Verdict = Literal["submit", "approve", "reject"]


class Decision(Record):
    """The predicate of a signed in-toto statement.

    ``checkpoint`` is the log's head when the reviewer signed: everything up to it was there to be seen.
    ``key`` is the SHA-256 fingerprint of the key that signs, as ``ssh-keygen -l`` prints it, and ``previous`` the
    digest of the decision before this one about the same model (empty for the first): none can be dropped or reordered.
    """

    format: Literal["glassledger/decision/v1"] = "glassledger/decision/v1"
    verdict: Verdict
    role: Literal["developer", "validator", "approver"]
    identity: str
    comment: str = ""
    model_digest: str
    policy_digest: str
    evidence_digest: str
    checkpoint: str
    signed_at: str
    expires_on: str | None = None
    key: str = ""
    previous: str = ""


class SignedDecision(Record):
    """The exact statement bytes (base64) and their SSHSIG armour."""

    format: Literal["glassledger/signed-decision/v1"] = "glassledger/signed-decision/v1"
    statement: str
    signature: str
    public_key: str


class LoggedDecision(Record):
    """A signed decision and the time at which the log took it; the signature must have been valid then."""

    signed: SignedDecision
    logged_at: str
