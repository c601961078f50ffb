"""``glassledger subject …``: commitments about people, which can be shown and erased."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from glassledger.cli.options import actor_option, answer, json_option, workspace_option

if TYPE_CHECKING:
    from glassledger.audit.subjects import Subjects

_FILE = click.option(
    "--file", "path", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The content."
)
_SUBJECT = click.option("--subject", required=True, help="Whom it is about, as you know them; never logged.")


@click.group()
def command() -> None:
    """Commit to a letter or a decision about a person, show it later, erase it when asked.

    The log holds a salted hash and neither the content nor the person. Nothing here needs a data-science package.
    """


@command.command(
    "commit", epilog="Example: glassledger subject commit --subject C-42 --file letter.pdf --purpose letter"
)
@workspace_option
@_SUBJECT
@_FILE
@click.option("--purpose", required=True, help="One word, such as decision_letter; logged.")
@actor_option
@json_option
def commit(workspace: Path, subject: str, path: Path, purpose: str, actor: str | None, as_json: bool) -> None:
    """Log a commitment to FILE, of any size. Keep the file: it is stored nowhere else."""
    with _subjects(workspace, actor) as subjects:
        made = subjects.commit(subject, path.read_bytes(), purpose=purpose)
    answer(
        {"commitment": made.digest, "index": made.index}, [f"{made.digest}\nis entry {made.index}."], as_json=as_json
    )


@command.command("check", epilog="Example: glassledger subject check sha256:0f3a… --file letter.pdf")
@click.argument("commitment")
@workspace_option
@_FILE
@json_option
@click.pass_context
def check(ctx: click.Context, commitment: str, workspace: Path, path: Path, as_json: bool) -> None:
    """Say whether COMMITMENT is to FILE (holds), to something else (differs, exit code 1), or was erased."""
    with _subjects(workspace, None) as subjects:
        state = subjects.check(commitment, path.read_bytes())
    answer({"state": state}, [state], as_json=as_json)
    ctx.exit(1 if state == "differs" else 0)


@command.command("erase", epilog="Example: glassledger subject erase --subject C-1042")
@workspace_option
@_SUBJECT
@actor_option
@json_option
def erase(workspace: Path, subject: str, actor: str | None, as_json: bool) -> None:
    """Delete the salts of all commitments about a person, for good. The log stays whole and says how many."""
    with _subjects(workspace, actor) as subjects:
        count = subjects.erase(subject)
    answer({"erased": count}, [f"{count} commitments erased. Copies in backups are yours to delete."], as_json=as_json)


@contextmanager
def _subjects(workspace: Path, actor: str | None) -> "Iterator[Subjects]":
    from glassledger.audit.log import Log
    from glassledger.audit.signer import Signer
    from glassledger.audit.subjects import Subjects
    from glassledger.audit.vault import NAME, Vault

    key = workspace / "keys" / "log.key"
    with Log.open(workspace, signer=Signer.load(key) if key.exists() else None) as log:
        yield Subjects(log, Vault(workspace / "keys" / NAME), actor=actor or getpass.getuser())
