"""Time stamps by an authority of our own (OpenSSL): made, kept, verified, and refused when they do not hold."""

import re
import shutil
import subprocess
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from glassledger.audit import attested
from glassledger.audit.entry import Entry
from glassledger.audit.log import Log
from glassledger.audit.timestamp import QUERY, read_roots, stamp, verify_stamp
from glassledger.audit.verify import VerifiedLog, verify
from glassledger.audit.witness_http import post
from glassledger.errors import AuditError, MissingExtraError, UsageError

Authority = Callable[[bytes], bytes]
CONFIG = """\
[tsa]
default_tsa = it
[it]
serial = {home}/serial
crypto_device = builtin
signer_cert = {home}/tsa.pem
signer_key = {home}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority: root, certificate for time stamping, configuration."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not here: apt-get install openssl")
    folder = tmp_path_factory.mktemp("tsa")

    def run(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=folder)

    (folder / "serial").write_text("01\n")
    (folder / "config").write_text(CONFIG.format(home=folder))
    (folder / "purpose").write_text("extendedKeyUsage = critical,timeStamping\nkeyUsage = critical,digitalSignature\n")
    for name in ("root", "other"):
        run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", f"/CN={name}", "-keyout",
            f"{name}.key", "-out", f"{name}.pem")  # fmt: skip
    run("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=tsa", "-keyout", "tsa.key", "-out", "tsa.csr")
    run("x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-days", "20",
        "-extfile", "purpose", "-out", "tsa.pem")  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def authority(home: Path) -> Authority:
    def reply(request: bytes) -> bytes:
        (home / "request").write_bytes(request)
        command = ["openssl", "ts", "-reply", "-config", "config", "-queryfile", "request", "-out", "answer"]
        subprocess.run(command, check=True, capture_output=True, cwd=home)
        return (home / "answer").read_bytes()

    return reply


@pytest.fixture
def roots(home: Path) -> bytes:
    return read_roots(home / "root.pem")


def test_a_stamp_is_kept_and_verified_by_us_and_by_openssl(
    any_log: Log, check: Callable[..., VerifiedLog], event: Callable[..., Entry], authority: Authority, roots: bytes,
    home: Path, tmp_path: Path,
) -> None:  # fmt: skip
    any_log.append_many([event(n) for n in range(4)])
    any_log.checkpoint()
    before = datetime.now(UTC).replace(microsecond=0)
    size, time = stamp(any_log, authority, roots=roots)
    assert size == 4
    assert abs((datetime.fromisoformat(time) - before).total_seconds()) < 60
    any_log.append(event(5))

    found = check(tsa=roots)
    assert [(v.kind, v.size, v.time) for v in found.vouchers] == [("time stamp", 4, time)]
    assert "timestamps-unchecked" in {finding.code for finding in check().findings}
    kept = any_log.attested()
    (tmp_path / "note").write_bytes(kept[attested.name(4, attested.STAMPED)])
    (tmp_path / "token").write_bytes(kept[attested.name(4, attested.STAMP)])
    command = ["openssl", "ts", "-verify", "-data", "note", "-in", "token", "-CAfile", str(home / "root.pem")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert "Verification: OK" in done.stdout + done.stderr

    any_log.publish(tmp_path / "site")
    tree = verify(tmp_path / "site", vkey=str(any_log.key), tsa=roots)
    assert [voucher.time for voucher in tree.vouchers] == [time]


@pytest.mark.parametrize("what", ["other root", "other bytes", "old answer", "noise", "refusal"])
def test_an_answer_that_does_not_hold_is_not_kept(
    what: str, log: Log, event: Callable[..., Entry], authority: Authority, roots: bytes, home: Path
) -> None:
    log.append(event(1))
    log.checkpoint()
    first: list[bytes] = []

    def transport(request: bytes) -> bytes:
        if what == "noise":
            return b"\x30\x03no"
        if what == "refusal":
            return bytes.fromhex("30053003020102")
        if what == "other bytes":
            changed = bytearray(request)
            at = changed.find(bytes.fromhex("0440")) + 10
            changed[at] ^= 1
            return authority(bytes(changed))
        first.append(authority(request))
        return first[0]

    if what == "old answer":
        stamp(log, transport, roots=roots)
        kept = log.attested()
        with pytest.raises(AuditError):
            stamp(log, lambda _: first[0], roots=roots)
        assert log.attested() == kept
        return
    with pytest.raises(AuditError) as caught:
        stamp(log, transport, roots=read_roots(home / "other.pem") if what == "other root" else roots)
    assert caught.value.code == "timestamp-invalid"
    assert log.attested() == {}


def test_flipped_bytes_and_missing_halves_are_found(
    log: Log, event: Callable[..., Entry], authority: Authority, roots: bytes, tmp_path: Path
) -> None:
    log.append(event(1))
    log.checkpoint()
    stamp(log, authority, roots=roots)
    log.close()
    work = tmp_path / "work"
    stamped = work / attested.name(1, attested.STAMPED)
    note = stamped.read_bytes()
    for at in range(0, len(note), 3):
        stamped.write_bytes(note[:at] + bytes([note[at] ^ 1]) + note[at + 1 :])
        with pytest.raises(AuditError):
            verify(work, tsa=roots)
    stamped.unlink()
    with pytest.raises(AuditError) as caught:
        verify(work)
    assert caught.value.code == "attested-malformed"


def test_over_http_only_the_request_travels(
    log: Log, event: Callable[..., Entry], authority: Authority, roots: bytes
) -> None:
    seen: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            seen.append((self.headers["Content-Type"], body))
            answer = authority(body)
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with _serving(Handler) as url:
        log.append(event(1))
        log.checkpoint()
        stamp(log, lambda body: post(url, body, QUERY, who="tsa").body, roots=roots)
    ((kind, body),) = seen
    assert kind == "application/timestamp-query"
    assert len(body) < 150
    assert not re.search(rb"bank|example", body)


class _serving:  # noqa: N801
    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)

    def __enter__(self) -> str:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_address[1]}/"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def test_roots_must_be_certificates(tmp_path: Path) -> None:
    (tmp_path / "none.pem").write_text("nothing")
    with pytest.raises(UsageError) as caught:
        read_roots(tmp_path / "none.pem")
    assert caught.value.code == "certificate-malformed"


def test_without_the_package_the_pip_line_is_said(monkeypatch: pytest.MonkeyPatch, roots: bytes) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "rfc3161_client", None)
    with pytest.raises(MissingExtraError) as caught:
        verify_stamp(b"", b"", roots=roots)
    assert "glassledger[timestamp]" in caught.value.hint
