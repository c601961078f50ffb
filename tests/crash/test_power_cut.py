"""Cut the power at any moment: what was acknowledged is there, nothing is there twice, and the rest is honest.

A worker runs under strace, on the stock SQLite. Its system calls are replayed into a model of a disk in which
everything that was not yet synced survives sector by sector at random, files that were made or renamed without a sync
of their folder included. The control runs the same worker without syncs and must lose entries: it shows that the test
can fail.
"""

import itertools
import random
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from glassledger.audit.entry import Entry
from glassledger.audit.log import Log
from glassledger.audit.signer import Signer
from glassledger.audit.verify import verify
from glassledger.errors import AuditError

SIGNER = Signer.from_seed(bytes(range(32)), "bank.example/log")
SECTOR = 512
WORKER = """
import os, sys
from glassledger.audit import store_sqlite
from glassledger.audit.budget import BudgetAct
from glassledger.audit.entry import Entry
from glassledger.audit.log import Log
from glassledger.audit.signer import Signer

folder, careless = sys.argv[1], sys.argv[2] == "careless"
store_sqlite._LONG_WAL = 60_000
if careless:
    careful = store_sqlite.SqliteStore._new_connection
    def careless_connection(self, mode):
        connection = careful(self, mode)
        connection.execute("PRAGMA synchronous = OFF")
        return connection
    store_sqlite.SqliteStore._new_connection = careless_connection
acks = os.open(os.path.join(folder, "acks"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
signer, numbers = Signer.from_seed(bytes(range(32)), "bank.example/log"), iter(range(10_000))

def note(size=30):
    return Entry.build("note.made", actor="ops", body={"id": next(numbers), "pad": "x" * size})

def ack(*entries):
    for entry in entries:
        os.write(acks, b"%d\\n" % entry.body["id"])

for session in range(3):
    with Log.open(folder, signer=signer) as log:
        for step in range(6):
            entry = note(3000 if step == 4 else 30)
            log.append(entry)
            ack(entry)
        many = [note() for _ in range(20)]
        log.append_many(many)
        ack(*many)
        key, number = f"s{session}", next(numbers)
        act = BudgetAct("spend", "bank", 5, 0, key)
        entry = Entry.build("budget.spent", actor="ops", body={"id": number, "budget": act.to_body()})
        log.spend(entry, scope="bank", nano_epsilon=5, pico_delta=0, key=key)
        ack(entry)
        log.checkpoint()
"""
CALL = re.compile(r"^(\w+)\((.*)\)\s+= (-?\d+)")
HEX = re.compile(r"\\x([0-9a-f]{2})")


@dataclass
class Disk:
    """Files by name: what is on the platter, and writes that may or may not be."""

    names: dict[str, int] = field(default_factory=dict)
    durable: dict[int, bytes] = field(default_factory=dict)
    pending: dict[int, list[tuple[int, bytes | None]]] = field(default_factory=dict)
    renames: list[tuple[str, str | None, int]] = field(default_factory=list)
    live: dict[str, int] = field(default_factory=dict)
    ids: "itertools.count[int]" = field(default_factory=itertools.count)

    def make(self, name: str) -> None:
        if name not in self.live:
            inode = next(self.ids)
            self.live[name], self.durable[inode], self.pending[inode] = inode, b"", []
            self.renames.append(("link", name, inode))

    def write(self, name: str, at: int, data: bytes | None) -> None:
        self.pending[self.live[name]].append((at, data))

    def sync(self, name: str) -> None:
        inode = self.live[name]
        self.durable[inode] = _settled(self.durable[inode], self.pending[inode], None)
        self.pending[inode] = []

    def sync_folder(self) -> None:
        _relink(self.names, self.renames)
        self.renames = []

    def rename(self, old: str, new: str) -> None:
        inode = self.live.pop(old)
        self.live[new] = inode
        self.renames += [("unlink", old, inode), ("link", new, inode)]

    def unlink(self, name: str) -> None:
        self.renames.append(("unlink", name, self.live.pop(name)))

    def after_a_cut(self, rng: random.Random) -> dict[str, bytes]:
        """One of the states in which the power cut may leave the disk."""
        names = dict(self.names)
        _relink(names, self.renames[: rng.randint(0, len(self.renames))])
        return {name: _settled(self.durable[i], self.pending[i], rng) for name, i in names.items()}


