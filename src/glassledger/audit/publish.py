"""Write a log as static files: tiles first, then what others said about it, the checkpoint last."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from glassledger import files
from glassledger.audit import attested
from glassledger.audit.checkpoint import SignedCheckpoint
from glassledger.audit.folder import CHECKPOINT
from glassledger.audit.store import Reader
from glassledger.audit.tiles import ReaderTiles, write_tiles


def write_tree(
    folder: Path,
    signed: SignedCheckpoint,
    reader: Reader,
    others: Mapping[str, bytes],
    *,
    note: Callable[[int], None] | None = None,
) -> None:
    """Publish up to a signed checkpoint, with its cosignatures where it has them.

    Raises
    ------
    AuditError
        Code ``tile-differs``: another history was published here.
    StorageError
        When the folder cannot be written.
    """
    size = signed.checkpoint.size
    try:
        write_tiles(folder, size, ReaderTiles(reader), note=note)
        for name, data in others.items():
            covered, _ = attested.parse_name(name) or (size + 1, "")
            if covered <= size and not (folder / name).exists():
                (folder / name).parent.mkdir(exist_ok=True)
                (folder / name).write_bytes(data)
        os.sync()  # thousands of small files: one flush for all, before the checkpoint promises them
    except OSError as error:
        raise files.storage_error("write", folder, error) from None
    cosigned = attested.of_kind(others, attested.COSIGNED).get(size)
    files.write_durably(folder / CHECKPOINT, cosigned or signed.note)
