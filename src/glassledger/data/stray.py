"""Direct identifiers where the policy declares none: every row of every column that goes on is looked at.

A sample would not do: of e-mail addresses in 0.2 % of the rows a sample of a hundred sees one in five times.
"""

from typing import Any

import numpy as np
import pandas as pd

from glassledger.data.contract import failure
from glassledger.policy import Policy
from glassledger.policy.document import Column
from glassledger.policy.domains import level_text, redaction_of
from glassledger.policy.operators import Drop
from glassledger.records.screening import RuleFailure
from glassledger.redaction.distinct import Distinct
from glassledger.redaction.spans import find_spans

#: Kinds that name one person and that chance hardly ever writes: a check place, or a shape of their own.
_CERTAIN = frozenset((
    "email", "iban", "payment_card", "cn_id", "fr_nir", "it_codice_fiscale", "es_dni", "us_ssn", "uk_nino", "cn_mobile",
    "crypto_address",
))  # fmt: skip
_HIDDEN_ROLES = frozenset(("identifier", "free_text"))
_TEXT_TYPES = frozenset(("category", "boolean", "text"))


def stray_identifiers(table: pd.DataFrame, policy: Policy) -> tuple[RuleFailure, ...]:
    """Cells of declared, non-identifying text columns that hold a direct identifier.

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
    names = [name for name in table.columns if name in columns and _goes_on(columns[name])]
    return tuple(item for name in names for item in _stray(table[name], name, columns[name]))


def _goes_on(column: Column) -> bool:
    hidden = column.role in _HIDDEN_ROLES or isinstance(redaction_of(column), Drop)
    return column.type in _TEXT_TYPES and not hidden


def _stray(cells: "pd.Series[Any]", name: str, column: Column) -> list[RuleFailure]:
    try:
        distinct = Distinct.of(cells)
    except TypeError:  # lists and the like break the contract as such
        return []
    known = {level_text(level) for level in column.levels} | {column.other}
    texts = [str(value) if isinstance(value, str | int | np.integer) else "" for value in distinct.values]
    encodable = [text if text.isascii() or _has_utf8(text) else "" for text in texts]
    kinds: dict[str, list[int]] = {}
    for place, spans in enumerate(find_spans(encodable)):
        if texts[place] not in known:
            for kind in {span.kind for span in spans} & _CERTAIN:
                kinds.setdefault(kind, []).append(place)
    return [
        failure(name, f"undeclared identifier ({kind})", np.flatnonzero(np.isin(distinct.codes, kinds[kind])))
        for kind in sorted(kinds)
    ]


def _has_utf8(text: str) -> bool:
    return text == text.encode(errors="ignore").decode()
