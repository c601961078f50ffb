"""Reason codes against a slow ranking written from the definitions, and by hand."""

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logit

from glassledger.errors import PolicyError, UsageError
from glassledger.explain.reasons import reasoner, top_reasons
from glassledger.explain.support import cell_shares
from glassledger.models.additive import AdditiveModel, Axis, PolynomialTerm, TableTerm
from glassledger.models.nodes import Leaf, LevelSplit, ThresholdSplit, Tree
from glassledger.models.rules import RuleModel
from glassledger.records.features import FeatureSpec


def mean_score(model: AdditiveModel) -> np.ndarray:
    """Intercept plus the mean of every term, written out."""
    specs = {spec.name: spec for spec in model.features}
    total = np.array(model.intercept)
    for term in model.terms:
        if isinstance(term, TableTerm):
            total = total + cell_shares(term, specs) @ np.array(term.values).reshape(-1, model.outputs)
        else:
            weights = np.array(term.coefficients).reshape(term.degree, model.outputs)
            total = total + sum(term.moments[power] * weights[power] for power in range(term.degree))
    return total


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_mean_deviations_sum_to_the_score_minus_the_mean_score(data, drawn, make_policy):
    model = data.draw(drawn.models())
    frame = data.draw(drawn.rows())
    policy = make_policy(model.features, task=model.task, classes=model.classes or ("no", "yes"))
    compiled = reasoner(model, policy)

    total = compiled.of(frame).sum(axis=0)

    scores, mean = model.decision_values(frame), mean_score(model)
    if model.task == "multiclass":
        chosen = scores.argmax(axis=1)
        gaps = scores - mean
        wanted = (gaps - gaps.mean(axis=1, keepdims=True))[np.arange(len(frame)), chosen]
    else:
        wanted = scores[:, 0] - mean[0]
        assert compiled.deviations.expected[0] == pytest.approx(mean[0], abs=1e-9)
    assert total == pytest.approx(wanted, rel=1e-9, abs=1e-9)


@given(data=st.data(), adverse=st.sampled_from(["below", "at_or_above"]))
@settings(max_examples=60, deadline=None)
def test_best_deviations_sum_to_the_gap_to_the_best_attainable_terms(data, adverse, drawn, make_policy):
    model = data.draw(drawn.models(task="binary"))
    decision = {"threshold": 0.5, "adverse": adverse}
    policy = make_policy(model.features, reasons={"baseline": "best"}, decision=decision)
    # the best of a term is what one of all the declared people gets who can make a difference
    numbers = {-2.0, 3.0}
    for term in model.terms:
        for axis in term.axes if isinstance(term, TableTerm) else ():
            numbers |= {side for cut in axis.cuts for side in (cut, np.nextafter(cut, -np.inf))}
        if isinstance(term, PolynomialTerm) and term.degree == 2 and term.coefficients[1] != 0.0:
            numbers.add(term.center - term.coefficients[0] / (2.0 * term.coefficients[1]))
    people = pd.MultiIndex.from_product(
        [[x for x in numbers if -2 <= x <= 3], np.arange(7.0), ["a", "b", "c"]], names=["x", "n", "c"]
    ).to_frame(index=False)
    reached = model.contributions(people)[:, :, 0]
    best = reached.max(axis=0) if adverse == "below" else reached.min(axis=0)
    frame = data.draw(drawn.rows())

    total = reasoner(model, policy).of(frame).sum(axis=0)

    gap = (model.contributions(frame)[:, :, 0] - best).sum(axis=1)
    assert total == pytest.approx(gap, rel=1e-9, abs=1e-9)


@given(data=st.data(), threshold=st.floats(0.05, 0.95))
@settings(max_examples=60, deadline=None)
def test_cutoff_deviations_sum_to_the_distance_from_the_threshold(data, threshold, drawn, make_policy):
    model = data.draw(drawn.models(task="binary"))
    frame = data.draw(drawn.rows())
    policy = make_policy(model.features, reasons={"baseline": "cutoff"}, decision={"threshold": threshold})
    compiled = reasoner(model, policy)
    if compiled.deviations.spread.sum() > 0:
        wanted = model.decision_values(frame)[:, 0] - logit(threshold)
        assert compiled.of(frame).sum(axis=0) == pytest.approx(wanted, rel=1e-9, abs=1e-9)


