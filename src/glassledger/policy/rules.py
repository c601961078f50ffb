"""Cross-column rules: a small, closed expression language, parsed here and never handed to ``eval``.

A rule compares declared columns and constants with ``< <= > >= == !=``, joins comparisons by ``and``, ``or``, ``not``
and calculates with ``+ - * /``. Column names that are no Python names stand in backticks: ```hours-per-week` <= 80``.
Dates are written as text: ``end_date >= "2020-01-01"``. Levels are compared as text.
"""

import ast
import re
from collections.abc import Mapping
from datetime import date
from typing import Literal

from glassledger.errors import PolicyError
from glassledger.policy.document import Column
from glassledger.policy.domains import declared_levels
from glassledger.policy.faults import choices

Kind = Literal["number", "date", "text", "flag"]

_KINDS: dict[str, Kind] = {
    "number": "number",
    "integer": "number",
    "date": "date",
    "boolean": "flag",
    "category": "text",
    "text": "text",
}
_PIECES = re.compile(r"""("[^"]*"|'[^']*')|`([^`]+)`""")
_ORDERING = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_COMPARING = (*_ORDERING, ast.Eq, ast.NotEq)
_CALCULATING = (ast.Add, ast.Sub, ast.Mult, ast.Div)
_ALLOWED = (
    ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.BinOp, *_CALCULATING,
    ast.Compare, *_COMPARING, ast.Name, ast.Load, ast.Constant,
)  # fmt: skip


def parse_rule(rule: str) -> ast.Expression:
    """Parse a cross-column rule into a tree of whitelisted nodes.

    Parameters
    ----------
    rule : str

    Returns
    -------
    ast.Expression
        Holds ``BoolOp``, ``UnaryOp`` (``not``, minus), ``BinOp`` (``+ - * /``), ``Compare``, ``Constant`` (bool, int,
        finite float, str) and ``Name`` nodes only; the id of a ``Name`` is the column's real name, backticks resolved.

    Raises
    ------
    PolicyError
        Code ``rule-invalid``.
    """
    quoted: dict[str, str] = {}
    stem = "_column"
    while stem in rule:
        stem += "_"

    def stand_in(match: re.Match[str]) -> str:
        if match[1] is not None:
            return match[1]
        return quoted.setdefault(match[2], f"{stem}{len(quoted)}")

    try:
        tree = ast.parse(_PIECES.sub(stand_in, rule).strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _refused("this is not a rule; compare columns, such as `end >= start`") from None
    names = {placeholder: name for name, placeholder in quoted.items()}
    for node in ast.walk(tree):
        if not isinstance(node, _ALLOWED):
            raise _refused("only comparisons, and, or, not, + - * /, columns and constants may stand in a rule")
        if isinstance(node, ast.Constant) and not _plain_constant(node.value):
            raise _refused("a constant must be a number, a text in quotes, True or False")
        if isinstance(node, ast.Name):
            node.id = names.get(node.id, node.id)
    return tree


def check_rule(rule: str, columns: Mapping[str, Column]) -> ast.Expression:
    """Parse a rule and check that its columns exist and that it compares like with like.

    Raises
    ------
    PolicyError
        Code ``rule-invalid``.
    """
    tree = parse_rule(rule)
    if _kind(tree.body, columns) != "flag" or not any(isinstance(node, ast.Name) for node in ast.walk(tree)):
        raise _refused("a rule must say yes or no about columns, such as `end >= start`")
    return tree


def _kind(node: ast.expr, columns: Mapping[str, Column]) -> Kind:
    match node:
        case ast.BoolOp(values=parts):
            return _all(parts, "flag", columns, "and / or join comparisons")
        case ast.UnaryOp(op=ast.Not(), operand=part):
            return _all([part], "flag", columns, "not turns a comparison round")
        case ast.UnaryOp(operand=part):
            return _all([part], "number", columns, "a minus sign stands before numbers")
        case ast.BinOp(left=left, right=right):
            return _all([left, right], "number", columns, "+ - * / calculate with numbers")
        case ast.Compare():
            return _comparison(node, columns)
        case ast.Name(id=name):
            return _column(name, columns)
        case ast.Constant(value=value):
            return "flag" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"
    raise AssertionError("parse_rule lets nothing else through")


def _all(parts: list[ast.expr], kind: Kind, columns: Mapping[str, Column], what: str) -> Kind:
    if any(_kind(part, columns) != kind for part in parts):
        raise _refused(f"{what} only")
    return kind


def _column(name: str, columns: Mapping[str, Column]) -> Kind:
    if name not in columns:
        raise _refused(f"unknown column `{name}`" + choices(name, columns))
    return _KINDS[columns[name].type]


def _comparison(node: ast.Compare, columns: Mapping[str, Column]) -> Kind:
    operands = [node.left, *node.comparators]
    for left, operator, right in zip(operands, node.ops, operands[1:], strict=False):
        kinds = {_kind(left, columns), _kind(right, columns)}
        if kinds == {"date", "text"}:
            _check_date(left, right)
        elif len(kinds) > 1:
            raise _refused("a comparison needs two numbers, two dates, two texts or two flags")
        elif kinds <= {"text", "flag"} and isinstance(operator, _ORDERING):
            raise _refused("texts and flags are compared by == and != only")
        _check_level(left, right, columns)
        _check_level(right, left, columns)
    return "flag"


def _check_date(left: ast.expr, right: ast.expr) -> None:
    text = next((side.value for side in (left, right) if isinstance(side, ast.Constant)), None)
    try:
        date.fromisoformat(str(text))
    except ValueError:
        raise _refused('a date is compared with a date, such as "2024-01-31"') from None


def _check_level(column: ast.expr, constant: ast.expr, columns: Mapping[str, Column]) -> None:
    """A category is compared with one of its declared levels."""
    if not (isinstance(column, ast.Name) and isinstance(constant, ast.Constant)):
        return
    levels = declared_levels(columns[column.id])
    if columns[column.id].type == "category" and constant.value not in levels:
        raise _refused(f"`{column.id}` has no such level" + choices(str(constant.value), levels))


def _plain_constant(value: object) -> bool:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return abs(value) <= 2**53
    return isinstance(value, bool | str)


def _refused(message: str) -> PolicyError:
    return PolicyError(message, code="rule-invalid", hint="docs/reference/policy.md shows the rule language.")
