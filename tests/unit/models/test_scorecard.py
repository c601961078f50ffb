"""Points, evidence and weights, recomputed by hand."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from glassledger.errors import ModelError
from glassledger.models import load_model
from glassledger.models.additive import AdditiveModel, encode
from glassledger.models.binning import bin_feature
from glassledger.models.scorecard import points, train
from glassledger.models.training import TrainingTask
from glassledger.policy.families import LogisticSettings, ScorecardSettings
from glassledger.records.features import FeatureSpec

SETTINGS = ScorecardSettings(base_score=500, base_odds=2, pdo=40)


def test_the_scorecard_is_a_logistic_regression_on_evidence(table: Any, strange: pd.DataFrame) -> None:
    model = train(table.task("binary", SETTINGS)).model
    specs = {spec.name: spec for spec in table.specs}
    columns = encode(table.features, specs)
    positive = table.binary == "yes"
    evidence = np.column_stack(
        [
            binned.evidence[model.cells(index, table.features)]
            for index, term in enumerate(model.terms)
            for binned in [
                bin_feature(columns[term.name], specs[term.name], positive, max_bins=6, min_share=0.05, sign=0)
            ]
        ]
    )
    assert evidence.shape[1] == 4
    fitted = LogisticRegression(solver="newton-cholesky", tol=1e-8).fit(evidence, positive)
    assert (fitted.coef_ > 0).all()
    np.testing.assert_allclose(model.predict(table.features), fitted.predict_proba(evidence)[:, 1], rtol=0, atol=1e-9)
    assert np.isfinite(model.predict(strange)).all()


def test_it_ranks_about_as_well_as_a_logistic_regression(table: Any) -> None:
    from glassledger.models.linear_models import train_logistic

    truth = table.binary == "yes"
    card = train(table.task("binary", SETTINGS)).model.predict(table.features)
    line = train_logistic(table.task("binary", LogisticSettings())).model.predict(table.features)
    assert roc_auc_score(truth, card) > roc_auc_score(truth, line) - 0.03


@pytest.mark.parametrize("rounded", [False, True])
def test_points_say_what_the_score_says(rounded: bool, table: Any, strange: pd.DataFrame) -> None:
    settings = SETTINGS.model_copy(update={"round_points": rounded})
    model = train(table.task("binary", settings)).model
    rating = points(model)
    base = rating["points"].iloc[0]
    by_term = {name: part["points"].to_numpy() for name, part in rating.iloc[1:].groupby("feature", sort=False)}
    total = base + sum(by_term[term.name][model.cells(i, strange)] for i, term in enumerate(model.terms))
    log_odds = (total - 500) / (40 / np.log(2)) + np.log(2)
    np.testing.assert_allclose(model.decision_values(strange)[:, 0], log_odds, rtol=0, atol=1e-9)
    whole = np.abs(total - np.rint(total)).max() < 1e-9
    assert whole == rounded


def test_the_rating_table_names_every_bin(table: Any) -> None:
    model = train(table.task("binary", SETTINGS)).model
    rating = points(model)
    assert list(rating.columns) == ["feature", "bin", "lower", "upper", "levels", "share", "points"]
    assert rating.iloc[0]["bin"] == "base points"
    amount = rating[rating["feature"] == "amount"]
    assert amount["bin"].iloc[0] == "missing"
    assert amount["lower"].iloc[1] == -np.inf
    assert amount["upper"].iloc[-1] == np.inf
    assert (amount["upper"].iloc[1:-1].to_numpy() == amount["lower"].iloc[2:].to_numpy()).all()
    word = rating[rating["feature"] == "word"]
    named = [level for levels in word["levels"].dropna() for level in levels.split(" | ")]
    assert sorted(named) == sorted(table.specs[2].levels)
    assert word["bin"].iloc[-1] == "undeclared"
    np.testing.assert_allclose(rating.iloc[1:].groupby("feature")["share"].sum(), 1.0)


@pytest.mark.parametrize("direction", ["increasing", "decreasing"])
def test_a_declared_direction_is_kept(direction: str, table: Any) -> None:
    monotone = {"amount": direction, "count": direction, "size": direction}
    trained = train(table.task("binary", SETTINGS, monotone=monotone))
    sign = 1 if direction == "increasing" else -1
    kept = {term.name: term for term in trained.model.terms}
    for name in set(monotone) & set(kept):
        term = kept[name]
        values = np.array(term.values[1:] if term.axes[0].cuts else term.values[1:-1])
        by_level = values[np.array(term.axes[0].bins) - 1] if term.axes[0].bins else values
        assert (sign * np.diff(by_level) >= 0).all()
    against = {"increasing": "count", "decreasing": "amount"}[direction]
    if against not in kept:
        assert against in trained.notes[0]
    else:
        assert len(set(kept[against].values[1:])) == 1, "only the missing bin may speak against the direction"


def test_a_feature_that_contradicts_its_own_evidence_is_left_out_and_named() -> None:
    """Alone, the follower speaks for the class; beside its leader it speaks against it."""
    rng = np.random.default_rng(1)
    leader = rng.normal(size=6000)
    follower = leader + rng.normal(scale=0.5, size=6000)
    odds = np.exp(3 * leader - 1.5 * follower)
    frame = pd.DataFrame({"leader": leader, "follower": follower, "flat": np.zeros(6000)})
    task = TrainingTask(
        features=frame,
        specs=tuple(FeatureSpec(name=name, kind="continuous") for name in frame),
        target=np.where(rng.random(6000) < odds / (1 + odds), "yes", "no").astype(object),
        kind="binary",
        classes=("no", "yes"),
        settings=ScorecardSettings(max_bins=10),
    )
    positive = task.target == "yes"
    alone = bin_feature(follower, task.specs[1], positive, max_bins=10, min_share=0.05, sign=0)
    assert (np.diff(alone.evidence[1:]) > 0).all()
    trained = train(task)
    assert trained.model.term_names == ("leader",)
    note = "Left out, because they add nothing or contradict their own evidence: follower, flat."
    assert trained.notes == (note,)


def test_without_any_information_only_the_base_rate_is_left() -> None:
    frame = pd.DataFrame({"flat": np.zeros(100)})
    target = np.where(np.arange(100) < 20, "yes", "no").astype(object)
    task = TrainingTask(
        features=frame,
        specs=(FeatureSpec(name="flat", kind="continuous"),),
        target=target,
        kind="binary",
        classes=("no", "yes"),
        settings=ScorecardSettings(),
    )
    trained = train(task)
    assert trained.model.terms == ()
    np.testing.assert_allclose(trained.model.predict(frame), 0.2)


def test_a_saved_scorecard_keeps_its_points(table: Any) -> None:
    model = train(table.task("binary", SETTINGS)).model
    again = load_model(model.to_json())
    assert again == model
    pd.testing.assert_frame_equal(points(again), points(model))


def test_other_models_have_no_points(table: Any) -> None:
    bare = AdditiveModel(
        family="linear", task="regression", link="identity", features=table.specs, intercept=(0.0,), terms=()
    )
    with pytest.raises(ModelError) as caught:
        points(bare)
    assert caught.value.code == "points-missing"
