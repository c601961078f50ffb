"""Which store a log is in: a folder with SQLite, or a PostgreSQL database."""

import os
from collections.abc import Callable
from pathlib import Path

from glassledger import files
from glassledger.audit.anchor import Anchor
from glassledger.audit.folder import FolderDrawer
from glassledger.audit.shelf import Shelf
from glassledger.audit.store import Store
from glassledger.audit.store_sqlite import SqliteStore

Place = str | os.PathLike[str]
"""A folder, or a ``postgresql://`` address."""


def make_store(place: Place, origin: str, *, begin: Callable[[Shelf], None]) -> tuple[Store, Shelf]:
    """Make an empty log; ``begin`` writes its key and first checkpoint before anybody can meet it."""
    home = Path(place)
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise files.storage_error("write", home, error) from None
    shelf = Shelf(FolderDrawer(home))
    return SqliteStore.create(home, origin, prepare=lambda: begin(shelf)), shelf


def open_store(place: Place, anchor: Anchor | None = None) -> tuple[Store, Shelf]:
    """Open a log's store and what lies beside it."""
    home = Path(place)
    return SqliteStore(home), Shelf(FolderDrawer(home), anchor)
