"""Neighbouring tables through the whole learner: what an attacker could tell apart, and what must look the same.

Thresholds: a sound build fails one of these tests less than once in 1e6 runs; the twins must fail.
"""

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from interpret.privacy import DPExplainableBoostingClassifier
from scipy import stats

from glassledger.models.diffprivlib_families import Mechanisms
from glassledger.models.dp_ebm import fit_padded
from glassledger.models.dp_ebm_account import planned
from glassledger.models.dp_logistic import private_minimum
from glassledger.models.private_task import checked
from glassledger.models.training import TrainingTask
from glassledger.policy.families import DpEbmSettings
from glassledger.privacy.budget import PrivacyBudget
from glassledger.records.features import FeatureSpec

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::UserWarning")]

ROWS, FITS = 700, 120
LEVELS = ("a", "b", "rare")
SETTINGS = DpEbmSettings(max_rounds=1)


def words(rare: bool, rows: int = ROWS) -> np.ndarray:
    column = np.resize(np.array(["a", "b"], dtype=object), rows)
    if rare:
        column[0] = "rare"
    return column


def kept_by_us(column: np.ndarray, fits: int = FITS) -> int:
    """How often the level ``rare`` gets a bin of its own in our fit."""
    specs = (FeatureSpec(name="w", kind="nominal", levels=LEVELS),)
    target = np.resize(np.array(["no", "yes"], dtype=object), len(column))
    task = TrainingTask(
        features=pd.DataFrame({"w": column}),
        specs=specs,
        target=target,
        kind="binary",
        classes=("no", "yes"),
        settings=SETTINGS,
        budget=PrivacyBudget(Decimal("0.5"), Decimal("1e-6")),
    )
    private = checked(task, "dp-ebm")
    plan = planned(private, SETTINGS)
    code = str(LEVELS.index("rare"))
    return sum(code in fit_padded(private, SETTINGS, plan).bins_[0][0] for _ in range(fits))


def kept_by_the_raw_route(column: np.ndarray) -> int:
    """The same with interpret on the strings, as its documentation shows it."""
    target = np.resize(np.array([0, 1]), len(column))
    found = 0
    for _ in range(FITS):
        fitted = DPExplainableBoostingClassifier(
            feature_types=["nominal"], epsilon=0.5, delta=1e-6, composition="gdp", max_rounds=1, n_jobs=1
        ).fit(pd.DataFrame({"w": column}), target)
        found += "rare" in fitted.bins_[0][0]
    return found


def told_apart(with_record: int, without: int, fits: int = FITS) -> float:
    """Fisher's exact p-value that the level is kept as often with the record as without."""
    return float(stats.fisher_exact([[with_record, fits - with_record], [without, fits - without]]).pvalue)


def test_interprets_raw_route_reveals_a_unique_category() -> None:
    with_record, without = kept_by_the_raw_route(words(rare=True)), kept_by_the_raw_route(words(rare=False))

    assert without == 0
    assert with_record > 0.1 * FITS  # an (0.5, 1e-6)-private release could do this once in a million fits
    assert told_apart(with_record, without) < 1e-5


def test_ours_keeps_or_pools_a_level_whether_or_not_it_occurs() -> None:
    with_record, without = kept_by_us(words(rare=True)), kept_by_us(words(rare=False))

    assert told_apart(with_record, without) > 1e-7
    assert without > 0  # declared levels are counted with noise even when nobody has them


def lower_bound(hits: int, false_hits: int, runs: int, level: float = 1e-7) -> float:
    """Clopper–Pearson: with this confidence epsilon is at least log(P[event | one] / P[event | other])."""
    least = stats.beta.ppf(level / 2, hits, runs - hits + 1) if hits else 0.0
    most = stats.beta.ppf(1 - level / 2, false_hits + 1, runs - false_hits) if false_hits < runs else 1.0
    return float(np.log(least / most)) if least > 0 else -np.inf


def best_bound(one: np.ndarray, other: np.ndarray) -> float:
    """Thresholds are chosen on the first half of the runs and judged on the second."""
    half = len(one) // 2
    found = -np.inf
    for threshold in np.quantile(np.concatenate([one[:half], other[:half]]), [0.02, 0.1, 0.3, 0.7, 0.9, 0.98]):
        for sign in (1, -1):
            rates = [np.mean(sign * side[:half] > sign * threshold) for side in (one, other)]
            first, second = (one, other) if rates[0] > rates[1] else (other, one)
            hits = int(np.sum(sign * first[half:] > sign * threshold))
            false_hits = int(np.sum(sign * second[half:] > sign * threshold))
            found = max(found, lower_bound(hits, false_hits, len(one) - half, level=1e-8))
    return found


def minima(rows: np.ndarray, epsilon: float, mechanisms: Any) -> np.ndarray:
    """Released weights along the direction in which the neighbours differ most."""
    return np.array(
        [
            private_minimum(
                rows,
                np.ones(len(rows), dtype=bool),
                epsilon=epsilon,
                steps=1,
                alpha=0.05,
                max_iter=200,
                mechanisms=mechanisms,
            )[0]
            for _ in range(6000)
        ]
    )


class Weak(Mechanisms):
    """A wrong twin: an eighth of the noise."""

    def objective_noise(self, dimension: int, epsilon: float, curvature: float, alpha: float) -> Any:
        linear, extra = super().objective_noise(dimension, epsilon, curvature, alpha)
        return linear / 8, extra


@pytest.mark.parametrize(("mechanisms", "sound"), [(Mechanisms, True), (Weak, False)])
def test_an_attack_on_logistic_weights_stays_below_epsilon(mechanisms: Any, sound: bool) -> None:
    epsilon = 1.0
    with_record, without = np.array([[1.0]]), np.empty((0, 1))

    bound = best_bound(minima(with_record, epsilon, mechanisms()), minima(without, epsilon, mechanisms()))

    assert (bound <= epsilon) == sound
