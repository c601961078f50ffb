"""Hand a model out: written, digested and logged, with its review state inside."""

from pathlib import Path

from glassledger import canonical
from glassledger.files import read_bytes
from glassledger.records.review_state import ReviewState
from glassledger.scoring.card import scoring_card
from glassledger.scoring.export import Export, write_export
from glassledger.workspace.guarding import aside, look, place
from glassledger.workspace.handles import LoggedModel, WrittenExport
from glassledger.workspace.rooms import Rooms


def export(
    rooms: Rooms, model: LoggedModel, wanted: Export, *, out: Path, state: ReviewState, mode: str
) -> WrittenExport:
    """Write and log; whoever opens the export later reads in it whether the model was approved."""
    card = scoring_card(model.model, policy=model.policy, reasons=wanted.reasons)
    card["review"] = {"status": state.status, "as_of": state.as_of, "expires_on": state.expires_on}
    body = {"model": model.digest, "policy": model.policy.digest, "kind": wanted.kind, "mode": mode}
    with rooms.journal.act("export", body | {"review": state.status}) as act:
        if out.is_dir():
            write_export(card, wanted, out)  # refuses: it overwrites no folder
        with aside(out.absolute().parent) as stage:
            write_export(card, wanted, stage / out.name)
            look(rooms, model, stage, what="The export")
            place(stage / out.name, out)
        digest = digest_of(out)
        act.body |= {"model": model.digest, "kind": wanted.kind, "output": digest}
    return WrittenExport(path=out, digest=digest, review=state.status, event=act.outcome)


def digest_of(path: Path) -> str:
    """SHA-256 of a file, or of a folder's canonical list of relative paths and their files' digests."""
    if path.is_file():
        return canonical.digest(read_bytes(path))
    files = sorted(one for one in path.rglob("*") if one.is_file() and not one.name.startswith((".", "_")))
    listed = {one.relative_to(path).as_posix(): canonical.digest(read_bytes(one)) for one in files}
    return canonical.digest(canonical.dumps(listed))
