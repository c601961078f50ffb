"""Write before you act: an intent entry goes first, and its outcome after. A crash leaves the intent as evidence."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from glassledger.audit.entry import Entry
from glassledger.audit.log import Log
from glassledger.audit.tree import leaf_hash
from glassledger.errors import Error

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class LogRow:
    """One entry and where it stands in the log."""

    index: int
    entry: Entry
    leaf_hash: bytes


@dataclass
class Act:
    """An act under way; what it adds here goes into the outcome entry."""

    intent: int
    body: dict[str, Any] = field(default_factory=dict)
    artifacts: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    outcome: int = -1


class Journal:
    """The workspace's pen: every entry names its type, time and actor."""

    def __init__(self, log: Log, *, actor: str, clock: Clock) -> None:
        self.log = log
        self.actor = actor
        self._clock = clock

    def now(self) -> str:
        """RFC 3339 time in UTC, to the second."""
        return self._clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def write(
        self,
        kind: str,
        body: Mapping[str, Any],
        *,
        artifacts: Mapping[str, str] | None = None,
        files: Mapping[str, str] | None = None,
        subject: int | None = None,
    ) -> int:
        """Append one entry durably and return its index."""
        return self.log.append(self.entry(kind, body, artifacts=artifacts, files=files, subject=subject)).index

    def entry(
        self,
        kind: str,
        body: Mapping[str, Any],
        *,
        artifacts: Mapping[str, str] | None = None,
        files: Mapping[str, str] | None = None,
        subject: int | None = None,
    ) -> Entry:
        """One entry, for acts that must share a transaction with it."""
        return Entry.build(
            kind,
            time=self.now(),
            actor=self.actor,
            body=body,
            artifacts=artifacts,
            files=files,
            subject=subject,
        )

    def rows(self, start: int = 0, end: int | None = None) -> Iterator[LogRow]:
        """Entries ``[start, end)`` with their index and leaf hash, oldest first."""
        for index, entry in enumerate(self.log.entries(start, end), start):
            yield LogRow(index=index, entry=entry, leaf_hash=leaf_hash(entry.to_bytes()))

    @contextmanager
    def act(self, name: str, body: Mapping[str, Any], *, artifacts: Mapping[str, str] | None = None) -> Iterator[Act]:
        """``NAME.intent`` before, ``NAME.outcome`` or ``NAME.failure`` after.

        A failed outcome carries the error's code and facts, never a message that might quote data. When the log itself
        cannot be written the error goes on to the caller and nothing is pretended.
        """
        act = Act(intent=self.write(f"{name}.intent", body, artifacts=artifacts))
        try:
            yield act
        except Error as error:
            self.write(f"{name}.failure", {"code": error.code, "error": type(error).__name__}, subject=act.intent)
            raise
        except Exception as error:
            self.write(f"{name}.failure", {"code": "internal", "error": type(error).__name__}, subject=act.intent)
            raise
        act.outcome = self.write(
            f"{name}.outcome", act.body, artifacts=act.artifacts, files=act.files, subject=act.intent
        )
