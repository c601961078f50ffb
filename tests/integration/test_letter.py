"""Letters: in the policy's words, inert whatever those words are, only where there is something to write about."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from .conftest import POLICY, Ran

POISON = "<script>alert(1)</script>{{ 7*7 }}"


@pytest.fixture
def work(run: Callable[..., Ran], tmp_path: Path, table_file: Path) -> Path:
    lines = [
        f"{line[:-1]}, actionable: increase, label: {json.dumps(POISON)}, reasons: {{lowers: {json.dumps(POISON)}}}}}"
        if line.startswith(("    age:", "    income:"))
        else line
        for line in POLICY.splitlines()
    ]
    policy = tmp_path / "poisoned.yaml"
    policy.write_text("\n".join(lines).replace("use: Trying things out", f"use: {json.dumps(POISON)}"))
    assert run("fit", policy, table_file, "-w", tmp_path / "work").code == 0
    return tmp_path / "work"


def test_letters_are_inert_and_follow_the_decision(
    run: Callable[..., Ran], work: Path, table_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.csv"
    assert run("score", table_file, "--out", out, "-w", work).code == 0
    scores = pd.read_csv(out)
    declined, offered = (int(scores.loc[scores["decision"] == name, "row"].iloc[0]) for name in ("no_offer", "offer"))

    at = ("-w", work, "--data", table_file, "--row")
    pages = [run("explain", *at, declined, "--letter", kind) for kind in ("reg-b", "gdpr")]
    refused = run("explain", *at, offered, "--letter", "reg-b")

    for page in pages:
        assert page.code == 0, page.err
        assert "<script" not in page.out
        assert "&lt;script&gt;alert(1)" in page.out
        assert "{{ 7*7 }}" in page.out, "a text is no template"
        assert 1 <= page.out.split("<ol>")[1].split("</ol>")[0].count("<li>") <= 4
    assert "would have given: offer" in pages[1].out
    assert "would have given" not in pages[0].out
    assert (refused.code, "letter-not-adverse" in refused.err) == (2, True)
    assert run("explain", *at, declined, "--letter", "gdpr", "--counterfactual").code == 2
