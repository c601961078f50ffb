"""Make ``docs/reference/errors.md`` from the source: ``python -m tests.error_page``."""

import ast
from collections.abc import Iterator
from pathlib import Path

from glassledger import errors

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference" / "errors.md"
KINDS = {name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, errors.Error)}

_HEAD = """\
# Errors

Every error has a stable code, says what is wrong in one sentence and what to do about it, and never shows a cell value.
In Python they are subclasses of `glassledger.errors.Error` with `.code`, `.hint` and `.facts`; on the command line the
code stands in brackets and the class decides the exit code. This page is generated from the source.

| who must act | class | exit code |
|---|---|---|
"""


def page() -> str:
    """The page as it should be."""
    lines = [f"| {_who(kind)} | `{name}` | {kind.exit_code} |" for name, kind in KINDS.items() if name != "Error"]
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for path in sorted((ROOT / "src").rglob("*.py")):
        for kind, code, hint in _raised(ast.parse(path.read_text(encoding="utf-8"))):
            found.setdefault(kind, {}).setdefault(code, (path.parent.name, hint))
    text = _HEAD + "\n".join(lines) + "\n"
    for kind in KINDS:
        rows = sorted(found.get(kind, {}).items())
        if rows:
            text += f"\n## {kind}\n\n| code | raised in | what to do |\n|---|---|---|\n"
            text += "".join(f"| `{code}` | {where} | {hint} |\n" for code, (where, hint) in rows)
    return text


def _who(kind: type[errors.Error]) -> str:
    return (kind.__doc__ or "").strip().splitlines()[0].rstrip(".")


def _raised(tree: ast.Module) -> Iterator[tuple[str, str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS:
            given = {keyword.arg: keyword.value for keyword in node.keywords}
            for code in _codes(given.get("code")):
                yield node.func.id, code, _words(given.get("hint"))


def _codes(node: ast.expr | None) -> list[str]:
    if isinstance(node, ast.IfExp):
        return _codes(node.body) + _codes(node.orelse)
    return [str(node.value)] if isinstance(node, ast.Constant) else []


def _words(node: ast.expr | None) -> str:
    """The hint's fixed words; an ellipsis stands where a name or a number goes."""
    if isinstance(node, ast.Constant):
        return str(node.value).replace("|", "\\|")
    if isinstance(node, ast.JoinedStr):
        return "".join(_words(part) if isinstance(part, ast.Constant) else "…" for part in node.values)
    return ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
