"""What is special about the log in PostgreSQL: connections that die, servers that are not durable, insiders."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from glassledger.audit import store_postgres
from glassledger.audit.budget import Balance
from glassledger.audit.entry import Entry
from glassledger.audit.log import Log
from glassledger.audit.signer import Signer
from glassledger.audit.verify import verify
from glassledger.errors import AuditError, MissingExtraError, StorageError

Event = Callable[..., Entry]
SPENDER = """
import json, sys
from glassledger.audit.budget import BudgetAct
from glassledger.audit.budget import Balance
from glassledger.audit.entry import Entry
from glassledger.audit.log import Log
from glassledger.errors import PrivacyError

log, outcomes = Log.open(sys.argv[1]), {}
for number in range(int(sys.argv[3])):
    act = BudgetAct("spend", "bank", 1, 0, f"{sys.argv[2]}-{number}")
    entry = Entry.build("budget.spent", actor="ops", body={"budget": act.to_body()})
    try:
        log.spend(entry, scope="bank", nano_epsilon=1, pico_delta=0, key=act.key)
        outcome = "paid"
    except PrivacyError as error:
        outcome = error.code
    outcomes[outcome] = outcomes.get(outcome, 0) + 1
log.close()
print(json.dumps(outcomes))
"""


class Dying:
    """A connection whose commit arrives at the server while the answer is lost."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        import psycopg

        with self._real.transaction():
            yield
        raise psycopg.OperationalError("connection lost")


@pytest.fixture
def log(postgres: str, signer: Signer) -> Log:
    return Log.create(postgres, origin=signer.name, signer=signer)


