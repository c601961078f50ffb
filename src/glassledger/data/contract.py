"""The policy as a pandera schema, and pandera's findings in our words: column, rule, count, rows; never a value.

This is pandera's one door. Its exceptions carry the whole table and quote cells, so they are read here for rule names
and row positions and dropped; none is ever printed, chained or passed on.
"""

import ast
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from glassledger.data.rules import columns_in, holds
from glassledger.errors import InputError
from glassledger.policy import Policy
from glassledger.policy.document import Column, ColumnType
from glassledger.policy.domains import declared_levels, redaction_of
from glassledger.policy.faults import suggestion
from glassledger.policy.operators import Drop, Prefix
from glassledger.policy.rules import parse_rule
from glassledger.records.screening import RuleFailure

with warnings.catch_warnings():  # where Spark is installed, pandera loads it, and Spark warns of recent pandas versions
    warnings.simplefilter("ignore", FutureWarning)
    import pandera.backends.pandas.builtin_checks  # loaded by the first validation, and that is where Spark warns
    import pandera.pandas as pandera
    from pandera.config import ValidationDepth, config_context
    from pandera.errors import SchemaError, SchemaErrorReason, SchemaErrors

Purpose = Literal["fit", "score"]
Rows = NDArray[np.intp]

#: Stands for the column of a rule over several columns.
SEVERAL = "(several columns)"

_FIRST_ROWS = 5
_SHOWN_FAILURES = 17
_DTYPES: dict[ColumnType, Any] = {
    "number": "float64",
    "integer": pd.Int64Dtype(),
    "date": "datetime64[s]",
}


def pandera_schema(
    policy: Policy, *, purpose: Purpose = "fit", columns: Collection[str] | None = None
) -> pandera.DataFrameSchema:
    """The contract as a pandera schema over typed columns (see :mod:`glassledger.data.coerce`).

    Parameters
    ----------
    policy : Policy
    purpose : {"fit", "score"}
        For scoring only features, consent and the privacy unit must be there, and a unit may come more than once.
    columns : collection of str, optional
        The columns of the table to check: rules over several columns are left out when one of theirs is not among
        them. Without it, the columns that must be there.

    Returns
    -------
    pandera.DataFrameSchema
        Yours to keep or extend. Its own error messages quote cells; :func:`check` does not.
    """
    present = required_columns(policy, purpose) if columns is None else frozenset(columns)
    return pandera.DataFrameSchema(
        {name: _column(name, column, policy, purpose) for name, column in checked_columns(policy).items()},
        checks=[
            pandera.Check(_cross_check(tree), name=name, n_failure_cases=0) for name, tree in _trees(policy, present)
        ],
        strict=False,
        name=policy.document.name,
    )


def check(
    typed: pd.DataFrame, policy: Policy, *, purpose: Purpose, misfits: Mapping[str, Rows]
) -> tuple[RuleFailure, ...]:
    """Every broken rule of a typed table.

    Parameters
    ----------
    typed : DataFrame
        Declared columns in their declared types, rows numbered from 0.
    policy : Policy
    purpose : {"fit", "score"}
    misfits : mapping
        Rows, by column, whose cell is not of its type: already found, and not also *missing*.

    Raises
    ------
    InputError
        ``contract-unchecked`` when pandera itself fails.
    """
    errors = _validate(pandera_schema(policy, purpose=purpose, columns=typed.columns), typed)
    if errors is None:
        raise InputError(
            "The contract could not be checked.",
            code="contract-unchecked",
            hint="This is a fault of glassledger or of its pandera version; please report it without your data.",
        )
    wrong_type = (failure(name, "type", rows) for name, rows in misfits.items() if len(rows))
    found = (_translated(error, typed, misfits) for error in errors)
    return (*wrong_type, *(broken for broken in found if broken is not None))


def failure(column: str, rule: str, rows: Rows) -> RuleFailure:
    """A broken rule with the positions of its rows."""
    return RuleFailure(column=column, rule=rule, count=len(rows), rows=tuple(rows.tolist()))


class BrokenContract(InputError):  # noqa: N818 - an InputError that also knows every row
    """A table that breaks its contract. ``failures`` holds all rows of every broken rule, ``facts`` the first few."""

    failures: tuple[RuleFailure, ...] = ()