@given(data=st.data(), adverse=st.sampled_from(["below", "at_or_above", None]), count=st.integers(0, 5))
@settings(max_examples=80, deadline=None)
def test_ranking_is_that_of_a_slow_sort(data, adverse, count, drawn, make_policy):
    model = data.draw(drawn.models(task="binary"))
    frame = data.draw(drawn.rows())
    decision = None if adverse is None else {"threshold": 0.5, "adverse": adverse}
    exclude = data.draw(st.sampled_from([[], ["n"], ["x", "c"]]))
    policy = make_policy(model.features, reasons={"exclude": exclude}, decision=decision)

    top = top_reasons(model, frame, policy=policy, count=count)

    deviations = reasoner(model, policy).of(frame)
    names = [spec.name for spec in model.features]
    for row in range(len(frame)):
        push = {"below": -1.0, "at_or_above": 1.0}.get(adverse, 0.0) * deviations[:, row]
        push = np.abs(deviations[:, row]) if adverse is None else push
        ranked = sorted((i for i in range(3) if push[i] > 0 and names[i] not in exclude), key=lambda i: (-push[i], i))
        ranked = (ranked + [None] * 5)[:count]
        assert top.features[row].tolist() == [None if i is None else names[i] for i in ranked]
        assert top.contributions[row].tolist() == [0.0 if i is None else deviations[i, row] for i in ranked]
        assert top.codes[row].tolist() == [-1 if i is None else i for i in ranked]


def test_reasons_by_hand_against_the_mean(bank_model, bank_rows, make_policy):
    policy = make_policy(bank_model.features, decision={"threshold": 0.3})
    top = top_reasons(bank_model, bank_rows, policy=policy, count=3)
    # age: −0.5 − (−0.5·.3 + .1·.5 + .9·.2) = −0.58; job: −0.2 − (−0.2·.75 + .6·.25) = −0.2; balance: −0.2 − 0
    # pair (age < 44.5, job bin 1) = −0.4; its mean .4·−.4 + .1·.2 + .35·.4 + .15·−.2 = −0.03; given age < 44.5:
    # −.4·.75 + .2·.25 = −.25; given job bin 1: −.4·.5 + .4·.5 = 0
    age_of_pair = 0.5 * (-0.25 + 0.03) + 0.5 * (-0.4 - 0.0)
    job_of_pair = 0.5 * (0.0 + 0.03) + 0.5 * (-0.4 + 0.25)
    assert age_of_pair + job_of_pair == pytest.approx(-0.4 + 0.03)
    assert top.features[0].tolist() == ["age", "job", "balance"]
    assert top.contributions[0] == pytest.approx([-0.58 + age_of_pair, -0.2 + job_of_pair, -0.2], abs=1e-9)


def test_few_reasons_leave_the_rest_empty(bank_model, make_policy):
    rich = pd.DataFrame({"age": [70.0], "balance": [9000.0], "job": ["manager"]})
    policy = make_policy(bank_model.features, decision={"threshold": 0.3})
    top = top_reasons(bank_model, rich, policy=policy, count=3)
    assert top.features.tolist() == [[None, None, None]]
    assert top.contributions.tolist() == [[0.0, 0.0, 0.0]]
    more = top_reasons(bank_model, rich, policy=policy, count=9)
    assert more.features.shape == (1, 9)


def test_equal_deviations_go_to_the_feature_declared_first(make_policy):
    specs = tuple(FeatureSpec(name=name, kind="nominal", levels=("lo", "hi")) for name in ("z", "a", "m"))
    tables = [
        TableTerm(axes=(Axis(feature=name, bins=(1, 2)),), values=(0.0, -0.1 * k, 0.2, 0.0), weights=(0, 0.5, 0.5, 0))
        for name, k in (("a", 3), ("m", 3), ("z", 3))
    ]
    fields = {"family": "ebm", "task": "binary", "link": "logit", "classes": ("no", "yes")}
    model = AdditiveModel(**fields, features=specs, intercept=(0.0,), terms=tuple(tables))
    row = pd.DataFrame({name: ["lo"] for name in ("z", "a", "m")})
    top = top_reasons(model, row, policy=make_policy(specs, decision={"threshold": 0.5}), count=3)
    assert top.features.tolist() == [["z", "a", "m"]]


def test_a_constant_term_is_never_a_reason_whatever_rounding_says(make_policy):
    spec = FeatureSpec(name="c", kind="nominal", levels=("p", "q", "r"))
    other = FeatureSpec(name="d", kind="nominal", levels=("p", "q", "r"))
    constant = TableTerm(axes=(Axis(feature="c", bins=(1, 2, 3)),), values=(0.7,) * 5, weights=(0.0, 0.6, 0.3, 0.1, 0))
    moving = TableTerm(axes=(Axis(feature="d", bins=(1, 2, 3)),), values=(0, -1, 0, 1, 0), weights=None)
    assert 0.7 - cell_shares(constant, {"c": spec}) @ np.array(constant.values) != 0.0  # the rounding is really there
    fields = {"family": "ebm", "task": "binary", "link": "logit", "classes": ("no", "yes"), "intercept": (0.0,)}
    model = AdditiveModel(**fields, features=(spec, other), terms=(constant, moving))
    frame = pd.DataFrame({"c": ["p", "q", "r"], "d": ["p", "p", "p"]})
    for adverse in ("below", "at_or_above"):
        policy = make_policy((spec, other), decision={"threshold": 0.5, "adverse": adverse})
        assert "c" not in top_reasons(model, frame, policy=policy, count=2).features.ravel().tolist()


