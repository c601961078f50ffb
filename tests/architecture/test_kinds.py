"""Policies and detectors speak of the same kinds of personal data."""

from glassledger.policy.personal_kinds import DIRECT_KINDS, QUASI_KINDS
from glassledger.redaction.kinds import KINDS


def test_every_detected_kind_can_be_named_in_a_policy() -> None:
    direct = {kind.name for kind in KINDS if kind.sensitivity == "direct"} | {"person_name", "address"}
    quasi = {kind.name for kind in KINDS if kind.sensitivity == "quasi"}
    assert direct == DIRECT_KINDS, "keep policy/personal_kinds.py in step with redaction/kinds.py"
    assert quasi == QUASI_KINDS
