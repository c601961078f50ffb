"""A whole typed table under its policy: every column gets its operator, and only harmless columns are kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from glassledger.errors import InputError, PolicyError
from glassledger.policy import Policy
from glassledger.policy.document import Column
from glassledger.policy.domains import NUMERIC, redaction_of
from glassledger.policy.faults import short
from glassledger.policy.operators import Bands, Drop, Keep, Redaction, SuppressRare
from glassledger.records.screening import RedactionReceipt
from glassledger.redaction.keys import KeyRing
from glassledger.redaction.operators import Setting, frequent_levels, redact

_HIDING = {
    "identifier": frozenset(("drop", "mask", "pseudonymise", "tokenise", "block")),
    "free_text": frozenset(("drop", "redact_text", "redact_spans", "block")),
}
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
    levels_kept : dict of column to levels
        Declared levels that ``suppress_rare`` kept: a part of the fitted pipeline, which scoring applies as well.
    """

    columns: pd.DataFrame
    kept: tuple[str, ...]
    receipts: tuple[RedactionReceipt, ...]
    levels_kept: dict[str, tuple[str, ...]]


def redact_table(
    typed: pd.DataFrame, policy: Policy, *, keys: KeyRing, kept_levels: Mapping[str, tuple[str, ...]] | None = None
) -> RedactedTable:
    """Apply the policy's operators to the typed columns of a table.

    Parameters
    ----------
    typed : DataFrame
        Declared columns in their declared types.
    policy : Policy
    keys : KeyRing
    kept_levels : mapping of column to levels, optional
        The levels that ``suppress_rare`` kept when fitting, for a table to be scored; without it they are counted here.

    Raises
    ------
    PolicyError
        ``identifier-exposed`` when the policy would let a direct identifier or a free text through.
    InputError
        When a key is missing; ``kept-levels-missing`` when ``kept_levels`` lacks a column that suppresses rare levels.
    """
    refuse_exposure(policy)
    columns, receipts = {}, []
    frozen = _kept_levels(typed, policy, kept_levels)
    setting = Setting(keys, policy=policy_name(policy), beside=typed, kept=frozen)
    for name in typed.columns:
        declared = policy.document.data.columns[name]
        column, receipt = redact(
            typed[name], name=name, declared=declared, operator=redaction_of(declared), setting=setting
        )
        receipts.append(receipt)
        if column is not None:
            columns[name] = column
    kept = tuple(name for name in columns if policy.document.data.columns[name].role not in _ELSEWHERE)
    return RedactedTable(pd.DataFrame(columns, index=typed.index), kept, tuple(receipts), frozen)


def policy_name(policy: Policy) -> str:
    """The name that tokens are bound to: the included redaction policy's, or the policy's own."""
    included = policy.redaction_policy
    return policy.document.name if included is None else included.document.name


def _kept_levels(
    typed: pd.DataFrame, policy: Policy, given: Mapping[str, tuple[str, ...]] | None
) -> dict[str, tuple[str, ...]]:
    """The levels that stay, per column that suppresses rare ones: as counted here, or as counted when fitting."""
    rules = {name: redaction_of(policy.document.data.columns[name]) for name in typed.columns}
    rare = {name: rule for name, rule in rules.items() if isinstance(rule, SuppressRare)}
    if given is None:
        return {name: frequent_levels(typed[name], rule) for name, rule in rare.items()}
    absent = [name for name in rare if name not in given]
    if absent:
        raise InputError(
            f"Which levels of {', '.join(map(short, absent))} were frequent when the model was fitted is not known.",
            code="kept-levels-missing",
            hint="Pass the levels_kept of the model's screening record; a workspace does that by itself.",
            facts={"columns": absent},
        )
    return {name: given[name] for name in rare}


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
        hint="Identifiers are dropped, masked, tokenised or pseudonymised, free texts dropped or redacted, "
        "protected numbers banded; only columns with role feature reach a model.",
        facts={"columns": list(names)},
    )
