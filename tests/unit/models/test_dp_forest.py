"""A row is walked by hand; permute-and-flip is enumerated exactly; one record changes one leaf of one tree."""

import itertools
import math
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassledger.models import dp_forest
from glassledger.models.diffprivlib_families import Mechanisms
from glassledger.models.dp_forest import design, grown, train
from glassledger.models.private_task import checked
from glassledger.models.training import TrainingTask
from glassledger.policy.families import DpForestSettings
from glassledger.privacy.budget import PrivacyBudget
from glassledger.records.features import FeatureSpec

SPECS = (
    FeatureSpec(name="x", kind="continuous", lower=-3.0, upper=7.0, missing=True),
    FeatureSpec(name="z", kind="continuous", lower=0.0, upper=1.0),
    FeatureSpec(name="w", kind="nominal", levels=("a", "b", "c"), missing=True),
)


def frame(rows: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "x": np.where(rng.random(rows) < 0.2, np.nan, rng.uniform(-3, 7, rows)),
            "z": rng.random(rows),
            "w": rng.choice(np.array(["a", "b", "c", None], dtype=object), rows),
        }
    )


def task(rows: int = 300, kind: str = "binary", **choices: Any) -> TrainingTask:
    classes = ("no", "yes") if kind == "binary" else ("one", "two", "three")
    return TrainingTask(
        features=frame(rows),
        specs=SPECS,
        target=np.random.default_rng(1).choice(np.array(classes, dtype=object), rows),
        kind=kind,
        classes=classes,
        settings=choices.pop("settings", DpForestSettings(n_estimators=7, max_depth=4)),
        budget=PrivacyBudget(Decimal(1)),
        **choices,
    )


class Recorder:
    """Labels that do not depend on the counts, and a record of the counts."""

    library = noise_source = "test"

    def __init__(self) -> None:
        self.asked: list[tuple[tuple[int, ...], float]] = []

    def choose(self, counts: list[int], epsilon: float) -> int:
        self.asked.append((tuple(counts), epsilon))
        return len(self.asked) % len(counts)


def walked(nodes: list[Any], row: np.ndarray) -> int:
    place = 0
    while nodes[place].column >= 0:
        node = nodes[place]
        place = node.left if row[node.column] <= node.threshold else node.right
    return place


