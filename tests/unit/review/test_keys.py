"""Private keys: whose eyes may see the file, and which files are keys."""

import shutil
import subprocess

import pytest

from glassledger.errors import MissingExtraError, ReviewError, StorageError
from glassledger.review import make_key, sign_decision
from glassledger.review.keys import load_signing_key
from glassledger.review.signatures import key_fingerprint


def test_a_made_key_is_private_and_is_never_overwritten(tmp_path):
    line = make_key(tmp_path / "k", comment="k@corp")
    assert line.endswith(" k@corp")
    assert (tmp_path / "k.pub").read_text() == line + "\n"
    assert (tmp_path / "k").stat().st_mode & 0o777 == 0o600
    with pytest.raises(ReviewError) as caught:
        make_key(tmp_path / "k")
    assert caught.value.code == "key-exists"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o601])
def test_a_key_that_others_can_read_is_refused(tmp_path, mode):
    make_key(tmp_path / "k")
    (tmp_path / "k").chmod(mode)
    with pytest.raises(ReviewError) as caught:
        load_signing_key(tmp_path / "k")
    assert caught.value.code == "key-readable-by-others"


@pytest.mark.parametrize(
    "content", [b"", b"nonsense", b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"]
)
def test_other_files_are_refused(tmp_path, content):
    (tmp_path / "k").write_bytes(content)
    (tmp_path / "k").chmod(0o600)
    with pytest.raises(ReviewError) as caught:
        load_signing_key(tmp_path / "k")
    assert caught.value.code == "key-unsupported"


def test_a_missing_file_is_a_storage_error(tmp_path):
    with pytest.raises(StorageError):
        load_signing_key(tmp_path / "absent")


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen (openssh-client) is not here")
def test_keys_by_ssh_keygen(tmp_path):
    def make(name, *options):
        subprocess.run(["ssh-keygen", "-q", "-f", tmp_path / name, "-N", *options], check=True)

    make("plain", "", "-t", "ed25519")
    shown = subprocess.run(["ssh-keygen", "-l", "-f", tmp_path / "plain"], check=True, capture_output=True, text=True)
    assert key_fingerprint(tmp_path / "plain") in shown.stdout.split()
    make("curve", "", "-t", "ecdsa")
    with pytest.raises(ReviewError) as caught:
        load_signing_key(tmp_path / "curve")
    assert caught.value.code == "key-unsupported"
    make("locked", "open sesame", "-t", "ed25519")
    with pytest.raises(ReviewError) as caught:
        load_signing_key(tmp_path / "locked")
    assert caught.value.code == "key-locked"
    try:
        load_signing_key(tmp_path / "locked", passphrase=b"open sesame")
    except MissingExtraError as error:
        assert "cryptography[ssh]" in error.hint
    else:
        with pytest.raises(ReviewError) as caught:
            load_signing_key(tmp_path / "locked", passphrase=b"wrong")
        assert caught.value.code == "key-locked"


def test_a_passphrase_for_an_open_key_is_refused(tmp_path):
    make_key(tmp_path / "k")
    with pytest.raises(ReviewError) as caught:
        load_signing_key(tmp_path / "k", passphrase=b"x")
    assert caught.value.code == "key-locked"


def test_a_decision_that_names_another_key_is_not_signed(review, sign, people):
    from glassledger.review import verify_decision

    decision = verify_decision(sign(review, "submit", "dana"), people.allowed_signers, at="2026-11-22T10:00:00Z")
    with pytest.raises(ReviewError) as caught:
        sign_decision(decision, people.key("alex"))
    assert caught.value.code == "key-mismatch"
