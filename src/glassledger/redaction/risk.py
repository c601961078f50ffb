"""Disclosure risk of a table by its quasi-identifiers, in one pass over equivalence classes.

These are indicators, not a finding that a table is anonymous. Sources: Sweeney 2002 (k-anonymity), Machanavajjhala et
al. 2007 (distinct and entropy l-diversity), Li et al. 2007 (t-closeness), Brickell and Shmatikov 2008 (δ-disclosure
privacy), El Emam 2013 (prosecutor risk).
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from glassledger.errors import InputError
from glassledger.records.risk import RiskRecord, SensitiveRisk

_Codes = NDArray[np.int64]


def disclosure_risk(frame: pd.DataFrame, *, quasi: Sequence[str], sensitive: Sequence[str] = ()) -> RiskRecord:
    """Risk indicators over the classes of rows that agree on all quasi-identifiers.

    Parameters
    ----------
    frame : DataFrame
        Redacted, as it would leave. Missing is a value of its own.
    quasi : sequence of str
        Columns that an attacker may know.
    sensitive : sequence of str
        Columns that must not be learnt; all but numbers (int, float, date) count as categories.

    Returns
    -------
    RiskRecord
        ``k`` rows in the smallest class, ``uniques`` rows alone in theirs, prosecutor risk ``1/k`` at most and
        ``classes/rows`` on average. ``t`` is the earth mover's distance: half the sum of absolute differences for
        categories, ordered for numbers (in [0, 1] both).

    Raises
    ------
    InputError
        ``risk-columns`` when there is no row, no quasi-identifier, or a column is not there.
    """
    absent = [name for name in (*quasi, *sensitive) if name not in frame.columns]
    if absent or not len(quasi) or not len(frame):
        raise InputError(
            "Disclosure risk needs rows and the columns that it is asked about.",
            code="risk-columns",
            hint="Name at least one quasi-identifier; all columns must be in the table.",
            facts={"absent": absent, "rows": len(frame), "quasi_identifiers": len(quasi)},
        )
    classes, count = _classes([_coded(frame[name]) for name in quasi])
    sizes = np.bincount(classes, minlength=count)
    return RiskRecord(
        quasi_identifiers=tuple(quasi),
        rows=len(frame),
        classes=count,
        k=int(sizes.min()),
        uniques=int((sizes == 1).sum()),
        prosecutor_max=float(1 / sizes.min()),
        prosecutor_mean=count / len(frame),
        sensitive=tuple(_sensitive(frame[name], name, classes, sizes) for name in sensitive),
    )


def _coded(column: "pd.Series[int]") -> _Codes:
    """Codes in the order of the values, so that numbers keep theirs; missing comes last."""
    codes, values = pd.factorize(column, sort=_ordered(column), use_na_sentinel=True)
    return np.where(codes < 0, len(values), codes).astype(np.int64)


def _ordered(column: "pd.Series[int]") -> bool:
    numeric = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    return bool(numeric or pd.api.types.is_datetime64_any_dtype(column))


def _classes(columns: Sequence[_Codes]) -> tuple[_Codes, int]:
    """One code per row for the combination of all columns, recoded after each so that it never overflows."""
    combined = columns[0]
    for codes in columns[1:]:
        combined, _ = _dense(combined * (int(codes.max()) + 1) + codes)
    return _dense(combined)


def _dense(codes: _Codes) -> tuple[_Codes, int]:
    dense, values = pd.factorize(codes)
    return dense.astype(np.int64), len(values)


def _sensitive(column: "pd.Series[int]", name: str, classes: _Codes, sizes: NDArray[np.intp]) -> SensitiveRisk:
    values = _coded(column)
    values, levels = (values, int(values.max()) + 1) if _ordered(column) else _dense(values)
    overall = np.bincount(values, minlength=levels) / len(values)
    pairs, counts = np.unique(classes * levels + values, return_counts=True)  # sorted by class, then value
    owner, value = pairs // levels, pairs % levels
    share = counts / sizes[owner]
    entropy = np.bincount(owner, weights=-share * np.log(share), minlength=len(sizes))
    ratio = np.abs(np.log(share / overall[value]))
    distance = _ordered_distance if _ordered(column) else _equal_distance
    return SensitiveRisk(
        column=name,
        distinct_l=int(np.bincount(owner, minlength=len(sizes)).min()),
        entropy_l=float(np.exp(entropy.min())),
        t=float(distance(owner, value, share, overall, len(sizes)).max()),
        delta=float(ratio.max()),
    )


def _equal_distance(
    owner: _Codes, value: _Codes, share: NDArray[np.float64], overall: NDArray[np.float64], count: int
) -> NDArray[np.float64]:
    """Half the sum of absolute differences, shape (count,): what a class holds, and what it lacks, apart."""
    there = np.bincount(owner, weights=np.abs(share - overall[value]) - overall[value], minlength=count)
    return (there + 1.0) / 2


def _ordered_distance(
    owner: _Codes, value: _Codes, share: NDArray[np.float64], overall: NDArray[np.float64], count: int
) -> NDArray[np.float64]:
    """Sum of absolute differences of the cumulative shares, over (levels - 1), shape (count,).

    Between two values of a class its cumulative share is constant while the table's rises: that stretch is summed by
    prefix sums, left and right of where the table's curve crosses the constant.
    """
    levels = len(overall)
    if levels == 1:
        return np.zeros(count)
    curve = np.cumsum(overall)
    below = np.concatenate(([0.0], np.cumsum(curve)))  # below[i]: sum of curve[:i]
    ends = np.cumsum(np.bincount(owner, minlength=count))
    running = np.cumsum(share)
    starts = np.concatenate(([0.0], running[ends[:-1] - 1]))
    height = running - starts[owner]  # the class's cumulative share from its value on
    last = np.append(owner[1:] != owner[:-1], True)
    stop = np.where(last, levels, np.append(value[1:], 0))
    cross = np.clip(np.searchsorted(curve, height), value, stop)
    stretch = height * (2 * cross - value - stop) + below[stop] + below[value] - 2 * below[cross]
    first = np.insert(last[:-1], 0, True)
    head = np.where(first, below[value], 0.0)  # before its first value the class has nothing
    return np.bincount(owner, weights=stretch + head, minlength=count) / (levels - 1)
