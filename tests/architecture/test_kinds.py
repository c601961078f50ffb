"""Policies and detectors speak of the same kinds of personal data."""

from glassledger.policy.personal_kinds import DIRECT_KINDS, QUASI_KINDS
from glassledger.redaction.kinds import KINDS, LEXICAL_KINDS


def test_every_detected_kind_can_be_named_in_a_policy() -> None:
    sensitivity = {kind.name: kind.sensitivity for kind in KINDS} | LEXICAL_KINDS
    direct = {name for name, said in sensitivity.items() if said == "direct"}
    assert direct == DIRECT_KINDS, "keep policy/personal_kinds.py in step with redaction/kinds.py"
    assert set(sensitivity) - direct == QUASI_KINDS
