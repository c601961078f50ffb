"""Options and output that the commands share."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from glassledger.workspace import Workspace

Command = TypeVar("Command", bound=Callable[..., Any])

workspace_option = click.option(
    "--workspace",
    "-w",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("audit_reports/workspace"),
    envvar="GLASSLEDGER_WORKSPACE",
    show_default=True,
    show_envvar=True,
    help="Folder of the log, artefacts and keys; made on first use.",
)
actor_option = click.option(
    "--actor",
    envvar="GLASSLEDGER_ACTOR",
    show_envvar=True,
    default=None,
    help="Who is acting; defaults to the login name.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document on standard output.")
quiet_option = click.option("--quiet", "-q", is_flag=True, help="No progress and no summary.")
model_option = click.option(
    "--model", "-m", default="latest", show_default=True, help="Model id (or its first characters), or 'latest'."
)


def workspace_options(command: Command) -> Command:
    """``--workspace``, ``--actor``, ``--json`` and ``--quiet``."""
    for option in (quiet_option, json_option, actor_option, workspace_option):
        command = option(command)
    return command


@contextmanager
def opened(folder: Path, *, actor: str | None, quiet: bool = False, create: bool = True) -> Iterator["Workspace"]:
    """Open a workspace with a progress line on a terminal and none in a pipe; closes it at the end."""
    from glassledger.workspace import Workspace

    bar = _Steps(enabled=sys.stderr.isatty() and os.environ.get("TERM") != "dumb" and not quiet)
    with Workspace.open(folder, actor=actor, create=create, on_step=bar) as workspace:
        try:
            yield workspace
        finally:
            bar.close()


class _Steps:
    """A progress bar over named steps, drawn on standard error."""

    def __init__(self, *, enabled: bool) -> None:
        self._enabled = enabled
        self._drawn = False

    def __call__(self, step: str, done: int, total: int) -> None:
        if not self._enabled:
            return
        filled = round(24 * done / max(total, 1))
        click.echo(f"\r\033[2K[{'█' * filled}{'·' * (24 - filled)}] {done}/{total} {step}", nl=False, err=True)
        self._drawn = True

    def close(self) -> None:
        if self._drawn:
            click.echo("\r\033[2K", nl=False, err=True)
            self._drawn = False


def answer(value: dict[str, Any], lines: list[str], *, as_json: bool, quiet: bool = False) -> None:
    """Data goes to standard output: JSON for programs, or lines for people."""
    if as_json:
        click.echo(json.dumps(value, ensure_ascii=False, sort_keys=True))
    elif not quiet:
        click.echo("\n".join(lines))
