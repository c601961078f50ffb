"""``glassledger score``."""

from pathlib import Path

import click

from glassledger.cli.options import answer, model_option, opened, workspace_options


@click.command(epilog="Example: glassledger score prospects.csv --out scores.parquet --production")
@click.argument("data", type=click.Path(path_type=Path))
@click.option(
    "--out", "-o", required=True, type=click.Path(dir_okay=False, path_type=Path), help="CSV or Parquet file."
)
@click.option("--reasons", type=click.IntRange(0, 20), default=None, help="Reasons per row; defaults to the policy's.")
@click.option("--language", default=None, help="Language of the reason texts; defaults to the policy's.")
@click.option("--production", is_flag=True, help="Refuse unless these very bytes of the model are approved.")
@model_option
@workspace_options
def command(
    data: Path,
    out: Path,
    reasons: int | None,
    language: str | None,
    production: bool,
    model: str,
    workspace: Path,
    actor: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Check and redact the table under the model's policy, then score it with reasons."""
    with opened(workspace, actor=actor, quiet=quiet, create=False) as ws:
        chosen = ws.model(model)
        scored = ws.score(chosen, data, out=out, reasons=reasons, language=language, production=production)
    answer(
        {"model": chosen.id, "rows": len(scored.table), "out": str(out), "event": scored.event},
        [f"{len(scored.table):,} rows scored by model {chosen.id} into {out} (log entry {scored.event})."],
        as_json=as_json,
        quiet=quiet,
    )