def test_a_feature_that_no_term_reads_is_never_a_reason(bank_model, bank_rows, make_policy, rebuilt):
    unread = FeatureSpec(name="postcode", kind="nominal", levels=("n", "s"))
    model = rebuilt(bank_model, features=(unread, *bank_model.features))
    policy = make_policy(model.features, reasons={"baseline": "cutoff"}, decision={"threshold": 0.9})
    top = top_reasons(model, bank_rows.assign(postcode="n"), policy=policy, count=4)
    assert "postcode" not in top.features.ravel().tolist()
    assert {"age", "job"} <= set(top.features[0].tolist())


def test_a_row_at_the_threshold_has_reasons_that_cancel(bank_model, make_policy):
    row = pd.DataFrame({"age": [40.0], "balance": [2500.0], "job": ["clerk"]})
    threshold = float(bank_model.predict(row)[0])
    policy = make_policy(bank_model.features, reasons={"baseline": "cutoff"}, decision={"threshold": threshold})
    assert abs(reasoner(bank_model, policy).of(row).sum()) < 1e-10


@pytest.mark.parametrize(
    ("link", "task", "threshold", "wanted"),
    [
        ("identity", "regression", 2.5, 2.5),
        ("log", "regression", 2.5, np.log(2.5)),
        ("logit", "binary", 0.2, logit(0.2)),
    ],
)
def test_the_threshold_is_read_on_each_links_scale(
    link, task, threshold, wanted, bank_model, bank_rows, make_policy, rebuilt
):
    classes = ("no", "yes") if task == "binary" else ()
    model = rebuilt(bank_model, link=link, task=task, classes=classes)
    policy = make_policy(model.features, task=task, reasons={"baseline": "cutoff"}, decision={"threshold": threshold})
    total = reasoner(model, policy).of(bank_rows).sum(axis=0)
    assert total == pytest.approx(model.decision_values(bank_rows)[:, 0] - wanted, abs=1e-9)


def test_a_threshold_that_no_score_can_cross_is_refused(bank_model, make_policy, rebuilt):
    model = rebuilt(bank_model, link="log", task="regression", classes=())
    policy = make_policy(
        model.features, task="regression", reasons={"baseline": "cutoff"}, decision={"threshold": -1.0}
    )
    with pytest.raises(PolicyError) as caught:
        reasoner(model, policy)
    assert caught.value.code == "threshold-outside-scale"


def test_the_best_value_of_an_unbounded_slope_is_refused(make_policy):
    spec = FeatureSpec(name="x", kind="continuous")
    slope = PolynomialTerm(feature="x", coefficients=(1.0,), missing=(0.0,))
    fields = {"family": "linear", "task": "regression", "link": "identity", "intercept": (0.0,)}
    model = AdditiveModel(**fields, features=(spec,), terms=(slope,))
    policy = make_policy((spec,), task="regression", reasons={"baseline": "best"})
    with pytest.raises(PolicyError) as caught:
        reasoner(model, policy)
    assert caught.value.code == "best-without-bounds"
    assert caught.value.facts == {"column": "x"}


def test_the_best_of_a_curve_is_its_vertex(make_policy):
    spec = FeatureSpec(name="x", kind="continuous", lower=0, upper=10)
    hump = PolynomialTerm(
        feature="x", center=4.0, lower=0.0, upper=10.0, degree=2, coefficients=(2.0, -1.0), missing=(0.0,)
    )
    fields = {"family": "dp-naive-bayes", "task": "binary", "link": "logit", "classes": ("no", "yes")}
    model = AdditiveModel(**fields, intercept=(0.0,), features=(spec,), terms=(hump,))
    policy = make_policy((spec,), reasons={"baseline": "best"}, decision={"threshold": 0.5})
    # 2d − d² is largest at d = 1 (x = 5), where it is 1
    frame = pd.DataFrame({"x": [5.0, 4.0, 10.0]})
    assert reasoner(model, policy).of(frame)[0] == pytest.approx([0.0, -1.0, 12.0 - 36.0 - 1.0], abs=1e-9)


def test_a_negative_count_is_refused(bank_model, bank_rows, make_policy):
    with pytest.raises(UsageError) as caught:
        top_reasons(bank_model, bank_rows, policy=make_policy(bank_model.features), count=-1)
    assert caught.value.code == "reasons-negative"


