"""Commitments about people: shown, erased, and never in the way of the tree."""

import json
import sqlite3
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner

from glassledger.audit.entry import Entry
from glassledger.audit.log import Log
from glassledger.audit.signer import Signer
from glassledger.audit.subjects import COMMITTED, Subjects
from glassledger.audit.vault import NAME, Vault
from glassledger.audit.verify import VerifiedLog, verify
from glassledger.cli import cli
from glassledger.errors import AuditError, UsageError

WHO, LETTER = "Zqcustomer-0042qZ", b"Zqdeclined because of incomeqZ"


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "work" / "keys" / NAME)


@pytest.fixture
def subjects(any_log: Log, vault: Vault) -> Subjects:
    return Subjects(any_log, vault, actor="ops")


def test_a_commitment_is_shown_and_erased_and_the_tree_stays(
    subjects: Subjects, vault: Vault, any_log: Log, check: Callable[..., VerifiedLog], event: Callable[..., Entry]
) -> None:
    made = [subjects.commit(WHO, LETTER + bytes([n]), purpose="letter") for n in range(3)]
    kept = subjects.commit("another", LETTER, purpose="letter")
    salt = vault.salt(made[0].digest)
    assert salt is not None
    assert made[0].digest == "sha256:" + sha256(b"\x02" + salt + LETTER + b"\x00").hexdigest()
    assert subjects.check(made[0].digest, LETTER + b"\x00") == "holds"
    assert subjects.check(made[0].digest, LETTER) == "differs"
    past = any_log.checkpoint()

    assert subjects.erase(WHO) == 3
    any_log.append(event(1))
    any_log.checkpoint()

    assert [subjects.check(one.digest, LETTER) for one in made] == ["erased"] * 3
    assert subjects.check(kept.digest, LETTER) == "holds"
    found = check(since=past)
    assert (found.commitments, found.erased, found.size) == (4, 3, 7)
    assert {f.code for f in found.findings} <= {"seal-absent", "seal-outdated", "not-at-rest", "unsigned-tail"}
    assert subjects.erase(WHO) == 0, "erasing again finds nothing, and logs nothing"
    assert any_log.size == 7


