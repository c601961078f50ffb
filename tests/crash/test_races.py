"""Processes that write at the same time: exact budgets, no lock errors, nobody starves."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from glassledger.audit.entry import Entry
from glassledger.audit.log import Log
from glassledger.audit.signer import Signer
from glassledger.audit.verify import verify

SIGNER = Signer.from_seed(bytes(range(32)), "bank.example/log")
SPENDER = """
import json, sys
from glassledger.audit.budget import BudgetAct
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
    except Exception as error:
        outcome = repr(error)
    outcomes[outcome] = outcomes.get(outcome, 0) + 1
log.close()
print(json.dumps(outcomes))
"""
APPENDER = """
import sys, time
from glassledger.audit.entry import Entry
from glassledger.audit.log import Log

entry, count = Entry.build("note.made", actor="ops"), 0
with Log.open(sys.argv[1]) as log:
    print("ready", flush=True)
    sys.stdin.readline()
    end = time.monotonic() + float(sys.argv[2])
    while time.monotonic() < end:
        log.append(entry)
        count += 1
print(count)
"""


@pytest.mark.parametrize(("cap", "wishes"), [(120, 30), pytest.param(1_000, 200, marks=pytest.mark.slow)])
def test_six_processes_spend_a_budget_exactly(tmp_path: Path, cap: int, wishes: int) -> None:
    work = tmp_path / "work"
    part = {"act": "open", "scope": "bank", "nano_epsilon": cap, "pico_delta": 0, "key": ""}
    with Log.create(work, origin=SIGNER.name, signer=SIGNER) as log:
        opening = Entry.build("budget.opened", actor="ops", body={"budget": part})
        log.open_budget(opening, scope="bank", nano_epsilon=cap, pico_delta=0)
    children = [
        subprocess.Popen([sys.executable, "-c", SPENDER, str(work), str(n), str(wishes)], stdout=subprocess.PIPE)
        for n in range(6)
    ]
    totals: dict[str, int] = {}
    for child in children:
        for outcome, count in json.loads(child.communicate(timeout=300)[0]).items():
            totals[outcome] = totals.get(outcome, 0) + count

    assert totals == {"paid": cap, "budget-exceeded": 6 * wishes - cap}
    verified = verify(work)
    assert verified.size == cap + 1
    assert verified.budgets[0].spent_nano_epsilon == cap


def test_eight_processes_share_the_log_fairly(tmp_path: Path) -> None:
    work = tmp_path / "work"
    Log.create(work, origin=SIGNER.name, signer=SIGNER).close()
    children = [
        subprocess.Popen(
            [sys.executable, "-c", APPENDER, str(work), "2.5"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(8)
    ]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    answers = [child.communicate("go\n", timeout=120) for child in children]
    counts = [int(out) for out, _ in answers]

    assert [error for _, error in answers if error] == []
    assert verify(work).size == sum(counts)
    assert min(counts) / max(counts) >= 0.15, counts
