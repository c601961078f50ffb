"""``glassledger explain``."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from glassledger.cli.options import answer, model_option, opened, workspace_options

if TYPE_CHECKING:
    from glassledger.records.explanation import Counterfactual, LocalExplanation, Replay

_STATUS = {
    "none": "No reachable change: no set of declared actionable changes reaches the other decision.",
    "not_needed": "The decision is already the favourable one.",
    "not_found": "None found; the search was cut short, so there may be one.",
}


@click.command(epilog="Example: glassledger explain --data prospects.csv --row 0 -w audit_reports/bank")
@click.option("--data", type=click.Path(path_type=Path), help="A table; together with --row explains one of its rows.")
@click.option("--row", type=click.IntRange(0), default=None, help="Row position in the table, from 0.")
@click.option("--language", default=None, help="Language of the texts; defaults to the policy's.")
@click.option("--counterfactual", is_flag=True, help="The fewest actionable changes that reach the other decision.")
@click.option(
    "--replay",
    type=click.IntRange(0),
    default=None,
    metavar="EVENT",
    help="Score the same table again as log entry EVENT did, and prove the output and the row equal.",
)
@click.option("--letter", type=click.Choice(["reg-b", "gdpr"]), default=None, help="A letter to the person, as HTML.")
@model_option
@workspace_options
def command(
    data: Path | None,
    row: int | None,
    language: str | None,
    counterfactual: bool,
    replay: int | None,
    letter: Literal["reg-b", "gdpr"] | None,
    model: str,
    workspace: Path,
    actor: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Show the terms of a model by importance, or why one row got its score."""
    if (data is None) != (row is None):
        raise click.UsageError("--data and --row go together.")
    asked = sum((counterfactual, replay is not None, letter is not None))
    if asked and data is None:
        raise click.UsageError("--counterfactual, --replay and --letter need --data and --row.")
    if asked > 1:
        raise click.UsageError("Ask for one of --counterfactual, --replay and --letter.")
    with opened(workspace, actor=actor, quiet=quiet, create=False) as ws:
        if data is None or row is None:
            explanation = ws.model(model).explanation
            width = max((len(name) for name in explanation.importances), default=4)
            ranked = sorted(explanation.importances.items(), key=lambda item: -item[1])
            lines = [f"{name:<{width}}  {value:.4f}" for name, value in ranked]
            answer(explanation.to_dict(), lines, as_json=as_json, quiet=quiet)
            return
        if replay is not None:
            again = ws.replay(data, event=replay, row=row)
            answer(again.to_dict(), _replayed(again), as_json=as_json, quiet=quiet)
            if not again.equal:
                raise click.exceptions.Exit(1)
            return
        chosen = ws.model(model)
        if counterfactual:
            found = ws.counterfactual(chosen, data, row=row)
            answer(found.to_dict(), _changes(found), as_json=as_json, quiet=quiet)
            return
        if letter is not None:
            page = ws.letter(chosen, data, row=row, kind=letter, language=language)
            answer({"kind": letter, "html": page}, [page], as_json=as_json)
            return
        local = ws.explain(chosen, data, row=row, language=language)
    answer(local.to_dict(), _reasons(local), as_json=as_json, quiet=quiet)


def _reasons(local: "LocalExplanation") -> list[str]:
    lines = [f"score {local.score:.4f}" + (f" → {local.decision}" if local.decision else "")]
    return lines + [f"  {reason.code}: {reason.text} ({reason.contribution:+.3f})" for reason in local.reasons]


def _changes(found: "Counterfactual") -> list[str]:
    lines = [f"score {found.score:.4f} → {found.decision} (threshold {found.threshold:g})"]
    if found.status != "found":
        return [*lines, _STATUS[found.status]]
    lines += [f"  {change.feature}: {change.direction} to {change.to}" for change in found.changes]
    lines.append(f"then score {found.score_after:.4f} → {found.decision_after}")
    return [*lines, "no fewer or smaller changes do" if found.exact else "there may be fewer or smaller changes"]


def _replayed(again: "Replay") -> list[str]:
    def word(equal: bool) -> str:
        return "equal" if equal else "DIFFERENT"

    return [
        *_reasons(again.row),
        f"log entry {again.event}: input {word(again.input_equal)}, output {word(again.output_equal)}, "
        f"row {word(again.row_equal)}",
        f"  logged     {again.logged_output}",
        f"  recomputed {again.recomputed_output}",
    ]
