"""A whole typed table under its policy: every column gets its operator, and only harmless columns are kept."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from glassledger.errors import PolicyError
from glassledger.policy import Policy
from glassledger.policy.document import Bands, Column, Drop, Keep, Redaction, SuppressRare
from glassledger.policy.domains import NUMERIC, redaction_of
from glassledger.policy.faults import short
from glassledger.records.screening import RedactionReceipt
from glassledger.redaction.keys import KeyRing
from glassledger.redaction.operators import redact

_HIDING = {"identifier": frozenset(("drop", "mask", "pseudonymise")), "free_text": frozenset(("drop", "redact_text"))}
_ELSEWHERE = frozenset(("feature", "protected", "target", "consent"))


@dataclass(frozen=True, repr=False)
class RedactedTable:
    """What redaction left.

    Attributes
    ----------
    columns : DataFrame
        All columns that were not dropped.
    kept : tuple of str
        Those that are neither feature, protected, target nor consent: pseudonyms, masked values and the like.
    receipts : tuple of RedactionReceipt
    """

    columns: pd.DataFrame
    kept: tuple[str, ...]
    receipts: tuple[RedactionReceipt, ...]


def redact_table(typed: pd.DataFrame, policy: Policy, *, keys: KeyRing, suppress_rare: bool) -> RedactedTable:
    """Apply the policy's operators to the typed columns of a table.

    Parameters
    ----------
    typed : DataFrame
        Declared columns in their declared types.
    policy : Policy
    keys : KeyRing
    suppress_rare : bool
        False leaves rare levels alone: which levels are rare can only be told from the table that a model is fitted on.

    Raises
    ------
    PolicyError
        ``identifier-exposed`` when the policy would let a direct identifier or a free text through.
    InputError
        When a key is missing.
    """
    refuse_exposure(policy)
    columns, receipts = {}, []
    for name in typed.columns:
        declared = policy.document.data.columns[name]
        operator = redaction_of(declared)
        if isinstance(operator, SuppressRare) and not suppress_rare:
            operator = Keep()
        column, receipt = redact(typed[name], name=name, declared=declared, operator=operator, keys=keys)
        receipts.append(receipt)
        if column is not None:
            columns[name] = column
    kept = tuple(name for name in columns if policy.document.data.columns[name].role not in _ELSEWHERE)
    return RedactedTable(pd.DataFrame(columns, index=typed.index), kept, tuple(receipts))


def refuse_exposure(policy: Policy) -> None:
    """A second lock beside the policy's own checks: no direct identifier and no free text gets past this point.

    Raises
    ------
    PolicyError
        ``identifier-exposed``.
    """
    columns = policy.document.data.columns
    exposed = [name for name, column in columns.items() if _exposes(column)]
    strangers = [
        spec.name for spec in policy.features() if spec.name not in columns or columns[spec.name].role != "feature"
    ]
    if exposed or strangers:
        raise _exposure((*exposed, *strangers))


def _exposes(column: Column) -> bool:
    operator: Redaction = redaction_of(column)
    if column.role in _HIDING:
        return operator.operator not in _HIDING[column.role]
    if column.role == "protected":
        return isinstance(operator, Drop) or (column.type in NUMERIC and not isinstance(operator, Bands))
    return column.role == "ignored" and column.type == "text" and isinstance(operator, Keep)


def _exposure(names: Sequence[str]) -> PolicyError:
    listed = ", ".join(short(name) for name in names)
    return PolicyError(
        f"The policy would let personal columns through as they are: {listed}.",
        code="identifier-exposed",
        hint="Identifiers are dropped, masked or pseudonymised, free texts dropped or redacted, protected numbers "
        "banded; only columns with role feature reach a model.",
        facts={"columns": list(names)},
    )
