"""One row at a time, as a web request has it: compiled once, then microseconds a row and no data frame on the way."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from glassledger.errors import InputError
from glassledger.explain.contributions import checked_language
from glassledger.models.additive import AdditiveModel
from glassledger.models.rules import RuleModel
from glassledger.policy import Policy
from glassledger.scoring.card import scoring_card
from glassledger.scoring.row import RowError, RowScorer, ScoredRow


@dataclass(frozen=True, eq=False)
class SingleScorer:
    """A model made ready for single rows; made by :func:`row_scorer`, safe to share between threads."""

    policy: Policy
    scorer: RowScorer

    def __call__(
        self, row: Mapping[str, Any], *, reasons: int | None = None, language: str | None = None, checked: bool = True
    ) -> ScoredRow:
        """Score one row of feature values as they are after redaction; other keys are not looked at.

        Parameters
        ----------
        reasons : int, optional
            How many reasons; the policy's count by default.
        language : str, optional
            Language of the reason texts; the policy's own by default.
        checked : bool
            Whether values outside the declared domain are refused, as the screening of a table refuses them.

        Raises
        ------
        InputError
            When a feature is absent, of the wrong type or outside its declared domain: by name and rule, no value.
        UsageError
            When the policy has no texts in ``language``.
        """
        if language is not None:
            checked_language(self.policy, language)
        try:
            return self.scorer(row, reasons=reasons, language=language, checked=checked)
        except RowError as refused:
            raise InputError(
                f"The row breaks the contract ({refused}).",
                code="row-refused",
                hint="Send every feature of the model by name, within its declared domain.",
                facts={"faults": [list(fault) for fault in refused.faults]},
            ) from None


def row_scorer(model: AdditiveModel | RuleModel, *, policy: Policy) -> SingleScorer:
    """Compile a model and its policy for single rows.

    Raises
    ------
    PolicyError
        When the reasons' baseline needs what the policy does not declare.
    """
    return SingleScorer(policy, RowScorer(scoring_card(model, policy=policy)))


def score_one(model: AdditiveModel | RuleModel, policy: Policy, row: Mapping[str, Any]) -> ScoredRow:
    """Score one row and forget the compiled model; where rows keep coming, keep a :func:`row_scorer`."""
    return row_scorer(model, policy=policy)(row)
