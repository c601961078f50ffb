"""A witness: the protocol's answers one by one, its state, the wire, and what a log and an auditor make of it."""

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from glassledger.audit import attested
from glassledger.audit.cosigning import cosign
from glassledger.audit.entry import Entry
from glassledger.audit.log import Log
from glassledger.audit.note import COSIGNATURE, Note, open_note
from glassledger.audit.signer import Signer
from glassledger.audit.trust_policy import TrustPolicy
from glassledger.audit.verify import VerifiedLog, verify
from glassledger.audit.witness import SIZE_TYPE, Answer, Submission, Witness
from glassledger.audit.witness_http import ask, make_server
from glassledger.errors import AuditError, StorageError, UsageError

COSIGNER = Signer.from_seed(bytes([9] * 32), "audit.example/w1", algorithm=COSIGNATURE)
SECOND = Signer.from_seed(bytes([8] * 32), "site2.example/w2", algorithm=COSIGNATURE)
NOW = 1_795_000_000
Event = Callable[..., Entry]


@pytest.fixture
def witness(tmp_path: Path, signer: Signer) -> Witness:
    return Witness(tmp_path / "w1", COSIGNER, [signer.key], clock=lambda: NOW)


def _grown(log: Log, event: Event, count: int) -> bytes:
    log.append_many([event(n) for n in range(count)])
    return log.checkpoint()


def _submit(witness: Witness, log: Log, note: bytes, old: int) -> Answer:
    size = int(note.split(b"\n")[1])
    proof = log.consistency_proof(old, size=size) if 0 < old <= size else []
    return witness.add_checkpoint(Submission(old, tuple(proof), note).to_bytes())


def test_it_cosigns_a_history_that_only_grows(witness: Witness, log: Log, event: Event) -> None:
    first = _grown(log, event, 5)
    answer = _submit(witness, log, first, 0)
    assert answer.status == 200
    text = Note.parse(first).text.encode() + b"\n"
    assert [(v.key, v.time) for v in open_note(text + answer.body, [COSIGNER.key]).verified] == [(COSIGNER.key, NOW)]
    second = _grown(log, event, 8)
    assert _submit(witness, log, second, 5).status == 200
    assert _submit(witness, log, second, 13).status == 200, "the same head again is a renewed cosignature"
    latest = witness.latest(log.origin)
    assert latest is not None
    assert latest.size == 13


