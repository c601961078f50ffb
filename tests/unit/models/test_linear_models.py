"""scikit-learn is the oracle, on a matrix that pandas makes."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge

from glassledger.models import load_model
from glassledger.models.additive import PolynomialTerm, TableTerm
from glassledger.models.linear_models import train_linear, train_logistic
from glassledger.models.training import TrainingTask
from glassledger.policy.families import LinearSettings, LogisticSettings
from glassledger.records.features import FeatureSpec


def matrix(table: Any, frame: pd.DataFrame) -> np.ndarray:
    """By hand: clip to the bounds, scale by half the range (or the deviation), one column a level, one for missing."""
    train = table.features
    amount = frame["amount"].clip(0, 1500)
    scaled = ((amount - train["amount"].clip(0, 1500).mean()) / 750).fillna(0.0)
    count = (frame["count"] - train["count"].mean()) / train["count"].std(ddof=0)
    parts = [scaled, amount.isna(), count]
    for spec in table.specs[2:]:
        values = frame[spec.name].to_numpy(dtype=object)
        parts += [np.array([value == level for value in values]) for level in spec.levels]
        parts.append(pd.isna(values))
    return np.column_stack([np.asarray(part, dtype=float) for part in parts])


def corners(strange: pd.DataFrame) -> pd.DataFrame:
    """Unbounded features go to infinity with the value: keep those where both sides are numbers."""
    return strange[np.isfinite(strange["count"]) & (strange["count"].abs() < 1e6)].reset_index(drop=True)


def test_two_classes(table: Any, strange: pd.DataFrame) -> None:
    trained = train_logistic(table.task("binary", LogisticSettings(c=0.7)))
    fitted = LogisticRegression(C=0.7, solver="newton-cholesky", tol=1e-8).fit(
        matrix(table, table.features), table.binary
    )
    assert list(fitted.classes_) == ["no", "yes"]
    for frame in (table.features, corners(strange)):
        expected = fitted.predict_proba(matrix(table, frame))[:, 1]
        np.testing.assert_allclose(trained.model.predict(frame), expected, rtol=0, atol=1e-9)
    assert trained.notes == ()
    assert trained.library.startswith("scikit-learn ")


def test_several_classes_in_declared_order(table: Any, strange: pd.DataFrame) -> None:
    model = train_logistic(table.task("multiclass", LogisticSettings())).model
    fitted = LogisticRegression(solver="newton-cholesky", tol=1e-8).fit(matrix(table, table.features), table.several)
    order = [list(fitted.classes_).index(label) for label in ("mid", "low", "high")]
    for frame in (table.features, corners(strange)):
        expected = fitted.predict_proba(matrix(table, frame))[:, order]
        np.testing.assert_allclose(model.predict(frame), expected, rtol=0, atol=1e-9)


def test_another_solver_finds_the_same_optimum(table: Any) -> None:
    model = train_logistic(table.task("binary", LogisticSettings())).model
    fitted = LogisticRegression(solver="lbfgs", tol=1e-10, max_iter=10_000)
    fitted.fit(matrix(table, table.features), table.binary)
    expected = fitted.predict_proba(matrix(table, table.features))[:, 1]
    np.testing.assert_allclose(model.predict(table.features), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("alpha", [0.0, 1e-6, 1.0, 100.0])
def test_regression(alpha: float, table: Any, strange: pd.DataFrame) -> None:
    model = train_linear(table.task("regression", LinearSettings(alpha=alpha))).model
    estimator = Ridge(alpha=alpha, solver="svd") if alpha else LinearRegression()
    fitted = estimator.fit(matrix(table, table.features), table.number)
    np.testing.assert_allclose(
        model.predict(table.features), fitted.predict(matrix(table, table.features)), rtol=0, atol=1e-7
    )
    inside = corners(strange).query("word != 'never met' and word != 'undeclared' and size != 'undeclared'")
    assert len(inside) > 20
    np.testing.assert_allclose(model.predict(inside), fitted.predict(matrix(table, inside)), rtol=0, atol=1e-6)


def test_the_terms_are_the_weights(table: Any) -> None:
    model = train_logistic(table.task("binary", LogisticSettings())).model
    amount, count, word, _ = model.terms
    assert isinstance(amount, PolynomialTerm)
    known = table.features["amount"].dropna()
    assert amount.center == pytest.approx(known.mean())
    assert amount.moments == pytest.approx((0.0, known.var(ddof=0)))
    assert (amount.lower, amount.upper, amount.degree) == (0.0, 1500.0, 1)
    assert count.lower is None
    assert isinstance(word, TableTerm)
    assert word.axes[0].bins == tuple(range(1, 10))
    assert word.weights is not None
    assert sum(word.weights) == pytest.approx(1.0)
    assert word.values[9] == pytest.approx(0.0, abs=1e-12), "a level never met has no weight"
    assert word.values[10] == 0.0, "an undeclared level has none by definition"


def test_a_solver_that_gave_up_says_so(table: Any) -> None:
    trained = train_logistic(table.task("binary", LogisticSettings(max_iter=2)))
    assert trained.notes == ("The solver stopped after 2 iterations, before its tolerance was reached.",)


def test_a_constant_and_an_empty_column_weigh_nothing() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"flat": np.full(80, 7.0), "empty": np.full(80, np.nan), "x": rng.normal(size=80)})
    specs = (
        FeatureSpec(name="flat", kind="continuous"),
        FeatureSpec(name="empty", kind="continuous", missing=True),
        FeatureSpec(name="x", kind="continuous"),
    )
    target = np.where(frame["x"] + rng.normal(size=80) > 0, "yes", "no").astype(object)
    task = TrainingTask(
        features=frame,
        specs=specs,
        target=target,
        kind="binary",
        classes=("no", "yes"),
        settings=LogisticSettings(),
    )
    model = train_logistic(task).model
    assert model.terms[0].coefficients == (0.0,)
    assert model.terms[1].coefficients == (0.0,)
    assert np.isfinite(model.predict(frame)).all()


def test_a_saved_model_scores_the_same_bits(table: Any) -> None:
    model = train_logistic(table.task("multiclass", LogisticSettings())).model
    again = load_model(model.to_json())
    assert again == model
    assert again.predict(table.features).tobytes() == model.predict(table.features).tobytes()
