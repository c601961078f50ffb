"""Bands of a private additive model: they cover what the noise does, and would not if they were much too narrow.

The reference is the same learner on the same rows with next to no noise (epsilon 100), so that sampling plays no part.
"""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from glassledger.models.private_estimators import PrivateAdditiveClassifier, PrivateAdditiveRegressor
from glassledger.privacy.filter import PrivacyFilter

pytestmark = pytest.mark.slow

LEVELS = ("p", "q", "r", "s")
CUTS = {name: tuple(np.linspace(0, 1, 9)[1:-1]) for name in "abcd"}
FITS = 15


def rows(count: int, rng: np.random.Generator) -> tuple[pd.DataFrame, np.ndarray]:
    x, level = rng.uniform(0, 1, (count, 4)), rng.integers(0, 4, count)
    frame = pd.DataFrame(x, columns=list("abcd"))
    frame["e"] = np.array(LEVELS, dtype=object)[level]
    return frame, -1 + 1.2 * np.sin(4 * x[:, 0]) + x[:, 1] + 0.5 * (level == 2)


def estimator(kind: str, epsilon: float) -> Any:
    declared = {
        "bounds": (0, 1),
        "levels": {"e": LEVELS},
        "cuts": CUTS,
        "epsilon": epsilon,
        "reserve": PrivacyFilter(10_000, 0.1),
    }
    if kind == "classes":
        return PrivateAdditiveClassifier(classes=(0, 1), **declared)
    return PrivateAdditiveRegressor(target_bounds=(-6, 6), **declared)


@pytest.mark.parametrize(("kind", "count", "epsilon"), [("classes", 20_000, 2.0), ("number", 20_000, 0.5)])
def test_bands_cover_the_noise_and_little_more(kind: str, count: int, epsilon: float) -> None:
    rng = np.random.default_rng(1)
    frame, score = rows(count, rng)
    target = (rng.logistic(size=count) < score).astype(int) if kind == "classes" else score + rng.normal(0, 1, count)
    quiet = estimator(kind, 100.0).fit(frame, target).model_
    ratios = []
    for _ in range(FITS):
        noisy = estimator(kind, epsilon).fit(frame, target).model_
        for term, reference in zip(noisy.terms, quiet.terms, strict=True):
            used = np.array(term.weights) > 0
            distance = np.abs(np.array(term.values) - np.array(reference.values))[used]
            ratios.append(distance / np.array(term.half_width)[used])
    ratio = np.concatenate(ratios)
    assert np.mean(ratio <= 1) > 0.88  # nominally .95
    assert np.mean(ratio <= 0.4) < 0.85  # bands of two fifths of the width would be found out
