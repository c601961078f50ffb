"""Group commit: threads that write at the same time share one durable transaction."""

import copy
import threading
from collections.abc import Callable, Sequence
from typing import Any

from glassledger.audit.staging import Staging
from glassledger.errors import AuditError

Work = Callable[[Staging], Any]
"""What a caller wants done inside the transaction."""


class Request:
    """One caller's wish and, later, its answer or its error."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self.done = False
        self.answer: Any = None
        self.error: BaseException | None = None

    def run(self, staging: Staging) -> None:
        """Do the work; its fault stays its own, so that the rest of the batch goes on."""
        try:
            self.answer = staging.attempt(self._work)
        except Exception as error:  # noqa: BLE001  (handed to the thread that asked)
            self.error = error


class GroupCommit:
    """Runs requests in batches, one batch at a time, in the order of arrival.

    The thread that finds nobody at work leads: it takes all waiting requests, commits the batch and wakes the others.
    When several threads were at work lately, the leader waits a moment for those that the last commit has just
    released; otherwise every other batch would hold one request.

    Parameters
    ----------
    commit : callable
        Runs every request of a batch and commits. An error that it raises is the error of each request.
    linger : float
        Longest wait of a leader for company, in seconds.
    """

    def __init__(self, commit: Callable[[Sequence[Request]], None], *, linger: float = 0.001) -> None:
        self._commit = commit
        self._linger = linger
        self._company = 1
        self._leading = False
        self._waiting: list[Request] = []
        self._changed = threading.Condition()

    def run(self, work: Work) -> Any:
        """Do the work in the next transaction; return its answer, or raise its error, when that is durable."""
        request = Request(work)
        self._submit(request)
        if request.error is not None:
            raise request.error
        return request.answer

    def _submit(self, request: Request) -> None:
        with self._changed:
            self._waiting.append(request)
            self._changed.notify_all()
            while self._leading and not request.done:
                self._changed.wait()
            if request.done:
                return
            self._leading = True
        batch: Sequence[Request] = ()
        try:
            batch = self._gather()
            self._lead(batch)
        finally:
            with self._changed:
                for served in batch:
                    served.done = True
                self._company = len(batch) + len(self._waiting)
                self._leading = False
                self._changed.notify_all()

    def _gather(self) -> Sequence[Request]:
        with self._changed:
            if self._company > 1:
                self._changed.wait_for(lambda: len(self._waiting) >= self._company, self._linger)
            batch, self._waiting = self._waiting, []
            return batch

    def _lead(self, batch: Sequence[Request]) -> None:
        try:
            self._commit(batch)
        except Exception as error:  # noqa: BLE001  (each waiting thread gets its own copy)
            for request in batch:
                request.error = request.error or copy.copy(error)
        except BaseException:
            for request in batch:
                request.error = request.error or _interrupted()
            raise


def _interrupted() -> AuditError:
    return AuditError(
        "Another thread was interrupted while it wrote for this one.",
        code="log-state-unknown",
        hint="Look for the entry before you repeat the act.",
    )
