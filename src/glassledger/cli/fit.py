"""``glassledger fit``."""

from pathlib import Path

import click

from glassledger.cli.options import answer, opened, workspace_options


@click.command(epilog="Example: glassledger fit policies/scoring/bank_marketing.yaml bank.csv -w audit_reports/bank")
@click.argument("policy", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("data", type=click.Path(path_type=Path))
@workspace_options
def command(policy: Path, data: Path, workspace: Path, actor: str | None, as_json: bool, quiet: bool) -> None:
    """Screen the table, reserve privacy budget, fit, explain and evaluate on the holdout; everything is logged."""
    from glassledger.policy import Policy

    loaded = Policy.load(policy)
    with opened(workspace, actor=actor, quiet=quiet) as ws:
        fitted = ws.fit(loaded, data)
        evaluation = fitted.evaluation
    figures = {figure.name: figure.value for figure in evaluation.figures}
    lines = [f"Model {fitted.id} ({fitted.facts.family}) fitted under '{loaded.document.name}'."]
    lines += [
        f"  {figure.name:<22} {figure.value:.4f}"
        + (f"  [{figure.lower:.4f}, {figure.upper:.4f}]" if figure.lower is not None else "")
        if figure.value is not None
        else f"  {figure.name:<22} not available: {figure.note}"
        for figure in evaluation.figures
    ]
    if fitted.facts.privacy:
        lines.append(f"  privacy: epsilon {fitted.facts.privacy.epsilon:g}, delta {fitted.facts.privacy.delta:g}")
    answer(
        {"model": fitted.id, "digest": fitted.digest, "family": fitted.facts.family, "figures": figures},
        lines,
        as_json=as_json,
        quiet=quiet,
    )
