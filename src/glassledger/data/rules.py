"""Cross-column rules over a whole table at once. The tree comes whitelisted from the policy; nothing is ``eval``-ed."""

import ast
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_CALCULATE: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def columns_in(rule: ast.Expression) -> tuple[str, ...]:
    """Names of the columns that a rule reads, each once."""
    return tuple(dict.fromkeys(node.id for node in ast.walk(rule) if isinstance(node, ast.Name)))


def holds(rule: ast.Expression, table: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether the rule holds, row by row.

    Parameters
    ----------
    rule : ast.Expression, from :func:`glassledger.policy.rules.check_rule`
    table : DataFrame of typed columns

    Returns
    -------
    ndarray of bool, shape (n_rows,)
        A row in which one of the rule's columns is missing is not judged, hence True. What cannot be calculated
        (0 / 0) does not hold.
    """
    names = columns_in(rule)
    unjudged = table[list(names)].isna().any(axis=1).to_numpy()
    with np.errstate(all="ignore"):
        verdict = _value(rule.body, {name: _operand(table[name]) for name in names})
    return np.asarray(unjudged | np.asarray(verdict, dtype=bool))


def _operand(column: "pd.Series[Any]") -> NDArray[Any]:
    """Numbers as float64, dates as datetime64, flags as bool, other text as objects that equal no missing value."""
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    return column.to_numpy()


def _value(node: ast.expr, columns: dict[str, NDArray[Any]]) -> Any:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            return columns[name]
        case ast.UnaryOp(op=ast.Not(), operand=part):
            return ~_flag(part, columns)
        case ast.UnaryOp(operand=part):
            return -_value(part, columns)
        case ast.BinOp(left=left, op=op, right=right):
            return _CALCULATE[type(op)](np.float64(1) * _value(left, columns), _value(right, columns))
        case ast.BoolOp(op=op, values=parts):
            join = np.logical_and if isinstance(op, ast.And) else np.logical_or
            return join.reduce(np.broadcast_arrays(*(_flag(part, columns) for part in parts)))
        case ast.Compare():
            return _comparison(node, columns)
    raise AssertionError("the policy lets nothing else through")


def _flag(node: ast.expr, columns: dict[str, NDArray[Any]]) -> NDArray[np.bool_]:
    """A truth value per row; a boolean column holds the texts ``true`` and ``false``."""
    value = _value(node, columns)
    return np.asarray(value == "true" if isinstance(node, ast.Name) else value, dtype=bool)


def _comparison(node: ast.Compare, columns: dict[str, NDArray[Any]]) -> NDArray[np.bool_]:
    """``a < b < c`` is ``a < b and b < c``."""
    operands = [_value(part, columns) for part in (node.left, *node.comparators)]
    result: NDArray[np.bool_] = np.asarray(True)
    for left, op, right in zip(operands, node.ops, operands[1:], strict=False):
        left, right = _alike(left, right), _alike(right, left)
        result = result & np.asarray(_COMPARE[type(op)](left, right), dtype=bool)
    return result


def _alike(value: Any, beside: Any) -> Any:
    """A constant in the form of what it is compared with: dates from ISO text, flags and levels as text."""
    if isinstance(value, str) and isinstance(beside, np.ndarray) and beside.dtype.kind == "M":
        return np.datetime64(value)
    if isinstance(value, bool) and isinstance(beside, np.ndarray) and beside.dtype == object:
        return "true" if value else "false"
    return value
