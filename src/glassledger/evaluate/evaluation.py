"""The evaluation of a model on a holdout: one entry for binary, multiclass and regression."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix

from glassledger.data.screened import ScreenedFrame
from glassledger.errors import InputError, ModelError
from glassledger.evaluate.calibration import reliability
from glassledger.evaluate.curves import gains, lift
from glassledger.evaluate.groups import (
    GroupMetric,
    binary_metrics,
    group_figures,
    multiclass_metrics,
    regression_metrics,
)
from glassledger.evaluate.performance import Resampling, binary_figures, multiclass_figures, regression_figures
from glassledger.evaluate.private_evaluation import check_reservation, private_evaluation, split_text
from glassledger.evaluate.private_tables import release_tables
from glassledger.explain.decision import at_or_above
from glassledger.models.additive import AdditiveModel
from glassledger.models.rules import RuleModel
from glassledger.policy import Policy
from glassledger.policy.document import DecisionRule
from glassledger.records.evaluation import Confusion, CurvePoint, Evaluation, Figure

if TYPE_CHECKING:
    from glassledger.privacy.budget import Reservation

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class _Found:
    """What the three tasks have in common."""

    figures: tuple[Figure, ...]
    metrics: tuple[GroupMetric, ...]
    calibration: tuple[CurvePoint, ...] = ()
    base_rate: float | None = None
    gains: tuple[CurvePoint, ...] = ()
    confusion: Confusion | None = None
    class_confusion: tuple[tuple[int, ...], ...] = ()


def evaluate(
    model: AdditiveModel | RuleModel,
    holdout: ScreenedFrame,
    *,
    policy: Policy,
    model_digest: str,
    reservation: "Reservation | None" = None,
) -> Evaluation:
    """Performance, curves and group outcomes on rows that the model was not fitted on.

    A private family is evaluated privately: a few noisy tables are released from the holdout, and every figure is
    computed from them (``protection="private"``), unless the policy says ``privacy.evidence.protection: exact``.
    Otherwise the figures are exact, and their intervals are 95 % percentile bootstrap intervals over privacy units,
    seeded by ``model_digest``: the same model on the same holdout gives the same record.

    Parameters
    ----------
    holdout : ScreenedFrame with a target, screened under this policy
    model_digest : str
    reservation : Reservation, optional
        Budget for the figures of a private family; refused where none is spent.

    Raises
    ------
    InputError
        When the holdout is empty, has no target, holds an undeclared class, or was screened under another policy.
    ModelError
        When a prediction is not a finite number.
    PrivacyError
        When the reservation is missing, spent, not the policy's, or not wanted.

    Notes
    -----
    Privacy spent: for a private evaluation all of ``reservation``, by the units of the holdout only. An exact one is
    not covered by any guarantee.
    """
    target = _checked_target(model, holdout, policy)
    predicted = model.predict(holdout.features)
    if not np.isfinite(predicted).all():
        raise ModelError("The model gave scores that are not finite numbers.", code="score-not-finite")
    if check_reservation(policy, reservation):
        assert reservation is not None
        tables = release_tables(model, holdout, target, predicted, policy, reservation)
        return private_evaluation(tables, policy, model_digest)
    rules = policy.document.evaluation
    resampling = Resampling(holdout.units, rules.bootstrap, model_digest)
    if model.task == "binary":
        positive = np.asarray(target == model.classes[1], dtype=np.bool_)
        found = _binary(positive, predicted, policy.document.decision, resampling, rules.min_group)
    elif model.task == "multiclass":
        codes = pd.Index(model.classes).get_indexer(pd.Index(target)).astype(np.intp)
        found = _multiclass(codes, predicted, resampling)
    else:
        found = _regression(np.asarray(target, dtype=np.float64), predicted, resampling, rules.min_group)
    groups, summaries = group_figures(holdout.protected, found.metrics, minimum=rules.min_group)
    unit = policy.unit or "row"
    return Evaluation(
        model_digest=model_digest,
        task=model.task,
        split=split_text(policy),
        rows=len(holdout),
        base_rate=found.base_rate,
        figures=found.figures,
        calibration=found.calibration,
        gains=found.gains,
        lift=lift(found.gains),
        confusion=found.confusion,
        class_confusion=found.class_confusion,
        groups=groups,
        group_summaries=summaries,
        interval_method=f"95 % percentile bootstrap over {unit}, {rules.bootstrap} resamples; group rates: 95 % Wilson",
        notes=_notes(model, holdout, policy),
    )


def _checked_target(model: AdditiveModel | RuleModel, holdout: ScreenedFrame, policy: Policy) -> NDArray[Any]:
    if holdout.record.policy_digest != policy.digest:
        raise InputError(
            "The holdout was screened under another policy.",
            code="screened-under-another-policy",
            hint="Screen the table again under the model's policy.",
        )
    if len(holdout) == 0:
        raise InputError(
            "The holdout has no rows.", code="holdout-empty", hint="Give more rows, or raise split.holdout."
        )
    if holdout.target is None:
        raise InputError(
            "The holdout has no target.", code="target-missing", hint="Screen the table with purpose 'fit'."
        )
    known = (
        np.isfinite(np.asarray(holdout.target, dtype=np.float64))
        if model.task == "regression"
        else np.isin(holdout.target, np.array(model.classes, dtype=object))
    )
    if not known.all():
        count = int((~known).sum())
        raise InputError(
            f"{count} rows of the holdout have a target that the model does not know.",
            code="target-unknown",
            hint="Screen the table under the model's policy.",
            facts={"rows": count},
        )
    return holdout.target


def _binary(positive: Bools, scores: Floats, rule: DecisionRule | None, resampling: Resampling, minimum: int) -> _Found:
    reached = None if rule is None else at_or_above(rule, scores)
    found = _Found(
        figures=binary_figures(positive, scores, reached, resampling),
        metrics=binary_metrics(positive, scores, reached, rule),
        calibration=reliability(scores, positive.astype(np.float64), least=minimum),
        base_rate=float(positive.mean()),
        gains=gains(scores, positive),
    )
    if rule is None or reached is None:
        return found
    (true_negative, false_positive), (false_negative, true_positive) = confusion_matrix(
        positive, reached, labels=[False, True]
    ).tolist()
    return replace(
        found,
        confusion=Confusion(
            threshold=rule.threshold,
            true_positive=true_positive,
            false_positive=false_positive,
            true_negative=true_negative,
            false_negative=false_negative,
        ),
    )


def _multiclass(codes: NDArray[np.intp], probabilities: Floats, resampling: Resampling) -> _Found:
    predicted = probabilities.argmax(axis=1)
    counts = confusion_matrix(codes, predicted, labels=list(range(probabilities.shape[1])))
    return _Found(
        figures=multiclass_figures(codes, probabilities, resampling),
        metrics=multiclass_metrics(codes, predicted),
        class_confusion=tuple(tuple(row) for row in counts.tolist()),
    )


def _regression(observed: Floats, predicted: Floats, resampling: Resampling, minimum: int) -> _Found:
    return _Found(
        figures=regression_figures(observed, predicted, resampling),
        metrics=regression_metrics(observed, predicted),
        calibration=reliability(predicted, observed, least=minimum),
    )


def _notes(model: AdditiveModel | RuleModel, holdout: ScreenedFrame, policy: Policy) -> tuple[str, ...]:
    notes = []
    if holdout.protected.shape[1] == 0:
        notes.append("No protected column is declared, so no group outcomes were compared.")
    rule = policy.document.decision
    if model.task == "binary" and rule is not None and rule.adverse == "at_or_above":
        notes.append(
            "The adverse side is at or above the threshold: selection_rate is the share on the adverse side, "
            "favourable_rate the share on the other."
        )
    if model.task == "multiclass":
        notes.append("class_confusion: one row per actual class, one column per predicted class, in declared order.")
    return tuple(notes)
