"""Counterfactuals against brute force over the whole declared grid."""

from collections.abc import Callable
from itertools import combinations, product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassledger.errors import ModelError, PolicyError
from glassledger.explain.actions import grid_step
from glassledger.explain.counterfactual import counterfactual
from glassledger.models.additive import AdditiveModel, Axis, PolynomialTerm, TableTerm
from glassledger.policy import Policy
from glassledger.records.features import FeatureSpec

A = FeatureSpec(name="a", kind="continuous", lower=0, upper=6, integer=True)
B = FeatureSpec(name="b", kind="continuous", lower=-2, upper=2, integer=True)
C = FeatureSpec(name="c", kind="nominal", levels=("low", "mid", "high", "rest"), other="rest", ordered=True)
VALUES: dict[str, list[Any]] = {"a": list(range(7)), "b": list(range(-2, 3)), "c": ["low", "mid", "high"]}
SPAN = {"a": 6, "b": 4, "c": 2}
Build = Callable[..., Policy]
SMALL = st.integers(-8, 8).map(lambda n: n / 8)


@st.composite
def pair_models(draw: st.DrawFn) -> AdditiveModel:
    def table(*axes: Axis) -> TableTerm:
        cells = int(np.prod([axis.size for axis in axes]))
        return TableTerm(axes=axes, values=tuple(draw(st.lists(SMALL, min_size=cells, max_size=cells))))

    a, b = Axis(feature="a", cuts=(1.5, 4.0)), Axis(feature="b", cuts=(0.0,))
    c = Axis(feature="c", bins=(1, 2, 3, 1))
    slope = PolynomialTerm(feature="b", degree=2, coefficients=(draw(SMALL), draw(SMALL)), missing=(0.0,))
    pairs = [table(a, b), table(a, c), table(b, c)]
    return AdditiveModel(
        family="ebm",
        task="binary",
        link="logit",
        classes=("no", "yes"),
        features=(A, B, C),
        intercept=(draw(SMALL),),
        terms=(table(a), slope, table(c), *draw(st.lists(st.sampled_from(pairs), unique_by=id))),
    )


def _row(a: int, b: int, c: str) -> pd.DataFrame:
    return pd.DataFrame({"a": [float(a)], "b": [float(b)], "c": pd.Series([c], dtype=object)})


def _brute(model: AdditiveModel, row: pd.DataFrame, ways: dict[str, str | None], good: Any) -> Any:
    """(changes, size) of the best change set by looking at every one."""
    now = {name: row[name].iloc[0] for name in VALUES}
    found = []
    for count in (1, 2, 3):
        for names in combinations(VALUES, count):
            for values in product(*(VALUES[name] for name in names)):
                size, fine = 0.0, True
                changed = row.copy()
                for name, value in zip(names, values, strict=True):
                    places = VALUES[name]
                    move = places.index(value) - places.index(now[name])
                    way = ways[name]
                    fine &= way is not None and move != 0
                    fine &= way == "either" or (move > 0) == (way == "increase")
                    size += abs(move) / SPAN[name]
                    changed[name] = pd.Series([value], dtype=row[name].dtype)
                if fine and good(float(model.predict(changed)[0])):
                    found.append((count, size))
    return min(found, default=None)


@settings(max_examples=40, deadline=None)
@given(
    model=pair_models(),
    cells=st.tuples(*(st.sampled_from(values) for values in VALUES.values())),
    ways=st.tuples(*[st.sampled_from([None, "increase", "decrease", "either"])] * 3),
    threshold=st.sampled_from([0.3, 0.5, 0.7, 0.9]),
    adverse=st.sampled_from(["below", "at_or_above"]),
)
def test_the_search_finds_what_brute_force_finds(
    make_policy: Build, model: AdditiveModel, cells: Any, ways: Any, threshold: float, adverse: str
) -> None:
    allowed = dict(zip(VALUES, ways, strict=True))
    columns: dict[str, dict[str, Any]] = {name: {"actionable": way} for name, way in allowed.items() if way}
    columns.setdefault("c", {})["ordered"] = True
    policy = make_policy(model.features, columns=columns, decision={"threshold": threshold, "adverse": adverse})
    row = _row(*cells)

    def good(score: float) -> bool:
        return (score >= threshold) == (adverse == "below")

    found = counterfactual(model, row, policy=policy)

    assert found.exact
    if good(float(model.predict(row)[0])):
        assert found.status == "not_needed"
        return
    best = _brute(model, row, allowed, good)
    assert (found.status == "none") == (best is None)
    if best is not None:
        assert found.score_after is not None
        assert good(found.score_after)
        assert (len(found.changes), sum(change.size for change in found.changes)) == (best[0], pytest.approx(best[1]))
        for change in found.changes:
            assert allowed[change.feature] in ("either", change.direction)
            assert change.to != "rest"


