"""One person, by command: the fewest changes, and a past score computed again."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from .conftest import POLICY, Ran


@pytest.fixture
def work(run: Callable[..., Ran], tmp_path: Path, table_file: Path) -> Path:
    policy = tmp_path / "changeable.yaml"
    policy.write_text(
        POLICY.replace("max: 100000, missing: true", "max: 100000, missing: true, actionable: increase").replace(
            "max: 95", "max: 95, actionable: increase"
        )
    )
    assert run("fit", policy, table_file, "-w", tmp_path / "work").code == 0
    return tmp_path / "work"


def _score(run: Callable[..., Ran], work: Path, table: Path, *more: object) -> tuple[int, Path]:
    out = work.parent / "out.csv"
    return json.loads(run("score", table, "--out", out, "-w", work, "--json", *more).out)["event"], out


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_past_score_is_computed_again(
    run: Callable[..., Ran], work: Path, table_file: Path, tmp_path: Path, suffix: str
) -> None:
    out = tmp_path / f"scores.{suffix}"
    said = run("score", table_file, "--out", out, "--reasons", 1, "-w", work, "--json")
    event = json.loads(said.out)["event"]

    ran = run("explain", "--data", table_file, "--row", 3, "--replay", event, "-w", work)

    assert ran.code == 0, ran.err
    assert "input equal, output equal, row equal" in ran.out


def test_another_table_another_output_and_another_entry_are_told(
    run: Callable[..., Ran], work: Path, table_file: Path, tmp_path: Path
) -> None:
    event, _ = _score(run, work, table_file)
    table = pd.read_csv(table_file)
    table.loc[7, "age"] = 18 if table.loc[7, "age"] != 18 else 19
    other = tmp_path / "other.csv"
    table.to_csv(other, index=False)

    ran = run("explain", "--data", other, "--row", 3, "--replay", event, "-w", work)

    assert ran.code == 1
    assert "input DIFFERENT, output DIFFERENT, row equal" in ran.out
    refused = run("explain", "--data", table_file, "--row", 3, "--replay", 0, "-w", work)
    assert (refused.code, "replay-no-score" in refused.err) == (2, True)


def test_a_log_that_does_not_verify_proves_nothing(
    run: Callable[..., Ran], work: Path, table_file: Path, tmp_path: Path
) -> None:
    event, _ = _score(run, work, table_file)
    hurt = Path(shutil.copytree(work, tmp_path / "hurt"))
    for path in (hurt / "artifacts").rglob("*"):
        if path.is_file() and b"glassledger/additive-model" in path.read_bytes():
            path.write_bytes(path.read_bytes().replace(b"logistic", b"logistik"))

    assert run("explain", "--data", table_file, "--row", 3, "--replay", event, "-w", hurt).code == 4


def test_the_fewest_changes_lead_to_the_other_decision_and_leave_no_value_in_the_log(
    run: Callable[..., Ran], work: Path, table_file: Path, tmp_path: Path
) -> None:
    _, out = _score(run, work, table_file)
    scores = pd.read_csv(out)
    row = int(scores.loc[scores["decision"] == "no_offer", "row"].iloc[0])

    found = json.loads(run("explain", "--data", table_file, "--row", row, "--counterfactual", "-w", work, "--json").out)

    assert (found["status"], found["exact"], found["decision_after"]) == ("found", True, "offer")
    table = pd.read_csv(table_file)
    for change in found["changes"]:
        table.loc[row, change["feature"]] = float(change["to"])
    table["age"] = table["age"].astype(int)
    changed = tmp_path / "changed.csv"
    table.to_csv(changed, index=False)
    _, out = _score(run, work, changed)
    again = pd.read_csv(out).set_index("row").loc[row]
    assert again["decision"] == "offer"
    assert again["score"] == pytest.approx(found["score_after"])
    with sqlite3.connect(work / "log.db") as log:
        written = "\n".join(log.iterdump())
    assert not any(f'"{change["to"]}"' in written for change in found["changes"])
    assert run("explain", "--counterfactual", "-w", work).code == 2
