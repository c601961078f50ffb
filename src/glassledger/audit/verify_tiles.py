"""Verify a published tile tree: every entry, every tile, the signed head and the ledger's rules."""

from collections.abc import Sequence
from pathlib import Path

from glassledger import files
from glassledger.audit.checkpoint import Checkpoint, open_checkpoint
from glassledger.audit.examine import RUN, examine
from glassledger.audit.folder import CHECKPOINT, DATABASE, FolderDrawer
from glassledger.audit.keychain import ROTATED, KeyChain
from glassledger.audit.note import Note, VerifierKey
from glassledger.audit.recompute import OnRun, Recomputed
from glassledger.audit.tiles import WIDTH, Tile, tile_error, tiles_of, unbundle, unpack
from glassledger.audit.verified import VerifiedLog, begins_with, now
from glassledger.audit.vouching import Trust, examine_trust
from glassledger.errors import AuditError, UsageError


def is_tile_tree(folder: Path) -> bool:
    """Whether the folder is a published tree and not a workspace."""
    return (folder / "tile").is_dir() and not (folder / DATABASE).exists()


def verify_tiles(folder: Path, trust: Trust, *, on_run: OnRun | None = None) -> VerifiedLog:
    """Check a published tree; see :func:`glassledger.audit.verify.verify`.

    Raises
    ------
    AuditError
        Whatever does not hold.
    UsageError
        Code ``vkey-missing``: nothing in a published tree says whose it is.
    """
    if not trust.names_a_key:
        raise UsageError(
            "A published log is verified with its key.",
            code="vkey-missing",
            hint="Give the log's public key with --vkey (the line in log.vkey), as its owner gave it to you.",
        )
    note = files.read_bytes(folder / CHECKPOINT)
    signed, known = _first_look(note, trust)
    tree, log = _Tree(folder, signed.size), Recomputed()
    for start in range(0, signed.size, RUN):
        log.take(examine(*tree.run(start, min(start + RUN, signed.size)), start))
        if on_run:
            on_run(log.edge.size, signed.size)
    tree.compare(log)
    begins_with(log.edge.size, tree, signed.size, signed.root)
    chain = KeyChain.of(_current(log, known), log.rotations, tree)
    vouched = examine_trust(trust, FolderDrawer(folder).attested(), note, chain=chain, size=signed.size, hashes=tree)
    open_checkpoint(note, chain.current)
    return VerifiedLog(
        directory=str(folder),
        origin=signed.origin,
        size=signed.size,
        root=signed.root,
        checkpoint=note,
        signed=signed.size,
        seal="none",
        artifacts=0,
        files=0,
        budgets=tuple(sorted(log.book.balances.values(), key=lambda balance: balance.scope)),
        findings=(*log.all_findings(), *vouched.findings),
        key_given=True,
        verified_at=now(),
        cosigned=vouched.cosigned,
        vouchers=vouched.vouchers,
        rotations=len(chain.retired_at),
        commitments=len(log.subjects.committed),
        erased=len(log.subjects.erased),
    )


def _first_look(note: bytes, trust: Trust) -> tuple[Checkpoint, VerifierKey | AuditError]:
    """What the checkpoint claims, and which given key signed it, or why none did: the log may have a newer key."""
    given = [trust.vkey] if trust.vkey else [party.key for party in trust.policy.logs] if trust.policy else []
    failure: AuditError | None = None
    for key in given:
        try:
            return open_checkpoint(note, key).checkpoint, key
        except AuditError as error:
            if error.code != "note-unsigned" and (len(given) == 1 or error.code != "checkpoint-origin"):
                raise
            failure = error
    assert failure is not None
    return Checkpoint.parse(Note.parse(note).text), failure


def _current(log: Recomputed, known: VerifierKey | AuditError) -> VerifierKey:
    """The key in use: the last one that the log was handed to, else the given one that signed."""
    rotated = [entry for _, entry in log.rotations if entry.type == ROTATED]
    if rotated:
        return VerifierKey.parse(str(rotated[-1].body.get("new")))
    if isinstance(known, AuditError):
        raise known
    return known


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
