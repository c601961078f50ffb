"""Score a table with a logged model; in production only the approved bytes."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from glassledger import canonical
from glassledger.data import ScreenedFrame
from glassledger.errors import UsageError
from glassledger.explain import explain_local
from glassledger.explain.contributions import checked_language
from glassledger.explain.counterfactual import counterfactual
from glassledger.files import write_durably
from glassledger.models import AdditiveModel, RuleModel
from glassledger.records.explanation import Counterfactual, LocalExplanation
from glassledger.report.letter import LetterKind, letter
from glassledger.scoring import score as score_table
from glassledger.workspace.fitting import screened_by
from glassledger.workspace.handles import LoggedModel, ScoredTable
from glassledger.workspace.rooms import Rooms

LARGE = 256 * 2**20  # bytes of a file, from which on a table is streamed unless told otherwise


def streams_by_itself(source: Any, out: Path) -> bool:
    """Whether a table is too large to be read at once: a folder, or a large file that is not to become CSV."""
    path = Path(source) if isinstance(source, str | os.PathLike) else None
    if path is None or out.suffix == ".csv":
        return False
    return path.is_dir() or (path.is_file() and path.stat().st_size >= LARGE)


def score(
    rooms: Rooms,
    model: LoggedModel,
    source: Any,
    *,
    out: Path | None,
    reasons: int | None,
    language: str | None,
    mode: str,
) -> ScoredTable:
    """Screen, score, write and log; the output's digest goes into the log, its rows never do."""
    if out is not None and not out.name.endswith((".csv", ".parquet")):
        raise UsageError("Scores are written as .csv or .parquet.", code="suffix-unknown", hint="Rename --out.")
    rooms.on_step("checking and redacting", 0, 3)
    frame = screened_by(rooms, model.policy, source, purpose="score", levels_kept=model.screening.levels_kept)
    intent = {"model": model.digest, "policy": model.policy.digest, "mode": mode, "rows": len(frame)}
    intent |= {"reasons": reasons, "language": language, "form": "parquet" if _parquet(out) else "csv"}
    with rooms.journal.act("score", intent, artifacts={"screening": rooms.keep(frame.record)}) as act:
        rooms.on_step("scoring", 1, 3)
        table = score_table(model.model, frame, policy=model.policy, reasons=reasons, language=language)
        rooms.on_step("writing", 2, 3)
        data = serialised(table, parquet=_parquet(out))
        if out is not None:
            write_durably(out, data, mode=0o600)
        act.body |= {"model": model.digest, "rows": len(table), "output": canonical.digest(data)}
    return ScoredTable(table=table, event=act.outcome)


def _parquet(out: Path | None) -> bool:
    return out is not None and out.suffix == ".parquet"


def serialised(table: pd.DataFrame, *, parquet: bool) -> bytes:
    """The bytes of a scored table, whose digest the log holds."""
    data = table.to_parquet(index=False) if parquet else table.to_csv(index=False, lineterminator="\n").encode()
    assert isinstance(data, bytes)
    return data


def explain_row(rooms: Rooms, model: LoggedModel, source: Any, *, row: int, language: str | None) -> LocalExplanation:
    """Screen the table and explain one of its rows; the log learns that it was asked, not what was said."""
    frame = screened_by(rooms, model.policy, source, purpose="score", levels_kept=model.screening.levels_kept)
    one = row_of(frame, row)
    with rooms.journal.act("explain", {"model": model.digest, "rows": 1}) as act:
        local = explain_local(model.model, one, policy=model.policy, language=language)
        act.body |= {"model": model.digest}
    return local


def counterfactual_of(rooms: Rooms, model: LoggedModel, source: Any, *, row: int) -> Counterfactual:
    """Screen the table and search the fewest changes of one of its rows; the log learns that it was asked."""
    kept = model.screening.levels_kept
    one = row_of(screened_by(rooms, model.policy, source, purpose="score", levels_kept=kept), row)
    with rooms.journal.act("explain", {"model": model.digest, "rows": 1, "asked": "counterfactual"}) as act:
        found = counterfactual(model.model, one, policy=model.policy, levels_kept=kept)
        act.body |= {"model": model.digest}
    return found


def letter_to(
    rooms: Rooms, model: LoggedModel, source: Any, *, row: int, kind: LetterKind, language: str | None
) -> str:
    """Screen the table and write to one person; the log learns that a letter was asked for, not what it says."""
    kept = model.screening.levels_kept
    language = checked_language(model.policy, language)
    one = row_of(screened_by(rooms, model.policy, source, purpose="score", levels_kept=kept), row)
    with rooms.journal.act("explain", {"model": model.digest, "rows": 1, "asked": f"letter {kind}"}) as act:
        local = explain_local(model.model, one, policy=model.policy, language=language)
        searchable = kind == "gdpr" and isinstance(model.model, AdditiveModel) and model.model.task != "multiclass"
        found = None
        if searchable and model.policy.document.decision is not None:
            found = counterfactual(model.model, one, policy=model.policy, levels_kept=kept)
        page = letter(kind, local, found, used=_used(model.model), policy=model.policy, language=language)
        act.body |= {"model": model.digest}
    return page


def _used(model: AdditiveModel | RuleModel) -> list[str]:
    """The features that the model reads, in its order."""
    read = None if isinstance(model, RuleModel) else {name for term in model.terms for name in term.features}
    return [spec.name for spec in model.features if read is None or spec.name in read]


def row_of(frame: ScreenedFrame, row: int) -> pd.DataFrame:
    """The features of the row at a position of the table that came in.

    Raises
    ------
    UsageError
        When that row may not be scored, or is not there.
    """
    positions = np.flatnonzero(frame.rows == row)
    if len(positions) != 1:
        raise UsageError(
            f"Row {row} is not among the {len(frame)} rows that may be scored.",
            code="row-unknown",
            hint="Rows count from 0; rows without consent are left out.",
        )
    at = int(positions[0])
    return frame.features.iloc[at : at + 1]
