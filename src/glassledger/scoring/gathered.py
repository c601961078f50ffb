"""All batches of a run as one: raised when one was refused, else merged."""

from collections.abc import Iterable
from dataclasses import dataclass

from glassledger import canonical
from glassledger.data.contract import broken
from glassledger.errors import Error, InputError, ModelError, PolicyError, UsageError
from glassledger.policy import Policy
from glassledger.records.batch import BatchRecord, Tally, merged_screening
from glassledger.records.screening import RuleFailure, ScreeningRecord

_KINDS: dict[str, type[Error]] = {kind.__name__: kind for kind in (InputError, ModelError, PolicyError, UsageError)}
_FIRST_ROWS = 5


@dataclass(frozen=True)
class Gathered:
    """A run's merged screening record and tally."""

    screening: ScreeningRecord
    tally: Tally


def gathered(records: Iterable[BatchRecord], *, policy: Policy, repeated: tuple[RuleFailure, ...] = ()) -> Gathered:
    """Merge the batches of one table.

    Parameters
    ----------
    repeated : tuple of RuleFailure
        Unique columns with repeated values, which no single batch can see.

    Raises
    ------
    InputError
        ``contract-broken`` with counts over all batches; ``consent-none`` when no batch had a row with consent;
        ``table-empty`` without any batch.
    Error
        Whatever else stopped a batch.
    """
    found = tuple(records)
    failures = _summed([*(one for record in found if record.refusal for one in record.refusal.failures), *repeated])
    if failures:
        raise broken(failures, policy=policy)
    refusals = [record.refusal for record in found if record.refusal is not None]
    screened = tuple(record.screening for record in found if record.screening is not None)
    stopping = [refusal for refusal in refusals if refusal.code != "consent-none" or not screened]
    if stopping:
        first = stopping[0]
        raise _KINDS[first.kind](first.message, code=first.code, hint=first.hint)
    if not screened:
        raise InputError("The table has no rows.", code="table-empty", hint="Check how it was exported.")
    digests = sorted(record.input_digest for record in screened)  # batches of a distributed run have no order
    tally = sum((record.tally for record in found), Tally())
    merged = merged_screening(screened, input_digest=f"batches-{canonical.digest(canonical.dumps(digests))}")
    return Gathered(screening=merged, tally=tally)


def _summed(failures: Iterable[RuleFailure]) -> list[RuleFailure]:
    """One failure a column and rule, counts added, with its first rows."""
    by_rule: dict[tuple[str, str], RuleFailure] = {}
    for one in failures:
        known = by_rule.get((one.column, one.rule), one.model_copy(update={"count": 0, "rows": ()}))
        rows = tuple(sorted({*known.rows, *one.rows})[:_FIRST_ROWS])
        by_rule[one.column, one.rule] = known.model_copy(update={"count": known.count + one.count, "rows": rows})
    return list(by_rule.values())


def unique_columns(policy: Policy) -> dict[str, tuple[str, ...]]:
    """Columns whose values may not repeat, each with the texts that mean missing: a rule over the whole table."""
    columns = policy.document.data.columns.items()
    return {name: tuple(column.missing_markers) for name, column in columns if column.unique}
