"""Every system call that writes the log fails once: the caller hears it, and what was acknowledged is there."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from glassledger.audit.log import Log
from glassledger.audit.signer import Signer
from glassledger.audit.verify import verify

SIGNER = Signer.from_seed(bytes(range(32)), "bank.example/log")
WORKER = """
import os, sys
from glassledger.audit import store_sqlite
from glassledger.audit.entry import Entry
from glassledger.audit.log import Log
from glassledger.audit.signer import Signer
from glassledger.errors import Error

store_sqlite._LONG_WAL = 30_000
signer, heard = Signer.from_seed(bytes(range(32)), "bank.example/log"), []
try:
    with Log.open(sys.argv[1], signer=signer) as log:
        for number in range(6):
            entry = Entry.build("note.made", actor="ops", body={"n": number, "pad": "x" * 3000})
            try:
                print(log.append(entry).index, number, flush=True)
            except Error as error:
                heard.append(error.code)
        log.checkpoint()
except Error as error:
    heard.append(error.code)
print("heard", *heard, flush=True)
"""
CALLS = ("pwrite64", "fdatasync", "fsync", "ftruncate", "rename", "unlink")


def _run(work: Path, *inject: str) -> tuple[list[tuple[int, int]], list[str] | None]:
    """Acknowledged (index, number), and what was heard: None when the worker was killed."""
    strace = ["strace", "-f", "-qq", "-o", "/dev/null", *inject]
    done = subprocess.run(
        [*strace, sys.executable, "-c", WORKER, str(work)], capture_output=True, text=True, check=False
    )
    if "ptrace" in done.stderr:
        pytest.skip("this machine does not let strace trace")
    lines = [line.split() for line in done.stdout.splitlines()]
    heard = next((line[1:] for line in lines if line[0] == "heard"), None)
    assert heard is not None or done.returncode in (-9, 137), done.stderr
    return [(int(one), int(other)) for one, other in (line for line in lines if line[0] != "heard")], heard


def _judge(work: Path, acked: list[tuple[int, int]]) -> None:
    assert verify(work).size >= len(acked)
    with Log.open(work, signer=SIGNER) as log:
        numbers = [entry.body["n"] for entry in log.entries()]
    assert len(numbers) == len(set(numbers)), "nothing is there twice"
    assert all(numbers[index] == number for index, number in acked), "what was acknowledged is there"
    assert verify(work).seal == "intact"


@pytest.mark.parametrize("fault", ["error=EIO", "error=ENOSPC", "signal=SIGKILL"])
@pytest.mark.parametrize("call", CALLS)
def test_a_call_that_fails_loses_nothing(call: str, fault: str, tmp_path: Path) -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed: apt-get install strace")
    hit = 0
    for when in (1, 3, 7):
        work = tmp_path / f"{when}"
        Log.create(work, origin=SIGNER.name, signer=SIGNER).close()
        acked, heard = _run(work, "-e", f"trace={call}", "-e", f"inject={call}:{fault}:when={when}")
        hit += heard is None or bool(heard)
        _judge(work, acked)
    if call in ("pwrite64", "fdatasync"):
        assert hit, "a fault in these is never silent"
