"""Seals."""

import pytest

from glassledger.audit.checkpoint import Checkpoint, open_checkpoint
from glassledger.audit.seal import Seal, open_seal
from glassledger.audit.signer import Signer
from glassledger.errors import AuditError

SIGNER = Signer.from_seed(bytes(32), "bank.example/log")
SEAL = Seal(SIGNER.name, 7, bytes(range(32)), "sha256:" + "ab" * 32)


def test_a_seal_reads_back() -> None:
    assert open_seal(SIGNER.note(SEAL.text()), SIGNER.key) == SEAL


def test_no_seal_is_a_checkpoint_and_no_checkpoint_a_seal() -> None:
    with pytest.raises(AuditError) as caught:
        open_checkpoint(SIGNER.note(SEAL.text()), SIGNER.key)
    assert caught.value.code == "checkpoint-malformed"
    with pytest.raises(AuditError) as caught:
        open_seal(SIGNER.note(Checkpoint(SIGNER.name, 7, bytes(range(32))).text()), SIGNER.key)
    assert caught.value.code == "seal-malformed"


def test_a_seal_of_another_log_is_refused() -> None:
    other = Seal("other.example", 7, SEAL.root, SEAL.digest)
    with pytest.raises(AuditError) as caught:
        open_seal(SIGNER.note(other.text()), SIGNER.key)
    assert caught.value.code == "seal-origin"


@pytest.mark.parametrize(
    ("old", "new"),
    [("seal/v1", "seal/v2"), ("\n7\n", "\n07\n"), ("sha256:", "sha512:"), ("AAEC", "AAE="), ("ab\n", "ab\nx\n")],
)
def test_other_texts_are_no_seals(old: str, new: str) -> None:
    assert old in SEAL.text()
    with pytest.raises(AuditError) as caught:
        Seal.parse(SEAL.text().replace(old, new))
    assert caught.value.code == "seal-malformed"
