"""Bytes of a small closed log, flipped one at a time: all of the small files, a regular sample of the database."""

import random
from pathlib import Path

import pytest

from glassledger.audit.entry import Entry
from glassledger.audit.log import Log
from glassledger.audit.signer import Signer
from glassledger.audit.verify import verify
from glassledger.errors import AuditError

SIGNER = Signer.from_seed(bytes(range(32)), "bank.example/log")


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    part = {"act": "open", "scope": "bank", "nano_epsilon": 5, "pico_delta": 0, "key": ""}
    with Log.create(folder, origin=SIGNER.name, signer=SIGNER) as log:
        opening = Entry.build("budget.opened", actor="ops", body={"budget": part})
        log.open_budget(opening, scope="bank", nano_epsilon=5, pico_delta=0)
        log.append(Entry.build("fit.intent", actor="ops"))
        log.append_many([Entry.build("note.made", actor="ops", body={"n": n}) for n in range(10)])
    return folder


def _missed(work: Path, name: str, step: int) -> list[int]:
    path, missed = work / name, []
    data = path.read_bytes()
    for at in range(0, len(data), step):
        path.write_bytes(data[:at] + bytes([data[at] ^ (1 << at % 8)]) + data[at + 1 :])
        try:
            verify(work)
            missed.append(at)
        except AuditError:
            pass
    path.write_bytes(data)
    return missed


@pytest.mark.parametrize("name", ["checkpoint", "log.seal", "log.vkey"])
def test_every_byte_of_the_small_files_counts(work: Path, name: str) -> None:
    assert _missed(work, name, 1) == []


@pytest.mark.parametrize("step", [197, pytest.param(11, marks=pytest.mark.slow)])
def test_every_byte_of_the_database_counts(work: Path, step: int) -> None:
    assert _missed(work, "log.db", step) == []


def test_without_a_seal_no_flip_changes_what_is_read(work: Path) -> None:
    """The logical check alone: a flip is refused, or it changed nothing that anyone reads."""
    (work / "log.seal").unlink()
    whole, path = verify(work), work / "log.db"
    data, refused, harmless = path.read_bytes(), 0, 0
    for at in range(0, len(data), 127):
        path.write_bytes(data[:at] + bytes([data[at] ^ (1 << at % 8)]) + data[at + 1 :])
        try:
            found = verify(work)
        except AuditError:
            refused += 1
            continue
        harmless += 1
        assert (found.size, found.root, found.budgets) == (whole.size, whole.root, whole.budgets)
    assert refused > 20
    assert harmless > 0, "unused bytes are what only the seal protects"


@pytest.mark.parametrize("flips", [60, pytest.param(1_000, marks=pytest.mark.slow)])
def test_flips_at_random_places_of_a_published_tree_are_found(work: Path, tmp_path: Path, flips: int) -> None:
    with Log.open(work, signer=SIGNER) as log:
        log.append_many([Entry.build("note.made", actor="ops", body={"n": n}) for n in range(600)])
        log.publish(tmp_path / "site")
    rng, missed = random.Random(flips), []
    paths = sorted(path for path in (tmp_path / "site").rglob("*") if path.is_file())
    sizes = [path.stat().st_size for path in paths]
    assert len(paths) == 8
    for path in rng.choices(paths, weights=[size**0.5 for size in sizes], k=flips):
        data = path.read_bytes()
        at, bit = rng.randrange(len(data)), 1 << rng.randrange(8)
        path.write_bytes(data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :])
        try:
            verify(tmp_path / "site", vkey=SIGNER.vkey)
            missed.append((path.name, at))
        except AuditError:
            pass
        path.write_bytes(data)
    assert missed == []
    assert verify(tmp_path / "site", vkey=SIGNER.vkey).size == 612
