"""``glassledger export``: the model in the form that another place runs."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from glassledger.cli.options import answer, model_option, opened, workspace_options

if TYPE_CHECKING:
    from glassledger.scoring.export import Kind
    from glassledger.scoring.sql import Dialect

_KINDS = ("scorer", "sql", "contract", "csv", "onnx", "mlflow")
_DIALECTS = ("duckdb", "postgres", "spark", "bigquery", "snowflake")


@click.command(epilog="Example: glassledger export sql --table crm.prospects --keep customer_id --out score.sql")
@click.argument("kind", type=click.Choice(_KINDS))
@click.option(
    "--out", "-o", required=True, type=click.Path(path_type=Path), help="File to write; a new folder for mlflow."
)
@click.option("--table", default="people", show_default=True, help="Table that the query reads (sql, contract).")
@click.option("--keep", multiple=True, help="Column that the query passes along, such as a key (sql); repeatable.")
@click.option(
    "--dialect", type=click.Choice(_DIALECTS), default="duckdb", show_default=True, help="Engine (sql, contract)."
)
@click.option("--reasons", type=click.IntRange(0, 20), default=None, help="Reasons per row; defaults to the policy's.")
@click.option("--language", default=None, help="Language of the reason texts; defaults to the policy's.")
@click.option("--production", is_flag=True, help="Refuse unless these very bytes of the model are approved.")
@model_option
@workspace_options
def command(
    kind: "Kind",
    out: Path,
    table: str,
    keep: tuple[str, ...],
    dialect: "Dialect",
    reasons: int | None,
    language: str | None,
    production: bool,
    model: str,
    workspace: Path,
    actor: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write a model as a scorer without packages, SQL, a contract check, a CSV rating table, ONNX or an MLflow model.

    All but the rating table give scores, decisions and reasons exactly as `glassledger score` does, on feature values
    as they are after redaction. Whether the model was approved is written into every one of them.
    """
    from glassledger.scoring.export import Export

    wanted = Export(kind=kind, reasons=reasons, language=language, table=table, keep=keep, dialect=dialect)
    with opened(workspace, actor=actor, quiet=quiet, create=False) as ws:
        chosen = ws.model(model)
        written = ws.export(chosen, wanted, out=out, production=production)
    answer(
        {
            "model": chosen.id,
            "kind": kind,
            "out": str(out),
            "digest": written.digest,
            "review": written.review,
            "event": written.event,
        },
        [f"Model {chosen.id} ({written.review}) as {kind} in {out} (log entry {written.event})."],
        as_json=as_json,
        quiet=quiet,
    )
