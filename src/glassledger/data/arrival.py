"""A table as it arrived, in declared types, with all that was noticed on the way."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from glassledger.data.coerce import Rows, coerce
from glassledger.data.contract import checked_columns
from glassledger.errors import InputError
from glassledger.policy import Policy
from glassledger.policy.faults import short
from glassledger.records.screening import RuleFailure


@dataclass(frozen=True, repr=False)
class Arrival:
    """A typed table.

    Attributes
    ----------
    columns_read : int
    typed : DataFrame
        The declared columns that are there and not ignored, in the policy's order and in their declared types.
    misfits : mapping of column to rows
        Cells that are not of their type; they are missing in ``typed``.
    other : mapping of column to count
        Cells that took the declared ``other`` level.
    ignored, undeclared : tuple of str
        Columns that nobody looked at: because the policy says so, or because it does not know them.
    """

    columns_read: int
    typed: pd.DataFrame
    misfits: Mapping[str, Rows]
    other: Mapping[str, int]
    ignored: tuple[str, ...]
    undeclared: tuple[str, ...]

    def refused(self) -> tuple[RuleFailure, ...]:
        """The undeclared columns as broken rules."""
        return tuple(RuleFailure(column=name, rule="undeclared", count=len(self.typed)) for name in self.undeclared)


def arrive(table: pd.DataFrame, policy: Policy) -> Arrival:
    """Bring the declared columns of a table into their types.

    Raises
    ------
    InputError
        ``header-missing`` when not one column is declared. The names are then not shown: in a file without a header
        line they are the first row's cells.
    """
    declared, checked = policy.document.data.columns, checked_columns(policy)
    if not any(name in declared for name in table.columns):
        raise InputError(
            "Not one of the table's columns is declared in the policy.",
            code="header-missing",
            hint="Check that the file has a header line, and that it belongs to this policy.",
            facts={"columns": len(table.columns), "declared": len(declared)},
        )
    arrived = {name: coerce(table[name], column) for name, column in checked.items() if name in table.columns}
    return Arrival(
        columns_read=len(table.columns),
        typed=pd.DataFrame({name: item.column for name, item in arrived.items()}, index=table.index),
        misfits={name: item.misfits for name, item in arrived.items() if len(item.misfits)},
        other={name: item.other for name, item in arrived.items() if item.other},
        ignored=tuple(name for name in table.columns if name in declared and name not in checked),
        undeclared=tuple(short(name) for name in table.columns if name not in declared),
    )
