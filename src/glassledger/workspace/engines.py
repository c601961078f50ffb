"""Score Parquet files beyond memory by DuckDB or Spark: screened, gated and logged like any other table."""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from glassledger.errors import InputError, UsageError
from glassledger.scoring import Scorer
from glassledger.scoring.duckdb import score_with_duckdb
from glassledger.scoring.gathered import Gathered, gathered
from glassledger.scoring.job import Job, key_references
from glassledger.scoring.spark import score_with_spark, spark_session
from glassledger.workspace.exporting import digest_of
from glassledger.workspace.handles import LoggedModel, ScoredFile
from glassledger.workspace.rooms import Rooms

Engine = Literal["memory", "duckdb", "spark"]
LARGE = 256 * 2**20  # bytes of Parquet; a file unfolds to several times its size in memory


def chosen(engine: str, source: Any) -> Engine:
    """``auto`` made definite: what lies in one smaller file is read at once, Parquet beyond that by DuckDB.

    Raises
    ------
    UsageError
    """
    if engine == "auto":
        path = source if isinstance(source, Path) else Path(source) if isinstance(source, str) else None
        if path is None or not (path.is_dir() or path.suffix == ".parquet"):
            return "memory"
        return "duckdb" if path.is_dir() or path.stat().st_size > LARGE else "memory"
    if engine not in ("memory", "duckdb", "spark"):
        raise UsageError("There is no such engine.", code="engine-unknown", hint="Use auto, memory, duckdb or spark.")
    return "memory" if engine == "memory" else "duckdb" if engine == "duckdb" else "spark"


def score(
    rooms: Rooms, model: LoggedModel, source: Path, *, out: Path, engine: Engine, job: Job, mode: str
) -> ScoredFile:
    """Screen, score and write in batches; the output appears when every batch kept the contract, or not at all."""
    files = parquet_files(source)
    if out.exists() or out.suffix != ".parquet":
        raise UsageError(
            "An engine writes to a new .parquet path.",
            code="out-unfit",
            hint="Name one with --out that does not exist yet.",
            facts={"path": str(out)},
        )
    intent = {"model": model.digest, "policy": model.policy.digest, "mode": mode, "engine": engine, "files": len(files)}
    with rooms.journal.act("score", intent) as act, _unfinished(out) as draft:
        rooms.on_step(f"screening and scoring by {engine}", 0, 2)
        found = _run(rooms, job, files, draft, engine)
        rooms.on_step("writing", 1, 2)
        output = digest_of(draft)
        act.artifacts |= {"screening": rooms.keep(found.screening), "tally": rooms.keep(found.tally)}
        act.body |= {"model": model.digest, "rows": found.tally.rows, "output": output, "engine": engine}
        draft.rename(out)
    return ScoredFile(path=out, rows=found.tally.rows, engine=engine, tally=found.tally, event=act.outcome)


def job_of(rooms: Rooms, model: LoggedModel, *, reasons: int | None, language: str | None) -> Job:
    """The model and its policy made ready to travel, with the keys that screening needs."""
    return Job(
        policy_source=model.policy.source,
        scorer=Scorer.of(model.model, policy=model.policy, reasons=reasons),
        keys=rooms.keys.carrying(key_references(model.policy)),
        language=language,
        levels_kept=model.screening.levels_kept,
    )


def parquet_files(source: Path) -> list[Path]:
    """A Parquet file, or those below a folder in the order of their paths.

    Raises
    ------
    UsageError
        When there is none.
    """
    hidden = (".", "_")
    found = [source] if source.is_file() else sorted(source.rglob("*.parquet"))
    found = [path.resolve() for path in found if path.is_file() and not path.name.startswith(hidden)]
    if not found or any(path.suffix != ".parquet" for path in found):
        raise UsageError(
            "DuckDB and Spark score Parquet: a .parquet file, or a folder with some.",
            code="engine-needs-parquet",
            hint="Write the table as Parquet, or use --engine memory.",
            facts={"path": str(source)},
        )
    return found


def _run(rooms: Rooms, job: Job, files: list[Path], draft: Path, engine: Engine) -> Gathered:
    if engine == "spark":
        records, repeated = score_with_spark(job, files, draft, session=spark_session())
    else:
        records, repeated = score_with_duckdb(job, files, draft)
    try:
        return gathered(records, policy=job.policy, repeated=repeated)
    except InputError as error:
        failures = [
            {key: item[key] for key in ("column", "rule", "count")} for item in error.facts.get("failures", ())[:50]
        ]
        body = {"policy": job.policy.digest, "purpose": "score", "code": error.code, "failures": failures}
        rooms.journal.write("screen.refused", body)
        raise


@contextmanager
def _unfinished(out: Path) -> Iterator[Path]:
    """A path beside ``out`` that never outlives the run."""
    out.parent.mkdir(parents=True, exist_ok=True)
    draft = out.with_name(f".{out.stem}-{secrets.token_hex(4)}.parquet")
    try:
        yield draft
    finally:
        if draft.is_dir():
            shutil.rmtree(draft, ignore_errors=True)
        else:
            draft.unlink(missing_ok=True)
