"""Compute a past scoring run again and compare it with what the log says about it."""

from typing import Any

import numpy as np
import pandas as pd

from glassledger import canonical
from glassledger.errors import UsageError
from glassledger.explain import explain_local
from glassledger.records.explanation import LocalExplanation, Replay
from glassledger.records.screening import ScreeningRecord
from glassledger.scoring import score as score_table
from glassledger.workspace import catalogue
from glassledger.workspace.fitting import screened_by
from glassledger.workspace.journal import LogRow
from glassledger.workspace.rooms import Rooms
from glassledger.workspace.scoring import row_of, serialised


def replay(rooms: Rooms, source: Any, *, event: int, row: int) -> Replay:
    """Score the table again with the model of a logged run; see :meth:`Workspace.replay`."""
    intent, outcome = _run_at(rooms, event)
    model = catalogue.find(rooms, outcome.entry.body["model"])
    said = intent.entry.body
    language = said.get("language")
    frame = screened_by(rooms, model.policy, source, purpose="score", levels_kept=model.screening.levels_kept)
    one = row_of(frame, row)
    with rooms.journal.act("replay", {"model": model.digest, "event": event}) as act:
        table = score_table(model.model, frame, policy=model.policy, reasons=said.get("reasons"), language=language)
        again = canonical.digest(serialised(table, parquet=said.get("form") == "parquet"))
        screening = ScreeningRecord.from_json(rooms.artifacts.get(intent.entry.artifacts["screening"]))
        local = explain_local(model.model, one, policy=model.policy, language=language)
        found = Replay(
            event=event,
            model_digest=model.digest,
            input_equal=frame.record.input_digest == screening.input_digest,
            output_equal=again == outcome.entry.body["output"],
            logged_output=outcome.entry.body["output"],
            recomputed_output=again,
            row=local,
            row_equal=_same(table.loc[table["row"] == row].iloc[0], local),
        )
        act.body |= {"model": model.digest, "event": event, "equal": found.equal}
    return found


def _run_at(rooms: Rooms, event: int) -> tuple[LogRow, LogRow]:
    """Intent and outcome of a scoring run in memory.

    Raises
    ------
    UsageError
        When the entry is no outcome of one.
    """
    rows = {row.index: row for row in rooms.journal.rows()}
    outcome = rows.get(event)
    if outcome is None or outcome.entry.type != "score.outcome" or outcome.entry.subject is None:
        raise UsageError(
            f"Log entry {event} is not the outcome of a scoring run.",
            code="replay-no-score",
            hint="'glassledger score' prints the number; 'glassledger log list' shows entries of type score.outcome.",
        )
    if "screening" not in rows[outcome.entry.subject].entry.artifacts:
        raise UsageError(
            f"Log entry {event} was scored in batches, whose files are not replayed.",
            code="replay-batches",
            hint="Replay works on runs that scored one table in memory.",
        )
    return rows[outcome.entry.subject], outcome


def _same(scored: "pd.Series[Any]", local: LocalExplanation) -> bool:
    """Whether the row of the table and its explanation agree: score, decision, and the reasons that both give."""
    texts = [scored[name] for name in scored.index if str(name).startswith("reason_") and str(name)[7:].isdigit()]
    shared = min(len(texts), len(local.reasons))
    decided = scored.get("decision")
    return (
        bool(np.isclose(scored["score"], local.score, rtol=1e-12, atol=1e-15))
        and (decided is None or decided == local.decision)
        and texts[:shared] == [reason.text for reason in local.reasons[:shared]]
    )
