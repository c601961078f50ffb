"""A small table, a small policy, and a way to run commands in this process."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from glassledger.cli import main

POLICY = """\
glassledger: 1
name: small
version: "1"
owner: {name: Test Team, contact: team@example.com}
purpose: {use: Trying things out}
lawful_basis: {basis: not_personal_data}
data:
  dataset: small
  columns:
    id: {role: identifier, type: text, unique: true, redaction: {operator: pseudonymise}}
    email: {role: identifier, type: text}
    age: {role: feature, type: integer, min: 18, max: 95}
    job: {role: feature, type: category, levels: [clerk, farmer, nurse], other: other}
    income: {role: feature, type: number, min: 0, max: 100000, missing: true}
    start: {role: ignored, type: integer, min: 0, max: 100}
    end: {role: ignored, type: integer, min: 0, max: 100}
    sex: {role: protected, type: category, levels: [f, m]}
    bought: {role: target, type: category, levels: ["no", "yes"], positive: "yes"}
  checks:
    - {name: ends after it starts, rule: end >= start}
split: {holdout: 0.3, unit: id}
model: {family: logistic, task: binary}
reasons: {count: 2}
decision: {threshold: 0.5, at_or_above: offer, below: no_offer}
evaluation: {bootstrap: 20}
"""

PRIVACY = """\
privacy:
  unit: id
  epsilon: 1.0
  delta: 0.000001
  dataset_budget: {epsilon: 1.5, delta: 0.00001}
"""


def small_table(rows: int = 400, seed: int = 3) -> pd.DataFrame:
    """Rows that keep the small policy."""
    rng = np.random.default_rng(seed)
    age = rng.integers(18, 90, rows)
    job = rng.choice(["clerk", "farmer", "nurse", "poet"], rows, p=[0.4, 0.3, 0.2, 0.1])
    income = rng.integers(1_000, 90_000, rows).astype(float)
    income[rng.random(rows) < 0.1] = np.nan
    logit = (age - 50) / 15 + (job == "nurse") * 1.5 + np.nan_to_num(income, nan=40_000) / 50_000 - 1
    return pd.DataFrame(
        {
            "id": [f"C{number:06d}" for number in range(rows)],
            "email": [f"person{number}@example.com" for number in range(rows)],
            "age": age,
            "job": job,
            "income": income,
            "start": 1,
            "end": 2,
            "sex": rng.choice(["f", "m"], rows),
            "bought": np.where(rng.random(rows) < 1 / (1 + np.exp(-logit)), "yes", "no"),
        }
    )


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run a command line in this process."""

    def go(*arguments: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["glassledger", *map(str, arguments)])
        with pytest.raises(SystemExit) as stopped:
            main()
        captured = capsys.readouterr()
        code = stopped.value.code
        return Ran(code if isinstance(code, int) else 0, captured.out, captured.err)

    return go


@pytest.fixture
def policy_file(tmp_path: Path) -> Path:
    path = tmp_path / "policy.yaml"
    path.write_text(POLICY)
    return path


@pytest.fixture
def table_file(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    small_table().to_csv(path, index=False)
    return path


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with one fitted and reported model; copy it before you hurt it."""
    from glassledger.policy import Policy
    from glassledger.workspace import Workspace

    folder = tmp_path_factory.mktemp("made") / "work"
    with Workspace.open(folder, actor="dana@example.com") as ws:
        model = ws.fit(Policy.parse(POLICY.encode(), name="small.yaml"), small_table())
        ws.report(model, languages=["en"])
    return folder
