"""Spark as the route past one machine: its door. Screening, redaction, scores and counts run where the rows are.

Each task screens and scores Arrow batches (``mapInArrow``). What happened to them comes back to the driver as observed
metrics of the one pass that writes the answer, so that a retried task counts once; only the driver writes the log.

Keys: the named keys that the policy uses travel inside the pickled function, which Spark keeps in memory and never
prints; ``env:`` and ``file:`` references are looked up on the workers. Policy and model travel as a broadcast. On a
shared network turn on Spark's own encryption (``spark.network.crypto.enabled``, ``spark.io.encryption.enabled``).
"""

import os
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from glassledger.errors import InputError, MissingExtraError
from glassledger.records.batch import BatchRecord
from glassledger.records.screening import RuleFailure
from glassledger.scoring.gathered import unique_columns
from glassledger.scoring.job import Job

_FILE, _ROW, _TOLD = "gl_file", "gl_row", "gl_batch"
_ROWS = 50_000


def spark_session(master: str = "local[*]") -> Any:
    """The active session, or a new one at ``master`` with the workers on this Python.

    Raises
    ------
    MissingExtraError
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # about recent pandas versions, which no frame here meets
            from pyspark.sql import SparkSession
    except ImportError:
        raise MissingExtraError(
            "This engine needs Spark and Java 17.", code="extra-missing", hint='pip install "glassledger[spark]"'
        ) from None
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    active = SparkSession.getActiveSession()
    if active is not None:
        return active
    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.execution.arrow.maxRecordsPerBatch": str(_ROWS),
    }
    builder = SparkSession.builder.master(master).appName("glassledger")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")  # Spark's warnings quote paths and plans
    return session


def score_with_spark(
    job: Job, files: Sequence[Path], out: Path, *, session: Any
) -> tuple[list[BatchRecord], tuple[RuleFailure, ...]]:
    """Score Parquet files into a folder of Parquet files; all workers must see the same paths.

    Returns
    -------
    list of BatchRecord
        In no order. A refused batch has no rows in ``out``: look before you use it.
    tuple of RuleFailure
        Unique columns with repeated values.

    Raises
    ------
    InputError
        ``engine-failed``; Spark's own words may quote cells and are dropped.
    """
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    starts = _starts(files)
    failed = ""
    try:
        table = session.read.parquet(*map(str, files))
        repeated = _repeated(table, job)
        scored, observed = scored_frame(table, job, starts=starts, session=session)
        scored.write.parquet(str(out))
        told = observed.get["told"]
    except (PySparkException, Py4JError) as error:
        failed = type(error).__name__
    if failed:  # outside the except block, so that neither cause nor context holds a cell
        raise InputError(
            f"Spark could not finish the run ({failed}).",
            code="engine-failed",
            hint="All files need the same columns and types, and every worker needs glassledger and the same paths.",
            facts={"exception": failed, "files": len(files)},
        )
    return [BatchRecord.from_json(one.encode()) for one in told], repeated


def scored_frame(table: Any, job: Job, *, starts: Mapping[str, int], session: Any) -> tuple[Any, Any]:
    """A Spark frame of answers, and the observation that holds each batch's record (``told``) once it was written.

    Parameters
    ----------
    table : Spark frame
        Read from Parquet files: rows are numbered by file and place in it.
    starts : mapping
        Position of each file's first row in the whole table, by path.
    """
    from pyspark.sql import Observation
    from pyspark.sql import functions as sql

    placed = table.select(
        *(sql.col(f"`{name.replace('`', '``')}`") for name in table.columns),
        sql.col("_metadata.file_path").alias(_FILE),
        sql.col("_metadata.row_index").alias(_ROW),
    )
    kinds = ", ".join(f"`{field.name}` {_sql_kind(field.type)}" for field in job.schema)
    answered = placed.mapInArrow(_task(job, starts, session), f"{kinds}, {_TOLD} string")
    observed = Observation()
    told = answered.observe(observed, sql.collect_list(_TOLD).alias("told"))
    return told.where(sql.col(_TOLD).isNull()).drop(_TOLD), observed


def _task(job: Job, starts: Mapping[str, int], session: Any) -> Callable[[Iterable[Any]], Iterator[Any]]:
    """What a worker runs. Only the keys are in its closure, which must stay small: Spark puts large ones on disk."""
    keys = job.keys
    shared = session.sparkContext.broadcast((job.without_keys(), dict(starts)))

    def screened_and_scored(batches: Iterable[Any]) -> Iterator[Any]:
        keyless, begins = shared.value
        here = replace(keyless, keys=keys)
        schema = here.schema.append(pa.field(_TOLD, pa.string()))
        for batch in batches:
            if not batch.num_rows:
                continue
            raw = pa.Table.from_batches([batch])
            found, record = here.run(raw.drop_columns([_FILE, _ROW]), _positions(raw, begins))
            yield from found.append_column(schema.field(_TOLD), pa.nulls(found.num_rows, pa.string())).to_batches()
            last = [pa.nulls(1, field.type) for field in here.schema]
            yield pa.RecordBatch.from_arrays([*last, pa.array([record.to_json().decode()])], schema=schema)

    return screened_and_scored


def _positions(raw: Any, starts: Mapping[str, int]) -> Any:
    """Place in the whole table: the file's start and the row's index in it."""
    files = raw[_FILE].combine_chunks().dictionary_encode()
    begins = np.asarray([starts[unquote(urlparse(one).path)] for one in files.dictionary.to_pylist()], dtype=np.int64)
    return begins[files.indices.to_numpy()] + raw[_ROW].to_numpy()


def _starts(files: Sequence[Path]) -> dict[str, int]:
    counts = [pyarrow.parquet.ParquetFile(path).metadata.num_rows for path in files]
    return {str(path): int(start) for path, start in zip(files, np.cumsum([0, *counts[:-1]]), strict=True)}


def _repeated(table: Any, job: Job) -> tuple[RuleFailure, ...]:
    from pyspark.sql import functions as sql

    found = []
    for name, markers in unique_columns(job.policy).items():
        if name not in table.columns:
            continue
        value = sql.col(f"`{name.replace('`', '``')}`").cast("string")
        kept = table.where(~value.isin(*markers)) if markers else table
        row = kept.agg((sql.count(value) - sql.count_distinct(value)).alias("twins")).first()
        if row and row["twins"]:
            found.append(RuleFailure(column=name, rule="unique", count=int(row["twins"])))
    return tuple(found)


def _sql_kind(kind: Any) -> str:
    return {pa.int64(): "bigint", pa.float64(): "double"}.get(kind, "string")
