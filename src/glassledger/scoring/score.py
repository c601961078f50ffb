"""Score a screened table: one row out for each row in, in the same order."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from glassledger.data.screened import ScreenedFrame
from glassledger.errors import InputError, ModelError, UsageError
from glassledger.explain.contributions import checked_language
from glassledger.explain.decision import Direction, decisions
from glassledger.explain.reasons import TopReasons, top_reasons
from glassledger.models.additive import AdditiveModel
from glassledger.models.rules import RuleModel
from glassledger.policy import Policy

_DIRECTIONS: tuple[Direction, ...] = ("lowers", "raises")


def score(
    model: AdditiveModel | RuleModel,
    screened: ScreenedFrame,
    *,
    policy: Policy,
    reasons: int | None = None,
    language: str | None = None,
) -> pd.DataFrame:
    """Scores, decisions and reasons of every row.

    Parameters
    ----------
    screened : ScreenedFrame
        Rows that were screened under this very policy.
    reasons : int, optional
        Reasons per row; the policy's count by default, 0 for none.
    language : str, optional
        Language of the reason texts; the policy's own by default.

    Returns
    -------
    DataFrame
        ``row`` (position in the table that came in); ``unit`` (pseudonym, when the policy declares a unit); ``score``
        (probability of the positive class, the mean, or the predicted class's probability); ``decision`` (by the
        policy's rule, or the predicted class); ``reason_1`` … and ``reason_code_1`` …, empty where fewer features
        pushed the row to the adverse side.

    Raises
    ------
    InputError
        When the table is empty or was screened under another policy.
    ModelError
        When a score is not a finite number.
    UsageError
        When ``reasons`` is negative or the policy has no texts in ``language``.
    """
    _check(screened, policy)
    count = policy.document.reasons.count if reasons is None else reasons
    if count < 0:
        raise UsageError(
            "The number of reasons cannot be negative.", code="reasons-negative", hint="Ask for 0 or more."
        )
    language = checked_language(policy, language)
    columns: dict[str, object] = {"row": screened.rows}
    if policy.unit is not None:
        columns["unit"] = screened.units
    columns |= _scored(model, screened, policy)
    if count:
        top = top_reasons(model, screened.features, policy=policy, count=count)
        columns |= _reason_columns(top, model, policy, language)
    return pd.DataFrame(columns)


def _check(screened: ScreenedFrame, policy: Policy) -> None:
    if screened.record.policy_digest != policy.digest:
        raise InputError(
            "The table was screened under another policy than the model's.",
            code="screened-under-another-policy",
            hint="Screen it again under the policy that you score with.",
        )
    if len(screened) == 0:
        raise InputError(
            "There is no row to score.",
            code="table-empty",
            hint="Check the file, and the consent column if the policy declares one.",
        )


def _scored(model: AdditiveModel | RuleModel, screened: ScreenedFrame, policy: Policy) -> dict[str, object]:
    predicted = model.predict(screened.features)
    bad = int((~np.isfinite(predicted)).sum())
    if bad:
        raise ModelError(
            f"{bad} scores are not finite numbers.",
            code="score-not-finite",
            hint="Declare bounds for the numeric columns, so that values beyond them are refused.",
            facts={"rows": bad},
        )
    if predicted.ndim == 2:
        best = predicted.argmax(axis=1)
        labels = pd.Categorical.from_codes(best, categories=pd.Index(model.classes))
        return {"score": predicted[np.arange(len(best)), best], "decision": labels}
    rule = policy.document.decision
    if rule is None:
        return {"score": predicted}
    names = pd.Categorical(decisions(rule, predicted), categories=[rule.below, rule.at_or_above])
    return {"score": predicted, "decision": names}


def _reason_columns(
    top: TopReasons, model: AdditiveModel | RuleModel, policy: Policy, language: str
) -> dict[str, object]:
    """Texts and codes as categories: each text is looked up once a feature and direction, not once a row."""
    names = [spec.name for spec in model.features]
    texts = [policy.reason_text(name, direction, language) for name in names for direction in _DIRECTIONS]
    codes = [policy.reason_code(name) for name in names for _ in _DIRECTIONS]
    picked = np.where(top.codes < 0, -1, 2 * top.codes + (top.contributions > 0.0))
    columns: dict[str, object] = {}
    for prefix, entries in (("reason", texts), ("reason_code", codes)):
        categories, places = _distinct(entries)
        for rank in range(picked.shape[1]):
            chosen = places[picked[:, rank]]
            columns[f"{prefix}_{rank + 1}"] = pd.Categorical.from_codes(chosen, categories=pd.Index(categories))
    return columns


def _distinct(entries: list[str]) -> tuple[list[str], NDArray[np.intp]]:
    """Distinct texts, and the place of each entry among them; place −1 stays −1."""
    places: dict[str, int] = {}
    found = [places.setdefault(entry, len(places)) for entry in entries]
    return list(places), np.array([*found, -1], dtype=np.intp)
