"""The policy: one checked document, and everything that is derived from it."""

from glassledger.policy.document import PolicyDocument
from glassledger.policy.policy import Policy

__all__ = ["Policy", "PolicyDocument"]
