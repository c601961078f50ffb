"""How far scores can be read as probabilities: slope, intercept, and the reliability curve.

Slope and intercept are those of Cox's logistic recalibration (D. R. Cox, *Two further applications of a model for
binary regression*, Biometrika 1958): ``slope`` of the outcome on the log-odds of the score (1 is right, below 1 too
extreme), ``intercept`` with that slope held at 1 (0 is right, below 0 too high on average).
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from glassledger.evaluate.weighted import ratio
from glassledger.records.evaluation import CurvePoint

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_STEPS = 40
_LIMIT = 1e-8
_FARTHEST = 30.0
_BINS = 10


def clipped(scores: Floats) -> Floats:
    """Probabilities kept away from 0 and 1 by a rounding error, as scikit-learn's log loss does."""
    tiny = np.finfo(np.float64).eps
    return np.asarray(np.clip(scores, tiny, 1.0 - tiny))


def recalibration(weights: Floats, positive: Bools, scores: Floats) -> dict[str, Floats]:
    """Calibration slope and intercept, each of shape (resamples,); NaN where the data does not determine them."""
    log_odds = logit(clipped(scores))
    outcome = positive.astype(np.float64)
    one_class = (weights @ outcome == 0.0) | (weights @ (1.0 - outcome) == 0.0)
    return {
        "calibration_slope": np.where(one_class, np.nan, _slope(weights, outcome, log_odds)),
        "calibration_intercept": np.where(one_class, np.nan, _intercept(weights, outcome, log_odds)),
    }


def reliability(scores: Floats, observed: Floats, *, least: int) -> tuple[CurvePoint, ...]:
    """Mean score against mean outcome in up to ten bins of equally many rows, at least ``least`` rows in each.

    Rows with the same score are never parted.
    """
    bins = int(min(_BINS, len(scores) // max(least, 1)))
    if bins < 1:
        return ()
    order = np.argsort(scores, kind="stable")
    ranked = scores[order]
    wanted = np.linspace(0, len(ranked), bins + 1).round().astype(np.intp)[1:-1]
    ends = np.unique(np.searchsorted(ranked, ranked[wanted], side="left"))
    parts = [part for part in np.split(order, ends[ends > 0]) if len(part)]
    return tuple(
        CurvePoint(x=float(scores[part].mean()), y=float(observed[part].mean()), count=len(part))
        for part in _merged(parts, least)
    )


def _merged(parts: list[NDArray[np.intp]], least: int) -> list[NDArray[np.intp]]:
    """Join a bin that ties left too small with its right neighbour, the last one with its left."""
    out: list[NDArray[np.intp]] = []
    for part in parts:
        if out and len(out[-1]) < least:
            out[-1] = np.concatenate([out[-1], part])
        else:
            out.append(part)
    if len(out) > 1 and len(out[-1]) < least:
        last = out.pop()
        out[-1] = np.concatenate([out[-1], last])
    return out


def _intercept(weights: Floats, outcome: Floats, log_odds: Floats) -> Floats:
    """Newton's method for one number per resample: Σ w (y − expit(a + z)) = 0."""
    shift = np.zeros(len(weights))
    for _ in range(_STEPS):
        fitted = expit(log_odds + shift[:, None])
        step = ratio((weights * (outcome - fitted)).sum(axis=1), (weights * fitted * (1.0 - fitted)).sum(axis=1))
        shift = shift + np.clip(step, -2.0, 2.0)
        if not np.any(np.abs(step) > _LIMIT):
            break
    return _settled(shift, step)


def _slope(weights: Floats, outcome: Floats, log_odds: Floats) -> Floats:
    """Newton's method for two numbers per resample: outcome on (1, log-odds)."""
    centre = ratio(weights @ log_odds, weights.sum(axis=1))[:, None]
    z = log_odds - centre
    a, b = np.zeros(len(weights)), np.ones(len(weights))
    for _ in range(_STEPS):
        fitted = expit(a[:, None] + b[:, None] * z)
        slack, bend = weights * (outcome - fitted), weights * fitted * (1.0 - fitted)
        g0, g1 = slack.sum(axis=1), (slack * z).sum(axis=1)
        h00, h01, h11 = bend.sum(axis=1), (bend * z).sum(axis=1), (bend * z * z).sum(axis=1)
        determinant = h00 * h11 - h01**2
        usable = np.where(determinant > 1e-9 * h00 * h11, determinant, 0.0)
        step = ratio(h00 * g1 - h01 * g0, usable)
        a, b = a + np.clip(ratio(h11 * g0 - h01 * g1, usable), -2.0, 2.0), b + np.clip(step, -2.0, 2.0)
        if not np.any(np.abs(step) > _LIMIT):
            break
    return _settled(b, step)


def _settled(values: Floats, step: Floats) -> Floats:
    """NaN where the iteration ran away (the scores part the classes completely) or has not settled."""
    settled = (np.abs(np.nan_to_num(step, nan=np.inf)) <= _LIMIT * 100.0) & (np.abs(values) < _FARTHEST)
    return np.where(settled, values, np.nan)
