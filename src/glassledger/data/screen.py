"""Raw table in, screened table out: read, type, check, leave out who did not consent, redact, check again."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from glassledger.data.arrival import Arrival, arrive
from glassledger.data.coerce import Rows
from glassledger.data.contract import Purpose, broken, check, checks_made, failure
from glassledger.data.digest import input_digest
from glassledger.data.domain import model_columns
from glassledger.data.read import read_table
from glassledger.data.screened import ScreenedFrame
from glassledger.data.sealed import sealed
from glassledger.data.stray import stray_identifiers
from glassledger.errors import InputError, UsageError
from glassledger.policy import Policy
from glassledger.policy.document import Column
from glassledger.policy.domains import declared_levels, feature_spec, level_text
from glassledger.records.screening import RuleFailure, ScreeningRecord
from glassledger.redaction.distinct import Distinct, as_text
from glassledger.redaction.guard.index import LeakIndex
from glassledger.redaction.keys import Key, KeyRing
from glassledger.redaction.pseudonyms import pseudonyms
from glassledger.redaction.table import RedactedTable, redact_table, refuse_exposure

_KEY, _UNIT_DOMAIN = "default", "unit"
_GUARD_KEY = "guard"
_NAMING = frozenset(("identifier", "free_text"))
#: A text in this many rows of an ignored column points at nobody.
_SHARED = 10


@sealed
def screen(
    source: object,
    policy: Policy,
    *,
    keys: KeyRing,
    purpose: Purpose,
    levels_kept: Mapping[str, tuple[str, ...]] | None = None,
) -> ScreenedFrame:
    """Check a table against a policy and redact it.

    1. Read the source (:func:`glassledger.data.read_table`); undeclared columns are refused or dropped, as declared.
    2. Bring every declared column into its type; undeclared levels go to the declared ``other``.
    3. Hold the table against the contract, and look for direct identifiers in every text that goes on and is not
       declared as one; all broken rules are reported at once.
    4. Leave out the rows whose consent is not among the granted levels. A missing consent is none.
    5. Redact. Which levels are rare is counted when fitting; scoring suppresses the same ones.
    6. Hold every feature against its declared domain again.

    Parameters
    ----------
    source : path, pandas DataFrame, Polars frame, Arrow table
    policy : Policy
    keys : KeyRing
        Its ``default`` key makes the pseudonyms of the privacy unit (domain ``unit``) and the input digest.
    purpose : {"fit", "score"}
        For scoring, the target and protected columns may be absent, and so may identifiers but for the privacy unit.
    levels_kept : mapping of column to levels, optional
        For scoring: ``record.levels_kept`` of the table that the model was fitted on. Needed by policies that suppress
        rare levels, and by no other.

    Returns
    -------
    ScreenedFrame
        Its record counts rows, missing and ``other`` cells over the table as read, redacted cells over the rows with
        consent.

    Raises
    ------
    InputError
        ``contract-broken`` with ``facts["failures"]`` (column, rule, count, first rows); ``header-missing``,
        ``consent-none``, ``kept-levels-missing``, ``column-blocked``; whatever reading raises.
    PolicyError
        ``identifier-exposed`` when the policy would let a direct identifier through.
    """
    if purpose not in ("fit", "score"):
        raise UsageError(
            "A table is screened to fit or to score.", code="purpose-unknown", hint='Use "fit" or "score".'
        )
    refuse_exposure(policy)
    table = read_table(source)
    arrival = arrive(table, policy)
    _hold_contract(arrival, policy, purpose, stray_identifiers(table, policy))
    rows = _rows_with_consent(arrival.typed, policy)
    redacted = redact_table(
        arrival.typed.iloc[rows].reset_index(drop=True),
        policy,
        keys=keys,
        kept_levels=None if purpose == "fit" else levels_kept or {},
    )
    features, protected = _in_domain(redacted, rows, policy)
    key = keys.key(_KEY)
    return ScreenedFrame(
        features=features,
        specs=policy.features(),
        target=_target(redacted.columns, policy),
        protected=protected,
        units=_units(arrival.typed, rows, policy, purpose, key),
        kept=redacted.columns[list(redacted.kept)].apply(_as_texts),
        rows=rows,
        record=_record(arrival, redacted, policy, purpose, key),
        leak_index=_leak_index(table, policy, keys) if purpose == "fit" else None,
    )


def _hold_contract(arrival: Arrival, policy: Policy, purpose: Purpose, stray: tuple[RuleFailure, ...]) -> None:
    failures = (*check(arrival.typed, policy, purpose=purpose, misfits=arrival.misfits), *stray)
    if policy.document.data.undeclared_columns == "refuse":
        failures = (*failures, *arrival.refused())
    if failures:
        raise broken(failures, policy=policy)


def _rows_with_consent(typed: pd.DataFrame, policy: Policy) -> Rows:
    """Positions of the rows in which every consent column holds a granted level."""
    given = np.ones(len(typed), dtype=bool)
    for name in policy.columns_with("consent"):
        granted = [level_text(level) for level in policy.document.data.columns[name].granted]
        given &= typed[name].isin(granted).to_numpy()
    if not given.any():
        raise InputError(
            "No row has the consent that the policy asks for.",
            code="consent-none",
            hint="Check the consent column and the `granted` levels of the policy.",
            facts={"rows": len(typed)},
        )
    return np.flatnonzero(given)


def _units(typed: pd.DataFrame, rows: Rows, policy: Policy, purpose: Purpose, key: Key) -> NDArray[np.object_]:
    """A pseudonym per row, or the row's position where every row is its own unit."""
    if policy.unit is None:
        return np.asarray([str(row) for row in rows], dtype=object)
    distinct = Distinct.of(typed[policy.unit].iloc[rows])
    tokens = pseudonyms((as_text(value) or "" for value in distinct.values), key=key, domain=_UNIT_DOMAIN)
    units = distinct.expand(tokens)
    twins = units.duplicated(keep="first").to_numpy()  # values that differ in blanks or width only are one unit
    if purpose == "fit" and policy.document.privacy is not None and twins.any():
        raise broken([failure(policy.unit, "unique", rows[twins])], policy=policy)
    return units.to_numpy()


