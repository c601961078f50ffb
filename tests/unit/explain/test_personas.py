"""Fictitious people: declared values only, the same ones each time, on the right side of the threshold."""

import numpy as np
import pandas as pd
import pytest

from glassledger.explain.personas import personas, table
from glassledger.explain.usual import usual_values
from glassledger.models.additive import Axis, TableTerm
from glassledger.models.nodes import Leaf, ThresholdSplit, Tree
from glassledger.models.rules import RuleModel
from glassledger.records.features import FeatureSpec


def people_of(model, policy):
    return {persona.name: persona.explanation for persona in personas(model, policy)}


def test_five_people_around_a_threshold(bank_model, make_policy):
    policy = make_policy(bank_model.features, decision={"threshold": 0.3})
    people = people_of(bank_model, policy)
    assert list(people) == ["typical", "just above", "just below", "strong", "weak"]
    assert people["just below"].score < 0.3 <= people["just above"].score
    assert (people["just above"].decision, people["just below"].decision) == ("accept", "decline")
    assert people["weak"].score <= people["just below"].score
    assert people["strong"].score >= people["just above"].score
    assert people["just above"].score - people["just below"].score < 0.05
    # middle of the bin with the median, of the declared mean, the most frequent level
    assert people["typical"].values == {"age": "40", "balance": "1000", "job": "clerk"}
    assert people["strong"].reasons == ()
    assert people["weak"].reasons[0].text.endswith("lowered the score")


def test_the_same_model_gives_the_same_people(bank_model, make_policy):
    policy = make_policy(bank_model.features, decision={"threshold": 0.3})
    assert personas(bank_model, policy) == personas(bank_model, policy)


def test_every_value_is_declared(bank_model, make_policy):
    policy = make_policy(bank_model.features, decision={"threshold": 0.3})
    for explanation in people_of(bank_model, policy).values():
        assert explanation.values["job"] in ("clerk", "manager", "retired", "other")
        age = float(explanation.values["age"].replace("−", "-"))
        assert 18 <= age <= 90
        assert age == round(age)
        assert -1000 <= float(explanation.values["balance"].replace("−", "-")) <= 9000


def test_the_search_finds_the_nearest_score_that_brute_force_finds_nearby(bank_model, make_policy):
    policy = make_policy(bank_model.features, decision={"threshold": 0.3})
    people = people_of(bank_model, policy)
    grid = [usual_values(bank_model, spec) for spec in bank_model.features]
    everyone = pd.MultiIndex.from_product(grid, names=["age", "balance", "job"]).to_frame(index=False)
    scores = bank_model.predict(everyone)
    assert scores.min() <= people["weak"].score + 1e-12
    # with three features the strong and the weak person are the best and worst of the whole grid
    assert people["weak"].score == pytest.approx(scores.min())
    assert people["strong"].score == pytest.approx(scores.max())


def test_without_a_threshold_three_people(bank_model, make_policy):
    assert list(people_of(bank_model, make_policy(bank_model.features))) == ["typical", "strong", "weak"]


def test_a_threshold_that_nobody_reaches_leaves_a_side_out(bank_model, make_policy):
    policy = make_policy(bank_model.features, decision={"threshold": 0.999})
    assert list(people_of(bank_model, policy)) == ["typical", "just below", "strong", "weak"]


def test_a_tree_has_people_too(make_policy):
    specs = (FeatureSpec(name="income", kind="continuous", lower=0, upper=100_000),)
    nodes = (
        ThresholdSplit(feature="income", threshold=30_000.0, missing="left", left=1, right=2, value=(0.3,)),
        Leaf(value=(0.1,)),
        Leaf(value=(0.5,)),
    )
    model = RuleModel(family="tree", task="binary", classes=("no", "yes"), features=specs, trees=(Tree(nodes=nodes),))
    people = people_of(model, make_policy(specs, decision={"threshold": 0.4}))
    assert [people[name].score for name in ("just above", "just below", "strong", "weak")] == [0.5, 0.1, 0.5, 0.1]


@pytest.mark.parametrize(
    "spec", [FeatureSpec(name="x", kind="continuous"), FeatureSpec(name="x", kind="continuous", lower=0, upper=1)]
)
def test_a_tree_or_model_without_bounds_still_gives_numbers(spec, make_policy):
    nodes = (
        ThresholdSplit(feature="x", threshold=0.5, missing="left", left=1, right=2, value=(0.3,)),
        Leaf(value=(0.1,)),
        Leaf(value=(0.5,)),
    )
    model = RuleModel(family="tree", task="regression", features=(spec,), trees=(Tree(nodes=nodes),))
    values = [
        float(p.explanation.values["x"].replace("−", "-"))
        for p in personas(model, make_policy((spec,), task="regression"))
    ]
    assert all(np.isfinite(values))


def test_people_become_the_frame_that_a_model_takes(bank_model):
    frame = table(bank_model, [{"job": "clerk", "age": 20.0, "balance": 0.0}])
    assert list(frame.columns) == ["age", "balance", "job"]
    assert frame["age"].dtype == "float64"


def test_a_typical_person_may_have_no_value(bank_model, rebuilt, make_policy):
    axis = Axis(feature="balance", cuts=(0.0,))
    often_missing = TableTerm(axes=(axis,), values=(-0.3, 0.0, 0.5), weights=(0.8, 0.1, 0.1))
    model = rebuilt(bank_model, terms=(bank_model.terms[0], often_missing, bank_model.terms[2]))
    people = people_of(model, make_policy(model.features, decision={"threshold": 0.3}))
    assert people["typical"].values["balance"] == "missing"
    assert people["typical"].contributions["balance"] == -0.3
