"""The engines beside ``ws.score``: the same rows get the same answers, refusals and log, wherever they were scored."""

import datetime
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession
from pyspark.sql import functions as sql
from tests.unit.scoring.strategies import RULES, models, policy_of, rows, rule_models

from glassledger.data import screen
from glassledger.errors import InputError, ReviewError, UsageError
from glassledger.policy import Policy
from glassledger.scoring import duckdb as duckdb_engine
from glassledger.scoring import spark as spark_engine
from glassledger.scoring.card import scoring_card
from glassledger.scoring.row import RowError, RowScorer
from glassledger.scoring.sql import contract_query, scoring_query
from glassledger.workspace import Workspace
from glassledger.workspace.engines import job_of, parquet_files

POLICY = """\
glassledger: 1
name: night
version: "1"
owner: {name: Test Team, contact: team@example.com}
purpose: {use: Trying things out}
lawful_basis: {basis: consent}
data:
  dataset: night
  undeclared_columns: drop
  columns:
    person: {role: identifier, type: text, unique: true, redaction: {operator: pseudonymise, key: "people"}}
    mail: {role: identifier, type: text}
    agreed: {role: consent, type: category, levels: ["yes", "no"], granted: ["yes"], missing: true}
    joined:
      role: feature
      type: date
      min: 2001-01-01
      max: 2030-12-31
      missing: true
      redaction: {operator: truncate_date, to: year}
    balance: {role: feature, type: number, missing: true}
    visits: {role: feature, type: integer, min: 0, max: 9007199254740991, missing: true}
    städte: {role: feature, type: category, levels: ["où", "北京", "a'b\\"c"], other: andere, missing: true}
    score: {role: feature, type: number, min: -1, max: 1}
    bought: {role: target, type: category, levels: ["no", "yes"], positive: "yes"}
split: {holdout: 0.3, unit: person}
model: {family: ebm, task: binary, interactions: 2, settings: {outer_bags: 1, max_rounds: 200}}
reasons: {count: 3}
decision: {threshold: 0.5, at_or_above: offer, below: no_offer}
evaluation: {bootstrap: 20}
"""
ENGINES = ["duckdb", "spark"]


