"""House sizes. Ceilings fail; the advice below them is printed with ``-s``."""

import ast
from pathlib import Path

import pytest

FILE_CEILING, FUNCTION_CEILING, PARAMETER_CEILING = 400, 60, 12
BANNED = {"utils.py", "helpers.py", "common.py", "base.py"}


@pytest.fixture(scope="module")
def sources(repository: Path) -> dict[Path, ast.Module]:
    files = sorted((repository / "src").rglob("*.py"))
    assert len(files) > 40
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in files}


def _functions(tree: ast.Module) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def test_files_stay_readable(sources: dict[Path, ast.Module]) -> None:
    assert {p.name: n for p in sources if (n := len(p.read_text().splitlines())) > FILE_CEILING} == {}


def test_functions_stay_short(sources: dict[Path, ast.Module]) -> None:
    long = {
        f"{path.name}:{node.name}": length
        for path, tree in sources.items()
        for node in _functions(tree)
        if (length := (node.end_lineno or 0) - node.lineno - _docstring_lines(node)) > FUNCTION_CEILING
    }
    assert long == {}


def test_parameters_stay_few(sources: dict[Path, ast.Module]) -> None:
    wide = {
        f"{path.name}:{node.name}": count
        for path, tree in sources.items()
        if path.parent.name != "cli"  # a command has one parameter per option
        for node in _functions(tree)
        if node.name != "__init__"  # an estimator has one parameter per setting
        and (count := len(node.args.args) + len(node.args.kwonlyargs)) > PARAMETER_CEILING
    }
    assert wide == {}


def test_no_drawer_for_odds_and_ends(sources: dict[Path, ast.Module]) -> None:
    assert [path for path in sources if path.name in BANNED] == []


def test_no_public_function_swallows_options(sources: dict[Path, ast.Module]) -> None:
    greedy = [
        f"{path.name}:{node.name}"
        for path, tree in sources.items()
        for node in _functions(tree)
        if (kwarg := node.args.kwarg) and not node.name.startswith("_")
        if ast.unparse(kwarg.annotation or ast.Constant(None)) != "P.kwargs"  # a typed wrapper passes them on
    ]
    assert greedy == []


def _docstring_lines(node: ast.FunctionDef) -> int:
    text = ast.get_docstring(node, clean=False)
    return len(text.splitlines()) if text else 0
