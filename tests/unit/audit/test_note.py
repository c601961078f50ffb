"""Signed notes: Go's and C2SP's examples, and a twin of each that must be refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassledger.audit.note import COSIGNATURE, Note, Signature, VerifierKey, open_note, strict_base64
from glassledger.audit.signer import Signer
from glassledger.errors import AuditError

SIGNER = Signer.from_seed(bytes(range(32)), "example.com/log")


@pytest.fixture(scope="module")
def vectors(shared_vectors: Callable[[str], Path]) -> dict[str, Any]:
    return json.loads(shared_vectors("signed_note.json").read_text())


def test_gos_note_opens_and_is_made_again_byte_for_byte(vectors: dict[str, Any]) -> None:
    go = vectors["go_note"]
    key = VerifierKey.parse(go["vkey"])
    opened = open_note(go["note"].encode(), [key])

    assert [verified.key for verified in opened.verified] == [key]
    assert Signer.parse(go["skey"]).note(opened.text) == go["note"].encode()
    assert Signer.parse(go["skey"]).vkey == go["vkey"] == str(key)


def test_an_unknown_signature_is_kept_apart(vectors: dict[str, Any]) -> None:
    go = vectors["go_note"]
    opened = open_note(go["two_signatures_note"].encode(), [VerifierKey.parse(go["vkey"])])

    assert (len(opened.verified), len(opened.unknown)) == (1, 1)
    assert opened.unknown[0].name == "EnochRoot"


def test_c2sps_example_opens(vectors: dict[str, Any]) -> None:
    example = vectors["c2sp_example"]
    opened = open_note(example["note"].encode(), [VerifierKey.parse(example["vkey"])])
    assert opened.text == "This is an example message.\n"


def test_all_foreign_bad_notes_are_refused(vectors: dict[str, Any]) -> None:
    taken = []
    for case in vectors["reject"]:
        try:
            open_note(case["note"].encode(), [VerifierKey.parse(case["vkey"])])
            taken.append(case["why"])
        except AuditError:
            pass
    assert taken == []
    assert len(vectors["reject"]) == 8


def test_a_known_keys_bad_signature_spoils_the_note_even_beside_a_good_one() -> None:
    other = Signer.from_seed(bytes(32), "other.example")
    text = "text\n"
    good, bad = other.signature(text), SIGNER.signature("another\n")

    assert open_note(Note(text, (good, bad)).to_bytes(), [other.key]).unknown == (bad,)
    with pytest.raises(AuditError) as caught:
        open_note(Note(text, (good, bad)).to_bytes(), [other.key, SIGNER.key])
    assert caught.value.code == "signature-invalid"


def test_a_note_that_nobody_known_signed_is_refused() -> None:
    with pytest.raises(AuditError) as caught:
        open_note(SIGNER.note("text\n"), [Signer.from_seed(bytes(32), "other.example").key])
    assert caught.value.code == "note-unsigned"


def test_sixteen_signatures_are_accepted() -> None:
    signers = [Signer.from_seed(bytes([i]) * 32, f"w{i}.example") for i in range(16)]
    data = Note("text\n", tuple(signer.signature("text\n") for signer in signers)).to_bytes()
    assert len(open_note(data, [signer.key for signer in signers]).verified) == 16


@pytest.mark.parametrize(
    "spoil",
    [
        lambda note: note[:-1],
        lambda note: note + b"\n",
        lambda note: note.replace(b"\n\n", b"\n", 1),
        lambda note: note.replace("—".encode(), b"-"),
        lambda note: note.replace(b"text", b"te\x00t"),
        lambda note: note.replace(b"text", b"te\rt"),
        lambda note: note.replace(b"text", b"te\xfft"),
        lambda note: note.replace(b" example", b"  example"),
        lambda note: note.rstrip(b"\n") + b" x\n",
        lambda note: b"",
        lambda note: b"\n\n",
        lambda note: b"a" * 1_000_001 + note,
        lambda note: b"text\n\n" + note.split(b"\n\n")[1] * 101,
    ],
)
def test_every_deviation_from_the_form_is_refused(spoil: Callable[[bytes], bytes]) -> None:
    with pytest.raises(AuditError):
        open_note(spoil(SIGNER.note("text\n")), [SIGNER.key])


def test_every_single_flipped_bit_of_a_note_is_found() -> None:
    note = SIGNER.note("example.com/log\n7\nroot\n")
    missed = []
    for at in range(len(note) * 8):
        damaged = bytearray(note)
        damaged[at // 8] ^= 1 << at % 8
        try:
            open_note(bytes(damaged), [SIGNER.key])
            missed.append(at)
        except AuditError:
            pass
    assert missed == []


def test_every_single_flipped_bit_of_a_vkey_is_found() -> None:
    vkey = SIGNER.vkey.encode()
    missed = []
    for at in range(len(vkey) * 8):
        damaged = bytearray(vkey)
        damaged[at // 8] ^= 1 << at % 8
        try:
            VerifierKey.parse(bytes(damaged).decode("utf-8", "replace"))
            missed.append(at)
        except AuditError:
            pass
    assert missed == []


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).map(lambda text: text + "\n"),
    st.binary(min_size=32, max_size=32),
)
def test_what_is_signed_opens_again(text: str, seed: bytes) -> None:
    signer = Signer.from_seed(seed, "πρόσωπο.example")
    note = signer.note(text)
    assert open_note(note, [signer.key]).text == text
    assert Note.parse(note).to_bytes() == note


@given(st.binary(max_size=300))
def test_noise_is_no_note(noise: bytes) -> None:
    with pytest.raises(AuditError):
        open_note(noise, [SIGNER.key])


def test_base64_has_one_form_for_each_value() -> None:
    assert strict_base64("QQ==") == b"A"
    for other in ("QR==", "QQ=", "QQ", "QQ==\n", " QQ==", "QQ==QQ==", "Q-==", "QQ=\u00fe"):
        with pytest.raises(ValueError):
            strict_base64(other)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u00a0b", "a\tb", "a\nb"])
def test_names_that_a_line_could_not_hold_are_refused(name: str) -> None:
    with pytest.raises(AuditError):
        VerifierKey(name, bytes(32))


def test_other_algorithms_and_short_keys_are_refused() -> None:
    for key, algorithm in ((bytes(32), 2), (bytes(31), 1), (bytes(33), COSIGNATURE)):
        with pytest.raises(AuditError) as caught:
            VerifierKey("a.example", key, algorithm)
        assert caught.value.code == "vkey-malformed"


def test_a_cosignature_binds_its_time() -> None:
    witness = Signer.from_seed(bytes(32), "w.example", algorithm=COSIGNATURE)
    text = "example.com/log\n1\nroot\n"
    line = witness.signature(text, time=1_700_000_000)
    opened = open_note(Note(text, (line,)).to_bytes(), [witness.key])
    moved = Signature(line.name, line.key_id, (1_700_000_001).to_bytes(8) + line.signature[8:])

    assert opened.verified[0].time == 1_700_000_000
    with pytest.raises(AuditError) as caught:
        open_note(Note(text, (moved,)).to_bytes(), [witness.key])
    assert caught.value.code == "signature-invalid"


def test_a_plain_signature_is_no_cosignature() -> None:
    witness = Signer.from_seed(bytes(32), "w.example", algorithm=COSIGNATURE)
    plain = Signer.from_seed(bytes(32), "w.example")
    text = "example.com/log\n1\nroot\n"
    line = Signature("w.example", witness.key.key_id, plain.signature(text).signature)

    with pytest.raises(AuditError):
        open_note(Note(text, (line,)).to_bytes(), [witness.key])
