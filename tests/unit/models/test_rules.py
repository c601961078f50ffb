"""A hand-made tree whose every answer is known, and malformed ones."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from glassledger.errors import ModelError
from glassledger.models.nodes import Leaf, LevelSplit, MissingSplit, ThresholdSplit, Tree
from glassledger.models.rules import RuleModel
from glassledger.records.features import FeatureSpec

AGE = FeatureSpec(name="age", kind="continuous", missing=True)
JOB = FeatureSpec(name="job", kind="nominal", levels=("clerk", "nurse", "cook", "other"), other="other", missing=True)

FIRST = Tree(
    nodes=(
        ThresholdSplit(feature="age", threshold=30.0, missing="right", left=1, right=2, value=(0.4,), share=1.0),
        LevelSplit(feature="job", levels=("clerk", "cook"), missing="left", left=3, right=4, value=(0.2,), share=0.5),
        Leaf(value=(0.6,), share=0.5),
        Leaf(value=(0.1,), share=0.25),
        Leaf(value=(0.3,), share=0.25),
    )
)
SECOND = Tree(nodes=(Leaf(value=(0.8,)),))

ROWS = pd.DataFrame(
    {
        "age": [30.0, np.nextafter(30.0, 31.0), np.nan, -np.inf, 20.0, 20.0, 20.0],
        "job": ["clerk", "clerk", "nurse", "nurse", None, "pilot", "cook"],
    }
)
LEAVES = [0.1, 0.6, 0.6, 0.3, 0.1, 0.3, 0.1]


def model(*trees: Tree, **changes: Any) -> RuleModel:
    parts = {"family": "tree", "task": "binary", "classes": ("no", "yes"), "features": (AGE, JOB), "trees": trees}
    return RuleModel(**{**parts, **changes})


def test_every_row_reaches_its_leaf() -> None:
    assert model(FIRST).predict(ROWS).tolist() == LEAVES


def test_several_trees_are_averaged() -> None:
    both = model(FIRST, SECOND)
    np.testing.assert_allclose(both.predict(ROWS), (np.array(LEAVES) + 0.8) / 2, rtol=1e-15)
    assert both.intercept == pytest.approx((0.6,))


def test_contributions_follow_the_path() -> None:
    """By hand: 30 → left (0.4 → 0.2, by age) → clerk (0.2 → 0.1, by job)."""
    parts = model(FIRST).contributions(ROWS)[:, :, 0]
    np.testing.assert_allclose(parts[0], [-0.2, -0.1])
    np.testing.assert_allclose(parts[1], [0.2, 0.0])
    np.testing.assert_allclose(parts[5], [-0.2, 0.1])
    np.testing.assert_allclose(0.4 + parts.sum(axis=1), LEAVES)


def test_columns_are_matched_by_name_and_more_are_ignored() -> None:
    turned = ROWS[["job", "age"]].assign(extra=1)
    assert model(FIRST).predict(turned).tolist() == LEAVES


def test_no_rows_give_no_scores() -> None:
    assert model(FIRST).predict(ROWS.head(0)).shape == (0,)
    assert model(FIRST).contributions(ROWS.head(0)).shape == (0, 2, 1)


def test_an_absent_column_is_named() -> None:
    with pytest.raises(ModelError) as caught:
        model(FIRST).predict(ROWS[["age"]])
    assert caught.value.code == "feature-missing"
    assert caught.value.facts == {"columns": ["job"]}


def test_a_rule_is_a_sentence() -> None:
    assert model(FIRST).rules() == (
        "if age ≤ 30 and job in {clerk, cook, missing} then P(yes) = 0.1000 (25.0% of the training rows)",
        "if age ≤ 30 and job in {nurse, other} then P(yes) = 0.3000 (25.0% of the training rows)",
        "if (age > 30 or missing) then P(yes) = 0.6000 (50.0% of the training rows)",
    )
    assert model(FIRST, SECOND).rules()[-1] == "Tree 2: always P(yes) = 0.8000"


def test_questions_to_the_same_feature_are_merged() -> None:
    deep = Tree(
        nodes=(
            ThresholdSplit(feature="age", threshold=50.0, missing="left", left=1, right=2, value=(5.0,)),
            ThresholdSplit(feature="age", threshold=20.0, missing="right", left=3, right=4, value=(4.0,)),
            MissingSplit(feature="job", left=5, right=6, value=(7.0,)),
            Leaf(value=(1.0,)),
            Leaf(value=(2.0,)),
            Leaf(value=(3.0,)),
            Leaf(value=(8.0,)),
        )
    )
    assert model(deep, task="regression", classes=()).rules() == (
        "if age ≤ 20 then the mean is 1",
        "if (age > 20 and ≤ 50 or missing) then the mean is 2",
        "if age > 50 and job in {missing} then the mean is 3",
        "if age > 50 and job not in {missing} then the mean is 8",
    )


def split(**changes: Any) -> ThresholdSplit:
    return ThresholdSplit(
        **{"feature": "age", "threshold": 1.0, "missing": "left", "left": 1, "right": 2, "value": (0.5,), **changes}
    )


@pytest.mark.parametrize(
    "nodes",
    [
        (split(left=0), Leaf(value=(0.1,)), Leaf(value=(0.2,))),
        (split(right=9), Leaf(value=(0.1,)), Leaf(value=(0.2,))),
        (split(left=-1), Leaf(value=(0.1,)), Leaf(value=(0.2,))),
        (split(right=1), Leaf(value=(0.1,)), Leaf(value=(0.2,))),
        (split(left=1, right=1), Leaf(value=(0.1,))),
        (Leaf(value=(0.1,)), Leaf(value=(0.2,))),
        (split(), split(left=0, right=2), Leaf(value=(0.2,))),
        (),
    ],
    ids=["to itself", "to nowhere", "backwards", "shared", "twice", "orphan", "cycle", "empty"],
)
def test_what_is_no_tree_is_refused(nodes: tuple[Any, ...]) -> None:
    with pytest.raises(ValidationError):
        Tree(nodes=nodes)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"classes": ("no",)}, "classes"),
        ({"classes": ("no", "no")}, "classes"),
        ({"task": "regression"}, "classes"),
        ({"task": "multiclass", "classes": ("a", "b", "c")}, "number of values"),
        ({"features": (AGE,)}, "unknown feature"),
        ({"features": (AGE, AGE, JOB)}, "distinct"),
        ({"features": (AGE, FeatureSpec(name="job", kind="continuous"))}, "does not fit"),
        ({"features": (AGE, FeatureSpec(name="job", kind="nominal", levels=("clerk",)))}, "undeclared level"),
        ({"trees": ()}, "at least 1"),
        ({"link": "logit"}, "identity"),
        ({"surprise": 1}, "Extra inputs"),
    ],
)
def test_a_model_that_contradicts_itself_is_refused(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        model(FIRST, **changes)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_only_finite_numbers(number: float) -> None:
    with pytest.raises(ValidationError):
        split(threshold=number)
    with pytest.raises(ValidationError):
        Leaf(value=(number,))


def test_a_question_about_missing_values() -> None:
    for name, asked in (("age", [0.1] * 3), ("job", [0.1, 0.2, 0.2])):
        tree = Tree(
            nodes=(
                MissingSplit(feature=name, left=1, right=2, value=(0.5,)),
                Leaf(value=(0.1,)),
                Leaf(value=(0.2,)),
            )
        )
        rows = pd.DataFrame({"age": [np.nan] * 3, "job": [None, "pilot", "cook"]})
        assert model(tree).predict(rows).tolist() == asked
        parts = model(tree).contributions(rows)[:, :, 0]
        assert parts[:, ["age", "job"].index(name)].tolist() == pytest.approx([value - 0.5 for value in asked])