def test_its_answers_are_the_specifications(
    witness: Witness, log: Log, event: Event, signer: Signer, tmp_path: Path
) -> None:
    five = _grown(log, event, 5)
    nine = _grown(log, event, 4)
    assert _submit(witness, log, five, 0).status == 200
    with Log.create(tmp_path / "twin", origin=log.origin, signer=signer) as twin:
        fork5 = _grown(twin, lambda n: event(n + 1000), 5)
        fork9 = _grown(twin, lambda n: event(n + 1000), 4)
        forked = [_submit(witness, twin, fork5, 5), _submit(witness, twin, fork9, 5)]
    stranger = Signer.from_seed(bytes(32), log.origin)
    text = Note.parse(nine).text
    good = Submission(5, tuple(log.consistency_proof(5, size=9)), nine)
    answers = {
        "another size, with the one it has": _submit(witness, log, nine, 4),
        "from nothing again": _submit(witness, log, nine, 0),
        "old beyond new": _submit(witness, log, five, 6),
        "a proof too many": witness.add_checkpoint(Submission(5, (*good.proof, bytes(32)), nine).to_bytes()),
        "no proof": witness.add_checkpoint(Submission(5, (), nine).to_bytes()),
        "another key": witness.add_checkpoint(Submission(5, good.proof, stranger.note(text)).to_bytes()),
        "another log": witness.add_checkpoint(
            Submission(0, (), Signer.from_seed(bytes(32), "x").note("x" + text[len(log.origin) :])).to_bytes()
        ),
        "a signature that fails": witness.add_checkpoint(good.to_bytes().replace(nine, nine[:-8] + b"AAAAAA==\n"[-8:])),
        "no blank line": witness.add_checkpoint(good.to_bytes().replace(b"\n\n", b"\n", 1)),
        "a leading zero": witness.add_checkpoint(good.to_bytes().replace(b"old 5", b"old 05")),
        "64 hashes": witness.add_checkpoint(Submission(5, (bytes(32),) * 64, nine).to_bytes()),
        "a short hash": witness.add_checkpoint(Submission(5, (bytes(31),), nine).to_bytes()),
        "nothing": witness.add_checkpoint(b""),
    }
    assert [answer.status for answer in forked] == [422, 422]
    assert {name: answer.status for name, answer in answers.items()} == {
        "another size, with the one it has": 409,
        "from nothing again": 409,
        "old beyond new": 400,
        "a proof too many": 422,
        "no proof": 422,
        "another key": 403,
        "another log": 404,
        "a signature that fails": answers["a signature that fails"].status,
        "no blank line": 400,
        "a leading zero": 400,
        "64 hashes": 400,
        "a short hash": 400,
        "nothing": 400,
    }
    assert answers["a signature that fails"].status in (400, 403)
    assert answers["from nothing again"][1:] == (b"5\n", SIZE_TYPE)
    latest = witness.latest(log.origin)
    assert latest is not None
    assert latest.size == 5, "no refusal moved the state"
    evidence = {path.read_bytes() for path in (tmp_path / "w1" / "evidence").iterdir()}
    assert {fork5, fork9} <= evidence, "two histories under one key are kept as evidence"
    assert witness.add_checkpoint(good.to_bytes()).status == 200


def test_a_first_submission_brings_no_proof(witness: Witness, log: Log, event: Event) -> None:
    note = _grown(log, event, 3)
    assert witness.add_checkpoint(Submission(0, (bytes(32),), note).to_bytes()).status == 422
    assert witness.latest(log.origin) is None


