"""Scoring: one row out for each row in, the model's own scores, reasons with the policy's texts."""

import json
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from glassledger.errors import InputError, ModelError, UsageError
from glassledger.explain import explain_local
from glassledger.models.additive import PolynomialTerm
from glassledger.scoring import score

RULE = {"threshold": 0.5}


def test_a_worked_table(make_policy, make_model, screened):
    policy = make_policy(decision=RULE, unit="person")
    scored = score(make_model(), screened(policy), policy=policy)
    assert list(scored.columns) == [
        "row", "unit", "score", "decision", "reason_1", "reason_2", "reason_code_1", "reason_code_2",
    ]  # fmt: skip
    assert scored["row"].tolist() == [1, 4, 7]
    assert scored["unit"].tolist() == ["pseudonym-0", "pseudonym-1", "pseudonym-2"]
    assert scored["score"].to_numpy() == pytest.approx(expit([0.1 - 1.0 - 0.2, 0.1 + 1.0 - 0.4, 0.1 + 0.0 + 0.3]))
    assert scored["decision"].tolist() == ["decline", "accept", "accept"]
    # means: age 0, plan −.4·.1 − .2·.5 + .3·.4 = −.02; row 0: age −1, plan −.18; row 1: plan −.38; row 2: none
    assert scored["reason_1"].tolist()[:2] == ["Your age", "plan lowered the score"]
    assert scored["reason_code_1"].tolist()[:2] == ["R01", "R02"]
    assert scored["reason_2"].tolist()[0] == "plan lowered the score"
    assert scored.loc[2, ["reason_1", "reason_2", "reason_code_1", "reason_code_2"]].isna().all()
    assert scored["reason_2"].isna().tolist() == [False, True, True]


def test_scores_are_bit_for_bit_the_models(make_policy, make_model, screened):
    policy = make_policy(decision=RULE)
    frame = screened(policy)
    assert np.array_equal(score(make_model(), frame, policy=policy)["score"], make_model().predict(frame.features))


@given(ages=st.lists(st.integers(18, 90), min_size=1, max_size=8), data=st.data())
@settings(max_examples=40, deadline=None)
def test_every_row_is_told_what_explain_local_tells(ages, data, make_policy, make_model, screened):
    plans = data.draw(st.lists(st.sampled_from(["small", "large", None]), min_size=len(ages), max_size=len(ages)))
    decision = data.draw(st.sampled_from([None, RULE, RULE | {"adverse": "at_or_above"}]))
    policy = make_policy(decision=decision)
    frame = screened(policy, pd.DataFrame({"age": np.array(ages, float), "plan": pd.Series(plans, dtype=object)}))
    scored = score(make_model(), frame, policy=policy)
    for row in range(len(ages)):
        local = explain_local(make_model(), frame.features.iloc[[row]], policy=policy)
        texts = [reason.text for reason in local.reasons] + [None] * (2 - len(local.reasons))
        told = [None if pd.isna(scored.loc[row, f"reason_{k}"]) else scored.loc[row, f"reason_{k}"] for k in (1, 2)]
        assert told == texts
        assert scored.loc[row, "score"] == pytest.approx(local.score, rel=1e-15)
        assert decision is None or scored.loc[row, "decision"] == local.decision


def test_without_a_rule_or_a_unit_their_columns_are_absent(make_policy, make_model, screened):
    policy = make_policy()
    scored = score(make_model(), screened(policy), policy=policy, reasons=0)
    assert list(scored.columns) == ["row", "score"]


def test_more_reasons_than_features_are_empty(make_policy, make_model, screened):
    policy = make_policy(decision=RULE)
    scored = score(make_model(), screened(policy), policy=policy, reasons=4)
    assert scored[["reason_3", "reason_4", "reason_code_4"]].isna().all(axis=None)


def test_texts_in_another_language(make_policy, make_model, screened):
    policy = make_policy(decision=RULE)
    scored = score(make_model(), screened(policy), policy=policy, language="zh")
    assert scored["reason_1"].tolist()[0] == "年龄"
    with pytest.raises(UsageError) as caught:
        score(make_model(), screened(policy), policy=policy, language="de")
    assert caught.value.code == "language-unknown"


