"""Performance figures with intervals, for each task.

Point values are scikit-learn's wherever it has the figure. A figure that the holdout does not determine is ``None``
with the reason: never NaN, never a default that looks like a result.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import (
    accuracy_score,
    brier_score_loss,
    f1_score,
    log_loss,
    mean_absolute_error,
    precision_score,
    r2_score,
    recall_score,
    roc_auc_score,
    root_mean_squared_error,
)

from glassledger.evaluate.calibration import clipped, recalibration
from glassledger.evaluate.resampling import Statistic, intervals
from glassledger.evaluate.weighted import Ranking, at_threshold, mean, r_squared
from glassledger.records.evaluation import Figure

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

AT_THRESHOLD = ("accuracy", "precision", "recall", "f1")
_ONE_CLASS = "needs rows of both classes; the holdout has one"
_UNDETERMINED = "not determined: one class only, a constant score, or classes parted completely by the score"
_WHY_NONE = {
    "auroc": _ONE_CLASS,
    "ks": _ONE_CLASS,
    "calibration_slope": _UNDETERMINED,
    "calibration_intercept": _UNDETERMINED,
    "precision": "no row of the holdout reaches the threshold",
    "recall": "the holdout has no positive row",
    "f1": "no row of the holdout is positive or reaches the threshold",
    "macro_auroc": "needs rows of at least two classes",
    "r2": "the target is the same in all rows of the holdout",
}
_NO_INTERVAL = "no interval: too few units, or too few rows of one kind"


@dataclass(frozen=True)
class Resampling:
    """How intervals are drawn: the unit of each row, how often, and the digest that seeds the draws."""

    units: NDArray[np.object_]
    resamples: int
    digest: str


def binary_figures(
    positive: Bools, scores: Floats, reached: Bools | None, resampling: Resampling
) -> tuple[Figure, ...]:
    """Ranking, calibration and, with a threshold, yes/no figures of a binary score.

    Parameters
    ----------
    positive : ndarray of bool, shape (rows,)
    scores : ndarray, shape (rows,)
        Probability of the positive class.
    reached : ndarray of bool or None
        Whether each score reaches the threshold; None when the policy declares none.
    """

    def official(name: str) -> float | None:
        known = {
            "auroc": lambda: roc_auc_score(positive, scores),
            "log_loss": lambda: log_loss(positive, scores, labels=[False, True]),
            "brier": lambda: brier_score_loss(positive, scores, pos_label=True),
            "accuracy": lambda: accuracy_score(positive, reached),
            "precision": lambda: precision_score(positive, reached),
            "recall": lambda: recall_score(positive, reached),
            "f1": lambda: f1_score(positive, reached),
        }
        return float(known[name]()) if name in known else None

    figures = _figures(binary_statistic(positive, scores, reached), official, resampling)
    return figures if reached is not None else figures + without_threshold()


def binary_statistic(positive: Bools, scores: Floats, reached: Bools | None) -> Statistic:
    """The figures of a binary score as a function of row weights."""
    ranking = Ranking.of(scores, positive)
    losses = -np.log(np.where(positive, clipped(scores), 1.0 - clipped(scores)))
    squares = (scores - positive) ** 2

    def statistic(weights: Floats) -> Mapping[str, Floats]:
        auroc, ks = ranking.auroc_and_ks(weights)
        found = {"auroc": auroc, "ks": ks, "log_loss": mean(weights, losses), "brier": mean(weights, squares)}
        found |= recalibration(weights, positive, scores)
        return found if reached is None else found | at_threshold(weights, positive, reached)

    return statistic


def without_threshold() -> tuple[Figure, ...]:
    """The figures at a threshold that the policy does not declare."""
    return tuple(Figure(name=n, value=None, note="the policy declares no threshold") for n in AT_THRESHOLD)


def multiclass_figures(codes: NDArray[np.intp], probabilities: Floats, resampling: Resampling) -> tuple[Figure, ...]:
    """Accuracy, log loss and the unweighted mean of the one-versus-rest AUROCs.

    Parameters
    ----------
    codes : ndarray of int, shape (rows,)
        Position of each row's class.
    probabilities : ndarray, shape (rows, classes)
    """
    rows, classes = np.arange(len(codes)), probabilities.shape[1]
    right = (probabilities.argmax(axis=1) == codes).astype(np.float64)
    losses = -np.log(clipped(probabilities)[rows, codes])
    present = [one for one in range(classes) if 0 < (codes == one).sum() < len(codes)]
    rankings = [Ranking.of(probabilities[:, one], codes == one) for one in present]

    def statistic(weights: Floats) -> Mapping[str, Floats]:
        areas = [ranking.auroc_and_ks(weights)[0] for ranking in rankings]
        nothing = np.full(len(weights), np.nan)
        return {
            "accuracy": mean(weights, right),
            "log_loss": mean(weights, losses),
            "macro_auroc": np.mean(areas, axis=0) if areas else nothing,
        }

    def official(name: str) -> float | None:
        known = {
            "accuracy": lambda: accuracy_score(codes, probabilities.argmax(axis=1)),
            "macro_auroc": lambda: np.mean([roc_auc_score(codes == one, probabilities[:, one]) for one in present]),
            "log_loss": lambda: log_loss(codes, probabilities, labels=list(range(classes))),
        }
        return float(known[name]())

    figures = _figures(statistic, official, resampling)
    absent = classes - len(present)
    if not 0 < absent < classes:
        return figures
    note = f"over the {len(present)} of {classes} classes that occur in the holdout"
    return tuple(
        figure.model_copy(update={"note": note}) if figure.name == "macro_auroc" else figure for figure in figures
    )


def regression_figures(observed: Floats, predicted: Floats, resampling: Resampling) -> tuple[Figure, ...]:
    """Root mean squared error, mean absolute error and R²; the first two in units of the target."""

    def official(name: str) -> float | None:
        known = {
            "rmse": lambda: root_mean_squared_error(observed, predicted),
            "mae": lambda: mean_absolute_error(observed, predicted),
            "r2": lambda: r2_score(observed, predicted),
        }
        return float(known[name]())

    return _figures(regression_statistic(observed, predicted), official, resampling)


def regression_statistic(observed: Floats, predicted: Floats) -> Statistic:
    """The figures of a regression as a function of row weights."""
    errors = observed - predicted

    def statistic(weights: Floats) -> Mapping[str, Floats]:
        return {
            "rmse": np.sqrt(mean(weights, errors**2)),
            "mae": mean(weights, np.abs(errors)),
            "r2": r_squared(weights, observed, errors**2),
        }

    return statistic


def why_none(name: str) -> str:
    """The reason for a figure that the holdout does not determine."""
    return _WHY_NONE.get(name, _NO_INTERVAL)


def _figures(
    statistic: Statistic, official: Callable[[str], float | None], resampling: Resampling
) -> tuple[Figure, ...]:
    """Every figure of the statistic: scikit-learn's value where it has one, and the interval from the resamples."""
    points = statistic(np.ones((1, len(resampling.units))))
    ranges = intervals(statistic, resampling.units, resamples=resampling.resamples, digest=resampling.digest)
    out = []
    for name, values in points.items():
        if not np.isfinite(values[0]):
            out.append(Figure(name=name, value=None, note=_WHY_NONE[name]))
            continue
        value = official(name)
        lower, upper = ranges.get(name, (None, None))
        note = _NO_INTERVAL if lower is None else ""
        out.append(Figure(name=name, value=values[0] if value is None else value, lower=lower, upper=upper, note=note))
    return tuple(out)
