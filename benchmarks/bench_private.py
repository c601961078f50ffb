"""Private learners side by side on real tables: random 80/20 splits, delta = 1e-6, declared domains.

A run can be stopped and taken up again: every fit appends one line to a scratch file, and what is in it is not done
again::

    python benchmarks/bench_private.py run --splits 25 --epsilons 1 0.5 --learners dp-ebm ebm
    python benchmarks/bench_private.py cost
    python benchmarks/bench_private.py summarise

Set ``OMP_NUM_THREADS=1``. Fit times are CPU seconds of this process, encoding included. ``cost`` fits each learner once
in a fresh process and keeps its CPU time and how far its memory rose above the loaded table.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from private_peers import LEARNERS
from private_summary import summarise
from tables import BINARY, BenchmarkTable

RESULTS = Path(__file__).resolve().parent / "results"
SCRATCH = RESULTS / "bench_private.jsonl.tmp"
COST = RESULTS / "bench_private_cost.jsonl.tmp"


def auroc(truth: NDArray[np.float64], score: NDArray[np.float64]) -> float:
    """Area under the ROC curve; ties count one half."""
    _, inverse, counts = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    positives = truth.sum()
    return float((rank[truth == 1].sum() - positives * (positives + 1) / 2) / (positives * (len(truth) - positives)))


def log_loss(truth: NDArray[np.float64], probability: NDArray[np.float64]) -> float:
    """Mean negative log likelihood; probabilities are kept 1e-15 away from 0 and 1."""
    inside = np.clip(probability, 1e-15, 1 - 1e-15)
    return float(-np.mean(np.where(truth == 1, np.log(inside), np.log1p(-inside))))


def read(path: Path) -> list[dict[str, Any]]:
    """The lines of a scratch file; none when there is no file."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def key(line: dict[str, Any]) -> tuple[Any, ...]:
    """What makes a fit the same fit."""
    return line["table"], line["split"], line["epsilon"], line["learner"]


def measure(table: BenchmarkTable, split: int, epsilon: float | None, learner: str) -> dict[str, Any]:
    """Fit once and judge on the held-out fifth."""
    train, test = table.split(split)
    start = time.process_time()
    predict = LEARNERS[learner].fit(table, train, epsilon)
    seconds = time.process_time() - start
    probability = np.asarray(predict(table.features.iloc[test]), dtype=np.float64)
    return {
        "table": table.name,
        "split": split,
        "epsilon": epsilon,
        "learner": learner,
        "auroc": auroc(table.target[test], probability),
        "log_loss": log_loss(table.target[test], probability),
        "fit_cpu_seconds": seconds,
    }


def run(arguments: argparse.Namespace) -> None:
    """Every asked-for fit that is not in the scratch file yet, split by split."""
    tables = {name: BINARY[name]() for name in arguments.tables}
    done = {key(line) for line in read(arguments.scratch)}
    arguments.scratch.parent.mkdir(exist_ok=True)
    with arguments.scratch.open("a") as scratch:
        for split in range(arguments.first, arguments.first + arguments.splits):
            for learner in arguments.learners:
                for epsilon in arguments.epsilons if LEARNERS[learner].private else [None]:
                    for name, table in tables.items():
                        if (name, split, epsilon, learner) not in done:
                            print(json.dumps(measure(table, split, epsilon, learner)), file=scratch, flush=True)


def repeated(table: BenchmarkTable, rows: int) -> BenchmarkTable:
    """Rows drawn with replacement: for time and memory, not for accuracy."""
    drawn = np.random.default_rng(0).integers(0, len(table.target), rows)
    features = table.features.iloc[drawn].reset_index(drop=True)
    return BenchmarkTable(table.name, features, table.specs, table.target[drawn])


def cost_of_one(name: str, learner: str, epsilon: float, rows: int) -> dict[str, Any]:
    """CPU time and memory of the second of two fits in this process; the first one on few rows warms the imports."""
    table = BINARY[name]()
    train, _ = table.split(0)
    LEARNERS[learner].fit(table, train[:1000], epsilon)
    if rows:
        table, train = repeated(table, rows), np.arange(rows)
    loaded = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    LEARNERS[learner].fit(table, train, epsilon)
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    facts = {"table": name, "learner": learner, "rows": len(train), "fit_cpu_seconds": seconds}
    return facts | {"peak_mib": peak / 1024, "rise_mib": (peak - loaded) / 1024}


def cost(arguments: argparse.Namespace) -> None:
    """Each learner once on each table, in a process of its own."""
    done = {(line["table"], line["learner"]) for line in read(COST) if bool(arguments.rows) == (line["rows"] >= 1e5)}
    for name in arguments.tables:
        for learner in arguments.learners:
            if (name, learner) in done:
                continue
            command = [sys.executable, __file__, "cost-of-one", "--tables", name, "--learners", learner]
            command += ["--rows", str(arguments.rows)]
            single = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
            line = subprocess.run(command, check=True, capture_output=True, text=True, env=single).stdout
            with COST.open("a") as scratch:
                scratch.write(line)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("run", "cost", "cost-of-one", "summarise"))
    parser.add_argument("--first", type=int, default=0, help="number of the first split")
    parser.add_argument("--splits", type=int, default=25)
    parser.add_argument("--epsilons", type=float, nargs="+", default=[1.0, 0.5])
    parser.add_argument("--rows", type=int, default=0, help="cost: fit on so many drawn rows")
    parser.add_argument("--tables", nargs="+", choices=BINARY, default=list(BINARY))
    parser.add_argument("--learners", nargs="+", choices=LEARNERS, default=list(LEARNERS))
    parser.add_argument("--scratch", type=Path, default=SCRATCH)
    arguments = parser.parse_args()
    if arguments.what == "run":
        run(arguments)
    elif arguments.what == "cost":
        cost(arguments)
    elif arguments.what == "cost-of-one":
        place = arguments.tables[0], arguments.learners[0], arguments.epsilons[0]
        print(json.dumps(cost_of_one(*place, arguments.rows)))
    else:
        facts = {"python": platform.python_version()}
        facts |= {name: version(name) for name in ("numpy", "scikit-learn", "interpret-core")}
        summarise(read(arguments.scratch), read(COST), RESULTS, facts)


if __name__ == "__main__":
    main()
