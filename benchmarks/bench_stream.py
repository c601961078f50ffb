"""A night run end to end: check, redact, score with reasons, write, log; rows a second and peak memory.

Sixteen features (7 numbers of which one goes in bands, 9 strings), a customer number that becomes a pseudonym, a mail
address that is dropped. Every size runs in a process of its own, so that its peak memory is its own. Prints a Markdown
table and writes ``benchmarks/results/bench_stream.json``.

    python benchmarks/bench_stream.py [--rows 1000000 10000000]
"""

import argparse
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import yaml

from glassledger.policy import Policy
from glassledger.workspace import Workspace

RESULTS = Path(__file__).parent / "results" / "bench_stream.json"
LEVELS = [f"level {letter}" for letter in "abcdefgh"]
NUMBERS, STRINGS = [f"n{i}" for i in range(7)], [f"c{i}" for i in range(9)]
BLOCK = 250_000


def made_up(rows: int, start: int) -> pd.DataFrame:
    """Rows ``start`` and following; every one keeps the contract."""
    random = np.random.default_rng(start)
    frame = pd.DataFrame({name: random.random(rows) for name in NUMBERS})
    for name in STRINGS:
        frame[name] = np.array(LEVELS, dtype=object)[random.integers(0, 8, rows)]
    frame["customer"], frame["email"] = people(rows, start)
    odds = sum((i - 3) * (frame[name] - 0.5) for i, name in enumerate(NUMBERS))
    frame["y"] = np.where(random.random(rows) < 1 / (1 + np.exp(-odds)), "yes", "no")
    return frame


def people(rows: int, start: int) -> tuple[pd.Series, pd.Series]:
    """Customer numbers and mail addresses."""
    numbers = pd.Series(np.arange(start, start + rows)).astype(str)
    return "C" + numbers, "person" + numbers + "@example.com"


def write(path: Path, rows: int) -> None:
    """A Parquet file of that many people, whose features repeat from block to block."""
    block = made_up(BLOCK, 0)
    writer = None
    for start in range(0, rows, BLOCK):
        block["customer"], block["email"] = people(BLOCK, start)
        table = pa.Table.from_pandas(block, preserve_index=False)[: rows - start]
        writer = writer or pa.parquet.ParquetWriter(path, table.schema)
        writer.write_table(table)
    assert writer is not None
    writer.close()


def policy() -> Policy:
    """Bands, a pseudonym and a dropped column."""
    columns: dict[str, Any] = {name: {"role": "feature", "type": "number", "min": 0, "max": 1} for name in NUMBERS}
    columns["n6"] |= {"redaction": {"operator": "bands", "edges": [0.25, 0.5, 0.75]}}
    columns |= {name: {"role": "feature", "type": "category", "levels": list(LEVELS)} for name in STRINGS}
    columns["customer"] = {"role": "identifier", "type": "text", "redaction": {"operator": "pseudonymise"}}
    columns["email"] = {"role": "identifier", "type": "text"}
    columns["y"] = {"role": "target", "type": "category", "levels": ["no", "yes"], "positive": "yes"}
    document = {
        "glassledger": 1,
        "name": "night",
        "version": "1",
        "owner": {"name": "Bench", "contact": "bench@example.org"},
        "purpose": {"use": "Measure."},
        "lawful_basis": {"basis": "not_personal_data"},
        "data": {"dataset": "night", "columns": columns},
        "model": {"family": "ebm", "task": "binary", "interactions": 10},
        "reasons": {"count": 3},
        "decision": {"threshold": 0.5, "at_or_above": "yes", "below": "no"},
        "evaluation": {"bootstrap": 20},
    }
    return Policy.parse(yaml.safe_dump(document, sort_keys=False).encode())


def one(folder: Path, rows: int) -> None:
    """Score one table in this process and print what it took."""
    with Workspace.open(folder / "work") as ws:
        model = ws.model()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        wall, cpu = time.monotonic(), time.process_time()
        found = ws.score_stream(model, folder / f"{rows}.parquet", out=folder / f"out{rows}")
        facts = {"rows": found.scored, "wall_s": time.monotonic() - wall, "cpu_s": time.process_time() - cpu}
        facts |= {"peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "before_mib": before / 1024}
    print(json.dumps(facts))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        one(Path(arguments.one[0]), int(arguments.one[1]))
        return
    figures = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Workspace.open(folder / "work", actor="bench@example.org") as ws:
            ws.fit(policy(), made_up(20_000, 10**9))
        for rows in arguments.rows:
            write(folder / f"{rows}.parquet", rows)
            command = [sys.executable, __file__, "--one", str(folder), str(rows)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            figures.append(json.loads(done.stdout.splitlines()[-1]))
            print(figures[-1], flush=True)
    print("\n| rows | CPU µs a row | rows a second of CPU | peak memory |\n|---:|---:|---:|---:|")
    for one_run in figures:
        per_row = one_run["cpu_s"] / one_run["rows"] * 1e6
        print(f"| {one_run['rows']:,} | {per_row:.2f} | {1e6 / per_row:,.0f} | {one_run['peak_mib']:,.0f} MiB |")
    facts = {"python": platform.python_version(), "runs": figures}
    facts |= {name: version(name) for name in ("numpy", "pandas", "pyarrow", "numba")}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(facts, indent=2) + "\n")


if __name__ == "__main__":
    main()
