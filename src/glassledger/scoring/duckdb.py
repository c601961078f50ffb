"""DuckDB as the reader of Parquet beyond memory: its door. Batches are screened and scored by the compiled scorer.

Measured against the query of :mod:`glassledger.scoring.sql`, the Arrow form costs a fraction (ADR 0009).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from glassledger.errors import InputError, MissingExtraError
from glassledger.records.batch import BatchRecord
from glassledger.records.screening import RuleFailure
from glassledger.scoring.gathered import unique_columns
from glassledger.scoring.job import Job
from glassledger.scoring.sql_parts import name, text

ROWS = 65_536


def score_with_duckdb(job: Job, files: Sequence[Path], out: Path) -> tuple[list[BatchRecord], tuple[RuleFailure, ...]]:
    """Score Parquet files in order into one Parquet file, a batch at a time.

    Returns
    -------
    list of BatchRecord
        A refused batch has no rows in ``out``: look before you use it.
    tuple of RuleFailure
        Unique columns with repeated values.

    Raises
    ------
    MissingExtraError
    InputError
        ``table-malformed`` when DuckDB cannot read the files; its own words may quote cells and are dropped.
    """
    try:
        import duckdb
    except ImportError:
        raise MissingExtraError(
            "This engine needs DuckDB.", code="extra-missing", hint='pip install "glassledger[duckdb]"'
        ) from None
    listed = ", ".join(text(str(path)) for path in files)
    table = f"read_parquet([{listed}], hive_partitioning = false)"
    with duckdb.connect() as base:
        failed = False
        try:
            repeated = _repeated(base, table, job)
            records = _batches(base, table, job, out)
        except duckdb.Error:
            failed = True
        if failed:  # outside the except block, so that neither cause nor context holds a cell
            raise InputError(
                "DuckDB cannot read these Parquet files as one table.",
                code="table-malformed",
                hint="All files need the same columns and types; check that each is whole.",
                facts={"files": len(files)},
            )
    return records, repeated


def _batches(base: Any, table: str, job: Job, out: Path) -> list[BatchRecord]:
    records: list[BatchRecord] = []
    start = 0
    with pyarrow.parquet.ParquetWriter(out, job.schema) as writer:
        for read in pa.RecordBatchReader.from_stream(base.sql(f"FROM {table}")):
            for cut in range(0, read.num_rows, ROWS):
                batch = pa.Table.from_batches([read.slice(cut, ROWS)])
                found, record = job.run(batch, np.arange(start, start + batch.num_rows))
                writer.write_table(found)
                records.append(record)
                start += batch.num_rows
    return records


def _repeated(base: Any, table: str, job: Job) -> tuple[RuleFailure, ...]:
    present = set(base.sql(f"FROM {table} LIMIT 0").columns)
    found = []
    for column, markers in unique_columns(job.policy).items():
        if column not in present:
            continue
        value = f"CAST({name(column)} AS VARCHAR)"
        kept = f" WHERE {value} NOT IN ({', '.join(map(text, markers))})" if markers else ""
        query = f"SELECT COUNT({value}) - COUNT(DISTINCT {value}) FROM {table}{kept}"  # noqa: S608 - all of it is quoted
        ((twins,),) = base.sql(query).fetchall()
        if twins:
            found.append(RuleFailure(column=column, rule="unique", count=int(twins)))
    return tuple(found)
