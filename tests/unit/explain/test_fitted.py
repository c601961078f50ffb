"""Explanations of fitted models of several families; interpret's own explanations as the oracle."""

import warnings

import numpy as np
import pandas as pd
import pytest
from interpret.glassbox import ExplainableBoostingClassifier
from scipy.special import logit

from glassledger.explain import explain_global, explain_local
from glassledger.explain.personas import personas
from glassledger.explain.reasons import reasoner, top_reasons
from glassledger.models.ebm import as_interpret_reads, compile_ebm
from glassledger.models.registry import learner
from glassledger.models.training import TrainingTask
from glassledger.policy.families import SETTINGS, EbmSettings
from glassledger.records.features import FeatureSpec

SPECS = (
    FeatureSpec(name="age", kind="continuous", lower=18, upper=90, integer=True),
    FeatureSpec(name="balance", kind="continuous", lower=-2000, upper=9000, missing=True),
    FeatureSpec(name="job", kind="nominal", levels=("clerk", "manager", "retired")),
)


@pytest.fixture(scope="module")
def people() -> tuple[pd.DataFrame, np.ndarray]:
    random = np.random.default_rng(11)
    frame = pd.DataFrame(
        {
            "age": random.integers(18, 91, 1200).astype(float),
            "balance": np.where(random.random(1200) < 0.1, np.nan, random.normal(1500, 1200, 1200).clip(-2000, 9000)),
            "job": pd.Series(random.choice(["clerk", "manager", "retired"], 1200), dtype=object),
        }
    )
    odds = -1 + 0.03 * (frame["age"] - 50) + 0.0004 * frame["balance"].fillna(0) + (frame["job"] == "manager")
    odds += 0.8 * ((frame["age"] > 50) & (frame["job"] == "retired"))
    return frame, np.where(random.random(1200) < 1 / (1 + np.exp(-odds)), "yes", "no").astype(object)


def task_of(people, family: str, kind: str = "binary", **settings) -> TrainingTask:
    frame, target = people
    if kind == "regression":
        target = frame["age"].to_numpy() / 10.0 + (frame["job"] == "manager")
    if kind == "multiclass":
        target = np.where(frame["age"] > 60, "w", np.where(target == "yes", "v", "u")).astype(object)
    return TrainingTask(
        features=frame, specs=SPECS, target=target, kind=kind, settings=SETTINGS[family](**settings),
        classes={"binary": ("no", "yes"), "multiclass": ("u", "v", "w"), "regression": ()}[kind],
    )  # fmt: skip


@pytest.fixture(scope="module")
def ebm(people):
    task = task_of(people, "ebm")
    fitted = ExplainableBoostingClassifier(
        feature_types=["continuous", "continuous", "nominal"], interactions=[(0, 2)], outer_bags=2, max_rounds=300,
        n_jobs=1, random_state=1,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # interpret's pictures do not show missing values
        fitted.fit(as_interpret_reads(task.features, SPECS), (task.target == "yes").astype(int))
    assert isinstance(task.settings, EbmSettings)
    return fitted, compile_ebm(fitted, task)


def test_contributions_are_interprets(ebm, people, make_policy):
    fitted, model = ebm
    policy = make_policy(SPECS, decision={"threshold": 0.3})
    frame = people[0].iloc[:20]
    theirs = fitted.explain_local(as_interpret_reads(frame, SPECS))
    for row in range(20):
        ours = explain_local(model, frame.iloc[[row]], policy=policy)
        assert list(ours.contributions.values()) == pytest.approx(theirs.data(row)["scores"], abs=1e-12)
        assert ours.score == pytest.approx(fitted.predict_proba(as_interpret_reads(frame, SPECS))[row, 1], abs=1e-12)


def test_importances_are_interprets_up_to_the_mean(ebm):
    fitted, model = ebm
    theirs = dict(zip(model.term_names, fitted.term_importances("avg_weight"), strict=True))
    ours = explain_global(model).importances
    assert set(ours) == set(theirs)
    for name, importance in theirs.items():  # interpret centres its terms, so that the mean is zero already
        assert ours[name] == pytest.approx(importance, rel=0.02, abs=1e-6)


@pytest.mark.parametrize("baseline", ["mean", "best", "cutoff"])
def test_reasons_of_a_fitted_model_sum_to_what_their_baseline_says(baseline, ebm, people, make_policy):
    _, model = ebm
    policy = make_policy(SPECS, reasons={"baseline": baseline}, decision={"threshold": 0.3})
    compiled = reasoner(model, policy)
    total = compiled.of(people[0]).sum(axis=0)
    wanted = model.decision_values(people[0])[:, 0]
    wanted = wanted - (logit(0.3) if baseline == "cutoff" else compiled.deviations.expected[0])
    assert total == pytest.approx(wanted, abs=1e-9)
    if baseline == "best":
        declared = people[0]["balance"].notna().to_numpy()
        assert compiled.of(people[0][declared]).max() <= 0.0
    if baseline == "mean":  # released shares are those of the training rows
        assert total.mean() == pytest.approx(0.0, abs=0.05)


FAMILIES = [
    ("logistic", "binary"), ("logistic", "multiclass"), ("linear", "regression"), ("scorecard", "binary"),
    ("tree", "binary"), ("tree", "multiclass"), ("tree", "regression"),
]  # fmt: skip


@pytest.mark.parametrize(("family", "kind"), FAMILIES)
def test_every_family_is_explained_from_its_compiled_form(family, kind, people, make_policy):
    model = learner(family)(task_of(people, family, kind)).model
    classes = model.classes or ("no", "yes")
    decision = None if kind == "multiclass" else {"threshold": 0.3}
    policy = make_policy(SPECS, task=kind, classes=classes, decision=decision)
    shown = explain_global(model)
    assert next(iter(shown.importances)) in {"age", "job"}
    assert set(shown.importances) == set(model.term_names)
    frame = people[0].iloc[:50]
    top = top_reasons(model, frame, policy=policy, count=3)
    for row in range(0, 50, 10):
        local = explain_local(model, frame.iloc[[row]], policy=policy)
        predicted = model.predict(frame.iloc[[row]])[0]
        assert local.score == (predicted.max() if kind == "multiclass" else predicted)
        values = model.decision_values(frame.iloc[[row]])[0]
        output = int(values.argmax()) if kind == "multiclass" else 0
        assert local.intercept + sum(local.contributions.values()) == pytest.approx(values[output], abs=1e-12)
        assert [reason.feature for reason in local.reasons] == [n for n in top.features[row] if n is not None]
    assert len(personas(model, policy)) in (3, 4, 5)
