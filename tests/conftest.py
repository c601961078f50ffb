"""Where the shared tables and vectors are, for the tests that need them."""

import os
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


def _shared(folder: str, name: str) -> Path:
    root = Path(os.environ.get("GLASSLEDGER_SHARED", REPOSITORY.parent / "shared"))
    path = root / folder / name
    if not path.exists():
        pytest.skip(f"the shared tables are not here: {folder}/{name}")
    return path


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """Path of a real table, or skip."""
    return lambda name: _shared("data", name)


@pytest.fixture(scope="session")
def shared_vectors() -> Callable[[str], Path]:
    """Path of a test-vector file, or skip."""
    return lambda name: _shared("vectors", name)


@pytest.fixture(scope="session")
def repository() -> Path:
    """Root of the checkout."""
    return REPOSITORY


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI everything is here: a skipped test is a failed one."""
    report = yield
    if report.skipped and os.environ.get("GLASSLEDGER_CI"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped in CI, where nothing may be missing: {report.longrepr}"
    return report
