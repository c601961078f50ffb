"""Anchors and recovery: a restored backup is noticed, and the way on is an entry."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from glassledger.audit.anchor import FileAnchor
from glassledger.audit.budget import Balance
from glassledger.audit.entry import Entry
from glassledger.audit.log import Log
from glassledger.audit.signer import Signer
from glassledger.audit.verify import verify
from glassledger.errors import AuditError, PrivacyError, UsageError

Event = Callable[..., Entry]


@pytest.fixture
def anchor(tmp_path: Path) -> FileAnchor:
    return FileAnchor(tmp_path / "elsewhere" / "bank.anchor", log_folder=tmp_path / "work")


@pytest.fixture
def work(tmp_path: Path, log: Log, budgeted: Event, anchor: FileAnchor, signer: Signer) -> Path:
    """A log with a budget, backed up before one spend was made and anchored."""
    log.open_budget(budgeted("open", nano=10), scope="bank", nano_epsilon=10, pico_delta=0)
    log.close()
    shutil.copytree(tmp_path / "work", tmp_path / "backup")
    with Log.open(tmp_path / "work", signer=signer, anchor=anchor) as again:
        again.spend(budgeted("spend", nano=6, key="k"), scope="bank", nano_epsilon=6, pico_delta=0, key="k")
    return tmp_path / "work"


@pytest.fixture
def restored(work: Path, tmp_path: Path) -> Path:
    """The backup in the place of the log: whole, sealed, signed, and with an unspent budget."""
    shutil.rmtree(work)
    shutil.copytree(tmp_path / "backup", work)
    assert verify(work).seal == "intact"
    return work


def test_without_an_anchor_a_restored_backup_refills_the_budget(restored: Path, signer: Signer) -> None:
    with Log.open(restored, signer=signer) as log:
        assert log.budget("bank") == Balance("bank", 10, 0)


def test_with_an_anchor_it_is_refused(restored: Path, signer: Signer, anchor: FileAnchor) -> None:
    with pytest.raises(AuditError) as caught:
        Log.open(restored, signer=signer, anchor=anchor)
    assert caught.value.code == "log-rolled-back"
    assert caught.value.facts["signed"] == 2


def test_the_anchor_is_a_kept_checkpoint_for_auditors(restored: Path, tmp_path: Path) -> None:
    with pytest.raises(AuditError) as caught:
        verify(restored, since=(tmp_path / "elsewhere" / "bank.anchor").read_bytes())
    assert caught.value.code == "log-rolled-back"


def test_a_spend_moves_the_anchor_at_once(work: Path, signer: Signer, anchor: FileAnchor, budgeted: Event) -> None:
    log = Log.open(work, signer=signer, anchor=anchor)
    log.spend(budgeted("spend", nano=1, key="l"), scope="bank", nano_epsilon=1, pico_delta=0, key="l")
    kept = anchor.newest(signer.key)
    assert kept is not None
    assert kept.size == log.size == 3


def test_another_history_of_the_same_length_is_refused(
    restored: Path, signer: Signer, anchor: FileAnchor, event: Event
) -> None:
    with Log.open(restored, signer=signer) as log:
        log.append(event(7))
    with pytest.raises(AuditError) as caught:
        Log.open(restored, signer=signer, anchor=anchor)
    assert caught.value.code == "log-forked-history"


def test_recovery_logs_the_loss_and_spends_the_rest(
    restored: Path, signer: Signer, anchor: FileAnchor, budgeted: Event
) -> None:
    place = Log.recover(restored, signer=signer, anchor=anchor, actor="ops", reason="disk died")
    assert place.index == 1
    with Log.open(restored, signer=signer, anchor=anchor) as log:
        assert log.entry(1).body["lost"]["size"] == 2
        assert log.entry(1).body["reason"] == "disk died"
        assert log.budget("bank") == Balance("bank", 10, 0, 10, 0)
        with pytest.raises(PrivacyError):
            log.spend(budgeted("spend", nano=1, key="l"), scope="bank", nano_epsilon=1, pico_delta=0, key="l")
    verified = verify(restored)
    assert verified.seal == "intact"
    assert [(finding.code, finding.index) for finding in verified.findings] == [("history-lost", 1)]


def test_what_was_signed_before_stays_a_proof_against_the_new_history(
    restored: Path, signer: Signer, anchor: FileAnchor, tmp_path: Path
) -> None:
    kept = (tmp_path / "elsewhere" / "bank.anchor").read_bytes()
    Log.recover(restored, signer=signer, anchor=anchor, actor="ops", reason="disk died")
    with pytest.raises(AuditError) as caught:
        verify(restored, since=kept)
    assert caught.value.code == "log-forked-history"


def test_recovery_works_when_only_the_database_is_old(work: Path, tmp_path: Path, signer: Signer) -> None:
    shutil.copy(tmp_path / "backup" / "log.db", work / "log.db")
    with pytest.raises(AuditError):
        Log.open(work, signer=signer)
    Log.recover(work, signer=signer, actor="ops", reason="disk died")
    assert verify(work).findings[0].code == "history-lost"


def test_there_is_nothing_to_recover_in_a_whole_log(work: Path, signer: Signer, anchor: FileAnchor) -> None:
    size = verify(work).size
    with pytest.raises(UsageError) as caught:
        Log.recover(work, signer=signer, anchor=anchor, actor="ops", reason="why not")
    assert caught.value.code == "nothing-lost"
    assert verify(work).size == size


def test_nobody_writes_a_recovery_by_hand(log: Log, event: Event) -> None:
    with pytest.raises(AuditError) as caught:
        log.append(event(1, kind="log.recovered"))
    assert caught.value.code == "entry-reserved"


def test_an_anchor_lies_outside_and_needs_the_key(tmp_path: Path, log: Log, anchor: FileAnchor) -> None:
    for inside in ("work/anchor", "work/../work/anchor", "work"):
        with pytest.raises(UsageError) as caught:
            FileAnchor(tmp_path / inside, log_folder=tmp_path / "work")
        assert caught.value.code == "anchor-inside"
    with pytest.raises(UsageError) as caught:
        Log.open(tmp_path / "work", anchor=anchor)
    assert caught.value.code == "signer-missing"


def test_a_damaged_anchor_is_refused(work: Path, tmp_path: Path, signer: Signer, anchor: FileAnchor) -> None:
    path = tmp_path / "elsewhere" / "bank.anchor"
    path.write_bytes(path.read_bytes().replace(b"\n2\n", b"\n3\n"))
    with pytest.raises(AuditError) as caught:
        Log.open(work, signer=signer, anchor=anchor)
    assert caught.value.code == "signature-invalid"


def test_two_copies_of_one_length_conflict_at_the_anchor(
    work: Path, tmp_path: Path, signer: Signer, event: Event, anchor: FileAnchor
) -> None:
    copy = Path(shutil.copytree(work, tmp_path / "copy"))
    one, other = (Log.open(folder, signer=signer, anchor=anchor) for folder in (work, copy))
    one.append(event(1))
    other.append(event(2))
    one.checkpoint()
    with pytest.raises(AuditError) as caught:
        other.checkpoint()
    assert caught.value.code == "anchor-conflict"
