"""What the leak guard found: kind, place and count, never a value."""

from typing import Literal

from glassledger.records.record import Record


class LeakFinding(Record):
    """Personal values of one kind in one place.

    ``kind`` is a detector's kind, ``training value`` (a value of an identifying column) or ``canary``. ``place`` is a
    path and the way into it, such as ``report.zip › member 3 › base64``.
    """

    kind: str
    place: str
    count: int


class GuardRecord(Record):
    """One look at artefacts before they leave."""

    format: Literal["glassledger/guard/v1"] = "glassledger/guard/v1"
    files: int
    bytes_read: int
    indexed_values: int
    findings: tuple[LeakFinding, ...] = ()
    unreadable: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether everything could be read and nothing was found."""
        return self.files > 0 and not self.findings and not self.unreadable
