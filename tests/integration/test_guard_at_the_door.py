"""The workspace looks into reports, exports and the published log before they leave; a finding stops the act."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from glassledger.errors import AuditError, Error, PrivacyError, UsageError
from glassledger.policy import Policy
from glassledger.scoring.export import Export
from glassledger.workspace import Workspace, reporting

POLICY = """\
glassledger: 1
name: door
version: "1"
owner: {name: Team, contact: team@example.org}
purpose: {use: Testing the door}
lawful_basis: {basis: consent}
redaction: {use: eu_gdpr}
data:
  dataset: door
  columns:
    who: {role: identifier, type: text, kind: person_name}
    account: {role: identifier, type: text, kind: iban}
    town: {role: feature, type: category, levels: [north, south]}
    income: {role: feature, type: number, min: 0, max: 1000}
    bought: {role: target, type: category, levels: ["no", "yes"], positive: "yes"}
model: {family: logistic, task: binary}
evaluation: {bootstrap: 20}
"""
NAME = "Zebulon Quixotanner"


@pytest.fixture
def table() -> pd.DataFrame:
    rows = range(200)
    return pd.DataFrame(
        {
            "who": [NAME if row == 7 else f"Person{row} Lastname{row}" for row in rows],
            "account": [f"DE00 {row:04d} 0000 0000 0000 00" for row in rows],
            "town": ["north" if row % 3 else "south" for row in rows],
            "income": [float(row * 7 % 1000) for row in rows],
            "bought": ["yes" if row * 13 % 5 < 2 else "no" for row in rows],
        }
    )


@pytest.fixture
def fitted(table: pd.DataFrame, tmp_path: Path) -> Any:
    with Workspace.open(tmp_path / "work", actor="dana@example.com") as ws:
        yield ws, ws.fit(Policy.parse(POLICY.encode()), table)


def test_what_is_clean_leaves(fitted: Any, tmp_path: Path) -> None:
    ws, model = fitted
    report = ws.report(model, languages=["en"])
    ws.export(model, Export(kind="scorer"), out=tmp_path / "scorer.py")
    assert all(path.exists() for path in report.files)
    assert not list((tmp_path / "work").rglob(".leaving-*"))
    assert ws.verify()


def test_a_leaking_report_stays_and_the_refusal_is_logged(
    fitted: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws, model = fitted
    build = reporting.Report.build

    def leaking(*args: Any, **kwargs: Any) -> Any:
        from dataclasses import replace

        report = build(*args, **kwargs)
        return replace(report, html=report.html.replace("</body>", f"<!-- {NAME.upper()} --></body>"))

    monkeypatch.setattr(reporting.Report, "build", leaking)
    with pytest.raises(PrivacyError) as caught:
        ws.report(model, languages=["en"])
    assert caught.value.code == "leak-found"
    assert "quixotanner" not in (str(caught.value) + str(caught.value.facts)).lower()
    assert not list((tmp_path / "work" / "reports").rglob("*.html"))
    log = ws._rooms.journal.rows()
    assert {"guard.refused", "report.failure"} <= {row.entry.type for row in log}


def test_a_leaking_export_leaves_the_old_file_alone(
    fitted: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from glassledger.workspace import exporting

    ws, model = fitted
    out = tmp_path / "model.sql"
    out.write_text("the old one")
    monkeypatch.setattr(exporting, "write_export", lambda card, wanted, path: path.write_text(f"-- {NAME}"))
    with pytest.raises(PrivacyError):
        ws.export(model, Export(kind="sql"), out=out)
    assert out.read_text() == "the old one"


def test_without_its_index_nothing_leaves(fitted: Any, tmp_path: Path) -> None:
    ws, model = fitted
    for path in (tmp_path / "work" / "guard").iterdir():
        assert path.stat().st_mode & 0o777 == 0o600
        path.unlink()
    with pytest.raises(AuditError) as caught:
        ws.report(model)
    assert caught.value.code == "leak-index-missing"


def test_tokens_are_revealed_with_a_reason_and_logged(fitted: Any, table: pd.DataFrame) -> None:
    from glassledger.redaction.tokens import tokens

    ws, _ = fitted
    key = ws._rooms.keys.key("vault")
    made = tokens(["DE89 3704"], key=key, column="account", policy="eu_gdpr")
    asked = {"column": "account", "policy": "eu_gdpr", "key": "vault"}
    with pytest.raises(UsageError):
        ws.reveal(made, reason="", **asked)
    old, new = ws.rotate_key("vault")
    assert (old, old != new) == (key.id, True)
    assert ws.reveal(made, reason="refund 4711", **asked) == ["DE89 3704"]
    entries = [row.entry for row in ws._rooms.journal.rows()]
    (intent,) = [entry for entry in entries if entry.type == "reveal.intent"]
    assert (intent.body["tokens"], intent.body["reason"]) == (1, "refund 4711")
    assert not any(b"DE89" in entry.to_bytes() or made[0].encode() in entry.to_bytes() for entry in entries)


def test_the_included_policy_is_kept_with_the_model(fitted: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ws, model = fitted
    monkeypatch.setattr(
        "glassledger.policy.redaction_policy.redaction_names", lambda: ()
    )  # another version ships others
    again = ws.model(model.id)
    assert again.policy == model.policy
    assert again.policy.digest == model.facts.policy_digest
    assert {receipt.operator for receipt in again.screening.receipts[:2]} == {"drop", "tokenise"}


def _run(*words: object, cwd: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "glassledger", *map(str, words)], cwd=cwd, input=stdin, env=os.environ,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.usefixtures("fitted")
def test_the_commands(tmp_path: Path) -> None:
    work = tmp_path / "work"
    (tmp_path / "clean.txt").write_text("nothing to see")
    (tmp_path / "leak.txt").write_text(f"{NAME} called")
    key_ids = _run("keys", "list", "-w", work, cwd=tmp_path)
    assert {line.split()[0] for line in key_ids.stdout.splitlines()} >= {"default", "guard", "vault"}
    assert _run("guard", "clean.txt", "-w", work, cwd=tmp_path).returncode == 0
    assert _run("guard", "leak.txt", cwd=tmp_path).returncode == 0, "a name alone is in no pattern"
    found = _run("guard", "leak.txt", "-w", work, cwd=tmp_path)
    assert (found.returncode, "training value × 1 in leak.txt" in found.stderr) == (3, True), found.stderr
    assert "Zebulon" not in found.stdout + found.stderr
    published = _run("log", "publish", tmp_path / "site", "-w", work, cwd=tmp_path)
    assert published.returncode == 0, published.stderr


def test_no_error_carries_a_value(fitted: Any) -> None:
    ws, _ = fitted
    with pytest.raises(Error) as caught:
        ws.reveal([NAME], column="account", policy="eu_gdpr", key="vault", reason="a test case")
    assert "Zebulon" not in str(caught.value)
