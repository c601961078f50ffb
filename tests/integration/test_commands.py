"""The commands as somebody meets them who has never seen them: slips, pipes, colours, and what JSON they print."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from glassledger.audit.verify import verify
from glassledger.review import make_key

from .conftest import Ran

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "cli.md"
PRIVATE = Path(__file__).resolve().parents[2] / "policies" / "scoring" / "telco_churn_private.yaml"


@pytest.fixture(scope="module")
def documented() -> dict[str, set[str]]:
    """The keys of every command's JSON document, as the reference lists them."""
    rows = re.findall(r"^\| `([^`]+)` \| ((?:`\w+`(?:, )?)+) \|", REFERENCE.read_text(encoding="utf-8"), re.MULTILINE)
    return {command: set(re.findall(r"`(\w+)`", keys)) for command, keys in rows}


#: need something first: tested in tests/unit/audit and tests/integration/test_guard_at_the_door.py
_ASK_OTHERS = ("log cosign", "log stamp", "subject check", "reveal")


def test_the_json_of_every_command_is_the_documented_one(
    run: Callable[..., Ran], documented: dict[str, set[str]], policy_file: Path, table_file: Path, tmp_path: Path
) -> None:
    work, out = tmp_path / "work", tmp_path / "out.csv"
    for name in ("dana", "alex"):
        make_key(tmp_path / name, comment=name)
    at = ["-w", work, "--json"]
    sign = [("submit", "dana"), ("approve", "alex")]
    commands: list[tuple[str, list[object]]] = [
        ("init", ["init", table_file, "--out", tmp_path / "draft.yaml", "--json"]),
        ("check POLICY", ["check", policy_file, "--json"]),
        ("check POLICY DATA", ["check", policy_file, table_file, *at]),
        ("check TABLE", ["check", table_file, "--policy", policy_file, *at]),
        ("fit", ["fit", policy_file, table_file, *at, "--actor", "dana"]),
        ("explain", ["explain", *at]),
        ("explain --data --row", ["explain", "--data", table_file, "--row", 1, *at]),
        ("explain --counterfactual", ["explain", "--data", table_file, "--row", 1, "--counterfactual", *at]),
        ("explain --letter", ["explain", "--data", table_file, "--row", 1, "--letter", "gdpr", *at]),
        ("report", ["report", "--language", "en", *at]),
        *(("review trust", ["review", "trust", who, tmp_path / f"{who}.pub", *at]) for who in ("dana", "alex")),
        *(("review …", ["review", verb, "--by", who, "--key", tmp_path / who, *at]) for verb, who in sign),
        ("review …", ["review", "status", *at]),
        ("score", ["score", table_file, "--out", out, "--production", *at]),
        ("score --stream", ["score", table_file, "--stream", "--out", tmp_path / "night", *at]),
        ("explain --replay", ["explain", "--data", table_file, "--row", 1, "--replay", "SCORED", *at]),
        ("export", ["export", "sql", "--out", tmp_path / "model.sql", *at]),
        ("rules list", ["rules", "list", "--json"]),
        ("rules changed", ["rules", "changed", *at]),
        ("guard", ["guard", policy_file, "--allow", "team@example.com", *at]),
        ("keys list", ["keys", "list", *at]),
        ("keys rotate", ["keys", "rotate", "default", *at]),
        ("attack", ["attack", PRIVATE, "--runs", 20, "--canaries", 20, "--json"]),
        ("budget", ["budget", *at]),
        ("log list", ["log", "list", *at]),
        ("log publish", ["log", "publish", tmp_path / "tree", *at]),
        (
            "subject commit",
            ["subject", "commit", "--subject", "C-1", "--purpose", "letter", "--file", policy_file, *at],
        ),
        ("subject erase", ["subject", "erase", "--subject", "C-1", *at]),
        ("verify", ["verify", work, "--json"]),
    ]
    scored = ""
    for name, words in commands:
        ran = run(*(scored if word == "SCORED" else word for word in words))
        assert ran.code == 0, (name, ran.err)
        assert set(json.loads(ran.out)) == documented[name], name
        assert ran.out.count("\n") == 1, "one document on one line"
        scored = json.loads(ran.out)["event"] if name == "score" else scored
    assert {name for name, _ in commands} == set(documented) - {"demo", "an error", *_ASK_OTHERS}


def test_an_error_in_json_is_the_documented_one(
    run: Callable[..., Ran], documented: dict[str, set[str]], tmp_path: Path
) -> None:
    for words in (("check", tmp_path / "no.yaml"), ("explain", "--row", 1), ("fit",), ("fitt",), ("budget", "--jsn")):
        ran = run(*words, "--json")
        assert ran.code == 2
        assert set(json.loads(ran.out)) == documented["an error"], words


