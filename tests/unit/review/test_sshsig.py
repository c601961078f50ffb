"""SSHSIG against other people's vectors and against ssh-keygen itself."""

import base64
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from glassledger.errors import AuditError
from glassledger.review import NAMESPACE, sshsig, statement_of
from glassledger.review.signers import parse_signers

needs_ssh_keygen = pytest.mark.skipif(
    shutil.which("ssh-keygen") is None, reason="ssh-keygen (openssh-client) is not here"
)


@pytest.fixture(scope="module")
def vector(shared_vectors):
    return json.loads(shared_vectors("sshsig.json").read_text())


def test_our_armour_is_the_one_ssh_keygen_made(vector):
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(vector["throwaway_ed25519_seed_hex"]))
    message = vector["message"].encode()
    assert sshsig.sign(message, key, namespace=vector["namespace"]) == vector["signature"]
    assert sshsig.public_line(sshsig.public_blob(key.public_key())) == " ".join(vector["public_key"].split()[:2])


def test_the_vector_verifies_and_its_wrong_twins_do_not(vector):
    message = vector["message"].encode()
    blob = sshsig.verify(message, vector["signature"], namespace=vector["namespace"])
    assert blob == sshsig.read_public(vector["public_key"])
    with pytest.raises(AuditError) as caught:
        sshsig.verify(message[:-1] + b"!", vector["signature"], namespace=vector["namespace"])
    assert caught.value.code == "signature-invalid"
    with pytest.raises(AuditError) as caught:
        sshsig.verify(message, vector["signature"], namespace="file")
    assert caught.value.code == "signature-namespace"


