"""Offline proofs: a foreign one byte for byte, and damaged ones."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from glassledger.audit.note import VerifierKey
from glassledger.audit.proof import TlogProof
from glassledger.errors import AuditError


@pytest.fixture(scope="module")
def vectors(shared_vectors: Callable[[str], Path]) -> dict[str, Any]:
    return json.loads(shared_vectors("checkpoint_cosig_proof.json").read_text())


def test_a_foreign_proof_is_read_verified_and_written_again(vectors: dict[str, Any]) -> None:
    proof = TlogProof.parse(vectors["tlog_proof"].encode())
    log, witness = VerifierKey.parse(vectors["log_vkey"]), VerifierKey.parse(vectors["witness_vkey"])
    signed = proof.verify(vectors["entry"].encode(), log, others=[witness])

    assert (proof.index, signed.size) == (257, 300)
    assert proof.to_bytes().decode() == vectors["tlog_proof"]


def test_another_entry_place_or_key_is_refused(vectors: dict[str, Any]) -> None:
    proof = TlogProof.parse(vectors["tlog_proof"].encode())
    log, witness = VerifierKey.parse(vectors["log_vkey"]), VerifierKey.parse(vectors["witness_vkey"])
    entry = vectors["entry"].encode()
    for wrong in (
        lambda: proof.verify(entry + b" ", log),
        lambda: replace(proof, index=256).verify(entry, log),
        lambda: replace(proof, path=proof.path[:-1]).verify(entry, log),
        lambda: proof.verify(entry, witness),
    ):
        with pytest.raises(AuditError):
            wrong()


def test_extra_data_is_carried_and_authenticates_nothing(vectors: dict[str, Any]) -> None:
    proof = replace(TlogProof.parse(vectors["tlog_proof"].encode()), extra=b"for the reader")
    again = TlogProof.parse(proof.to_bytes())

    assert again == proof
    assert again.verify(vectors["entry"].encode(), VerifierKey.parse(vectors["log_vkey"])).size == 300


def test_every_single_flipped_bit_of_a_proof_file_is_found(vectors: dict[str, Any]) -> None:
    data, entry = vectors["tlog_proof"].encode(), vectors["entry"].encode()
    keys = [VerifierKey.parse(vectors[name]) for name in ("log_vkey", "witness_vkey")]
    missed = []
    for at in range(len(data) * 8):
        damaged = bytearray(data)
        damaged[at // 8] ^= 1 << at % 8
        try:
            TlogProof.parse(bytes(damaged)).verify(entry, keys[0], others=keys[1:])
            missed.append(at // 8)
        except AuditError:
            pass
    # a signature line whose name or key id nobody knows is ignored, as the format wants it
    witness_line = data.rindex("—".encode())
    identity = witness_line + len("— witness.example/w1 h6Tflg".encode())
    assert all(witness_line + 3 < at < identity for at in missed)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"c2sp.org/tlog-proof@v2\nindex 0\n\nx",
        b"c2sp.org/tlog-proof@v1\nindex 00\n\nx",
        b"c2sp.org/tlog-proof@v1\nindex 0",
        b"c2sp.org/tlog-proof@v1\nindex -1\n\nx",
        b"c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\nx",
        b"c2sp.org/tlog-proof@v1\nextra A\nindex 0\n\nx",
        b"c2sp.org/tlog-proof@v1\nindex 0\nextra QQ==\n\nx",
        b"c2sp.org/tlog-proof@v1\n\xff\n\nx",
        b"c2sp.org/tlog-proof@v1\nindex 0\n" + b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n" * 64 + b"\nx",
    ],
)
def test_other_files_are_no_proofs(data: bytes) -> None:
    with pytest.raises(AuditError) as caught:
        TlogProof.parse(data)
    assert caught.value.code == "proof-malformed"
