"""``glassledger log …``."""

from pathlib import Path

import click

from glassledger import canonical
from glassledger.cli import log_trust
from glassledger.cli.options import answer, json_option, workspace_option


@click.group()
def command() -> None:
    """Read, publish and vouch for the log. Only ``publish`` needs a data-science package: the guard looks first."""


for _command in (log_trust.cosign, log_trust.stamp, log_trust.rotate_key, log_trust.succeed):
    command.add_command(_command)


@command.command("list", epilog="Example: glassledger log list -w audit_reports/bank")
@workspace_option
@json_option
def list_entries(workspace: Path, as_json: bool) -> None:
    """List the entries: index, time, type, actor."""
    from glassledger.audit.log import Log
    from glassledger.audit.tree import leaf_hash

    with Log.open(workspace) as log:
        rows = [(entry, leaf_hash(entry.to_bytes()).hex()) for entry in log.entries()]
    answer(
        {
            "entries": [
                {"index": index, "leaf_hash": leaf} | canonical.loads(entry.to_bytes())
                for index, (entry, leaf) in enumerate(rows)
            ]
        },
        [f"{index:>6}  {entry.time}  {entry.type:<18} {entry.actor}" for index, (entry, _) in enumerate(rows)],
        as_json=as_json,
    )


@command.command("checkpoint", epilog="Example: glassledger log checkpoint -w audit_reports/bank > head.txt")
@workspace_option
def checkpoint(workspace: Path) -> None:
    """Print the signed checkpoint. Keep a copy elsewhere: it is what shows a later rollback."""
    from glassledger.audit.log import Log

    with Log.open(workspace) as log:
        click.echo(log.signed_head().note.decode(), nl=False)


@command.command("publish", epilog="Example: glassledger log publish site/ -w audit_reports/bank")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@workspace_option
@json_option
def publish(folder: Path, workspace: Path, as_json: bool) -> None:
    """Write the log as static files (C2SP tlog-tiles) that other people's programs verify.

    Covers everything up to the last signed checkpoint. A tree that is there already grows; another log's is refused.
    The leak guard looks into every entry first.
    """
    from glassledger.audit.log import Log
    from glassledger.workspace.guarding import look_into_log

    with Log.open(workspace) as log:
        look_into_log(log, workspace)
        head = log.publish(folder)
        vkey = str(log.key)
    answer(
        {"directory": str(folder), "origin": head.origin, "size": head.size, "root": head.root.hex(), "vkey": vkey},
        [
            f"Published {head.size:,} entries of {head.origin} in {folder}.",
            f"Anyone can check them: glassledger verify {folder} --vkey '{vkey}'",
        ],
        as_json=as_json,
    )


@command.command("proof", epilog="Example: glassledger log proof 41 -w audit_reports/bank > entry-41.tlog-proof")
@click.argument("index", type=click.IntRange(min=0))
@workspace_option
def proof(index: int, workspace: Path) -> None:
    """Print an offline proof (C2SP tlog-proof) that entry INDEX is in the log."""
    from glassledger.audit.log import Log

    with Log.open(workspace) as log:
        click.echo(log.proof(index).to_bytes().decode(), nl=False)


@command.command(
    "recover", epilog="Example: glassledger log recover -w audit_reports/bank --anchor /mnt/share/bank.anchor"
)
@workspace_option
@click.option(
    "--anchor",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The checkpoint that is kept outside the workspace, if there is one.",
)
@click.option("--key", type=click.Path(dir_okay=False, path_type=Path), help="The log's key; else keys/log.key.")
@click.option("--actor", required=True, help="Who accepts the loss.")
@click.option("--reason", prompt="Why were entries lost, and who decided to go on", help="Goes into the log.")
def recover(workspace: Path, anchor: Path | None, key: Path | None, actor: str, reason: str) -> None:
    """Go on after a restored backup: log what was lost and spend what is left of every budget.

    For a log that is older than what was signed. Look for the missing entries first: this cannot be undone, and earlier
    checkpoints will always show it.
    """
    from glassledger.audit.anchor import FileAnchor
    from glassledger.audit.log import Log
    from glassledger.audit.signer import Signer

    place = Log.recover(
        workspace,
        signer=Signer.load(key or workspace / "keys" / "log.key"),
        anchor=FileAnchor(anchor, log_folder=workspace) if anchor else None,
        actor=actor,
        reason=reason,
    )
    click.echo(f"The loss is entry {place.index}. Budgets are spent to their caps; their owner may open them again.")
