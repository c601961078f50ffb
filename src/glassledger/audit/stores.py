"""Which store a log is in: a folder with SQLite, or a PostgreSQL database."""

import os
from collections.abc import Callable
from pathlib import Path

from glassledger import files
from glassledger.audit.anchor import Anchor
from glassledger.audit.folder import FolderDrawer
from glassledger.audit.shelf import Shelf
from glassledger.audit.store import Store
from glassledger.audit.store_postgres import PREFIXES, PostgresDrawer, PostgresStore
from glassledger.audit.store_sqlite import SqliteStore

Place = str | os.PathLike[str]
"""A folder, or a ``postgresql://`` address."""


def is_postgres(place: Place) -> bool:
    """Whether the log is in a PostgreSQL database."""
    return isinstance(place, str) and place.startswith(PREFIXES)


def make_store(place: Place, origin: str, *, begin: Callable[[Shelf], None]) -> tuple[Store, Shelf]:
    """Make an empty log; ``begin`` writes its key and first checkpoint before anybody can meet it."""
    if is_postgres(place):
        store = PostgresStore.create(str(place), origin, prepare=lambda drawer: begin(Shelf(drawer)))
        return store, Shelf(PostgresDrawer(store))
    home = Path(place)
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise files.storage_error("write", home, error) from None
    shelf = Shelf(FolderDrawer(home))
    return SqliteStore.create(home, origin, prepare=lambda: begin(shelf)), shelf


def open_store(place: Place, anchor: Anchor | None = None) -> tuple[Store, Shelf]:
    """Open a log's store and what lies beside it."""
    if is_postgres(place):
        store = PostgresStore(str(place))
        return store, Shelf(PostgresDrawer(store), anchor)
    home = Path(place)
    return SqliteStore(home), Shelf(FolderDrawer(home), anchor)