def _relink(names: dict[str, int], steps: list[tuple[str, str | None, int]]) -> None:
    for act, name, inode in steps:
        assert name is not None
        if act == "link":
            names[name] = inode
        else:
            names.pop(name, None)


def _settled(content: bytes, writes: list[tuple[int, bytes | None]], rng: random.Random | None) -> bytes:
    """Apply writes, all of them or each sector at random; data None is a truncation."""
    out = bytearray(content)
    for at, data in writes:
        if data is None:
            if rng is None or rng.random() < 0.5:
                out[at:] = bytes(max(0, at - len(out)))
            continue
        for start in range(at - at % SECTOR, at + len(data), SECTOR):
            if rng is None or rng.random() < 0.5:
                low, high = max(start, at), min(start + SECTOR, at + len(data))
                out.extend(bytes(max(0, high - len(out))))
                out[low:high] = data[low - at : high - at]
    return bytes(out)


Event = tuple[str, str, int, bytes]


def recorded(folder: Path, trace: Path, how: str) -> list[Event]:
    """Run the worker and return its writes to the folder: (call, name, offset, data)."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed: apt-get install strace")
    calls = "openat,write,pwrite64,ftruncate,fsync,fdatasync,rename,unlink"
    command = ["strace", "-y", "-xx", "-s", "100000", "-e", f"trace={calls}", "-o", str(trace)]
    run = subprocess.run(
        [*command, sys.executable, "-c", WORKER, str(folder), how], capture_output=True, text=True, check=False
    )
    if "ptrace" in run.stderr and run.returncode:
        pytest.skip("this machine does not let strace trace")
    assert run.returncode == 0, run.stderr
    return [event for line in trace.read_text().splitlines() for event in _event(line, str(folder))]


def _event(line: str, folder: str) -> list[Event]:
    found = CALL.match(line)
    if not found or int(found[3]) < 0 or folder.encode().hex() not in HEX.sub(r"\1", line):
        return []
    call, arguments = found[1], found[2]
    texts = [bytes.fromhex(HEX.sub(r"\1", text)) for text in re.findall(r'"((?:\\x[0-9a-f]{2})*)"', arguments)]
    place = re.match(r"\d+<((?:\\x[0-9a-f]{2})*)>", arguments)
    path = bytes.fromhex(HEX.sub(r"\1", place[1])).decode() if place else texts[0].decode()
    name = Path(path).name if path != folder else ""
    if name.endswith("-shm"):
        return []
    if call == "openat":
        return [("make", name, 0, b"")] if "O_CREAT" in arguments and Path(path).parent == Path(folder) else []
    if call == "rename":
        return [("rename", name, 0, Path(texts[1].decode()).name.encode())]
    numbers = [int(number) for number in re.findall(r", (\d+)", arguments)]
    if call == "pwrite64":
        return [("write", name, numbers[-1], texts[0])]
    if call == "write":
        return [("append", name, 0, texts[0])]
    if call == "ftruncate":
        return [("truncate", name, numbers[-1], b"")]
    return [("sync" if "sync" in call else call, name, 0, b"")]


class Replay:
    """Feeds events into a disk and remembers what was acknowledged."""

    def __init__(self, start: Path) -> None:
        self.disk, self.acked, self._ends = Disk(), [], Counter[str]()
        for path in start.iterdir():
            self.disk.make(path.name)
            self.disk.write(path.name, 0, path.read_bytes())
            self.disk.sync(path.name)
        self.disk.sync_folder()

    def feed(self, event: Event) -> None:
        call, name, at, data = event
        if name == "acks":
            self.acked += [int(number) for number in data.split()]
        elif call == "make":
            self.disk.make(name)
        elif call == "write":
            self.disk.write(name, at, data)
        elif call == "append":
            self.disk.write(name, self._ends[name], data)
            self._ends[name] += len(data)
        elif call == "truncate":
            self.disk.write(name, at, None)
        elif call == "sync":
            self.disk.sync(name) if name else self.disk.sync_folder()
        elif call == "rename":
            self.disk.rename(name, data.decode())
        else:
            self.disk.unlink(name)


def cuts(start: Path, events: list[Event], states: int, scratch: Path, *, go_on: bool) -> Counter[str]:
    """Cut the power at ``states`` random moments and judge each state."""
    rng, verdicts = random.Random(20261122), Counter[str]()
    moments = sorted(rng.randrange(len(events)) for _ in range(states))
    replay, fed = Replay(start), 0
    for number, moment in enumerate(moments):
        while fed < moment:
            replay.feed(events[fed])
            fed += 1
        folder = scratch / str(number)
        folder.mkdir()
        for name, data in replay.disk.after_a_cut(rng).items():
            (folder / name).write_bytes(data)
        verdicts[_verdict(folder, replay.acked, go_on=go_on and number % 10 == 0)] += 1
        shutil.rmtree(folder)
    return verdicts


def _verdict(folder: Path, acked: list[int], *, go_on: bool) -> str:
    try:
        verify(folder)
        with Log.open(folder) as log:
            there = Counter(entry.body["id"] for entry in log.entries() if "id" in entry.body)
        if go_on:
            with Log.open(folder, signer=SIGNER) as log:
                log.append(Entry.build("note.made", actor="after"))
            assert verify(folder).seal == "intact"
    except AuditError as error:
        return f"not verified: {error.code}"
    if [number for number in acked if not there[number]]:
        return "lost what was acknowledged"
    return "twice" if any(count > 1 for count in there.values()) else "whole"


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The log before the worker: an open budget."""
    folder = tmp_path_factory.mktemp("power") / "start"
    part = {"act": "open", "scope": "bank", "nano_epsilon": 100, "pico_delta": 0, "key": ""}
    with Log.create(folder, origin=SIGNER.name, signer=SIGNER) as log:
        opening = Entry.build("budget.opened", actor="ops", body={"budget": part})
        log.open_budget(opening, scope="bank", nano_epsilon=100, pico_delta=0)
    return folder


