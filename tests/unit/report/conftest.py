"""Evidence made by hand, for every test of the report."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from glassledger.report import Evidence


@pytest.fixture(scope="session")
def factory() -> ModuleType:
    """The module beside this file that makes evidence."""
    spec = importlib.util.spec_from_file_location("report_factory", Path(__file__).with_name("factory.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def evidence(factory: ModuleType) -> Evidence:
    return factory.evidence()


@pytest.fixture(scope="session")
def private_evidence(factory: ModuleType) -> Evidence:
    return factory.evidence(private=True)