def test_the_vectors_signers_file_is_read_as_openssh_reads_it(vector):
    alice, bob = parse_signers(vector["allowed_signers"])
    blob = sshsig.read_public(vector["public_key"])
    from datetime import UTC, datetime

    at = {year: datetime(year, 6, 1, tzinfo=UTC) for year in (2024, 2026, 2031)}
    assert alice.admits("alice@corp", blob, namespace=vector["namespace"], at=at[2026])
    for identity, namespace, year in [
        ("bob@corp", vector["namespace"], 2026),
        ("alice@corp", "file", 2026),
        ("alice@corp", vector["namespace"], 2024),
        ("alice@corp", vector["namespace"], 2031),
    ]:
        assert not alice.admits(identity, blob, namespace=namespace, at=at[year])
    assert not bob.admits("bob@corp", blob, namespace=vector["namespace"], at=at[2026])


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.data())
def test_every_flipped_bit_of_the_blob_is_refused(message, data):
    key = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    armour = sshsig.sign(message, key, namespace="n")
    assert sshsig.fingerprint(sshsig.verify(message, armour, namespace="n")).startswith("SHA256:")
    blob = bytearray(base64.b64decode("".join(armour.splitlines()[1:-1])))
    bit = data.draw(st.integers(0, len(blob) * 8 - 1))
    blob[bit // 8] ^= 1 << (bit % 8)
    twin = "\n".join(
        ["-----BEGIN SSH SIGNATURE-----", base64.b64encode(bytes(blob)).decode(), "-----END SSH SIGNATURE-----"]
    )
    with pytest.raises(AuditError):
        sshsig.verify(message, twin, namespace="n")


@pytest.mark.parametrize(
    "armour",
    [
        "",
        "-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n",
        "-----BEGIN SSH SIGNATURE-----\n!!!\n-----END SSH SIGNATURE-----\n",
        "-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n-----END SSH SIGNATURE-----\n",
        "-----BEGIN SSH SIGNATURE-----\n" + "A" * 5000 + "\n-----END SSH SIGNATURE-----\n",
        "-----BEGIN PGP SIGNATURE-----\nU1NIU0lH\n-----END PGP SIGNATURE-----\n",
    ],
)
def test_odd_armour_is_our_error(armour):
    with pytest.raises(AuditError) as caught:
        sshsig.parse(armour)
    assert caught.value.code == "signature-malformed"


@given(st.binary(max_size=200))
def test_random_blobs_are_our_error(blob):
    body = base64.b64encode(b"SSHSIG\x00\x00\x00\x01" + blob).decode()
    with pytest.raises(AuditError):
        sshsig.verify(b"", f"-----BEGIN SSH SIGNATURE-----\n{body}\n-----END SSH SIGNATURE-----", namespace="n")


def test_a_trailing_byte_is_refused(vector):
    blob = base64.b64decode("".join(vector["signature"].splitlines()[1:-1])) + b"\x00"
    body = base64.b64encode(blob).decode()
    with pytest.raises(AuditError):
        sshsig.parse(f"-----BEGIN SSH SIGNATURE-----\n{body}\n-----END SSH SIGNATURE-----")


# --- ssh-keygen as the outside judge -------------------------------------------------------------------------------


def ssh_verify(
    folder: Path, signers: str, identity: str, namespace: str, armour: str, message: bytes, time: str = ""
) -> bool:
    (folder / "signers").write_text(signers)
    (folder / "s.sig").write_text(armour)
    options = [f"-Overify-time={time}"] if time else []
    line = ["ssh-keygen", "-Y", "verify", "-f", "signers", "-I", identity, "-n", namespace, "-s", "s.sig", *options]
    return subprocess.run(line, cwd=folder, input=message, capture_output=True, check=False).returncode == 0


@needs_ssh_keygen
def test_ssh_keygen_accepts_our_decisions_and_rejects_their_twins(review, sign, people, tmp_path):
    signed = sign(review, "submit", "dana")
    message, armour, signers = statement_of(signed), signed.signature, people.allowed_signers
    assert ssh_verify(tmp_path, signers, "dana@corp", NAMESPACE, armour, message)
    assert not ssh_verify(tmp_path, signers, "dana@corp", NAMESPACE, armour, message.replace(b"submit", b"reject"))
    assert not ssh_verify(tmp_path, signers, "alex@corp", NAMESPACE, armour, message)
    assert not ssh_verify(tmp_path, signers, "dana@corp", "file", armour, message)
    assert not ssh_verify(tmp_path, "", "dana@corp", NAMESPACE, armour, message)


@needs_ssh_keygen
def test_we_accept_what_ssh_keygen_signs_with_a_key_it_made(tmp_path):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "erin", "-f", tmp_path / "erin"], check=True)
    (tmp_path / "message").write_bytes(b"some bytes\n")
    subprocess.run(
        ["ssh-keygen", "-q", "-Y", "sign", "-f", tmp_path / "erin", "-n", NAMESPACE, tmp_path / "message"],
        check=True,
        capture_output=True,
    )
    blob = sshsig.verify(b"some bytes\n", (tmp_path / "message.sig").read_text(), namespace=NAMESPACE)
    assert blob == sshsig.read_public((tmp_path / "erin.pub").read_text())
    shown = subprocess.run(
        ["ssh-keygen", "-l", "-f", tmp_path / "erin.pub"], check=True, capture_output=True, text=True
    )
    assert sshsig.fingerprint(blob) in shown.stdout.split()


WINDOW = 'erin valid-after="20260101Z",valid-before="202606301200Z" '


@needs_ssh_keygen
@pytest.mark.parametrize(
    "time", ["20251231235959", "20260101000000", "20260101000001", "20260630115959", "20260630120000", "20260630120001"]
)
def test_the_validity_window_ends_where_ssh_keygen_ends_it(tmp_path, time):
    from datetime import UTC, datetime

    key = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
    line = WINDOW + sshsig.public_line(sshsig.public_blob(key.public_key()))
    armour = sshsig.sign(b"m", key, namespace=NAMESPACE)
    theirs = ssh_verify(tmp_path, line + "\n", "erin", NAMESPACE, armour, b"m", time + "Z")
    at = datetime.strptime(time, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    (ours,) = parse_signers(line)
    blob = sshsig.public_blob(key.public_key())
    assert ours.admits("erin", blob, namespace=NAMESPACE, at=at) == theirs
