"""``glassledger report``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from glassledger.cli.options import answer, model_option, opened, workspace_options

if TYPE_CHECKING:
    from glassledger.report import Format


@click.command(epilog="Example: glassledger report -w audit_reports/bank --language en --language zh")
@click.option("--language", "languages", multiple=True, help="en, de, zh; repeat for several. Default: the policy's.")
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(["html", "pdf", "md"]),
    default=("html",),
    show_default=True,
    help="html page, pdf for files (needs the extra 'pdf'), md model card; repeat for several.",
)
@click.option("--refresh", is_flag=True, help="Gather new evidence even when evidence for this model exists.")
@model_option
@workspace_options
def command(
    languages: tuple[str, ...],
    formats: tuple["Format", ...],
    refresh: bool,
    model: str,
    workspace: Path,
    actor: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write the report: a self-contained page per language and format, and the JSON evidence beside it."""
    with opened(workspace, actor=actor, quiet=quiet, create=False) as ws:
        chosen = ws.model(model)
        written = ws.report(chosen, languages=languages, formats=formats, refresh=refresh)
    files = [str(path) for path in written.files]
    answer(
        {"model": chosen.id, "evidence": written.evidence_digest, "files": files},
        [f"Report of model {chosen.id}:", *(f"  {path}" for path in files)],
        as_json=as_json,
        quiet=quiet,
    )