def _leak_index(table: pd.DataFrame, policy: Policy, keys: KeyRing) -> LeakIndex:
    """The values that no artefact may show: those of hidden and undeclared columns, without the policy's own words."""
    columns = policy.document.data.columns
    hidden = [_telling(table[name], columns.get(name)) for name in table.columns]
    words = [text for column in columns.values() for text in (*declared_levels(column), *column.missing_markers)]
    return LeakIndex.of(hidden, key=keys.key(_GUARD_KEY), public=words)


def _telling(cells: "pd.Series[Any]", column: Column | None) -> "pd.Series[Any]":
    """The cells of a column whose values point at somebody.

    Identifiers and free texts do. In a column that is ignored or not declared a text that many rows share points at
    nobody, and a number would be met by chance among the figures of a report.
    """
    if column is not None and column.role in _NAMING:
        return cells
    if column is not None and (column.role != "ignored" or column.type != "text"):
        return cells.iloc[:0]
    texts = cells[cells.map(lambda value: isinstance(value, str))]
    return texts[texts.map(texts.value_counts()) < _SHARED]


def _target(columns: pd.DataFrame, policy: Policy) -> NDArray[np.object_] | NDArray[np.float64] | None:
    if policy.target_name not in columns:
        return None
    column = columns[policy.target_name]
    if policy.document.model.task == "regression":
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    return column.to_numpy(dtype=object)


def _in_domain(redacted: RedactedTable, rows: Rows, policy: Policy) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Features and protected columns, each within its declared domain."""
    columns = policy.document.data.columns
    groups = [
        feature_spec(name, columns[name]) for name in policy.columns_with("protected") if name in redacted.columns
    ]
    features, faults = model_columns(redacted.columns, policy.features())
    protected, more = model_columns(redacted.columns, groups)
    if faults or more:
        raise broken([failure(name, rule, rows[places]) for name, rule, places in (*faults, *more)], policy=policy)
    return features, protected


def _as_texts(column: "pd.Series[Any]") -> "pd.Series[Any]":
    distinct = Distinct.of(column)
    return distinct.expand([as_text(value) for value in distinct.values])


def _record(arrival: Arrival, redacted: RedactedTable, policy: Policy, purpose: Purpose, key: Key) -> ScreeningRecord:
    typed = arrival.typed
    missing = typed.isna().sum()
    return ScreeningRecord(
        policy_digest=policy.digest,
        purpose=purpose,
        rows=len(typed),
        columns_read=arrival.columns_read,
        columns_dropped=(*arrival.ignored, *(name for name in typed if name not in redacted.columns)),
        columns_undeclared=arrival.undeclared,
        checks=checks_made(typed, policy, purpose=purpose),
        missing_cells={str(name): int(count) for name, count in missing.items() if count},
        other_cells=dict(arrival.other),
        receipts=redacted.receipts,
        levels_kept=redacted.levels_kept if purpose == "fit" else {},
        consent_excluded=len(typed) - len(redacted.columns),
        input_digest=input_digest(typed, key=key),
    )
