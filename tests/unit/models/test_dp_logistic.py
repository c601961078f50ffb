"""The compiled form against the design, the solver against SciPy, the proof against exact densities."""

import math
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit

from glassledger.errors import ModelError
from glassledger.models import dp_logistic
from glassledger.models.dp_logistic import design, private_minimum
from glassledger.models.private_task import checked
from glassledger.models.training import TrainingTask
from glassledger.policy.families import DpLogisticSettings
from glassledger.privacy.budget import PrivacyBudget
from glassledger.records.features import FeatureSpec

SPECS = (
    FeatureSpec(name="x", kind="continuous", lower=-3.0, upper=7.0, missing=True),
    FeatureSpec(name="z", kind="continuous", lower=0.0, upper=1.0),
    FeatureSpec(name="w", kind="nominal", levels=("a", "b", "c"), missing=True),
    FeatureSpec(name="v", kind="nominal", levels=("p", "q")),
)


def frame(rows: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "x": np.where(rng.random(rows) < 0.2, np.nan, rng.uniform(-5, 9, rows)),
            "z": rng.random(rows),
            "w": rng.choice(np.array(["a", "b", "c", None], dtype=object), rows),
            "v": rng.choice(np.array(["p", "q"], dtype=object), rows),
        }
    )


def task(rows: int = 200, kind: str = "binary", **choices: Any) -> TrainingTask:
    classes = ("no", "yes") if kind == "binary" else ("one", "two", "three")
    rng = np.random.default_rng(1)
    return TrainingTask(
        features=frame(rows),
        specs=SPECS,
        target=rng.choice(np.array(classes, dtype=object), rows),
        kind=kind,
        classes=classes,
        settings=choices.pop("settings", DpLogisticSettings()),
        budget=PrivacyBudget(Decimal(1)),
        **choices,
    )


class Silent:
    """Mechanisms without noise, that keep what they were asked."""

    library = noise_source = "test"

    def __init__(self, noise: float = 0.0, extra: float = 0.0) -> None:
        self.asked: list[tuple[int, float, float, float]] = []
        self.noise, self.extra = noise, extra

    def objective_noise(self, dimension: int, epsilon: float, curvature: float, alpha: float) -> Any:
        self.asked.append((dimension, epsilon, curvature, alpha))
        return np.full(dimension, self.noise), self.extra


@given(st.integers(0, 10_000), st.integers(1, 40))
@settings(max_examples=40, deadline=None)
def test_no_row_of_the_design_is_longer_than_one(seed: int, rows: int) -> None:
    rng = np.random.default_rng(seed)
    wild = frame(rows, seed).assign(x=rng.choice([-1e300, 1e300, np.nan, -3.0, 7.0], rows))

    matrix, norm = design(checked(task(rows), "dp-logistic"))
    other, _ = design(checked(replace(task(rows), features=wild), "dp-logistic"))

    assert norm == math.sqrt(5)
    assert matrix.shape == (rows, 1 + 2 + 1 + 4 + 2)
    assert (np.linalg.norm(matrix, axis=1) <= 1).all()
    assert (np.linalg.norm(other, axis=1) <= 1).all()


@pytest.mark.parametrize(("kind", "outputs"), [("binary", 1), ("multiclass", 3)])
def test_the_compiled_form_is_the_design_times_the_weights(kind: str, outputs: int) -> None:
    asked = task(500, kind)
    matrix, norm = design(checked(asked, "dp-logistic"))
    weights = np.random.default_rng(2).normal(size=(matrix.shape[1], outputs))

    model = dp_logistic._compiled(asked, weights)

    assert np.abs(model.decision_values(asked.features) - matrix * norm @ weights).max() < 1e-9
    undeclared = asked.features.iloc[:1].assign(v="never declared")
    block = model.contributions(undeclared)[0, 3]
    assert (block == 0).all()


def test_without_noise_it_is_ridge_logistic_regression() -> None:
    asked = task(400)
    matrix, _ = design(checked(asked, "dp-logistic"))
    positive = asked.target == "yes"

    ours = private_minimum(
        matrix, positive, epsilon=1.0, steps=1, alpha=0.3, max_iter=100, mechanisms=Silent(noise=0.0, extra=0.2)
    )

    def objective(w: np.ndarray) -> tuple[float, np.ndarray]:
        scores = matrix @ w
        loss = np.logaddexp(0, scores).sum() - scores[positive].sum() + 0.25 * w @ w
        return loss, matrix.T @ (expit(scores) - positive) + 0.5 * w

    theirs = minimize(objective, np.zeros(matrix.shape[1]), jac=True, method="BFGS", options={"gtol": 1e-9}).x
    assert np.abs(ours - theirs).max() < 1e-6


@pytest.mark.parametrize("noise", [0.0, 1.0, -1e3, 1e5])
@pytest.mark.parametrize("rows", [0, 1, 300])
@pytest.mark.parametrize("ridge", [1e-3, 1.0, 1e4])
def test_the_solver_arrives_wherever_the_noise_sends_it(noise: float, rows: int, ridge: float) -> None:
    matrix = np.random.default_rng(3).normal(size=(rows, 6))
    matrix /= np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1)
    positive = matrix[:, 0] > 0  # separable

    weights = dp_logistic._newton(matrix, positive, np.full(6, noise), ridge, 1000)

    slope = matrix.T @ (expit(matrix @ weights) - positive) + noise + ridge * weights
    assert np.linalg.norm(slope) <= dp_logistic._GRADIENT


def test_a_solver_that_does_not_arrive_is_an_error_and_no_model() -> None:
    with pytest.raises(ModelError) as refused:
        dp_logistic._newton(np.eye(3), np.array([True, False, True]), np.ones(3), 1e-3, 1)
    assert refused.value.code == "solver-failed"


