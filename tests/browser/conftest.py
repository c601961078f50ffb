"""Pages on disk and a browser to open them in."""

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from glassledger.report import Report

HERE = Path(__file__).parent


def _module(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def factory() -> ModuleType:
    """The evidence that the report's unit tests use."""
    return _module("report_factory", HERE.parent / "unit" / "report" / "factory.py")


@pytest.fixture(scope="session")
def pages(factory: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Pages by name, such as ``open.en``."""
    folder = tmp_path_factory.mktemp("pages")
    open_, private = factory.evidence(), factory.evidence(private=True)
    tree, classes = factory.tree_evidence(), factory.classes_evidence()
    documents = {
        "open": (open_, factory.review("submitted", open_)),
        "private": (private, factory.review("approved", private)),
        "tree": (tree, factory.review("rejected", tree)),
        "classes": (classes, None),
    }
    out = {}
    for name, (document, review) in documents.items():
        for language in ("en", "de", "zh"):
            path = folder / f"{name}.{language}.html"
            path.write_text(Report.build(document, review=review, language=language).html, encoding="utf-8")
            out[f"{name}.{language}"] = path
    return out


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A headless Chromium, or skip."""
    chromium = _module("chromium_on_a_leash", HERE / "chromium.py")
    if chromium.PROGRAM is None:
        pytest.skip("no Chromium is installed here")
    with chromium.Chromium(tmp_path_factory.mktemp("profile")) as running:
        yield running