def sql(address: str, *statements: str) -> None:
    """Run statements as somebody with all rights."""
    import psycopg

    with psycopg.connect(address, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def kill_others(address: str) -> None:
    sql(
        address,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname <> ''",
    )


def test_a_server_that_let_go_is_asked_again(log: Log, postgres: str, event: Event) -> None:
    log.append(event(0))
    assert log.size == 1
    kill_others(postgres)
    assert log.size == 1
    assert log.append(event(1)).index == 1


def test_a_connection_that_is_killed_inside_a_transaction_writes_nothing(
    log: Log, postgres: str, budgeted: Event, event: Event
) -> None:
    log.open_budget(budgeted("open", nano=10), scope="bank", nano_epsilon=10, pico_delta=0)

    def entry(balance: Balance) -> Entry:
        kill_others(postgres)
        return budgeted("spend", nano=4, key="k")

    with pytest.raises(StorageError) as caught:
        log.spend(entry, scope="bank", nano_epsilon=4, pico_delta=0, key="k")
    assert caught.value.code == "storage-log"
    assert "terminating" not in str(caught.value)
    assert log.budget("bank") == Balance("bank", 10, 0)
    assert log.append(event(1)).index == 1


def test_a_commit_whose_answer_was_lost_is_looked_up(
    log: Log, postgres: str, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection dies after the server committed: the entry is there, so it is acknowledged."""
    log.append(event(0))
    store: Any = log._store
    store._writer = Dying(store._awake())
    assert log.append(event(1)).index == 1
    assert log.size == 2
    store._writer = Dying(store._awake())
    monkeypatch.setattr(store_postgres, "_session", _refused)
    with pytest.raises(AuditError) as caught:
        log.append(event(2))
    assert caught.value.code == "log-state-unknown"
    monkeypatch.undo()
    assert log.size == 3


def _refused(address: str) -> Any:
    raise StorageError("no", code="storage-log")


@pytest.mark.parametrize("setting", ["synchronous_commit", "fsync"])
def test_a_server_that_is_not_durable_is_refused(
    log: Log, postgres: str, setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if setting == "fsync":
        sql(postgres, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
    else:
        monkeypatch.setattr(store_postgres, "_set_session", lambda c: c.execute("SET synchronous_commit TO off"))
    try:
        with pytest.raises(AuditError) as caught:
            Log.open(postgres)
        assert setting in str(caught.value)
    finally:
        sql(postgres, "ALTER SYSTEM RESET fsync", "SELECT pg_reload_conf()")


@pytest.mark.parametrize(
    ("statement", "code", "index"),
    [
        ("UPDATE glassledger.entry SET data = data || '\\x20' WHERE idx = 2", "entry-changed", 2),
        ("DELETE FROM glassledger.entry WHERE idx = 1", "entry-missing", 1),
        ("UPDATE glassledger.budget SET spent_nano_epsilon = 0", "ledger-mismatch", None),
        ("UPDATE glassledger.head SET size = 2", "frontier-malformed", None),
        ("DELETE FROM glassledger.head", "log-corrupt", None),
        ("ALTER TABLE glassledger.entry ADD COLUMN more int", "log-corrupt", None),
        ("CREATE TABLE glassledger.more (x int)", "log-corrupt", None),
        ("DELETE FROM glassledger.note WHERE name = 'checkpoint'", "log-file-missing", None),
        ("UPDATE glassledger.note SET data = data || '\\x20' WHERE name = 'log.vkey'", "vkey-malformed", None),
        ("DROP SCHEMA glassledger CASCADE", "log-missing", None),
        (
            "CREATE FUNCTION glassledger.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; "
            "CREATE TRIGGER t BEFORE INSERT ON glassledger.entry FOR EACH ROW EXECUTE FUNCTION glassledger.f()",
            "log-corrupt",
            None,
        ),
    ],
)
def test_an_insider_with_all_rights_is_found(
    log: Log, postgres: str, tmp_path: Path, event: Event, budgeted: Event, statement: str, code: str, index: int | None
) -> None:
    log.open_budget(budgeted("open", nano=10), scope="bank", nano_epsilon=10, pico_delta=0)
    log.spend(budgeted("spend", nano=4, key="k"), scope="bank", nano_epsilon=4, pico_delta=0, key="k")
    log.append_many([event(n) for n in range(3)])
    log.close()
    assert verify(tmp_path, log=postgres).size == 5
    sql(postgres, statement)
    with pytest.raises(AuditError) as caught:
        verify(tmp_path, log=postgres)
    assert (caught.value.code, caught.value.facts.get("index")) == (code, index)


@pytest.mark.parametrize(("cap", "wishes"), [(100, 25), pytest.param(1_000, 200, marks=pytest.mark.slow)])
def test_six_processes_spend_a_budget_exactly(
    log: Log, postgres: str, tmp_path: Path, budgeted: Event, cap: int, wishes: int
) -> None:
    log.open_budget(budgeted("open", nano=cap), scope="bank", nano_epsilon=cap, pico_delta=0)
    children = [
        subprocess.Popen([sys.executable, "-c", SPENDER, postgres, str(n), str(wishes)], stdout=subprocess.PIPE)
        for n in range(6)
    ]
    totals: dict[str, int] = {}
    for child in children:
        for outcome, count in json.loads(child.communicate(timeout=300)[0]).items():
            totals[outcome] = totals.get(outcome, 0) + count
    assert totals == {"paid": cap, "budget-exceeded": 6 * wishes - cap}
    verified = verify(tmp_path, log=postgres)
    assert (verified.size, verified.budgets[0].spent_nano_epsilon) == (cap + 1, cap)


def test_no_server_is_one_clear_error(tmp_path: Path) -> None:
    pytest.importorskip("psycopg", reason="psycopg is not here: pip install 'glassledger[postgres]'")
    with pytest.raises(StorageError) as caught:
        Log.open(f"postgresql://nobody@/none?host={tmp_path}")
    assert caught.value.code == "storage-log"
    assert caught.value.__cause__ is None


def test_without_the_driver_the_pip_line_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtraError) as caught:
        Log.open("postgresql://ledger@/bank")
    assert "glassledger[postgres]" in str(caught.value)
