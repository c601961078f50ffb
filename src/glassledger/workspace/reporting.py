"""Gather a model's evidence once, render it as often as needed."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from glassledger import canonical
from glassledger.errors import PolicyError
from glassledger.policy.rule_packs import load_pack
from glassledger.records.review_state import ReviewState
from glassledger.records.rules import RulePack
from glassledger.report import Format, Report
from glassledger.report.evidence import Evidence, LogEntry, LogExcerpt
from glassledger.workspace.attacking import latest_attack
from glassledger.workspace.budgets import statement
from glassledger.workspace.guarding import aside, look, place
from glassledger.workspace.handles import LoggedModel, WrittenReport
from glassledger.workspace.rooms import Rooms


def gather(rooms: Rooms, model: LoggedModel) -> Evidence:
    """Everything a report may say about a model, as one document."""
    journal = rooms.journal
    checkpoint = journal.log.checkpoint()
    regulation = model.policy.document.regulation
    return Evidence(
        policy=model.policy.document,
        policy_digest=model.policy.digest,
        facts=model.facts,
        screening=model.screening,
        explanation=model.explanation,
        personas=model.personas,
        evaluation=model.evaluation,
        budget=statement(rooms, model.policy.document.data.dataset) if model.facts.private else None,
        attack=latest_attack(rooms, model),
        rules=tuple(load_pack(name) for name in regulation.packs) if regulation else (),
        log=LogExcerpt(
            origin=rooms.site.origin,
            checkpoint=checkpoint.decode(),
            entries=_excerpt(rooms, model),
        ),
        artifacts=model.artifacts,
        generated_at=journal.now(),
    )


class ChangedRules(NamedTuple):
    """A reported model whose evidence holds another edition of a rule pack than the one that counts today.

    Attributes
    ----------
    model : short id
    pack : id of the pack
    held, current : days on which the two editions were judged; ``current`` is empty when the pack is gone
    """

    model: str
    pack: str
    held: str
    current: str


def changed_rules(model: LoggedModel, evidence: Evidence) -> tuple[ChangedRules, ...]:
    """Packs whose bytes changed since a model's evidence was gathered; such a model wants another look."""
    regulation = model.policy.document.regulation
    names = dict(zip((pack.id for pack in evidence.rules), regulation.packs if regulation else (), strict=False))
    found = []
    for pack in evidence.rules:
        try:
            today: RulePack | None = load_pack(names[pack.id])
        except PolicyError:
            today = None
        if today is None or today.digest != pack.digest:
            found.append(ChangedRules(model.id, pack.id, pack.version, today.version if today else ""))
    return tuple(found)


def write(
    rooms: Rooms,
    model: LoggedModel,
    evidence: Evidence,
    review: ReviewState,
    *,
    languages: Sequence[str],
    formats: Sequence[Format],
) -> WrittenReport:
    """Render and log the files with their digests."""
    digest = rooms.keep(evidence)
    folder = rooms.site.reports / model.id
    intent = {"model": model.digest, "evidence": digest}
    with rooms.journal.act("report", intent, artifacts={"evidence": digest}) as act:
        files: list[Path] = []
        with aside(folder) as stage:
            for language in languages:
                rooms.on_step(f"rendering {language}", len(files), len(languages))
                written = Report.build(evidence, review=review, language=language).write(stage, formats)
                files += [path for path in written.values() if path not in files]
            look(rooms, model, stage, what="The report")
            for path in files:
                place(path, folder / path.name)
            files = [folder / path.name for path in files]
        act.files |= {rooms.site.relative(path): canonical.digest(path.read_bytes()) for path in files}
        act.body |= {"model": model.digest, "evidence": digest, "languages": list(languages), "formats": list(formats)}
    return WrittenReport(files=tuple(files), evidence_digest=digest)


def _excerpt(rooms: Rooms, model: LoggedModel) -> tuple[LogEntry, ...]:
    """The entries of the fit: its intent, its reservations, its outcome."""
    intent = rooms.journal.log.entry(model.entry).subject
    assert intent is not None, "a fit's outcome names its intent"
    return tuple(
        LogEntry(index=row.index, type=row.entry.type, time=row.entry.time, leaf_hash=row.leaf_hash.hex())
        for row in rooms.journal.rows(intent, model.entry + 1)
        if row.index == intent or row.entry.subject == intent
    )
