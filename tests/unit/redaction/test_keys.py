"""Keys: made once, kept private, refused when weak or exposed."""

import base64
import multiprocessing
import os
import stat
from pathlib import Path

import pytest

from glassledger.errors import InputError, PolicyError
from glassledger.redaction.keys import Key, KeyRing

SECRET = bytes(range(32))


def test_a_named_key_is_made_once_and_kept_private(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    first = KeyRing(folder).key("default")

    assert KeyRing(folder).key("default") == first
    assert KeyRing(folder).key("other") != first
    assert len(first.secret) == 32
    assert stat.S_IMODE((folder / "default.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def _id(folder: Path, _: int) -> str:
    return KeyRing(folder).key("default").id


def test_processes_that_race_agree_on_one_key(tmp_path: Path) -> None:
    with multiprocessing.get_context("fork").Pool(4) as pool:
        ids = pool.starmap(_id, [(tmp_path / "keys", turn) for turn in range(16)])

    assert len(set(ids)) == 1


@pytest.mark.parametrize(
    "text", [SECRET.hex(), SECRET.hex().upper() + "\n", base64.b64encode(SECRET).decode(), "  " + SECRET.hex()]
)
def test_environment_and_file_hold_the_same_secret(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret"
    path.write_text(text)
    path.chmod(0o600)
    monkeypatch.setenv("PII_KEY", text)
    ring = KeyRing(tmp_path / "keys")

    assert ring.key("env:PII_KEY").secret == ring.key(f"file:{path}").secret == SECRET
    assert not (tmp_path / "keys").exists(), "references are read only"


def test_the_id_names_the_secret_and_does_not_show_it() -> None:
    key = Key.from_secret(SECRET)

    assert key.id == "60efbc91"  # sha256sum over the label and the bytes 0…31
    assert Key.from_secret(SECRET[::-1]).id != key.id
    assert SECRET.hex() not in repr(key)
    assert repr(SECRET) not in repr(key)


@pytest.mark.parametrize(
    "text",
    ["", "ab" * 31, "00" * 32, "0123456789abcdef" * 2, "not a key at all, but words", "x" * 9000, "é" * 64, "01" * 32],
)
def test_a_weak_or_odd_secret_is_refused(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PII_KEY", text)

    with pytest.raises(InputError) as caught:
        KeyRing(tmp_path).key("env:PII_KEY")

    assert caught.value.code == "key-malformed"
    assert not text or text not in str(caught.value)


@pytest.mark.parametrize("reference", ["env:NOT_SET_ANYWHERE", "file:/nowhere/at/all"])
def test_a_missing_key_is_said_so(reference: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        KeyRing(tmp_path).key(reference)

    assert caught.value.code == "key-missing"
    assert caught.value.facts == {"reference": reference}


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666, 0o610])
def test_a_key_that_others_may_touch_is_refused(mode: int, tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text(SECRET.hex())
    path.chmod(mode)

    with pytest.raises(InputError, match="chmod 600") as caught:
        KeyRing(tmp_path).key(f"file:{path}")

    assert caught.value.code == "key-exposed"


def test_an_exposed_named_key_is_refused_too(tmp_path: Path) -> None:
    KeyRing(tmp_path).key("default")
    (tmp_path / "default.key").chmod(0o644)

    with pytest.raises(InputError, match="chmod 600"):
        KeyRing(tmp_path).key("default")


@pytest.mark.parametrize(
    "reference", ["", "../escape", "a/b", "env:", "file:", "https://key", ".hidden", "a" * 65, "a b"]
)
def test_a_senseless_reference_is_refused(reference: str, tmp_path: Path) -> None:
    with pytest.raises(PolicyError) as caught:
        KeyRing(tmp_path / "keys").key(reference)

    assert caught.value.code == "key-reference"
    assert not (tmp_path / "keys").exists()


def test_a_folder_or_pipe_is_no_key(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)

    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(InputError) as caught:
            KeyRing(tmp_path).key(f"file:{path}")
        assert caught.value.code == "key-malformed"
