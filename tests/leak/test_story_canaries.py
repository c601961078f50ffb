"""Poison every column, run the whole story, search every byte that was written or printed."""

import io
import logging
import pickle
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from glassledger.errors import Error
from glassledger.policy import Policy
from glassledger.workspace import Workspace

POLICY = """\
glassledger: 1
name: poisoned
version: "1"
owner: {name: Test Team, contact: team@example.com}
purpose: {use: Looking for leaks}
lawful_basis: {basis: not_personal_data}
data:
  dataset: poisoned
  undeclared_columns: drop
  columns:
    id: {role: identifier, type: text, unique: true, redaction: {operator: pseudonymise}}
    email: {role: identifier, type: text}
    phone: {role: identifier, type: text, redaction: {operator: mask, keep_last: 2}}
    notes: {role: free_text, type: text}
    town: {role: feature, type: category, levels: [north, south], other: elsewhere}
    income: {role: feature, type: number, min: 0, max: 1000000}
    score_date: {role: ignored, type: text}
    sex: {role: protected, type: category, levels: [f, m], other: other}
    bought: {role: target, type: category, levels: ["no", "yes"], positive: "yes"}
split: {holdout: 0.3, unit: id}
model: {family: FAMILY, task: binary}
decision: {threshold: 0.5, at_or_above: offer, below: no_offer}
evaluation: {bootstrap: 20}
privacy:
  unit: id
  epsilon: 1.0
  delta: 0.000001
  dataset_budget: {epsilon: 5, delta: 0.0001}
"""
ROWS = 300


def _canary(column: str, row: int) -> str:
    return f"Zq{column}{row:04d}qZ"


@pytest.fixture
def poisoned() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(
        {name: [_canary(name, row) for row in range(ROWS)] for name in ("id", "email", "phone", "notes", "score_date")}
    )
    frame["hidden"] = [_canary("hidden", row) for row in range(ROWS)]
    frame["town"] = np.where(rng.random(ROWS) < 0.1, [_canary("town", row) for row in range(ROWS)], "north")
    frame["income"] = rng.integers(0, 1000, ROWS) * 1000
    frame["sex"] = np.where(rng.random(ROWS) < 0.1, [_canary("sex", row) for row in range(ROWS)], "f")
    frame["bought"] = np.where(rng.random(ROWS) < 0.4, "yes", "no")
    return frame


def _written(folder: Path) -> Iterator[tuple[str, bytes]]:
    files = [path for path in folder.rglob("*") if path.is_file() and "keys" not in path.parts]
    assert len(files) > 10
    for path in files:
        yield str(path.relative_to(folder)), path.read_bytes()


def _found(data: bytes, frame: pd.DataFrame) -> list[str]:
    """Columns with a canary in the bytes, in any of five encodings."""
    hits = []
    for encoding in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
        if "Zq".encode(encoding) not in data:
            continue
        hits += [name for name in frame if any(_canary(name, row).encode(encoding) in data for row in range(ROWS))]
    return hits


def test_the_search_can_find_something(poisoned: pd.DataFrame) -> None:
    assert _found(pickle.dumps(poisoned["email"].iloc[7]), poisoned) == ["email"]
    assert _found(_canary("notes", 3).encode("utf-32-le"), poisoned) == ["notes"]


@pytest.mark.parametrize("family", ["logistic", "tree", "ebm", "scorecard", "dp-ebm"])
def test_the_whole_story_leaves_no_trace(
    family: str, poisoned: pd.DataFrame, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    out, err = io.StringIO(), io.StringIO()
    policy = Policy.parse(POLICY.replace("FAMILY", family).encode(), name="poisoned.yaml")
    with (
        redirect_stdout(out),
        redirect_stderr(err),
        warnings.catch_warnings(record=True) as warned,
        caplog.at_level(logging.DEBUG),
        Workspace.open(tmp_path / "work", actor="dana@example.com") as ws,
    ):
        warnings.simplefilter("always")
        model = ws.fit(policy, poisoned)
        ws.report(model, languages=["en", "zh"])
        scored = ws.score(model, poisoned.drop(columns="bought"), out=tmp_path / "work" / "scores.csv")
        local = ws.explain(model, poisoned, row=0)
        shown = [repr(item) for item in (ws, model, scored, local, model.facts, model.screening)]
    printed = out.getvalue() + err.getvalue() + caplog.text + "".join(shown) + "".join(str(w.message) for w in warned)

    assert _found(printed.encode(), poisoned) == []
    assert {name: hits for name, data in _written(tmp_path / "work") if (hits := _found(data, poisoned))} == {}


BREAKAGES: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "number": lambda f: f.assign(income=[_canary("income", row) for row in range(len(f))]),
    "target": lambda f: f.assign(bought=[_canary("bought", row) for row in range(len(f))]),
    "duplicates": lambda f: f.assign(id=_canary("id", 1)),
    "nothing but a poisoned column": lambda f: f[["email"]],
}


@pytest.mark.parametrize("breakage", BREAKAGES)
def test_a_refusal_leaves_no_trace(breakage: str, poisoned: pd.DataFrame, tmp_path: Path) -> None:
    policy = Policy.parse(POLICY.replace("FAMILY", "logistic").encode(), name="poisoned.yaml")
    broken = BREAKAGES[breakage](poisoned)
    with Workspace.open(tmp_path / "work", actor="dana@example.com") as ws, pytest.raises(Error) as caught:
        ws.fit(policy, broken)

    error = caught.value
    shown = [str(error), repr(error), repr(error.facts), "".join(traceback.format_exception(error))]
    columns = pd.DataFrame(columns=[*poisoned.columns, "income", "bought"])
    columns = columns.loc[:, ~columns.columns.duplicated()]
    assert _found("".join(shown).encode() + pickle.dumps(error), columns) == []
    assert error.__cause__ is None
    for _, data in [(p.name, p.read_bytes()) for p in (tmp_path / "work").rglob("*") if p.is_file()]:
        assert _found(data, columns) == []
