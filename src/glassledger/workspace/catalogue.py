"""Find logged models and their decisions; every byte that comes back was re-hashed."""

from collections.abc import Iterator

from glassledger import canonical
from glassledger.errors import UsageError
from glassledger.models import load_model
from glassledger.policy import Policy
from glassledger.records.decision import LoggedDecision, SignedDecision
from glassledger.records.evaluation import Evaluation
from glassledger.records.explanation import GlobalExplanation
from glassledger.records.model_facts import ModelFacts
from glassledger.records.screening import ScreeningRecord
from glassledger.workspace.fitting import Personas
from glassledger.workspace.handles import LoggedModel, glass_box, short_id
from glassledger.workspace.journal import LogRow
from glassledger.workspace.rooms import Rooms


def rows_of(rooms: Rooms, kind: str, *, model: str | None = None) -> Iterator[LogRow]:
    """Entries of one type, oldest first, optionally those about one model."""
    for row in rooms.journal.rows():
        if row.entry.type == kind and (model is None or row.entry.body.get("model") == model):
            yield row


def find(rooms: Rooms, name: str) -> LoggedModel:
    """The model called ``name``: 'latest', or the first characters of its digest.

    Who fits the same bytes again does not become their developer: the first fit of a digest is the one that counts,
    otherwise a developer could have a colleague repeat the fit and then approve it.

    Raises
    ------
    UsageError
        When there is none, or the characters fit several.
    """
    fits = list(rows_of(rooms, "fit.outcome"))
    if not fits:
        raise UsageError(
            "No model was fitted in this workspace yet.",
            code="model-unknown",
            hint="Make one with 'glassledger fit', or name another workspace.",
        )
    wanted = name.removeprefix("sha256:").lower()
    if wanted == "latest":
        wanted = short_hex(fits[-1])
    found = {row.entry.body["model"]: row for row in reversed(fits) if wanted and short_hex(row).startswith(wanted)}
    if len(found) != 1:
        known = ", ".join(sorted({short_id(row.entry.body["model"]) for row in fits}))
        raise UsageError(
            f"{len(found)} models fit the name '{name[:64]}'.",
            code="model-unknown" if not found else "model-ambiguous",
            hint=f"Models in this workspace: {known}.",
        )
    return load(rooms, next(iter(found.values())))


def short_hex(row: LogRow) -> str:
    """The hexadecimal digits of the model digest in a fit's outcome."""
    return str(row.entry.body["model"]).removeprefix("sha256:")


def load(rooms: Rooms, row: LogRow) -> LoggedModel:
    """Rebuild a handle from a fit's outcome entry."""
    names = row.entry.artifacts
    raw = {name: rooms.artifacts.get(digest) for name, digest in names.items()}
    return LoggedModel(
        digest=canonical.digest(raw["model"]),
        entry=row.index,
        model=glass_box(load_model(raw["model"])),
        facts=ModelFacts.from_json(raw["facts"]),
        policy=Policy.parse(
            raw["policy"], name=f"policy of model {short_id(names['model'])}", redaction=raw.get("redaction")
        ),
        screening=ScreeningRecord.from_json(raw["screening"]),
        explanation=GlobalExplanation.from_json(raw["explanation"]),
        personas=Personas.from_json(raw["personas"]).people,
        evaluation=Evaluation.from_json(raw["evaluation"]),
        artifacts=dict(names),
    )


def evidence_digest(rooms: Rooms, model: LoggedModel) -> str | None:
    """Digest of the latest evidence that was reported for a model."""
    digests = [row.entry.body["evidence"] for row in rows_of(rooms, "report.outcome", model=model.digest)]
    return str(digests[-1]) if digests else None


def decisions(rooms: Rooms, model: LoggedModel) -> tuple[LoggedDecision, ...]:
    """The signed decisions about a model, oldest first, each with the time at which the log took it."""
    return tuple(
        LoggedDecision(
            signed=SignedDecision.from_json(rooms.artifacts.get(row.entry.artifacts["decision"])),
            logged_at=row.entry.time,
        )
        for row in rows_of(rooms, "review.signed", model=model.digest)
    )
