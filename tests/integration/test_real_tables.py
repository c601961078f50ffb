"""Policy → fit → score → report → verify by the command line, on real tables, with the shipped policies."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import yaml

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


TELCO: dict[str, dict[str, object]] = {
    "customerID": {"role": "identifier", "type": "text", "unique": True, "redaction": {"operator": "pseudonymise"}},
    "gender": {"role": "protected", "type": "category", "levels": ["Female", "Male"]},
    "tenure": {"role": "feature", "type": "integer", "min": 0, "max": 72},
    "InternetService": {"role": "feature", "type": "category", "levels": ["DSL", "Fiber optic", "No"]},
    "PhoneService": {"role": "feature", "type": "category", "levels": ["No", "Yes"]},
    "StreamingTV": {"role": "feature", "type": "category", "levels": ["No", "No internet service", "Yes"]},
    "Churn": {"role": "feature", "type": "category", "levels": ["No", "Yes"]},
}
#: Another outcome of the same customers: a class of three, and a number.
OUTCOMES: dict[str, tuple[str, dict[str, object]]] = {
    "multiclass": ("Contract", {"type": "category", "levels": ["Month-to-month", "One year", "Two year"]}),
    "regression": ("MonthlyCharges", {"type": "number", "min": 0, "max": 150}),
}


@pytest.mark.slow
@pytest.mark.realdata
@pytest.mark.parametrize("task", OUTCOMES)
def test_private_classes_and_numbers(
    task: str, run: Callable[..., Ran], shared_data: Callable[[str], Path], tmp_path: Path
) -> None:
    target, declared = OUTCOMES[task]
    document = {
        "glassledger": 1,
        "name": f"telco_{task}",
        "version": "1",
        "owner": {"name": "Test Team", "contact": "team@example.com"},
        "purpose": {"use": "Trying things out."},
        "lawful_basis": {"basis": "not_personal_data"},
        "data": {
            "dataset": "telco",
            "undeclared_columns": "drop",
            "columns": TELCO | {target: {"role": "target"} | declared},
        },
        "split": {"holdout": 0.2, "unit": "customerID"},
        "privacy": {
            "unit": "customerID",
            "epsilon": 2,
            "delta": 1e-6,
            "dataset_budget": {"epsilon": 2, "delta": 1e-6},
        },
        "model": {"family": "dp-additive", "task": task},
        "reasons": {"count": 2},
    }
    policy = tmp_path / "policy.yaml"
    policy.write_text(yaml.safe_dump(document, sort_keys=False))
    work = tmp_path / "work"

    fitted = run("fit", policy, shared_data("telco_churn.csv.gz"), "-w", work, "--json")
    assert fitted.code == 0, fitted.err
    assert run("report", "-w", work).code == 0
    assert run("verify", work).code == 0
    assert run("fit", policy, shared_data("telco_churn.csv.gz"), "-w", work).code == 3  # the budget is gone

    figures = json.loads(fitted.out)["figures"]
    assert figures["macro_auroc"] > 0.84 if task == "multiclass" else figures["r2"] > 0.7, (
        figures
    )  # figures carry noise
