"""Verify a published tile tree: every entry, every tile, the signed head and the ledger's rules."""

from collections.abc import Sequence
from pathlib import Path

from glassledger import files
from glassledger.audit.checkpoint import open_checkpoint
from glassledger.audit.examine import RUN, examine
from glassledger.audit.folder import CHECKPOINT, DATABASE
from glassledger.audit.note import VerifierKey
from glassledger.audit.recompute import OnRun, Recomputed
from glassledger.audit.tiles import WIDTH, Tile, tile_error, tiles_of, unbundle, unpack
from glassledger.audit.verified import VerifiedLog, begins_with, ledger_findings, now
from glassledger.errors import AuditError, UsageError


def is_tile_tree(folder: Path) -> bool:
    """Whether the folder is a published tree and not a workspace."""
    return (folder / "tile").is_dir() and not (folder / DATABASE).exists()


def verify_tiles(
    folder: Path, *, vkey: str | None, since: bytes | None = None, on_run: OnRun | None = None
) -> VerifiedLog:
    """Check a published tree; see :func:`glassledger.audit.verify.verify`.

    Raises
    ------
    AuditError
        Whatever does not hold.
    UsageError
        Code ``vkey-missing``: nothing in a published tree says whose it is.
    """
    if vkey is None:
        raise UsageError(
            "A published log is verified with its key.",
            code="vkey-missing",
            hint="Give the log's public key with --vkey (the line in log.vkey), as its owner gave it to you.",
        )
    key = VerifierKey.parse(vkey.strip())
    note = files.read_bytes(folder / CHECKPOINT)
    signed = open_checkpoint(note, key).checkpoint
    past = open_checkpoint(since, key).checkpoint if since is not None else None
    tree, log = _Tree(folder, signed.size), Recomputed()
    for start in range(0, signed.size, RUN):
        log.take(examine(*tree.run(start, min(start + RUN, signed.size)), start))
        if on_run:
            on_run(log.edge.size, signed.size)
    tree.compare(log)
    for promise in filter(None, (signed, past)):
        begins_with(log.edge.size, tree, promise.size, promise.root)
    return VerifiedLog(
        directory=str(folder),
        origin=key.name,
        size=signed.size,
        root=signed.root,
        checkpoint=note,
        signed=signed.size,
        seal="none",
        artifacts=0,
        files=0,
        budgets=tuple(sorted(log.book.balances.values(), key=lambda balance: balance.scope)),
        findings=tuple(ledger_findings(log.book, log.losses)),
        key_given=True,
        verified_at=now(),
    )


class _Tree:
    """The files of a published tree of known size."""

    def __init__(self, folder: Path, size: int) -> None:
        self._folder = folder
        self._size = size

    def run(self, start: int, end: int) -> tuple[list[bytes], list[bytes]]:
        """Published leaf hashes and bytes of the entries ``[start, end)``; ``start`` begins a tile."""
        leaves, entries = [], []
        for n in range(start // WIDTH, -(-end // WIDTH)):
            width = min(WIDTH, end - n * WIDTH)
            entries += unbundle(self._read(Tile(None, n, width)), width)
            leaves += unpack(self._read(Tile(0, n, width)), width)
        return leaves, entries

    def compare(self, log: Recomputed) -> None:
        """Upper tiles must hold what the entries come to."""
        for tile in tiles_of(self._size):
            if not tile.level:
                continue
            first, end = tile.span
            stored = unpack(self._read(tile), tile.width)
            for n, value in zip(range(first, end), stored, strict=True):
                if log.nodes[tile.level, n] != value:
                    raise AuditError(
                        f"{tile.path} does not follow from the entries.",
                        code="tile-differs",
                        hint="The tile was changed after it was published; publish again from the log.",
                        facts={"path": tile.path, "index": n << (8 * tile.level)},
                    )

    def hashes(self, level: int, start: int, end: int) -> Sequence[bytes]:
        """See :class:`glassledger.audit.store.Hashes`; one run is one tile."""
        count, n = self._size >> (8 * level), start // WIDTH
        width = min(WIDTH, count - n * WIDTH)
        found = unpack(self._read(Tile(level, n, width)), width) if width > 0 else []
        return found[start - n * WIDTH : end - n * WIDTH]

    def _read(self, tile: Tile) -> bytes:
        path = self._folder / tile.path
        if not path.is_file():
            raise tile_error(f"{tile.path} is missing.", tile.path)
        return files.read_bytes(path)
