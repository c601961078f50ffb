"""``glassledger demo``: the whole story, on data that is made on the spot."""

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from glassledger.cli.options import answer, json_option, opened, quiet_option
from glassledger.errors import UsageError

if TYPE_CHECKING:
    from glassledger.workspace import LoggedModel, Workspace

DEVELOPER, APPROVER = "dana@example.com", "alex@example.com"


@click.command(epilog="Example: glassledger demo audit_reports/demo")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path("audit_reports/demo"))
@click.option("--rows", type=click.IntRange(1000, 1_000_000), default=20_000, show_default=True)
@json_option
@quiet_option
def command(folder: Path, rows: int, as_json: bool, quiet: bool) -> None:
    """Make a synthetic campaign, fit an open and a private model, report, review, score, verify.

    FOLDER is replaced when an earlier demo made it, and refused when anything else lies there.
    """
    from glassledger.data.synthetic import campaign

    started = time.monotonic()
    _fresh(folder)
    frame = campaign(rows=rows)
    customers, prospects = frame.iloc[: rows * 3 // 4], frame.iloc[rows * 3 // 4 :].drop(columns="responded")
    with opened(folder, actor=DEVELOPER, quiet=quiet) as ws:
        model, private = _fit(ws, customers)
        _review(ws, model)
        report = ws.report(model, languages=("en", "zh"))
        ws.report(private, languages=("en",))
        scored = ws.score(model, prospects, out=folder / "scores.csv", production=True)
        verified = ws.verify()
    pages = [path for path in report.files if path.suffix == ".html"]
    answer(
        {
            "report": str(pages[0]),
            "model": model.id,
            "private_model": private.id,
            "scored": len(scored.table),
            "log_entries": verified.size,
            "seconds": round(time.monotonic() - started, 1),
        },
        [
            f"{rows:,} invented customers checked, redacted and split; two models fitted:",
            _line("open", model),
            _line("private", private),
            f"Approved by {APPROVER}; {len(scored.table):,} prospects scored into {folder / 'scores.csv'}.",
            f"Log verified: {verified.size} entries. Try: glassledger verify {folder}",
            "",
            f"Report: {pages[0]}",
        ],
        as_json=as_json,
        quiet=quiet,
    )


def _fresh(folder: Path) -> None:
    if not folder.exists() or not any(folder.iterdir()):
        return
    if not (folder / "demo").exists():
        raise UsageError(
            f"{folder} holds something that no demo made.", code="folder-taken", hint="Name another folder."
        )
    shutil.rmtree(folder)


def _fit(ws: "Workspace", customers: object) -> "tuple[LoggedModel, LoggedModel]":
    from glassledger.policy import Policy
    from glassledger.policy.load import shipped_policy

    (ws.folder / "demo").write_text("Made by 'glassledger demo'; the next demo replaces this folder.\n")
    models = []
    for name in ("campaign", "campaign_private"):
        policy = Policy.parse(shipped_policy(name), name=f"{name}.yaml")
        models.append(ws.fit(policy, customers))
    return models[0], models[1]


def _review(ws: "Workspace", model: "LoggedModel") -> None:
    from glassledger.review import make_key

    people = ws.folder / "people"
    for identity in (DEVELOPER, APPROVER):
        ws.trust(identity, make_key(people / identity.split("@")[0], comment=identity))
    ws.report(model)
    ws.review(model).submit(by=DEVELOPER, key=people / "dana", comment="Ready for review.")
    ws.review(model).approve(by=APPROVER, key=people / "alex", comment="Demonstration only.")


def _line(kind: str, model: "LoggedModel") -> str:
    figure = next(item for item in model.evaluation.figures if item.name == "auroc")
    value = "not available" if figure.value is None else f"{figure.value:.3f}"
    return f"  {kind:<8} {model.id}  {model.facts.family:<8} AUROC on the holdout {value}"
