"""``glassledger score``."""

from pathlib import Path

import click

from glassledger.cli.options import answer, model_option, opened, workspace_options


@click.command(epilog="Example: glassledger score prospects.csv --out scores.parquet --production")
@click.argument("data", type=click.Path(path_type=Path))
@click.option(
    "--out", "-o", required=True, type=click.Path(path_type=Path), help="CSV or Parquet file; Spark makes a folder."
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
    model: str,
    workspace: Path,
    actor: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Check and redact the table under the model's policy, then score it with reasons."""
    from glassledger.scoring.spark import spark_session
    from glassledger.workspace.engines import chosen as engine_for

    with opened(workspace, actor=actor, quiet=quiet, create=False) as ws:
        chosen, reader = ws.model(model), engine_for(engine, data)
        if reader == "memory":
            scored = ws.score(chosen, data, out=out, reasons=reasons, language=language, production=production)
            rows, event = len(scored.table), scored.event
        else:
            if reader == "spark":
                spark_session(master)
            written = ws.score_files(
                chosen, data, out=out, engine=reader, reasons=reasons, language=language, production=production
            )
            rows, event = written.rows, written.event
    answer(
        {"model": chosen.id, "rows": rows, "out": str(out), "engine": reader, "event": event},
        [f"{rows:,} rows scored by model {chosen.id} into {out} (log entry {event})."],
        as_json=as_json,
        quiet=quiet,
    )
