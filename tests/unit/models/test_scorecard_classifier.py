"""The estimator beside the learner; scikit-learn's own contract is in tests/contracts."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from glassledger.errors import ModelError
from glassledger.models import ScorecardClassifier
from glassledger.models.scorecard import train
from glassledger.policy.families import ScorecardSettings

CANARY = "canary-7351"


def test_it_is_the_learner(table: Any, strange: pd.DataFrame) -> None:
    levels = {spec.name: spec.levels for spec in table.specs if spec.kind == "nominal"}
    estimator = ScorecardClassifier(levels=levels, monotone={"amount": "increasing"})
    estimator.fit(table.features, table.binary)
    task = table.task("binary", ScorecardSettings(), monotone={"amount": "increasing"})
    unordered = tuple(spec.model_copy(update={"ordered": False}) for spec in table.specs)
    model = train(type(task)(**{**vars(task), "specs": unordered})).model
    np.testing.assert_array_equal(estimator.predict_proba(strange)[:, 1], model.predict(strange))
    assert list(estimator.feature_names_in_) == ["amount", "count", "word", "size"]
    assert list(estimator.classes_) == ["no", "yes"]


def test_points_and_table() -> None:
    X = np.arange(400.0).reshape(-1, 1)
    y = np.arange(400) * 7 % 400 < np.arange(400)
    estimator = ScorecardClassifier(max_bins=3, round_points=True, base_score=100, base_odds=1, pdo=10).fit(X, y)
    reached = estimator.predict_points([[0.0], [200.0], [399.0]])
    assert (np.diff(reached) > 0).all()
    np.testing.assert_allclose(reached, np.rint(reached), atol=1e-9)
    rating = estimator.points_table()
    assert rating["points"].iloc[0] + rating["points"].iloc[2] == pytest.approx(reached[0])


def test_it_lives_in_scikit_learns_world(table: Any) -> None:
    numbers = table.features[["amount", "count"]]
    pipeline = make_pipeline(FunctionTransformer(), clone(ScorecardClassifier(max_bins=4)))
    assert cross_val_score(pipeline, numbers, table.binary, scoring="roc_auc").mean() > 0.6


@pytest.mark.parametrize(
    ("setting", "value"), [("max_bins", 1), ("min_bin_share", 0.9), ("pdo", 0.0), ("c", -1.0), ("base_odds", "x")]
)
def test_a_setting_out_of_range_is_named(setting: str, value: Any) -> None:
    with pytest.raises(ModelError) as caught:
        ScorecardClassifier(**{setting: value}).fit([[0.0], [1.0]], [0, 1])
    assert caught.value.code == "setting-invalid"
    assert caught.value.facts == {"settings": [setting]}


def test_text_in_a_number_column_is_not_quoted() -> None:
    X = pd.DataFrame({"a": [1.0, CANARY, 3.0]}, dtype=object)
    with pytest.raises(ValueError, match="levels") as caught:
        ScorecardClassifier().fit(X, [0, 1, 0])
    assert CANARY not in str(caught.value)
    assert caught.value.__context__ is None


def test_an_undeclared_level_is_no_error_and_says_nothing(table: Any) -> None:
    estimator = ScorecardClassifier(levels={"word": table.specs[2].levels})
    estimator.fit(table.features[["amount", "word"]], table.binary)
    rows = pd.DataFrame({"amount": [100.0, 100.0], "word": ["wild", "never met"]})
    assert np.ptp(estimator.decision_function(rows)) == 0.0


def test_declared_levels_need_named_columns() -> None:
    with pytest.raises(TypeError, match="DataFrame"):
        ScorecardClassifier(levels={"a": ["x"]}).fit([["x"], ["x"]], [0, 1])
