"""Change a log's key, from every auditor's point of view; leave a log whose key was stolen."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from glassledger.audit.anchor import FileAnchor
from glassledger.audit.checkpoint import Checkpoint
from glassledger.audit.entry import Entry
from glassledger.audit.keychain import CONFIRMED, ROTATED
from glassledger.audit.log import Log
from glassledger.audit.note import Note
from glassledger.audit.rotation import rotate_key, succeed
from glassledger.audit.shelf import Shelf
from glassledger.audit.signer import Signer
from glassledger.audit.verify import VerifiedLog, verify
from glassledger.errors import AuditError, UsageError

ORIGIN = "bank.example/log"
SECOND, THIRD, THIEF = (Signer.from_seed(bytes([n] * 32), ORIGIN) for n in (2, 3, 66))
Event = Callable[..., Entry]


def _rotate(place: Any, old: Signer, new: Signer, **more: Any) -> None:
    rotate_key(place, old=old, new=new, actor="ops", reason="yearly", **more)


@pytest.fixture
def place(place: str, signer: Signer, event: Event) -> str:
    """A log with two rotations, and entries in each period."""
    Log.create(place, origin=ORIGIN, signer=signer).close()
    for number, key in enumerate((signer, SECOND, THIRD)):
        if number:
            _rotate(place, (signer, SECOND)[number - 1], key)
        with Log.open(place, signer=key) as log:
            log.append_many([event(n) for n in range(3)])
    return place


@pytest.mark.parametrize("given", [None, 0, 1, 2])
def test_every_key_that_an_auditor_may_have_leads_to_the_log(
    given: int | None, place: str, check: Callable[..., VerifiedLog], signer: Signer, tmp_path: Path
) -> None:
    vkey = None if given is None else (signer, SECOND, THIRD)[given].vkey
    found = check(vkey=vkey)
    assert (found.size, found.rotations, found.key_given) == (13, 2, given is not None)
    with Log.open(place, signer=THIRD) as log:
        log.publish(tmp_path / "site")
    if vkey:
        assert verify(tmp_path / "site", vkey=vkey).rotations == 2
        policy = f"log {vkey}\nquorum none\n".encode()
        assert check(policy=policy).key_given


def test_a_key_that_was_never_its_own_is_refused(place: str, check: Callable[..., VerifiedLog], tmp_path: Path) -> None:
    with Log.open(place, signer=THIRD) as log:
        log.publish(tmp_path / "site")
    for act in (lambda: check(vkey=THIEF.vkey), lambda: verify(tmp_path / "site", vkey=THIEF.vkey)):
        with pytest.raises(AuditError) as caught:
            act()
        assert caught.value.code == "key-mismatch"


def test_old_checkpoints_count_up_to_the_retirement_of_their_key(
    place: str, check: Callable[..., VerifiedLog], signer: Signer
) -> None:
    with Log.open(place, signer=THIRD) as log:
        hashes, head = log.reader(), log.head()
        old = Checkpoint(ORIGIN, 3, _root(log, 3))
        new = Checkpoint(ORIGIN, head.size, head.root)
    assert hashes
    assert check(since=signer.note(old.text())).size == 13
    for key in (signer, SECOND):
        with pytest.raises(AuditError) as caught:
            check(since=key.note(new.text()))
        assert caught.value.code == "key-retired"
    with pytest.raises(AuditError) as caught:
        check(since=THIEF.note(old.text()))
    assert caught.value.code == "note-unsigned"


def _root(log: Log, size: int) -> bytes:
    from glassledger.audit.store import SubtreeCache
    from glassledger.audit.tree import root_at

    return root_at(size, SubtreeCache.over(log.reader()))


def test_the_old_key_opens_it_no_more_and_no_writer_signs_with_it(tmp_path: Path, signer: Signer, event: Event) -> None:
    work = tmp_path / "w"
    Log.create(work, origin=ORIGIN, signer=signer).close()
    writer = Log.open(work, signer=signer)
    writer.append(event(1))
    _rotate(work, signer, SECOND)
    writer.append(event(2))
    for act in (writer.checkpoint, writer.close):
        with pytest.raises(AuditError) as caught:
            act()
        assert caught.value.code == "key-replaced"
    with pytest.raises(AuditError) as caught:
        Log.open(work, signer=signer)
    assert caught.value.code == "key-mismatch"
    Log.open(work, signer=SECOND).close()
    found = verify(work, vkey=signer.vkey)
    assert (found.size, found.seal) == (4, "intact")


def test_the_anchor_goes_along(tmp_path: Path, signer: Signer, event: Event) -> None:
    work, anchor = tmp_path / "w", FileAnchor(tmp_path / "anchor", log_folder=tmp_path / "w")
    with Log.create(work, origin=ORIGIN, signer=signer) as log:
        log.append(event(1))
    Log.open(work, signer=signer, anchor=anchor).close()
    _rotate(work, signer, SECOND, anchor=anchor)
    with Log.open(work, signer=SECOND, anchor=anchor) as log:
        log.append(event(1))
    assert verify(work, since=(tmp_path / "anchor").read_bytes()).size == 4


@pytest.mark.parametrize("moment", ["announce", "entries", "hand_over", "vkey"])
def test_a_rotation_that_was_cut_off_is_finished_by_repeating_it(
    moment: str, place: str, check: Callable[..., VerifiedLog], signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    fourth = Signer.from_seed(bytes([4] * 32), ORIGIN)

    def cut(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        if moment == "announce":
            patch.setattr(Log, "transact", cut)
        elif moment == "entries":
            patch.setattr(Shelf, "hand_over", cut)
        else:
            after = 0 if moment == "hand_over" else 1
            written: list[str] = []
            from glassledger.audit.folder import FolderDrawer
            from glassledger.audit.store_postgres import PostgresDrawer

            drawer = PostgresDrawer if place.startswith("postgresql") else FolderDrawer
            real = drawer.write

            def write(self: Any, name: str, data: bytes) -> None:
                if name in ("checkpoint", "log.vkey"):
                    written.append(name)
                    if len(written) > after:
                        raise KeyboardInterrupt
                real(self, name, data)

            patch.setattr(drawer, "write", write)
        with pytest.raises(KeyboardInterrupt):
            _rotate(place, THIRD, fourth)
    for key in (THIRD, fourth):
        with pytest.raises(AuditError):
            Log.open(place, signer=key)
    with pytest.raises(AuditError) as caught:
        _rotate(place, THIRD, THIEF)
    assert caught.value.code == "rotation-unfinished"
    _rotate(place, THIRD, fourth)
    found = check(vkey=signer.vkey)
    assert (found.size, found.rotations) == (15, 3)


def test_keys_that_do_not_fit_change_nothing(place: str, check: Callable[..., VerifiedLog], signer: Signer) -> None:
    for old, new in (
        (THIRD, THIRD),
        (THIRD, Signer.from_seed(bytes(32), "other.example/log")),
        (signer, THIEF),
        (THIEF, SECOND),
    ):
        with pytest.raises(UsageError) as caught:
            _rotate(place, old, new)
        assert caught.value.code == "rotation-key"
    assert check().size == 13


def _forged(work: Path, signer: Signer, forge: Callable[[Log], tuple[Entry, Entry]]) -> None:
    """A log taken over by somebody who can write the folder and does not have the old key."""
    with Log.create(work, origin=ORIGIN, signer=signer) as log:
        log.append(Entry.build("note.made", actor="ops"))
    with Log.open(work) as log:
        for entry in forge(log):
            log.transact(lambda staging, entry=entry: staging.append(entry))
        head = log.head()
    (work / "checkpoint").write_bytes(THIEF.note(Checkpoint(ORIGIN, head.size, head.root).text()))
    (work / "log.vkey").write_text(THIEF.vkey + "\n")
    (work / "log.seal").unlink()


def _claim(log: Log, signer: Signer, *, note: Callable[[Log, str], Note]) -> tuple[Entry, Entry]:
    first = Entry.build(ROTATED, actor="x", body={"old": signer.vkey, "new": THIEF.vkey, "reason": "x"})
    log.transact(lambda staging: staging.append(first))
    head = log.head()
    made = note(log, Checkpoint(ORIGIN, head.size, head.root).text())
    return (Entry.build(CONFIRMED, actor="x", body={"checkpoint": made.to_bytes().decode()}),)  # type: ignore[return-value]


def test_nobody_takes_a_log_over_without_the_old_key(tmp_path: Path, signer: Signer) -> None:
    def older(log: Log, _: str) -> Note:
        """The old key's true signature, over the tree before the thief's key was named."""
        text = Checkpoint(ORIGIN, 1, _root(log, 1)).text()
        return Note(text, (signer.signature(text), THIEF.signature(text)))

    forgeries: dict[str, Callable[[Log, str], Note]] = {
        "alone": lambda _, text: Note(text, (THIEF.signature(text),)),
        "with an older signature": older,
        "with a signature moved": lambda log, text: Note(text, (older(log, text).signatures[0], THIEF.signature(text))),
    }
    for name, note in forgeries.items():
        work = tmp_path / name
        _forged(work, signer, lambda log, note=note: _claim(log, signer, note=note))
        for vkey in (signer.vkey, None):
            with pytest.raises(AuditError) as caught:
                verify(work, vkey=vkey)
            assert caught.value.code == "key-handover-invalid", name
            assert caught.value.facts["index"] == 2


def test_a_name_without_a_confirmation_is_refused(tmp_path: Path, signer: Signer) -> None:
    rotated = Entry.build(ROTATED, actor="x", body={"old": signer.vkey, "new": THIEF.vkey, "reason": "x"})
    _forged(tmp_path / "a", signer, lambda _: (rotated, Entry.build("note.made", actor="x")))
    confirmed = Entry.build(CONFIRMED, actor="x", body={"checkpoint": "x"})
    _forged(tmp_path / "b", signer, lambda _: (confirmed, confirmed))
    for name in "ab":
        with pytest.raises(AuditError) as caught:
            verify(tmp_path / name)
        assert caught.value.code == "key-handover-invalid"


def test_a_successor_begins_where_the_old_log_can_still_be_trusted(
    tmp_path: Path, signer: Signer, event: Event, budgeted: Callable[..., Entry]
) -> None:
    work, heir = tmp_path / "work", Signer.from_seed(bytes([7] * 32), ORIGIN + "/v2")
    with Log.create(work, origin=ORIGIN, signer=signer) as log:
        for scope in ("bank", "shop"):
            log.open_budget(budgeted("open", scope, nano=10), scope=scope, nano_epsilon=10, pico_delta=0)
        log.spend(budgeted("spend", nano=4, key="k"), scope="bank", nano_epsilon=4, pico_delta=0, key="k")
        trusted = log.checkpoint()
    left = succeed(work, tmp_path / "heir", signer=heir, actor="ops", reason="stolen")
    assert left.size == 3
    found = verify(tmp_path / "heir", vkey=heir.vkey)
    assert {b.scope: (b.cap_nano_epsilon, b.spent_nano_epsilon) for b in found.budgets} == {
        "bank": (10, 4),
        "shop": (10, 0),
    }
    assert [(f.code, f.index) for f in found.findings] == [("log-succeeds", 0)]
    assert left.root.hex() in found.findings[0].message

    with Log.open(work, signer=signer) as log:
        log.append(event(1))
    succeed(work, tmp_path / "later", signer=heir, actor="ops", reason="stolen", last=trusted)
    frozen = verify(tmp_path / "later")
    assert [b.spent_nano_epsilon for b in frozen.budgets] == [10, 10], "who knows what was spent after it"
    with pytest.raises(UsageError) as caught:
        succeed(work, tmp_path / "same", signer=signer, actor="ops", reason="stolen")
    assert caught.value.code == "succession-name"
    other = Log.create(tmp_path / "other", origin=ORIGIN, signer=signer)
    other.append(event(9))
    with pytest.raises(AuditError) as refused:
        succeed(work, tmp_path / "fork", signer=heir, actor="ops", reason="stolen", last=other.checkpoint())
    assert refused.value.code == "log-forked-history"
    other.close()


def test_the_commands(tmp_path: Path, signer: Signer, event: Event) -> None:
    from click.testing import CliRunner

    from glassledger.cli import cli

    work = tmp_path / "bank"
    (work / "keys").mkdir(parents=True)
    first = Signer.create(work / "keys" / "log.key", ORIGIN)
    with Log.create(work, origin=ORIGIN, signer=first) as log:
        log.append(event(1))
    arguments = ["log", "rotate-key", "-w", str(work), "--actor", "ops", "--reason", "yearly"]
    for number in (1, 2):
        done = CliRunner().invoke(cli, arguments)
        assert done.exit_code == 0, done.output
        assert (work / "keys" / f"log.key.retired.{number}").exists()
    assert verify(work, vkey=first.vkey).rotations == 2
    assert (work / "keys" / "log.key").stat().st_mode & 0o077 == 0
    done = CliRunner().invoke(
        cli,
        f"log succeed {tmp_path}/v2 -w {work} --origin {ORIGIN}/v2 --actor ops --reason stolen".split(),
    )
    assert done.exit_code == 0, done.output
    assert verify(tmp_path / "v2", vkey=done.output.strip().split("\n")[-1]).size == 1
