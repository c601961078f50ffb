"""What every private family refuses, keeps and never keeps, whatever it is built on."""

import copy
import math
import re
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from glassledger.errors import Error, PrivacyError
from glassledger.models import load_model
from glassledger.models.private_task import UNPROTECTED, checked
from glassledger.models.registry import learner
from glassledger.models.training import Trained, TrainingTask
from glassledger.policy.families import FAMILIES, SETTINGS
from glassledger.privacy.accounting import composed_epsilon, pure_epsilon
from glassledger.privacy.budget import PrivacyBudget
from glassledger.records.features import FeatureSpec

FAMILIES_HERE = tuple(sorted(name for name, family in FAMILIES.items() if family.private and name.startswith("dp-")))
PURE = ("dp-forest", "dp-logistic", "dp-naive-bayes")
LEVELS = ("1", "1.0", " a", "a", "", "nan", "True", "b b")
SPECS = (
    FeatureSpec(name="amount", kind="continuous", lower=-50.0, upper=1500.0, missing=True),
    FeatureSpec(name="count", kind="continuous", lower=0.0, upper=6.0, integer=True),
    FeatureSpec(name="word", kind="nominal", levels=(*LEVELS, "never met"), missing=True, other="never met"),
    FeatureSpec(name="size", kind="nominal", levels=("s", "m", "l"), ordered=True),
)
ROWS = 1013


