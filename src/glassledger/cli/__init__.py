"""The command line. A command's module is imported only when that command runs, so ``verify`` stays light."""

import json
import os
import sys
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import click

from glassledger import __version__
from glassledger.errors import Error, UsageError

#: command name -> module under ``glassledger.cli`` that holds ``command``, and its one-line help
_COMMANDS = {
    "demo": ("demo", "Run the whole story on the bundled synthetic campaign."),
    "init": ("init", "Draft a policy from a table; every guess is marked."),
    "check": ("check", "Check a policy, or a table against its policy."),
    "fit": ("fit", "Screen, split, fit and evaluate a model; everything is logged."),
    "score": ("score", "Score a table, with reasons."),
    "export": ("export", "Write a model as SQL, a rating table or a stand-alone scorer."),
    "explain": ("explain", "Show how a model works, or why one row got its score."),
    "report": ("report", "Write a model's report (HTML and JSON evidence)."),
    "review": ("review", "Submit, approve or reject a model, signed."),
    "rules": ("rules", "List the rule packs, or find models judged by older ones."),
    "guard": ("guard", "Look for personal values in files before they leave."),
    "keys": ("keys", "List or rotate the keys of pseudonyms and tokens."),
    "reveal": ("reveal", "Turn tokens back into values; logged."),
    "budget": ("budget", "Show what was spent of a dataset's privacy budget."),
    "log": ("log", "List, prove, publish, cosign, stamp or hand over the log."),
    "subject": ("subject", "Commit to something about a person; show it, erase it."),
    "witness": ("witness", "Run a witness that cosigns logs as long as they only grow."),
    "attack": ("attack", "Attack a private family with canaries: a lower bound on its epsilon."),
    "verify": ("verify", "Re-hash every entry and artefact; needs no data-science package."),
    "schema": ("schema", "Print a JSON Schema (policy, model, evidence)."),
}


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports one when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f"glassledger.cli.{_COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; a misspelt one is refused with the nearest name."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = get_close_matches(args[0], _COMMANDS, n=1)
            if not near:
                raise
            raise click.UsageError(f"{error.message} Did you mean '{near[0]}'?", ctx=ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="glassledger")
def cli() -> None:
    """Glass-box and private scoring that carries its proof along.

    Exit codes: 0 ok · 1 a check failed · 2 wrong use · 3 refused by policy, budget or review · 4 log not verifiable.
    """


def main() -> None:
    """Entry point: our errors become one message and a documented exit code; nobody sees a traceback."""
    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("Stopped. What was logged as begun stays visible in the log.", err=True)
        sys.exit(130)
    except click.ClickException as error:
        _as_json(UsageError(error.format_message(), code="command-line", hint="See --help."))
        error.show()
        sys.exit(error.exit_code)
    except Error as error:
        _refuse(error)
    except Exception as error:
        if os.environ.get("GLASSLEDGER_DEBUG"):
            raise
        _refuse(_unforeseen(error))
    sys.exit(code if isinstance(code, int) else 0)


def _as_json(error: Error) -> None:
    """The error on standard output for programs that asked for JSON."""
    if "--json" in sys.argv:
        click.echo(json.dumps(error.as_dict(), ensure_ascii=False, sort_keys=True))


def _refuse(error: Error) -> NoReturn:
    """The error on standard error for people; red on a terminal, unless NO_COLOR (no-color.org) is set."""
    _as_json(error)
    colour = False if os.environ.get("NO_COLOR") else None
    click.secho(f"error [{error.code}]: {error.message}", fg="red", err=True, color=colour)
    if error.hint:
        click.echo(error.hint, err=True)
    sys.exit(error.exit_code)


def _unforeseen(error: Exception) -> Error:
    """A fault of ours: its kind and place, never its text."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "unknown place"
    return Error(
        f"{type(error).__name__} at {place}.",
        code="internal",
        hint="This is a fault of glassledger. The message is withheld because it may quote data; "
        "set GLASSLEDGER_DEBUG=1 to see it on a machine where that is allowed.",
    )
