"""A rule pack that changes after a report: the models judged by its old edition are named."""

import json
from pathlib import Path

from .conftest import POLICY

PACK = """\
glassledger_rules: 1
id: ours
title: Our rules
version: "2026-01-31"
status: house
since: 2026-01-31
basis: own
controls:
  - {id: a, citation: c, title: Kept in the log, asks: x, sectors: [credit], wants: [log],
     answer: automatic, basis: own}
"""


def test_a_changed_pack_sends_reported_models_back(run, table_file: Path, tmp_path: Path) -> None:
    pack, policy, work = tmp_path / "ours.yaml", tmp_path / "policy.yaml", tmp_path / "work"
    pack.write_text(PACK)
    policy.write_text(f"{POLICY}regulation: {{sector: credit, packs: ['{pack}']}}\n")
    assert run("fit", policy, table_file, "-w", work, "--actor", "dana").code == 0
    assert run("report", "-w", work, "--language", "en").code == 0
    assert "Kept in the log" in next(work.rglob("report.html")).read_text()
    assert run("rules", "changed", "-w", work).code == 0

    pack.write_text(PACK.replace("2026-01-31", "2026-06-30"))
    ran = run("rules", "changed", "-w", work, "--json")
    assert ran.code == 1
    (found,) = json.loads(ran.out)["changed"]
    assert (found["pack"], found["held"], found["current"]) == ("ours", "2026-01-31", "2026-06-30")

    pack.unlink()
    ran = run("rules", "changed", "-w", work, "--json")
    assert (ran.code, json.loads(ran.out)["changed"][0]["current"]) == (1, "")


def test_a_misspelt_pack_is_a_fault_of_the_policy(run, tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(f"{POLICY}regulation: {{sector: credit, packs: [eu_gpdr]}}\n")
    ran = run("check", policy)
    assert ran.code == 2
    assert "eu_gdpr" in ran.err
