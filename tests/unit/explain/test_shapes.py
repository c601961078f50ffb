"""Global explanations: the model's own numbers in another order, with importances."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassledger.errors import ModelError
from glassledger.explain import explain_global
from glassledger.explain.support import cell_shares
from glassledger.models.additive import AdditiveModel, Axis, PointsScale, PolynomialTerm, TableTerm
from glassledger.models.nodes import Leaf, LevelSplit, ThresholdSplit, Tree
from glassledger.models.opaque import OpaqueModel
from glassledger.models.rules import RuleModel
from glassledger.records.explanation import GlobalExplanation
from glassledger.records.features import FeatureSpec


def test_the_worked_model(bank_model):
    shown = explain_global(bank_model)
    age, pair, balance, job = (
        next(s for s in shown.shapes if s.term == name) for name in ("age", "age × job", "balance", "job")
    )
    assert age.axes[0].labels == ("18 – 29", "30 – 59", "60 – 90", "missing")
    assert age.values == (-0.5, 0.1, 0.9, 0.0)
    assert age.density == (0.3, 0.5, 0.2, 0.0)
    assert job.axes[0].labels == ("clerk / other", "manager / retired", "missing", "not declared")
    assert job.values == (-0.2, 0.6, 0.0, 0.0)
    assert pair.values == (-0.4, 0.2, 0.0, 0.0, 0.4, -0.2, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    assert balance.values == pytest.approx((-0.4, 0.1, 0.6, 1.1, 1.6, -0.3))
    assert balance.axes[0].edges == (-1000, 1500, 4000, 6500, 9000)
    assert (shown.unit, shown.intercept, shown.exact) == ("log-odds", (-1.0,), True)
    # age: mean −.15 + .05 + .18 = .08; .3·.58 + .5·.02 + .2·.82 = .348
    assert shown.importances["age"] == pytest.approx(0.348)
    assert shown.importances["job"] == pytest.approx(0.3)  # mean 0: .75·.2 + .25·.6
    assert [shape.term for shape in shown.shapes] == sorted(shown.importances, key=lambda n: -shown.importances[n])
    assert shown.method.endswith("people as in the training rows")


def test_it_survives_canonical_json(bank_model):
    shown = explain_global(bank_model)
    assert GlobalExplanation.from_json(shown.to_json()) == shown


@given(data=st.data())
@settings(max_examples=50, deadline=None)
def test_every_cell_of_every_table_is_shown_at_its_place(data, drawn):
    model = data.draw(drawn.models())
    shown = {shape.term: shape for shape in explain_global(model).shapes}
    assert set(shown) == set(model.term_names)
    for term in model.terms:
        shape = shown[term.name]
        sizes = [len(axis.labels) for axis in shape.axes]
        drawn_values = np.array(shape.values).reshape(*sizes, model.outputs)
        if isinstance(term, PolynomialTerm):
            points = pd.DataFrame({term.feature: [*shape.axes[0].edges, np.nan]})
            frame = points.reindex(columns=["x", "n", "c"]).astype({"c": object})
            index = model.term_names.index(term.name)
            assert drawn_values == pytest.approx(model.contributions(frame)[:, index, :])
            continue
        own = np.array(term.values).reshape(*(axis.size for axis in term.axes), model.outputs)
        for number, axis in enumerate(term.axes):  # bring missing to the front again, levels into the model's order
            last = sizes[number] - 1
            levels = list(dict.fromkeys(axis.bins))
            back = (
                [last - 1, *(levels.index(place) for place in sorted(levels)), last] if levels else [last, *range(last)]
            )
            drawn_values = np.take(drawn_values, back, axis=number)
        assert np.array_equal(drawn_values, own)


@given(data=st.data())
@settings(max_examples=50, deadline=None)
def test_importance_is_the_mean_distance_over_people_drawn_from_the_shares(data, drawn):
    model = data.draw(drawn.models())
    specs = {spec.name: spec for spec in model.features}
    shown = explain_global(model)
    for term in model.terms:
        if isinstance(term, TableTerm):
            values = np.array(term.values).reshape(-1, model.outputs)
            if model.link == "softmax":
                values = values - values.mean(axis=1)[:, None]
            shares = cell_shares(term, specs)
            mean = np.average(values, axis=0, weights=shares)
            wanted = np.average(np.abs(values - mean).mean(axis=1), weights=shares)
            assert shown.importances[term.name] == pytest.approx(wanted, abs=1e-12)
    assert list(shown.importances.values()) == sorted(shown.importances.values(), reverse=True)


def test_adding_the_same_to_all_classes_has_no_importance():
    spec = FeatureSpec(name="c", kind="nominal", levels=("a", "b"))
    term = TableTerm(axes=(Axis(feature="c", bins=(1, 2)),), values=(0, 0, 0, 5, 5, 5, -5, -5, -5, 0, 0, 0))
    model = AdditiveModel(
        family="ebm", task="multiclass", link="softmax", classes=("u", "v", "w"), features=(spec,),
        intercept=(0, 0, 0), terms=(term,),
    )  # fmt: skip
    shown = explain_global(model)
    assert shown.importances == {"c": 0.0}
    assert shown.shapes[0].outputs == 3
    assert shown.method.endswith("spread evenly over the declared domain")


def test_equal_importances_stay_in_model_order(bank_model, rebuilt):
    twin = rebuilt(bank_model.terms[2], axes=(rebuilt(bank_model.terms[2].axes[0], feature="twin"),))
    specs = (*bank_model.features, FeatureSpec(name="twin", kind="nominal", levels=("p", "q", "r", "s")))
    for terms in ((twin, bank_model.terms[2]), (bank_model.terms[2], twin)):
        model = rebuilt(bank_model, features=specs, terms=terms)
        assert [shape.term for shape in explain_global(model).shapes] == [term.name for term in terms]


def test_the_points_of_a_scorecard_add_up_to_the_points_of_the_score(bank_model, rebuilt):
    scale = PointsScale(base_score=600, base_odds=50, pdo=20)
    model = rebuilt(bank_model, points=scale)
    shown = explain_global(model)
    points = {shape.term: shape.points for shape in shown.shapes}
    # a clerk of 25 with 1500 on the account: first bins, and the second point of the slope
    total = shown.base_points + points["age"][0] + points["job"][0] + points["age × job"][0] + points["balance"][1]
    row = pd.DataFrame({"age": [25.0], "balance": [1500.0], "job": ["clerk"]})
    log_odds = model.decision_values(row)[0, 0]
    assert total == pytest.approx(600 + 20 * (log_odds - np.log(50)) / np.log(2))
    assert explain_global(bank_model).shapes[0].points is None
    assert explain_global(bank_model).base_points is None


def test_half_widths_move_with_their_bins(bank_model, rebuilt):
    age = rebuilt(bank_model.terms[0], half_width=(0.4, 0.1, 0.2, 0.3))
    model = rebuilt(bank_model, terms=(age,))
    assert explain_global(model).shapes[0].half_width == (0.1, 0.2, 0.3, 0.4)


def _tree(*, shares: bool) -> RuleModel:
    nodes = (
        ThresholdSplit(feature="x", threshold=0.5, missing="left", left=1, right=2, value=(0.4,)),
        Leaf(value=(0.2,), share=0.75 if shares else None),
        LevelSplit(feature="c", levels=("a",), missing="right", left=3, right=4, value=(1.0,)),
        Leaf(value=(0.6,), share=0.125 if shares else None),
        Leaf(value=(1.4,), share=0.125 if shares else None),
    )
    specs = (
        FeatureSpec(name="c", kind="nominal", levels=("a", "b")),
        FeatureSpec(name="x", kind="continuous", lower=0, upper=1),
    )
    return RuleModel(family="tree", task="regression", features=specs, trees=(Tree(nodes=nodes),))


def test_a_trees_importances_come_from_its_own_values():
    shown = explain_global(_tree(shares=True))
    # x: −.2 for 3/4 of the rows, +.6 for 1/4, mean 0 → .15 + .15; c: ±.4 for 1/8 each, mean 0 → .1
    assert shown.importances == {"x": pytest.approx(0.3), "c": pytest.approx(0.1)}
    assert list(shown.importances) == ["x", "c"]
    assert len(shown.rules) == 3
    assert shown.shapes == ()
    assert "as in the training rows" in shown.method


def test_a_tree_that_releases_no_shares_counts_answers_evenly():
    shown = explain_global(_tree(shares=False))
    # x: −.2 and +.6 by halves, mean .2 → .4; c: 0, −.4, +.4 by ½, ¼, ¼ → .2
    assert shown.importances == {"x": pytest.approx(0.4), "c": pytest.approx(0.2)}
    assert "split evenly" in shown.method


def test_an_opaque_model_is_refused(bank_model):
    opaque = OpaqueModel(
        family="lightgbm", task="binary", classes=("no", "yes"), features=bank_model.features,
        artefact="sha256:" + "0" * 64,
    )  # fmt: skip
    with pytest.raises(ModelError) as caught:
        explain_global(opaque)
    assert caught.value.code == "model-opaque"
