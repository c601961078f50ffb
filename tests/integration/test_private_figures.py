"""A private model: one spend, noisy figures, no exact count anywhere, and exact figures only when asked for."""

import contextlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glassledger.errors import InputError
from glassledger.policy import Policy
from glassledger.workspace import LoggedModel, Workspace
from glassledger.workspace.fitting import _split_key

from .conftest import POLICY, PRIVACY, small_table

ROWS = 1_237
TEXT = POLICY.replace("family: logistic", "family: dp-logistic") + PRIVACY


def _policy(text: str = TEXT) -> Policy:
    return Policy.parse(text.encode(), name="small.yaml")


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, LoggedModel]:
    folder = tmp_path_factory.mktemp("private") / "work"
    with Workspace.open(folder, actor="dana@example.com") as ws:
        model = ws.fit(_policy(), small_table(ROWS))
        ws.report(model, languages=["en", "zh"])
    return folder, model


def test_one_spend_pays_for_the_fit_and_its_figures(fitted: tuple[Path, LoggedModel]) -> None:
    folder, model = fitted
    with Workspace.open(folder, create=False) as ws:
        (before,) = ws.budgets()
        ws.report(ws.model("latest"), languages=["en"], refresh=True)
        (after,) = ws.budgets()
        ws.verify()
    assert before.spent_nano_epsilon == after.spent_nano_epsilon == 1_000_000_000
    assert len(after.entries) == 1
    assert model.evaluation.protection == "private"
    assert model.evaluation.tables is not None
    assert model.evaluation.tables.epsilon == 1.0
    assert ws.model  # the handle outlives the log


def test_dearer_figures_are_what_the_ledger_counts(tmp_path: Path) -> None:
    text = TEXT.replace("epsilon: 1.5", "epsilon: 9") + "  evidence: {epsilon: 2.5}\n"
    with Workspace.open(tmp_path / "work") as ws:
        model = ws.fit(_policy(text), small_table())
        (budget,) = ws.budgets()
    assert budget.spent_nano_epsilon == 2_500_000_000
    assert model.facts.privacy is not None
    assert model.facts.privacy.epsilon == 1.0
    assert model.evaluation.tables is not None
    assert model.evaluation.tables.epsilon == 2.5


def test_no_exact_count_of_the_table_leaves(fitted: tuple[Path, LoggedModel]) -> None:
    folder, model = fitted
    assert model.screening.rows is None
    assert model.screening.missing_cells == {}
    assert all(receipt.cells is None and receipt.changed is None for receipt in model.screening.receipts)
    records = [path for path in folder.rglob("*") if path.is_file() and path.read_bytes().startswith(b"{")]
    assert len(records) > 8
    for path in records:
        with contextlib.suppress(json.JSONDecodeError):  # bytes that only begin like a record
            assert ROWS not in _numbers(json.loads(path.read_bytes())), path.name
    page = next((folder / "reports").rglob("report.html")).read_text()
    assert f"{ROWS:,}" not in page
    assert "Private figures" in page
    assert "withheld" in page
    assert "Not private" not in page


def _numbers(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [number for item in value.values() for number in _numbers(item)]
    if isinstance(value, list):
        return [number for item in value for number in _numbers(item)]
    return [value] if isinstance(value, int | float) and not isinstance(value, bool) else []


def test_exact_figures_are_marked_everywhere(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "work") as ws:
        model = ws.fit(_policy(TEXT + "  evidence: {protection: exact}\n"), small_table())
        written = ws.report(model, languages=["en"])
    assert model.evaluation.protection == "exact"
    assert model.screening.rows == 400
    assert model.facts.privacy is not None
    assert any(text.startswith("NOT PRIVATE") for text in model.facts.privacy.unprotected)
    page = next(path for path in written.files if path.suffix == ".html").read_text()
    assert "Not private" in page
    assert "NOT PRIVATE" in page


def test_a_refused_table_is_logged_without_counts(tmp_path: Path) -> None:
    broken = small_table()
    broken.loc[:6, "age"] = 400
    with Workspace.open(tmp_path / "work") as ws:
        with pytest.raises(InputError):
            ws.fit(_policy(), broken)
        refusals = [row.entry.body for row in ws._rooms.journal.rows() if row.entry.type == "screen.refused"]
    assert [failure.keys() for failure in refusals[0]["failures"]] == [{"column", "rule"}]


def test_a_row_that_is_its_own_unit_gets_its_side_from_a_fresh_key(tmp_path: Path) -> None:
    by_row = _policy(
        TEXT.replace("unit: id\n", "unit: row\n").replace("split: {holdout: 0.3, unit: id}", "split: {holdout: 0.3}")
    )
    with Workspace.open(tmp_path / "work") as ws:
        assert _split_key(ws._rooms, by_row) != _split_key(ws._rooms, by_row)
        assert _split_key(ws._rooms, _policy()) == _split_key(ws._rooms, _policy())
        assert len(np.unique([len(_split_key(ws._rooms, by_row)) for _ in range(3)])) == 1


def test_an_attack_goes_into_the_next_evidence_and_spends_nothing(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "work") as ws:
        model = ws.fit(_policy(), small_table())
        ws.report(model, languages=["en"])
        page = next((tmp_path / "work").rglob("report.html"))
        assert "Nobody has attacked" in page.read_text()
        before = ws.budgets()
        found = ws.attack(model, runs=20, canaries=40)
        ws.report(model, languages=["en"], refresh=True)
        assert ws.budgets() == before
        ws.verify()
    assert found.within_claim
    evidence = json.loads((page.parent / "evidence.json").read_bytes())
    assert evidence["attack"]["results"][0]["trials"] == 20
    assert "two neighbours, many fits each" in page.read_text()
