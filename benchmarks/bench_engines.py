"""One model, the same Parquet rows, every engine: in memory, DuckDB and Spark, the Arrow form beside the SQL form.

Sixteen features and ten pairs of ``bench_scoring.py``. CPU time of this process and of all its children (Spark's JVM
and workers), one run each after a warm-up for Spark; wall time is told too but the machine may be shared. Checks that
all engines give the same scores to 1e-9 and the same reasons. Prints a Markdown table and writes
``benchmarks/results/bench_engines.json``.

    OMP_NUM_THREADS=1 python benchmarks/bench_engines.py [--rows 1000000] [--query-rows 100000] [--master local[2]]
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parent))
from bench_scoring import fitted, made_up, policy

from glassledger.redaction.keys import KeyRing
from glassledger.scoring import Scorer
from glassledger.scoring.card import scoring_card
from glassledger.scoring.duckdb import score_with_duckdb
from glassledger.scoring.job import Job, key_references
from glassledger.scoring.spark import score_with_spark, spark_session
from glassledger.scoring.sql import scoring_query

RESULTS = Path(__file__).parent / "results" / "bench_engines.json"
_TICK = os.sysconf("SC_CLK_TCK")


def cpu() -> float:
    """CPU seconds of this process and everything below it that still lives."""
    parents, spent = {}, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(entry.name)] = int(fields[1])
            spent[int(entry.name)] = sum(map(int, fields[11:15])) / _TICK
    ours, fresh = {os.getpid()}, True
    while fresh:
        fresh = {pid for pid, parent in parents.items() if parent in ours} - ours
        ours |= fresh
    return sum(spent.get(pid, 0.0) for pid in ours)


def measured(act: Callable[[], Any], rows: int) -> dict[str, float]:
    """CPU nanoseconds and wall nanoseconds a row."""
    start, clock = cpu(), time.perf_counter()
    act()
    return {
        "rows": rows,
        "cpu_ns_a_row": round((cpu() - start) / rows * 1e9),
        "wall_ns_a_row": round((time.perf_counter() - clock) / rows * 1e9),
    }


def same(path: Path, truth: pd.DataFrame, key: str) -> float:
    """Largest difference of a score; fails where a reason or decision differs."""
    found = pq.read_table(path).to_pandas().sort_values(key, ignore_index=True)
    assert len(found) == len(truth)
    for name in ("decision", "reason_1", "reason_2", "reason_3"):
        assert found[name].astype(object).fillna("").tolist() == truth[name].astype(object).fillna("").tolist(), name
    return float(np.abs(found["score"] - truth["score"]).max())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--query-rows", type=int, default=100_000)
    parser.add_argument("--master", default="local[2]")
    parser.add_argument("--spark-query", action="store_true", help="Also the query in Spark, which parses for minutes.")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as held:
        figures, gaps = run(Path(held), given.rows, given.query_rows, given.master, given.spark_query)
    print("| what | rows | CPU ns a row | wall ns a row | largest difference |\n|---|---:|---:|---:|---:|")
    for name, one in figures.items():
        told = f"{gaps[name]:.1e}" if name in gaps else ""
        print(f"| {name} | {one['rows']:,} | {one['cpu_ns_a_row']:,} | {one['wall_ns_a_row']:,} | {told} |")
    facts = {"figures": figures, "largest_difference": gaps, "master": given.master, "cpus": os.cpu_count()}
    facts |= {name: version(name) for name in ("duckdb", "pyspark", "pyarrow", "pandas")}
    RESULTS.write_text(json.dumps(facts, indent=2) + "\n")


def run(
    folder: Path, rows: int, query_rows: int, master: str, spark_query: bool
) -> tuple[dict[str, Any], dict[str, float]]:
    """All engines over the same rows; the queries over the first ``query_rows`` of them."""
    import duckdb

    _, model = fitted(5_000)
    rules, frame = policy(), made_up(rows, seed=2)[0]
    frame.index.name = None
    source, few = folder / "people.parquet", folder / "few.parquet"
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), source, row_group_size=100_000)
    head = frame.head(query_rows)
    keyed = pa.Table.from_pandas(head.assign(key=range(len(head))), preserve_index=False)
    pq.write_table(keyed, few, row_group_size=max(1, query_rows // 4))
    card = scoring_card(model, policy=rules, reasons=3)
    keys = KeyRing(folder / "keys").carrying(key_references(rules))
    job, scorer = Job(rules.source, Scorer(card), keys), Scorer(card)
    figures: dict[str, Any] = {}
    gaps: dict[str, float] = {}

    def in_memory() -> None:
        found, record = job.run(pq.read_table(source), np.arange(rows))
        assert record.refusal is None
        pq.write_table(found, folder / "memory.parquet")

    def bare() -> None:
        features = pq.read_table(source)
        pq.write_table(scorer(features, checked=True), folder / "bare.parquet")

    bare()  # once for the compiler
    figures["in memory: read, check domains, score, write"] = measured(bare, rows)
    figures["in memory: read, screen, score, write"] = measured(in_memory, rows)
    truth = pq.read_table(folder / "memory.parquet").to_pandas()
    arrow = folder / "duckdb.parquet"
    name = "DuckDB, Arrow: read, screen, score, write"
    figures[name] = measured(lambda: score_with_duckdb(job, [source], arrow), rows)
    gaps[name] = same(arrow, truth, "row")
    query, answered = scoring_query(card, table="people", keep=("key",)), folder / "query.parquet"
    with duckdb.connect() as base:
        base.execute("SET threads = 2")
        base.execute(f"CREATE VIEW people AS FROM read_parquet('{few}')")
        name = "DuckDB, SQL: read, score, write"
        statement = f"COPY ({query.partition(chr(10))[2]}) TO '{answered}' (FORMAT parquet)"
        figures[name] = measured(lambda: base.execute(statement), query_rows)
        gaps[name] = same(answered, truth.head(query_rows), "key")
    session = spark_session(master)
    score_with_spark(job, [few], folder / "warm.parquet", session=session)
    name = f"Spark {master}, Arrow: read, screen, score, write"
    figures[name] = measured(lambda: score_with_spark(job, [source], folder / "s.parquet", session=session), rows)
    gaps[name] = same(folder / "s.parquet", truth, "row")
    if spark_query:
        session.read.parquet(str(few)).createOrReplaceTempView("people")
        spelled = scoring_query(card, table="people", keep=("key",), dialect="spark")
        name = f"Spark {master}, SQL: read, score, write"
        figures[name] = measured(lambda: session.sql(spelled).write.parquet(str(folder / "q.parquet")), query_rows)
        gaps[name] = same(folder / "q.parquet", truth.head(query_rows), "key")
    session.stop()
    return figures, gaps


if __name__ == "__main__":
    main()
