"""Log keys: where they come from, and what is refused."""

import stat
from pathlib import Path

import pytest

from glassledger.audit.note import open_note
from glassledger.audit.signer import Signer
from glassledger.errors import AuditError, StorageError, UsageError

NAME = "bank.example/log"


def test_a_made_key_is_private_and_loads_again(tmp_path: Path) -> None:
    made = Signer.create(tmp_path / "log.key", NAME)
    loaded = Signer.load(tmp_path / "log.key")

    assert stat.S_IMODE((tmp_path / "log.key").stat().st_mode) == 0o600
    assert loaded.vkey == made.vkey
    assert open_note(loaded.note("text\n"), [made.key]).text == "text\n"


def test_two_made_keys_differ(tmp_path: Path) -> None:
    assert Signer.create(tmp_path / "a", NAME).vkey != Signer.create(tmp_path / "b", NAME).vkey


def test_an_existing_file_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "log.key").write_text("mine")
    with pytest.raises(StorageError) as caught:
        Signer.create(tmp_path / "log.key", NAME)
    assert caught.value.code == "key-exists"
    assert (tmp_path / "log.key").read_text() == "mine"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_key_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    Signer.create(tmp_path / "log.key", NAME)
    (tmp_path / "log.key").chmod(mode)
    with pytest.raises(StorageError) as caught:
        Signer.load(tmp_path / "log.key")
    assert caught.value.code == "key-permissions"


def test_every_single_flipped_bit_of_a_key_file_is_found(tmp_path: Path) -> None:
    path = tmp_path / "log.key"
    Signer.create(path, NAME)
    data, missed = path.read_bytes(), []
    for at in range((len(data) - 1) * 8):
        damaged = bytearray(data)
        damaged[at // 8] ^= 1 << at % 8
        path.write_bytes(damaged)
        try:
            Signer.load(path)
            missed.append(at // 8)
        except AuditError:
            pass
    assert missed == []


def test_a_key_comes_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Signer.create(tmp_path / "log.key", NAME)
    monkeypatch.setenv("BANK_LOG_KEY", (tmp_path / "log.key").read_text().strip())

    assert Signer.from_environment("BANK_LOG_KEY").vkey == made.vkey
    with pytest.raises(UsageError):
        Signer.from_environment("ANOTHER_LOG_KEY")


def test_a_callback_signs_and_is_not_trusted(tmp_path: Path) -> None:
    inside = Signer.from_seed(bytes(32), NAME)
    remote = Signer(NAME, inside.public_key, sign=inside.sign)
    lying = Signer(NAME, inside.public_key, sign=lambda message: bytes(64))

    assert remote.note("text\n") == inside.note("text\n")
    with pytest.raises(AuditError) as caught:
        lying.note("text\n")
    assert caught.value.code == "signature-invalid"


def test_no_part_of_the_secret_is_shown(tmp_path: Path) -> None:
    signer = Signer.create(tmp_path / "log.key", NAME)
    secret = (tmp_path / "log.key").read_text().split("+", 4)[4].strip()
    assert secret not in repr(signer)
    assert "sign" not in repr(signer).replace("Signer", "")


def test_a_time_belongs_to_cosigners_only() -> None:
    log, witness = Signer.from_seed(bytes(32), NAME), Signer.from_seed(bytes(32), NAME, algorithm=4)
    for signer, time in ((log, 1), (witness, None)):
        with pytest.raises(UsageError):
            signer.signature("text\n", time=time)


@pytest.mark.parametrize("name", ["", "a b", "a+b"])
def test_unusable_names_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        Signer.create(tmp_path / "log.key", name)
    assert not (tmp_path / "log.key").exists()
