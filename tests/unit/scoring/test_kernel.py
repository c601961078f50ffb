"""The batch kernels against the row scorer and the model itself: the same scores, decisions, reasons, contributions."""

import importlib.util
import pickle
import sys
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.unit.scoring.strategies import RULES, models, policy_of, rows, rule_models

import glassledger.scoring
from glassledger.errors import Error, InputError, MissingExtraError, ModelError, UsageError
from glassledger.scoring.card import scoring_card
from glassledger.scoring.kernel import Scorer
from glassledger.scoring.row import RowError, RowScorer

QUIET = settings(
    max_examples=40,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
ENGINES = ("numpy", "fast")
NAMES = ["x", "n um", "ç"]


def row_answers(card, frame, **options):
    scorer = RowScorer(card)
    return [scorer(row, **options) for row in frame.to_dict("records")]


def assert_alike(answers, found, frame_rows):
    """Arrow batch against row answers; reasons exactly."""
    columns = found.to_pydict()
    np.testing.assert_allclose(columns["score"], [one.score for one in answers], rtol=0, atol=1e-9)
    if "decision" in columns:
        assert columns["decision"] == [one.decision for one in answers]
    count = sum(name.startswith("reason_code_") for name in columns)
    for place, one in enumerate(answers):
        texts = [columns[f"reason_{rank + 1}"][place] for rank in range(count)]
        codes = [columns[f"reason_code_{rank + 1}"][place] for rank in range(count)]
        assert texts == [reason.text for reason in one.reasons] + [None] * (count - len(one.reasons))
        assert codes == [reason.code for reason in one.reasons] + [None] * (count - len(one.reasons))
    assert len(columns["score"]) == frame_rows


@pytest.mark.parametrize("engine", ENGINES)
@given(data=st.data())
@QUIET
def test_a_batch_is_scored_as_its_rows_are(data, engine):
    model = data.draw(st.one_of(models(), rule_models()))
    frame = data.draw(rows())[NAMES]
    decision, reasons = data.draw(RULES)
    card = scoring_card(model, policy=policy_of(model, decision=decision, reasons=reasons))
    scorer = Scorer(card, engine=engine)
    batch = pa.RecordBatch.from_pandas(frame, preserve_index=False)
    try:
        answers = row_answers(card, frame, checked=False)
    except RowError:
        with pytest.raises(ModelError) as caught:
            scorer.batch(batch, checked=False)
        assert caught.value.code == "score-not-finite"
        return
    assert_alike(answers, scorer.batch(batch, checked=False), len(frame))
    amounts = scorer.run(batch, amounts=True, checked=False).amounts
    for place, one in enumerate(answers):
        expected = [reason.contribution for reason in one.reasons]
        assert amounts[place, : len(expected)].tolist() == expected
        assert not amounts[place, len(expected) :].any()


@pytest.mark.parametrize("engine", ENGINES)
@given(data=st.data())
@QUIET
def test_contributions_are_the_models_own(data, engine):
    model = data.draw(st.one_of(models(), rule_models()))
    frame = data.draw(rows(infinite=False))[NAMES]
    frame = frame.assign(**{"n um": frame["n um"].clip(-1e3, 1e3), "x": frame["x"].clip(-1e3, 1e3)})
    scorer = Scorer.of(model, policy=policy_of(model, decision=None, reasons={}), engine=engine)
    try:
        found = scorer.run(pa.RecordBatch.from_pandas(frame, preserve_index=False), contributions=True, checked=False)
    except ModelError:
        with np.errstate(over="ignore"):
            assert not np.isfinite(model.predict(frame)).all()
        return
    np.testing.assert_allclose(found.contributions, model.contributions(frame), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(found.links, model.decision_values(frame), rtol=1e-12, atol=1e-12)
    if "terms" in scorer.card and model.outputs == 1:  # bit for bit in term order
        total = np.full(len(frame), model.intercept[0])
        for term in range(found.contributions.shape[1]):
            total += found.contributions[:, term, 0]
        assert total.tolist() == found.links[:, 0].tolist()


@pytest.mark.parametrize("engine", ENGINES)
@given(data=st.data())
@QUIET
def test_what_the_row_scorer_refuses_is_refused(data, engine):
    model = data.draw(models())
    frame = data.draw(rows())[NAMES]
    card = scoring_card(model, policy=policy_of(model, decision=None, reasons={}))
    faults = set()
    for row in frame.to_dict("records"):
        try:
            RowScorer(card)(row)
        except RowError as refused:
            faults |= set(refused.faults)
    batch = pa.RecordBatch.from_pandas(frame, preserve_index=False)
    try:
        Scorer(card, engine=engine).batch(batch)
    except InputError as error:
        assert {(one["feature"], one["rule"]) for one in error.facts["faults"]} == faults - {("score", "not finite")}
    except ModelError:
        assert ("score", "not finite") in faults
    else:
        assert not faults


@pytest.fixture
def scorer(make_model, make_policy):
    return Scorer.of(make_model(), policy=make_policy(decision={"threshold": 0.5}), reasons=2, engine="numpy")


TEXTS = ["small", None, "large", "small"]
AGES = [30.0, 70.0, np.nan, 50.0]


def frames():
    """One table in every kind and text type that people have."""
    ages = pd.Series(AGES)
    for dtype in ("str", object, "string[pyarrow]", "string[python]", "category", pd.ArrowDtype(pa.string())):
        yield pd.DataFrame({"age": ages, "plan": pd.Series(TEXTS, dtype=dtype)}).set_axis([9, 7, 5, 3])
    yield pd.DataFrame({"age": ages.astype("Float64"), "plan": pd.Series(TEXTS, dtype="str")})
    yield pd.DataFrame({"age": pd.Series([30, 70, None, 50], dtype="Int64"), "plan": pd.Series(TEXTS, dtype="str")})
    yield pd.DataFrame({"age": pd.Series([Decimal(30), Decimal(70), None, Decimal(50)], dtype=object), "plan": TEXTS})
    yield pl.DataFrame({"age": AGES, "plan": TEXTS})
    yield pl.DataFrame({"age": AGES, "plan": TEXTS}, schema_overrides={"plan": pl.Categorical})
    yield pl.DataFrame(
        {"age": [30, 70, None, 50], "plan": TEXTS}, schema_overrides={"plan": pl.Enum(["large", "small"])}
    )
    for kind in (pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string())):
        table = pa.table({"age": pa.array(AGES), "plan": pa.array(TEXTS, pa.string()).cast(kind)})
        yield table
        yield pa.concat_tables([table.slice(0, 1), table.slice(1)])
        yield table.slice(0).to_batches()[0]
    yield {"age": np.array(AGES), "plan": np.array(TEXTS, dtype=object)}
    yield np.array(list(zip(AGES, TEXTS, strict=True)), dtype=[("age", "f8"), ("plan", object)])


def pairs(found):
    """Score and first reason of each row, whatever the kind."""
    if isinstance(found, pd.DataFrame):
        found = found.astype(object).where(found.notna(), None).to_dict("list")
    elif isinstance(found, pl.DataFrame):
        found = found.to_dict(as_series=False)
    elif isinstance(found, pa.Table | pa.RecordBatch):
        found = found.to_pydict()
    return list(zip(map(float, found["score"]), found["decision"], found["reason_code_1"], strict=True))


def test_every_kind_of_table_gives_the_same_and_itself_back(scorer):
    expected = None
    for table in frames():
        found = scorer(table, checked=False)
        assert type(found) is type(table)
        if isinstance(table, pd.DataFrame):
            assert found.index.equals(table.index)
        expected = expected or pairs(found)
        assert pairs(found) == expected, (type(table), getattr(table, "dtypes", getattr(table, "schema", None)))
    assert len(set(expected)) == 4


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda frame: frame.rename(columns={"age": "Age"}), "feature-missing"),
        (lambda frame: frame[["plan", "age"]], "features-reordered"),
        (lambda frame: frame.assign(age=["30", "70", "1", "2"]), "feature-not-numeric"),
        (lambda frame: frame.assign(age=pd.to_datetime(["2024-01-01"] * 4)), "feature-not-numeric"),
        (lambda frame: frame.assign(plan=[1.5, 2.5, 3.5, 4.5]), "feature-not-levels"),
        (lambda frame: frame.assign(plan=[["small"], "x", "y", "z"]), "feature-not-levels"),
        (lambda frame: frame.to_numpy(), "source-unknown"),
        (lambda frame: [1, 2], "source-unknown"),
        (lambda frame: pa.table([pa.array([1.0]), pa.array([1.0]), pa.array(["small"])], ["age", "age", "plan"]),
         "columns-duplicate"),
    ],
)  # fmt: skip
def test_nothing_shifts_silently(scorer, change, code):
    frame = pd.DataFrame({"age": AGES, "plan": pd.Series(TEXTS, dtype=object)})
    with pytest.raises(Error) as caught:
        scorer(change(frame), checked=False)
    assert caught.value.code == code
    assert "small" not in str(caught.value)


