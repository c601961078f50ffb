"""The learners of the private benchmark behind one call: fit on a table's rows, give the probability of class 1.

Every learner is told the same declared domain. Encoding counts as fitting. diffprivlib's learners are pure epsilon-DP,
so they play at a handicap. diffprivlib 0.6.6 does not import beside scikit-learn 1.8 or newer: give its learners an
environment of their own with scikit-learn 1.7 and the same scratch file.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tables import BenchmarkTable

Floats = NDArray[np.float64]
Predict = Callable[[pd.DataFrame], Floats]
Fit = Callable[[BenchmarkTable, NDArray[np.intp], float | None], Predict]

DELTA = 1e-6


@dataclass(frozen=True)
class Learner:
    """A learner in the run; ``private`` ones are fitted once per epsilon."""

    name: str
    fit: Fit
    private: bool = True


def _kinds(table: BenchmarkTable) -> list[str]:
    return ["continuous" if spec.kind == "continuous" else "nominal" for spec in table.specs]


def _dp_ebm(**settings: Any) -> Fit:
    def fit(table: BenchmarkTable, rows: NDArray[np.intp], epsilon: float | None) -> Predict:
        from interpret.privacy import DPExplainableBoostingClassifier

        limits = {i: (s.lower, s.upper) for i, s in enumerate(table.specs) if s.kind == "continuous"}
        model = DPExplainableBoostingClassifier(
            feature_types=_kinds(table), privacy_bounds=limits, epsilon=epsilon, delta=DELTA, n_jobs=1, **settings
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(table.features.iloc[rows], table.target[rows])
        return lambda frame: model.predict_proba(frame)[:, 1]

    return fit


def _ebm(table: BenchmarkTable, rows: NDArray[np.intp], _: float | None) -> Predict:
    from interpret.glassbox import ExplainableBoostingClassifier

    model = ExplainableBoostingClassifier(
        feature_types=_kinds(table), interactions=0, outer_bags=4, n_jobs=1, random_state=1
    ).fit(table.features.iloc[rows], table.target[rows])
    return lambda frame: model.predict_proba(frame)[:, 1]


def unit_cube(table: BenchmarkTable, frame: pd.DataFrame) -> Floats:
    """Numbers on [0, 1] by their declared bounds, one column a level."""
    parts = []
    for spec in table.specs:
        if spec.kind == "continuous":
            values = frame[spec.name].to_numpy(dtype=float)
            parts.append(np.clip((values - spec.lower) / max(spec.upper - spec.lower, 1e-12), 0, 1)[:, None])
        else:
            values = frame[spec.name].to_numpy(dtype=str)
            parts.append(values[:, None] == np.array(spec.levels)[None, :])
    return np.hstack(parts).astype(float)


def _logistic(table: BenchmarkTable, rows: NDArray[np.intp], _: float | None) -> Predict:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    model.fit(unit_cube(table, table.features.iloc[rows]), table.target[rows])
    return lambda frame: model.predict_proba(unit_cube(table, frame))[:, 1]


def _diffprivlib(make: Callable[[BenchmarkTable, int, float], Any]) -> Fit:
    def fit(table: BenchmarkTable, rows: NDArray[np.intp], epsilon: float | None) -> Predict:
        matrix = unit_cube(table, table.features.iloc[rows])
        assert epsilon is not None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = make(table, matrix.shape[1], epsilon).fit(matrix, table.target[rows].astype(int))
        return lambda frame: model.predict_proba(unit_cube(table, frame))[:, 1]

    return fit


def _dp_logistic(table: BenchmarkTable, _: int, epsilon: float) -> Any:
    from diffprivlib.models import LogisticRegression

    return LogisticRegression(epsilon=epsilon, data_norm=float(np.sqrt(len(table.specs))), max_iter=1000)


def _dp_bayes(_: BenchmarkTable, columns: int, epsilon: float) -> Any:
    from diffprivlib.models import GaussianNB

    return GaussianNB(epsilon=epsilon, bounds=(np.zeros(columns), np.ones(columns)), priors=None)


def _dp_forest(_: BenchmarkTable, columns: int, epsilon: float) -> Any:
    from diffprivlib.models import RandomForestClassifier

    return RandomForestClassifier(
        epsilon=epsilon, bounds=(np.zeros(columns), np.ones(columns)), classes=[0, 1], n_jobs=1
    )


def _ours(table: BenchmarkTable, rows: NDArray[np.intp], epsilon: float | None) -> Predict:
    from glassledger.models.private_additive import train
    from glassledger.models.training import TrainingTask
    from glassledger.policy.families import DpAdditiveSettings
    from glassledger.privacy.budget import PrivacyBudget

    assert epsilon is not None
    model = train(
        TrainingTask(
            features=table.features.iloc[rows],
            specs=table.specs,
            target=np.where(table.target[rows] == 1, "1", "0"),
            kind="binary",
            classes=("0", "1"),
            settings=DpAdditiveSettings(),
            budget=PrivacyBudget(epsilon, DELTA),
        )
    ).model
    return model.predict


#: Settings A and B: interpret's learner retuned by hand (few large steps; and finer bins for large tables).
LEARNERS = {
    learner.name: learner
    for learner in (
        Learner("dp-additive", _ours),
        Learner("dp-ebm", _dp_ebm(composition="gdp")),
        Learner("dp-ebm-classic", _dp_ebm(composition="classic")),
        Learner("dp-ebm-a", _dp_ebm(composition="gdp", max_rounds=30, learning_rate=0.3)),
        Learner(
            "dp-ebm-b",
            _dp_ebm(
                composition="gdp", max_rounds=100, learning_rate=0.1, max_leaves=8, max_bins=64, bin_budget_frac=0.3
            ),
        ),
        Learner("diffprivlib-logistic", _diffprivlib(_dp_logistic)),
        Learner("diffprivlib-bayes", _diffprivlib(_dp_bayes)),
        Learner("diffprivlib-forest", _diffprivlib(_dp_forest)),
        Learner("ebm", _ebm, private=False),
        Learner("logistic", _logistic, private=False),
    )
}
