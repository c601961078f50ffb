"""What the log costs, beside what the disk and the hash function cost, in one run.

The limit of a durable log is ``fdatasync``: rates are given as ratios to bare ``fdatasync`` of a 4 kB block on the same
disk, measured right before and after each figure (disks of shared machines change by the minute). Verification is given
as a ratio to hashing alone. Prints a Markdown table and writes ``benchmarks/results/bench_log.json``.

    python benchmarks/bench_log.py [--entries 1000000] [--folder DIR] [--postgres postgresql://…]

Every rate is the median of three runs by its ratio. ``cpu_us`` is this process's own work for an entry: on a disk whose
``fdatasync`` takes less than that, the disk is no longer the limit and the ratios fall.
"""

import argparse
import json
import os
import platform
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from glassledger.audit.budget import BudgetAct
from glassledger.audit.entry import Entry
from glassledger.audit.log import Log
from glassledger.audit.signer import Signer
from glassledger.audit.tree import Frontier, leaf_hash
from glassledger.audit.verify import verify

RESULTS = Path(__file__).parent / "results" / "bench_log.json"
SIGNER = Signer.from_seed(bytes(range(32)), "bench.example/log")
SECONDS = 2.0
ROUNDS = 3
PROCESS = """
import json, sys, time
from glassledger.audit.entry import Entry
from glassledger.audit.log import Log
entry, waits = Entry.build("note.made", actor="ops", body={"pad": "x" * 60}), []
with Log.open(sys.argv[1]) as log:
    print("ready", flush=True)
    sys.stdin.readline()
    end = time.perf_counter() + float(sys.argv[2])
    while time.perf_counter() < end:
        start = time.perf_counter()
        log.append(entry)
        waits.append(time.perf_counter() - start)
print(json.dumps(waits))
"""
SPENDER = """
import json, sys, time
from glassledger.audit.budget import BudgetAct
from glassledger.audit.entry import Entry
from glassledger.audit.log import Log
from glassledger.errors import PrivacyError
with Log.open(sys.argv[1]) as log:
    print("ready", flush=True)
    sys.stdin.readline()
    start, paid, refused = time.perf_counter(), 0, 0
    for number in range(200):
        act = BudgetAct("spend", "bank", 1, 0, f"{sys.argv[2]}-{number}")
        entry = Entry.build("budget.spent", actor="ops", body={"budget": act.to_body()})
        try:
            log.spend(entry, scope="bank", nano_epsilon=1, pico_delta=0, key=act.key)
            paid += 1
        except PrivacyError:
            refused += 1
    print(json.dumps([paid, refused, time.perf_counter() - start]))
"""


def entry(number: int) -> Entry:
    """An entry of about 190 bytes."""
    return Entry.build("note.made", actor="ops", time="2026-11-22T09:00:00Z", body={"n": number, "pad": "x" * 16})


def bare_syncs(folder: Path, seconds: float = 1.0) -> float:
    """``fdatasync`` of a 4 kB overwrite, a second."""
    handle = os.open(folder / "bare", os.O_RDWR | os.O_CREAT)
    os.pwrite(handle, bytes(4096), 0)
    os.fsync(handle)
    count, end = 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        os.pwrite(handle, os.urandom(64), 0)
        os.fdatasync(handle)
        count += 1
    os.close(handle)
    return count / seconds


