"""``glassledger check``."""

from pathlib import Path

import click

from glassledger.cli.options import answer, opened, workspace_options


@click.command(epilog="Example: glassledger check policies/scoring/bank_marketing.yaml bank.csv")
@click.argument("policy", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("data", required=False, type=click.Path(path_type=Path))
@click.option("--for", "purpose", type=click.Choice(["fit", "score"]), default="fit", show_default=True)
@workspace_options
def command(
    policy: Path, data: Path | None, purpose: str, workspace: Path, actor: str | None, as_json: bool, quiet: bool
) -> None:
    """Check a policy alone, or a table against it. Failures name column, rule, count and first rows, never a value."""
    from glassledger.policy import Policy

    loaded = Policy.load(policy)
    if data is None:
        answer(
            {"policy": loaded.digest, "name": loaded.document.name, "ok": True},
            [f"{policy}: the policy '{loaded.document.name}' version {loaded.document.version} is sound."],
            as_json=as_json,
            quiet=quiet,
        )
        return
    with opened(workspace, actor=actor, quiet=quiet) as ws:
        record = ws.check(loaded, data, purpose="fit" if purpose == "fit" else "score")
    answer(
        record.to_dict() | {"ok": True},
        [
            f"{data.name}: {record.rows:,} rows pass {len(record.checks)} checks of '{loaded.document.name}'.",
            f"Dropped columns: {', '.join((*record.columns_dropped, *record.columns_undeclared)) or 'none'}. "
            f"Rows left out without consent: {record.consent_excluded:,}.",
        ],
        as_json=as_json,
        quiet=quiet,
    )
