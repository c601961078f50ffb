"""Where a model stands in its review, and what is still asked for."""

from typing import Literal

from glassledger.records.decision import Decision
from glassledger.records.record import Record

Status = Literal["draft", "submitted", "approved", "rejected", "expired", "suspended"]

_SENTENCES = {
    "developer": "the model must name its developer",
    "submission": "the developer's submission",
    "approvals": "{count} more approval(s) by people other than the developer",
    "resubmission": "a new submission after the rejection",
    "renewal": "a new submission, because the approval has expired",
    "investigation": "an investigation: a hash, a signature or the order of decisions does not hold",
}


class Requirement(Record):
    """Something that is still asked for before the model may be used."""

    code: Literal["developer", "submission", "approvals", "resubmission", "renewal", "investigation"]
    count: int = 1

    def __str__(self) -> str:
        return _SENTENCES[self.code].format(count=self.count)


class ReviewState(Record):
    """Whether a model may be used, and what is open.

    Attributes
    ----------
    status : the state at ``as_of``; only ``approved`` allows use in production.
    evidence_digest : the evidence of the round under way or last decided.
    expires_on : the last day of the approval; the earliest of its approvers.
    decisions : the verified decisions that lead here, in log order.
    faults : error codes of what does not hold; never empty when the status is ``suspended``.
    """

    format: Literal["glassledger/review-state/v1"] = "glassledger/review-state/v1"
    status: Status
    as_of: str
    model_digest: str
    policy_digest: str
    evidence_digest: str | None = None
    submitted_by: str | None = None
    approvers: tuple[str, ...] = ()
    rejected_by: str | None = None
    expires_on: str | None = None
    requirements: tuple[Requirement, ...] = ()
    decisions: tuple[Decision, ...] = ()
    faults: tuple[str, ...] = ()