@pytest.mark.parametrize(("adjacency", "factor"), [("add_or_remove_one", 2.0), ("replace_one", 1.0)])
def test_what_is_asked_of_the_mechanisms(adjacency: Any, factor: float) -> None:
    silent = Silent(extra=0.1)

    dp_logistic.train(task(50, "multiclass", adjacency=adjacency), silent)

    noise, polish = silent.asked[::2], silent.asked[1::2]
    assert len(noise) == len(polish) == 3
    for dimension, epsilon, curvature, alpha in noise:
        assert (dimension, curvature) == (10, 0.25)
        assert epsilon == pytest.approx(factor * 0.99 / 3)
        assert alpha == pytest.approx(1 / 5)  # c = 1 on the undivided design
    assert all(epsilon == pytest.approx(0.01 / 3) for _, epsilon, _, _ in polish)


# The proof, against exact densities. With b ~ exp(−rate·‖b‖) the released minimum w has density
# exp(−rate·‖b(w)‖) · det H(w), b(w) = −(Σ gradients + ridge·w), H(w) = Σ second derivatives + ridge.


def log_density(w: np.ndarray, rows: np.ndarray, y: np.ndarray, rate: float, ridge: np.ndarray) -> float:
    chance = expit(rows @ w)
    b = -(rows.T @ (chance - y) + ridge * w)
    hessian = rows.T @ (rows * (chance * (1 - chance))[:, None]) + np.diag(ridge)
    return float(-rate * np.linalg.norm(b) + np.linalg.slogdet(hessian)[1])


def parameters(epsilon: float, alpha: float) -> tuple[float, float]:
    """Rate of the noise and ridge that our call of the mechanism gives under add-or-remove-one."""
    from glassledger.models.diffprivlib_families import Mechanisms

    _, extra = Mechanisms().objective_noise(2, 2 * epsilon, 0.25, alpha)
    published = 2 * epsilon - 2 * math.log1p(0.25 / alpha)
    return (published if published > 0 else epsilon) / 2, alpha + extra


def worst(rate: float, ridge: np.ndarray, length: float = 1.0, seed: int = 0) -> float:
    """Largest log-ratio met over random tables, added records and released weights."""
    rng = np.random.default_rng(seed)
    found = 0.0
    for _ in range(400):
        rows = rng.normal(size=(int(rng.integers(0, 4)), 2))
        record = rng.normal(size=(1, 2))
        rows *= length / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
        record *= length / np.linalg.norm(record)
        y, label = rng.integers(0, 2, len(rows)).astype(float), rng.integers(0, 2, 1).astype(float)
        w = rng.normal(size=2) * 10 ** rng.uniform(-2, 1.5)
        one = log_density(w, rows, y, rate, ridge)
        two = log_density(w, np.vstack([rows, record]), np.append(y, label), rate, ridge)
        found = max(found, abs(one - two))
    return found


@pytest.mark.parametrize("epsilon", [0.05, 0.5, 1.0, 4.0])
@pytest.mark.parametrize("alpha", [0.01, 0.2, 3.0])
def test_no_density_ratio_exceeds_epsilon_and_some_come_close(epsilon: float, alpha: float) -> None:
    rate, ridge = parameters(epsilon, alpha)

    ratio = worst(rate, np.full(2, ridge))

    assert ratio <= epsilon * (1 + 1e-9)
    assert ratio > 0.5 * epsilon


def test_a_constant_that_is_not_penalised_breaks_the_proof() -> None:
    """diffprivlib's objective: the intercept's row entry is 1 as here, its ridge 0."""
    rate, ridge = parameters(0.5, 0.2)

    assert worst(rate, np.array([ridge, 1e-9])) > 0.5


def test_a_norm_that_is_not_squared_breaks_the_proof() -> None:
    """diffprivlib on rows of norm 10: its noise grows with the norm, its ridge should grow with the square."""
    from glassledger.models.diffprivlib_families import _mechanisms

    epsilon, norm, alpha = 0.5, 10.0, 0.2
    with _mechanisms() as vendor:
        noise = vendor.Vector(
            epsilon=2 * epsilon, dimension=2, alpha=alpha, function_sensitivity=0.25, data_sensitivity=norm, n=1
        ).randomise(lambda w: (0.0, np.zeros(2)))
    extra = noise(np.array([1.0, 0.0]))[1][0] - noise(np.zeros(2))[1][0]
    rate = epsilon / 2 / norm

    assert worst(rate, np.full(2, alpha + extra), length=norm) > epsilon


def test_noise_for_twice_the_epsilon_breaks_the_claim() -> None:
    rate, ridge = parameters(1.0, 0.2)

    assert worst(rate, np.full(2, ridge)) > 0.5


def test_the_polish_covers_the_distance_to_the_exact_minimum() -> None:
    """Two approximate minima of one exact minimum differ by at most twice the allowed gradient over the ridge."""
    from glassledger.models.diffprivlib_families import Mechanisms

    noise, _ = Mechanisms().objective_noise(3, 0.01, 0.0, 1.0)
    distance = dp_logistic._ALLOWED_GRADIENT / 0.4
    shift = np.array([2.0, 0.0, 0.0])  # in units of the distance
    # density exp(−‖z‖·epsilon/2) of z = released/distance − minimum: a shift of 2 changes it by at most epsilon
    assert abs(np.linalg.norm(noise + shift) - np.linalg.norm(noise)) * 0.01 / 2 <= 0.01
    assert np.linalg.norm(noise) * distance < 1e-2