def test_columns_between_are_not_looked_at(scorer):
    frame = pd.DataFrame({"id": range(4), "age": AGES, "note": "x", "plan": pd.Series(TEXTS, dtype="str")})
    assert len(scorer(frame, checked=False)) == 4


def test_no_rows_give_no_rows_of_the_same_columns(scorer):
    frame = pd.DataFrame({"age": AGES, "plan": pd.Series(TEXTS, dtype="str")})
    for table in (frame, pa.Table.from_pandas(frame, preserve_index=False), pl.from_pandas(frame)):
        empty = scorer(table[:0])
        assert list(getattr(empty, "column_names", getattr(empty, "columns", ()))) == [
            "score", "decision", "reason_1", "reason_2", "reason_code_1", "reason_code_2",
        ]  # fmt: skip


def test_flags_and_whole_numbers_are_levels(make_policy):
    from glassledger.models.additive import AdditiveModel, Axis, TableTerm
    from glassledger.records.features import FeatureSpec

    spec = FeatureSpec(name="plan", kind="nominal", levels=("true", "3"), missing=True)
    term = TableTerm(axes=(Axis(feature="plan", bins=(1, 2)),), values=(0.0, 1.0, 2.0, 3.0))
    model = AdditiveModel(
        family="ebm",
        task="binary",
        link="logit",
        classes=("no", "yes"),
        features=(spec,),
        intercept=(0.0,),
        terms=(term,),
    )
    found = Scorer.of(model, policy=make_policy(), engine="numpy")
    mixed = pd.DataFrame({"plan": pd.Series([True, 3, "3", "true", None, 1, False], dtype=object)})
    row = RowScorer(found.card)
    expected = [row({"plan": value}, checked=False).score for value in mixed["plan"]]
    assert found(mixed, checked=False)["score"].tolist() == expected
    whole = pa.table({"plan": pa.array([3, None, 1])})
    assert found(whole, checked=False)["score"].to_pylist() == [expected[1], expected[4], expected[5]]
    assert found(pa.table({"plan": pa.array([True, False])}), checked=False)["score"].to_pylist() == [
        expected[0],
        expected[6],
    ]


