"""Contributions add up to the score exactly; the record holds no cell value unless asked."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassledger.errors import InputError, UsageError
from glassledger.explain import explain_local
from glassledger.models.links import inverse

RULE = {"threshold": 0.3}


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_contributions_add_up_to_the_score_bit_for_bit(data, drawn, make_policy):
    model = data.draw(drawn.models())
    frame = data.draw(drawn.rows(size=1))
    policy = make_policy(model.features, task=model.task, classes=model.classes or ("no", "yes"))

    local = explain_local(model, frame, policy=policy)

    total = local.intercept
    for contribution in local.contributions.values():
        total += contribution
    values = model.decision_values(frame)[0]
    predicted = model.predict(frame)[0]
    output = int(np.argmax(predicted)) if model.task == "multiclass" else 0
    assert total == values[output]
    assert local.score == (predicted[output] if model.task == "multiclass" else predicted)
    assert len(local.contributions) == len(model.terms)


def test_a_worked_row(bank_model, bank_rows, make_policy):
    policy = make_policy(bank_model.features, decision=RULE)
    local = explain_local(bank_model, bank_rows.iloc[[0]], policy=policy)
    assert local.contributions == {"age": -0.5, "balance": -0.2, "job": -0.2, "age × job": -0.4}
    assert local.score == inverse("logit", np.array([[-1.0 - 0.5 - 0.2 - 0.2 - 0.4]]))[0, 0]
    assert local.decision == "decline"
    assert [reason.feature for reason in local.reasons] == ["age", "job", "balance"]
    assert local.reasons[0].text == "age lowered the score"
    assert local.baseline == "mean"


def test_values_stay_out_of_the_record_unless_asked_for(bank_model, make_policy):
    frame = pd.DataFrame({"age": [47.0], "balance": [np.nan], "job": ["canary-level"]})
    policy = make_policy(bank_model.features, decision=RULE)
    quiet = explain_local(bank_model, frame, policy=policy)
    assert quiet.values == {}
    assert "canary" not in repr(quiet)
    shown = explain_local(bank_model, frame, policy=policy, show_values=True)
    assert shown.values == {"age": "47", "balance": "missing", "job": "other"}


@pytest.mark.parametrize("rows", [0, 2])
def test_only_one_row_is_explained_at_a_time(rows, bank_model, bank_rows, make_policy):
    with pytest.raises(InputError) as caught:
        explain_local(bank_model, bank_rows.iloc[:rows], policy=make_policy(bank_model.features))
    assert caught.value.code == "not-one-row"


def test_a_language_without_texts_is_refused(bank_model, bank_rows, make_policy):
    policy = make_policy(bank_model.features)
    with pytest.raises(UsageError) as caught:
        explain_local(bank_model, bank_rows.iloc[[0]], policy=policy, language="fr")
    assert caught.value.code == "language-unknown"
    assert caught.value.facts == {"languages": ["en"]}


def test_texts_come_in_the_asked_language(bank_model, bank_rows, make_policy):
    texts = {"age": {"reasons": {"code": "R01", "lowers": {"en": "Too young", "zh": "年龄偏低"}}}}
    policy = make_policy(bank_model.features, decision=RULE, columns=texts)
    chinese = explain_local(bank_model, bank_rows.iloc[[0]], policy=policy, language="zh")
    assert (chinese.reasons[0].code, chinese.reasons[0].text) == ("R01", "年龄偏低")
    assert explain_local(bank_model, bank_rows.iloc[[0]], policy=policy).reasons[0].text == "Too young"


def test_several_classes_are_explained_towards_the_predicted_one(rebuilt, make_policy, bank_model):
    specs = bank_model.features[:1]
    values = (0.0, 0.0, 0.0, 1.0, -1.0, 0.5, -1.0, 1.0, 0.0, 0.2, 0.2, 0.2)
    fields = {"task": "multiclass", "link": "softmax", "classes": ("u", "v", "w"), "intercept": (0.0, 0.1, 0.0)}
    terms = (rebuilt(bank_model.terms[0], values=values),)
    model = rebuilt(bank_model, **fields, features=specs, terms=terms)
    policy = make_policy(specs, task="multiclass", classes=("u", "v", "w"))
    local = explain_local(model, pd.DataFrame({"age": [20.0]}), policy=policy)
    assert local.decision == "u"
    assert local.score == model.predict(pd.DataFrame({"age": [20.0]}))[0, 0]
    assert local.contributions == {"age": 1.0}
    # by hand: (1 − 0.5/3) for u, averaged over shares .3 .5 .2: (.8333, −1, 0) → mean −0.25
    assert local.reasons[0].contribution == pytest.approx(1.0 - 0.5 / 3 - (0.3 * (1 - 0.5 / 3) + 0.5 * -1.0), abs=1e-9)
    assert local.reasons[0].text == "age raised the score"
