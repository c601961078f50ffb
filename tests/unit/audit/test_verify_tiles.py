"""Verifying a published tree."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from glassledger.audit.budget import Balance
from glassledger.audit.entry import Entry
from glassledger.audit.log import Log
from glassledger.audit.signer import Signer
from glassledger.audit.verify import verify
from glassledger.errors import AuditError, UsageError

SIGNER = Signer.from_seed(bytes(range(32)), "bank.example/log")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree of 700 entries and an older checkpoint beside it."""
    folder = tmp_path_factory.mktemp("site")
    part = {"act": "open", "scope": "bank", "nano_epsilon": 7, "pico_delta": 0, "key": ""}
    with Log.create(folder / "work", origin=SIGNER.name, signer=SIGNER) as log:
        opening = Entry.build("budget.opened", actor="ops", body={"budget": part})
        log.open_budget(opening, scope="bank", nano_epsilon=7, pico_delta=0)
        log.append(Entry.build("fit.intent", actor="ops"))
        (folder / "older").write_bytes(log.checkpoint())
        log.append_many([Entry.build("note.made", actor="ops", body={"n": n}) for n in range(698)])
        log.publish(folder / "tree")
    return folder


@pytest.fixture
def tree(site: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(site / "tree", tmp_path / "tree"))


def test_a_whole_tree_verifies(tree: Path, site: Path) -> None:
    log = verify(tree, vkey=SIGNER.vkey, since=(site / "older").read_bytes())
    assert (log.size, log.signed, log.seal, log.key_given) == (700, 700, "none", True)
    assert log.root == verify(site / "work").root
    assert log.budgets == (Balance("bank", 7, 0),)
    assert [finding.code for finding in log.findings] == ["intent-unfinished"]


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 512])
def test_trees_at_the_edges_of_tiles_verify(tmp_path: Path, size: int) -> None:
    with Log.create(tmp_path / "work", origin=SIGNER.name, signer=SIGNER) as log:
        log.append_many([Entry.build("note.made", actor="ops", body={"n": n}) for n in range(size)])
        log.publish(tmp_path / "tree")
        (tmp_path / "tree" / "tile").mkdir(exist_ok=True)
    assert verify(tmp_path / "tree", vkey=SIGNER.vkey).size == size


def test_a_tree_does_not_vouch_for_itself(tree: Path) -> None:
    with pytest.raises(UsageError) as caught:
        verify(tree)
    assert caught.value.code == "vkey-missing"
    with pytest.raises(AuditError):
        verify(tree, vkey=Signer.from_seed(bytes(32), SIGNER.name).vkey)


def _flip(path: Path, at: int) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])


def _swap(tree: Path) -> None:
    one, other = tree / "tile/entries/000", tree / "tile/entries/001"
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)


@pytest.mark.parametrize(
    ("tamper", "code", "index"),
    [
        (lambda tree: _flip(tree / "tile/entries/001", 40), "entry-changed", 256),
        (lambda tree: _flip(tree / "tile/entries/000", 1), "tile-malformed", None),
        (lambda tree: _flip(tree / "tile/0/002.p/188", 5 * 32), "entry-changed", 517),
        (lambda tree: _flip(tree / "tile/1/000.p/2", 33), "tile-differs", 256),
        (lambda tree: os.truncate(tree / "tile/entries/002.p/188", 90), "tile-malformed", None),
        (lambda tree: os.truncate(tree / "tile/0/001", 90), "tile-malformed", None),
        (lambda tree: (tree / "tile/1/000.p/2").unlink(), "tile-malformed", None),
        (lambda tree: (tree / "tile/entries/000").unlink(), "tile-malformed", None),
        (_swap, "entry-changed", 0),
        (lambda tree: _flip(tree / "checkpoint", 24), "signature-invalid", None),
        (lambda tree: (tree / "checkpoint").unlink(), "log-unreadable", None),
    ],
)
def test_tamperings_are_named(tree: Path, tamper: Callable[[Path], object], code: str, index: int | None) -> None:
    tamper(tree)
    with pytest.raises(AuditError) as caught:
        verify(tree, vkey=SIGNER.vkey)
    assert (caught.value.code, caught.value.facts.get("index")) == (code, index)


def test_another_history_is_found_by_a_kept_checkpoint(tree: Path, tmp_path: Path) -> None:
    with Log.create(tmp_path / "twin", origin=SIGNER.name, signer=SIGNER) as twin:
        twin.append(Entry.build("note.made", actor="ops"))
        other = twin.checkpoint()
        twin.append_many([Entry.build("note.made", actor="ops") for _ in range(900)])
        longer = twin.checkpoint()
    for kept, code in ((other, "log-forked-history"), (longer, "log-rolled-back")):
        with pytest.raises(AuditError) as caught:
            verify(tree, vkey=SIGNER.vkey, since=kept)
        assert caught.value.code == code
