"""``glassledger keys …``."""

from pathlib import Path

import click

from glassledger.cli.options import actor_option, answer, json_option, opened, workspace_option


@click.group()
def command() -> None:
    """The keys behind pseudonyms and tokens. No secret is ever shown."""


@command.command("list", epilog="Example: glassledger keys list -w audit_reports/bank")
@workspace_option
@json_option
def list_keys(workspace: Path, as_json: bool) -> None:
    """List names, ids and states."""
    from glassledger.redaction.keys import KeyRing
    from glassledger.workspace.site import open_site

    found = KeyRing(open_site(workspace, create=False).keys).listed()
    answer(
        {"keys": [{"name": name, "id": key_id, "in_use": used} for name, key_id, used in found]},
        [f"{name:<20} {key_id}  {'in use' if used else 'retired'}" for name, key_id, used in found],
        as_json=as_json,
    )


@command.command("rotate", epilog="Example: glassledger keys rotate vault -w audit_reports/bank")
@click.argument("name")
@workspace_option
@actor_option
@json_option
def rotate(name: str, workspace: Path, actor: str | None, as_json: bool) -> None:
    """Retire a key and make a new one; logged.

    Old tokens can still be revealed. Pseudonyms made from now on cannot be joined with those made before.
    """
    with opened(workspace, actor=actor, create=False) as ws:
        old, new = ws.rotate_key(name)
    answer(
        {"name": name, "retired": old, "id": new},
        [f"Key {name}: {old} is retired, {new} is in use. Pseudonyms from before and after cannot be joined."],
        as_json=as_json,
    )
