"""Checkpoints: other people's, byte for byte, and strictness."""

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassledger.audit.checkpoint import Checkpoint, open_checkpoint
from glassledger.audit.note import Note, VerifierKey
from glassledger.audit.signer import Signer
from glassledger.audit.tree import EMPTY_ROOT, Frontier, leaf_hash
from glassledger.errors import AuditError

SIGNER = Signer.from_seed(bytes(range(32)), "example.com/log")
ROOT = base64.b64encode(leaf_hash(b"x")).decode()


def test_all_published_checkpoints_are_made_again_byte_for_byte(shared_vectors: Callable[[str], Path]) -> None:
    vectors = json.loads(shared_vectors("tessera_testlog.json").read_text())
    signer, edge = Signer.parse(vectors["skey"]), Frontier()
    assert signer.vkey == vectors["vkey"]
    made = {}
    for size in range(len(vectors["entries_utf8"]) + 1):
        made[str(size)] = signer.note(Checkpoint(signer.name, size, edge.root()).text()).decode()
        if size < len(vectors["entries_utf8"]):
            edge.append(leaf_hash(vectors["entries_utf8"][size].encode()))

    assert made == vectors["checkpoints_by_size"]
    assert len(made) == 16


def test_a_cosigned_checkpoint_opens_with_both_keys(shared_vectors: Callable[[str], Path]) -> None:
    vectors = json.loads(shared_vectors("checkpoint_cosig_proof.json").read_text())
    log, witness = VerifierKey.parse(vectors["log_vkey"]), VerifierKey.parse(vectors["witness_vkey"])
    signed = open_checkpoint(vectors["checkpoint"].encode(), log, others=[witness])

    assert signed.checkpoint.size == 300
    assert {verified.key: verified.time for verified in signed.opened.verified} == {
        log: None,
        witness: vectors["cosig_time"],
    }


def test_the_witness_vector_is_made_again_byte_for_byte(shared_vectors: Callable[[str], Path]) -> None:
    vectors = json.loads(shared_vectors("checkpoint_cosig_proof.json").read_text())
    log_name, witness_name = vectors["log_vkey"].split("+")[0], vectors["witness_vkey"].split("+")[0]
    log = Signer.from_seed(bytes.fromhex(vectors["log_seed_hex"]), log_name)
    witness = Signer.from_seed(bytes.fromhex(vectors["witness_seed_hex"]), witness_name, algorithm=4)
    edge = Frontier()
    for i in range(300):
        edge.append(leaf_hash(b'{"seq":%d}' % i))
    text = Checkpoint(log.name, 300, edge.root()).text()
    lines = (log.signature(text), witness.signature(text, time=vectors["cosig_time"]))

    assert Note(text, lines).to_bytes().decode() == vectors["checkpoint"]


def test_a_cosignature_alone_does_not_speak_for_the_log() -> None:
    witness = Signer.from_seed(bytes(32), "w.example", algorithm=4)
    text = Checkpoint(SIGNER.name, 0, EMPTY_ROOT).text()
    note = Note(text, (witness.signature(text, time=1),)).to_bytes()

    with pytest.raises(AuditError) as caught:
        open_checkpoint(note, SIGNER.key, others=[witness.key])
    assert caught.value.code == "note-unsigned"


def test_a_checkpoint_of_another_name_is_refused() -> None:
    note = SIGNER.note(Checkpoint("example.com/other", 0, EMPTY_ROOT).text())
    with pytest.raises(AuditError) as caught:
        open_checkpoint(note, SIGNER.key)
    assert caught.value.code == "checkpoint-origin"


@pytest.mark.parametrize(
    "text",
    [
        f"\n1\n{ROOT}\n",
        f"o\n01\n{ROOT}\n",
        f"o\n-1\n{ROOT}\n",
        f"o\n+1\n{ROOT}\n",
        f"o\n1.0\n{ROOT}\n",
        f"o\n١\n{ROOT}\n",
        f"o\n\n{ROOT}\n",
        f"o\n{2**63}\n{ROOT}\n",
        f"o\n{'9' * 5000}\n{ROOT}\n",
        f"o\n0\n{ROOT}\n",
        f"o\n1\n{ROOT[:-1]}\n",
        "o\n1\nAAAA\n",
        f"o\n1\n{ROOT}\nextension\n",
        f"o\n1\n{ROOT}",
        "o\n1\n",
        "",
    ],
)
def test_other_texts_are_no_checkpoints(text: str) -> None:
    with pytest.raises(AuditError) as caught:
        Checkpoint.parse(text)
    assert caught.value.code == "checkpoint-malformed"


@given(st.integers(1, 2**63 - 1), st.binary(min_size=32, max_size=32))
def test_text_and_checkpoint_are_one_to_one(size: int, root: bytes) -> None:
    checkpoint = Checkpoint("example.com/log", size, root)
    assert Checkpoint.parse(checkpoint.text()) == checkpoint
