"""``glassledger budget``."""

from pathlib import Path

import click

from glassledger.cli.options import answer, opened, workspace_options


@click.command(epilog="Example: glassledger budget -w audit_reports/bank")
@workspace_options
def command(workspace: Path, actor: str | None, as_json: bool, quiet: bool) -> None:
    """Show cap, spending and what is left, for every dataset in the log."""
    with opened(workspace, actor=actor, quiet=quiet, create=False) as ws:
        statements = ws.budgets()
    lines = [
        f"{item.scope}: epsilon {item.spent_nano_epsilon / 1e9:g} of {item.cap_nano_epsilon / 1e9:g} spent, "
        f"delta {item.spent_pico_delta / 1e12:g} of {item.cap_pico_delta / 1e12:g}, {len(item.entries)} reservations"
        for item in statements
    ]
    answer(
        {"budgets": [item.to_dict() for item in statements]},
        lines or ["No private model has been fitted here: nothing is spent."],
        as_json=as_json,
        quiet=quiet,
    )