def test_the_documented_vector(subjects: Subjects, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("glassledger.audit.subjects.secrets.token_bytes", bytes)
    digest = subjects.commit(WHO, b"yes", purpose="consent").digest
    assert digest in (repository / "docs/formats/commitment.md").read_text(encoding="utf-8")


def test_equal_values_have_unequal_commitments(subjects: Subjects) -> None:
    assert len({subjects.commit(WHO, b"yes", purpose="consent").digest for _ in range(20)}) == 20


def test_a_payload_that_no_entry_could_hold_is_committed_to(subjects: Subjects) -> None:
    large = bytes(2_000_000)
    made = subjects.commit(WHO, large, purpose="file")
    assert subjects.check(made.digest, large) == "holds"


def test_neither_person_nor_content_nor_erased_salt_is_anywhere(tmp_path: Path, signer: Signer) -> None:
    work = tmp_path / "work"
    vault = Vault(work / "keys" / NAME)
    with Log.create(work, origin=signer.name, signer=signer) as log:
        subjects = Subjects(log, vault, actor="ops")
        digests = [subjects.commit(f"{WHO}{n}", LETTER, purpose="letter").digest for n in range(60)]
        salts = [vault.salt(digest) for digest in digests]
        for n in range(0, 60, 2):
            subjects.erase(f"{WHO}{n}")
    everything = b"".join(path.read_bytes() for path in work.rglob("*") if path.is_file())
    assert WHO.encode() not in everything
    assert LETTER not in everything
    assert [salt in everything for salt in salts if salt] == [n % 2 == 1 for n in range(60)], "a salt that was kept is"
    assert (work / "keys" / NAME).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("moment", ["before the deletion", "after the deletion"])
def test_an_erasure_that_was_cut_off_is_finished(
    moment: str, subjects: Subjects, any_log: Log, check: Callable[..., VerifiedLog], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = subjects.commit(WHO, LETTER, purpose="letter")
    real = Vault.forget

    def cut(self: Vault, commitments: list[str]) -> None:
        if moment == "after the deletion":
            real(self, commitments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Vault, "forget", cut)
        with pytest.raises(KeyboardInterrupt):
            subjects.erase(WHO)
    any_log.checkpoint()
    assert {f.code for f in check().findings} >= {"intent-unfinished"}
    assert subjects.check(made.digest, LETTER) == ("erased" if moment == "after the deletion" else "holds")
    assert subjects.finish() == 1
    assert subjects.check(made.digest, LETTER) == "erased"
    assert check().erased == 1


def test_many_commitments_are_erased_in_entries_that_fit(tmp_path: Path, signer: Signer) -> None:
    vault = Vault(tmp_path / NAME)
    with Log.create(tmp_path / "work", origin=signer.name, signer=signer) as log:
        subjects = Subjects(log, vault, actor="ops")
        digests = [f"sha256:{n:064x}" for n in range(1_100)]
        log.append_many([Entry.build(COMMITTED, actor="ops", body={"commitment": d, "purpose": "x"}) for d in digests])
        subjects.commit(WHO, b"", purpose="x")
        with sqlite3.connect(tmp_path / NAME) as connection:
            mark = connection.execute("SELECT subject FROM salt").fetchone()[0]
            connection.executemany("INSERT INTO salt VALUES (?, ?, ?)", [(d, mark, bytes(32)) for d in digests])
        assert subjects.erase(WHO) == 1_101
        assert log.size == 1_101 + 2 * 3
    assert verify(tmp_path / "work").erased == 1_101


def test_verify_sees_salts_that_came_back_and_salts_that_were_lost(tmp_path: Path, signer: Signer) -> None:
    work = tmp_path / "work"
    path = work / "keys" / NAME
    with Log.create(work, origin=signer.name, signer=signer) as log:
        subjects = Subjects(log, Vault(path), actor="ops")
        made = subjects.commit(WHO, LETTER, purpose="letter")
        backup = path.read_bytes()
        subjects.erase(WHO)
        later = subjects.commit(WHO, LETTER, purpose="letter")
    path.write_bytes(backup)
    assert [(f.code, f.index) for f in verify(work).findings] == [("erasure-undone", 0), ("salt-lost", later.index)]
    with Log.open(work) as log:
        subjects = Subjects(log, Vault(path), actor="ops")
        assert subjects.check(made.digest, LETTER) == "erased"
        with pytest.raises(AuditError) as caught:
            subjects.check(later.digest, LETTER)
        assert caught.value.code == "salt-lost"
        with pytest.raises(UsageError) as refused:
            subjects.check("sha256:" + "0" * 64, LETTER)
        assert refused.value.code == "commitment-unknown"
        for bad in ("", "Dear Mr Jones", "X", "a-b"):
            with pytest.raises(UsageError):
                subjects.commit(WHO, LETTER, purpose=bad)


def test_the_commands(tmp_path: Path, signer: Signer) -> None:
    work, letter = tmp_path / "work", tmp_path / "letter"
    letter.write_bytes(LETTER)
    Log.create(work, origin=signer.name, signer=signer).close()

    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(cli, ["subject", *words])
        return done.exit_code, done.output.strip()

    at = ("-w", str(work), "--json")
    made = json.loads(run("commit", *at, "--subject", WHO, "--file", str(letter), "--purpose", "letter")[1])
    assert made.keys() == {"commitment", "index"}
    check = ("check", made["commitment"], "-w", str(work), "--file")
    assert run(*check, str(letter)) == (0, "holds")
    assert run(*check, str(work / "log.vkey")) == (1, "differs")
    assert json.loads(run("erase", *at, "--subject", WHO)[1]) == {"erased": 1}
    assert run(*check, str(letter)) == (0, "erased")
    verdict = CliRunner().invoke(cli, ["verify", str(work)]).output
    assert "commitments 1 about people; 1 of them erased" in verdict
