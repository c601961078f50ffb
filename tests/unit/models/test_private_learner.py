"""What the private learner does with declarations: directions, pairs, bins, empty places."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from glassledger.models.additive import AdditiveModel
from glassledger.models.private_cells import grid_of
from glassledger.models.private_learner import Choices, fit_private
from glassledger.models.private_target import target_of
from glassledger.privacy.objective_perturbation import Account
from glassledger.records.features import FeatureSpec

NUMBERS = tuple(FeatureSpec(name=name, kind="continuous", lower=0, upper=1) for name in "abc")
LEVEL = FeatureSpec(name="w", kind="nominal", levels=("u", "v", "nobody"), missing=True)
CLASSES = ("no", "yes")


def frame(rows: int, seed: int = 1) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(rng.uniform(0, 1, (rows, 3)), columns=list("abc"))
    table["w"] = rng.choice(np.array(["u", "v", None], dtype=object), rows)
    return table, rng.logistic(size=rows)


def fit(table: pd.DataFrame, answer: np.ndarray, **choices: Any) -> AdditiveModel:
    target = target_of("binary", np.where(answer, "yes", "no").astype(object), CLASSES)
    asked = Choices(**({"epsilon": 2.0, "delta": 1e-6} | choices))
    return fit_private(table, (*NUMBERS, LEVEL), target, CLASSES, asked).model


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("epsilon", [0.05, 2.0])
def test_a_declared_direction_holds_whatever_the_noise(sign: Any, epsilon: float) -> None:
    table, noise = frame(2_000)
    model = fit(table, np.sin(9 * table["a"]) > noise, epsilon=epsilon, monotone={"a": sign})
    probe = pd.DataFrame({"a": np.linspace(0, 1, 400), "b": 0.5, "c": 0.5, "w": "u"})
    assert (sign * np.diff(model.decision_values(probe)[:, 0]) >= -1e-12).all()


def test_the_strongest_pair_is_found_and_an_excluded_one_is_not() -> None:
    table, noise = frame(20_000)
    answer = (
        4 * (table["a"] - 0.5) + 4 * (table["b"] - 0.5) + 6 * np.sign((table["a"] - 0.5) * (table["b"] - 0.5)) > noise
    )
    found = fit(table, answer, pairs=1, epsilon=8.0)
    assert [[axis.feature for axis in term.axes] for term in found.terms if len(term.axes) == 2] == [["a", "b"]]
    other = fit(table, answer, pairs=1, epsilon=8.0, excluded=frozenset({frozenset({"a", "b"})}))
    assert [{axis.feature for axis in term.axes} for term in other.terms if len(term.axes) == 2] != [{"a", "b"}]
    alone = fit(table, answer, epsilon=8.0)
    right = [np.mean((model.decision_values(table)[:, 0] > 0) == answer) for model in (found, alone)]
    assert right[0] > right[1] + 0.05


def test_declared_bins_are_the_bins() -> None:
    table, noise = frame(500)
    model = fit(table, table["a"] > noise, cuts={"a": (0.1, 0.55), "b": (0.5,)})
    cuts = {term.axes[0].feature: term.axes[0].cuts for term in model.terms}
    assert cuts["a"] == (0.1, 0.55)
    assert cuts["b"] == (0.5,)


@pytest.mark.parametrize("answer", [True, False])
def test_an_absent_class_level_or_value_is_no_news(answer: bool) -> None:
    table, _ = frame(300)
    table["w"] = "u"
    table["a"] = 5.0  # beyond the declared bounds: counts as the bound
    model = fit(table, np.full(300, answer), epsilon=1.0)
    probe = pd.DataFrame({"a": [0.0, 1.0], "b": [0.0, 1.0], "c": [0.5, 0.5], "w": ["nobody", None]})
    assert np.isfinite(model.decision_values(probe)).all()
    assert model.classes == CLASSES


@pytest.mark.parametrize("classes", [2, 5])
@pytest.mark.parametrize("adjacency", ["add_or_remove_one", "replace_one"])
def test_the_releases_are_those_of_the_account_and_keep_the_claim(classes: int, adjacency: Any) -> None:
    table, _noise = frame(400)
    labels = tuple(f"k{index}" for index in range(classes))
    values = np.array(labels, dtype=object)[np.arange(400) % classes]
    target = target_of("binary" if classes == 2 else "multiclass", values, labels)
    choices = Choices(epsilon=3.0, delta=1e-6, adjacency=adjacency)
    fitted = fit_private(table, (*NUMBERS, LEVEL), target, labels, choices)
    account: Account = fitted.plan.account
    outputs = 1 if classes == 2 else classes
    kinds = [event.mechanism for event in fitted.events]
    assert kinds.count("objective-perturbation") == len(account.stages) == 2 * outputs
    assert kinds.count("discrete-gaussian") <= len(account.tables) + len(account.outputs)
    tables = [event for event in fitted.events if event.detail.startswith("counts")]
    assert sum((e.sensitivity / e.noise_scale) ** 2 for e in tables) <= sum(t.mu**2 for t in account.tables) + 1e-12
    if adjacency == "replace_one":
        assert account.replace_one(1e-6) <= 3.0 * (1 + 1e-4)
    assert account.delta(3.0) <= 1e-6


def test_a_grid_has_no_look_at_the_data() -> None:
    assert grid_of(NUMBERS[0]).cells == grid_of(FeatureSpec(name="z", kind="continuous", lower=0, upper=1)).cells
