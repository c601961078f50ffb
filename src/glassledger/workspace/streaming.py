"""Score a table that is larger than memory: batch by batch, resumable, every batch in the log.

A batch is read, checked, redacted, scored with reasons, written durably as one Parquet file of the output folder, and
only then logged with the digests of what came in and what went out. A run that was killed goes on after its last
logged batch; a file that no entry names is written again. So no row is lost or doubled, and the output is that of a
run that was never disturbed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from glassledger import canonical
from glassledger.data.batches import Batches, open_batches
from glassledger.data.repeats import Repeats
from glassledger.data.screen_batch import ScreenedBatch, screen_batch
from glassledger.errors import InputError, ModelError, PolicyError, UsageError
from glassledger.files import locked, read_bytes, write_durably
from glassledger.scoring.kernel import Scorer
from glassledger.workspace.handles import LoggedModel, StreamedTable
from glassledger.workspace.rooms import Rooms

BATCH_ROWS = 100_000
FORMAT = "glassledger/stream/v1"
_MARKER, _LOCK = ".run.json", ".lock"


@dataclass(frozen=True)
class StreamWish:
    """What is wanted of a streamed run."""

    out: Path
    reasons: int | None = None
    language: str | None = None
    mode: str = "trial"
    batch_rows: int = BATCH_ROWS


@dataclass
class _Run:
    """A run under way: its intent in the log, and what its logged batches came to."""

    intent: int
    done: int = 0
    totals: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("rows", "scored", "rejected"), 0))
    outputs: list[str] = field(default_factory=list)
    last_input: str = ""

    def add(self, body: Mapping[str, Any]) -> None:
        self.done += 1
        for name in self.totals:
            self.totals[name] += body[name]
        self.outputs.append(body["output"])
        self.last_input = body["input"]


def score_stream(rooms: Rooms, model: LoggedModel, path: Path, wish: StreamWish) -> StreamedTable:
    """Score a file or folder into a folder of Parquet files; goes on with a run that was killed.

    Raises
    ------
    UsageError
        ``stream-other-run``, ``stream-closed``: the folder holds another run, or one that has ended.
    InputError
        ``stream-input-changed``, ``stream-output-changed``; when rows break the contract and the policy says stop.
    """
    if wish.out.suffix == ".csv":
        raise UsageError("A streamed run writes Parquet.", code="suffix-unknown", hint="Rename --out.")
    if wish.batch_rows < 1:
        raise UsageError("A batch has at least one row.", code="batch-rows", hint="Leave --batch-rows out.")
    source = open_batches(path)
    scorer = Scorer.of(model.model, policy=model.policy, reasons=wish.reasons)
    _make_folder(wish.out)
    with locked(wish.out / _LOCK):
        run = _begun_or_resumed(rooms, model, source, wish)
        try:
            _batches(rooms, model, source, wish, scorer, run)
        except (InputError, ModelError, PolicyError) as error:  # the table's or policy's fault: trying again is no use
            body = {"code": error.code, "error": type(error).__name__, "batch": run.done}
            rooms.journal.write("score.failure", body, subject=run.intent)
            raise
        whole = canonical.digest(canonical.dumps(run.outputs))
        body = {"model": model.digest, **run.totals, "batches": run.done, "output": whole}
        event = rooms.journal.write("score.outcome", body, subject=run.intent)
    return StreamedTable(folder=wish.out, batches=run.done, event=event, **run.totals)


def _make_folder(out: Path) -> None:
    if out.is_file():
        raise UsageError(
            f"{out.name} is a file; a streamed run writes a folder of Parquet files.",
            code="out-is-file",
            hint="Remove it, or give another --out.",
        )
    out.mkdir(parents=True, exist_ok=True, mode=0o700)


def _begun_or_resumed(rooms: Rooms, model: LoggedModel, source: Batches, wish: StreamWish) -> _Run:
    facts: dict[str, Any] = {"model": model.digest, "policy": model.policy.digest, "mode": wish.mode}
    facts |= {"batch_rows": wish.batch_rows, "reasons": wish.reasons, "language": wish.language}
    facts["source"] = canonical.digest(canonical.dumps([[name, size, str(time)] for name, size, time in source.files]))
    marker = wish.out / _MARKER
    if marker.exists():
        return _resumed(rooms, wish, facts, canonical.loads(read_bytes(marker)))
    if any(one.name != _LOCK for one in wish.out.iterdir()):
        raise UsageError(
            f"{wish.out.name} holds files that no run of this kind left.",
            code="stream-other-run",
            hint="Give an empty or new folder as --out.",
        )
    intent = rooms.journal.write("score.intent", {**facts, "stream": True})
    write_durably(marker, canonical.dumps({"format": FORMAT, "intent": intent, "run": facts}), mode=0o600)
    return _Run(intent)


def _resumed(rooms: Rooms, wish: StreamWish, facts: Mapping[str, Any], marker: Any) -> _Run:
    """Go on with a run, once its logged files are what the log says."""
    if marker.get("format") != FORMAT or marker.get("run") != facts:
        raise UsageError(
            f"{wish.out.name} holds another run: other data, model, policy or options.",
            code="stream-other-run",
            hint="Repeat the same command to go on with it, or give another --out.",
        )
    run = _Run(intent=int(marker["intent"]))
    for row in rooms.journal.rows(run.intent + 1):
        if row.entry.subject != run.intent:
            continue
        if row.entry.type in ("score.outcome", "score.failure"):
            raise UsageError(
                f"The run in {wish.out.name} has ended (log entry {row.index}).",
                code="stream-closed",
                hint="Give another --out to run again.",
            )
        if row.entry.type == "score.batch":
            _still_there(wish, run.done, row.entry.body)
            run.add(row.entry.body)
    rooms.journal.write("score.resumed", {"batches": run.done, "rows": run.totals["rows"]}, subject=run.intent)
    return run


def _still_there(wish: StreamWish, number: int, body: Mapping[str, Any]) -> None:
    for path, digest in ((part(wish.out, number), body["output"]), (rejects(wish.out, number), body["rejects"])):
        if digest and (not path.exists() or canonical.digest(read_bytes(path)) != digest):
            raise InputError(
                f"{path.name} is gone or not what the log says that this run wrote.",
                code="stream-output-changed",
                hint="Give another --out to run again from the beginning.",
            )


def part(out: Path, number: int) -> Path:
    """The file of one batch's scores."""
    return out / f"part-{number:06d}.parquet"


