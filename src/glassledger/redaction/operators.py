"""The redaction operators: a typed column and a declaration in, a redacted column and a receipt out.

Each operator maps distinct values. Missing stays missing. A receipt counts; it holds no value.
"""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from glassledger.errors import InputError, PolicyError
from glassledger.policy.document import Column
from glassledger.policy.domains import band_labels, levels_of
from glassledger.policy.faults import short
from glassledger.policy.operators import (
    Bands,
    Block,
    Drop,
    Generalise,
    Keep,
    Mask,
    Prefix,
    Pseudonymise,
    Redaction,
    RedactSpans,
    RedactText,
    ShiftDate,
    SuppressRare,
    Tokenise,
    TruncateDate,
)
from glassledger.records.screening import RedactionReceipt
from glassledger.redaction.dates import shift_dates
from glassledger.redaction.distinct import Distinct, as_text
from glassledger.redaction.free_text import redact_spans
from glassledger.redaction.keys import KeyRing
from glassledger.redaction.pseudonyms import NORMALISATIONS, pseudonyms
from glassledger.redaction.tokens import tokens

_SHORT, _LONG = 20, 200
_MARKERS = tuple(f"[text: {size}]" for size in ("short", "medium", "long"))


@dataclass(frozen=True)
class _Outcome:
    """New distinct values, in the order of the old ones."""

    values: list[object]
    detail: str = ""
    key_id: str | None = None


@dataclass(frozen=True, eq=False)
class Setting:
    """What an operator may need besides its column.

    Attributes
    ----------
    keys : KeyRing
    policy : str
        Name of the policy; tokens are bound to it.
    beside : DataFrame
        The same rows before redaction: people for shifted dates, names to look for in texts.
    kept : mapping of column to levels
        Frequent levels that were found when fitting; ``suppress_rare`` counts anew for columns that are not in it.
    """

    keys: KeyRing
    policy: str = ""
    beside: pd.DataFrame = field(default_factory=pd.DataFrame)
    kept: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def redact(
    column: "pd.Series[Any]", *, name: str, declared: Column, operator: Redaction, setting: Setting
) -> "tuple[pd.Series[Any] | None, RedactionReceipt]":
    """Apply one operator to one column.

    Parameters
    ----------
    column : Series
        Typed as declared: float64, Int64, datetime64 or text, missing as NaN, NA, NaT or None.
    name : str
        The column's name, for the receipt and as the default pseudonym domain.
    declared : Column
        Gives bounds (band labels) and the ``other`` level.
    operator : Redaction
    setting : Setting

    Returns
    -------
    Series or None
        ``keep`` returns the column unchanged, ``drop`` None, all others text with None for missing.
    RedactionReceipt
        ``changed`` counts the cells that are not what they were.

    Raises
    ------
    PolicyError
        When the declaration cannot be carried out on this column.
    InputError
        When a key is missing, or the column must not be there (``column-blocked``).
    """
    cells = len(column)
    if isinstance(operator, Keep):
        return column, RedactionReceipt(column=name, operator=operator.operator, cells=cells, changed=0)
    if isinstance(operator, Drop):
        present = int(column.notna().sum())
        return None, RedactionReceipt(column=name, operator=operator.operator, cells=cells, changed=present)
    if isinstance(operator, Block):
        raise _blocked(name)
    if isinstance(operator, ShiftDate):
        return shift_dates(column, name, operator, beside=setting.beside, keys=setting.keys)
    if isinstance(operator, RedactSpans):
        return redact_spans(column, name, operator, beside=setting.beside)
    distinct = Distinct.of(column)
    outcome = _outcome(distinct, name, declared, operator, setting)
    receipt = RedactionReceipt(
        column=name,
        operator=operator.operator,
        cells=cells,
        changed=_changed(distinct, outcome.values),
        detail=outcome.detail,
        key_id=outcome.key_id,
    )
    return distinct.expand(outcome.values), receipt


def _outcome(distinct: Distinct, name: str, declared: Column, operator: Redaction, setting: Setting) -> _Outcome:
    match operator:
        case Pseudonymise():
            return _pseudonymise(distinct, operator, name, setting.keys)
        case Tokenise():
            return _tokenise(distinct, operator, name, setting)
        case Bands():
            return _bands(distinct, operator, declared)
        case Generalise():
            return _generalise(distinct, operator)
        case SuppressRare():
            return _suppress_rare(distinct, operator, declared.other, name, setting.kept.get(name))
        case Mask(keep_last=keep):
            return _each(distinct, lambda text: _mask(text, keep), f"keeps the last {keep}")
        case Prefix():
            return _prefix(distinct, operator, declared)
        case TruncateDate(to=to):
            return _each(distinct, _DATE_CUTS[to], f"to the {to}")
        case RedactText():
            return _each(distinct, _length_class, "keeps the length class")
    raise AssertionError(operator.operator)  # the others never come here


def _each(distinct: Distinct, act: Callable[[str], str], detail: str) -> _Outcome:
    return _Outcome([act(text) for text in _texts(distinct.values)], detail)


