"""``glassledger export``: the model in the form that another place runs."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from glassledger.cli.options import answer, model_option, opened, workspace_options

if TYPE_CHECKING:
    from glassledger.scoring.card import Card
    from glassledger.scoring.sql import Dialect

_KINDS = ("scorer", "sql", "contract", "csv")
_DIALECTS = ("duckdb", "postgres", "spark", "bigquery", "snowflake")


@click.command(epilog="Example: glassledger export sql --table crm.prospects --keep customer_id --out score.sql")
@click.argument("kind", type=click.Choice(_KINDS))
@click.option("--out", "-o", required=True, type=click.Path(dir_okay=False, path_type=Path), help="File to write.")
@click.option("--table", default="people", show_default=True, help="Table that the query reads (sql, contract).")
@click.option("--keep", multiple=True, help="Column that the query passes along, such as a key (sql); repeatable.")
@click.option(
    "--dialect", type=click.Choice(_DIALECTS), default="duckdb", show_default=True, help="Engine (sql, contract)."
)
@click.option("--reasons", type=click.IntRange(0, 20), default=None, help="Reasons per row; defaults to the policy's.")
@click.option("--language", default=None, help="Language of the reason texts (sql); defaults to the policy's.")
@click.option("--production", is_flag=True, help="Refuse unless these very bytes of the model are approved.")
@model_option
@workspace_options
def command(
    kind: str,
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
    """Write a model as a stand-alone scorer (Python, no packages), SQL, a contract check or a CSV rating table.

    All but the rating table give scores, decisions and reasons exactly as `glassledger score` does, on feature values
    as they are after redaction.
    """
    from glassledger.files import write_durably
    from glassledger.scoring.card import scoring_card

    with opened(workspace, actor=actor, quiet=quiet, create=False) as ws:
        chosen = ws.model(model)
        if production:
            ws.review(chosen).require_approved()
        card = scoring_card(chosen.model, policy=chosen.policy, reasons=reasons)
    write_durably(out, _written(kind, card, table, keep, dialect, language).encode())
    answer(
        {"model": chosen.id, "kind": kind, "out": str(out)},
        [f"Model {chosen.id} as {kind} in {out}."],
        as_json=as_json,
        quiet=quiet,
    )


def _written(
    kind: str, card: "Card", table: str, keep: tuple[str, ...], dialect: "Dialect", language: str | None
) -> str:
    from glassledger.scoring.rating import rating_table
    from glassledger.scoring.sql import contract_query, scoring_query
    from glassledger.scoring.standalone import standalone

    if kind == "scorer":
        return standalone(card)
    if kind == "csv":
        return rating_table(card)
    if kind == "contract":
        return contract_query(card, table=table, dialect=dialect)
    return scoring_query(card, table=table, keep=keep, language=language, dialect=dialect)