def broken(failures: Sequence[RuleFailure], *, policy: Policy) -> BrokenContract:
    """All broken rules as one error, in the policy's column order."""
    order = {name: place for place, name in enumerate(policy.document.data.columns)}
    ranked = sorted(failures, key=lambda item: order.get(item.column, len(order)))
    ordered = [item.model_copy(update={"rows": item.rows[:_FIRST_ROWS]}) for item in ranked]
    undeclared = [item.column for item in ordered if item.rule == "undeclared"]
    lines = [f"  {_sentence(item, policy, undeclared)}" for item in ordered[:_SHOWN_FAILURES]]
    if len(ordered) > _SHOWN_FAILURES:
        lines.append(f"  … and {len(ordered) - _SHOWN_FAILURES} more")
    places = f"{len(ordered)} places" if len(ordered) > 1 else "one place"
    told = InputError(
        "\n".join((f"The table breaks its contract in {places}:", *lines)),
        code="contract-broken",
        hint="\nCorrect the table, or the policy where it is the one that is wrong. Rows count from 0.",
        facts={"failures": [item.to_dict() for item in ordered]},
    )
    error = BrokenContract(told.message, code=told.code, hint=told.hint, facts=told.facts)
    error.failures = tuple(ranked)
    return error


def checked_columns(policy: Policy) -> dict[str, Column]:
    """The declared columns but for those that are ignored, dropped and in no rule: nobody looks at these."""
    ruled = _ruled(policy)
    return {
        name: column
        for name, column in policy.document.data.columns.items()
        if column.role != "ignored" or name in ruled or not isinstance(redaction_of(column), Drop)
    }


def required_columns(policy: Policy, purpose: Purpose) -> frozenset[str]:
    """Columns that must be there: only what the purpose uses."""
    if purpose == "score":
        used = {name for role in ("feature", "consent") for name in policy.columns_with(role)}
    else:
        columns = policy.document.data.columns.items()
        used = {name for name, column in columns if not isinstance(redaction_of(column), Drop)} | _ruled(policy)
        used |= set(policy.columns_with("consent"))
    return frozenset(used | ({policy.unit} if policy.unit is not None else set()))


def _ruled(policy: Policy) -> set[str]:
    """Columns that a rule over several columns reads."""
    return {name for rule in policy.document.data.checks for name in columns_in(parse_rule(rule.rule))}


def checks_made(typed: pd.DataFrame, policy: Policy, *, purpose: Purpose) -> tuple[str, ...]:
    """Names of the rules that :func:`check` holds against this table, such as ``age: range``."""
    schema = pandera_schema(policy, purpose=purpose, columns=typed.columns)
    out = []
    for name in typed.columns:
        column = schema.columns[name]
        rules = ["type", *([] if column.nullable else ["missing"]), *(str(rule.name) for rule in column.checks)]
        out += [f"{name}: {rule}" for rule in dict.fromkeys(rules)]
    return (*out, *(f"{SEVERAL}: {rule.name}" for rule in schema.checks))


def _trees(policy: Policy, present: frozenset[str]) -> list[tuple[str, ast.Expression]]:
    """Cross-column rules whose columns are all there."""
    data = policy.document.data
    trees = [(rule.name, parse_rule(rule.rule)) for rule in data.checks]
    return [(name, tree) for name, tree in trees if present >= set(columns_in(tree))]


def _column(name: str, column: Column, policy: Policy, purpose: Purpose) -> pandera.Column:
    unit = name == policy.unit
    return pandera.Column(
        _DTYPES.get(column.type),
        checks=_checks(column, unique=column.unique or (unit and _one_row_per_unit(policy, purpose))),
        nullable=column.missing and not unit,
        required=name in required_columns(policy, purpose),
        coerce=False,
    )


def _one_row_per_unit(policy: Policy, purpose: Purpose) -> bool:
    """A privacy statement counts one row per unit, so a second row would spend more than it says."""
    return purpose == "fit" and policy.document.privacy is not None


def _checks(column: Column, *, unique: bool) -> list[pandera.Check]:
    checks = [] if column.type in _DTYPES else [_rule("type", _is_text)]
    if column.min is not None or column.max is not None:
        checks.append(_rule("range", partial(_within, low=_bound(column.min), high=_bound(column.max))))
    if column.levels and not (isinstance(redaction_of(column), Prefix) and column.other is not None):
        levels = list(declared_levels(column))
        checks.append(_rule("levels", lambda cells: cells.isin(levels)))
    if unique:
        checks.append(_rule("unique", lambda cells: ~cells.duplicated(keep="first")))
    return checks


