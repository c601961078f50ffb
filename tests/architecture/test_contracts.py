"""The import contracts hold, and each of them can break."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

#: one planted violation per contract: (contract's name, file, line to add)
VIOLATIONS = [
    ("Data flows one way", "models/additive.py", "import glassledger.report"),
    ("Only the workspace and the faces touch the log", "scoring/__init__.py", "import glassledger.audit"),
    ("An auditor needs no data-science package", "audit/tree.py", "import numpy"),
    ("A report sees records, never rows or models", "report/evidence.py", "import pandas"),
    ("pandera has one door", "data/read.py", "import pandera"),
    ("interpret has one door", "models/tree.py", "import interpret"),
    ("Numba has one door", "scoring/plan.py", "import numba"),
    ("diffprivlib has one door", "models/tree.py", "import diffprivlib"),
    ("dp-accounting has one door", "privacy/budget.py", "import dp_accounting"),
    ("ONNX has one door", "scoring/card.py", "import onnx"),
    ("MLflow has one door", "scoring/card.py", "import mlflow"),
    ("spaCy has one door", "redaction/spans.py", "import spacy"),
    ("rfc3161-client has one door", "audit/verify.py", "import rfc3161_client"),
    ("Spark has one door", "scoring/card.py", "import pyspark"),
    ("DuckDB has one door", "scoring/card.py", "import duckdb"),
    ("Typst has one door", "report/html.py", "import typst"),
    ("No knots", "records/record.py", "import glassledger.records.features"),
]


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder / "src"), "PATH": "/usr/bin:/bin", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def copy(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("contracts")
    shutil.copytree(repository / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(repository / "pyproject.toml", folder)
    return folder


def test_all_contracts_are_kept(copy: Path) -> None:
    result = _lint(copy)

    assert result.returncode == 0, result.stdout
    assert result.stdout.count(" KEPT") == len(VIOLATIONS)


@pytest.mark.slow
@pytest.mark.parametrize(("contract", "file", "line"), VIOLATIONS)
def test_each_contract_can_break(copy: Path, contract: str, file: str, line: str) -> None:
    path = copy / "src" / "glassledger" / file
    before = path.read_text()
    path.write_text(before + f"\n{line}\n")
    try:
        result = _lint(copy)
    finally:
        path.write_text(before)

    assert result.returncode != 0
    assert any(contract in row and "BROKEN" in row for row in result.stdout.splitlines()), result.stdout
