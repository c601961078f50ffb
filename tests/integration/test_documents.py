"""The README and the tutorial run as they stand, in an empty folder."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from .conftest import POLICY, small_table


def _blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def _run(script: str, folder: Path) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, f"{script}\n{ran.stdout}\n{ran.stderr}"
    return ran.stdout


def test_the_readme_is_short(repository: Path) -> None:
    before_links = (repository / "README.md").read_text().split("## Links")[0]

    assert len(before_links.split()) <= 300


@pytest.mark.slow
def test_the_readme_runs(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (repository / "README.md").read_text()
    python, shell = _blocks(text, "python"), _blocks(text, "sh")
    assert (len(python), len(shell)) == (1, 2)

    printed = subprocess.run(
        [sys.executable, "-c", python[0]], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert printed.returncode == 0, printed.stderr
    assert "log entries verified" in printed.stdout

    from glassledger.data.synthetic import campaign

    campaign(rows=2_000).to_csv(tmp_path / "customers.csv", index=False)
    monkeypatch.setenv("EDITOR", "sed -i s/#.decide:.*//")
    _run(shell[1], tmp_path)


@pytest.mark.slow
def test_the_tutorial_runs(repository: Path, tmp_path: Path) -> None:
    blocks = _blocks((repository / "docs" / "tutorial.md").read_text(), "sh")
    assert len(blocks) == 9

    printed = _run("\n".join(blocks), tmp_path)

    assert "approved" in printed


def test_links_in_the_docs_lead_somewhere(repository: Path) -> None:
    dead = [
        f"{page.relative_to(repository)} -> {target}"
        for page in [repository / "README.md", *(repository / "docs").rglob("*.md")]
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text())
        if not (page.parent / target).exists()
    ]
    assert dead == []


@pytest.mark.slow
def test_an_auditor_can_follow_the_how_to(repository: Path, made: Path, tmp_path: Path) -> None:
    """Its commands, with a real workspace, digest and name in the places of the invented ones."""
    from glassledger.review import make_key
    from glassledger.workspace import Workspace

    work = Path(shutil.copytree(made, tmp_path / "work"))
    with Workspace.open(work) as ws:
        ws.trust("dana@example.com", make_key(tmp_path / "dana", comment="dana@example.com"))
        ws.review(ws.model()).submit(by="dana@example.com", key=tmp_path / "dana")
    text = (repository / "docs" / "how-to" / "verify-as-auditor.md").read_text()
    verify_again = [command.replace("\n   ", " ") for command in re.findall(r"`(glassledger [^`]*)`", text)]
    listed = json.loads(_run("glassledger log list --json -w work", tmp_path))["entries"]
    digest = next(entry for entry in listed if entry["type"] == "review.signed")["artifacts"]["decision"][7:]
    checked = textwrap.dedent(_blocks(text, "sh")[0])

    said = _run(
        checked.replace("9b/9b2a…", f"{digest[:2]}/{digest}")
        .replace("alice@corp", "dana@example.com")
        .replace("DIR", "work"),
        tmp_path,
    )
    assert 'Good "signoff@glassledger" signature for dana@example.com' in said
    vkey = json.loads(_run("glassledger log publish tree -w work --json", tmp_path))["vkey"]
    for command in sorted(verify_again, key=lambda line: "--since" in line):
        _run(command.replace("DIR", "work").replace("KEY", shlex.quote(vkey)), tmp_path)
    assert len(verify_again) == 4


def test_every_decision_is_listed(repository: Path) -> None:
    folder = repository / "docs" / "adr"
    listed = re.findall(r"\]\((\d{4}-[^)]+)\)", (folder / "README.md").read_text())
    assert listed == sorted(path.name for path in folder.glob("[0-9]*.md"))


def test_every_make_target_exists(repository: Path) -> None:
    text = (repository / "Makefile").read_text()
    phony = re.findall(r"^\.PHONY: (.+)$", text, re.MULTILINE)[0].split()
    assert [name for name in phony if f"\n{name}:" not in text] == []


@pytest.mark.parametrize("word", ["anonymi[sz]", "complian", "certified", "guaranteed"])
def test_no_page_claims_too_much(word: str, repository: Path) -> None:
    """Claims stand only where they are denied; we pseudonymise."""
    pages = [repository / "README.md", *(repository / "docs").rglob("*.md"), *(repository / "policies").rglob("*")]
    texts = {page.name: page.read_text(encoding="utf-8") for page in pages if page.is_file()}
    texts |= {
        path.name: path.read_text(encoding="utf-8") for path in (repository / "src").rglob("report/languages/*.json")
    }
    claims = [
        f"{name}: {line.strip()[:80]}"
        for name, text in texts.items()
        for line in text.splitlines()
        if re.search(word, line, re.IGNORECASE) and not re.search(r"\b(not?|never|nor|what is)\b", line, re.IGNORECASE)
    ]
    assert claims == []


def test_the_way_to_find_personal_data_runs_as_it_stands(tmp_path: Path) -> None:
    docs = Path(__file__).resolve().parents[2] / "docs"
    page = (docs / "how-to" / "find-personal-data.md").read_text(encoding="utf-8")
    told = _run(_blocks(page, "sh")[0], tmp_path)
    shown = page.split("then what strayed into the others:\n\n```\n")[1].split("```")[0]
    for line in shown.splitlines():
        assert line in told
    assert "erika" not in told


def test_the_way_to_explain_one_person_runs_as_it_stands(repository: Path, tmp_path: Path) -> None:
    page = (repository / "docs" / "how-to" / "explain-one-person.md").read_text(encoding="utf-8")
    declared = {line.split(":")[0]: line for line in _blocks(page, "yaml")[0].splitlines()}
    policy = "\n".join(
        f"    {declared.get(line.strip().split(':')[0], line.strip())}" if line.startswith("    ") else line
        for line in POLICY.splitlines()
    )
    (tmp_path / "policy.yaml").write_text(policy)
    small_table().to_csv(tmp_path / "prospects.csv", index=False)

    told = _run("glassledger fit policy.yaml prospects.csv -w work\n" + "\n".join(_blocks(page, "sh")), tmp_path)

    assert policy.count("actionable") == 2
    assert "(threshold 0.5)" in told
    assert "input equal, output equal, row equal" in told
