"""Direct identifiers where the policy declares none: every row of every column that goes on is looked at."""

from typing import Any

import numpy as np
import pandas as pd

from glassledger.data.contract import failure
from glassledger.policy import Policy
from glassledger.policy.document import Column
from glassledger.policy.domains import level_text, redaction_of
from glassledger.policy.operators import Drop
from glassledger.records.screening import RuleFailure
from glassledger.redaction.columns import detect_column
from glassledger.redaction.distinct import Distinct
from glassledger.redaction.mixture import CERTAIN
from glassledger.redaction.stray import rows_with, stray_places, texts_of

_HIDDEN_ROLES = frozenset(("identifier", "free_text"))
#: A column that is one of these as a whole stops the table: by its form or check, not by its name alone.
_WHOLE_COLUMNS = CERTAIN | {"phone", "imei", "vat_id", "ipv4", "ipv6"}
_SURE = 0.95


def stray_identifiers(table: pd.DataFrame, policy: Policy) -> tuple[RuleFailure, ...]:
    """Cells of declared, non-identifying columns that hold a direct identifier, in texts, numbers and dates alike.

    Parameters
    ----------
    table : DataFrame
        As read: an undeclared level has not yet gone to ``other``.
    policy : Policy
        Its word counts: identifiers, free texts and dropped columns are not looked at, and a declared level is never
        stray, whatever it looks like.

    Returns
    -------
    tuple of RuleFailure
        One per column and kind, rule ``undeclared identifier (email)``: counts and rows, no value.
    """
    columns = policy.document.data.columns
    names = [name for name in table.columns if name in columns and not hidden(columns[name])]
    return tuple(item for name in names for item in _stray(table[name], name, columns[name]))


def hidden(column: Column) -> bool:
    """Whether the policy keeps a column's cells from everything that follows."""
    return column.role in _HIDDEN_ROLES or isinstance(redaction_of(column), Drop)


def _stray(cells: "pd.Series[Any]", name: str, column: Column) -> list[RuleFailure]:
    try:
        distinct = Distinct.of(cells)
    except TypeError:  # lists and the like break the contract as such
        return []
    known = {level_text(level) for level in column.levels} | {column.other}
    texts = ["" if text in known else text for text in texts_of(distinct)]
    kinds = stray_places(texts)
    if not kinds and not known.issuperset(texts_of(distinct)):
        verdict = detect_column(cells, name)
        if verdict.kind in _WHOLE_COLUMNS and verdict.confidence >= _SURE:
            kinds = {verdict.kind: [place for place, text in enumerate(texts) if text]}
    return [
        failure(name, f"undeclared identifier ({kind})", np.asarray(rows_with(distinct, places)))
        for kind, places in kinds.items()
    ]
