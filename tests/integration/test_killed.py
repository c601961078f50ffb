"""kill -9 in the middle of a fit: the log verifies, the budget never undercounts, the next fit works."""

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from glassledger.audit.verify import verify

from .conftest import POLICY, PRIVACY, Ran, small_table


@pytest.mark.slow
def test_a_killed_fit_leaves_an_intact_workspace(tmp_path: Path, run: Callable[..., Ran]) -> None:
    policy, table, work = tmp_path / "p.yaml", tmp_path / "t.csv", tmp_path / "work"
    budget = PRIVACY.replace("epsilon: 1.5", "epsilon: 50")
    policy.write_text(POLICY.replace("family: logistic", "family: dp-logistic") + budget)
    small_table().to_csv(table, index=False)
    assert run("fit", policy, table, "-w", work).code == 0
    rng = random.Random(4)
    spent = [_spent(run, work)]
    for _ in range(6):
        child = subprocess.Popen(
            [sys.executable, "-m", "glassledger", "fit", str(policy), str(table), "-w", str(work), "-q"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        size = verify(work).size
        deadline = time.monotonic() + 60
        while verify(work).size == size and child.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(rng.random() * 0.4)
        child.send_signal(signal.SIGKILL)
        child.wait()
        assert verify(work).size >= size
        spent.append(_spent(run, work))

    assert spent == sorted(spent), "nothing is ever refunded"
    assert run("fit", policy, table, "-w", work).code == 0
    assert _spent(run, work) == spent[-1] + 1_000_000_000


def test_four_processes_never_overspend(tmp_path: Path, run: Callable[..., Ran]) -> None:
    policy, table, work = tmp_path / "p.yaml", tmp_path / "t.csv", tmp_path / "work"
    policy.write_text(POLICY.replace("family: logistic", "family: dp-logistic") + PRIVACY)
    small_table().to_csv(table, index=False)
    command = [sys.executable, "-m", "glassledger", "fit", str(policy), str(table), "-w", str(work), "-q"]

    children = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(4)]
    errors = [child.communicate()[1].decode() for child in children]

    assert sorted(child.returncode for child in children) == [0, 3, 3, 3], errors
    assert sum("budget-exceeded" in error for error in errors) == 3
    assert _spent(run, work) == 1_000_000_000
    verify(work)


def _spent(run: Callable[..., Ran], work: Path) -> int:
    ran = run("budget", "-w", work, "--json")
    assert ran.code == 0, ran.err
    return int(json.loads(ran.out)["budgets"][0]["spent_nano_epsilon"])
