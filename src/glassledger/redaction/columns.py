"""What each column of a table seems to hold: a likelihood ratio against chance, the column's name, shape and lexicons.

A sample of distinct values decides the type. For a kind whose check passes by chance with probability c, k of n shaped
values passing speak for it with log10 of (0.98/c)^k (0.02/(1−c))^(n−k): one column of 16-digit order numbers of which a
tenth passes Luhn is strong evidence against cards, where a cell-wise detector would flag a tenth of its cells.
"""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from glassledger.records.detection import ColumnVerdict
from glassledger.redaction.cases import Case, code_case, pattern_case
from glassledger.redaction.distinct import Distinct, as_text
from glassledger.redaction.kinds import KINDS, Kind
from glassledger.redaction.lexical_cases import few, lexical_cases
from glassledger.redaction.mixture import mixed_case

SAMPLE = 1_000

_ROWS_PER_VALUE = 20  # rows looked at for one distinct value of the sample
_POSSIBLE = 0.5


def detect_columns(frame: pd.DataFrame, *, sample: int = SAMPLE) -> tuple[ColumnVerdict, ...]:
    """A verdict per column, in order.

    Parameters
    ----------
    frame : DataFrame
        Cells of plain values; texts best as read, not yet coerced.
    sample : int
        At most this many distinct values per column are looked at, spread evenly, so that the same table gives the same
        verdicts.
    """
    return tuple(
        detect_column(frame.iloc[:, place], str(name), sample=sample) for place, name in enumerate(frame.columns)
    )


def detect_column(column: "pd.Series[Any]", name: str, *, sample: int = SAMPLE) -> ColumnVerdict:
    """The verdict on one column; its name counts as evidence and is never enough by itself."""
    texts, distinct = _sample(column, sample)
    best = max(_cases(texts, name), key=lambda case: case.weight, default=None) if texts else None
    if best is None:
        return ColumnVerdict(
            column=name, kind="none", sensitivity="none", confidence=0.0, distinct=distinct, sampled=len(texts)
        )
    return ColumnVerdict(
        column=name,
        kind=best.kind,
        sensitivity=best.sensitivity,
        confidence=round(1 - 10 ** -min(best.weight, 6.0), 4),
        distinct=distinct,
        sampled=len(texts),
        shaped=best.shaped,
        valid=best.valid,
        evidence=best.evidence,
    )


def _sample(column: "pd.Series[Any]", most: int) -> tuple[list[str], int]:
    """Stripped NFKC texts of evenly spread distinct values; floats that are whole lose their ``.0``."""
    if pd.api.types.is_bool_dtype(column):
        return [], 2
    head = column.dropna()
    head = head if len(head) <= _ROWS_PER_VALUE * most else head.iloc[:: len(head) // (_ROWS_PER_VALUE * most)]
    try:
        values = Distinct.of(head).values
    except TypeError:
        return [], 0
    places = np.linspace(0, len(values) - 1, min(most, len(values))).astype(int)
    texts = [text for text in (as_text(values[place]) for place in places) if text]
    array = pc.utf8_trim_whitespace(pc.utf8_normalize(pa.array(texts, type=pa.string()), form="NFKC"))
    array = pc.replace_substring_regex(array, r"^([0-9]+)\.0$", r"\1")
    return [text for text in array.to_pylist() if text], len(values)


def _cases(texts: list[str], name: str) -> list[Case]:
    found = lexical_cases(texts, name)
    if len(texts) <= 3 and max(map(len, texts)) <= 3:  # 0/1, Y/N: never personal but for a sex or an age
        return [case for case in found if case.kind == "gender"]
    array = pa.array(texts, type=pa.string())
    probe = pa.array(few(texts), type=pa.string())
    cases = [pattern_case(kind, array, name) for kind in KINDS if _possible(kind, probe)]
    found += [case for case in cases if case is not None]
    doubtful = () if found else (code_case(texts, name), mixed_case(few(texts), name))
    return [*found, *(case for case in doubtful if case is not None)]


def _possible(kind: Kind, probe: pa.Array) -> bool:
    """Whether enough of a few values pass the kind's gate, so that the pattern need be run on all."""
    passing = pc.sum(pc.match_substring_regex(probe, kind.gate)).as_py() or 0
    return bool(passing >= _POSSIBLE * len(probe))
