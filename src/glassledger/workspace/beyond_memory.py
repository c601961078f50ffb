"""What a workspace does with tables larger than memory: batch by batch, or by an engine."""

import os
from pathlib import Path
from typing import Literal

from glassledger.workspace import engines, reviewing, streaming
from glassledger.workspace.handles import LoggedModel, ScoredFile, StreamedTable
from glassledger.workspace.rooms import Rooms


class BeyondMemory:
    """The part of :class:`glassledger.workspace.Workspace` that scores files without reading them at once."""

    _rooms: Rooms

    def review(self, model: LoggedModel) -> "reviewing.ReviewDesk":
        """The review of a model; the workspace's own."""
        raise NotImplementedError

    def score_files(
        self,
        model: LoggedModel,
        source: str | os.PathLike[str],
        *,
        out: str | os.PathLike[str],
        engine: Literal["duckdb", "spark"] = "duckdb",
        reasons: int | None = None,
        language: str | None = None,
        production: bool = False,
    ) -> ScoredFile:
        """Score Parquet beyond memory with reasons; same rows, same answers as :meth:`score`.

        Parameters
        ----------
        source : path
            A Parquet file, or a folder of some.
        out : path
            A new ``.parquet`` path: a file from DuckDB, a folder from Spark. Nothing appears when a row is refused.
        engine : {"duckdb", "spark"}
            Spark runs in the active session; without one, on this machine.
        production : bool
            Refuse unless these very bytes of the model are approved and the approval has not run out.

        Raises
        ------
        InputError, ReviewError, UsageError, MissingExtraError, StorageError

        Notes
        -----
        The unique columns of the policy are held over the whole table, the search for identifiers that the policy does
        not declare batch by batch.
        """
        if production:
            self.review(model).require_approved()
        return engines.score(
            self._rooms,
            model,
            Path(source),
            out=Path(out),
            engine=engine,
            job=engines.job_of(self._rooms, model, reasons=reasons, language=language),
            mode="production" if production else "trial",
        )

    def score_stream(
        self,
        model: LoggedModel,
        source: str | os.PathLike[str],
        *,
        out: str | os.PathLike[str],
        reasons: int | None = None,
        language: str | None = None,
        production: bool = False,
        batch_rows: int = streaming.BATCH_ROWS,
    ) -> StreamedTable:
        """Score a table larger than memory into a folder of Parquet files, batch by batch; one log entry a batch.

        Repeat the call after a kill: it goes on after its last logged batch, and the outcome is that of an undisturbed
        run. What rows do that break the contract is the policy's ``data.rejects``.

        Parameters
        ----------
        source : path of a CSV or Parquet file, or of a folder of Parquet files
        out : path of a new or empty folder, or of the folder of the run to go on with
        production : bool
            Refuse unless these very bytes of the model are approved and the approval has not run out.
        batch_rows : int
            Rows a batch; memory grows with it, and with nothing else.

        Raises
        ------
        InputError, ReviewError, StorageError, UsageError

        Notes
        -----
        Privacy: scoring spends nothing; a score is post-processing of the model and the row's own values.
        """
        if production:
            self.review(model).require_approved()
        mode = "production" if production else "trial"
        wish = streaming.StreamWish(Path(out), reasons, language, mode, batch_rows)
        return streaming.score_stream(self._rooms, model, Path(source), wish)