def test_without_a_rule_each_reason_says_its_own_direction(make_policy, make_model, screened):
    policy = make_policy()
    scored = score(make_model(), screened(policy), policy=policy)
    assert scored["reason_1"].tolist() == ["Your age", "Your age helped", "plan raised the score"]


def test_features_that_share_a_text_and_a_code_are_one_category(make_policy, make_model, screened):
    same = {"code": "R9", "lowers": "Your profile", "raises": "Your profile"}
    policy = make_policy(decision=RULE, reasons={"age": same, "plan": dict(same)})
    scored = score(make_model(), screened(policy), policy=policy)
    assert scored["reason_1"].tolist()[:2] == ["Your profile", "Your profile"]
    assert list(scored["reason_code_1"].cat.categories) == ["R9"]


def test_several_classes_give_the_predicted_one(make_policy, make_model, screened):
    policy = make_policy(task="multiclass")
    frame = screened(policy)
    scored = score(make_model("multiclass"), frame, policy=policy)
    predicted = make_model("multiclass").predict(frame.features)
    assert scored["decision"].tolist() == [("u", "v", "w")[place] for place in predicted.argmax(axis=1)]
    assert scored["decision"].tolist() == ["w", "u", "u"]
    assert np.array_equal(scored["score"], predicted.max(axis=1))
    assert scored["reason_1"].tolist()[0] == "Your age helped"


def test_regression_gives_the_mean(make_policy, make_model, screened):
    policy = make_policy(task="regression")
    scored = score(make_model("regression"), screened(policy), policy=policy)
    assert scored["score"].to_numpy() == pytest.approx([-1.1, 0.7, 0.4])


def test_columns_are_matched_by_name(make_policy, make_model, screened):
    policy = make_policy(decision=RULE)
    frame = screened(policy)
    turned = screened(policy, frame.features[["plan", "age"]])
    pd.testing.assert_frame_equal(score(make_model(), frame, policy=policy), score(make_model(), turned, policy=policy))


@pytest.mark.parametrize(
    ("case", "error", "code"),
    [
        ("policy", InputError, "screened-under-another-policy"),
        ("empty", InputError, "table-empty"),
        ("negative", UsageError, "reasons-negative"),
        ("column", ModelError, "feature-missing"),
        ("text", ModelError, "feature-not-numeric"),
        ("infinite", ModelError, "score-not-finite"),
    ],
)
def test_refusals_name_no_value(case, error, code, make_policy, make_model, screened):
    policy = make_policy(decision=RULE)
    frame, model, reasons = screened(policy), make_model(), None
    if case == "policy":
        frame = screened(policy, digest="sha256:another")
    elif case == "empty":
        frame = frame.take(np.zeros(3, dtype=bool))
    elif case == "negative":
        reasons = -1
    elif case == "column":
        frame = screened(policy, frame.features.drop(columns="age"))
    elif case == "text":
        frame = screened(policy, frame.features.assign(age=["canary", "canary", "canary"]))
    else:
        slope = PolynomialTerm(feature="age", coefficients=(1e300,), missing=(0.0,))
        policy = make_policy(task="regression")
        model = type(model)(**{**dict(make_model("regression")), "terms": (slope,)})
        frame = screened(policy, pd.DataFrame({"age": [1e300], "plan": ["small"]}))
    with np.errstate(over="ignore"), pytest.raises(error) as caught:
        score(model, frame, policy=policy, reasons=reasons)
    assert caught.value.code == code
    assert "canary" not in json.dumps(caught.value.as_dict()) + repr(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.hint


def test_100_000_rows_take_under_a_second(make_policy, make_model, screened):
    policy = make_policy(decision=RULE)
    random = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"age": random.integers(18, 91, 100_000).astype(float), "plan": random.choice(["small", "large"], 100_000)}
    )
    table = screened(policy, frame)
    start = time.process_time()
    scored = score(make_model(), table, policy=policy)
    assert time.process_time() - start < 1.0
    assert len(scored) == 100_000
