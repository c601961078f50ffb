"""From what was found to an outcome for each control. An outcome speaks of evidence, never of lawfulness."""

from dataclasses import dataclass
from typing import Literal

from glassledger.records.rules import Control, EvidenceName, LegalStatus, RulePack
from glassledger.report.context import Context
from glassledger.report.sections.found import Findings, State

Outcome = Literal["evidenced", "partly", "not_evidenced", "contradicted", "not_applicable", "manual"]

#: In this order a reader wants to see them.
OUTCOMES: tuple[Outcome, ...] = ("contradicted", "not_evidenced", "partly", "manual", "evidenced", "not_applicable")


@dataclass(frozen=True)
class Assessment:
    """One control held against the evidence.

    Attributes
    ----------
    states : what was found of each wanted thing, in the control's order.
    status, since : legal status of the control and the day from which it counts.
    """

    pack: RulePack
    control: Control
    outcome: Outcome
    states: tuple[tuple[EvidenceName, State], ...]
    status: LegalStatus
    since: str

    def ahead(self, day: str) -> bool:
        """Whether the control counts only after a day (ISO date)."""
        return self.since > day


def assess(context: Context) -> tuple[Assessment, ...]:
    """Every control of the evidence's packs, in the packs' order; empty when the policy names no pack."""
    found = Findings.of(context)
    return tuple(
        _assessed(context, found, pack, control) for pack in context.evidence.rules for control in pack.controls
    )


def _assessed(context: Context, found: Findings, pack: RulePack, control: Control) -> Assessment:
    states = tuple((name, found.state(name)) for name in control.wants)
    status = control.state or pack.status
    outcome: Outcome = "not_applicable"
    if _applies(context, pack, control) and status != "withdrawn":
        outcome = _outcome(control, [state for _, state in states])
    return Assessment(pack, control, outcome, states, status, control.since or pack.since)


def _applies(context: Context, pack: RulePack, control: Control) -> bool:
    regulation = context.policy.regulation
    private = context.facts.private or not (pack.private_only or control.private_only)
    return private and regulation is not None and regulation.sector in control.sectors


def _outcome(control: Control, states: list[State]) -> Outcome:
    """What is wanted but does not apply to this model is left out; nothing left means nothing to show."""
    asked = [state for state in states if state != "not_applicable"]
    if "contradicted" in asked:
        return "contradicted"
    if not asked:
        return "not_applicable"
    if all(state == "absent" for state in asked):
        return "manual" if control.answer == "person" else "not_evidenced"
    whole = control.answer == "automatic" and all(state == "found" for state in asked)
    return "evidenced" if whole else "partly"
