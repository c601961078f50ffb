"""Group commit: threads that write at the same time share one durable transaction."""

import copy
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from glassledger.audit.staging import Staging
from glassledger.errors import AuditError

Work = Callable[[Staging], Any]
"""What a caller wants done inside the transaction."""

_PATIENCE = 0.01  # seconds that a leader waits at most, however slow the disk is


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
    When several threads were at work lately, the leader first waits for those that the last commit has just released,
    at most half as long as that commit took; otherwise every other batch would hold a few of them only.

    Parameters
    ----------
    commit : callable
        Runs every request of a batch and commits. An error that it raises is the error of each request.
    """

    def __init__(self, commit: Callable[[Sequence[Request]], None]) -> None:
        self._commit = commit
        self._company = 1
        self._last_commit = 0.0
        self._leading = False
        self._waiting: list[Request] = []
        lock = threading.Lock()
        self._arrived = threading.Condition(lock)
        self._served = threading.Condition(lock)

    def run(self, work: Work) -> Any:
        """Do the work in the next transaction; return its answer, or raise its error, when that is durable."""
        request = Request(work)
        self._submit(request)
        if request.error is not None:
            raise request.error
        return request.answer

    def _submit(self, request: Request) -> None:
        with self._served:
            self._waiting.append(request)
            self._arrived.notify()
            while self._leading and not request.done:
                self._served.wait()
            if request.done:
                return
            self._leading = True
        batch: Sequence[Request] = ()
        start = time.perf_counter()
        try:
            batch = self._gather()
            start = time.perf_counter()
            self._lead(batch)
        finally:
            with self._served:
                for served in batch:
                    served.done = True
                self._last_commit = time.perf_counter() - start
                self._company = len(batch) + len(self._waiting)
                self._leading = False
                self._served.notify_all()

    def _gather(self) -> Sequence[Request]:
        with self._arrived:
            if self._company > 1:
                patience = min(self._last_commit / 2, _PATIENCE)
                self._arrived.wait_for(lambda: len(self._waiting) >= self._company, patience)
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