@pytest.mark.parametrize("kind", ["binary", "multiclass"])
def test_the_compiled_form_is_the_vote_of_the_trees(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[tuple[list[Any], dict[int, int]]] = []
    real = dp_forest.leaf_labels

    def spy(nodes: list[Any], *rest: Any) -> dict[int, int]:
        kept.append((nodes, real(nodes, *rest)))
        return kept[-1][1]

    monkeypatch.setattr(dp_forest, "leaf_labels", spy)
    asked = task(kind=kind)
    model = train(asked, Mechanisms()).model
    _, rows = design(checked(asked, "dp-forest"))
    votes = np.array([[labels[walked(nodes, row)] for nodes, labels in kept] for row in rows])
    shares = np.stack([(votes == label).mean(axis=1) for label in range(len(asked.classes))], axis=1)

    ours = model.predict(asked.features)
    assert np.abs(ours - (shares[:, 1] if kind == "binary" else shares)).max() < 1e-9
    total = np.asarray(model.intercept) + model.contributions(asked.features).sum(axis=1)
    assert np.abs(total - model.decision_values(asked.features)).max() < 1e-9
    undeclared = asked.features.iloc[:3].assign(w="undeclared")
    assert np.isfinite(model.predict(undeclared)).all()


def test_inner_values_are_shares_of_the_declared_range_and_nothing_of_the_data() -> None:
    tree = train(task(settings=DpForestSettings(n_estimators=1, max_depth=6)), Mechanisms()).model.trees[0]

    for node in tree.nodes:
        if node.kind != "leaf":
            low, high = sorted((tree.nodes[node.left].value[0], tree.nodes[node.right].value[0]))
            assert low - 1e-12 <= node.value[0] <= high + 1e-12
        assert node.share is None


def permute_and_flip(counts: tuple[int, ...], epsilon: float) -> np.ndarray:
    """Exact law: over every order, each candidate stops with exp(epsilon · (count − largest))."""
    out = np.zeros(len(counts))
    heads = [math.exp(epsilon * (count - max(counts))) for count in counts]
    for order in itertools.permutations(range(len(counts))):
        left = 1.0
        for candidate in order:
            out[candidate] += left * heads[candidate]
            left *= 1 - heads[candidate]
    return out / math.factorial(len(counts))


@given(st.lists(st.integers(0, 6), min_size=2, max_size=4), st.data(), st.sampled_from([0.1, 0.5, 2.0]))
@settings(max_examples=200, deadline=None)
def test_one_record_more_changes_no_label_by_more_than_epsilon(counts: list[int], data: Any, epsilon: float) -> None:
    more = list(counts)
    more[data.draw(st.integers(0, len(counts) - 1))] += 1

    ratio = np.log(permute_and_flip(tuple(counts), epsilon) / permute_and_flip(tuple(more), epsilon))

    assert np.abs(ratio).max() <= epsilon + 1e-9


def test_a_replaced_record_would_break_it_without_the_second_step() -> None:
    """Why replace_one gets half: the vendor's estimator states the same epsilon for both."""
    ratio = np.log(permute_and_flip((5, 4), 0.5) / permute_and_flip((4, 5), 0.5))

    assert np.abs(ratio).max() > 0.5 * 1.05
    assert np.abs(np.log(permute_and_flip((5, 4), 0.25) / permute_and_flip((4, 5), 0.25))).max() <= 0.5


def test_the_vendors_sampler_follows_the_exact_law() -> None:
    exact = permute_and_flip((3, 5, 4), 0.5)
    drawn = np.bincount([Mechanisms().choose([3, 5, 4], 0.5) for _ in range(4000)], minlength=3)

    square = ((drawn - 4000 * exact) ** 2 / (4000 * exact)).sum()
    assert square < 40  # chi-square with 2 degrees of freedom: beyond 40 once in 5e8 runs
    uniform = ((drawn - 4000 / 3) ** 2 / (4000 / 3)).sum()
    assert uniform > 40  # and the test can fail


@pytest.mark.parametrize(("adjacency", "epsilon"), [("add_or_remove_one", 1.0), ("replace_one", 0.5)])
def test_one_record_changes_one_count_of_one_leaf_of_one_tree(
    adjacency: Any, epsilon: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dp_forest, "_public_randomness", lambda: np.random.RandomState(3))
    small, large = task(200, adjacency=adjacency), task(201, adjacency=adjacency)
    small = replace(small, features=large.features.iloc[:200], target=large.target[:200])
    # the same draws deal the same rows to the same trees; the 201st draw is the new record's own
    monkeypatch.setattr(dp_forest, "grown", lambda layout, depth, _: grown(layout, depth, np.random.RandomState(9)))
    one, two = Recorder(), Recorder()
    train(small, one)
    train(large, two)

    changes = [tuple(np.subtract(b, a)) for (a, _), (b, _) in zip(one.asked, two.asked, strict=True) if a != b]
    assert changes in ([(1, 0)], [(0, 1)])
    assert {spent for _, spent in two.asked} == {epsilon}
    assert len(two.asked) == 7 * 2**4
    assert sum(sum(counts) for counts, _ in two.asked) == 201


def test_every_leaf_is_labelled_by_the_mechanism_even_an_empty_one() -> None:
    recorder = Recorder()
    train(task(3, settings=DpForestSettings(n_estimators=2, max_depth=5)), recorder)

    assert len(recorder.asked) == 2 * 2**5
    assert sum(1 for counts, _ in recorder.asked if sum(counts) == 0) >= 2 * 2**5 - 3


def test_missing_numbers_stand_left_of_every_value() -> None:
    layout, rows = design(checked(task(), "dp-forest"))
    column = rows[:, 0]

    assert [entry.lower for entry in layout] == [-0.25, 0.0, 0.0, 0.0, 0.0, 0.0]
    assert set(column[np.isnan(task().features["x"])]) == {-0.25}
    assert column[~np.isnan(task().features["x"])].min() >= 0
    assert (rows[:, 2:].sum(axis=1) == 1).all()  # exactly one level, missing included


def test_the_trees_do_not_depend_on_the_number_of_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dp_forest, "_public_randomness", lambda: np.random.RandomState(3))

    def questions(rows: int) -> list[Any]:
        model = train(task(rows), Mechanisms()).model
        return [
            [getattr(node, "threshold", getattr(node, "levels", None)) for node in tree.nodes] for tree in model.trees
        ]

    assert questions(100) == questions(101)