@pytest.fixture(params=[name for name in ("dp-ebm", *PURE) if name in FAMILIES_HERE])
def family(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def frame(rows: int = ROWS) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    amount = rng.gamma(2.0, 100.0, rows)
    word = rng.choice(np.array(LEVELS, dtype=object), rows)
    amount[rng.random(rows) < 0.2] = np.nan
    word[rng.random(rows) < 0.2] = None
    return pd.DataFrame(
        {
            "amount": amount,
            "count": rng.integers(0, 7, rows).astype(float),
            "word": word,
            "size": rng.choice(np.array(["s", "m", "l"], dtype=object), rows),
        }
    )


def task(family: str, **choices: Any) -> TrainingTask:
    features = choices.get("features", frame())
    effect = np.asarray(frame(len(features))["count"]) - 3 + np.random.default_rng(1).logistic(size=len(features))
    kind = choices.get("kind", "binary")
    binary = np.where(effect > 0, "yes", "no").astype(object)
    several = np.select([effect < -1, effect > 1], ["low", "high"], "mid").astype(object)
    quick = {"max_rounds": 5} if family == "dp-ebm" else {}
    stated = {
        "features": features,
        "specs": SPECS,
        "target": several if kind == "multiclass" else binary,
        "kind": "binary",
        "classes": ("mid", "low", "high") if kind == "multiclass" else ("no", "yes"),
        "settings": SETTINGS[family](**quick),
        "budget": PrivacyBudget(Decimal(2), Decimal("1e-5")),
    }
    return TrainingTask(**{**stated, **choices})


def fit(family: str, **choices: Any) -> Trained:
    return learner(family)(task(family, **choices))


def test_a_fit_says_what_it_cost_and_what_is_not_covered(family: str) -> None:
    trained = fit(family)

    assert trained.model.family == family
    assert trained.events
    assert all(math.isfinite(event.noise_scale) and event.noise_scale > 0 for event in trained.events)
    assert set(UNPROTECTED) <= set(trained.unprotected)
    for said in (trained.library, trained.native, trained.accountant, trained.noise_source):
        assert said
    assert "CSPRNG" in trained.noise_source
    assert any("number of rows is protected" in note for note in trained.notes)


@pytest.mark.parametrize("adjacency", ["add_or_remove_one", "replace_one"])
def test_the_events_cost_the_budget_and_hardly_less(family: str, adjacency: Any) -> None:
    events = fit(family, adjacency=adjacency).events

    epsilon = pure_epsilon(events) if family in PURE else composed_epsilon(events, 1e-5)
    assert epsilon == pytest.approx(2.0, rel=1e-3)
    assert epsilon <= 2.0 * (1 + 1e-5)


def test_a_model_is_loaded_from_its_bytes(family: str) -> None:
    model = fit(family).model

    assert load_model(model.to_json()) == model
    assert np.isfinite(model.predict(frame(100))).all()


def test_the_number_of_rows_is_nowhere(family: str) -> None:
    trained = fit(family)
    kept = trained.model.to_json().decode() + str(trained.events) + trained.native + str(trained.notes)
    numbers = [float(number) for number in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", kept)]

    assert not [number for number in numbers if abs(number) == ROWS]


@pytest.mark.parametrize("label", ["no", "yes"])
def test_an_absent_class_is_no_news(family: str, label: str) -> None:
    model = fit(family, target=np.full(ROWS, label, dtype=object)).model

    assert model.classes == ("no", "yes")
    assert np.isfinite(model.predict(frame(50))).all()


def test_one_row_is_fitted_like_any_table(family: str) -> None:
    model = fit(family, features=frame(1), target=np.array(["yes"], dtype=object)).model

    assert np.isfinite(model.predict(frame(50))).all()


@pytest.mark.parametrize("name", PURE)
@pytest.mark.parametrize("adjacency", ["add_or_remove_one", "replace_one"])
def test_several_classes(name: str, adjacency: Any) -> None:
    if name not in FAMILIES:
        pytest.skip("no such family")
    trained = fit(name, kind="multiclass", adjacency=adjacency)
    chances = trained.model.predict(frame(200))

    assert chances.shape == (200, 3)
    assert np.abs(chances.sum(axis=1) - 1).max() < 1e-9
    assert pure_epsilon(trained.events) == pytest.approx(2.0, rel=1e-6)


def test_two_fits_differ(family: str) -> None:
    assert fit(family).model != fit(family).model


@pytest.mark.parametrize(
    ("choices", "code"),
    [
        ({"budget": None}, "budget-missing"),
        ({"seed": 0}, "seed-private"),
        (
            {"specs": (SPECS[0], SPECS[1].model_copy(update={"lower": None, "upper": None}), *SPECS[2:])},
            "bounds-missing",
        ),
        ({"specs": ()}, "bounds-missing"),
        ({"monotone": {"count": "increasing"}}, "constraint-unsupported"),
        ({"interactions": 1}, "constraint-unsupported"),
        ({"kind": "regression", "classes": ()}, "task-unsupported"),
        ({"features": frame().assign(size="CANARY")}, "value-undeclared"),
        ({"features": frame().assign(count=np.nan)}, "value-undeclared"),
        ({"features": frame().assign(amount=-np.inf)}, "value-undeclared"),
        ({"features": frame().assign(count="CANARY")}, "feature-not-numeric"),
        ({"features": frame().drop(columns="size")}, "feature-missing"),
        ({"target": np.full(ROWS, "CANARY", dtype=object)}, "class-undeclared"),
    ],
)
def test_what_is_refused(family: str, choices: dict[str, Any], code: str) -> None:
    with pytest.raises(Error) as refused:
        fit(family, **choices)

    assert refused.value.code == code
    assert "CANARY" not in str(refused.value.as_dict())
    assert refused.value.__cause__ is None


def test_undeclared_values_go_where_the_policy_says() -> None:
    spec = SPECS[2]
    features = frame().assign(word="anything else")

    private = checked(task("dp-naive-bayes", features=features), "dp-naive-bayes")

    assert set(private.columns[2]) == {spec.levels.index("never met")}


def test_values_are_clipped_and_missing_ones_get_the_last_code() -> None:
    features = frame(4).assign(amount=[-1e9, 1e9, np.nan, 3.0], word=["a", None, "1", "1.0"])

    private = checked(task("dp-logistic", features=features), "dp-logistic")

    assert np.array_equal(private.columns[0], [-50.0, 1500.0, np.nan, 3.0], equal_nan=True)
    assert private.columns[2].tolist() == [3, 9, 0, 1]
    assert private.epsilon <= 2
    assert (private.steps, checked(task("dp-logistic", adjacency="replace_one"), "dp-logistic").steps) == (1, 2)


def test_a_task_shows_no_rows(family: str) -> None:
    features = frame().assign(word="a")
    private = checked(task(family, features=features), family)

    assert "0." not in repr(private)
    assert len(repr(private)) < 200


def test_a_budget_can_be_copied_but_costs_again() -> None:
    """A budget is a number; only the reservation is a ticket."""
    budget = PrivacyBudget(Decimal(1))

    assert copy.deepcopy(budget) == budget


def test_deltas_matter_to_the_gaussian_family_only() -> None:
    pure = PrivacyBudget(Decimal(1), Decimal(0))
    for name in PURE:
        assert fit(name, budget=pure).events
    with pytest.raises(PrivacyError) as refused:
        fit("dp-ebm", budget=pure)
    assert refused.value.code == "delta-missing"


def test_rows_in_another_order_carry_the_same_information(family: str) -> None:
    """No family may depend on row positions: the encoded task is a permutation."""
    order = np.random.default_rng(2).permutation(ROWS)
    asked = task(family)
    shuffled = task(family, features=frame().iloc[order].reset_index(drop=True), target=asked.target[order])

    one, two = checked(asked, family), checked(shuffled, family)

    assert all(np.array_equal(a[order], b, equal_nan=True) for a, b in zip(one.columns, two.columns, strict=True))
