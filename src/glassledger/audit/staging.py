"""Entries on their way into one transaction: checked, hashed, not yet written."""

from collections.abc import Callable
from typing import TypeVar

from glassledger.audit.book import Book
from glassledger.audit.entry import Entry
from glassledger.audit.store import Appended, Changes, Head, Reader, Row
from glassledger.audit.tree import Frontier, Subtree, leaf_hash

T = TypeVar("T")


class Staging:
    """Collects what a plan returns."""

    def __init__(self, reader: Reader, head: Head) -> None:
        self._reader = reader
        self._edge = head.edge()
        self._rows: list[Row] = []
        self._nodes: list[Subtree] = []
        self.book = Book(reader)

    def attempt(self, work: Callable[["Staging"], T]) -> T:
        """Run ``work`` on this staging; when it raises, nothing of it stays staged."""
        edge, rows, nodes, book = self._edge.hashes, len(self._rows), len(self._nodes), self.book.copy()
        try:
            return work(self)
        except BaseException:
            self._edge = Frontier(self._edge.size - (len(self._rows) - rows), edge)
            del self._rows[rows:], self._nodes[nodes:]
            self.book = book
            raise

    def append(self, entry: Entry) -> Appended:
        """Stage one entry at the next index."""
        index, data = self._edge.size, entry.to_bytes()
        self.book.admit(index, entry)
        leaf = leaf_hash(data)
        self._nodes.extend(self._edge.append(leaf))
        self._rows.append(Row(index, leaf, data))
        return Appended(index, leaf)

    def head(self) -> Head:
        """The head that committing now would leave."""
        return Head.of(self._edge)

    def row(self, index: int) -> Row:
        """An entry that is stored or staged."""
        first = self._edge.size - len(self._rows)
        return self._rows[index - first] if index >= first else self._reader.rows(index, index + 1)[0]

    def changes(self) -> Changes | None:
        """What to write; None when nothing was staged."""
        if not self._rows:
            return None
        return Changes(
            head=Head.of(self._edge),
            rows=self._rows,
            nodes=self._nodes,
            balances=list(self.book.balances.values()),
            spends=list(self.book.spends.items()),
            intents=list(self.book.intents.values()),
        )
