"""No room: the log stays whole, the caller is told, and after making room it goes on."""

import subprocess
import sys
from pathlib import Path

import pytest

from glassledger.audit.log import Log
from glassledger.audit.signer import Signer
from glassledger.audit.verify import verify

SIGNER = Signer.from_seed(bytes(range(32)), "bank.example/log")
WORKER = """
import resource, sys
from glassledger.audit.entry import Entry
from glassledger.audit.log import Log
from glassledger.audit.signer import Signer
from glassledger.errors import StorageError

signer = Signer.from_seed(bytes(range(32)), "bank.example/log")
log = Log.open(sys.argv[1], signer=signer)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
acked, codes = 0, set()
for number in range(60):
    try:
        log.append(Entry.build("note.made", actor="ops", body={"n": number, "pad": "x" * 3000}))
        acked += 1
    except StorageError as error:
        codes.add(error.code)
assert codes == {"storage-log"}, codes
try:
    log.checkpoint()
except StorageError as error:
    assert error.code in ("storage-write", "storage-log"), error.code
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
log.append(Entry.build("note.made", actor="ops", body={"n": "room again"}))
log.close()
print(acked)
"""


@pytest.mark.parametrize("room", [9_000, 50_000, 140_000])
def test_a_file_that_cannot_grow_loses_nothing(tmp_path: Path, room: int) -> None:
    work = tmp_path / "work"
    Log.create(work, origin=SIGNER.name, signer=SIGNER).close()
    run = subprocess.run(
        [sys.executable, "-c", WORKER, str(work), str(room)], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    verified = verify(work)
    assert verified.size == int(run.stdout) + 1
    assert verified.seal == "intact"
