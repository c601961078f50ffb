"""What each column of a table seems to hold: a likelihood ratio against chance, the column's name, shape and lexicons.

A sample of distinct values decides the type. For a kind whose check passes by chance with probability c, k of n shaped
values passing speak for it with log10 of (0.98/c)^k (0.02/(1−c))^(n−k): one column of 16-digit order numbers of which a
tenth passes Luhn is strong evidence against cards, where a cell-wise detector would flag a tenth of its cells.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from glassledger.records.detection import ColumnVerdict
from glassledger.redaction.distinct import Distinct, as_text
from glassledger.redaction.headers import Word, names
from glassledger.redaction.kinds import ADDRESS_HEADERS, KINDS, PERSON_HEADERS, Kind, Sensitivity
from glassledger.redaction.lexicons import address_shaped, name_known, name_shaped
from glassledger.redaction.shapes import birth_shape
from glassledger.redaction.spans import compact

SAMPLE = 5_000

_ENOUGH, _ENOUGH_NAMED = 4.0, 1.5
_SHAPED, _SHAPED_NAMED = 0.9, 0.6
_TRUE_RATE = 0.98
_FEW = 8  # below this many distinct values, only a name and a shape together speak
_LEAST_NAMES, _KNOWN_NAMES = 40, 0.45
_DETECTED_ALONE = frozenset(("email", "url_token", "mac"))


@dataclass(frozen=True)
class _Case:
    """What speaks for one kind; ``weight`` orders the cases that hold."""

    kind: str
    sensitivity: Sensitivity
    weight: float
    shaped: int
    valid: int
    evidence: tuple[str, ...]


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
    head = column if len(column) <= 20 * most else column.iloc[:: len(column) // (20 * most)]
    try:
        values = Distinct.of(head).values
    except TypeError:
        return [], 0
    places = np.linspace(0, len(values) - 1, min(most, len(values))).astype(int)
    texts = [text for text in (as_text(values[place]) for place in places) if text]
    array = pc.utf8_trim_whitespace(pc.utf8_normalize(pa.array(texts, type=pa.string()), form="NFKC"))
    array = pc.replace_substring_regex(array, r"^([0-9]+)\.0$", r"\1")
    return [text for text in array.to_pylist() if text], len(values)


def _cases(texts: list[str], name: str) -> list[_Case]:
    array = pa.array(texts, type=pa.string())
    if len(texts) <= 3 and max(map(len, texts)) <= 3:  # 0/1, Y/N: never personal
        return []
    found = [_pattern_case(kind, array, name) for kind in KINDS]
    found += [_person_case(texts, name), _address_case(texts, name)]
    return [case for case in found if case is not None]


def _pattern_case(kind: Kind, array: pa.Array, name: str) -> _Case | None:
    named = names(name, kind.headers)
    shaped = array.filter(pc.match_substring_regex(array, rf"^(?:{kind.pattern})$")).to_pylist()
    if not shaped or len(shaped) < (_SHAPED if named == "none" else _SHAPED_NAMED) * len(array):
        return None
    valid = int(kind.check([compact(text, kind) for text in shaped]).sum()) if kind.check is not None else len(shaped)
    ratio = _ratio(kind, len(shaped), valid)
    weight = _weight(kind, shaped, valid, ratio, named)
    if weight is None:
        return None
    said = () if named == "none" else ("column name",)
    checked = ("shape", "check beyond chance") if ratio >= _ENOUGH_NAMED and kind.check else ("shape",)
    return _Case(kind.name, kind.sensitivity, weight, len(shaped), valid, (*said, *checked))


def _ratio(kind: Kind, shaped: int, valid: int) -> float:
    """log10 likelihood ratio of the pass rate against chance."""
    if kind.chance >= 1:
        return 0.0
    if kind.check is None:
        return -valid * math.log10(kind.chance)
    return valid * math.log10(_TRUE_RATE / kind.chance) + (shaped - valid) * math.log10(
        (1 - _TRUE_RATE) / (1 - kind.chance)
    )


def _weight(kind: Kind, shaped: list[str], valid: int, ratio: float, named: Word) -> float | None:
    """How strongly the case holds; None when it does not."""
    if kind.name == "birth_date" and named == "none":
        return 1.2 if birth_shape(shaped) and valid == len(shaped) else None
    if named != "none":
        bonus = 3.0 if named == "whole" else 2.0
        if ratio >= _ENOUGH_NAMED:
            return bonus + min(ratio, 40.0) / 10
        plausible = kind.needs_header or kind.chance == 1 or kind.name == "payment_card"
        if valid >= 0.8 * len(shaped) or (
            plausible and valid >= (0 if kind.name == "payment_card" else 0.6) * len(shaped)
        ):
            return bonus
        return None
    if kind.needs_header and not (kind.name == "us_ssn" and _dashed(shaped)):
        return None
    if kind.name == "us_ssn":
        return 2.0 if valid >= 0.95 * len(shaped) and len(shaped) >= _FEW else None
    if ratio < _ENOUGH or (len(shaped) < _FEW and kind.name not in _DETECTED_ALONE):
        return None
    return None if _counted_up(kind, shaped) else 1.0 + min(ratio, 40.0) / 40


def _dashed(shaped: list[str]) -> bool:
    return sum(text.count("-") == 2 for text in shaped) >= 0.95 * len(shaped)


def _counted_up(kind: Kind, shaped: list[str]) -> bool:
    """Telephone numbers and addresses spread over prefixes; ids and versions share theirs."""
    if kind.name in ("phone", "cn_mobile"):
        starts = {"".join(letter for letter in text if letter.isdigit())[:4] for text in shaped}
        return not all(text.startswith("+") for text in shaped) and len(starts) < min(6, len(shaped) / 2)
    if kind.name == "ipv4":
        return len({text.split(".")[0] for text in shaped}) < min(4, len(shaped) / 2)
    return False


def _person_case(texts: Sequence[str], name: str) -> _Case | None:
    named = names(name, PERSON_HEADERS)
    shaped, known = int(name_shaped(texts).sum()), int(name_known(texts).sum())
    said = () if named == "none" else ("column name",)
    if named != "none" and shaped >= 0.8 * len(texts) and (known >= 0.1 * len(texts) or named == "whole"):
        return _Case("person_name", "direct", 2.5, shaped, known, (*said, "shape", "lexicon"))
    enough = len(texts) >= _LEAST_NAMES and known >= _KNOWN_NAMES * len(texts) and shaped >= _SHAPED * len(texts)
    return _Case("person_name", "direct", 1.5, shaped, known, ("shape", "lexicon")) if enough else None


def _address_case(texts: Sequence[str], name: str) -> _Case | None:
    named = names(name, ADDRESS_HEADERS)
    shaped = int(address_shaped(texts).sum())
    if named != "none" and shaped >= 0.3 * len(texts):
        return _Case("address", "direct", 2.5, shaped, shaped, ("column name", "shape"))
    if len(texts) >= _FEW and shaped >= 0.8 * len(texts):
        return _Case("address", "direct", 1.5, shaped, shaped, ("shape",))
    return None
