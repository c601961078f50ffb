"""Which noisy tables a holdout is asked for, by task, and how they share the budget.

A tenth goes to a first look at where the scores lie, so that bins are put where they matter. Where protected columns
are declared, a fifth goes to direct counts of their groups: counts taken out of a joint table with the score would
be several times noisier.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from glassledger.data.screened import ScreenedFrame
from glassledger.evaluate.groups import MISSING_GROUP
from glassledger.evaluate.score_bins import Grid, codes, labels
from glassledger.policy import Policy
from glassledger.privacy.release import Question
from glassledger.records.release import TableAxis

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

LOOK, SCORES, ERRORS, CLASSES, GROUP = "scores", "score bin by outcome", "score bin by error", "classes", "group: "
LOOK_SHARE = Fraction(1, 10)
_GROUP_SHARE = Fraction(1, 5)
_ERROR_STEPS = (0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.06, 0.08, 0.12, 0.16, 0.24, 0.32, 0.48, 0.64)

OUTCOME = TableAxis(name="outcome", labels=("negative", "positive"))
RIGHT = TableAxis(name="prediction", labels=("wrong", "right"))


@dataclass(frozen=True)
class Shares:
    """Shares of epsilon: the main tables together, and each group table."""

    main: Fraction
    group: Fraction

    @classmethod
    def of(cls, groups: int, *, look: bool) -> "Shares":
        left = 1 - LOOK_SHARE if look else Fraction(1)
        return cls(left - _GROUP_SHARE, _GROUP_SHARE / groups) if groups else cls(left, Fraction(0))


def grouped(policy: Policy) -> tuple[str, ...]:
    """Protected columns whose levels are declared; only these can be counted without looking at the data."""
    return tuple(name for name in policy.columns_with("protected") if policy.levels(name))


def look(grid: Grid, scores: Floats) -> Question:
    """Where the scores lie, without the outcome."""
    axis = TableAxis(name="score", labels=labels(grid.edges))
    return Question(LOOK, (axis,), (codes(grid.edges, scores),), LOOK_SHARE)


def by_outcome(name: str, edges: Floats, scores: Floats, positive: NDArray[np.bool_], share: Fraction) -> Question:
    """Score bin by outcome: ranking, calibration and every threshold that is an edge."""
    axes = (OUTCOME, TableAxis(name="score", labels=labels(edges)))
    return Question(name, axes, (positive.astype(np.intp), codes(edges, scores)), share)


def coarse(edges: Floats) -> Floats:
    """Up to three of the edges, for groups where the policy declares no threshold."""
    return np.unique(edges[[len(edges) // 4, len(edges) // 2, 3 * len(edges) // 4]])


def by_cut(cuts: Floats, scores: Floats) -> tuple[TableAxis, Codes]:
    """Axis and codes of a few score bins."""
    return TableAxis(name="score", labels=labels(cuts)), codes(cuts, scores)


def by_class(names: tuple[str, ...], actual: Codes, predicted: Codes, share: Fraction) -> Question:
    """Actual class by predicted class."""
    axes = TableAxis(name="actual", labels=names), TableAxis(name="predicted", labels=names)
    return Question(CLASSES, axes, (actual, predicted), share)


def error_edges(reach: float) -> Floats:
    """Cells of an error (predicted minus observed), finer near zero; ``reach`` is the declared range of the target."""
    steps = reach * np.asarray(_ERROR_STEPS)
    return np.concatenate([-steps[::-1], steps])


def error_middles(reach: float) -> Floats:
    """The error that stands for each cell; the outer cells end at the reach."""
    ends = np.concatenate([[-reach], error_edges(reach), [reach]])
    return np.asarray((ends[1:] + ends[:-1]) / 2)


def error_axis(reach: float) -> TableAxis:
    """The cells of an error."""
    return TableAxis(name="error", labels=labels(error_edges(reach)))


def error_codes(errors: Floats, reach: float) -> Codes:
    """Cell of every error."""
    return codes(error_edges(reach), errors)


def by_error(edges: Floats, predicted: Floats, errors: Floats, reach: float, share: Fraction) -> Question:
    """Bin of the prediction by cell of the error."""
    axes = TableAxis(name="score", labels=labels(edges)), error_axis(reach)
    return Question(ERRORS, axes, (codes(edges, predicted), error_codes(errors, reach)), share)


def by_group(
    policy: Policy, holdout: ScreenedFrame, parts: tuple[tuple[TableAxis, Codes], ...], share: Fraction
) -> Iterator[Question]:
    """Direct counts of every declared group, absent ones too, by what the group figures need."""
    for name in grouped(policy):
        levels = list(policy.levels(name))
        if policy.document.data.columns[name].missing:
            levels.append(MISSING_GROUP)
        axis = TableAxis(name=name, labels=tuple(levels))
        places = _places(holdout.protected[name], levels)
        yield Question(GROUP + name, (axis, *(axis for axis, _ in parts)), (places, *(c for _, c in parts)), share)


def _places(column: "pd.Series[Any]", levels: list[str]) -> Codes:
    texts = column.astype(object)
    texts = texts.where(texts.notna(), MISSING_GROUP).astype(str)
    return pd.Index(levels).get_indexer(pd.Index(texts)).astype(np.intp)
