"""Why one row got its score: contributions that add up to it exactly."""

import numpy as np
import pandas as pd

from glassledger.errors import InputError, UsageError
from glassledger.explain.bins import MISSING, NOT_DECLARED, number_text
from glassledger.explain.decision import decisions
from glassledger.explain.reasons import TopReasons, baseline_of, top_reasons
from glassledger.models.additive import AdditiveModel
from glassledger.models.links import inverse
from glassledger.models.rules import RuleModel
from glassledger.policy import Policy
from glassledger.records.explanation import LocalExplanation, Reason
from glassledger.records.features import FeatureSpec


def explain_local(
    model: AdditiveModel | RuleModel,
    frame_row: pd.DataFrame,
    *,
    policy: Policy,
    language: str | None = None,
    show_values: bool = False,
) -> LocalExplanation:
    """Contributions, decision and reasons of one row.

    ``intercept`` plus ``contributions``, added in their order, is the score on the link scale, bit for bit as the
    model adds them (a tree's steps add up to rounding). ``score`` is on the response scale. For several classes
    everything is about the predicted class: its probability, its contributions, itself as the decision.

    Parameters
    ----------
    frame_row : DataFrame with one row and the model's features.
    language : str, optional
        Language of the reason texts; the policy's own by default.
    show_values : bool
        Whether the row's own feature values are written into the record. Off for real people, because a record is
        printed and stored in places that must hold no cell value; on for fictitious ones.

    Raises
    ------
    InputError
        When there is not exactly one row.
    """
    if len(frame_row) != 1:
        raise InputError(
            "One row is explained at a time.",
            code="not-one-row",
            hint="Select a single row of the screened table.",
            facts={"rows": len(frame_row)},
        )
    language = checked_language(policy, language)
    contributions = model.contributions(frame_row)[0]
    response = inverse(model.link, model.decision_values(frame_row))[0]
    output = int(response.argmax()) if model.task == "multiclass" else 0
    top = top_reasons(model, frame_row, policy=policy, count=policy.document.reasons.count)
    return LocalExplanation(
        score=float(response[output]),
        decision=_decision(model, policy, float(response[output]), output),
        intercept=float(model.intercept[output]),
        contributions={
            name: float(value) for name, value in zip(model.term_names, contributions[:, output], strict=True)
        },
        values={spec.name: _value_text(frame_row[spec.name].iloc[0], spec) for spec in model.features}
        if show_values
        else {},
        reasons=_reasons(top, policy, language),
        baseline=baseline_of(model, policy),
    )


def checked_language(policy: Policy, language: str | None) -> str:
    """The language to speak: the policy's own when none is asked for.

    Raises
    ------
    UsageError
        When the policy holds no texts in that language.
    """
    if language is None:
        return policy.document.language
    if language not in policy.languages:
        raise UsageError(
            f"The policy has no texts in language {language!r}.",
            code="language-unknown",
            hint=f"It has: {', '.join(policy.languages)}.",
            facts={"languages": list(policy.languages)},
        )
    return language


def _decision(model: AdditiveModel | RuleModel, policy: Policy, score: float, output: int) -> str | None:
    if model.task == "multiclass":
        return model.classes[output]
    rule = policy.document.decision
    return None if rule is None else str(decisions(rule, np.array([score]))[0])


def _reasons(top: TopReasons, policy: Policy, language: str) -> tuple[Reason, ...]:
    return tuple(
        Reason(
            code=policy.reason_code(feature),
            feature=feature,
            text=policy.reason_text(feature, "lowers" if amount < 0 else "raises", language),
            contribution=float(amount),
        )
        for feature, amount in zip(top.features[0], top.contributions[0], strict=True)
        if feature is not None
    )


def _value_text(value: object, spec: FeatureSpec) -> str:
    if pd.isna(value):  # type: ignore[call-overload]
        return MISSING
    if spec.kind == "continuous":
        return number_text(float(value))  # type: ignore[arg-type]
    text = str(value)
    return text if text in spec.levels else spec.other or NOT_DECLARED
