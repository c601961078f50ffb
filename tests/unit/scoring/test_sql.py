"""The query: run for real in DuckDB it says what the single rows say; the other dialects parse and keep its shape."""

import duckdb
import pandas as pd
import pytest
import sqlglot
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.unit.scoring.strategies import RULES, models, policy_of, rows, rule_models

from glassledger.errors import UsageError
from glassledger.scoring.card import scoring_card
from glassledger.scoring.row import RowError, RowScorer
from glassledger.scoring.sql import contract_query, scoring_query

RULE = {"threshold": 0.5}
DIALECTS = ["duckdb", "postgres", "spark", "bigquery", "snowflake"]
QUIET = settings(
    max_examples=50,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module")
def base():
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        yield connection


def answered(base, query, frame):
    base.register("people", frame)
    found = base.execute(query).fetchall()
    names = [one[0] for one in base.description]
    return [dict(zip(names, row, strict=True)) for row in found]


@given(data=st.data())
@QUIET
def test_duckdb_says_what_the_single_rows_say(data, base):
    model = data.draw(models() | rule_models())
    frame = data.draw(rows(infinite=False))
    decision, reasons = data.draw(RULES)
    card = scoring_card(model, policy=policy_of(model, decision=decision, reasons=reasons))
    scorer = RowScorer(card)
    told = {}
    for key, row in enumerate(frame.to_dict("records")):
        try:
            told[key] = scorer(row, checked=False)
        except RowError:  # a slope without bounds met a number that overflows: no engine has a score for it
            continue
    kept = frame.assign(key=range(len(frame))).loc[list(told)]
    answers = answered(base, scoring_query(card, table="people", keep=("key",)), kept)
    assert sorted(row["key"] for row in answers) == list(told)
    for row in answers:
        expected = told[row["key"]]
        assert row["score"] == pytest.approx(expected.score, rel=1e-9, abs=1e-9)
        assert row.get("decision") == expected.decision
        count = card["reasons"]["count"]
        texts = [reason.text for reason in expected.reasons] + [None] * (count - len(expected.reasons))
        codes = [reason.code for reason in expected.reasons] + [None] * (count - len(expected.reasons))
        assert [row[f"reason_{rank + 1}"] for rank in range(count)] == texts
        assert [row[f"reason_code_{rank + 1}"] for rank in range(count)] == codes


@given(data=st.data())
@QUIET
def test_the_contract_query_counts_what_single_rows_are_refused_for(data, base):
    model = data.draw(models())
    frame = data.draw(rows())
    scorer_card = scoring_card(model, policy=policy_of(model, decision=None, reasons={}))
    scorer_card["features"][0] |= {"missing": False, "integer": True}
    expected: dict[tuple[str, str], int] = {}
    for row in frame.to_dict("records"):
        try:
            RowScorer(scorer_card)(row)
        except RowError as refused:
            for fault in refused.faults:
                expected[fault] = expected.get(fault, 0) + (fault[0] != "score")
    found = answered(base, contract_query(scorer_card, table="people"), frame)
    counted = {(row["feature"], row["rule"]): row["faults"] for row in found}
    assert counted == {fault: count for fault, count in expected.items() if count}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_every_dialect_parses_and_names_the_same_columns(dialect, task, make_model, make_policy):
    policy = make_policy(task=task, decision=RULE if task == "binary" else None)
    card = scoring_card(make_model(task), policy=policy)
    query = scoring_query(card, table="bank.people", keep=("key",), dialect=dialect)
    parsed = sqlglot.parse_one(query, read=dialect)
    decided = [] if task == "regression" else ["decision"]
    reasons = ["reason_1", "reason_2", "reason_code_1", "reason_code_2"]
    assert parsed.named_selects == ["key", "score", *decided, *reasons]
    assert {table.name for table in parsed.find_all(sqlglot.exp.Table) if table.db} == {"people"}
    checks = sqlglot.parse_one(contract_query(card, table="people", dialect=dialect), read=dialect)
    assert checks.named_selects == ["feature", "rule", "faults"]


def test_texts_in_another_language_and_quotes_in_names(make_model, make_policy, base):
    card = scoring_card(make_model(), policy=make_policy(decision=RULE))
    frame = pd.DataFrame({"age": [30], "plan": ["small"], 'a "key"': [7]})
    (row,) = answered(base, scoring_query(card, table="people", keep=('a "key"',), language="zh"), frame)
    assert (row['a "key"'], row["reason_1"]) == (7, "年龄")
    with pytest.raises(UsageError):
        scoring_query(card, table="people", language="de")


@pytest.mark.parametrize("keep", [("score",), ("Reason_1",), ("gl_x0",), ("key", "KEY")])
def test_kept_columns_cannot_hide_a_result(keep, make_model, make_policy):
    with pytest.raises(UsageError) as caught:
        scoring_query(scoring_card(make_model(), policy=make_policy()), table="people", keep=keep)
    assert caught.value.code == "column-name-taken"