def _rule(name: str, holds_for: Callable[["pd.Series[Any]"], "pd.Series[bool] | bool"]) -> pandera.Check:
    """A rule over the cells that are there; pandera is told to collect none of those that break it."""
    return pandera.Check(holds_for, name=name, ignore_na=True, n_failure_cases=0)


def _is_text(cells: "pd.Series[Any]") -> bool:
    """Pandera's own check for text looks at each cell in Python, which takes most of its time on a large table."""
    return pd.api.types.infer_dtype(cells, skipna=True) in ("string", "empty")


def _bound(bound: float | date | None) -> Any:
    return np.datetime64(bound) if isinstance(bound, date) else bound


def _within(cells: "pd.Series[Any]", *, low: Any, high: Any) -> "pd.Series[bool]":
    inside = pd.Series(True, index=cells.index)
    if low is not None:
        inside &= cells >= low
    if high is not None:
        inside &= cells <= high
    return inside


def _cross_check(tree: ast.Expression) -> Callable[[pd.DataFrame], "pd.Series[bool]"]:
    return lambda table: pd.Series(holds(tree, table), index=table.index)


def _validate(schema: pandera.DataFrameSchema, typed: pd.DataFrame) -> list[SchemaError] | None:
    """Pandera's findings; None when it failed. Its switches in the environment must not turn the contract off."""
    try:
        with config_context(validation_enabled=True, validation_depth=ValidationDepth.SCHEMA_AND_DATA):
            schema.validate(typed, lazy=True)
    except SchemaErrors as errors:
        return list(errors.schema_errors)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - whatever it says may quote cells
        return None
    return []


def _translated(error: SchemaError, typed: pd.DataFrame, misfits: Mapping[str, Rows]) -> RuleFailure | None:
    """One finding in our words; None when it only repeats that cells are not of their type."""
    name = str(getattr(error.schema, "name", ""))
    rule = getattr(error.check, "name", None)
    if error.reason_code is SchemaErrorReason.COLUMN_NOT_IN_DATAFRAME:
        return RuleFailure(column=str(error.failure_cases), rule="present", count=len(typed))
    if error.reason_code is SchemaErrorReason.SERIES_CONTAINS_NULLS:
        rows = np.setdiff1d(np.flatnonzero(typed[name].isna()), misfits.get(name, ()))
        return failure(name, "missing", rows) if len(rows) else None
    if error.reason_code is SchemaErrorReason.DATAFRAME_CHECK and isinstance(error.check_output, pd.Series):
        rows = np.asarray(error.check_output.index[~error.check_output.to_numpy(dtype=bool)], dtype=np.intp)
        several = name not in typed.columns
        return failure(SEVERAL if several else name, str(rule), rows)
    return RuleFailure(column=name, rule=str(error.reason_code.name).lower(), count=len(typed))


def _sentence(item: RuleFailure, policy: Policy, undeclared: Sequence[str]) -> str:
    """``age: outside 18 to 100: 12 rows, first 0, 5``."""
    column = policy.document.data.columns.get(item.column)
    if item.rule == "present":
        return f"{item.column}: the column is not in the table{suggestion(item.column, undeclared)}"
    if item.rule == "undeclared":
        return f"{item.column}: the policy does not declare this column"
    rows = f"{item.count:,} row{'' if item.count == 1 else 's'}"
    first = f", first {', '.join(map(str, item.rows))}" if item.rows else ""
    return f"{item.column}: {_words(item.rule, column)}: {rows}{first}"


def _words(rule: str, column: Column | None) -> str:
    if column is None:
        return f"rule '{rule}' does not hold"
    low = "-∞" if column.min is None else f"{column.min:g}" if isinstance(column.min, float) else str(column.min)
    high = "∞" if column.max is None else f"{column.max:g}" if isinstance(column.max, float) else str(column.max)
    words = {
        "type": f"not of type {column.type}",
        "missing": "missing",
        "range": f"outside {low} … {high}",
        "levels": "not one of the declared levels",
        "unique": "repeats the value of an earlier row",
    }
    return words.get(rule, rule)
