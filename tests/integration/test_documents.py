"""The README and the tutorial run as they stand, in an empty folder."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest


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
def test_the_readme_runs(repository: Path, tmp_path: Path) -> None:
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
