"""The one door through which a model is fitted: a policy and a screened table go in, a model and its facts come out."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from glassledger.data.screened import ScreenedFrame
from glassledger.data.sealed import sealed
from glassledger.errors import InputError, ModelError, PrivacyError
from glassledger.models.additive import AdditiveModel, encode
from glassledger.models.facts import facts_of
from glassledger.models.opaque import OpaqueModel
from glassledger.models.registry import learner
from glassledger.models.rules import RuleModel
from glassledger.models.saved import Model
from glassledger.models.tasks import class_codes
from glassledger.models.training import Trained, TrainingTask
from glassledger.records.model_facts import ModelFacts

if TYPE_CHECKING:
    from glassledger.policy import Policy
    from glassledger.privacy.budget import PrivacyBudget, Reservation

#: Fewer rows than this make no model of any family worth signing.
MIN_ROWS = 30

_FORMS = {AdditiveModel: "additive", RuleModel: "rules", OpaqueModel: "opaque"}


@dataclass(frozen=True, eq=False)
class FittedModel:
    """A model and what is worth knowing about it.

    Attributes
    ----------
    model : AdditiveModel, RuleModel or OpaqueModel
    facts : ModelFacts
    """

    model: Model
    facts: ModelFacts


@sealed
def fit(
    policy: "Policy",
    screened: ScreenedFrame,
    *,
    reservation: "Reservation | None" = None,
    developer: str = "",
    fitted_at: str = "",
) -> FittedModel:
    """Fit the policy's model family.

    Parameters
    ----------
    policy : Policy
    screened : ScreenedFrame
        Made by :func:`glassledger.data.screen` under this very policy, for fitting.
    reservation : Reservation, optional
        Budget that was reserved durably before; private families need it and take it, the others refuse it.
    developer : str
        Who fits, for the facts.
    fitted_at : str
        RFC 3339 time, for the facts; this function reads no clock.

    Raises
    ------
    ModelError
        When the table was not screened under this policy, or the family cannot fit it.
    InputError
        When the target is absent, has too few classes, or there are too few rows.
    PrivacyError
        When the reservation is missing, spent, not the policy's, or not wanted. Privacy spent: what the reservation
        holds, as soon as it is taken, whether the fit then succeeds or not.
    """
    _check_screened(policy, screened)
    _check_domains(screened)
    task = _task(policy, screened, _budget_of(policy, screened, reservation))
    if not policy.family.private:
        _check_rows(task)
    if reservation is not None:
        reservation.take()
    trained = learner(policy.family.name)(task)
    _check_trained(policy, task, trained)
    return FittedModel(trained.model, facts_of(policy, task, trained, developer=developer, fitted_at=fitted_at))


def _check_screened(policy: "Policy", screened: ScreenedFrame) -> None:
    if not isinstance(screened, ScreenedFrame):
        raise ModelError(
            "Only a screened table can be fitted.",
            code="not-screened",
            hint="Call glassledger.screen(table, policy, …) first.",
        )
    record = screened.record
    if record.policy_digest != policy.digest or screened.specs != policy.features():
        raise ModelError(
            "The table was screened under another policy.",
            code="policy-mismatch",
            hint="Screen it again under the policy that you fit.",
            facts={"screened": record.policy_digest, "policy": policy.digest},
        )
    if record.purpose != "fit" or screened.target is None:
        raise InputError(
            "The table has no target: it was screened for scoring.",
            code="target-missing",
            hint='Screen it with purpose="fit".',
        )


def _check_domains(screened: ScreenedFrame) -> None:
    """A certificate does not excuse a look: nothing outside the declared domain reaches a learner."""
    columns = encode(screened.features, {spec.name: spec for spec in screened.specs})
    for spec in screened.specs:
        column = columns[spec.name]
        nominal = spec.kind == "nominal"
        missing = int((column < 0).sum() if nominal else np.isnan(column).sum())
        undeclared = int((column == len(spec.levels)).sum()) if nominal else 0
        if undeclared or (missing and not spec.missing):
            raise InputError(
                f"Column {spec.name} has {undeclared or missing} "
                f"{'undeclared' if undeclared else 'missing'} values that the policy does not allow.",
                code="domain-broken",
                hint="Screen the table again; a screened table should not hold such values.",
                facts={"column": spec.name, "undeclared": undeclared, "missing": missing},
            )


def _budget_of(policy: "Policy", screened: ScreenedFrame, reservation: "Reservation | None") -> "PrivacyBudget | None":
    """The reserved budget, checked against the policy but not taken yet."""
    if not policy.family.private:
        if reservation is not None:
            raise PrivacyError(
                f"Family {policy.family.name} spends no privacy budget, but a reservation was given.",
                code="reservation-unneeded",
                hint="Fit without a reservation.",
            )
        return None
    declared = policy.document.privacy
    if reservation is None or declared is None:
        raise PrivacyError(
            f"Family {policy.family.name} spends privacy budget, and none is reserved.",
            code="reservation-missing",
            hint="Fit through a workspace, which reserves the budget durably first.",
        )
    budget = reservation.budget
    deltas = (declared.delta, Decimal(0)) if policy.family.pure else (declared.delta,)
    kept = (
        reservation.adjacency == declared.adjacency
        and reservation.unit == declared.unit
        and budget.epsilon == declared.epsilon
        and budget.delta in deltas
    )
    if not kept:
        raise PrivacyError(
            "The reservation is not the one that the policy declares.",
            code="reservation-mismatch",
            hint="Unit, adjacency, epsilon and delta must be the policy's.",
        )
    if len(np.unique(screened.units.astype(str))) != len(screened):
        raise PrivacyError(
            "A privacy unit has more than one row, so the declared guarantee would not hold for it.",
            code="unit-repeats",
            hint="Aggregate the table to one row per unit.",
        )
    return budget


def _task(policy: "Policy", screened: ScreenedFrame, budget: "PrivacyBudget | None") -> TrainingTask:
    choice = policy.document.model
    if choice.task not in policy.family.tasks:
        raise ModelError(
            f"Family {policy.family.name} does not do {choice.task}.",
            code="task-unsupported",
            hint=f"It does: {', '.join(policy.family.tasks)}.",
        )
    if policy.family.private and choice.seed is not None:
        raise PrivacyError(
            "A seed would make the noise predictable.", code="seed-private", hint="Remove model.seed from the policy."
        )
    assert screened.target is not None
    return TrainingTask(
        features=screened.features,
        specs=screened.specs,
        target=screened.target,
        kind=choice.task,
        classes=policy.classes,
        settings=policy.settings,
        monotone=dict(choice.monotone),
        interactions=choice.interactions,
        excluded_pairs=choice.excluded_pairs,
        seed=choice.seed,
        budget=budget,
        adjacency=policy.document.privacy.adjacency if policy.document.privacy else "add_or_remove_one",
        target_bounds=_target_bounds(policy),
    )


def _target_bounds(policy: "Policy") -> tuple[float, float] | None:
    """Declared bounds of a number to predict."""
    lower, upper = policy.target.min, policy.target.max
    if policy.document.model.task != "regression" or lower is None or upper is None:
        return None
    assert not isinstance(lower, date)
    assert not isinstance(upper, date)
    return float(lower), float(upper)


def _check_rows(task: TrainingTask) -> None:
    """Refuse tables that cannot carry a model. Private families are not asked: the answer would be a release."""
    if len(task.features) < MIN_ROWS:
        raise InputError(
            f"{len(task.features)} rows are too few to fit a model; {MIN_ROWS} is the least.",
            code="rows-too-few",
            facts={"rows": len(task.features)},
        )
    if task.kind == "regression":
        if not np.isfinite(task.target.astype(np.float64)).all():
            raise InputError("The target has values that are not finite numbers.", code="target-not-finite")
        return
    present = np.bincount(class_codes(task.target, task.classes), minlength=len(task.classes))
    if (present == 0).any():
        raise InputError(
            f"{int((present == 0).sum())} of the {len(task.classes)} declared classes do not occur in the table.",
            code="class-absent",
            hint="A class without rows cannot be learned; add rows, or take it out of the policy.",
            facts={"classes": len(task.classes), "absent": int((present == 0).sum())},
        )


def _check_trained(policy: "Policy", task: TrainingTask, trained: Trained) -> None:
    """A learner that answers another question than it was asked is a bug; it must not reach a report."""
    model = trained.model
    same = (model.features, model.task, model.classes) == (task.specs, task.kind, task.classes)
    if not same or model.family != policy.family.name or _FORMS[type(model)] != policy.family.form:
        raise ModelError(
            f"The learner of family {policy.family.name} returned a model of something else.",
            code="learner-broke-contract",
            hint="This is a defect of glassledger; please report it.",
        )