def night_table(count: int = 600, seed: int = 5) -> pd.DataFrame:
    """Rows with everything odd that a policy lets through."""
    random = np.random.default_rng(seed)
    days = pd.Series(pd.Timestamp("2001-01-01") + pd.to_timedelta(random.integers(0, 9000, count), unit="D")).dt.date
    balance = random.choice([-0.0, 0.0, 1e300, -1e300, 2.5, float(2**63), 17.0], count)
    balance[random.random(count) < 0.2] = np.nan
    visits = pd.array(random.choice([0, 1, 2**53 - 1, 2**53 - 2, 7], count), dtype="Int64")
    visits[random.random(count) < 0.1] = pd.NA
    town = pd.Series(random.choice(["où", "北京", "a'b\"c", "unbekannt", "ou\u0300"], count), dtype=object)
    town[random.random(count) < 0.1] = None
    score = random.choice([-1.0, -0.0, 0.5, 1.0], count)
    odds = (town == "北京") * 2 - 1 + score + (days > datetime.date(2012, 1, 1)) * 1.0
    return pd.DataFrame(
        {
            "person": [f"P{row:06}" for row in range(count)],
            "mail": [f"p{row}@example.com" for row in range(count)],
            "agreed": random.choice(["yes", "no"], count, p=[0.9, 0.1]),
            "joined": days.where(random.random(count) > 0.1, None),
            "balance": balance,
            "visits": visits,
            "städte": town,
            "score": score,
            "unknown": random.random(count),
            "bought": np.where(random.random(count) < 1 / (1 + np.exp(-odds)), "yes", "no"),
        }
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("engines")


@pytest.fixture(scope="module")
def events(folder: Path) -> Path:
    found = folder / "spark events"
    found.mkdir()
    return found


@pytest.fixture(scope="module")
def spark(events: Path, monkeypatch_module: pytest.MonkeyPatch):
    """One small session for all tests here; it writes Spark's own event log, which must hold no key."""
    monkeypatch_module.setenv("PYSPARK_PYTHON", sys.executable)
    monkeypatch_module.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.driver.memory", "1g")
        .config("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "70")
        .config("spark.eventLog.enabled", "true")
        .config("spark.eventLog.dir", events.as_uri())
        .config("spark.eventLog.compress", "false")
        .getOrCreate()
    )
    yield session
    session.stop()


@pytest.fixture(scope="module")
def monkeypatch_module():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def ws(folder: Path, monkeypatch_module: pytest.MonkeyPatch):
    monkeypatch_module.setattr(duckdb_engine, "ROWS", 70)
    with Workspace.open(folder / "work", actor="tester") as workspace:
        workspace.fit(Policy.parse(POLICY.encode()), night_table())
        yield workspace


@pytest.fixture(scope="module")
def files(folder: Path) -> Path:
    """Two Parquet files in a folder, of several row groups each."""
    where = folder / "new people %20"
    (where / "b").mkdir(parents=True)
    table = pa.Table.from_pandas(night_table(500, seed=8).drop(columns="bought"), preserve_index=False)
    pq.write_table(table.slice(0, 350), where / "a.parquet", row_group_size=90)
    pq.write_table(table.slice(350), where / "b" / "b.parquet", row_group_size=60)
    return where


@pytest.fixture(scope="module")
def expected(ws: Workspace, files: Path) -> pd.DataFrame:
    table = pa.concat_tables([pq.read_table(files / "a.parquet"), pq.read_table(files / "b" / "b.parquet")])
    return ws.score(ws.model(), table).table


def sorted_rows(path: Path) -> pd.DataFrame:
    return pq.read_table(path).to_pandas().sort_values("row", ignore_index=True)


def plain(cells) -> list:
    """Cells with None for every kind of missing."""
    return [None if pd.isna(cell) else cell for cell in cells]


def entries(ws: Workspace, kind: str) -> list:
    return [row.entry for row in ws._rooms.journal.rows() if row.entry.type == kind]


@pytest.mark.parametrize("engine", ENGINES)
def test_an_engine_answers_as_the_table_in_memory_does(engine, ws, files, folder, expected, request):
    if engine == "spark":
        request.getfixturevalue("spark")
    out = folder / f"{engine}.parquet"
    done = ws.score_files(ws.model(), files, out=out, engine=engine)
    found = sorted_rows(out)
    assert done.rows == len(found) == len(expected) < 500
    assert list(found) == list(expected)
    assert found["score"].to_numpy() == pytest.approx(expected["score"].to_numpy(), rel=1e-9)
    for name in [one for one in expected if one != "score"]:
        assert plain(found[name]) == plain(expected[name])
    logged = entries(ws, "score.outcome")[-1]
    assert logged.body["engine"] == engine
    assert logged.body["rows"] == len(expected)
    screening = json.loads(ws._rooms.artifacts.get(logged.artifacts["screening"]))
    memory = entries(ws, "score.intent")[0]
    whole = json.loads(ws._rooms.artifacts.get(memory.artifacts["screening"]))
    assert screening | {"input_digest": ""} == whole | {"input_digest": ""}
    counts = done.tally
    assert counts.decisions == found["decision"].value_counts().sort_index().to_dict()
    assert sum(counts.scores) == sum(counts.reason_codes.values()) == len(found)
    assert all(sum(bins.values()) == len(found) for bins in counts.features.values())
    assert set(counts.features["städte"]) == {"", "où", "北京", "a'b\"c", "andere"}


@pytest.mark.parametrize("engine", ENGINES)
def test_what_breaks_the_contract_is_counted_over_all_batches_and_nothing_is_written(
    engine, ws, folder, request, tmp_path
):
    if engine == "spark":
        request.getfixturevalue("spark")
    bad = night_table(300, seed=9).drop(columns="bought")
    bad.loc[[3, 120, 299], "score"] = 7.25
    bad.loc[200, "person"] = bad.loc[10, "person"]
    source, out = tmp_path / "bad.parquet", tmp_path / "out.parquet"
    bad.to_parquet(source, row_group_size=50)
    with pytest.raises(InputError) as caught:
        ws.score_files(ws.model(), source, out=out, engine=engine)
    failures = {item["column"]: item for item in caught.value.facts["failures"]}
    assert failures["score"]["count"] == 3
    assert failures["score"]["rows"] == [3, 120, 299]
    assert failures["person"]["rule"] == "unique"
    assert "7.25" not in str(caught.value)
    assert list(tmp_path.iterdir()) == [source]
    assert entries(ws, "screen.refused")[-1].body["code"] == "contract-broken"
    assert entries(ws, "score.failure")[-1].body["code"] == "contract-broken"


@pytest.mark.parametrize("engine", ENGINES)
def test_without_consent_nobody_is_scored(engine, ws, request, tmp_path):
    if engine == "spark":
        request.getfixturevalue("spark")
    source = tmp_path / "nobody.parquet"
    night_table(200).drop(columns="bought").assign(agreed="no").to_parquet(source)
    with pytest.raises(InputError) as caught:
        ws.score_files(ws.model(), source, out=tmp_path / "out.parquet", engine=engine)
    assert caught.value.code == "consent-none"


def test_no_key_is_in_the_plan_or_in_the_log_that_spark_writes(ws, files, spark, events):
    job = job_of(ws._rooms, ws.model(), reasons=None, language=None)
    found = parquet_files(files)
    table = spark.read.parquet(*map(str, found))
    scored, _ = spark_engine.scored_frame(table, job, starts=spark_engine._starts(found), session=spark)
    plan = scored._jdf.queryExecution().toString() + scored._jdf.queryExecution().explainString(
        spark._jvm.org.apache.spark.sql.execution.ExplainMode.fromString("extended")
    )
    assert "MapInArrow" in plan
    written = b"".join(path.read_bytes() for path in events.rglob("*") if path.is_file()) + plan.encode()
    assert b"MapInArrow" in written
    assert set(job.keys.held) == {"default", "people"}
    for key in job.keys.held.values():
        assert key.secret not in written
        assert key.secret.hex().encode() not in written
        assert repr(key.secret)[2:-1].encode() not in written
        assert key.secret.hex() not in repr(job.keys)
        told = table.select(sql.lit(key.secret.hex()))._jdf.queryExecution().toString()
        assert key.secret.hex() in told  # a key in an expression would be seen


def in_spark(spark, card, frame: pd.DataFrame) -> pd.DataFrame:
    """The query over a table with a ``key``, in the order of the keys."""
    spark.createDataFrame(pa.Table.from_pandas(frame, preserve_index=False)).createOrReplaceTempView("people")
    query = scoring_query(card, table="people", keep=("key",), dialect="spark")
    return spark.sql(query).toArrow().to_pandas().sort_values("key", ignore_index=True)


def test_spark_runs_the_query_and_the_contract(ws, spark, files, expected):
    model = ws.model()
    table = pa.concat_tables([pq.read_table(files / "a.parquet"), pq.read_table(files / "b" / "b.parquet")])
    frame = screen(table, model.policy, keys=ws._rooms.keys, purpose="score")
    card = scoring_card(model.model, policy=model.policy)
    found = in_spark(spark, card, frame.features.assign(key=range(len(frame))))
    assert found["score"].to_numpy() == pytest.approx(expected["score"].to_numpy(), rel=1e-9)
    for name in ["decision", *(f"reason_{rank}" for rank in (1, 2, 3))]:
        assert plain(found[name]) == plain(expected[name])
    bad = frame.features.head(4).assign(score=[2.0, 0.5, -3.0, None])
    spark.createDataFrame(pa.Table.from_pandas(bad, preserve_index=False)).createOrReplaceTempView("people")
    faults = spark.sql(contract_query(card, table="people", dialect="spark")).collect()
    told = [("score", "above the maximum", 1), ("score", "below the minimum", 1), ("score", "missing", 1)]
    assert [tuple(row) for row in faults] == told


@given(data=st.data())
@settings(max_examples=6, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
def test_spark_says_what_the_single_rows_say(data, spark):
    model = data.draw(models() | rule_models())
    frame = data.draw(rows())
    decision, reasons = data.draw(RULES)
    card = scoring_card(model, policy=policy_of(model, decision=decision, reasons=reasons))
    scorer, told = RowScorer(card), {}
    for key, row in enumerate(frame.to_dict("records")):
        try:
            told[key] = scorer(row, checked=False)
        except RowError:  # an unbounded slope met a number that overflows: no engine has a score for it
            continue
    found = in_spark(spark, card, frame.assign(key=range(len(frame))).loc[list(told)])
    for row, expected in zip(found.to_dict("records"), told.values(), strict=True):
        assert row["score"] == pytest.approx(expected.score, rel=1e-9, abs=1e-9)
        assert row.get("decision") == expected.decision
        blank = [None] * (card["reasons"]["count"] - len(expected.reasons))
        names = [f"reason_{rank + 1}" for rank in range(card["reasons"]["count"])]
        assert plain([row[name] for name in names]) == [reason.text for reason in expected.reasons] + blank


def test_an_engine_wants_parquet_a_new_path_and_an_approval(ws, folder, files, tmp_path):
    (tmp_path / "people.csv").write_text("person\nx\n")
    with pytest.raises(UsageError) as caught:
        ws.score_files(ws.model(), tmp_path / "people.csv", out=tmp_path / "o.parquet")
    assert caught.value.code == "engine-needs-parquet"
    (tmp_path / "o.parquet").write_text("mine")
    with pytest.raises(UsageError) as caught:
        ws.score_files(ws.model(), files, out=tmp_path / "o.parquet")
    assert caught.value.code == "out-unfit"
    with pytest.raises(ReviewError):
        ws.score_files(ws.model(), files, out=tmp_path / "p.parquet", production=True)


def test_the_command_takes_a_folder_by_itself(ws, files, run, folder, expected):
    out = folder / "by command.parquet"
    ran = run("score", files, "--out", out, "-w", ws.folder, "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["engine"] == "stream", "a run that resumes is the default for a folder"
    assert sorted_rows(out)["score"].tolist() == expected["score"].tolist()