@pytest.mark.parametrize(
    "words",
    [
        ("fit", "POLICY", "no.csv"),
        ("check", "POLICY", "no.csv"),
        ("init", "no.csv"),
        ("review", "trust", "dana", "no.pub"),
        ("review", "submit", "--by", "dana", "--key", "no"),
        ("verify", "no"),
        ("check", "no.yaml"),
    ],
    ids=" ".join,
)
def test_a_file_that_is_not_there_is_wrong_use(
    words: tuple[str, ...], run: Callable[..., Ran], policy_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = run(*(policy_file if word == "POLICY" else word for word in words))
    assert ran.code == 2
    assert words[-1] in ran.err
    assert "internal" not in ran.err


def test_a_key_file_that_is_no_text_is_refused(run: Callable[..., Ran], made: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.pub").write_bytes(b"\xff\xfe\x00")
    ran = run("review", "trust", "dana", tmp_path / "bad.pub", "-w", made)
    assert ran.code != 0
    assert "error [public-key-malformed]" in ran.err


def test_one_key_under_two_names_is_refused_before_it_is_trusted(
    run: Callable[..., Ran], policy_file: Path, table_file: Path, tmp_path: Path
) -> None:
    work = tmp_path / "work"
    assert run("fit", policy_file, table_file, "-w", work, "--actor", "dana").code == 0
    make_key(tmp_path / "dana", comment="dana")
    assert run("review", "trust", "dana", tmp_path / "dana.pub", "-w", work).code == 0
    before = (work / "allowed_signers").read_bytes()

    ran = run("review", "trust", "alex", tmp_path / "dana.pub", "-w", work)

    assert ran.code == 3
    assert "error [key-shared]" in ran.err
    assert (work / "allowed_signers").read_bytes() == before
    assert run("report", "-w", work).code == 0
    assert run("review", "submit", "--by", "dana", "--key", tmp_path / "dana", "-w", work).code == 0
    verify(work)


@pytest.mark.parametrize(("typed", "meant"), [("fitt", "fit"), ("verfy", "verify"), ("reviews", "review")])
def test_a_misspelt_command_gets_the_nearest_name(typed: str, meant: str, run: Callable[..., Ran]) -> None:
    ran = run(typed)
    assert ran.code == 2
    assert f"'{meant}'" in ran.err


def test_nothing_fitted_yet_says_so(
    run: Callable[..., Ran], policy_file: Path, table_file: Path, tmp_path: Path
) -> None:
    assert run("check", policy_file, table_file, "-w", tmp_path / "work").code == 0
    ran = run("report", "-w", tmp_path / "work")
    assert ran.code == 2
    assert "No model was fitted" in ran.err


def test_no_colour_where_none_is_wanted(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "glassledger", "check", str(tmp_path / "no.yaml")]
    script = f"import pty, sys; sys.exit(pty.spawn({words!r}) >> 8)"
    shown = {
        value: subprocess.run([sys.executable, "-c", script], env=_environment(value), capture_output=True, check=False)
        for value in ("", "1")
    }
    assert b"\x1b[31m" in shown[""].stdout, "the terminal shows colour at all"
    assert b"\x1b[" not in shown["1"].stdout
    assert b"policy-not-found" in shown["1"].stdout


def test_progress_is_drawn_on_a_terminal_only(policy_file: Path, table_file: Path, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "glassledger", "check", str(policy_file), str(table_file), "-w", str(tmp_path / "w")]
    script = f"import pty, sys; sys.exit(pty.spawn({words!r}) >> 8)"
    piped = subprocess.run(words, capture_output=True, check=True)
    assert b"\x1b" not in piped.stdout + piped.stderr
    assert piped.stderr == b""
    assert b"rows pass" in piped.stdout
    dumb = subprocess.run(
        [sys.executable, "-c", script], env=_environment("") | {"TERM": "dumb"}, capture_output=True, check=True
    )
    assert b"\x1b" not in dumb.stdout


def _environment(no_color: str) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key not in {"NO_COLOR", "FORCE_COLOR"}}
    return kept | {"TERM": "xterm"} | ({"NO_COLOR": no_color} if no_color else {})


def test_an_undeclared_identifier_fails_the_check_and_the_next_run_tells_what_changed(
    run: Callable[..., Ran], tmp_path: Path
) -> None:
    table, at = tmp_path / "people.csv", ["-w", tmp_path / "work", "--json"]
    table.write_text("contact,size\n" + "".join(f"canary{place}@example.com,{place}\n" for place in range(20)))
    first = run("check", table, *at)
    told = json.loads(first.out)
    assert (first.code, told["ok"], told["undeclared"], told["changes"]) == (1, False, ["contact"], [])
    table.write_text("contact,size\n" + "".join(f"none,{place}\n" for place in range(20)))
    second = run("check", table, *at)
    told = json.loads(second.out)
    assert (second.code, told["ok"]) == (0, True)
    assert told["changes"] == [{"after": "none", "before": "email", "column": "contact"}]
    said = first.out + first.err + second.out + run("check", table, "-w", tmp_path / "work").out
    said += "".join(path.read_bytes().decode("latin-1") for path in (tmp_path / "work").rglob("*") if path.is_file())
    assert "canary" not in said
    assert run("check", table, table, *at).code == 2
    assert run("verify", tmp_path / "work").code == 0
