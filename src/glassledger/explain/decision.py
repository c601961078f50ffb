"""The policy's decision rule: which side a score falls on, and which side is the adverse one."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from glassledger.errors import PolicyError
from glassledger.models.links import Link
from glassledger.policy.document import DecisionRule

Floats = NDArray[np.float64]
Direction = Literal["lowers", "raises"]


def decisions(rule: DecisionRule, scores: Floats) -> NDArray[np.object_]:
    """Name of the decision for every score; a score equal to the threshold is *at or above* it."""
    names = np.array([rule.below, rule.at_or_above], dtype=object)
    return np.asarray(names[at_or_above(rule, scores).astype(np.intp)])


def at_or_above(rule: DecisionRule, scores: Floats) -> NDArray[np.bool_]:
    """Whether each score reaches the threshold."""
    return np.asarray(scores >= rule.threshold)


def adverse_direction(rule: DecisionRule | None) -> Direction | None:
    """How a feature pushes a score to the adverse side: ``lowers``, ``raises``, or None without a rule."""
    if rule is None:
        return None
    return "lowers" if rule.adverse == "below" else "raises"


def link_threshold(rule: DecisionRule | None, link: Link) -> float:
    """The threshold on the link scale.

    Raises
    ------
    PolicyError
        When the policy declares no threshold, or one that no score of this link can cross.
    """
    if rule is None:
        raise PolicyError(
            "The reason baseline 'cutoff' needs a decision threshold.",
            code="cutoff-without-threshold",
            hint="Declare decision.threshold, or use the baseline 'mean'.",
        )
    inside = {"logit": 0.0 < rule.threshold < 1.0, "log": rule.threshold > 0.0}.get(link, True)
    if not inside:
        raise PolicyError(
            f"The decision threshold {rule.threshold:g} lies outside the scale of the scores.",
            code="threshold-outside-scale",
            hint="A probability's threshold lies strictly between 0 and 1, a positive mean's above 0.",
        )
    if link == "logit":
        return float(logit(rule.threshold))
    return float(np.log(rule.threshold)) if link == "log" else rule.threshold
