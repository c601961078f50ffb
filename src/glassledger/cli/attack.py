"""``glassledger attack``."""

import sys
from pathlib import Path

import click

from glassledger.cli.options import answer, model_option, opened, workspace_options

_VERDICTS = {None: "There is no claim to hold it against.", True: "The claim stands.", False: "THE CLAIM IS REFUTED."}


@click.command(epilog="Example: glassledger attack -w audit_reports/bank --runs 500")
@click.argument("policy", required=False, type=click.Path(dir_okay=False, path_type=Path))
@model_option
@click.option("--runs", type=click.IntRange(20, 100_000), default=200, show_default=True, help="Fits on each side.")
@click.option(
    "--canaries",
    type=click.IntRange(20, 100_000),
    default=400,
    show_default=True,
    help="Canaries of the one-run attack.",
)
@workspace_options
def command(
    policy: Path | None,
    model: str,
    runs: int,
    canaries: int,
    workspace: Path,
    actor: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Attack a private family with canaries: a lower bound on its true epsilon, at 95 % confidence.

    With POLICY nothing is written. Without it, the model's policy is attacked and the outcome is logged, for the next
    report (--refresh). All rows are invented from the declared domain: no table is read and no budget is spent.

    Exit code 1 when a bound exceeds the claim.
    """
    if policy is not None:
        from glassledger.models.canary_attack import attack
        from glassledger.policy import Policy

        record = attack(Policy.load(policy), runs=runs, canaries=canaries)
    else:
        with opened(workspace, actor=actor, quiet=quiet, create=False) as ws:
            record = ws.attack(ws.model(model), runs=runs, canaries=canaries)
    claim = "claims nothing" if record.epsilon is None else f"claims epsilon {record.epsilon:g}, delta {record.delta:g}"
    lines = [f"{record.family} {claim}. Lower bounds on the true epsilon ({record.confidence:.0%} confidence each):"]
    lines += [
        f"  {one.method:<11} {one.epsilon_lower:6.3f}  (at most {one.ceiling:.2f} could be shown; "
        f"{one.correct} of {one.guesses} guesses right)"
        for one in record.results
    ]
    lines.append(_VERDICTS[record.within_claim])
    answer(record.to_dict() | {"ok": record.within_claim is not False}, lines, as_json=as_json, quiet=quiet)
    if record.within_claim is False:
        sys.exit(1)
