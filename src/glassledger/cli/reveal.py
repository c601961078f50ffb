"""``glassledger reveal``."""

import sys
from pathlib import Path

import click

from glassledger.cli.options import actor_option, json_option, opened, workspace_option


@click.command(epilog="Example: glassledger reveal --column iban --policy eu_gdpr --reason 'refund 4711' < tokens.txt")
@click.option("--column", required=True, help="Column that the tokens stand in.")
@click.option("--policy", required=True, help="Name of the policy under which they were made.")
@click.option("--key", default="vault", show_default=True, help="The key as the policy names it.")
@click.option("--reason", required=True, help="Why the values are needed; goes into the log.")
@workspace_option
@actor_option
@json_option
def command(column: str, policy: str, key: str, reason: str, workspace: Path, actor: str | None, as_json: bool) -> None:
    """Turn tokens (one a line on standard input) back into values.

    Who asked, why, for which column and how many is logged before anything is shown; tokens and values are not.
    """
    import json

    tokens = [line for line in sys.stdin.read().splitlines() if line]
    with opened(workspace, actor=actor, create=False) as ws:
        values = ws.reveal(tokens, column=column, policy=policy, key=key, reason=reason)
    click.echo(json.dumps({"values": values}, ensure_ascii=False) if as_json else "\n".join(values))
