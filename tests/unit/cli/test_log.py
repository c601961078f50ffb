"""``glassledger log``: what other people's programs need."""

import base64
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from glassledger.audit.entry import Entry
from glassledger.audit.log import Log
from glassledger.audit.proof import TlogProof
from glassledger.audit.signer import Signer
from glassledger.audit.verify import verify
from glassledger.cli.log import command
from glassledger.cli.verify import command as verify_command
from glassledger.errors import AuditError

SIGNER = Signer.from_seed(bytes(range(32)), "bank.example/log")


@pytest.fixture
def work(tmp_path: Path) -> Path:
    with Log.create(tmp_path / "work", origin=SIGNER.name, signer=SIGNER) as log:
        log.append_many([Entry.build("note.made", actor="ops", body={"n": n}) for n in range(300)])
    return tmp_path / "work"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments], catch_exceptions=False)


def test_a_published_tree_verifies_by_the_line_that_is_printed(work: Path, tmp_path: Path) -> None:
    printed = run("publish", tmp_path / "site", "-w", work).output
    assert "Published 300 entries of bank.example/log" in printed
    assert SIGNER.vkey in printed
    verified = CliRunner().invoke(verify_command, [str(tmp_path / "site"), "--vkey", SIGNER.vkey])
    assert verified.exit_code == 0
    assert "300 re-hashed" in verified.output


def test_publishing_answers_in_json(work: Path, tmp_path: Path) -> None:
    answer = json.loads(run("publish", tmp_path / "site", "-w", work, "--json").output)
    assert (answer["size"], answer["vkey"]) == (300, SIGNER.vkey)


def test_a_proof_goes_into_a_file_and_holds(work: Path) -> None:
    proof = TlogProof.parse(run("proof", 257, "-w", work).output.encode())
    with Log.open(work) as log:
        assert proof.verify(log.entry(257).to_bytes(), SIGNER.key).size == 300


def test_recovering_logs_the_loss(work: Path, tmp_path: Path) -> None:
    Signer.create(tmp_path / "other.key", SIGNER.name)
    (tmp_path / "log.key").write_text(_key_text())
    (tmp_path / "log.key").chmod(0o600)
    old = (work / "log.db").read_bytes()
    with Log.open(work, signer=SIGNER) as log:
        log.append(Entry.build("note.made", actor="ops"))
    (work / "log.db").write_bytes(old)
    common = ("recover", "-w", work, "--actor", "ops", "--reason", "disk died")

    with pytest.raises(AuditError):
        run(*common, "--key", tmp_path / "other.key")
    printed = run(*common, "--key", tmp_path / "log.key").output
    assert "The loss is entry 300." in printed
    assert verify(work).findings[0].code == "history-lost"


def _key_text() -> str:
    seed = bytes(range(32))
    name, key_id, _ = SIGNER.vkey.split("+", 2)
    return f"PRIVATE+KEY+{name}+{key_id}+{base64.b64encode(bytes([1]) + seed).decode()}\n"
