"""Gains and lift: how many of the positives are found among the best-scored share."""

import numpy as np
from numpy.typing import NDArray

from glassledger.records.evaluation import CurvePoint

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_DECILES = np.arange(1, 11) / 10.0


def gains(scores: Floats, positive: Bools) -> tuple[CurvePoint, ...]:
    """Share of all positives found in the best 10 %, 20 %, … of the rows; empty without a positive.

    Rows with the same score are taken in equal parts, so that the order of the table does not matter. ``count`` is
    the number of rows contacted.
    """
    if not positive.any():
        return ()
    order = np.argsort(-scores, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(scores[order]) != 0.0, True))
    contacted = np.concatenate([[0], ends + 1])
    found = np.concatenate([[0], positive[order].cumsum()[ends]]) / positive.sum()
    shares = np.interp(_DECILES * len(scores), contacted, found)
    return tuple(
        CurvePoint(x=float(x), y=float(y), count=round(x * len(scores))) for x, y in zip(_DECILES, shares, strict=True)
    )


def lift(points: tuple[CurvePoint, ...]) -> tuple[CurvePoint, ...]:
    """Gains divided by the share contacted: how much better than at random."""
    return tuple(point.model_copy(update={"y": point.y / point.x}) for point in points)
