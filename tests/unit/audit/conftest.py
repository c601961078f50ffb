"""A log to try things on, in each of the stores."""

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from glassledger.audit.budget import BudgetAct
from glassledger.audit.entry import Entry
from glassledger.audit.log import Log
from glassledger.audit.signer import Signer
from glassledger.audit.verify import VerifiedLog, verify

ORIGIN = "bank.example/log"


@pytest.fixture(scope="session")
def signer() -> Signer:
    return Signer.from_seed(bytes(range(32)), ORIGIN)


@pytest.fixture
def log(tmp_path: Path, signer: Signer) -> Log:
    """A new log, not closed."""
    return Log.create(tmp_path / "work", origin=ORIGIN, signer=signer)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Address of a PostgreSQL server of our own, on a socket in a temporary folder."""
    tools = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not tools:
        pytest.skip("PostgreSQL is not here: apt-get install postgresql")
    if importlib.util.find_spec("psycopg") is None:
        pytest.skip("psycopg is not here: pip install 'glassledger[postgres]'")
    home = Path(tempfile.mkdtemp(prefix="gl-pg-"))
    if os.getuid() == 0:  # the server refuses to run as root
        os.chown(home, pwd.getpwnam("postgres").pw_uid, -1)
        as_server = ["runuser", "-u", "postgres", "--"]
    else:
        as_server = []
    options = f"-c listen_addresses= -c unix_socket_directories={home} -c max_connections=60"
    pg_ctl = [*as_server, str(tools[-1].with_name("pg_ctl")), "-D", str(home / "data"), "-w"]
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "cwd": home}
    subprocess.run([*as_server, str(tools[-1]), "-D", str(home / "data"), "-A", "trust", "-U", "ledger"], **quiet)
    subprocess.run([*pg_ctl, "-o", options, "-l", str(home / "server.log"), "start"], **quiet)
    try:
        yield f"postgresql://ledger@/postgres?host={home}"
    finally:
        subprocess.run([*pg_ctl, "-m", "immediate", "stop"], **quiet)
        shutil.rmtree(home)


@pytest.fixture
def postgres(postgres_server: str) -> str:
    """Address of a database without a log."""
    import psycopg

    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute("SET client_min_messages TO warning")
        connection.execute("DROP SCHEMA IF EXISTS glassledger CASCADE")
    return postgres_server


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a log can be: each store in turn."""
    return request.getfixturevalue("postgres") if request.param == "postgres" else str(tmp_path / "work")


@pytest.fixture
def any_log(place: str, signer: Signer) -> Iterator[Log]:
    """A new log in each of the stores."""
    log = Log.create(place, origin=ORIGIN, signer=signer)
    yield log
    log.close()


@pytest.fixture
def check(place: str, tmp_path: Path) -> Callable[..., VerifiedLog]:
    """Verify the log at ``place``."""
    if place.startswith("postgresql"):
        return lambda **more: verify(tmp_path, log=place, **more)
    return lambda **more: verify(place, **more)


@pytest.fixture
def event() -> Callable[..., Entry]:
    """Make an entry of some number."""
    return lambda number=0, kind="note.made", **more: Entry.build(
        kind, actor="ops", time="2026-11-22T09:00:00Z", body={"n": number}, **more
    )


@pytest.fixture
def budgeted() -> Callable[..., Entry]:
    """Make an entry that states a budget act."""
    return lambda act, scope="bank", nano=1, pico=0, key="": Entry.build(
        f"budget.{act}",
        actor="ops",
        time="2026-11-22T09:00:00Z",
        body={"budget": BudgetAct(act, scope, nano, pico, key).to_body()},
    )
