"""What the evidence and the decisions hold of each thing that a control may want."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

from glassledger.records.explanation import Shape
from glassledger.records.rules import DeclarationName, EvidenceName
from glassledger.report.context import Context
from glassledger.report.sections.checks import Check, checks

State = Literal["found", "declared", "absent", "contradicted", "not_applicable"]

_OF_STATUS: dict[str, State] = {
    "pass": "found",
    "fail": "contradicted",
    "not_run": "absent",
    "not_applicable": "not_applicable",
}
#: Wanted names that a check of the report answers, where the two are called differently.
_CHECKS: dict[str, str] = {
    "explanation": "explained",
    "form": "explained",
    "identifiers_out": "identifiers",
    "log": "logged",
    "performance": "holdout",
    "privacy_budget": "privacy",
    "signoff": "signed_off",
}
_MOST_REASONS = 4
_DECLARED = frozenset(get_args(DeclarationName))


@dataclass(frozen=True)
class Findings:
    """Looks wanted names up, each once."""

    context: Context
    done: dict[str, Check]

    @classmethod
    def of(cls, context: Context) -> "Findings":
        """The findings of one report."""
        return cls(context, {check.key: check for check in checks(context)})

    def state(self, wanted: EvidenceName) -> State:
        """How the evidence stands to one wanted thing; what this version cannot look for is absent."""
        if wanted in _DECLARED:
            return "declared" if wanted in self.context.policy.declarations else "absent"
        if wanted in _FOUND:
            return _FOUND[wanted](self.context)
        check = self.done.get(_CHECKS.get(wanted, wanted))
        return "absent" if check is None else _OF_STATUS[check.status]


def _if(found: object) -> State:
    return "found" if found else "absent"


def _always(context: Context) -> State:
    """The policy format demands it."""
    return "found"


def _consent(context: Context) -> State:
    columns = context.policy.data.columns.values()
    if any(column.role == "consent" and column.granted for column in columns):
        return "found"
    return "contradicted" if context.policy.lawful_basis.basis == "consent" else "not_applicable"


def _protected_out(context: Context) -> State:
    protected = {name for name, column in context.policy.data.columns.items() if column.role == "protected"}
    return "contradicted" if protected & set(context.specs) else "found"


def _reason_texts(context: Context) -> State:
    columns = context.policy.data.columns
    told = [columns[name].reasons for name in context.specs if name in columns]
    return _if(told and all(texts and texts.lowers and texts.raises for texts in told))


def _directions(context: Context) -> State:
    declared = context.policy.model.monotone
    if not declared:
        return "absent"
    shapes = {shape.features[0]: shape for shape in context.evidence.explanation.shapes if len(shape.features) == 1}
    kept = (_keeps(shapes[name], direction == "increasing") for name, direction in declared.items() if name in shapes)
    return "found" if all(kept) else "contradicted"


def _keeps(shape: Shape, rising: bool) -> bool:
    """Whether the ordinary bins of a single-output shape go one way only."""
    axis = shape.axes[0]
    special = 1 if axis.kind == "continuous" else 2
    values = shape.values[: max(len(axis.labels) - special, 0)] if shape.outputs == 1 else ()
    steps = [after - before for before, after in pairwise(values)]
    slack = 1e-9 * max((abs(value) for value in shape.values), default=0.0)
    return all((step if rising else -step) >= -slack for step in steps)


def _private(ask: Callable[[Context], object]) -> Callable[[Context], State]:
    """Something asked of models that claim privacy only."""

    def state(context: Context) -> State:
        if not context.facts.private:
            return "not_applicable"
        return _if(context.facts.privacy and ask(context))

    return state


_FOUND: dict[str, Callable[[Context], State]] = {
    "calibration": lambda context: _if(context.evidence.evaluation and context.evidence.evaluation.calibration),
    "consent": _consent,
    "data_lineage": lambda context: _if(context.policy.data.description and context.evidence.screening.input_digest),
    "developer": lambda context: _if(context.facts.developer),
    "directions": _directions,
    "disclosure": lambda context: _if(context.policy.evaluation.min_group >= 10),
    "expiry": lambda context: _if(context.review and context.review.status == "approved" and context.review.expires_on),
    "lawful_basis": _always,
    "noise_source": _private(lambda context: context.facts.privacy and context.facts.privacy.noise_source),
    "owner": _always,
    "personas": lambda context: _if(context.evidence.personas),
    "privacy_statement": _private(lambda context: context.facts.privacy and context.facts.privacy.mechanisms),
    "prohibited_uses": lambda context: _if(context.policy.purpose.prohibited),
    "protected_out": _protected_out,
    "purpose": _always,
    "reason_texts": _reason_texts,
    "reasons": lambda context: _if(context.policy.reasons.count),
    "reasons_at_most_four": lambda context: (
        "found" if 1 <= context.policy.reasons.count <= _MOST_REASONS else "contradicted"
    ),
    "software": lambda context: _if(context.facts.library),
    "unprotected_stated": _private(lambda context: context.facts.privacy and context.facts.privacy.unprotected),
}
