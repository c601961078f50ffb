"""The state of a model's review, and the signatures that move it. Pure: the workspace stores what this signs."""

from glassledger.records.review_state import ReviewState
from glassledger.review.case import Review
from glassledger.review.keys import make_key
from glassledger.review.signatures import NAMESPACE, sign_decision, signers_line, statement_of, verify_decision
from glassledger.review.states import require_approved, state
from glassledger.review.transitions import Terms

__all__ = [
    "NAMESPACE",
    "Review",
    "ReviewState",
    "Terms",
    "make_key",
    "require_approved",
    "sign_decision",
    "signers_line",
    "state",
    "statement_of",
    "verify_decision",
]
