"""``glassledger log …``."""

from pathlib import Path

import click

from glassledger.cli.options import answer, json_option, workspace_option


@click.group()
def command() -> None:
    """Read the log. Nothing here needs a data-science package."""


@command.command("list", epilog="Example: glassledger log list -w audit_reports/bank")
@workspace_option
@json_option
def list_entries(workspace: Path, as_json: bool) -> None:
    """List the entries: index, time, type, actor."""
    from glassledger.audit.log import Log

    with Log.open(workspace) as log:
        rows = list(log.scan())
    answer(
        {"entries": [{"index": row.index, "leaf_hash": row.leaf_hash.hex()} | row.entry.to_dict() for row in rows]},
        [f"{row.index:>6}  {row.entry.time}  {row.entry.type:<18} {row.entry.actor}" for row in rows],
        as_json=as_json,
    )


@command.command("checkpoint", epilog="Example: glassledger log checkpoint -w audit_reports/bank > head.txt")
@workspace_option
def checkpoint(workspace: Path) -> None:
    """Print the signed checkpoint. Keep a copy elsewhere: it is what shows a later rollback."""
    from glassledger.audit.log import Log

    with Log.open(workspace) as log:
        click.echo(log.latest_checkpoint().decode(), nl=False)
