"""Score on a standalone Spark cluster of two workers on this machine, and compare with the table in memory.

Starts a master and two workers (one core, 1 GiB each) on the loopback address, scores made-up Parquet through
``score_with_spark``, checks that both workers took part and that every answer is the one in memory, stops them.

    python benchmarks/spark_cluster.py [--rows 20000]
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyspark

sys.path.insert(0, str(Path(__file__).parent))
from bench_engines import same
from bench_scoring import fitted, made_up, policy

from glassledger.redaction.keys import KeyRing
from glassledger.scoring import Scorer
from glassledger.scoring.job import Job, key_references
from glassledger.scoring.spark import score_with_spark, spark_session

DEPLOY = "org.apache.spark.deploy"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def started(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    """A daemon of the cluster, its words in a file."""
    home = Path(pyspark.__file__).parent
    surroundings = os.environ | {
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": sys.executable,
    }
    log = (folder / f"{words[0].rpartition('.')[2]}-{time.monotonic_ns()}.log").open("wb")
    command = [str(home / "bin" / "spark-class"), *words]
    return subprocess.Popen(command, cwd=folder, env=surroundings, stdout=log, stderr=log)


def wait_for(port: int) -> None:
    """Until somebody listens."""
    for _ in range(240):
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.5)
    raise SystemExit("the master did not come up")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    rows: int = parser.parse_args().rows
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    daemons: list[subprocess.Popen[bytes]] = []
    with tempfile.TemporaryDirectory() as held:
        folder, port = Path(held), free_port()
        try:
            at = ["--host", "127.0.0.1", "--port", str(port), "--webui-port", str(free_port())]
            daemons.append(started(folder, f"{DEPLOY}.master.Master", *at))
            wait_for(port)
            for _ in range(2):
                limits = ["--cores", "1", "--memory", "1g", "--host", "127.0.0.1", "--webui-port", str(free_port())]
                daemons.append(started(folder, f"{DEPLOY}.worker.Worker", *limits, f"spark://127.0.0.1:{port}"))
            compare(folder, rows, f"spark://127.0.0.1:{port}")
        finally:
            for daemon in reversed(daemons):
                daemon.terminate()
            for daemon in daemons:
                daemon.wait(60)


def compare(folder: Path, rows: int, master: str) -> None:
    """Score in memory and on the cluster."""
    _, model = fitted(5_000)
    rules = policy()
    source = folder / "people.parquet"
    table = pa.Table.from_pandas(made_up(rows, seed=2)[0], preserve_index=False)
    pq.write_table(table, source, row_group_size=max(1, rows // 8))
    keys = KeyRing(folder / "keys").carrying(key_references(rules))
    job = Job(rules.source, Scorer.of(model, policy=rules, reasons=3), keys)
    truth, _ = job.run(table, np.arange(rows))
    session = spark_session(master)
    session.conf.set("spark.sql.files.maxPartitionBytes", str(max(1, source.stat().st_size // 6)))
    records, _ = score_with_spark(job, [source], folder / "cluster.parquet", session=session)
    executors = session.sparkContext._jsc.sc().getExecutorMemoryStatus().size() - 1
    gap = same(folder / "cluster.parquet", truth.to_pandas(), "row")
    session.stop()
    assert executors == 2, f"{executors} executors"
    print(f"{rows:,} rows in {len(records)} batches on {executors} executors; largest difference {gap:.1e}")


if __name__ == "__main__":
    main()
