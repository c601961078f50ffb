"""Policy → fit → score → report → verify by the command line, on real tables, with the shipped policies."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from .conftest import Ran

TABLES = {
    "bank_marketing": ("uci_bank_full.csv.gz", 0.75),
    "taiwan_credit": ("taiwan_credit_default.csv.gz", 0.74),
    "adult_income": ("adult_train.csv.gz", 0.88),
    "telco_churn": ("telco_churn.csv.gz", 0.80),
}


@pytest.mark.slow
@pytest.mark.realdata
@pytest.mark.parametrize("private", [False, True], ids=["open", "private"])
@pytest.mark.parametrize("name", TABLES)
def test_the_main_job(
    name: str,
    private: bool,
    run: Callable[..., Ran],
    shared_data: Callable[[str], Path],
    repository: Path,
    tmp_path: Path,
) -> None:
    file, floor = TABLES[name]
    table = shared_data(file)
    policy = repository / "policies" / "scoring" / f"{name}{'_private' if private else ''}.yaml"
    work = tmp_path / "work"
    prospects = tmp_path / "prospects.csv"
    with gzip.open(table, "rt", encoding="utf-8") as lines:
        prospects.write_text("".join(line for _, line in zip(range(501), lines, strict=False)))

    fitted = run("fit", policy, table, "-w", work, "--json")
    assert fitted.code == 0, fitted.err
    scored = run("score", prospects, "--out", tmp_path / "scores.csv", "-w", work)
    assert scored.code == 0, scored.err
    assert run("report", "-w", work).code == 0
    assert run("verify", work).code == 0

    figures = json.loads(fitted.out)["figures"]
    assert figures["auroc"] > floor - (0.05 if private else 0)
    scores = pd.read_csv(tmp_path / "scores.csv")
    assert len(scores) == 500
    assert scores["score"].between(0, 1).all()
    assert scores["reason_1"].notna().mean() > 0.9
