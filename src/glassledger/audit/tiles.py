"""A log as static files that other people's verifiers read (C2SP tlog-tiles).

::

    checkpoint                    the signed head
    tile/<level>/<n>              256 hashes of 32 bytes; level 0 holds leaf hashes, level k roots of full tiles
    tile/<level>/<n>.p/<width>    the same, not yet full
    tile/entries/<n>[.p/<width>]  256 entries, each with its length in 16 bits before it
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from glassledger.audit.store import Reader
from glassledger.audit.tree import HASH_SIZE, STRIDE
from glassledger.errors import AuditError

WIDTH = 1 << STRIDE


class Tile(NamedTuple):
    """One tile of a tree; ``level`` is None for a bundle of entries."""

    level: int | None
    n: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Relative path, such as ``tile/0/x001/x234/067.p/112``."""
        folder = "entries" if self.level is None else str(self.level)
        number = f"{self.n % 1000:03d}"
        rest = self.n // 1000
        while rest:
            number = f"x{rest % 1000:03d}/{number}"
            rest //= 1000
        return f"tile/{folder}/{number}" + (f".p/{self.width}" if self.width < WIDTH else "")

    @property
    def span(self) -> tuple[int, int]:
        """First and last-plus-one of what it holds."""
        return self.n * WIDTH, self.n * WIDTH + self.width


class TileSource(Protocol):
    """Where the tiles' content comes from."""

    def entries(self, start: int, end: int) -> Iterable[bytes]:
        """Stored entries ``[start, end)``."""

    def hashes(self, level: int, start: int, end: int) -> Sequence[bytes]:
        """Leaf hashes (level 0) or roots of full tiles of the level below."""


class ReaderTiles:
    """A log's store as the source of its tiles."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def entries(self, start: int, end: int) -> Iterable[bytes]:
        """See :class:`TileSource`."""
        return [row.data for row in self._reader.rows(start, end)]

    def hashes(self, level: int, start: int, end: int) -> Sequence[bytes]:
        """See :class:`TileSource`."""
        return self._reader.hashes(level, start, end)


def tiles_of(size: int) -> Iterator[Tile]:
    """All tiles of a tree of this size: entries first, then hashes from the leaves up."""
    if size < 0:
        return
    levels: list[int | None] = [None]
    levels += [level for level in range(size.bit_length() // STRIDE + 1) if size >> STRIDE * level]
    for level in levels:
        count = size >> STRIDE * (level or 0)
        for n in range(count // WIDTH):
            yield Tile(level, n)
        if count % WIDTH:
            yield Tile(level, count // WIDTH, count % WIDTH)


def content(tile: Tile, source: TileSource) -> bytes:
    """The bytes of a tile."""
    if tile.level is None:
        return bundle(source.entries(*tile.span))
    return b"".join(source.hashes(tile.level, *tile.span))


def bundle(entries: Iterable[bytes]) -> bytes:
    """Entries as one file: each is its length (16 bits, big endian) and its bytes."""
    return b"".join(len(entry).to_bytes(2) + entry for entry in entries)


def unbundle(data: bytes, width: int) -> list[bytes]:
    """The entries of a bundle.

    Raises
    ------
    AuditError
        Code ``tile-malformed`` when it does not hold exactly ``width`` entries.
    """
    entries, at = [], 0
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2])
        entries.append(data[at + 2 : end])
        at = end
    if at != len(data) or len(entries) != width:
        raise tile_error("An entry bundle does not hold what its name says.")
    return entries


def unpack(data: bytes, width: int) -> list[bytes]:
    """The hashes of a tile, with the same check."""
    if len(data) != width * HASH_SIZE:
        raise tile_error("A hash tile does not hold what its name says.")
    return [data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)]


def write_tiles(folder: Path, size: int, source: TileSource, *, note: Callable[[int], None] | None = None) -> int:
    """Write the tiles of a tree; those that are there already must be the same.

    Parameters
    ----------
    folder : Path
        Root of the static tree.
    size : int
        Number of entries.
    source : TileSource
        Their content.
    note : callable, optional
        Called with the number of tiles done, for a progress bar.

    Returns
    -------
    int
        Number of tiles of the tree.

    Raises
    ------
    AuditError
        Code ``tile-differs``: another history was published here.
    """
    done = 0
    for tile in tiles_of(size):
        path, data = folder / tile.path, content(tile, source)
        if path.exists():
            if path.read_bytes() != data:
                raise AuditError(
                    f"The published {tile.path} differs from this log.",
                    code="tile-differs",
                    hint="The folder holds another log's tiles, or they were changed. Publish into an empty folder and "
                    "find out why.",
                    facts={"path": tile.path},
                )
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = path.with_name(path.name + ".part")
            temporary.write_bytes(data)
            temporary.replace(path)
        done += 1
        if note:
            note(done)
    return done


def tile_error(message: str, path: str = "") -> AuditError:
    """Error for a tile that cannot be right."""
    return AuditError(
        message,
        code="tile-malformed",
        hint="It was cut short or changed after it was published; publish again from the log.",
        facts={"path": path} if path else {},
    )
