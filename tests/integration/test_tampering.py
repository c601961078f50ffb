"""One flipped byte anywhere in the log's database or an artefact is found."""

import random
import shutil
from pathlib import Path

import pytest

from glassledger.audit.verify import verify
from glassledger.errors import AuditError


def _files(work: Path) -> list[Path]:
    kept = [path for name in ("artifacts", "reports") for path in sorted((work / name).rglob("*")) if path.is_file()]
    assert len(kept) > 5
    return [work / "log.db", work / "checkpoint", *kept]


def test_the_untouched_workspace_verifies(made: Path) -> None:
    assert verify(made).size > 3


@pytest.mark.slow
def test_a_flipped_byte_is_found_wherever_it_is(made: Path, tmp_path: Path) -> None:
    work = Path(shutil.copytree(made, tmp_path / "work"))
    rng = random.Random(11)
    missed = []
    for path in _files(work):
        data = path.read_bytes()
        for _ in range(120 if path.name == "log.db" else 6):
            at = rng.randrange(len(data))
            path.write_bytes(data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :])
            try:
                verify(work)
                missed.append((path.name, at))
            except AuditError:
                pass
        path.write_bytes(data)
    assert missed == []
    assert verify(work)


def test_a_missing_artefact_is_found(made: Path, tmp_path: Path) -> None:
    work = Path(shutil.copytree(made, tmp_path / "work"))
    next(p for p in (work / "artifacts").rglob("*") if p.is_file()).unlink()

    with pytest.raises(AuditError):
        verify(work)