def test_a_continuous_number_is_suggested_on_its_grid_within_its_bounds(make_policy: Build) -> None:
    spec = FeatureSpec(name="income", kind="continuous", lower=0, upper=90_000)
    term = PolynomialTerm(feature="income", lower=0, upper=90_000, coefficients=(1e-4,), missing=(0.0,))
    model = AdditiveModel(
        family="logistic",
        task="binary",
        link="logit",
        classes=("no", "yes"),
        features=(spec,),
        intercept=(-4.0,),
        terms=(term,),
    )
    policy = make_policy((spec,), columns={"income": {"actionable": "increase"}}, decision={"threshold": 0.5})

    found = counterfactual(model, pd.DataFrame({"income": [12_345.0]}), policy=policy)

    assert grid_step(spec) == 100.0
    assert [(change.to, change.direction) for change in found.changes] == [("40000", "increase")]


def test_nothing_undeclared_rare_or_missing_is_suggested(make_policy: Build) -> None:
    def of(**column: Any) -> Any:
        policy = make_policy((C,), columns={"c": {"ordered": True} | column}, decision={"threshold": 0.5})
        return lambda value, kept=None: counterfactual(
            model, pd.DataFrame({"c": pd.Series([value], dtype=object)}), policy=policy, levels_kept=kept
        )

    term = TableTerm(axes=(Axis(feature="c", bins=(1, 2, 3, 4)),), values=(9.0, -1.0, -1.0, 1.0, 9.0, 9.0))
    model = AdditiveModel(
        family="ebm",
        task="binary",
        link="logit",
        classes=("no", "yes"),
        features=(C,),
        intercept=(0.0,),
        terms=(term,),
    )

    assert [change.to for change in of(actionable="either")("low").changes] == ["high"]
    assert of(actionable="either")("low", {"c": ("low", "mid")}).status == "none", "the model never saw the level"
    assert of(actionable="decrease")("mid").status == "none"
    assert of()("low").status == "none", "not actionable unless declared"


def test_a_search_that_is_cut_short_says_so(make_policy: Build, bank_model: AdditiveModel, bank_rows: Any) -> None:
    columns = {name: {"actionable": "either"} for name in ("age", "balance", "job")}
    policy = make_policy(bank_model.features, columns=columns, decision={"threshold": 0.99})

    cut = counterfactual(bank_model, bank_rows.iloc[:1], policy=policy, most_nodes=2)

    assert (cut.status, cut.exact) == ("not_found", False)
    assert counterfactual(bank_model, bank_rows.iloc[:1], policy=policy).status == "none"


def test_what_cannot_be_answered_is_refused(make_policy: Build, bank_model: AdditiveModel, bank_rows: Any) -> None:
    with pytest.raises(PolicyError, match="nothing to reach"):
        counterfactual(bank_model, bank_rows.iloc[:1], policy=make_policy(bank_model.features))
    several = bank_model.model_copy(update={"task": "multiclass"})
    with pytest.raises(ModelError, match="one score"):
        counterfactual(several, bank_rows.iloc[:1], policy=make_policy(bank_model.features))


@pytest.mark.parametrize(
    ("spec", "way", "said"),
    [
        (FeatureSpec(name="x", kind="continuous"), "increase", "declare min and max"),
        (FeatureSpec(name="x", kind="nominal", levels=("p", "q")), "increase", "no order"),
    ],
)
def test_the_policy_refuses_a_direction_without_bounds_or_order(
    make_policy: Build, spec: FeatureSpec, way: str, said: str
) -> None:
    with pytest.raises(PolicyError, match=said):
        make_policy((spec,), columns={"x": {"actionable": way}})