def test_a_pickled_scorer_scores_the_same(scorer):
    frame = pd.DataFrame({"age": AGES, "plan": pd.Series(TEXTS, dtype="str")})
    again = pickle.loads(pickle.dumps(scorer))
    assert again(frame, checked=False).equals(scorer(frame, checked=False))


def test_contributions_come_as_columns(scorer):
    frame = pd.DataFrame({"age": AGES, "plan": pd.Series(TEXTS, dtype="str")})
    found = scorer(frame, contributions=True, checked=False)
    link = 0.1 + found["contribution: age"] + found["contribution: plan"]
    np.testing.assert_allclose(found["score"], 1 / (1 + np.exp(-link)), atol=1e-12)


@pytest.mark.skipif(importlib.util.find_spec("numba") is None, reason="numba is not installed")
@given(data=st.data())
@QUIET
def test_levels_are_told_apart_byte_by_byte(data):
    """Texts of all lengths around the eight bytes that the hash looks at, sliced, with nulls, beside near misses."""
    from glassledger.scoring.fast import LevelTable
    from glassledger.scoring.plan import Coding

    texts = st.text(st.sampled_from("abé其😀\0"), max_size=24)
    levels = data.draw(st.lists(texts, unique=True, min_size=1, max_size=12))
    near = [level[:-1] for level in levels] + [level + "a" for level in levels]
    near += [level[:5] + "b" + level[6:] for level in levels]
    cells = data.draw(st.lists(st.none() | st.sampled_from([*levels, *near]) | texts, max_size=20))
    coding = Coding("c", {}, tuple(levels), np.zeros(0), len(levels), True, False)
    try:
        table = LevelTable(coding.levels)
    except ValueError:
        ends = {(len(one), one[:8], one[-8:]) for one in (level.encode() for level in levels)}
        assert len(ends) < len(levels)
        return
    expected = [
        len(levels) + 1 if one is None else {level: code for code, level in enumerate(levels)}.get(one, len(levels))
        for one in cells
    ]
    for kind in (pa.string(), pa.large_string()):
        array = pa.array(cells, kind)
        assert table.codes(array, coding).tolist() == expected
        assert table.codes(array.slice(3), coding).tolist() == expected[3:]
        assert table.codes(array.slice(1, 4), coding).tolist() == expected[1:5]


@pytest.mark.skipif(importlib.util.find_spec("numba") is None, reason="numba is not installed")
def test_the_fast_kernel_runs_where_it_says_so(make_model, make_policy):
    scorer = Scorer.of(make_model(), policy=make_policy(), engine="fast")
    assert type(scorer._fast).__name__ == "FastKernel"
    multiclass = Scorer.of(make_model("multiclass"), policy=make_policy(task="multiclass"), engine="fast")
    assert multiclass._fast is None


def test_without_numba_the_fast_kernel_is_refused_and_auto_does_without(make_model, make_policy, monkeypatch):
    monkeypatch.setitem(sys.modules, "glassledger.scoring.fast", None)
    monkeypatch.delattr(glassledger.scoring, "fast", raising=False)
    with pytest.raises(MissingExtraError) as caught:
        Scorer.of(make_model(), policy=make_policy(), engine="fast")
    assert "glassledger[fast]" in str(caught.value)
    assert Scorer.of(make_model(), policy=make_policy())._fast is None


def test_wrong_use_is_told(scorer, make_model, make_policy):
    frame = pd.DataFrame({"age": AGES, "plan": pd.Series(TEXTS, dtype="str")})
    for call in (
        lambda: scorer(frame, reasons=-1, checked=False),
        lambda: scorer(frame, language="xx", checked=False),
        lambda: Scorer({"format": "?"}),
        lambda: Scorer(scorer.card, engine="fortran"),
    ):
        with pytest.raises(UsageError):
            call()