def beside_the_disk(folder: Path, work: Callable[[], float]) -> dict[str, float]:
    """The median of three rates by its ratio to bare syncs right before and after."""
    return sorted((_once(folder, work) for _ in range(ROUNDS)), key=lambda figures: figures["ratio"])[ROUNDS // 2]


def _once(folder: Path, work: Callable[[], float]) -> dict[str, float]:
    before, cpu = bare_syncs(folder), time.process_time()
    rate = work()
    spent = time.process_time() - cpu
    disk = (before + bare_syncs(folder)) / 2
    figures = {"per_second": round(rate, 1), "fdatasync_per_second": round(disk, 1), "ratio": round(rate / disk, 2)}
    return figures | {"cpu_us": round(spent / (rate * SECONDS) * 1e6, 1)}


def singles(log: Log) -> float:
    """One caller, one entry a commit."""
    made, count = entry(0), 0
    end = time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        log.append(made)
        count += 1
    return count / SECONDS


def threads(log: Log, number: int) -> float:
    """Callers in threads of one process."""
    counts, end = [0] * number, time.perf_counter() + SECONDS

    def work(which: int) -> None:
        made = entry(which)
        while time.perf_counter() < end:
            log.append(made)
            counts[which] += 1

    running = [threading.Thread(target=work, args=(which,)) for which in range(number)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return sum(counts) / SECONDS


def batches(log: Log, size: int) -> float:
    """Entries that were made before, many a commit."""
    made, count = [entry(n) for n in range(size)], 0
    start = time.perf_counter()
    while time.perf_counter() < start + SECONDS:
        log.append_many(made)
        count += size
    return count / (time.perf_counter() - start)


def processes(folder: Path | str, script: str, number: int, *arguments: str) -> list[Any]:
    """Answers of several processes that start at the same moment."""
    running = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(folder), *(arguments or (str(which),))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for which in range(number)
    ]
    for child in running:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in running:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    return [json.loads(child.communicate()[0]) for child in running]


def eight(place: Path | str, home: Path) -> dict[str, float]:
    """Eight processes, one entry a commit: the rate, and fairness and slowest waits of the last run."""
    answers: list[list[float]] = []

    def work() -> float:
        answers[:] = processes(place, PROCESS, 8, str(SECONDS))
        return sum(map(len, answers)) / SECONDS

    figures = beside_the_disk(home, work)
    del figures["cpu_us"]
    waits = sorted(wait for answer in answers for wait in answer)
    counts = [len(answer) for answer in answers]
    p99 = waits[int(len(waits) * 0.99)]
    return figures | {
        "slowest_to_fastest": round(min(counts) / max(counts), 2),
        "p99_ms": round(p99 * 1e3, 1),
        "p99_in_syncs": round(p99 * figures["fdatasync_per_second"], 1),
    }


def spends(folder: Path) -> dict[str, float]:
    """Six processes that want 1,200 of a budget of 1,000."""
    opening = BudgetAct("open", "bank", 1_000, 0)
    with Log.open(folder, signer=SIGNER) as log:
        made = Entry.build("budget.opened", actor="ops", body={"budget": opening.to_body()})
        log.open_budget(made, scope="bank", nano_epsilon=1_000, pico_delta=0)
    answers = processes(folder, SPENDER, 6)
    paid, slowest = sum(answer[0] for answer in answers), max(answer[2] for answer in answers)
    return {"paid": paid, "refused": sum(answer[1] for answer in answers), "per_second": round(paid / slowest, 1)}


def hashing(data: list[bytes]) -> float:
    """Seconds of CPU to hash leaves and tree of these entries and nothing else."""
    start, edge = time.process_time(), Frontier()
    for one in data:
        edge.append(leaf_hash(one))
    edge.root()
    return time.process_time() - start


def large(folder: Path, count: int) -> dict[str, Any]:
    """A log of many entries: verify, prove, reopen."""
    with Log.create(folder, origin=SIGNER.name, signer=SIGNER) as log:
        for start in range(0, count, 10_000):
            log.append_many([entry(n) for n in range(start, min(start + 10_000, count))])
    sample = [entry(n).to_bytes() for n in range(min(count, 200_000))]
    figures: dict[str, Any] = {"entries": count, "bytes_per_entry": len(sample[-1])}
    scale, ratios = count / len(sample), []
    for _ in range(3):
        before, cpu, start = hashing(sample), time.process_time(), time.perf_counter()
        assert verify(folder).size == count
        spent, wall = time.process_time() - cpu, time.perf_counter() - start
        pure = (before + hashing(sample)) / 2 * scale
        ratios.append((spent / pure, pure, spent, wall))
    ratio, pure, spent, wall = sorted(ratios)[1]
    figures |= {"hashing_cpu_s": round(pure, 2), "verify_cpu_s": round(spent, 2), "verify_wall_s": round(wall, 2)}
    figures["verify_to_hashing"] = round(ratio, 2)
    proofs, sizes = [], []
    for index in range(0, count, max(1, count // 40)):
        with Log.open(folder) as log:
            start = time.perf_counter()
            path = log.inclusion_proof(index, size=count)
            proofs.append(time.perf_counter() - start)
            sizes.append(len(log.proof(index).to_bytes()))
            assert len(path) <= 64
    figures |= {"proof_cold_ms": round(statistics.median(proofs) * 1e3, 2), "proof_bytes": max(sizes)}
    return figures | {"reopen_after_kill_ms": _reopened(folder)}


def _reopened(folder: Path) -> float:
    """Milliseconds to open and read the head after kill -9 in the middle of writing."""
    times = []
    for _ in range(10):
        child = subprocess.Popen(
            [sys.executable, "-c", PROCESS, str(folder), "60"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
        time.sleep(0.8)
        child.kill()
        child.wait()
        start = time.perf_counter()
        log = Log.open(folder)
        log.head()
        times.append(time.perf_counter() - start)
        log.close()
    return round(statistics.median(times) * 1e3, 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, default=Path.cwd())
    parser.add_argument("--postgres", help="a database without a log, on the same disk")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as scratch:
        home = Path(scratch)
        figures: dict[str, Any] = {}
        with Log.create(home / "work", origin=SIGNER.name, signer=SIGNER) as log:
            figures["one by one"] = beside_the_disk(home, lambda: singles(log))
            for number in (4, 16, 64):
                figures[f"{number} threads"] = beside_the_disk(home, lambda number=number: threads(log, number))
            for size in (100, 1_000, 10_000):
                figures[f"append_many({size})"] = beside_the_disk(home, lambda size=size: batches(log, size))
        figures["8 processes"] = eight(home / "work", home)
        if options.postgres:
            Log.create(options.postgres, origin=SIGNER.name, signer=SIGNER).close()
            figures["PostgreSQL, 8 processes"] = eight(options.postgres, home)
            with Log.open(options.postgres) as log:
                figures["PostgreSQL, one by one"] = beside_the_disk(home, lambda: singles(log))
                figures["PostgreSQL, append_many(1000)"] = beside_the_disk(home, lambda: batches(log, 1_000))
        figures["budget, 6 processes"] = spends(home / "work")
        figures["large log"] = large(home / "large", options.entries)
    figures["machine"] = {
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "cores": os.cpu_count(),
        "load": [round(value, 1) for value in os.getloadavg()],
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    for name, row in figures.items():
        print(f"| {name} | " + ", ".join(f"{key} {value}" for key, value in row.items()) + " |")


if __name__ == "__main__":
    main()
