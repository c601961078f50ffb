"""``glassledger check``: a policy, a table against its policy, or a table by itself."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from glassledger.cli.options import answer, opened, workspace_options
from glassledger.errors import UsageError

if TYPE_CHECKING:
    from glassledger.records.detection import DetectionRecord

_POLICIES = (".yaml", ".yml")


@click.command(
    epilog="Examples: glassledger check customers.csv --policy policies/scoring/bank_marketing.yaml  ·  "
    "glassledger check policies/scoring/bank_marketing.yaml bank.csv"
)
@click.argument("subject", type=click.Path(path_type=Path))
@click.argument("data", required=False, type=click.Path(path_type=Path))
@click.option("--policy", type=click.Path(dir_okay=False, path_type=Path), help="What is declared about the table.")
@click.option("--for", "purpose", type=click.Choice(["fit", "score"]), default="fit", show_default=True)
@workspace_options
@click.pass_context
def command(
    context: click.Context,
    subject: Path,
    data: Path | None,
    policy: Path | None,
    purpose: str,
    workspace: Path,
    actor: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Check a policy alone, a table against it, or a table for personal data.

    With a policy (.yaml) first: its soundness, and the table's contract. With a table first: what each column seems to
    hold, what strayed into it, and what changed since the last run; exit code 1 when a direct identifier is not
    declared. Failures name column, rule, count and first rows, never a value.
    """
    if subject.suffix.lower() not in _POLICIES:
        if data is not None:
            raise UsageError(
                "Two tables, or a policy that does not end in .yaml, were given.",
                code="check-subject",
                hint="Use 'check POLICY.yaml [TABLE]' or 'check TABLE [--policy POLICY.yaml]'.",
            )
        context.exit(_check_table(subject, policy, workspace, actor, as_json=as_json, quiet=quiet))
    _check_policy(subject, data, purpose, workspace, actor, as_json=as_json, quiet=quiet)


def _check_policy(
    policy: Path, data: Path | None, purpose: str, workspace: Path, actor: str | None, *, as_json: bool, quiet: bool
) -> None:
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


def _check_table(
    table: Path, policy: Path | None, workspace: Path, actor: str | None, *, as_json: bool, quiet: bool
) -> int:
    """1 when a direct identifier is not declared, else 0."""
    from glassledger.policy import Policy

    loaded = None if policy is None else Policy.load(policy)
    with opened(workspace, actor=actor, quiet=quiet) as ws:
        record = ws.detect(table, name=table.name, policy=loaded)
    ok = not record.undeclared
    answer(record.to_dict() | {"ok": ok}, _lines(record), as_json=as_json, quiet=quiet)
    return 0 if ok else 1


def _lines(record: "DetectionRecord") -> list[str]:
    """A line per column that holds something, then what strayed, changed and is not declared."""
    found = [item for item in record.columns if item.kind != "none"]
    width = max((len(item.column) for item in found), default=0)
    lines = [f"{record.table}: {record.rows:,} rows, {len(record.columns)} columns, {len(found)} with personal data."]
    lines += [
        f"  {item.column:<{width}}  {item.kind:<17} {item.sensitivity:<6} {item.confidence:7.2%}  "
        f"{item.shaped:,} of {item.sampled:,} values shaped, {item.valid:,} valid ({', '.join(item.evidence)})"
        for item in found
    ]
    few = record.counts_rounded_below
    lines += [
        f"  {item.column}: {item.cells:,} cells{' or fewer' if item.cells <= few else ''} hold a stray {item.kind}."
        for item in record.stray
    ]
    lines += [f"  changed since the last run: {item.column}: {item.before} → {item.after}" for item in record.changes]
    if record.undeclared:
        lines.append(
            f"Not declared: {', '.join(record.undeclared)}. Declare each in a policy (role identifier or free_text, or "
            "drop it), and give that policy with --policy."
        )
    return lines
