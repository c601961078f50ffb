"""A log to try things on."""

from collections.abc import Callable
from pathlib import Path

import pytest

from glassledger.audit.budget import BudgetAct
from glassledger.audit.entry import Entry
from glassledger.audit.log import Log
from glassledger.audit.signer import Signer

ORIGIN = "bank.example/log"


@pytest.fixture(scope="session")
def signer() -> Signer:
    return Signer.from_seed(bytes(range(32)), ORIGIN)


@pytest.fixture
def log(tmp_path: Path, signer: Signer) -> Log:
    """A new log, not closed."""
    return Log.create(tmp_path / "work", origin=ORIGIN, signer=signer)


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
