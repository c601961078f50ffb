"""scikit-learn is the oracle, on a matrix that pandas makes."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from glassledger.errors import ModelError
from glassledger.models import load_model
from glassledger.models.nodes import Leaf, LevelSplit, MissingSplit, ThresholdSplit
from glassledger.models.rules import RuleModel
from glassledger.models.training import TrainingTask
from glassledger.models.tree import exact_threshold, train
from glassledger.policy.families import TreeSettings
from glassledger.records.features import FeatureSpec

SETTINGS = TreeSettings(max_depth=6, min_samples_leaf=5)


def matrix(frame: pd.DataFrame, levels: tuple[str, ...]) -> np.ndarray:
    """Numbers as they are, one column a level and one for missing, ordered levels by position."""
    words = frame["word"].to_numpy(dtype=object)
    dummies = [np.array([word == level for word in words], dtype=float) for level in levels]
    missing = np.array([word is None or word != word for word in words], dtype=float)
    size = pd.Series(frame["size"].to_numpy(dtype=object)).map({"s": 0.0, "m": 1.0, "l": 2.0}).to_numpy(dtype=float)
    return np.column_stack([frame["amount"], frame["count"], *dummies, missing, size])


def oracle(table: Any, kind: str) -> Any:
    make = DecisionTreeRegressor if kind == "regression" else DecisionTreeClassifier
    target = {
        "binary": (table.binary == "yes").astype(int),
        "multiclass": pd.Series(table.several).map({"mid": 0, "low": 1, "high": 2}).to_numpy(),
        "regression": table.number,
    }[kind]
    fitted = make(max_depth=6, min_samples_leaf=5, random_state=11)
    return fitted.fit(matrix(table.features, table.specs[2].levels), target)


def answer(fitted: Any, rows: np.ndarray, kind: str) -> np.ndarray:
    if kind == "regression":
        return np.asarray(fitted.predict(rows))
    probabilities = np.asarray(fitted.predict_proba(rows))
    return probabilities if kind == "multiclass" else probabilities[:, 1]


def within_single_precision(frame: pd.DataFrame) -> pd.DataFrame:
    """What scikit-learn accepts: no infinity, nothing beyond single precision, no undeclared ordered level."""
    limits = frame[["amount", "count"]].abs().max(axis=1)
    return frame[(limits < 3e38) | limits.isna()].query("size != 'undeclared'").reset_index(drop=True)


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
def test_the_rules_are_scikit_learns_tree(kind: str, table: Any, strange: pd.DataFrame) -> None:
    model = train(table.task(kind, SETTINGS, seed=11)).model
    fitted = oracle(table, kind)
    assert isinstance(model, RuleModel)
    assert fitted.get_n_leaves() == len(model.rules()) > 12
    for frame in (table.features, within_single_precision(strange)):
        rows = matrix(frame, table.specs[2].levels)
        np.testing.assert_allclose(model.predict(frame), answer(fitted, rows, kind), rtol=0, atol=1e-9)


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
def test_contributions_add_up_to_the_output(kind: str, table: Any, strange: pd.DataFrame) -> None:
    model = train(table.task(kind, SETTINGS)).model
    parts = model.contributions(strange)
    assert parts.shape == (len(strange), 4, 3 if kind == "multiclass" else 1)
    np.testing.assert_allclose(model.intercept + parts.sum(axis=1), model.decision_values(strange), rtol=0, atol=1e-12)


def test_values_next_to_a_threshold_take_scikit_learns_way(table: Any) -> None:
    model = train(table.task("binary", TreeSettings(max_depth=8, min_samples_leaf=2), seed=11)).model
    fitted = DecisionTreeClassifier(max_depth=8, min_samples_leaf=2, random_state=11)
    fitted.fit(matrix(table.features, table.specs[2].levels), table.binary == "yes")
    cuts = np.array([node.threshold for node in model.trees[0].nodes if isinstance(node, ThresholdSplit)])
    near = np.concatenate([cuts, np.nextafter(cuts, np.inf), np.nextafter(cuts, -np.inf), cuts.astype(np.float32)])
    probe = table.features.iloc[np.resize(np.arange(len(table.features)), 20 * len(near))].reset_index(drop=True)
    probe["amount"] = np.resize(near, len(probe))
    rows = matrix(probe, table.specs[2].levels)
    np.testing.assert_allclose(model.predict(probe), answer(fitted, rows, "binary"), rtol=0, atol=1e-9)


@given(st.floats(-3e38, 3e38, allow_subnormal=True), st.floats(-3e38, 3e38, allow_subnormal=True))
def test_the_double_threshold_divides_as_single_precision_does(threshold: float, value: float) -> None:
    exact = exact_threshold(threshold)
    for probe in (
        value,
        threshold,
        exact,
        np.nextafter(exact, np.inf),
        np.nextafter(exact, -np.inf),
        np.float32(value),
    ):
        assert (float(probe) <= exact) == (float(np.float32(probe)) <= threshold)


def test_missing_against_the_rest_is_one_question() -> None:
    rng = np.random.default_rng(0)
    amount = np.where(rng.random(400) < 0.3, np.nan, rng.normal(size=400))
    target = np.where(np.isnan(amount), "yes", "no").astype(object)
    spec = FeatureSpec(name="amount", kind="continuous", missing=True)
    task = TrainingTask(
        features=pd.DataFrame({"amount": amount}),
        specs=(spec,),
        target=target,
        kind="binary",
        classes=("no", "yes"),
        settings=TreeSettings(max_depth=1),
    )
    model = train(task).model
    assert isinstance(model.trees[0].nodes[0], MissingSplit)
    share = f"{np.isnan(amount).mean():.1%}"
    assert model.rules()[0] == f"if amount is missing then P(yes) = 1.0000 ({share} of the training rows)"
    assert model.rules()[1].startswith("if amount is given then P(yes) = 0.0000")
    assert load_model(model.to_json()).predict(task.features).tolist() == np.isnan(amount).astype(float).tolist()


@pytest.mark.parametrize("direction", ["increasing", "decreasing"])
@pytest.mark.parametrize("kind", ["binary", "regression"])
def test_a_declared_direction_is_kept(direction: str, kind: str, table: Any) -> None:
    trained = train(table.task(kind, SETTINGS, monotone={"amount": direction, "size": direction}))
    sign = 1 if direction == "increasing" else -1
    base = table.features.head(40)
    steps = np.array([trained.model.predict(base.assign(amount=value)) for value in np.linspace(0, 900, 60)])
    assert (sign * np.diff(steps, axis=0) >= 0).all()
    sizes = np.array([trained.model.predict(base.assign(size=size)) for size in ("s", "m", "l")])
    assert (sign * np.diff(sizes, axis=0) >= 0).all()
    assert (steps[0] != steps[-1]).any(), "a tree that never asks would pass"
    assert trained.notes == ("Monotone trees cannot see missing values: they go where the median goes (amount, size).",)


def test_missing_in_a_monotone_tree_scores_as_the_median(table: Any) -> None:
    model = train(table.task("binary", SETTINGS, monotone={"count": "decreasing"})).model
    median = table.features["amount"].median()
    rows = table.features.head(100)
    same = model.predict(rows.assign(amount=np.nan)) == model.predict(rows.assign(amount=median))
    assert same.all()


def test_directions_without_meaning_are_refused(table: Any) -> None:
    for kind, monotone, code in (
        ("multiclass", {"amount": "increasing"}, "monotone-multiclass"),
        ("binary", {"word": "increasing"}, "monotone-impossible"),
        ("binary", {"nothing": "increasing"}, "monotone-impossible"),
    ):
        with pytest.raises(ModelError) as caught:
            train(table.task(kind, SETTINGS, monotone=monotone))
        assert caught.value.code == code


def test_every_node_knows_its_share(table: Any) -> None:
    model = train(table.task("binary", SETTINGS)).model
    nodes = model.trees[0].nodes
    assert nodes[0].share == 1.0
    assert sum(node.share for node in nodes if isinstance(node, Leaf)) == pytest.approx(1.0)
    assert {type(node) for node in nodes} == {Leaf, LevelSplit, MissingSplit, ThresholdSplit}
