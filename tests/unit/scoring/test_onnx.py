"""The ONNX graph, run by ONNX Runtime, says what the single rows say."""

import numpy as np
import onnx
import onnxruntime
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.unit.scoring.strategies import RULES, models, policy_of, rows, rule_models

from glassledger.errors import UsageError
from glassledger.scoring.card import scoring_card
from glassledger.scoring.onnx_model import onnx_model
from glassledger.scoring.row import RowError, RowScorer

RULE = {"threshold": 0.5}
QUIET = settings(
    max_examples=50,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def answered(model: bytes, frame: pd.DataFrame) -> dict[str, np.ndarray]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    feeds = {
        one.name: frame[one.name].fillna("").to_numpy(dtype=object)
        if one.type == "tensor(string)"
        else frame[one.name].to_numpy(dtype=np.float64)
        for one in session.get_inputs()
    }
    names = [one.name for one in session.get_outputs()]
    return dict(zip(names, session.run(names, feeds), strict=True))


@given(data=st.data())
@QUIET
def test_onnx_runtime_says_what_the_single_rows_say(data):
    model = data.draw(models() | rule_models())
    frame = data.draw(rows())
    frame = frame.assign(ç=frame["ç"].replace("", "undeclared"))  # in ONNX the empty text is missing
    decision, reasons = data.draw(RULES)
    card = scoring_card(model, policy=policy_of(model, decision=decision, reasons=reasons))
    scorer, told = RowScorer(card), {}
    for key, row in enumerate(frame.to_dict("records")):
        try:
            told[key] = scorer(row, checked=False)
        except RowError:  # an unbounded slope met a number that overflows: no engine has a score for it
            continue
    found = answered(onnx_model(card), frame)
    count = card["reasons"]["count"]
    for key, expected in told.items():
        assert found["score"][key] == pytest.approx(expected.score, rel=1e-9, abs=1e-9)
        assert (found["decision"][key] if "decision" in found else None) == expected.decision
        blank = [""] * (count - len(expected.reasons))
        assert found["reason"][key].tolist() == [reason.text for reason in expected.reasons] + blank
        assert found["reason_code"][key].tolist() == [reason.code for reason in expected.reasons] + blank


def test_a_single_row_and_no_row_at_all(make_model, make_policy):
    model = onnx_model(scoring_card(make_model(), policy=make_policy(decision=RULE)))
    frame = pd.DataFrame({"age": [30.0, 70.0], "plan": ["small", None]})
    both, first = answered(model, frame), answered(model, frame.iloc[:1])
    assert first["score"] == pytest.approx(both["score"][:1], rel=1e-12)
    assert answered(model, frame.iloc[:0])["reason"].shape == (0, 2)


def test_only_standard_operators_and_the_review_is_written_into_the_file(make_model, make_policy):
    card = scoring_card(make_model(), policy=make_policy(decision=RULE))
    card["review"] = {"status": "draft", "as_of": "2026-01-02T03:04:05Z", "expires_on": None}
    read = onnx.load_from_string(onnx_model(card))
    assert {node.domain for node in read.graph.node} <= {"", "ai.onnx.ml"}
    assert {one.key: one.value for one in read.metadata_props} == {
        "model": card["model"],
        "policy": card["policy"],
        "review": "not approved: draft on 2026-01-02",
    }


def test_texts_in_another_language(make_model, make_policy):
    card = scoring_card(make_model(), policy=make_policy(decision=RULE))
    frame = pd.DataFrame({"age": [30.0], "plan": ["small"]})
    assert answered(onnx_model(card, language="zh"), frame)["reason"][0, 0] == "年龄"
    with pytest.raises(UsageError) as caught:
        onnx_model(card, language="de")
    assert caught.value.code == "language-unknown"


def test_an_empty_level_has_no_place_beside_missing(make_model, make_policy):
    card = scoring_card(make_model(), policy=make_policy())
    card["features"][1]["levels"] = ["", "large"]
    with pytest.raises(UsageError) as caught:
        onnx_model(card)
    assert caught.value.code == "onnx-empty-level"
    card["features"][1] |= {"levels": ["small", "large"], "name": "score"}
    with pytest.raises(UsageError) as caught:
        onnx_model(card)
    assert caught.value.code == "onnx-name-taken"
