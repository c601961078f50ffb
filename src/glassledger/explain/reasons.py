"""Reason codes: the features that moved a score most to the adverse side, against the policy's baseline.

Reasons are factors that were actually scored (12 CFR 1002.9(b)(2), the principal reasons of Regulation B): only a
feature that a term reads can be one, and only when it pushed this row to the adverse side. When fewer do, fewer are
given. ``docs/explanation/reasons.md`` works through an example.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from glassledger.errors import UsageError
from glassledger.explain.decision import Direction, adverse_direction, link_threshold
from glassledger.explain.deviations import Deviations, compile_deviations
from glassledger.explain.sharing import Best
from glassledger.models.additive import AdditiveModel
from glassledger.models.rules import RuleModel
from glassledger.policy import Policy

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
Baseline = Literal["mean", "best", "cutoff"]

_BLOCK = 65_536


@dataclass(frozen=True, eq=False)
class TopReasons:
    """The strongest reasons of every row, strongest first.

    Attributes
    ----------
    features : ndarray of str or None, shape (rows, count)
        None where fewer features pushed the row to the adverse side.
    contributions : ndarray of float, shape (rows, count)
        Deviation from the baseline on the link scale; 0 where there is no reason.
    codes : ndarray of int, shape (rows, count)
        Position of the feature in the model, −1 where there is no reason.
    """

    features: NDArray[np.object_]
    contributions: Floats
    codes: Codes


@dataclass(frozen=True, eq=False)
class Reasoner:
    """Everything about a model's reasons that does not depend on a row.

    Attributes
    ----------
    direction : {"lowers", "raises"} or None
        How a reason moves the score; None: either way, the largest movement first.
    shift : ndarray, shape (features,)
        What the baseline ``cutoff`` takes off each feature's deviation.
    eligible : ndarray of bool, shape (features,)
    """

    deviations: Deviations
    direction: Direction | None
    shift: Floats
    eligible: NDArray[np.bool_]

    def of(self, frame: pd.DataFrame) -> Floats:
        """Deviation of every feature from the policy's baseline, shape (features, rows)."""
        outputs = np.zeros(len(frame), dtype=np.intp)
        if self.deviations.model.task == "multiclass":
            outputs = self.deviations.model.decision_values(frame).argmax(axis=1)
        return self.deviations.of(frame, outputs) - self.shift[:, None]

    def top(self, frame: pd.DataFrame, *, count: int) -> TopReasons:
        """The ``count`` strongest reasons of every row; ties go to the feature that the policy declares first."""
        if count < 0:
            raise UsageError("The number of reasons cannot be negative.", code="reasons-negative")
        codes = np.full((len(frame), count), -1, dtype=np.intp)
        amounts = np.zeros((len(frame), count))
        for start in range(0, len(frame), _BLOCK):
            block = slice(start, start + _BLOCK)
            self._rank(self.of(frame.iloc[block]), codes[block], amounts[block])
        names = np.array([*(spec.name for spec in self.deviations.model.features), None], dtype=object)
        return TopReasons(names[codes], amounts, codes)

    def _rank(self, deviations: Floats, codes: Codes, amounts: Floats) -> None:
        """Fill ``codes`` and ``amounts``, shape (rows, count), by repeated maximum."""
        push = {"lowers": np.negative, "raises": np.positive, None: np.abs}[self.direction](deviations)
        push[~self.eligible] = -np.inf
        rows = np.arange(deviations.shape[1])
        for rank in range(min(codes.shape[1], len(deviations))):
            strongest = push.argmax(axis=0)
            found = push[strongest, rows] > 0.0
            codes[found, rank] = strongest[found]
            amounts[found, rank] = deviations[strongest, rows][found]
            push[strongest, rows] = -np.inf


def top_reasons(model: AdditiveModel | RuleModel, frame: pd.DataFrame, *, policy: Policy, count: int) -> TopReasons:
    """The ``count`` strongest reasons of every row under the policy's baseline and decision rule.

    Parameters
    ----------
    frame : DataFrame with the model's features, matched by name.
    count : int, 0 or more

    Returns
    -------
    TopReasons

    Raises
    ------
    PolicyError
        When the baseline needs what the policy does not declare (a threshold, bounds).
    UsageError
        When ``count`` is negative.
    """
    return reasoner(model, policy).top(frame, count=count)


def reasoner(model: AdditiveModel | RuleModel, policy: Policy) -> Reasoner:
    """Compile a model's reasons under a policy.

    A multiclass model is always explained towards its predicted class against the mean: there is no adverse side.
    """
    rule = None if model.task == "multiclass" else policy.document.decision
    baseline = baseline_of(model, policy)
    direction: Direction | None = "raises" if model.task == "multiclass" else adverse_direction(rule)
    best: Best | None = None
    if baseline == "best":
        best = "lowest" if direction == "raises" else "highest"
    deviations = compile_deviations(model, best=best)
    shift = np.zeros(len(model.features))
    if baseline == "cutoff":
        shift = _cutoff_shift(deviations, link_threshold(rule, model.link))
    excluded = set(policy.document.reasons.exclude)
    eligible = np.array([spec.name not in excluded for spec in model.features], dtype=np.bool_)
    return Reasoner(deviations, direction, shift, eligible)


def baseline_of(model: AdditiveModel | RuleModel, policy: Policy) -> Baseline:
    """The baseline in force: the policy's, or the mean for several classes."""
    return "mean" if model.task == "multiclass" else policy.document.reasons.baseline


def _cutoff_shift(deviations: Deviations, threshold: float) -> Floats:
    """Spread ``threshold − mean score`` over the features in proportion to how much each one moves scores.

    A row that scores exactly at the threshold then has deviations that sum to zero, and a feature that never moves a
    score takes nothing.
    """
    total = float(deviations.spread.sum())
    if total == 0.0:
        return np.zeros_like(deviations.spread)
    return deviations.rounded(deviations.spread / total * (threshold - float(deviations.expected[0])))