def test_a_changed_or_unwritable_state_cosigns_nothing(
    witness: Witness, log: Log, event: Event, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _submit(witness, log, _grown(log, event, 3), 0).status == 200
    note = _grown(log, event, 3)
    (state,) = (tmp_path / "w1" / "state").glob("*.checkpoint")
    kept = state.read_bytes()
    state.write_bytes(kept.replace(b"\n3\n", b"\n2\n"))
    assert _submit(witness, log, note, 2).status == 500
    state.write_bytes(kept)

    def full(*_: object, **__: object) -> None:
        raise StorageError("no room", code="storage-write")

    monkeypatch.setattr("glassledger.files.write_durably", full)
    assert _submit(witness, log, note, 3).status == 500
    monkeypatch.undo()
    assert state.read_bytes() == kept
    assert _submit(witness, log, note, 3).status == 200


def test_of_many_at_once_one_history_wins(
    witness: Witness, log: Log, event: Event, signer: Signer, tmp_path: Path
) -> None:
    notes = []
    for number in range(8):
        with Log.create(tmp_path / f"view{number}", origin=log.origin, signer=signer) as view:
            notes.append(_grown(view, lambda n, number=number: event(n + 100 * number), 3))
    answers: list[int] = []
    threads = [
        threading.Thread(
            target=lambda n=n: answers.append(witness.add_checkpoint(Submission(0, (), n).to_bytes()).status)
        )
        for n in notes
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200] + [409] * 7


def test_a_log_key_cannot_cosign(signer: Signer, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        Witness(tmp_path, signer, [signer.key])
    assert caught.value.code == "witness-key"


@pytest.fixture
def served(tmp_path: Path, signer: Signer) -> Iterator[Callable[[Signer], str]]:
    servers = []

    def serve(cosigner: Signer) -> str:
        server = make_server(Witness(tmp_path / cosigner.name.replace("/", "-"), cosigner, [signer.key]), port=0)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}/"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def _policy(*urls: str, quorum: str = "all") -> bytes:
    lines = [f"witness w{n} {s.vkey} {url}\n" for n, (s, url) in enumerate(zip((COSIGNER, SECOND), urls, strict=False))]
    names = " ".join(f"w{n}" for n in range(len(lines)))
    return ("".join(lines) + f"group g {quorum} {names}\nquorum g\n").encode()


def test_log_witnesses_and_auditor_play_together(
    any_log: Log,
    check: Callable[..., VerifiedLog],
    served: Callable[[Signer], str],
    event: Event,
    signer: Signer,
    tmp_path: Path,
) -> None:
    policy = _policy(served(COSIGNER), served(SECOND))
    _grown(any_log, event, 300)
    result = cosign(any_log, TrustPolicy.parse(policy))
    assert (result.cosigned, result.refused, result.checkpoint.size) == (("w0", "w1"), {}, 300)
    _grown(any_log, event, 20)
    assert cosign(any_log, TrustPolicy.parse(policy)).checkpoint.size == 320
    any_log.append(event(1))

    proof = any_log.proof(7)
    proof.verify(any_log.entry(7).to_bytes(), signer.key, others=[COSIGNER.key, SECOND.key])
    assert proof.checkpoint.count("\u2014".encode()) == 3
    found = check(policy=policy)
    assert (found.cosigned, {voucher.by for voucher in found.vouchers}) == (320, {COSIGNER.name, SECOND.name})
    assert [f.index for f in found.findings if f.code == "uncosigned-tail"] == [320]
    assert "cosignatures-unchecked" in {finding.code for finding in check().findings}

    any_log.publish(tmp_path / "site")
    tree = verify(tmp_path / "site", vkey=signer.vkey, policy=policy)
    assert (tree.size, tree.cosigned) == (321, 320)


def test_a_quorum_that_is_not_met_is_refused_and_keeps_nothing(
    log: Log, served: Callable[[Signer], str], event: Event, tmp_path: Path
) -> None:
    _grown(log, event, 3)
    dead = "http://127.0.0.1:9/"
    with pytest.raises(AuditError) as caught:
        cosign(log, TrustPolicy.parse(_policy(served(COSIGNER), dead)))
    assert caught.value.code == "quorum-missing"
    assert caught.value.facts == {"cosigned": ["w0"], "refused": ["w1"]}
    assert log.attested() == {}
    with pytest.raises(AuditError) as caught:
        verify(tmp_path / "work", policy=_policy(dead, dead))
    assert caught.value.code == "quorum-missing"
    assert cosign(log, TrustPolicy.parse(_policy(served(COSIGNER), dead, quorum="any"))).cosigned == ("w0",)
    log.close()
    assert verify(tmp_path / "work", policy=_policy(dead, dead, quorum="any")).cosigned == 3
    for wanted in (_policy(dead, dead), f"witness a {SECOND.vkey}\nquorum a\n".encode()):
        with pytest.raises(AuditError) as caught:
            verify(tmp_path / "work", policy=wanted)
        assert caught.value.code == "quorum-missing"


def test_a_rolled_back_log_hears_it_from_its_witness(
    log: Log, served: Callable[[Signer], str], event: Event, signer: Signer, tmp_path: Path
) -> None:
    policy = TrustPolicy.parse(_policy(served(COSIGNER)))
    _grown(log, event, 4)
    log.close()
    shutil.copytree(tmp_path / "work", tmp_path / "backup")
    with Log.open(tmp_path / "work", signer=signer) as later:
        _grown(later, event, 4)
        cosign(later, policy)
    with Log.open(tmp_path / "backup", signer=signer) as old, pytest.raises(AuditError) as caught:
        cosign(old, policy)
    assert caught.value.code == "witness-ahead"
    assert caught.value.facts["seen"] == 8
    with Log.open(tmp_path / "backup", signer=signer) as forked:
        _grown(forked, lambda n: event(n + 50), 9)
        with pytest.raises(AuditError) as caught:
            cosign(forked, policy)
    assert caught.value.code == "quorum-missing"
    assert "does not extend" in caught.value.message


LIES: dict[str, Answer] = {
    "redirect": Answer(301, b""),
    "unavailable": Answer(503, b"later"),
    "no signature": Answer(200, b""),
    "noise": Answer(200, b"\xff\x00"),
    "a size that is none": Answer(409, b"-1\n", SIZE_TYPE),
    "a conflict without a size": Answer(409, b"3\n", "text/plain"),
    "another's signature": Answer(200, SECOND.signature("x\n0\n\n", time=1).line().encode()),
    "a signature over something else": Answer(200, COSIGNER.signature("x\n0\n\n", time=1).line().encode()),
}


@pytest.mark.parametrize("lie", LIES)
def test_whatever_a_witness_answers_only_a_cosignature_counts(lie: str, log: Log, event: Event) -> None:
    _grown(log, event, 3)
    with pytest.raises(AuditError) as caught:
        cosign(log, TrustPolicy.parse(_policy("http://w/")), ask=lambda url, body: LIES[lie])
    assert caught.value.code == "quorum-missing"
    assert log.attested() == {}


def test_the_wire_refuses_what_is_no_request(served: Callable[[Signer], str]) -> None:
    url = served(COSIGNER)
    assert ask(url + "elsewhere", b"x").status == 404
    assert ask(url, b"x" * 70_000).status == 400
    with pytest.raises(UsageError):
        ask("file:///etc/passwd", b"")
    with pytest.raises(StorageError) as caught:
        ask("http://127.0.0.1:9", b"")
    assert caught.value.code == "witness-unreachable"


def test_statements_in_the_folder_are_held_against_the_log(
    log: Log, served: Callable[[Signer], str], event: Event, tmp_path: Path
) -> None:
    policy = _policy(served(COSIGNER))
    _grown(log, event, 5)
    cosign(log, TrustPolicy.parse(policy))
    log.close()
    work = tmp_path / "work"
    path = work / attested.name(5, attested.COSIGNED)
    note, missed = path.read_bytes(), []
    for at in range(len(note)):
        path.write_bytes(note[:at] + bytes([note[at] ^ 1]) + note[at + 1 :])
        try:
            verify(work, policy=policy)
            missed.append(at)
        except AuditError:
            pass
    assert missed == []
    path.write_bytes(note)
    path.rename(work / attested.name(4, attested.COSIGNED))
    with pytest.raises(AuditError) as caught:
        verify(work, policy=policy)
    assert caught.value.code == "attested-malformed"


def test_the_commands(log: Log, event: Event, tmp_path: Path) -> None:
    _grown(log, event, 3)
    log.close()
    work, home = str(tmp_path / "work"), str(tmp_path / "w")

    def run(*arguments: str) -> str:
        command = [sys.executable, "-m", "glassledger", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    vkey = run("witness", "init", home, "--name", "audit.example/w1").strip()
    run("witness", "trust", home, (tmp_path / "work" / "log.vkey").read_text())
    assert (Path(home) / "witness.key").stat().st_mode & 0o077 == 0
    command = [sys.executable, "-u", "-m", "glassledger", "witness", "serve", home, "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            url = server.stdout.readline().strip()
            (tmp_path / "policy").write_text(f"witness audit {vkey} {url}\nquorum audit\n")
            cosign_it = ("log", "cosign", "-w", work, "--policy", str(tmp_path / "policy"))
            assert "cosigned by audit" in run(*cosign_it)
            assert set(json.loads(run(*cosign_it, "--json"))) == {"cosigned", "refused", "size"}
        finally:
            server.terminate()
    verdict = run("verify", work, "--policy", str(tmp_path / "policy"))
    assert "cosigned    3 entries, as your trust policy asks" in verdict
    assert "audit.example/w1" in verdict
