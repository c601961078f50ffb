"""Figures over many row weightings at once: scikit-learn has each of them for one weighting only.

Everything takes ``weights`` of shape (resamples, rows) and returns shape (resamples,), NaN where a figure has no value.
With a single row of ones each equals scikit-learn's figure (tested), which is what gives the point values.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Ranking:
    """Rows in rising order of score, with the place where each distinct score begins."""

    order: NDArray[np.intp]
    starts: NDArray[np.intp]
    positive: Bools

    @classmethod
    def of(cls, scores: Floats, positive: Bools) -> "Ranking":
        order = np.argsort(scores, kind="stable")
        ranked = scores[order]
        starts = np.flatnonzero(np.concatenate([[True], ranked[1:] != ranked[:-1]]))
        return cls(order, starts, positive[order])

    def auroc_and_ks(self, weights: Floats) -> tuple[Floats, Floats]:
        """Area under the ROC curve (ties count one half) and the Kolmogorov–Smirnov distance of the two classes."""
        ranked = weights[:, self.order]
        yes = np.add.reduceat(ranked * self.positive, self.starts, axis=1)
        no = np.add.reduceat(ranked * ~self.positive, self.starts, axis=1)
        yes_up_to, no_up_to = yes.cumsum(axis=1), no.cumsum(axis=1)
        yes_all, no_all = yes_up_to[:, -1], no_up_to[:, -1]
        auroc = ratio((yes * (no_up_to - no / 2.0)).sum(axis=1), yes_all * no_all)
        gap = np.abs(ratio(yes_up_to, yes_all[:, None]) - ratio(no_up_to, no_all[:, None]))
        return auroc, gap.max(axis=1)


def mean(weights: Floats, values: Floats) -> Floats:
    """Weighted mean of a value per row."""
    return ratio(weights @ values, weights.sum(axis=1))


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Numerator over denominator, NaN where the denominator is zero."""
    empty = denominator == 0.0
    return np.where(empty, np.nan, numerator / np.where(empty, 1.0, denominator))


def at_threshold(weights: Floats, positive: Bools, predicted: Bools) -> dict[str, Floats]:
    """Accuracy, precision, recall and F1 of a yes/no prediction."""
    hits = weights @ (positive & predicted).astype(np.float64)
    actual, claimed = weights @ positive.astype(np.float64), weights @ predicted.astype(np.float64)
    return {
        "accuracy": mean(weights, (positive == predicted).astype(np.float64)),
        "precision": ratio(hits, claimed),
        "recall": ratio(hits, actual),
        "f1": ratio(2.0 * hits, actual + claimed),
    }


def r_squared(weights: Floats, observed: Floats, squared_errors: Floats) -> Floats:
    """1 − residual sum of squares / total sum of squares; NaN for a constant target."""
    shifted = observed - observed.mean()  # before squaring, so that a large mean costs no digits
    total = weights @ shifted**2 - weights.sum(axis=1) * mean(weights, shifted) ** 2
    constant = total <= 1e-24 * (weights @ observed**2)
    return 1.0 - ratio(weights @ squared_errors, np.where(constant, 0.0, total))
