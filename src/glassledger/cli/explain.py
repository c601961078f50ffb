"""``glassledger explain``."""

from pathlib import Path

import click

from glassledger.cli.options import answer, model_option, opened, workspace_options


@click.command(epilog="Example: glassledger explain --data prospects.csv --row 0 -w audit_reports/bank")
@click.option("--data", type=click.Path(path_type=Path), help="A table; together with --row explains one of its rows.")
@click.option("--row", type=click.IntRange(0), default=None, help="Row position in the table, from 0.")
@click.option("--language", default=None, help="Language of the texts; defaults to the policy's.")
@model_option
@workspace_options
def command(
    data: Path | None,
    row: int | None,
    language: str | None,
    model: str,
    workspace: Path,
    actor: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Show the terms of a model by importance, or why one row got its score."""
    if (data is None) != (row is None):
        raise click.UsageError("--data and --row go together.")
    with opened(workspace, actor=actor, quiet=quiet, create=False) as ws:
        chosen = ws.model(model)
        if data is None or row is None:
            explanation = chosen.explanation
            width = max((len(name) for name in explanation.importances), default=4)
            ranked = sorted(explanation.importances.items(), key=lambda item: -item[1])
            lines = [f"{name:<{width}}  {value:.4f}" for name, value in ranked]
            answer(explanation.to_dict(), lines, as_json=as_json, quiet=quiet)
            return
        local = ws.explain(chosen, data, row=row, language=language)
    lines = [f"score {local.score:.4f}" + (f" → {local.decision}" if local.decision else "")]
    lines += [f"  {reason.code}: {reason.text} ({reason.contribution:+.3f})" for reason in local.reasons]
    answer(local.to_dict(), lines, as_json=as_json, quiet=quiet)
