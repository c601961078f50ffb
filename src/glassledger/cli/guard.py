"""``glassledger guard``."""

from pathlib import Path

import click

from glassledger.cli.options import answer, json_option, model_option


@click.command(epilog="Example: glassledger guard audit_reports/bank/reports export.zip -w audit_reports/bank")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--workspace",
    "-w",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="Workspace of a model: the identifying values of its table are looked for as well.",
)
@model_option
@click.option("--canary", multiple=True, help="A planted value that must not be met; repeatable.")
@click.option("--allow", multiple=True, help="A value that may stand, such as a contact address; repeatable.")
@json_option
def command(
    paths: tuple[Path, ...],
    workspace: Path | None,
    model: str,
    canary: tuple[str, ...],
    allow: tuple[str, ...],
    as_json: bool,
) -> None:
    """Look for personal values in files and folders: unpacked, decoded, by detectors, by the keyed index of a model's
    table, by canaries.

    Says type, place and count, never a value. Exit code 3 when something was found or could not be read.
    """
    from glassledger.redaction.guard import Guard, require_clean

    if workspace is None:
        guard = Guard(canaries=canary, allowed=frozenset(allow))
    else:
        from glassledger.workspace import Workspace

        with Workspace.open(workspace, create=False) as ws:
            known = ws.guard(ws.model(model))
        guard = Guard(indexes=known.indexes, canaries=canary, allowed=known.allowed | frozenset(allow))
    record = require_clean(guard.files(paths), what=", ".join(path.name for path in paths[:3]))
    answer(
        record.to_dict() | {"clean": True},
        [
            f"Nothing found in {record.files:,} files ({record.bytes_read:,} bytes unpacked) by the detectors, "
            f"{record.indexed_values:,} indexed values and {len(canary)} canaries."
        ],
        as_json=as_json,
    )