def test_blocks_and_row_order_do_not_matter(monkeypatch, bank_model, make_policy):
    random = np.random.default_rng(5)
    frame = pd.DataFrame(
        {
            "age": random.integers(18, 91, 500).astype(float),
            "balance": np.where(random.random(500) < 0.2, np.nan, random.uniform(-1000, 9000, 500)),
            "job": random.choice(["clerk", "manager", "retired", "other"], 500),
        }
    )
    policy = make_policy(bank_model.features, decision={"threshold": 0.3})
    whole = top_reasons(bank_model, frame, policy=policy, count=3)
    monkeypatch.setattr("glassledger.explain.reasons._BLOCK", 7)
    parts = top_reasons(bank_model, frame, policy=policy, count=3)
    assert np.array_equal(whole.codes, parts.codes)
    order = random.permutation(500)
    shuffled = top_reasons(bank_model, frame.iloc[order], policy=policy, count=3)
    assert np.array_equal(whole.codes[order], shuffled.codes)
    assert np.array_equal(whole.contributions[order], shuffled.contributions)


@pytest.fixture(scope="module")
def tree_model() -> RuleModel:
    nodes = (
        ThresholdSplit(feature="age", threshold=40.0, missing="left", left=1, right=4, value=(0.3,), share=1.0),
        LevelSplit(feature="job", levels=("clerk",), missing="right", left=2, right=3, value=(0.2,), share=0.6),
        Leaf(value=(0.1,), share=0.3),
        Leaf(value=(0.3,), share=0.3),
        ThresholdSplit(feature="age", threshold=60.0, missing="left", left=5, right=6, value=(0.45,), share=0.4),
        Leaf(value=(0.4,), share=0.2),
        Leaf(value=(0.5,), share=0.2),
    )
    specs = (
        FeatureSpec(name="age", kind="continuous", lower=18, upper=90),
        FeatureSpec(name="job", kind="nominal", levels=("clerk", "manager")),
    )
    return RuleModel(family="tree", task="binary", classes=("no", "yes"), features=specs, trees=(Tree(nodes=nodes),))


def test_a_tree_gives_reasons_along_its_path(tree_model, make_policy):
    frame = pd.DataFrame({"age": [30.0, 30.0, 70.0], "job": ["clerk", "manager", "clerk"]})
    policy = make_policy(tree_model.features, decision={"threshold": 0.35})
    top = top_reasons(tree_model, frame, policy=policy, count=2)
    assert top.features.tolist() == [["age", "job"], ["age", None], [None, None]]
    assert top.contributions[0] == pytest.approx([-0.1, -0.1], abs=1e-9)


@pytest.mark.parametrize(
    ("baseline", "wanted"), [("mean", 0.1 - 0.3), ("best", 0.1 - 0.3 - 0.3), ("cutoff", 0.1 - 0.35)]
)
def test_a_trees_deviations_sum_by_each_baseline(baseline, wanted, tree_model, make_policy):
    frame = pd.DataFrame({"age": [30.0], "job": ["clerk"]})
    policy = make_policy(tree_model.features, reasons={"baseline": baseline}, decision={"threshold": 0.35})
    # best attainable: +0.2 by age (0.3 → 0.5), +0.1 by job (0.2 → 0.3)
    assert reasoner(tree_model, policy).of(frame).sum() == pytest.approx(wanted, abs=1e-9)


def test_sixteen_features_and_100_000_rows_take_under_a_second(make_policy):
    random = np.random.default_rng(3)
    numbers = [FeatureSpec(name=f"n{i}", kind="continuous", lower=0, upper=1) for i in range(7)]
    texts = [FeatureSpec(name=f"c{i}", kind="nominal", levels=("a", "b", "c", "d", "e")) for i in range(9)]
    cuts = tuple(np.linspace(0.05, 0.95, 19).tolist())
    axes = [Axis(feature=spec.name, cuts=cuts) for spec in numbers]
    axes += [Axis(feature=spec.name, bins=(1, 2, 3, 4, 5)) for spec in texts]
    pairs = [(axes[i], axes[i + 6]) for i in range(10)]
    tables = tuple(
        TableTerm(axes=group, values=tuple(random.normal(size=int(np.prod([axis.size for axis in group]))).tolist()))
        for group in [*((axis,) for axis in axes), *pairs]
    )
    fields = {"family": "ebm", "task": "binary", "link": "logit", "classes": ("no", "yes"), "intercept": (0.0,)}
    model = AdditiveModel(**fields, features=(*numbers, *texts), terms=tables)
    frame = pd.DataFrame({spec.name: random.random(100_000) for spec in numbers})
    for spec in texts:
        frame[spec.name] = pd.Series(random.choice(list("abcde"), 100_000))
    policy = make_policy(model.features, decision={"threshold": 0.5})
    compiled = reasoner(model, policy)
    start = time.process_time()
    top = compiled.top(frame, count=3)
    spent = time.process_time() - start
    assert top.features.shape == (100_000, 3)
    assert spent < 1.0
