"""Exports of a fitted model, each run by the program it is meant for, beside ``glassledger score``."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import duckdb
import numpy as np
import onnx
import onnxruntime
import pandas as pd
import pytest

RESULTS = ["decision", "reason_1", "reason_2", "reason_code_1", "reason_code_2"]


@pytest.fixture
def scored(run, made: Path, table_file: Path, tmp_path: Path) -> pd.DataFrame:
    out = tmp_path / "scores.csv"
    assert run("score", table_file, "--out", out, "-w", made).code == 0
    return pd.read_csv(out, dtype=dict.fromkeys(RESULTS, object)).sort_values("row", ignore_index=True)


def test_the_query_scores_the_file_as_the_command_does(run, made, table_file, tmp_path, scored):
    out = tmp_path / "score.sql"
    ran = run("export", "sql", "--table", "people", "--keep", "id", "--out", out, "-w", made, "--json")
    assert ran.code == 0
    assert json.loads(ran.out)["kind"] == "sql"
    with duckdb.connect() as base:
        base.execute("CREATE TABLE people AS FROM read_csv(?)", [str(table_file)])
        found = base.execute(out.read_text(encoding="utf-8")).df().sort_values("id", ignore_index=True)
    assert len(found) == len(scored) == 400
    assert found["score"].to_numpy() == pytest.approx(scored["score"].to_numpy(), rel=1e-9)
    for name in RESULTS:
        assert (
            found[name].astype(object).where(found[name].notna(), None).tolist()
            == scored[name].astype(object).where(scored[name].notna(), None).tolist()
        )


def test_the_contract_query_finds_nothing_in_good_rows_and_counts_bad_ones(run, made, table_file, tmp_path):
    out = tmp_path / "contract.sql"
    assert run("export", "contract", "--out", out, "-w", made).code == 0
    with duckdb.connect() as base:
        base.execute("CREATE TABLE people AS FROM read_csv(?)", [str(table_file)])
        assert base.execute(out.read_text(encoding="utf-8")).fetchall() == []
        base.execute("UPDATE people SET age = 17 WHERE id < 'C000003'")
        base.execute("UPDATE people SET job = NULL WHERE id = 'C000009'")
        assert base.execute(out.read_text(encoding="utf-8")).fetchall() == [
            ("age", "below the minimum", 3),
            ("job", "missing", 1),
        ]


def test_the_file_scores_rows_alone_as_the_command_does(run, made, table_file, tmp_path, scored):
    out = tmp_path / "scorer.py"
    assert run("export", "scorer", "--out", out, "-w", made).code == 0
    rows = pd.read_csv(table_file)[["age", "job", "income"]]
    lines = rows.to_json(orient="records", lines=True)
    done = subprocess.run(
        [sys.executable, "-I", "-S", out], input=lines, capture_output=True, encoding="utf-8", check=True
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["score"] for answer in answers] == pytest.approx(scored["score"].tolist(), rel=1e-9)
    assert [answer["decision"] for answer in answers] == scored["decision"].tolist()
    first = [answer["reasons"][0]["text"] if answer["reasons"] else None for answer in answers]
    assert first == scored["reason_1"].where(scored["reason_1"].notna(), None).tolist()


def test_the_rating_table_lists_every_level(run, made, tmp_path):
    out = tmp_path / "rating.csv"
    assert run("export", "csv", "--out", out, "-w", made).code == 0
    lines = list(csv.DictReader(out.open(encoding="utf-8", newline="")))
    assert {line["level_1"] for line in lines} >= {"clerk", "farmer", "nurse", "other"}
    assert [line["kind"] for line in lines].count("intercept") == 1


def test_production_needs_an_approval(run, made, tmp_path):
    out = tmp_path / "score.sql"
    assert run("export", "sql", "--production", "--out", out, "-w", made).code == 3
    assert not out.exists()


def test_onnx_runtime_scores_the_file_as_the_command_does(run, made, table_file, tmp_path, scored):
    out = tmp_path / "model.onnx"
    assert run("export", "onnx", "--out", out, "-w", made).code == 0
    session = onnxruntime.InferenceSession(out, providers=["CPUExecutionProvider"])
    rows = pd.read_csv(table_file)
    feeds = {
        "age": rows["age"].to_numpy(np.float64),
        "job": rows["job"].to_numpy(object),
        "income": rows["income"].to_numpy(np.float64),
    }
    found = dict(zip(["score", "decision", "reason"], session.run(["score", "decision", "reason"], feeds), strict=True))
    assert found["score"] == pytest.approx(scored["score"].to_numpy(), rel=1e-9)
    assert found["decision"].tolist() == scored["decision"].tolist()
    assert found["reason"].tolist() == scored[["reason_1", "reason_2"]].fillna("").to_numpy().tolist()


def test_mlflow_scores_the_file_as_the_command_does(run, made, table_file, tmp_path, scored):
    out = tmp_path / "model"
    assert run("export", "mlflow", "--out", out, "-w", made).code == 0
    from mlflow import pyfunc  # after the export has turned MLflow's telemetry off

    names = {path.suffix for path in out.rglob("*") if path.is_file()}
    assert not names & {".pkl", ".pickle", ".joblib", ".cloudpickle"}
    loaded = pyfunc.load_model(str(out))
    rows = pd.read_csv(table_file)[["income", "job", "age"]].astype({"age": float})
    found = loaded.predict(rows)
    assert found["score"].to_numpy() == pytest.approx(scored["score"].to_numpy(), rel=1e-9)
    for name in RESULTS:
        assert found[name].tolist() == scored[name].astype(object).where(scored[name].notna(), None).tolist()
    assert found["refused"].isna().all()
    bad = loaded.predict(rows.head(2).assign(age=[17.0, 30.0]))
    assert bad["refused"].tolist() == ["age: below the minimum", None]
    assert np.isnan(bad["score"][0])
    assert loaded.metadata.metadata["review"].startswith("not approved: draft")
    assert len(loaded.predict(loaded.input_example)) == 2
    assert run("export", "mlflow", "--out", out, "-w", made).code == 2


def test_what_is_not_approved_says_so_in_every_form_and_the_log_knows(run, made, tmp_path):
    before = len(json.loads(run("log", "list", "-w", made, "--json").out)["entries"])
    said = "not approved: draft on "
    for kind in ("scorer", "sql", "contract", "csv"):
        out = tmp_path / f"model.{kind}"
        assert json.loads(run("export", kind, "--out", out, "-w", made, "--json").out)["review"] == "draft"
        assert said in out.read_text(encoding="utf-8")
    out = tmp_path / "model.onnx"
    assert run("export", "onnx", "--out", out, "-w", made).code == 0
    assert onnx.load(out).doc_string.startswith(said)
    entries = json.loads(run("log", "list", "-w", made, "--json").out)["entries"][before:]
    assert [entry["type"] for entry in entries] == ["export.intent", "export.outcome"] * 5
    assert run("export", "sql", "--language", "xx", "--out", tmp_path / "no.sql", "-w", made).code == 2
    entries = json.loads(run("log", "list", "-w", made, "--json").out)["entries"]
    assert [entry["type"] for entry in entries][-2:] == ["export.intent", "export.failure"]
    assert run("verify", made).code == 0
