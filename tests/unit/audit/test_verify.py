"""Verification: what is whole verifies, what is not is named."""

import os
import random
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path

import pytest

from glassledger.audit.budget import Balance
from glassledger.audit.checkpoint import Checkpoint
from glassledger.audit.entry import Entry
from glassledger.audit.log import Log
from glassledger.audit.signer import Signer
from glassledger.audit.tree import Frontier, leaf_hash
from glassledger.audit.verify import VerifiedLog, verify
from glassledger.errors import AuditError

Event = Callable[..., Entry]
ENTRIES = 300


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed workspace with everything in it: entries, budgets, acts, artefacts, files."""
    work = tmp_path_factory.mktemp("kept") / "work"
    signer = Signer.from_seed(bytes(range(32)), "bank.example/log")
    model, table = b"a model", b"a table"
    digest = sha256(model).hexdigest()
    artifact = work / "artifacts" / "sha256" / digest[:2] / digest
    artifact.parent.mkdir(parents=True)
    artifact.write_bytes(model)
    (work / "scores").mkdir()
    (work / "scores" / "may.csv").write_bytes(table)
    with Log.create(work, origin=signer.name, signer=signer) as log:
        log.open_budget(_budget("open", 10), scope="bank", nano_epsilon=10, pico_delta=0)
        log.append(_entry("fit.intent"))
        log.spend(_budget("spend", 4, "k"), scope="bank", nano_epsilon=4, pico_delta=0, key="k")
        log.append(_entry("fit.outcome", subject=1, artifacts={"model": f"sha256:{digest}"}))
        log.append(_entry("score.intent", files={"scores/may.csv": "sha256:" + "0" * 64}))
        log.append(_entry("score.outcome", subject=4, files={"scores/may.csv": "sha256:" + sha256(table).hexdigest()}))
        log.append_many([_entry("note.made", n=n) for n in range(ENTRIES - 6)])
    return work


def _entry(kind: str, *, n: int = 0, **more: object) -> Entry:
    return Entry.build(kind, actor="ops", time="2026-11-22T09:00:00Z", body={"n": n}, **more)  # type: ignore[arg-type]


def _budget(act: str, nano: int, key: str = "") -> Entry:
    part = {"act": act, "scope": "bank", "nano_epsilon": nano, "pico_delta": 0, "key": key}
    return Entry.build("budget.act", actor="ops", time="2026-11-22T09:00:00Z", body={"budget": part})


@pytest.fixture
def work(kept: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(kept, tmp_path / "work"))


def refusal(work: Path, **more: object) -> AuditError:
    with pytest.raises(AuditError) as caught:
        verify(work, **more)  # type: ignore[arg-type]
    return caught.value


def test_a_whole_workspace_verifies(work: Path) -> None:
    log = verify(work)
    assert isinstance(log, VerifiedLog)
    assert (log.size, log.signed, log.artifacts, log.files, log.seal) == (ENTRIES, ENTRIES, 1, 1, "intact")
    assert log.budgets == (Balance("bank", 10, 0, 4, 0),)
    assert log.findings == ()
    assert log.root == Frontier(ENTRIES, _edge(work)).root()


def _edge(work: Path) -> Iterable[bytes]:
    edge = Frontier()
    connection = sqlite3.connect(work / "log.db")
    for (data,) in connection.execute("SELECT data FROM entry ORDER BY idx"):
        edge.append(leaf_hash(data))
    connection.close()
    return edge.hashes


def test_nothing_is_written_to_the_folder(work: Path) -> None:
    before = {path: (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"") for path in _all(work)}
    verify(work)
    assert {path: (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"") for path in _all(work)} == (
        before
    )


def _all(work: Path) -> list[Path]:
    return [work, *sorted(work.rglob("*"))]


def test_a_reader_who_may_not_write_can_verify(kept: Path) -> None:
    """Root may write everywhere, so a child without its rights verifies the read-only copy."""
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(shutil.copytree(kept, Path(scratch) / "work"))
        for path in (Path(scratch), *_all(work)):
            path.chmod(0o555 if path.is_dir() else 0o444)
        child = os.fork()
        if child == 0:
            try:
                os.environ["TMPDIR"] = tempfile.tempdir = "/tmp"
                if os.getuid() == 0:
                    os.setuid(65534)
                os._exit(0 if verify(work).size == ENTRIES else 1)
            except BaseException:  # noqa: BLE001  (whatever it is, the parent must hear of it)
                os._exit(2)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        for path in (Path(scratch), *_all(work)):
            path.chmod(0o755)


def test_a_copy_without_its_lock_file_verifies(work: Path) -> None:
    (work / "log.lock").unlink()
    assert verify(work).size == ENTRIES
    assert not (work / "log.lock").exists()


def rewrite(work: Path, *statements: str) -> None:
    """Change the database as an insider with SQL would."""
    connection = sqlite3.connect(work / "log.db", isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


@pytest.mark.parametrize("index", [0, 3, 17, 255, 256, ENTRIES - 1])
def test_the_first_changed_entry_is_named(work: Path, index: int) -> None:
    rewrite(work, f"UPDATE entry SET data = CAST(replace(data, 'ops', 'oops') AS BLOB) WHERE idx >= {index}")
    error = refusal(work)
    assert (error.code, error.facts["index"]) == ("entry-changed", index)
    assert f"Entry {index} " in error.message


@pytest.mark.parametrize(
    ("statement", "code", "index"),
    [
        ("DELETE FROM entry WHERE idx = 7", "entry-missing", 7),
        ("DELETE FROM entry WHERE idx = 0", "entry-missing", 0),
        (f"DELETE FROM entry WHERE idx = {ENTRIES - 1}", "entry-missing", ENTRIES - 1),
        ("DELETE FROM entry", "entry-missing", 0),
        ("UPDATE entry SET idx = -1 WHERE idx = 5", "entry-missing", 0),
        ("UPDATE entry SET idx = 1099511627776 WHERE idx = 5", "entry-missing", 5),
        (f"INSERT INTO entry SELECT {ENTRIES}, leaf, data FROM entry WHERE idx = 9", "entry-unexpected", ENTRIES),
        ("UPDATE entry SET data = CAST(data AS TEXT) WHERE idx = 8", "entry-changed", 8),
        ("UPDATE entry SET leaf = zeroblob(32) WHERE idx = 8", "entry-changed", 8),
        ("UPDATE node SET hash = zeroblob(32)", "tree-changed", 0),
        ("DELETE FROM node", "tree-changed", 0),
        ("INSERT INTO node VALUES (1, 1, zeroblob(32))", "tree-changed", 256),
        ("UPDATE budget SET spent_nano_epsilon = 3", "ledger-mismatch", None),
        ("UPDATE budget SET cap_nano_epsilon = 99", "ledger-mismatch", None),
        ("INSERT INTO budget VALUES ('shop', 1, 0, 0, 0)", "ledger-mismatch", None),
        ("DELETE FROM budget", "ledger-mismatch", None),
        ("DELETE FROM spend", "ledger-mismatch", 2),
        ("INSERT INTO spend VALUES ('free', 9)", "ledger-mismatch", 9),
        ("UPDATE intent SET closed_by = NULL WHERE idx = 1", "ledger-mismatch", 1),
        ("DELETE FROM intent WHERE idx = 4", "ledger-mismatch", 4),
        ("INSERT INTO meta VALUES ('more', 'x')", "log-corrupt", None),
        ("UPDATE head SET size = 0, frontier = x'', root = x'00'", "head-mismatch", None),
        ("CREATE INDEX more ON entry (leaf)", "log-corrupt", None),
        ("PRAGMA user_version = 7", "seal-broken", None),
    ],
)
def test_an_insider_with_sql_is_found(work: Path, statement: str, code: str, index: int | None) -> None:
    rewrite(work, statement)
    error = refusal(work)
    assert error.code == code
    assert error.facts.get("index") == index


def test_an_insider_who_recomputes_all_tables_is_found_by_the_signature(work: Path) -> None:
    _forge(work, {20: _entry("note.made", n=666)})
    assert refusal(work).code == "log-forked-history"
    (work / "log.seal").unlink()
    assert refusal(work).code == "log-forked-history"


def _forge(work: Path, changes: dict[int, Entry]) -> None:
    """Rewrite entries, leaves, nodes and the head consistently; only the key is missing."""
    connection, edge = sqlite3.connect(work / "log.db", isolation_level=None), Frontier()
    for index, data in connection.execute("SELECT idx, data FROM entry ORDER BY idx").fetchall():
        bytes_now = changes[index].to_bytes() if index in changes else data
        leaf = leaf_hash(bytes_now)
        connection.execute("UPDATE entry SET data = ?, leaf = ? WHERE idx = ?", (bytes_now, leaf, index))
        for node in edge.append(leaf):
            connection.execute(
                "UPDATE node SET hash = ? WHERE level = ? AND n = ?", (node.hash, node.height // 8, node.position)
            )
    connection.execute("UPDATE head SET frontier = ?, root = ?", (b"".join(edge.hashes), edge.root()))
    connection.close()


def test_a_key_holder_who_rewrites_history_is_found_by_an_earlier_checkpoint(kept: Path, tmp_path: Path) -> None:
    signer = Signer.from_seed(bytes(range(32)), "bank.example/log")
    earlier = (kept / "checkpoint").read_bytes()
    with Log.create(tmp_path / "work", origin=signer.name, signer=signer) as log:
        log.append_many([_entry("note.made", n=n) for n in range(ENTRIES + 50)])

    assert verify(tmp_path / "work").size == ENTRIES + 50
    assert refusal(tmp_path / "work", since=earlier).code == "log-forked-history"


def test_a_cut_tail_is_found_by_an_earlier_checkpoint(kept: Path, tmp_path: Path) -> None:
    signer = Signer.from_seed(bytes(range(32)), "bank.example/log")
    with Log.create(tmp_path / "work", origin=signer.name, signer=signer) as log:
        log.append(_entry("note.made"))
    assert refusal(tmp_path / "work", since=(kept / "checkpoint").read_bytes()).code == "log-rolled-back"


def test_an_earlier_checkpoint_of_a_log_that_grew_holds(work: Path) -> None:
    earlier = (work / "checkpoint").read_bytes()
    with Log.open(work, signer=Signer.from_seed(bytes(range(32)), "bank.example/log")) as log:
        log.append_many([_entry("note.made", n=n) for n in range(300)])
    assert verify(work, since=earlier).size == ENTRIES + 300


def test_the_auditors_key_decides(work: Path) -> None:
    vkey = (work / "log.vkey").read_text()
    assert verify(work, vkey=vkey).key_given
    assert refusal(work, vkey=Signer.from_seed(bytes(32), "bank.example/log").vkey).code == "key-mismatch"
    assert refusal(work, vkey="nonsense").code == "vkey-malformed"


def test_budget_entries_that_overspend_are_found_even_when_signed(tmp_path: Path) -> None:
    """A writer that did not keep the rules, with the right key."""
    signer = Signer.from_seed(bytes(range(32)), "bank.example/log")
    with Log.create(tmp_path / "work", origin=signer.name, signer=signer) as log:
        log.open_budget(_budget("open", 10), scope="bank", nano_epsilon=10, pico_delta=0)
        log.append_many([_entry("note.made", n=n) for n in range(3)])
    _forge(tmp_path / "work", {2: _budget("spend", 11, "k")})
    (tmp_path / "work" / "log.seal").unlink()
    error = refusal(tmp_path / "work")
    assert (error.code, error.facts) == ("entry-invalid", {"index": 2, "rule": "budget-exceeded"})


def test_an_artefact_that_changed_or_went_is_found(work: Path) -> None:
    artifact = next(path for path in (work / "artifacts").rglob("*") if path.is_file())
    whole = artifact.read_bytes()
    artifact.write_bytes(b"a m0del")
    assert (refusal(work).code, refusal(work).facts["index"]) == ("artifact-changed", 3)
    artifact.unlink()
    assert (refusal(work).code, refusal(work).facts["index"]) == ("artifact-missing", 3)
    elsewhere = work / "elsewhere"
    elsewhere.write_bytes(whole)
    artifact.symlink_to(elsewhere)
    assert refusal(work).code == "artifact-changed"


def test_artefacts_that_nobody_names_are_told(work: Path) -> None:
    digest = sha256(b"extra").hexdigest()
    folder = work / "artifacts" / "sha256" / digest[:2]
    folder.mkdir(exist_ok=True)
    (folder / digest).write_bytes(b"extra")
    (work / "artifacts" / "readme.txt").write_bytes(b"x")
    (folder / (digest[:-1] + ".part")).write_bytes(b"x")
    (work / "artifacts" / "link").symlink_to(work / "scores")

    log = verify(work)
    assert [finding.code for finding in log.findings] == ["artifact-unknown"] * 4
    (folder / digest).write_bytes(b"extrA")
    assert refusal(work).code == "artifact-changed"


def test_a_file_must_be_what_the_latest_entry_says(work: Path) -> None:
    path = work / "scores" / "may.csv"
    path.write_bytes(b"a tablE")
    assert (refusal(work).code, refusal(work).facts["index"]) == ("file-changed", 5)
    path.unlink()
    assert refusal(work).code == "file-missing"
    path.mkdir()
    assert refusal(work).code == "file-missing"
    path.rmdir()
    (work / "other.csv").write_bytes(b"a table")
    path.symlink_to(work / "other.csv")
    assert refusal(work).code == "file-missing"


def test_a_pipe_in_place_of_a_file_blocks_nobody(work: Path) -> None:
    path = work / "scores" / "may.csv"
    path.unlink()
    os.mkfifo(path)
    assert refusal(work).code == "file-missing"


@pytest.mark.parametrize("name", ["log.db", "checkpoint", "log.vkey"])
def test_a_missing_file_is_an_audit_error(work: Path, name: str) -> None:
    (work / name).unlink()
    assert refusal(work).code in ("log-missing", "log-file-missing")


def test_a_log_left_open_verifies_and_says_so(work: Path) -> None:
    log = Log.open(work, signer=Signer.from_seed(bytes(range(32)), "bank.example/log"))
    log.append(_entry("fit.intent"))
    verified = verify(work)
    assert (verified.size, verified.signed, verified.seal) == (ENTRIES + 1, ENTRIES, "outdated")
    assert [(finding.code, finding.index) for finding in verified.findings] == [
        ("unsigned-tail", ENTRIES),
        ("seal-outdated", None),
        ("not-at-rest", None),
        ("intent-unfinished", ENTRIES),
    ]
    log.close()
    assert [finding.code for finding in verify(work).findings] == ["intent-unfinished"]


def test_damage_inside_a_write_ahead_log_is_found(work: Path, tmp_path: Path) -> None:
    log = Log.open(work, signer=Signer.from_seed(bytes(range(32)), "bank.example/log"))
    for number in range(5):
        log.append(_entry("note.made", n=number))
    crashed = Path(shutil.copytree(work, tmp_path / "crashed"))
    log.close()
    wal = crashed / "log.db-wal"
    data = wal.read_bytes()
    wal.write_bytes(data[:200] + bytes([data[200] ^ 1]) + data[201:])

    error = refusal(crashed)
    assert error.code == "wal-damaged"
    assert error.facts["commits_lost"] == 5


def test_a_torn_last_write_is_a_finding(work: Path, tmp_path: Path) -> None:
    log = Log.open(work, signer=Signer.from_seed(bytes(range(32)), "bank.example/log"))
    for number in range(3):
        log.append(_entry("note.made", n=number))
    crashed = Path(shutil.copytree(work, tmp_path / "crashed"))
    log.close()
    wal = crashed / "log.db-wal"
    wal.write_bytes(wal.read_bytes()[:-700])

    verified = verify(crashed)
    assert verified.size == ENTRIES + 2
    assert "write-cut-off" in [finding.code for finding in verified.findings]


def test_a_log_without_a_seal_is_checked_by_sqlite_as_well(work: Path) -> None:
    (work / "log.seal").unlink()
    assert verify(work).seal == "absent"
    with (work / "log.db").open("ab") as stream:
        stream.write(bytes(4096))
    assert refusal(work).code == "log-corrupt"


def test_a_broken_seal_is_not_sealed_over(work: Path) -> None:
    seal = work / "log.seal"
    whole = seal.read_bytes()
    seal.write_bytes(whole.replace(b"sha256:", b"sha256;"))
    with Log.open(work, signer=Signer.from_seed(bytes(range(32)), "bank.example/log")) as log:
        log.append(_entry("note.made"))
    assert refusal(work).code == "signature-invalid"


@pytest.mark.parametrize("name", ["log.db", "checkpoint", "log.seal", "log.vkey", "artifact", "file"])
def test_flipped_bits_are_found_wherever_they_are(work: Path, name: str) -> None:
    rng = random.Random(name)
    path = {
        "artifact": next(path for path in (work / "artifacts").rglob("*") if path.is_file()),
        "file": work / "scores" / "may.csv",
    }.get(name, work / name)
    data, missed = path.read_bytes(), []
    for _ in range(40):
        at, bit = rng.randrange(len(data)), rng.randrange(8)
        path.write_bytes(data[:at] + bytes([data[at] ^ (1 << bit)]) + data[at + 1 :])
        try:
            verify(work)
            missed.append((at, bit))
        except AuditError:
            pass
    path.write_bytes(data)
    assert missed == []
    assert verify(work)


def test_work_can_be_shared_between_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("glassledger.audit.examine.RUN", 256)
    monkeypatch.setattr("glassledger.audit.recompute.RUN", 256)
    signer = Signer.from_seed(bytes(range(32)), "bank.example/log")
    with Log.create(tmp_path / "work", origin=signer.name, signer=signer) as log:
        log.append_many([_entry("note.made", n=n) for n in range(1500)])
    told: list[tuple[int, int]] = []
    alone = verify(tmp_path / "work", on_run=lambda done, total: told.append((done, total)))
    assert alone.root == Frontier(1500, _edge(tmp_path / "work")).root()
    assert told == [(min(n, 1500), 1500) for n in range(256, 1600, 256)]


def test_a_checkpoint_of_size_zero_says_nothing_and_is_accepted(work: Path) -> None:
    signer = Signer.from_seed(bytes(range(32)), "bank.example/log")
    nothing = signer.note(Checkpoint(signer.name, 0, Frontier().root()).text())
    assert verify(work, since=nothing).size == ENTRIES
