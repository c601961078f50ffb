"""Free texts with their personal places replaced by markers; the rest of the text stays.

Three looks at each text: patterns with checks (:mod:`glassledger.redaction.spans`); the values of the same row's linked
columns (its own name, e-mail address, telephone number), which no pattern could know; and, when the policy names a
local model, what that model takes for people and places. No look finds everything: a text that must not name anybody
is dropped.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from glassledger.policy.operators import RedactSpans
from glassledger.records.screening import RedactionReceipt
from glassledger.redaction.dates import companion_missing
from glassledger.redaction.distinct import Distinct, as_text
from glassledger.redaction.names_model import names_model
from glassledger.redaction.spans import Span, find_spans

_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
_HAN = re.compile(r"[\u3400-\u9fff]")
_SHORTEST = 3  # a linked word of fewer letters (“Al”, “Li”) would blank half of a text; Chinese names need two
_LEAST_DIGITS = 6


def redact_spans(
    column: "pd.Series[Any]", name: str, operator: RedactSpans, *, beside: pd.DataFrame
) -> "tuple[pd.Series[Any], RedactionReceipt]":
    """Texts with markers such as ``[email]`` and ``[linked]``; missing stays missing.

    Parameters
    ----------
    column : Series of str
    beside : DataFrame
        The same rows before redaction, with the linked columns.

    Raises
    ------
    PolicyError
        ``companion-missing`` when a linked column is not in the table.
    """
    for link in operator.link:
        if link not in beside.columns:
            raise companion_missing(name, link)
    distinct = Distinct.of(column)
    texts = [as_text(value) or "" for value in distinct.values]
    spans = find_spans(texts)
    if operator.names_model is not None:
        found = names_model(operator.names_model)(texts)
        spans = [_without_overlap((*own, *more)) for own, more in zip(spans, found, strict=True)]
    plain = [_marked(text, places) for text, places in zip(texts, spans, strict=True)]
    out = distinct.expand(plain)
    hidden = distinct.expand([len(places) for places in spans])
    linked = _linked(distinct, texts, spans, beside[list(operator.link)]) if operator.link else {}
    for row, text in linked.items():
        out.iloc[row] = text
    touched = (hidden.fillna(0).to_numpy(dtype=np.int64) > 0) | np.isin(np.arange(len(out)), list(linked))
    return out, RedactionReceipt(
        column=name,
        operator=operator.operator,
        cells=len(column),
        changed=int(touched.sum()),
        detail=f"patterns{', values of the same row' * bool(operator.link)}{', a model' * bool(operator.names_model)}",
    )


def _linked(
    distinct: Distinct, texts: Sequence[str], spans: Sequence[tuple[Span, ...]], links: pd.DataFrame
) -> dict[int, str]:
    """New texts of the rows that hold a value of their own linked columns."""
    needles = [_needles(links[name]) for name in links.columns]
    folded = [_fold(text) for text in texts]
    digits = [_digits_of(text) for text in texts]
    out: dict[int, str] = {}
    for row, code in enumerate(distinct.codes):
        if code < 0:
            continue
        text, compact = folded[code], digits[code]
        hits = [
            needle
            for words, codes in needles
            if (place := codes[row]) >= 0
            for needle in words[place]
            if (needle in compact if needle.isdigit() else needle in text)
        ]
        if hits:
            places = _without_overlap((*spans[code], *_places(texts[code], text, hits)))
            if len(places) > len(spans[code]):
                out[row] = _marked(texts[code], places)
    return out


def _needles(column: "pd.Series[Any]") -> tuple[list[tuple[str, ...]], Any]:
    """Words to look for, per distinct value, and the code of each row."""
    distinct = Distinct.of(column)
    return [tuple(_words(as_text(value) or "")) for value in distinct.values], distinct.codes


def _words(value: str) -> Iterable[str]:
    """The whole value, its words if it is a name, its digits if it is a number."""
    text = _fold(value).strip()
    digits = _digits_of(text)
    if len(digits) >= _LEAST_DIGITS and len(digits) >= 0.6 * len(text.replace(" ", "")):
        yield digits[-10:]  # a country code may be written or left out
        return
    if len(text) >= _SHORTEST or _HAN.search(text):
        yield text
    if "@" not in text:
        yield from (word for word in _WORD.findall(text) if len(word) >= _SHORTEST and word != text)


def _places(text: str, folded: str, needles: Iterable[str]) -> Iterable[Span]:
    for needle in needles:
        if needle.isdigit():
            pattern = r"[ ()./\-]{0,3}".join(needle)
        else:
            edge = "" if _HAN.search(needle) else r"(?<![^\W_])"
            pattern = edge + re.escape(needle) + edge.replace("<!", "!")
        if len(text) == len(folded):
            yield from (Span(m.start(), m.end(), "linked") for m in re.finditer(pattern, folded))
        else:  # folding changed lengths (ß, ligatures): positions are no longer the text's, so the whole text goes
            yield Span(0, len(text), "linked")


def _fold(text: str) -> str:
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()


def _digits_of(text: str) -> str:
    return "".join(letter for letter in text if letter.isdigit())


def _without_overlap(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Overlapping places joined into one, which keeps the kind of the longest."""
    out: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if out and span.start < out[-1].end:
            last = out.pop()
            kind = last.kind if last.end - last.start >= span.end - span.start else span.kind
            span = Span(last.start, max(last.end, span.end), kind)
        out.append(span)
    return tuple(out)


def _marked(text: str, spans: Sequence[Span]) -> str:
    parts, end = [], 0
    for span in spans:
        parts += [text[end : span.start], f"[{span.kind}]"]
        end = span.end
    return "".join((*parts, text[end:]))
