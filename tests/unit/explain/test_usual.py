"""Round numbers and levels that are usual by the model's own shares."""

import numpy as np
import pytest

from glassledger.explain.usual import round_within, typical_value, usual_values
from glassledger.models.additive import AdditiveModel, Axis, PolynomialTerm, TableTerm
from glassledger.models.nodes import Leaf, ThresholdSplit, Tree
from glassledger.models.rules import RuleModel
from glassledger.records.features import FeatureSpec

AMOUNT = FeatureSpec(name="x", kind="continuous", lower=0, upper=100_000, missing=True)
LEVEL = FeatureSpec(name="x", kind="nominal", levels=("a", "b", "c"), missing=True)


def model_of(spec: FeatureSpec, *terms) -> AdditiveModel:
    return AdditiveModel(
        family="ebm", task="regression", link="identity", features=(spec,), intercept=(0.0,), terms=terms
    )


def table_of(spec: FeatureSpec, weights, cuts=()) -> AdditiveModel:
    axis = Axis(feature="x", bins=(1, 2, 2)) if spec.kind == "nominal" else Axis(feature="x", cuts=cuts)
    return model_of(spec, TableTerm(axes=(axis,), values=(0.0,) * axis.size, weights=weights))


@pytest.mark.parametrize(
    ("lower", "upper", "whole", "wanted"),
    [
        (0, 10, False, 5), (1448.5, 1501.5, False, 1500), (1448.5, 1452.5, False, 1450), (0.2, 0.3, False, 0.2),
        (29.5, 59.5, True, 40), (-10, -4, False, -7), (-0.5, 0.5, True, 0), (18, 18.5, True, 18), (3.2, 3.4, True, 4),
        (7, 7, False, 7),
    ],
)  # fmt: skip
def test_round_numbers(lower, upper, whole, wanted):
    assert round_within(lower, upper, whole=whole) == wanted


def test_a_skewed_number_is_tried_where_its_people_are():
    model = table_of(AMOUNT, (0.0, 0.5, 0.4, 0.0999, 0.0001), cuts=(10.0, 1000.0, 5000.0))
    assert usual_values(model, AMOUNT) == (5.0, 500.0, 3000.0)  # never the bin that one in 10,000 is in
    assert typical_value(model, AMOUNT) == 5.0


def test_most_people_without_a_value_make_missing_typical():
    assert typical_value(table_of(AMOUNT, (0.6, 0.2, 0.2), cuts=(10.0,)), AMOUNT) is None
    assert typical_value(table_of(AMOUNT, (0.4, 0.2, 0.4), cuts=(10.0,)), AMOUNT) is not None
    assert typical_value(table_of(LEVEL, (0.6, 0.2, 0.2, 0.0)), LEVEL) is None


def test_rare_levels_are_not_tried():
    assert usual_values(table_of(LEVEL, (0.0, 0.995, 0.005, 0.0)), LEVEL) == ("a",)
    assert usual_values(table_of(LEVEL, (0.0, 0.5, 0.5, 0.0)), LEVEL) == ("a", "b", "c")
    assert usual_values(table_of(LEVEL, None), LEVEL) == ("a", "b", "c")
    assert typical_value(table_of(LEVEL, (0.0, 0.3, 0.7, 0.0)), LEVEL) == "b"


def test_a_slope_is_tried_around_its_mean():
    slope = PolynomialTerm(
        feature="x", center=1000.0, lower=0.0, upper=100_000.0, coefficients=(1.0,), missing=(0.0,),
        moments=(0.0, 300.0**2),
    )  # fmt: skip
    values = usual_values(model_of(AMOUNT, slope), AMOUNT)
    assert 200 < min(values) < 600
    assert 1400 < max(values) < 1800
    assert len(values) == 19
    assert typical_value(model_of(AMOUNT, slope), AMOUNT) == 1000.0


@pytest.mark.parametrize("term", [None, PolynomialTerm(feature="x", coefficients=(1.0,), missing=(0.0,))])
def test_without_shares_the_declared_domain_is_tried_evenly(term):
    model = table_of(AMOUNT, None, cuts=(5.0,)) if term is None else model_of(AMOUNT, term)
    values = usual_values(model, AMOUNT)
    assert len(values) == 19
    assert np.allclose(np.diff(values), 100_000 / 19, rtol=0.6)
    assert typical_value(model, AMOUNT) == 50_000.0


@pytest.mark.parametrize(
    ("model", "low", "high"),
    [
        (table_of(FeatureSpec(name="x", kind="continuous"), None, cuts=(0.0, 10.0)), -10, 20),
        (table_of(FeatureSpec(name="x", kind="continuous"), (0.0, 1.0)), 0, 1),
        (model_of(FeatureSpec(name="x", kind="continuous"),
                  PolynomialTerm(feature="x", center=5.0, coefficients=(1.0,), missing=(0.0,))), 4, 6),
        (RuleModel(family="tree", task="regression", features=(FeatureSpec(name="x", kind="continuous"),), trees=(
            Tree(nodes=(ThresholdSplit(feature="x", threshold=7.0, missing="left", left=1, right=2, value=(0.0,)),
                        Leaf(value=(0.0,)), Leaf(value=(1.0,)))),)), 6, 8),
        (RuleModel(family="tree", task="regression", features=(FeatureSpec(name="x", kind="continuous"),), trees=(
            Tree(nodes=(Leaf(value=(0.0,)),)),)), 0, 1),
    ],
)  # fmt: skip
def test_without_declared_bounds_the_model_says_where(model, low, high):
    values = usual_values(model, model.features[0])
    assert low <= min(values) < max(values) <= high
