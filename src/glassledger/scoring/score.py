"""Score a screened table: one row out for each row in, in the same order."""

import pandas as pd

from glassledger.data.screened import ScreenedFrame
from glassledger.errors import InputError, UsageError
from glassledger.explain.contributions import checked_language
from glassledger.models.additive import AdditiveModel
from glassledger.models.rules import RuleModel
from glassledger.policy import Policy
from glassledger.scoring.kernel import Scorer


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
    scorer = Scorer.of(model, policy=policy, reasons=count)
    features = screened.features[[name for name in scorer.features if name in screened.features]]
    found = scorer(features, language=language, checked=False)  # the screening has checked
    return pd.DataFrame(columns | {name: found[name] for name in found})


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
