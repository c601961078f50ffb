"""``glassledger verify`` as an auditor meets it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from glassledger.audit.budget import BudgetAct
from glassledger.audit.entry import Entry
from glassledger.audit.log import Log
from glassledger.audit.signer import Signer
from glassledger.cli.verify import command

SIGNER = Signer.from_seed(bytes(range(32)), "bank.example/log")
FORBIDDEN = ("numpy", "pandas", "scipy", "sklearn", "pandera", "interpret", "diffprivlib", "dp_accounting", "fairlearn")


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    act = BudgetAct("open", "bank", 1_500_000_000, 0)
    with Log.create(folder, origin=SIGNER.name, signer=SIGNER) as log:
        log.append(Entry.build("fit.intent", actor="ops"))
        opening = Entry.build("budget.opened", actor="ops", body={"budget": act.to_body()})
        log.open_budget(opening, scope="bank", nano_epsilon=1_500_000_000, pico_delta=0)
    return folder


def run(*arguments: object) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def spoil(work: Path) -> None:
    data = (work / "log.db").read_bytes()
    at = data.index(b'"fit.intent"')
    (work / "log.db").write_bytes(data[:at] + b'"fit.intend' + data[at + 11 :])


def test_the_verdict_says_when_what_and_what_not(work: Path) -> None:
    result = run(work)
    assert result.exit_code == 0
    assert result.output.startswith(f"VERIFIED  {work}  at 20")
    assert "2 re-hashed; the last checkpoint signs 2" in result.output
    assert "epsilon 0 of 1.5" in result.output
    assert "[intent-unfinished] fit was begun and never ended. (entry 0)" in result.output
    assert "from the folder itself" in result.output
    assert "not that what was logged is true" in result.output


def test_the_first_bad_entry_is_named_and_the_code_is_4(work: Path) -> None:
    spoil(work)
    result = run(work)
    assert result.exit_code == 4
    assert result.output.startswith(f"NOT VERIFIED  {work}  at 20")
    assert "[entry-changed] Entry 0 is not what was logged" in result.output


def test_json_is_one_document_either_way(work: Path) -> None:
    good = json.loads(run(work, "--json").output)
    spoil(work)
    result = run(work, "--json")
    bad = json.loads(result.output)
    assert (good["verified"], good["size"], good["seal"]) == (True, 2, "intact")
    assert (bad["verified"], bad["code"], bad["facts"]) == (False, "entry-changed", {"index": 0})
    assert bad["verified_at"].endswith("Z")
    assert result.exit_code == 4


def test_a_key_from_outside_is_used(work: Path) -> None:
    assert "as given" in run(work, "--vkey", SIGNER.vkey).output
    assert run(work, "--vkey", Signer.from_seed(bytes(32), SIGNER.name).vkey).exit_code == 4


def test_a_kept_checkpoint_finds_a_rollback(work: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_bytes((work / "checkpoint").read_bytes())
    assert run(work, "--since", kept).exit_code == 0
    with Log.create(tmp_path / "shorter", origin=SIGNER.name, signer=SIGNER):
        pass
    result = run(tmp_path / "shorter", "--since", kept)
    assert result.exit_code == 4
    assert "log-rolled-back" in result.output


def test_a_folder_without_a_log_is_not_verified(tmp_path: Path) -> None:
    result = run(tmp_path)
    assert result.exit_code == 4
    assert "log-missing" in result.output


def test_wrong_use_is_wrong_use(tmp_path: Path) -> None:
    assert run(tmp_path / "nowhere").exit_code == 2
    assert run(tmp_path, "--sinse", "x").exit_code == 2


def test_an_auditors_laptop_needs_no_data_science(work: Path) -> None:
    code = (
        "import sys\n"
        f"for name in {FORBIDDEN!r}: sys.modules[name] = None\n"
        "from glassledger.cli.verify import command\n"
        "try: command([sys.argv[1]])\n"
        "except SystemExit as end: status = end.code\n"
        f"loaded = [n for n in {(*FORBIDDEN, 'pydantic', 'yaml')!r} if sys.modules.get(n)]\n"
        "print('LOADED', loaded)\n"
        "sys.exit(status)"
    )
    result = subprocess.run([sys.executable, "-c", code, str(work)], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "VERIFIED" in result.stdout
    assert "LOADED []" in result.stdout
