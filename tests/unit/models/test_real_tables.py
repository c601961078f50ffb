"""On real tables, with their shipped policies: the compiled models say what their libraries say."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from interpret.glassbox import ExplainableBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.tree import DecisionTreeClassifier

from glassledger.data import ScreenedFrame, screen, split
from glassledger.models import ebm, linear_models, scorecard, tree
from glassledger.models.training import TrainingTask
from glassledger.policy import Policy
from glassledger.policy.families import EbmSettings, LogisticSettings, ScorecardSettings, TreeSettings
from glassledger.records.features import FeatureSpec
from glassledger.redaction.keys import KeyRing

pytestmark = [pytest.mark.realdata, pytest.mark.slow, pytest.mark.filterwarnings("ignore::UserWarning")]

TABLES = {
    "bank_marketing": "uci_bank_full.csv.gz",
    "taiwan_credit": "taiwan_credit_default.csv.gz",
    "adult_income": "adult_train.csv.gz",
    "telco_churn": "telco_churn.csv.gz",
}
#: Far below what a sound model reaches on each table, far above what a broken one would.
FLOOR = {"bank_marketing": 0.7, "taiwan_credit": 0.72, "adult_income": 0.85, "telco_churn": 0.8}
QUICK = {"outer_bags": 1, "max_rounds": 60}

Halves = tuple[Policy, ScreenedFrame, ScreenedFrame]


@pytest.fixture(scope="module")
def halves(
    repository: Path, shared_data: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Halves]:
    @cache
    def made(name: str) -> Halves:
        policy = Policy.load(repository / "policies" / "scoring" / f"{name}.yaml")
        keys = KeyRing(tmp_path_factory.mktemp("keys"))
        screened = screen(shared_data(TABLES[name]), policy, keys=keys, purpose="fit")
        return policy, *split(screened, share=0.2, key=bytes(32))

    return made


def task_of(policy: Policy, train: ScreenedFrame, settings: Any, **choices: Any) -> TrainingTask:
    return TrainingTask(
        features=train.features,
        specs=policy.features(),
        target=train.target,
        kind="binary",
        classes=policy.classes,
        settings=settings,
        seed=policy.document.model.seed,
        **choices,
    )


def troubled(frame: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """The first thousand rows with a tenth of the cells missing and a tenth of the levels undeclared."""
    rng = np.random.default_rng(0)
    out = frame.head(1000).copy()
    for spec in policy.features():
        column = out[spec.name].astype(object) if spec.kind == "nominal" else out[spec.name].astype(float)
        if spec.kind == "nominal" and spec.other is None:
            column[rng.random(len(out)) < 0.1] = "undeclared"
        column[rng.random(len(out)) < 0.1] = None if spec.kind == "nominal" else np.nan
        out[spec.name] = column
    return out


@pytest.mark.parametrize("name", sorted(TABLES))
def test_the_boosting_machine_is_interprets(name: str, halves: Callable[[str], Halves]) -> None:
    policy, train, holdout = halves(name)
    choice, specs = policy.document.model, policy.features()
    place = {spec.name: index for index, spec in enumerate(specs)}
    pairs = choice.interactions
    wanted = pairs if isinstance(pairs, int) else [(place[a], place[b]) for a, b in pairs]
    theirs = ExplainableBoostingClassifier(
        feature_types=[
            "continuous" if spec.kind == "continuous" else list(spec.levels) if spec.ordered else "nominal"
            for spec in specs
        ],
        interactions=wanted,
        exclude=[(place[a], place[b]) for a, b in choice.excluded_pairs] or None,
        monotone_constraints=[{"increasing": 1, "decreasing": -1}.get(choice.monotone.get(s.name), 0) for s in specs],
        random_state=choice.seed,
        n_jobs=1,
        **QUICK,
    ).fit(train.features.to_numpy(dtype=object), train.target == policy.classes[1])
    ours = ebm.train(
        task_of(
            policy,
            train,
            EbmSettings(**QUICK),
            monotone=choice.monotone,
            interactions=choice.interactions,
            excluded_pairs=choice.excluded_pairs,
        )
    ).model
    scores = ours.predict(holdout.features)
    reference = theirs.predict_proba(holdout.features.to_numpy(dtype=object))[:, 1]
    np.testing.assert_allclose(scores, reference, rtol=0, atol=1e-9)
    truth = holdout.target == policy.classes[1]
    assert roc_auc_score(truth, scores) == roc_auc_score(truth, reference)
    assert roc_auc_score(truth, scores) > FLOOR[name]
    worse = troubled(holdout.features, policy)
    np.testing.assert_allclose(
        ours.predict(worse), theirs.predict_proba(worse.to_numpy(dtype=object))[:, 1], rtol=0, atol=1e-9
    )


Number = Callable[[FeatureSpec, "pd.Series[Any]"], list[Any]]


def matrix(frame: pd.DataFrame, policy: Policy, number: Number, *, ordered: bool) -> np.ndarray:
    """By hand: numbers as told, ordered levels by position if told, one column a level and one for missing."""
    parts: list[Any] = []
    for spec in policy.features():
        values = frame[spec.name]
        if spec.kind == "continuous":
            parts += number(spec, values)
        elif spec.ordered and ordered:
            parts.append(values.astype(object).map({level: i for i, level in enumerate(spec.levels)}))
        else:
            known = values.where(values.isin(spec.levels) | values.isna(), spec.other or "undeclared")
            parts += [known == level for level in spec.levels]
            parts += [values.isna()] if spec.missing else []
    return np.column_stack([np.asarray(part, dtype=float) for part in parts])


@pytest.mark.parametrize("name", sorted(TABLES))
def test_the_tree_is_scikit_learns(name: str, halves: Callable[[str], Halves]) -> None:
    policy, train, holdout = halves(name)
    ours = tree.train(task_of(policy, train, TreeSettings(max_depth=7, min_samples_leaf=20))).model
    theirs = DecisionTreeClassifier(max_depth=7, min_samples_leaf=20, random_state=policy.document.model.seed)

    def read(frame: pd.DataFrame) -> np.ndarray:
        return matrix(frame, policy, lambda spec, values: [values], ordered=True)

    theirs.fit(read(train.features), train.target == policy.classes[1])
    ordered = [spec.name for spec in policy.features() if spec.ordered]
    worse = troubled(holdout.features, policy)
    worse[ordered] = worse[ordered].where(worse[ordered] != "undeclared", None)
    for frame in (holdout.features, worse):
        np.testing.assert_allclose(ours.predict(frame), theirs.predict_proba(read(frame))[:, 1], rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", sorted(TABLES))
def test_the_logistic_regression_is_scikit_learns(name: str, halves: Callable[[str], Halves]) -> None:
    policy, train, holdout = halves(name)

    def scaled(spec: FeatureSpec, values: "pd.Series[Any]") -> list[Any]:
        known = train.features[spec.name].clip(spec.lower, spec.upper)
        scale = (spec.upper - spec.lower) / 2 if spec.lower is not None else known.std(ddof=0)
        number = ((values.clip(spec.lower, spec.upper) - known.mean()) / scale).fillna(0.0)
        return [number, values.isna()] if spec.missing else [number]

    def read(frame: pd.DataFrame) -> np.ndarray:
        return matrix(frame, policy, scaled, ordered=False)

    ours = linear_models.train_logistic(task_of(policy, train, LogisticSettings())).model
    theirs = LogisticRegression(solver="newton-cholesky", tol=1e-8)
    theirs.fit(read(train.features), train.target == policy.classes[1])
    for frame in (holdout.features, troubled(holdout.features, policy)):
        np.testing.assert_allclose(ours.predict(frame), theirs.predict_proba(read(frame))[:, 1], rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", sorted(TABLES))
def test_the_scorecard_ranks_and_its_points_are_whole(name: str, halves: Callable[[str], Halves]) -> None:
    policy, train, holdout = halves(name)
    settings = ScorecardSettings(round_points=True)
    monotone = policy.document.model.monotone
    trained = scorecard.train(task_of(policy, train, settings, monotone=monotone))
    model = trained.model
    scores = model.predict(holdout.features)
    truth = holdout.target == policy.classes[1]
    assert roc_auc_score(truth, scores) > FLOOR[name]
    total = model.points.offset + model.points.factor * model.decision_values(holdout.features)[:, 0]
    np.testing.assert_allclose(total, np.rint(total), rtol=0, atol=1e-8)
    assert np.isfinite(model.predict(troubled(holdout.features, policy))).all()