def rejects(out: Path, number: int) -> Path:
    """The side file of one batch's rejected rows: positions, columns and rules, no value."""
    return out.with_name(f"{out.name}.rejects") / f"part-{number:06d}.parquet"


def _batches(rooms: Rooms, model: LoggedModel, source: Batches, wish: StreamWish, scorer: Scorer, run: _Run) -> None:
    total = 0 if source.rows is None else -(-source.rows // wish.batch_rows)
    repeats = Repeats(model.policy)
    last = max(0, run.done - 1)  # the last logged batch is screened again: the table must be the one that it was
    skip = 0 if repeats else last
    for number, frame in enumerate(source.frames(wish.batch_rows, skip=skip), skip):
        start = number * wish.batch_rows
        rooms.on_step(f"{run.totals['rows']:,} rows scored", number, max(total, number))
        if number < last:
            repeats.found(frame)
            continue
        batch = screen_batch(
            frame,
            model.policy,
            keys=rooms.keys,
            start=start,
            repeats=repeats,
            levels_kept=model.screening.levels_kept,
        )
        if number < run.done:
            if batch.input_digest != run.last_input:
                raise InputError(
                    "The table is not the one that this run began with.",
                    code="stream-input-changed",
                    hint="Give another --out to score the new table.",
                )
            continue
        body, kept = _written(rooms, model, wish, scorer, batch, number)
        rooms.journal.write("score.batch", body, artifacts=kept, subject=run.intent)
        run.add(body)


def _written(
    rooms: Rooms, model: LoggedModel, wish: StreamWish, scorer: Scorer, batch: ScreenedBatch, number: int
) -> tuple[dict[str, Any], dict[str, str]]:
    """Write one batch's files; the body of its log entry, and its artefacts."""
    start = number * wish.batch_rows
    table = _scores(scorer, batch, model, wish, start)
    output = _put(part(wish.out, number), table)
    refused = _put(rejects(wish.out, number), _rejects(batch, start)) if batch.rejected else ""
    body = {"batch": number, "rows": batch.rows, "scored": table.num_rows, "rejected": batch.rejected_rows}
    body |= {"input": batch.input_digest, "output": output, "rejects": refused}
    body["rules"] = [{"column": one.column, "rule": one.rule, "count": one.count} for one in batch.rejected[:50]]
    kept = {} if batch.screened is None else {"screening": rooms.keep(batch.screened.record)}
    return body, kept


def _scores(scorer: Scorer, batch: ScreenedBatch, model: LoggedModel, wish: StreamWish, start: int) -> Any:
    screened = batch.screened
    features = pd.DataFrame(columns=list(scorer.features)) if screened is None else screened.features
    if screened is None:
        features = features.astype({spec.name: "float64" for spec in model.model.features if spec.kind == "continuous"})
    found = pa.Table.from_batches([scorer.batch(features, language=wish.language, checked=False)])
    columns: dict[str, Any] = {"row": pa.array(batch.positions + start, type=pa.int64())}
    if model.policy.unit is not None:
        columns["unit"] = pa.array([] if screened is None else screened.units, type=pa.string())
    return pa.table(columns | {name: found[name] for name in found.column_names})


def _rejects(batch: ScreenedBatch, start: int) -> Any:
    lines = sorted((row + start, item.column, item.rule) for item in batch.rejected for row in item.rows)
    kinds = {"row": pa.int64(), "column": pa.string(), "rule": pa.string()}
    return pa.table(
        {name: pa.array([line[at] for line in lines], kind) for at, (name, kind) in enumerate(kinds.items())}
    )


def _put(path: Path, table: Any) -> str:
    """Write a Parquet file durably; its digest."""
    data = BytesIO()
    pa.parquet.write_table(table, data)
    content = data.getvalue()
    write_durably(path, content, mode=0o600)
    return canonical.digest(content)
