"""``glassledger score``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from glassledger.cli.options import answer, model_option, opened, workspace_options

if TYPE_CHECKING:
    from glassledger.workspace import Workspace
    from glassledger.workspace.handles import LoggedModel


@click.command(epilog="Example: glassledger score prospects.csv --out scores.parquet --production")
@click.argument("data", type=click.Path(path_type=Path))
@click.option(
    "--out",
    "-o",
    required=True,
    type=click.Path(path_type=Path),
    help="CSV or Parquet; a folder if streamed or Spark's.",
)
@click.option("--reasons", type=click.IntRange(0, 20), default=None, help="Reasons per row; defaults to the policy's.")
@click.option("--language", default=None, help="Language of the reason texts; defaults to the policy's.")
@click.option(
    "--engine",
    type=click.Choice(["auto", "memory", "duckdb", "spark"]),
    default="auto",
    show_default=True,
    help="What reads the table: at once into memory, or Parquet in batches by DuckDB or Spark.",
)
@click.option("--master", default="local[*]", show_default=True, help="Where Spark runs.")
@click.option("--production", is_flag=True, help="Refuse unless these very bytes of the model are approved.")
@click.option(
    "--stream/--no-stream",
    default=None,
    help="Batch by batch into a folder of Parquet files, in memory that does not grow; by itself from 256 MiB on. "
    "Repeat the command to go on after a kill.",
)
@click.option("--batch-rows", type=click.IntRange(1), default=None, help="Rows a batch when streamed [100,000].")
@model_option
@workspace_options
def command(
    data: Path,
    out: Path,
    reasons: int | None,
    language: str | None,
    engine: str,
    master: str,
    production: bool,
    stream: bool | None,
    batch_rows: int | None,
    model: str,
    workspace: Path,
    actor: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Check and redact the table under the model's policy, then score it with reasons."""
    from glassledger.workspace.scoring import streams_by_itself

    _check(engine, stream, batch_rows)
    if stream is None:
        stream = batch_rows is not None or (engine == "auto" and streams_by_itself(data, out))
    with opened(workspace, actor=actor, quiet=quiet, create=False) as ws:
        wish: dict[str, Any] = {"out": out, "reasons": reasons, "language": language, "production": production}
        chosen = ws.model(model)
        facts = (
            _streamed(ws, chosen, data, batch_rows, wish) if stream else _scored(ws, chosen, data, engine, master, wish)
        )
    told = f"{facts['scored' if stream else 'rows']:,} rows scored by model {chosen.id} into {out}"
    told += f", {facts['rejected']:,} of {facts['rows']:,} rejected" if stream else ""
    answer(
        {"model": chosen.id, "out": str(out), **facts},
        [f"{told} (log entry {facts['event']})."],
        as_json=as_json,
        quiet=quiet,
    )


def _check(engine: str, stream: bool | None, batch_rows: int | None) -> None:
    if engine != "auto" and (stream or batch_rows is not None):
        raise click.UsageError("--stream is an engine of its own; leave --engine out.")
    if stream is False and batch_rows is not None:
        raise click.UsageError("--batch-rows goes with --stream.")


def _streamed(
    ws: "Workspace", model: "LoggedModel", data: Path, batch_rows: int | None, wish: dict[str, Any]
) -> dict[str, Any]:
    from glassledger.workspace.streaming import BATCH_ROWS

    run = ws.score_stream(model, data, batch_rows=batch_rows or BATCH_ROWS, **wish)
    facts = {"rows": run.rows, "scored": run.scored, "rejected": run.rejected, "batches": run.batches}
    return {**facts, "engine": "stream", "event": run.event}


def _scored(
    ws: "Workspace", model: "LoggedModel", data: Path, engine: str, master: str, wish: dict[str, Any]
) -> dict[str, Any]:
    from glassledger.scoring.spark import spark_session
    from glassledger.workspace.engines import chosen as engine_for

    reader = engine_for(engine, data)
    if reader == "memory":
        scored = ws.score(model, data, **wish)
        return {"rows": len(scored.table), "engine": reader, "event": scored.event}
    if reader == "spark":
        spark_session(master)
    written = ws.score_files(model, data, engine=reader, **wish)
    return {"rows": written.rows, "engine": reader, "event": written.event}