def _prefix(distinct: Distinct, operator: Prefix, declared: Column) -> _Outcome:
    """The first characters; what is not among declared results goes to ``other`` where there is one."""
    cut = [text.strip()[: operator.length].rstrip() for text in _texts(distinct.values)]
    detail = f"keeps the first {operator.length}"
    levels = levels_of(declared.model_copy(update={"redaction": operator}))
    if not operator.levels or declared.other is None:
        return _Outcome(list(cut), detail)
    strange = np.asarray([text not in levels for text in cut], dtype=bool)
    values: list[object] = [declared.other if odd else text for text, odd in zip(cut, strange, strict=True)]
    return _Outcome(values, f"{detail}, {int(distinct.counts[strange].sum())} cells to other")


def _texts(values: NDArray[np.object_]) -> list[str]:
    return [text if (text := as_text(value)) is not None else "" for value in values]


def _mask(text: str, keep: int) -> str:
    """All but the last ``keep`` characters; a text of at most twice that length is masked whole."""
    text = unicodedata.normalize("NFC", text)
    shown = keep if len(text) > 2 * keep else 0
    return "*" * (len(text) - shown) + text[len(text) - shown :]


def _length_class(text: str) -> str:
    if text in _MARKERS:
        return text
    return _MARKERS[(len(text) > _SHORT) + (len(text) > _LONG)]


#: From ISO dates, ``2024-05-17``.
_DATE_CUTS: dict[str, Callable[[str], str]] = {
    "year": lambda text: text[:4],
    "quarter": lambda text: f"{text[:4]}-Q{(int(text[5:7]) + 2) // 3}",
    "month": lambda text: text[:7],
}


def _pseudonymise(distinct: Distinct, operator: Pseudonymise, name: str, keys: KeyRing) -> _Outcome:
    key = keys.key(operator.key)
    domain = operator.domain or name
    texts = (NORMALISATIONS[operator.normalise](text) for text in _texts(distinct.values))
    tokens: list[object] = list(pseudonyms(texts, key=key, domain=domain))
    return _Outcome(tokens, f"HMAC-SHA256, 128 bit, domain {domain}", key.id)


def _tokenise(distinct: Distinct, operator: Tokenise, name: str, setting: Setting) -> _Outcome:
    key = setting.keys.key(operator.key)
    found: list[object] = list(tokens(_texts(distinct.values), key=key, column=name, policy=setting.policy))
    return _Outcome(found, "AES-SIV, bound to column and policy", key.id)


def _generalise(distinct: Distinct, operator: Generalise) -> _Outcome:
    """Bands from multiples of the width; where a band would reach over ``bottom`` or ``top`` it is cut there."""
    numbers = distinct.values.astype(np.float64)
    low = np.floor(numbers / operator.width) * operator.width
    return _Outcome(
        [_band(number, start, operator) for number, start in zip(numbers, low, strict=True)],
        f"bands of {operator.width:g}",
    )


def _band(number: float, start: float, operator: Generalise) -> str:
    bottom, top = operator.bottom, operator.top
    if bottom is not None and number < bottom:
        return f"(-inf, {bottom:g})"
    if top is not None and number >= top:
        return f"[{top:g}, inf)"
    end = start + operator.width
    return f"[{start if bottom is None else max(start, bottom):g}, {end if top is None else min(end, top):g})"


def _bands(distinct: Distinct, operator: Bands, declared: Column) -> _Outcome:
    labels = band_labels(declared.model_copy(update={"redaction": operator}))
    places = np.searchsorted(operator.edges, distinct.values.astype(np.float64), side="right")
    return _Outcome([labels[place] for place in places], f"{len(labels)} bands")


def frequent_levels(column: "pd.Series[Any]", operator: SuppressRare) -> tuple[str, ...]:
    """The levels that ``suppress_rare`` keeps on this table, sorted; what scoring must keep as well."""
    distinct = Distinct.of(column)
    texts = np.asarray(_texts(distinct.values), dtype=object)
    return tuple(sorted(texts[distinct.counts >= operator.min_count]))


def _suppress_rare(
    distinct: Distinct, operator: SuppressRare, other: str | None, name: str, kept: tuple[str, ...] | None
) -> _Outcome:
    if other is None:
        raise PolicyError(
            f"Column {name} suppresses rare levels but declares no level to put them into.",
            code="other-missing",
            hint="Declare `other` for the column.",
            facts={"column": name},
        )
    texts = _texts(distinct.values)
    few = distinct.counts < operator.min_count if kept is None else ~np.isin(np.asarray(texts, dtype=object), kept)
    rare = few & (np.asarray(texts, dtype=object) != other)
    values: list[object] = [other if odd else text for text, odd in zip(texts, rare, strict=True)]
    return _Outcome(values, f"{int(rare.sum())} levels below {operator.min_count} rows")


def _blocked(name: str) -> InputError:
    return InputError(
        f"The redaction policy blocks tables with the column {short(name)}.",
        code="column-blocked",
        hint="Remove the column before the table comes here, or have the policy's owner declare what is done to it.",
        facts={"column": name},
    )


def _changed(distinct: Distinct, values: list[object]) -> int:
    differs = [new != old for new, old in zip(values, distinct.values, strict=True)]
    return int(distinct.counts[np.asarray(differs, dtype=bool)].sum())
