"""The statements that every SQL store shares; ``?`` marks a value."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from glassledger.audit.budget import Balance
from glassledger.audit.store import Changes, Head, Intent, Row
from glassledger.audit.tree import STRIDE
from glassledger.errors import AuditError

FORMAT: Final = "glassledger/audit-log/v1"

Query = Callable[[str, Sequence[object]], list[Any]]
"""Runs one statement and returns its rows; translates the vendor's errors."""

Execute = Callable[[str, Iterable[Sequence[object]]], None]
"""Runs one statement for each row of values."""


class SqlReader:
    """Reads through one connection; each call is one statement, so it sees one committed state."""

    def __init__(self, query: Query) -> None:
        self._query = query

    def head(self) -> Head:
        """See :class:`~glassledger.audit.store.Reader`, here and below."""
        rows = self._query("SELECT size, frontier, root FROM head WHERE id = 1", ())
        if len(rows) != 1:
            raise corrupt("its head row is missing")
        return Head.unpack(*rows[0])

    def rows(self, start: int, end: int) -> Sequence[Row]:
        """Entries ``[start, end)``."""
        sql = "SELECT idx, leaf, data FROM entry WHERE idx >= ? AND idx < ? ORDER BY idx"
        return [Row(*row) for row in self._query(sql, (start, end))]

    def hashes(self, level: int, start: int, end: int) -> Sequence[bytes]:
        """Hashes of one level."""
        if level == 0:
            sql = "SELECT leaf FROM entry WHERE idx >= ? AND idx < ? ORDER BY idx"
            return [row[0] for row in self._query(sql, (start, end))]
        sql = "SELECT hash FROM node WHERE level = ? AND n >= ? AND n < ? ORDER BY n"
        return [row[0] for row in self._query(sql, (level, start, end))]

    def balance(self, scope: str) -> Balance | None:
        """A budget."""
        found = self._query("SELECT * FROM budget WHERE scope = ?", (scope,))
        return Balance(*found[0]) if found else None

    def balances(self) -> Sequence[Balance]:
        """All budgets."""
        return sorted((Balance(*row) for row in self._query("SELECT * FROM budget", ())), key=lambda b: b.scope)

    def spend(self, key: str) -> int | None:
        """Index that a key paid for."""
        found = self._query("SELECT idx FROM spend WHERE key = ?", (key,))
        return int(found[0][0]) if found else None

    def intent(self, index: int) -> Intent | None:
        """An announced act."""
        found = self._query("SELECT idx, act, closed_by FROM intent WHERE idx = ?", (index,))
        return Intent(*found[0]) if found else None

    def unfinished(self) -> Sequence[Intent]:
        """Acts that nothing closed."""
        sql = "SELECT idx, act, closed_by FROM intent WHERE closed_by IS NULL ORDER BY idx"
        return [Intent(*row) for row in self._query(sql, ())]

    def origin(self) -> str:
        """The log's name, after a look at the format."""
        meta = dict(self._query("SELECT name, value FROM meta", ()))
        if meta.keys() != {"format", "origin"} or meta["format"] != FORMAT:
            raise corrupt("its format is not " + FORMAT)
        return str(meta["origin"])


def write_changes(execute: Execute, changes: Changes) -> None:
    """Write what a plan decided."""
    head = changes.head
    execute("INSERT INTO entry VALUES (?, ?, ?)", changes.rows)
    nodes = [(node.height // STRIDE, node.position, node.hash) for node in changes.nodes]
    execute("INSERT INTO node VALUES (?, ?, ?)", nodes)
    execute(
        "INSERT INTO budget VALUES (?, ?, ?, ?, ?) ON CONFLICT (scope) DO UPDATE SET "
        "cap_nano_epsilon = excluded.cap_nano_epsilon, cap_pico_delta = excluded.cap_pico_delta, "
        "spent_nano_epsilon = excluded.spent_nano_epsilon, spent_pico_delta = excluded.spent_pico_delta",
        [
            (b.scope, b.cap_nano_epsilon, b.cap_pico_delta, b.spent_nano_epsilon, b.spent_pico_delta)
            for b in changes.balances
        ],
    )
    execute("INSERT INTO spend VALUES (?, ?)", changes.spends)
    execute(
        "INSERT INTO intent VALUES (?, ?, ?) ON CONFLICT (idx) DO UPDATE SET closed_by = excluded.closed_by",
        [(intent.index, intent.act, intent.closed_by) for intent in changes.intents],
    )
    execute(
        "UPDATE head SET size = ?, frontier = ?, root = ? WHERE id = 1",
        [(head.size, b"".join(head.frontier), head.root)],
    )


def write_beginning(execute: Execute, origin: str, head: Head) -> None:
    """Fill the tables of an empty log."""
    execute("INSERT INTO head VALUES (1, ?, ?, ?)", [(head.size, b"", head.root)])
    execute("INSERT INTO meta VALUES (?, ?)", [("format", FORMAT), ("origin", origin)])


def corrupt(why: str) -> AuditError:
    """Error for a database that is not a sound log."""
    return AuditError(
        f"The log's database is damaged or not a log: {why}.",
        code="log-corrupt",
        hint="Stop writing, keep the files as they are, and restore a copy that glassledger verify accepts.",
    )
