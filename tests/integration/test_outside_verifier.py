"""Someone else's program, built from Debian's packages, accepts a published log and refuses six tamperings."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from glassledger.audit.entry import Entry
from glassledger.audit.log import Log
from glassledger.audit.signer import Signer

SOURCE = Path(__file__).parent / "outside_verifier" / "main.go"
PACKAGES = Path("/usr/share/gocode")
SIGNER = Signer.from_seed(bytes(range(32)), "bank.example/log")

Verifier = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Verifier:
    """The verifier, compiled."""
    if shutil.which("go") is None or not (PACKAGES / "src/golang.org/x/mod/sumdb").is_dir():
        pytest.skip("Go is not here: apt-get install golang-go golang-golang-x-mod-dev")
    scratch = tmp_path_factory.mktemp("go")
    environment = os.environ | {"GO111MODULE": "off", "GOPATH": str(PACKAGES), "GOCACHE": str(scratch / "cache")}
    build = ["go", "build", "-o", str(scratch / "verifier"), str(SOURCE)]
    subprocess.run(build, check=True, env=environment, capture_output=True)
    return lambda *arguments: subprocess.run(
        [scratch / "verifier", *map(str, arguments)], capture_output=True, text=True, check=False
    )


def _log(folder: Path, count: int) -> Log:
    log = Log.create(folder, origin=SIGNER.name, signer=SIGNER)
    for start in range(0, count, 10_000):
        batch = range(start, min(start + 10_000, count))
        entries = [
            Entry.build("note.made", actor="ops", time="2026-11-22T09:00:00Z", body={"n": n, "größe": 1.5})
            for n in batch
        ]
        log.append_many(entries)
    return log


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published log of 3,000 entries, with an older checkpoint, a proof and its entry beside it."""
    folder = tmp_path_factory.mktemp("site")
    with _log(folder / "work", 1_700) as log:
        (folder / "older").write_bytes(log.checkpoint())
        log.append_many([Entry.build("note.made", actor="ops", body={"n": n}) for n in range(1_300)])
        log.publish(folder / "tree")
        (folder / "proof").write_bytes(log.proof(1_234).to_bytes())
        (folder / "entry").write_bytes(log.entry(1_234).to_bytes())
    return folder


def test_it_accepts_the_tree_the_proof_and_the_older_head(outside: Verifier, site: Path) -> None:
    tree = outside("tree", site / "tree", SIGNER.vkey, site / "older")
    proof = outside("proof", site / "proof", site / "entry", SIGNER.vkey)
    assert (tree.returncode, tree.stdout[:22]) == (0, "OK 3000 entries, 13 ti")
    assert (proof.returncode, proof.stdout) == (0, "OK entry 1234 of 3000\n")


@pytest.mark.parametrize("size", [1, 255, 256, 257, 512])
def test_it_accepts_trees_at_the_edges_of_tiles(outside: Verifier, tmp_path: Path, size: int) -> None:
    with _log(tmp_path / "work", size) as log:
        log.publish(tmp_path / "tree")
    result = outside("tree", tmp_path / "tree", SIGNER.vkey)
    assert result.stdout.startswith(f"OK {size} entries"), result.stdout


def _flip(path: Path, at: int) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])


def _swap(tree: Path) -> None:
    one, other = tree / "tile/entries/001", tree / "tile/entries/002"
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)


TAMPERINGS: dict[str, Callable[[Path], object]] = {
    "a bit of an entry": lambda tree: _flip(tree / "tile/entries/003", 500),
    "a bit of a leaf tile": lambda tree: _flip(tree / "tile/0/004", 77),
    "a bit of an upper tile": lambda tree: _flip(tree / "tile/1/000.p/11", 5),
    "a cut bundle": lambda tree: os.truncate(tree / "tile/entries/002", 900),
    "an edited size": lambda tree: (tree / "checkpoint").write_bytes(
        (tree / "checkpoint").read_bytes().replace(b"\n3000\n", b"\n2999\n")
    ),
    "two bundles swapped": _swap,
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_it_refuses_a_tampering(outside: Verifier, site: Path, tmp_path: Path, name: str) -> None:
    tree = Path(shutil.copytree(site / "tree", tmp_path / "tree"))
    TAMPERINGS[name](tree)
    result = outside("tree", tree, SIGNER.vkey)
    assert (result.returncode, result.stdout[:8]) == (1, "REFUSED:")


def test_it_refuses_other_keys_entries_and_histories(outside: Verifier, site: Path, tmp_path: Path) -> None:
    other = Signer.from_seed(bytes(32), SIGNER.name)
    with Log.create(tmp_path / "work", origin=SIGNER.name, signer=SIGNER) as twin:
        twin.append(Entry.build("note.made", actor="ops", body={"n": "another history"}))
        (tmp_path / "twin").write_bytes(twin.checkpoint())
    (tmp_path / "entry").write_bytes((site / "entry").read_bytes() + b" ")
    for arguments in (
        ("tree", site / "tree", other.vkey),
        ("tree", site / "tree", SIGNER.vkey, tmp_path / "twin"),
        ("proof", site / "proof", tmp_path / "entry", SIGNER.vkey),
        ("proof", site / "proof", site / "entry", other.vkey),
    ):
        assert outside(*arguments).returncode == 1


@pytest.mark.slow
def test_it_accepts_seventy_thousand_entries(outside: Verifier, tmp_path: Path) -> None:
    with _log(tmp_path / "work", 70_000) as log:
        log.publish(tmp_path / "tree")
        proof = log.proof(69_999).to_bytes()
    result = outside("tree", tmp_path / "tree", SIGNER.vkey)
    assert result.stdout.startswith("OK 70000 entries, 277 tiles"), result.stdout
    assert len(proof) < 1_300
