"""Single rows: the same score, decision and reasons as the batch path, and the same refusals as the screening."""

import json
import math
import subprocess
import sys
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.unit.scoring.strategies import RULES, models, policy_of, rows, rule_models

from glassledger.errors import InputError, ModelError, UsageError
from glassledger.explain.decision import decisions
from glassledger.explain.reasons import top_reasons
from glassledger.models.links import inverse
from glassledger.scoring import row_scorer, score_one
from glassledger.scoring.card import link_cut, scoring_card
from glassledger.scoring.row import RowScorer
from glassledger.scoring.standalone import standalone

RULE = {"threshold": 0.5}
QUIET = settings(
    max_examples=80,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def told_in_batch(model, policy, frame, row):
    """Score, decision and reasons of one row from the batch functions alone."""
    one = frame.iloc[[row]]
    with np.errstate(over="ignore", invalid="ignore"):
        predicted = model.predict(one)
        top = top_reasons(model, one, policy=policy, count=policy.document.reasons.count)
    reasons = [
        (name, policy.reason_code(name), policy.reason_text(name, "raises" if amount > 0 else "lowers"), amount)
        for name, amount in zip(top.features[0], top.contributions[0], strict=True)
        if name is not None
    ]
    if model.task == "multiclass":
        return predicted.max(), model.classes[int(predicted.argmax())], reasons
    rule = policy.document.decision
    return predicted[0], None if rule is None else decisions(rule, predicted)[0], reasons


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@given(data=st.data())
@QUIET
def test_a_single_row_is_told_what_the_batch_is_told(data):
    model = data.draw(models() | rule_models())
    frame = data.draw(rows())
    decision, reasons = data.draw(RULES)
    policy = policy_of(model, decision=decision, reasons=reasons)
    scorer = row_scorer(model, policy=policy)
    for row in range(len(frame)):
        score, decided, told = told_in_batch(model, policy, frame, row)
        if not math.isfinite(score):
            with pytest.raises(InputError, match="score: not finite"):
                scorer(frame.iloc[row].to_dict(), checked=False)
            continue
        found = scorer(frame.iloc[row].to_dict(), checked=False)
        assert found.score == pytest.approx(score, rel=1e-9, abs=1e-9)
        assert found.decision == decided
        assert [tuple(reason[:3]) for reason in found.reasons] == [one[:3] for one in told]
        assert [reason[3] for reason in found.reasons] == [one[3] for one in told]


def test_a_card_survives_json_to_the_bit(make_model, make_policy):
    card = scoring_card(make_model(), policy=make_policy(decision=RULE))
    again = RowScorer(json.loads(json.dumps(card, allow_nan=False)))
    row = {"age": 33, "plan": "small"}
    assert again(row) == RowScorer(card)(row)


@given(threshold=st.floats(0.001, 0.999), link=st.sampled_from(["logit", "log", "identity"]))
@settings(deadline=None)
def test_the_cut_is_the_first_double_that_reaches_the_threshold(threshold, link):
    cut = link_cut(threshold, link)
    steps = [np.nextafter(cut, -np.inf), cut, np.nextafter(cut, np.inf)]
    assert [bool(inverse(link, np.array([[step]]))[0, 0] >= threshold) for step in steps] == [False, True, True]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"plan": "small"}, ["age", "absent"]),
        ({"Age": 40, "plan": "small"}, ["age", "absent"]),
        ({"age": 17, "plan": "small"}, ["age", "below the minimum"]),
        ({"age": 91, "plan": "small"}, ["age", "above the maximum"]),
        ({"age": math.inf, "plan": "small"}, ["age", "above the maximum"]),
        ({"age": 40.5, "plan": "small"}, ["age", "not a whole number"]),
        ({"age": None, "plan": "small"}, ["age", "missing"]),
        ({"age": np.float32("nan"), "plan": "small"}, ["age", "missing"]),
        ({"age": "40", "plan": "small"}, ["age", "not a number"]),
        ({"age": 10**400, "plan": "small"}, ["age", "not a number"]),
        ({"age": 40, "plan": "canary"}, ["plan", "not declared"]),
        ({"age": 40, "plan": b"canary"}, ["plan", "not a level"]),
    ],
)
def test_refusals_name_feature_and_rule_and_no_value(row, fault, make_model, make_policy):
    with pytest.raises(InputError) as caught:
        score_one(make_model(), make_policy(decision=RULE), row)
    assert caught.value.code == "row-refused"
    assert caught.value.facts == {"faults": [fault]}
    assert "canary" not in json.dumps(caught.value.as_dict())
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("age", [40, 40.0, Decimal(40), np.int64(40), np.float32(40)])
def test_numbers_of_every_kind_are_one_number(age, make_model, make_policy):
    scorer = row_scorer(make_model(), policy=make_policy(decision=RULE))
    assert scorer({"age": age, "plan": None}) == scorer({"age": 40.0, "plan": math.nan})


def test_a_text_number_is_refused_in_batch_too(make_model, make_policy):
    with pytest.raises(ModelError):
        make_model().predict(pd.DataFrame({"age": ["40"], "plan": ["small"]}))


def test_languages_and_counts(make_model, make_policy):
    scorer = row_scorer(make_model(), policy=make_policy(decision=RULE))
    row = {"age": 30, "plan": "small"}
    assert [reason.text for reason in scorer(row).reasons] == ["Your age", "plan lowered the score"]
    assert [reason.text for reason in scorer(row, language="zh", reasons=1).reasons] == ["年龄"]
    assert scorer(row, reasons=0).reasons == ()
    with pytest.raises(UsageError):
        scorer(row, language="de")
    with pytest.raises(UsageError):
        scoring_card(make_model(), policy=make_policy(), reasons=-1)


def test_a_card_of_another_format_is_refused():
    with pytest.raises(ValueError, match="known format"):
        RowScorer({"format": "glassledger/scoring-card/v2"})


def test_the_file_runs_without_any_package(make_model, make_policy, tmp_path):
    policy = make_policy(decision=RULE)
    path = tmp_path / "scorer.py"
    path.write_text(standalone(scoring_card(make_model(), policy=policy)), encoding="utf-8")
    rows = [{"age": 30, "plan": "small"}, {"age": 17, "plan": "canary"}, {"age": 70, "plan": None}]
    lines = "\n".join(json.dumps(row) for row in rows)
    isolated = [sys.executable, "-I", "-S", str(path)]
    done = subprocess.run(isolated, input=lines, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 1
    assert done.stderr == ""
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    scorer = row_scorer(make_model(), policy=policy)
    for row, answer in ((rows[0], answers[0]), (rows[2], answers[2])):
        scored = scorer(row)
        assert answer["score"] == scored.score
        assert answer["decision"] == scored.decision
        assert [tuple(reason.values()) for reason in answer["reasons"]] == [tuple(reason) for reason in scored.reasons]
    assert answers[1] == {"refused": [["age", "below the minimum"], ["plan", "not declared"]]}
    assert "canary" not in done.stdout
