"""Every family × task that a policy may declare goes the whole way, in small: fit to verified, reopened log."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import yaml

from glassledger.errors import ReviewError
from glassledger.policy import Policy
from glassledger.policy.families import FAMILIES
from glassledger.review import make_key
from glassledger.workspace import LoggedModel, Workspace

ROWS = 400
DEVELOPER, APPROVER = "dana@example.com", "alex@example.com"

#: settings under which each family fits such a table in a moment
QUICK: dict[str, dict[str, object]] = {
    "ebm": {"outer_bags": 2, "max_rounds": 60, "max_bins": 32},
    "tree": {"max_depth": 3, "min_samples_leaf": 20},
    "scorecard": {"max_bins": 4},
    "dp-ebm": {"max_rounds": 10, "max_bins": 8},
    "dp-forest": {"n_estimators": 3, "max_depth": 3},
}
TARGETS: dict[str, dict[str, object]] = {
    "binary": {"role": "target", "type": "category", "levels": ["no", "yes"], "positive": "yes"},
    "multiclass": {"role": "target", "type": "category", "levels": ["low", "mid", "high"]},
    "regression": {"role": "target", "type": "number", "min": -20, "max": 20},
}
PAIRS = [(family, task) for family, declaration in FAMILIES.items() for task in declaration.tasks]


def table(task: str, *, rows: int = ROWS, seed: int = 11) -> pd.DataFrame:
    """Rows with an effect of every feature, missing incomes and jobs that nobody declared."""
    rng = np.random.default_rng(seed)
    age = rng.integers(18, 90, rows)
    job = rng.choice(["clerk", "farmer", "nurse", "poet"], rows, p=[0.4, 0.3, 0.2, 0.1])
    income = rng.integers(1_000, 90_000, rows).astype(float)
    strength = (age - 50) / 15 + (job == "nurse") * 1.5 + income / 50_000 - 1 + rng.logistic(size=rows)
    income[rng.random(rows) < 0.1] = np.nan
    targets = {
        "binary": np.where(strength > 0, "yes", "no"),
        "multiclass": np.select([strength < -1, strength < 1], ["low", "mid"], "high"),
        "regression": strength.clip(-20, 20),
    }
    return pd.DataFrame(
        {
            "id": [f"C{number:06d}" for number in range(rows)],
            "age": age,
            "job": job,
            "income": income,
            "member": rng.random(rows) < 0.5,
            "sex": rng.choice(["f", "m"], rows),
            "outcome": targets[task],
        }
    )


def policy(family: str, task: str, **changes: object) -> Policy:
    """A whole policy for the table; ``changes`` replace its top-level blocks, ``None`` removes one."""
    document: dict[str, object] = {
        "glassledger": 1,
        "name": "matrix",
        "version": "1",
        "owner": {"name": "Test Team", "contact": "team@example.com"},
        "purpose": {"use": {"en": "Trying things out", "zh": "试验"}},
        "lawful_basis": {"basis": "not_personal_data"},
        "data": {"dataset": "matrix", "columns": columns(task)},
        "split": {"holdout": 0.3, "unit": "id"},
        "model": {"family": family, "task": task, "settings": QUICK.get(family, {})},
        "reasons": {"count": 2},
        "evaluation": {"bootstrap": 20},
    }
    if task == "binary":
        document["decision"] = {"threshold": 0.5, "at_or_above": "offer", "below": "no_offer"}
    if task == "regression":
        document["decision"] = {"threshold": 0.0, "at_or_above": "offer", "below": "no_offer"}
    if FAMILIES[family].private:
        document["privacy"] = {
            "unit": "id",
            "epsilon": 2.0,
            "delta": 1e-06,
            "dataset_budget": {"epsilon": 2.0, "delta": 1e-06},
        }
    document = {key: value for key, value in (document | changes).items() if value is not None}
    return Policy.parse(yaml.safe_dump(document, sort_keys=False, allow_unicode=True).encode(), name="matrix.yaml")


def columns(task: str) -> dict[str, dict[str, object]]:
    return {
        "id": {"role": "identifier", "type": "text", "unique": True, "redaction": {"operator": "pseudonymise"}},
        "age": {"role": "feature", "type": "integer", "min": 18, "max": 95, "label": {"en": "Age", "zh": "年龄"}},
        "job": {
            "role": "feature",
            "type": "category",
            "levels": ["clerk", "farmer", "nurse", "other"],
            "other": "other",
        },
        "income": {"role": "feature", "type": "number", "min": 0, "max": 100_000, "missing": True},
        "member": {"role": "feature", "type": "boolean"},
        "sex": {"role": "protected", "type": "category", "levels": ["f", "m"]},
        "outcome": TARGETS[task],
    }


@dataclass(frozen=True)
class Told:
    """What a story left behind."""

    folder: Path
    model: str
    table: pd.DataFrame


def tell(folder: Path, declared: Policy, frame: pd.DataFrame) -> Told:
    """The whole story in one workspace; returns the scores it released."""
    with Workspace.open(folder, actor=DEVELOPER) as ws:
        model = ws.fit(declared, frame)
        assert set(model.explanation.importances) == set(model.model.term_names)
        local = ws.explain(model, frame, row=3)
        pages = {path.name: path.read_text(encoding="utf-8") for path in ws.report(model, languages=["en", "zh"]).files}
        assert sum(name.endswith(".html") for name in pages) == 2
        with pytest.raises(ReviewError):
            ws.score(model, frame, production=True)
        sign_off(ws, folder.parent, model)
        scored = ws.score(model, frame, production=True).table
        assert ws.verify().size > 8
    assert scored.loc[3, "score"] == pytest.approx(local.score, abs=1e-12)
    return Told(folder, model.id, scored)


def sign_off(ws: Workspace, keys: Path, model: LoggedModel) -> None:
    for name, identity in (("dana", DEVELOPER), ("alex", APPROVER)):
        ws.trust(identity, make_key(keys / name, comment=identity))
    ws.review(model).submit(by=DEVELOPER, key=keys / "dana", comment="Ready.")
    assert ws.review(model).approve(by=APPROVER, key=keys / "alex", comment="Seen.").status == "approved"


@pytest.mark.slow
@pytest.mark.parametrize(("family", "task"), PAIRS)
def test_every_family_goes_the_whole_way(family: str, task: str, tmp_path: Path) -> None:
    frame = table(task)
    told = tell(tmp_path / "work", policy(family, task), frame)
    assert list(told.table["row"]) == list(range(ROWS))
    assert told.table["unit"].nunique() == ROWS
    assert told.table["score"].nunique() > 1, "the model learned nothing at all"
    assert told.table["reason_1"].notna().any()
    with Workspace.open(told.folder, create=False) as again:
        model = again.model(told.model)
        pd.testing.assert_frame_equal(again.score(model, frame, production=True).table, told.table)
        assert [budget.spent_nano_epsilon for budget in again.budgets()] == (
            [2_000_000_000] if FAMILIES[family].private else []
        )
        assert again.verify().size > 8


@pytest.mark.slow
@pytest.mark.parametrize(("family", "task"), [("logistic", "binary"), ("linear", "regression"), ("tree", "multiclass")])
def test_no_decision_rule(family: str, task: str, tmp_path: Path) -> None:
    told = tell(tmp_path / "work", policy(family, task, decision=None), table(task))
    assert ("decision" in told.table) == (task == "multiclass"), "only the predicted class is a decision without a rule"


@pytest.mark.slow
@pytest.mark.parametrize("baseline", ["best", "cutoff"])  # the mean is the baseline of the whole matrix above
@pytest.mark.parametrize(("family", "task"), [("ebm", "regression"), ("scorecard", "binary"), ("dp-forest", "binary")])
def test_every_baseline(family: str, task: str, baseline: str, tmp_path: Path) -> None:
    told = tell(tmp_path / "work", policy(family, task, reasons={"count": 2, "baseline": baseline}), table(task))
    assert told.table["reason_1"].notna().any()


@pytest.mark.slow
@pytest.mark.parametrize("task", list(TARGETS))
def test_pair_terms(task: str, tmp_path: Path) -> None:
    model = {
        "family": "ebm",
        "task": task,
        "settings": QUICK["ebm"],
        "interactions": [["age", "job"], ["income", "member"]],
    }
    told = tell(tmp_path / "work", policy("ebm", task, model=model), table(task))
    with Workspace.open(told.folder, create=False) as ws:
        pairs = [term.features for term in ws.model().model.terms if len(term.features) == 2]
    assert sorted(map(tuple, pairs)) == [("age", "job"), ("income", "member")]


@pytest.mark.slow
@pytest.mark.parametrize(("family", "task"), [("logistic", "multiclass"), ("linear", "regression"), ("tree", "binary")])
def test_no_protected_column(family: str, task: str, tmp_path: Path) -> None:
    declared = columns(task)
    del declared["sex"]
    plain = policy(family, task, data={"dataset": "matrix", "columns": declared})
    tell(tmp_path / "work", plain, table(task).drop(columns="sex"))


@pytest.mark.slow
@pytest.mark.parametrize("family", ["logistic", "dp-ebm"])
def test_every_row_is_a_unit(family: str, tmp_path: Path) -> None:
    declared = columns("binary")
    del declared["id"]
    changes: dict[str, object] = {
        "data": {"dataset": "matrix", "columns": declared},
        "split": {"holdout": 0.3, "unit": "row"},
    }
    if FAMILIES[family].private:
        changes["privacy"] = {
            "unit": "row",
            "epsilon": 2.0,
            "delta": 1e-06,
            "dataset_budget": {"epsilon": 2.0, "delta": 1e-06},
        }
    told = tell(tmp_path / "work", policy(family, "binary", **changes), table("binary").drop(columns="id"))
    assert told.table["score"].between(0, 1).all()


def test_no_unit_is_declared(tmp_path: Path) -> None:
    told = tell(tmp_path / "work", policy("logistic", "binary", split={"holdout": 0.3}), table("binary"))
    assert "unit" not in told.table


@pytest.mark.parametrize("kind", ["polars", "arrow", "parquet", "csv", "csv.gz"])
def test_every_kind_of_table_gives_the_same_scores(kind: str, tmp_path: Path) -> None:
    frame = table("binary")
    declared = policy("logistic", "binary")
    sources = {
        "polars": lambda: pl.from_pandas(frame),
        "arrow": lambda: pa.Table.from_pandas(frame, preserve_index=False),
        "parquet": lambda: written(frame, tmp_path / "table.parquet"),
        "csv": lambda: written(frame, tmp_path / "table.csv"),
        "csv.gz": lambda: written(frame, tmp_path / "table.csv.gz"),
    }
    with Workspace.open(tmp_path / "work", actor=DEVELOPER) as ws:
        one, other = ws.fit(declared, frame), ws.fit(declared, sources[kind]())
        assert one.digest == other.digest
        pd.testing.assert_frame_equal(ws.score(one, frame).table, ws.score(other, sources[kind]()).table)


def written(frame: pd.DataFrame, path: Path) -> Path:
    if path.suffix == ".parquet":
        frame.to_parquet(path, index=False)
    else:
        frame.to_csv(path, index=False)
    return path


@pytest.mark.parametrize(("family", "task"), [("logistic", "multiclass"), ("tree", "binary")])
def test_scores_written_as_parquet_are_the_scores(family: str, task: str, tmp_path: Path) -> None:
    frame = table(task)
    with Workspace.open(tmp_path / "work", actor=DEVELOPER) as ws:
        scored = ws.score(ws.fit(policy(family, task), frame), frame, out=tmp_path / "scores.parquet").table
    back = pd.read_parquet(tmp_path / "scores.parquet")
    pd.testing.assert_frame_equal(back, scored)
