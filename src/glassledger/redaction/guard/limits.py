"""How far the guard follows a file into itself, and what it says when it cannot go on."""

from dataclasses import dataclass, field

#: Containers within containers.
DEPTH = 8
#: Bytes that one artefact may unpack to, all layers together.
EXPANDED = 1 << 30
#: Members of all containers of one artefact.
MEMBERS = 200_000


class UnreadableError(Exception):
    """Something could not be looked into; the reason is a fixed phrase and quotes nothing."""


@dataclass
class Allowance:
    """What is left of the limits for one artefact."""

    left: int = EXPANDED
    members: int = MEMBERS
    read: int = 0
    seen: set[bytes] = field(default_factory=set)

    def take(self, size: int) -> None:
        """Count bytes that were unpacked.

        Raises
        ------
        UnreadableError
            Beyond the limit: a bomb, or too large to be looked into.
        """
        self.left -= size
        self.read += size
        if self.left < 0:
            raise UnreadableError("unpacks to more than the limit")

    def member(self) -> None:
        """Count one member of a container."""
        self.members -= 1
        if self.members < 0:
            raise UnreadableError("holds more members than the limit")
