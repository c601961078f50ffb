"""What every step of the workspace works with: log, artefacts, keys, and someone to tell about progress."""

from collections.abc import Callable
from dataclasses import dataclass

from glassledger.records.record import Record
from glassledger.redaction.keys import KeyRing
from glassledger.workspace.artifacts import ArtifactStore
from glassledger.workspace.journal import Journal
from glassledger.workspace.site import Site

OnStep = Callable[[str, int, int], None]


@dataclass(frozen=True, eq=False)
class Rooms:
    """The open rooms of one workspace."""

    site: Site
    journal: Journal
    artifacts: ArtifactStore
    keys: KeyRing
    on_step: OnStep

    def keep(self, record: Record) -> str:
        """Store a record's canonical bytes and return its digest."""
        return self.artifacts.put(record.to_json())


def silent(_step: str, _done: int, _total: int) -> None:
    """Tell nobody."""
