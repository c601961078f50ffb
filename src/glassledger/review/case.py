"""One model's review: a view over its logged decisions that checks the guards and signs the next one."""

import os
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, Self

from glassledger.errors import AuditError, ReviewError
from glassledger.policy.document import ReviewRule
from glassledger.records.decision import Decision, LoggedDecision, SignedDecision, Verdict
from glassledger.records.review_state import ReviewState
from glassledger.review.signatures import key_fingerprint, sign_decision, verify_decision
from glassledger.review.states import CLOCK_SKEW, require_approved, state, step
from glassledger.review.transitions import Case, Terms, latest_expiry, moment

_ROLES: dict[Verdict, Literal["developer", "approver"]] = {
    "submit": "developer",
    "approve": "approver",
    "reject": "approver",
}


@dataclass(frozen=True)
class Review:
    """Everything needed to judge and to sign; no file but the signer's key is read, none is written.

    Parameters
    ----------
    model_digest, policy_digest : str
    rule : ReviewRule
        What the policy asks for.
    developer : str
        Who fitted the model, from its facts.
    allowed_signers : str
        Text of the ``allowed_signers`` file.
    evidence_digest : str, optional
        The evidence that the next decision is about; needed to sign, not to judge.
    decisions : tuple of LoggedDecision
        In log order.
    faults : tuple of str
        Codes of failures found outside, such as an artefact that does not re-hash.
    """

    model_digest: str
    policy_digest: str
    rule: ReviewRule
    developer: str
    allowed_signers: str
    evidence_digest: str | None = None
    decisions: tuple[LoggedDecision, ...] = ()
    faults: tuple[str, ...] = ()

    @cached_property
    def _checked(self) -> tuple[tuple[Decision, ...], tuple[str, ...]]:
        """Decisions whose signature holds, and the codes of the failures of the others."""
        good, bad = [], list(self.faults)
        for logged in self.decisions:
            try:
                decision = verify_decision(logged.signed, self.allowed_signers, at=logged.logged_at)
                if moment(decision.signed_at) > moment(logged.logged_at) + CLOCK_SKEW:
                    bad.append("decision-from-the-future")
                good.append(decision)
            except (AuditError, ReviewError) as error:
                bad.append(error.code)
        return tuple(good), tuple(bad)

    @property
    def terms(self) -> Terms:
        """What the review is about and what the policy asks for."""
        return Terms(
            model_digest=self.model_digest,
            policy_digest=self.policy_digest,
            developer=self.developer,
            approvals=self.rule.approvals,
            expires_after_days=self.rule.expires_after_days,
        )

    def state(self, *, now: str) -> ReviewState:
        """The state at an RFC 3339 time; ``suspended`` when any signature, hash or order does not hold."""
        decisions, faults = self._checked
        return state(decisions, terms=self.terms, now=now, faults=faults)

    def require_approved(self, *, model_digest: str, now: str) -> ReviewState:
        """The state, when the model with exactly these bytes may be used in production; raises ReviewError if not."""
        return require_approved(self.state(now=now), model_digest=model_digest)

    def submit(
        self, *, by: str, key: str | os.PathLike[str], checkpoint: str, now: str, comment: str = ""
    ) -> SignedDecision:
        """The developer hands the model and its evidence over; see :meth:`sign`."""
        return self.sign("submit", by=by, key=key, checkpoint=checkpoint, now=now, comment=comment)

    def approve(
        self, *, by: str, key: str | os.PathLike[str], checkpoint: str, now: str, comment: str = ""
    ) -> SignedDecision:
        """Sign the model off, for as long as the policy lets an approval hold; see :meth:`sign`."""
        return self.sign("approve", by=by, key=key, checkpoint=checkpoint, now=now, comment=comment)

    def reject(
        self, *, by: str, key: str | os.PathLike[str], checkpoint: str, now: str, comment: str = ""
    ) -> SignedDecision:
        """Refuse the model, or withdraw its approval; see :meth:`sign`."""
        return self.sign("reject", by=by, key=key, checkpoint=checkpoint, now=now, comment=comment)

    def sign(
        self,
        verdict: Verdict,
        *,
        by: str,
        key: str | os.PathLike[str],
        checkpoint: str,
        now: str,
        comment: str = "",
        expires_on: str | None = None,
    ) -> SignedDecision:
        """Check every guard, then sign; nothing is signed when one of them refuses.

        Parameters
        ----------
        verdict : {"submit", "approve", "reject"}
        by : str
            The signer's identity in ``allowed_signers``.
        key : path of the signer's OpenSSH private key.
        checkpoint : str
            The log's checkpoint, so that the decision commits to everything before it.
        now : RFC 3339 time.
        expires_on : ISO date, for an approval that shall end earlier than the policy says.

        Raises
        ------
        ReviewError
            When the state, the person, the key or the evidence forbids it.
        """
        earlier, faults = self._checked
        if faults:
            raise ReviewError(
                "Nothing can be decided about a suspended model.",
                code="model-suspended",
                hint="Run 'glassledger verify' and find out what does not hold.",
                facts={"faults": list(faults)},
            )
        decision = Decision(
            verdict=verdict,
            role=_ROLES[verdict],
            identity=by,
            comment=comment,
            model_digest=self.model_digest,
            policy_digest=self.policy_digest,
            evidence_digest=self._evidence(),
            checkpoint=checkpoint,
            signed_at=now,
            expires_on=expires_on,
            key=key_fingerprint(key),
            previous=earlier[-1].digest if earlier else "",
        )
        if verdict == "approve" and expires_on is None:
            decision = decision.model_copy(update={"expires_on": latest_expiry(decision, self.terms).isoformat()})
        self._guard(earlier, decision)
        signed = sign_decision(decision, key)
        verify_decision(signed, self.allowed_signers, at=now)
        return signed

    def with_decision(self, signed: SignedDecision, *, at: str) -> Self:
        """The review after the log took one more decision."""
        return replace(self, decisions=(*self.decisions, LoggedDecision(signed=signed, logged_at=at)))

    def _guard(self, earlier: tuple[Decision, ...], decision: Decision) -> None:
        case = Case()
        for one in (*earlier, decision):
            case = step(case, one, self.terms)

    def _evidence(self) -> str:
        if self.evidence_digest is None:
            raise ReviewError(
                "There is no evidence to decide about.",
                code="evidence-missing",
                hint="Write the report first: a decision signs its evidence.",
            )
        return self.evidence_digest