def _run(start: Path, scratch: Path, how: str, states: int) -> Counter[str]:
    events = recorded(Path(shutil.copytree(start, scratch / "live")), scratch / "trace", how)
    return cuts(start, events, states, scratch, go_on=how == "careful")


def test_no_acknowledged_entry_is_lost(start: Path, tmp_path: Path) -> None:
    assert _run(start, tmp_path, "careful", 80) == {"whole": 80}


@pytest.mark.slow
def test_no_acknowledged_entry_is_lost_in_many_cuts(start: Path, tmp_path: Path) -> None:
    assert _run(start, tmp_path, "careful", 1_500) == {"whole": 1_500}


def test_the_control_without_syncs_loses_entries(start: Path, tmp_path: Path) -> None:
    verdicts = _run(start, tmp_path, "careless", 60)
    assert verdicts["lost what was acknowledged"] + sum(v for k, v in verdicts.items() if "not verified" in k) >= 20


def test_the_model_of_the_disk_keeps_what_was_synced_and_only_that() -> None:
    disk, rng = Disk(), random.Random(1)
    disk.make("a")
    disk.write("a", 0, b"x" * 1024)
    disk.sync("a")
    assert "a" not in disk.names
    disk.sync_folder()
    disk.write("a", 512, b"y" * 512)
    seen = {disk.after_a_cut(rng)["a"][512:513] for _ in range(50)}
    assert seen == {b"x", b"y"}
    assert {disk.after_a_cut(rng)["a"][:512] for _ in range(50)} == {b"x" * 512}
