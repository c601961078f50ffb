"""Recompute a whole log from its entries and compare every column of every table with the result."""

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from glassledger.audit.book import Book, NoPast
from glassledger.audit.entry import Entry
from glassledger.audit.examine import RUN, Examined, entry_invalid, entry_missing, examine
from glassledger.audit.holdings import Holdings
from glassledger.audit.keychain import CONFIRMED, ROTATED
from glassledger.audit.order import OrderRules
from glassledger.audit.read_sqlite import reader
from glassledger.audit.recover import RECOVERED, SUCCEEDS, loss, predecessor
from glassledger.audit.snapshot import connect
from glassledger.audit.sql import corrupt
from glassledger.audit.store import Head
from glassledger.audit.subjects import SubjectLedger
from glassledger.audit.tree import STRIDE, Frontier, Subtree, perfect_subtrees
from glassledger.audit.verified import Finding
from glassledger.errors import AuditError, Error

OnRun = Callable[[int, int], None]
"""Told how many entries are done, of how many."""


@dataclass
class Recomputed:
    """A log as its entries alone imply it."""

    edge: Frontier = field(default_factory=Frontier)
    nodes: dict[tuple[int, int], bytes] = field(default_factory=dict)
    book: Book = field(default_factory=lambda: Book(NoPast()))
    holdings: Holdings = field(default_factory=Holdings)
    findings: list[Finding] = field(default_factory=list)
    order: OrderRules = field(default_factory=OrderRules)
    subjects: SubjectLedger = field(default_factory=SubjectLedger)
    rotations: list[tuple[int, Entry]] = field(default_factory=list)

    def take(self, run: Examined) -> None:
        """Add the next run of entries."""
        for node in run.nodes:
            self._keep(node)
        start = self.edge.size
        for (height, _), node_hash in zip(perfect_subtrees(start, start + run.count), run.edge, strict=True):
            for node in self.edge.append(node_hash, height=height):
                self._keep(node)
        for index, entry in run.entries:
            self._admit(index, entry)

    def all_findings(self) -> Iterator[Finding]:
        """What the entries say against their authors: losses, broken order rules, acts that never ended."""
        yield from sorted((*self.findings, *self.order.findings), key=lambda finding: finding.index or 0)
        for intent in self.book.intents.values():
            if intent.closed_by is None:
                yield Finding("intent-unfinished", f"{intent.act} was begun and never ended.", intent.index)

    def _keep(self, node: Subtree) -> None:
        self.nodes[node.height // STRIDE, node.position] = node.hash

    def _admit(self, index: int, entry: Entry) -> None:
        try:
            self.book.admit(index, entry)
        except Error as error:
            raise entry_invalid(index, error) from None
        self.holdings.note(index, entry)
        self.order.note(index, entry)
        self.subjects.note(index, entry)
        if entry.type == RECOVERED:
            self.findings.append(Finding("history-lost", loss(entry), index))
        elif entry.type == SUCCEEDS:
            self.findings.append(Finding("log-succeeds", predecessor(entry), index))
        elif entry.type in (ROTATED, CONFIRMED):
            self.rotations.append((index, entry))


def recompute(database: Path, *, workers: int = 1, on_run: OnRun | None = None) -> Recomputed:
    """Re-hash every entry of a snapshot and compare all tables.

    Parameters
    ----------
    database : Path
        A snapshot's copy.
    workers : int
        Processes to share the work; more than one only from a program that may be imported again.
    on_run : callable, optional
        Told about progress.

    Raises
    ------
    AuditError
        With the index of the first bad entry where there is one.
    """
    with connect(database) as connection:
        reads = reader(connection)
        count, first, last = connection.execute("SELECT count(*), min(idx), max(idx) FROM entry").fetchone()
        if count and first != 0:
            raise entry_missing(0)
        whole = count == 0 or last == count - 1
        result = Recomputed()
        for run in _examined(database, count, workers if whole else 1):  # where one is missing, a run raises
            result.take(run)
            if on_run:
                on_run(result.edge.size, count)
        _compare_tree(connection, reads.head(), result)
        _compare_book(connection, result.book)
    return result


def integrity(database: Path, size: int) -> None:
    """SQLite's own check of the file, for a log whose bytes no seal vouches for.

    Raises
    ------
    AuditError
        Code ``log-corrupt``.
    """
    with connect(database) as connection:
        pages, page = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
        if pages * page != size:
            raise corrupt("bytes were added to it or cut off")
        if connection.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
            raise corrupt("SQLite's integrity check fails")


def _examined(database: Path, count: int, workers: int) -> Iterator[Examined]:
    jobs = [(str(database), start, min(start + RUN, count)) for start in range(0, count, RUN)]
    if workers < 2 or len(jobs) < 4:
        yield from map(_examine_stored, jobs)
        return
    with ProcessPoolExecutor(min(workers, len(jobs)), mp_context=get_context("spawn")) as pool:
        yield from pool.map(_examine_stored, jobs)


def _examine_stored(job: tuple[str, int, int]) -> Examined:
    database, start, end = job
    with connect(Path(database)) as connection:
        sql = "SELECT leaf, data FROM entry WHERE idx >= ? AND idx < ? ORDER BY idx"
        try:
            rows = connection.execute(sql, (start, end)).fetchall()
            gap = _gap(connection, start, end) if len(rows) != end - start else None
        except sqlite3.Error:
            raise _unreadable(connection, start) from None
        leaves, data = [row[0] for row in rows], [row[1] for row in rows]
        if gap is None:
            return examine(leaves, data, start)
        examine(leaves[: gap - start], data[: gap - start], start)
        raise entry_missing(gap)


def _gap(connection: sqlite3.Connection, start: int, end: int) -> int:
    """The first index of a run that is not there."""
    rows = connection.execute("SELECT idx FROM entry WHERE idx >= ? AND idx < ? ORDER BY idx", (start, end)).fetchall()
    return next(
        (index for index, row in zip(range(start, end), rows, strict=False) if row[0] != index), start + len(rows)
    )


def _unreadable(connection: sqlite3.Connection, start: int) -> AuditError:
    """Find the first entry of a run that SQLite cannot read."""
    index = start
    try:
        for index in range(start, start + RUN):
            connection.execute("SELECT leaf, data FROM entry WHERE idx = ?", (index,)).fetchall()
    except sqlite3.Error:
        pass
    error = corrupt(f"entry {index} cannot be read")
    error.facts["index"] = index
    return error


def _compare_tree(connection: sqlite3.Connection, head: Head, result: Recomputed) -> None:
    size = result.edge.size
    if head.size > size:
        raise entry_missing(size)
    if head.size < size:
        raise AuditError(
            f"Entry {head.size} is beyond the log's head.",
            code="entry-unexpected",
            hint="It was put into the database by something else than the log. Compare the files with a copy.",
            facts={"index": head.size},
        )
    for (height, position), stored, computed in zip(
        perfect_subtrees(0, size), head.frontier, result.edge.hashes, strict=True
    ):
        if stored != computed:
            raise _tree_changed(position << height)
    stored_nodes = connection.execute("SELECT level, n, hash FROM node").fetchall()
    computed_nodes = [(level, n, value) for (level, n), value in result.nodes.items()]
    for level, n, _ in _first_difference(stored_nodes, computed_nodes):
        raise _tree_changed(n << (STRIDE * level))


def _compare_book(connection: sqlite3.Connection, book: Book) -> None:
    expected: dict[str, list[Any]] = {
        "budget": [
            (b.scope, b.cap_nano_epsilon, b.cap_pico_delta, b.spent_nano_epsilon, b.spent_pico_delta)
            for b in book.balances.values()
        ],
        "spend": list(book.spends.items()),
        "intent": [(i.index, i.act, i.closed_by) for i in book.intents.values()],
    }
    for table, computed in expected.items():
        stored = connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608  (our own table names)
        for row in _first_difference(stored, computed):
            index = row[1] if table == "spend" else row[0] if table == "intent" else None
            raise AuditError(
                f"The database's table {table} is not what the entries add up to.",
                code="ledger-mismatch",
                hint="The entries hold; the table was changed beside them. Compare the files with a copy.",
                facts={"table": table, "index": index},
            )


def _tree_changed(index: int) -> AuditError:
    return AuditError(
        f"Entry {index} or one after it does not lead to the stored tree.",
        code="tree-changed",
        hint="What comes before it holds. Keep the files as they are and compare them with a copy.",
        facts={"index": index},
    )


def _first_difference(stored: list[Any], computed: list[Any]) -> list[Any]:
    """The first row of one list that is not in the other, by value and type; empty when they agree."""
    ours, theirs = ({_typed(row): row for row in rows} for rows in (computed, stored))
    different = [row for key, row in (theirs | ours).items() if key not in ours or key not in theirs]
    if len(stored) != len(theirs):
        different = different or stored
    return sorted(different, key=repr)[:1]


def _typed(row: Any) -> tuple[Any, ...]:
    return tuple((type(value).__name__, value) for value in row)
