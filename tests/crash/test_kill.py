"""kill -9 in the middle of three writers: nothing acknowledged is lost, nothing is there twice."""

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from glassledger.audit.entry import Entry
from glassledger.audit.log import Log
from glassledger.audit.signer import Signer
from glassledger.audit.verify import verify

SIGNER = Signer.from_seed(bytes(range(32)), "bank.example/log")
WORKER = """
import itertools, os, sys
from glassledger.audit import store_sqlite
from glassledger.audit.budget import BudgetAct
from glassledger.audit.entry import Entry
from glassledger.audit.log import Log
from glassledger.audit.signer import Signer

folder, name = sys.argv[1], sys.argv[2]
store_sqlite._LONG_WAL = 100_000
acks = os.open(sys.argv[3], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
signer = Signer.from_seed(bytes(range(32)), "bank.example/log")
for session in itertools.count():
    with Log.open(folder, signer=signer) as log:
        for number in range(8):
            mine = [f"{name}-{session}-{number}-{n}" for n in range(5 if number == 3 else 1)]
            entries = [Entry.build("note.made", actor="ops", body={"id": one}) for one in mine]
            if number == 5:
                act = BudgetAct("spend", "bank", 1, 0, mine[0])
                entry = Entry.build("budget.spent", actor="ops", body={"id": mine[0], "budget": act.to_body()})
                places = [log.spend(entry, scope="bank", nano_epsilon=1, pico_delta=0, key=mine[0])]
            else:
                places = log.append_many(entries)
            os.write(acks, "".join(f"{p.index} {one}\\n" for p, one in zip(places, mine)).encode())
        log.checkpoint()
"""


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    part = {"act": "open", "scope": "bank", "nano_epsilon": 10**9, "pico_delta": 0, "key": ""}
    with Log.create(folder, origin=SIGNER.name, signer=SIGNER) as log:
        opening = Entry.build("budget.opened", actor="ops", body={"budget": part})
        log.open_budget(opening, scope="bank", nano_epsilon=10**9, pico_delta=0)
    return folder


def _killed_rounds(work: Path, tmp_path: Path, rounds: int) -> list[float]:
    rng, acks, reopened = random.Random(rounds), tmp_path / "acks", []
    for number in range(rounds):
        writers = [
            subprocess.Popen([sys.executable, "-c", WORKER, str(work), f"{number}.{writer}", str(acks)])
            for writer in range(3)
        ]
        size = acks.stat().st_size if acks.exists() else 0
        deadline = time.monotonic() + 60
        while (not acks.exists() or acks.stat().st_size == size) and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(rng.uniform(0.02, 0.4))
        for writer in writers:
            writer.send_signal(signal.SIGKILL)
        assert [writer.wait(timeout=60) for writer in writers] == [-signal.SIGKILL] * 3
        verify(work)
        start = time.perf_counter()
        log = Log.open(work, signer=SIGNER)
        _ = log.size
        reopened.append(time.perf_counter() - start)
        log.close()
        _check(work, acks)
    return reopened


def _check(work: Path, acks: Path) -> None:
    acked = dict(line.split() for line in acks.read_text().splitlines() if line.count(" ") == 1)
    with Log.open(work) as log:
        ids = [entry.body.get("id") for entry in log.entries()]
        balance = log.budget("bank")
        spends = sum(entry.budget is not None for entry in log.entries()) - 1
    assert {index: name for index, name in acked.items() if ids[int(index)] != name} == {}
    assert [name for name, count in Counter(ids).items() if name and count > 1] == []
    assert balance is not None
    assert balance.spent_nano_epsilon == spends


def test_killed_writers_lose_nothing(work: Path, tmp_path: Path) -> None:
    _killed_rounds(work, tmp_path, 3)


@pytest.mark.slow
def test_killed_writers_lose_nothing_in_a_hundred_rounds(work: Path, tmp_path: Path) -> None:
    reopened = sorted(_killed_rounds(work, tmp_path, 100))
    print(f"reopened in {reopened[50] * 1e3:.2f} ms (median), {reopened[-1] * 1e3:.2f} ms (slowest)")
    assert reopened[50] < 0.1
