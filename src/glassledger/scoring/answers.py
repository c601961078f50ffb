"""What was found in a batch, in words: columns whose texts are stored once each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from glassledger.errors import UsageError
from glassledger.scoring.card import Card
from glassledger.scoring.plan import Floats


@dataclass(frozen=True, eq=False)
class Scored:
    """What was found in a batch, as arrays.

    Attributes
    ----------
    links : ndarray, shape (rows, outputs)
        Sum of the terms, on the link scale.
    scores : ndarray, shape (rows,)
        Probability of the scored class, the mean, or the predicted class's probability.
    decided : ndarray of int, shape (rows,), or None
        Place of the decision in :attr:`Scorer.decisions`.
    picked : ndarray of int, shape (rows, count)
        Twice the feature's place in the model, plus one where it raises the score; −1 where there is no reason.
    amounts : ndarray, shape (rows, count), or None
        How far each reason's feature deviates from the baseline, on the link scale.
    contributions : ndarray, shape (rows, terms, outputs), or None
    """

    links: Floats
    scores: Floats
    decided: NDArray[Any] | None
    picked: NDArray[np.int16]
    amounts: Floats | None
    contributions: Floats | None

    def __len__(self) -> int:
        return len(self.scores)


class Coded(NamedTuple):
    """Texts stored once each; code −1 is none."""

    codes: NDArray[Any]
    entries: tuple[str, ...]


Answer = dict[str, NDArray[np.float64] | Coded]


def answer(found: Scored, card: Card, decisions: Sequence[str], language: str | None) -> Answer:
    """Columns ``score``, ``decision``, ``reason_1`` …, ``reason_code_1`` …, ``contribution: TERM`` ….

    Raises
    ------
    UsageError
        When the card has no texts in ``language``.
    """
    columns: Answer = {"score": found.scores}
    if found.decided is not None:
        columns["decision"] = Coded(found.decided, tuple(decisions))
    columns |= _reasons(found.picked, card, language)
    if found.contributions is not None:
        columns |= _contributions(found.contributions, card)
    return columns


def joined(answers: Sequence[Answer]) -> Answer:
    """The answers to several batches as one."""
    if len(answers) == 1:
        return answers[0]
    out: Answer = {}
    for name, first in answers[0].items():
        parts = [one[name] for one in answers]
        if isinstance(first, Coded):
            out[name] = Coded(np.concatenate([part.codes for part in parts if isinstance(part, Coded)]), first.entries)
        else:
            out[name] = np.concatenate([part for part in parts if not isinstance(part, Coded)])
    return out


def arrow_batch(columns: Answer) -> Any:
    """An Arrow record batch; texts as dictionaries."""
    arrays = [_dictionary(column) if isinstance(column, Coded) else pa.array(column) for column in columns.values()]
    return pa.RecordBatch.from_arrays(arrays, names=list(columns))


def pandas_frame(columns: Answer, index: Any) -> pd.DataFrame:
    """A data frame; texts as categories."""
    return pd.DataFrame(
        {name: _categorical(column) if isinstance(column, Coded) else column for name, column in columns.items()},
        index=index,
        copy=False,
    )


def _categorical(column: Coded) -> pd.Categorical:
    kind = pd.CategoricalDtype(pd.Index(column.entries))
    return pd.Categorical.from_codes(column.codes, dtype=kind, validate=False)


def _dictionary(column: Coded) -> Any:
    codes = column.codes
    indices = pa.array(codes, mask=codes < 0) if codes.size and codes.min() < 0 else pa.array(codes)
    return pa.DictionaryArray.from_arrays(indices, pa.array(column.entries, type=pa.string()))


def _reasons(picked: NDArray[np.int16], card: Card, language: str | None) -> Answer:
    """Texts and codes; looked up once a feature and direction, not once a row."""
    rules = card["reasons"]
    if language is not None and language not in rules["texts"]:
        raise UsageError(
            f"The policy has no texts in language {language!r}.",
            code="language-unknown",
            hint=f"It has: {', '.join(rules['texts'])}.",
            facts={"languages": list(rules["texts"])},
        )
    texts = [text for pair in rules["texts"][language or rules["language"]] for text in pair]
    codes = [code for code in rules["codes"] for _ in range(2)]
    columns: Answer = {}
    for prefix, entries in (("reason", texts), ("reason_code", codes)):
        for rank in range(picked.shape[1]):
            columns[f"{prefix}_{rank + 1}"] = _looked_up(picked[:, rank], entries)
    return columns


def _looked_up(picked: NDArray[np.int16], entries: list[str]) -> Coded:
    """The entry of every pick. Where entries are distinct, alone or two by two, picks serve as codes."""
    if len(set(entries)) == len(entries):
        return Coded(picked, tuple(entries))
    if entries[::2] == entries[1::2] and len(set(entries)) == len(entries) // 2:
        return Coded(picked >> 1, tuple(entries[::2]))
    places: dict[str, int] = {}
    found = [places.setdefault(entry, len(places)) for entry in entries]
    return Coded(np.array([*found, -1], dtype=np.int16)[picked], tuple(places))


def _contributions(values: NDArray[np.float64], card: Card) -> Answer:
    names = [term["name"] for term in card["terms"]] if "terms" in card else [one["name"] for one in card["features"]]
    labels = [f", {label}" for label in card["classes"]] if values.shape[2] > 1 else [""]
    return {
        f"contribution: {name}{label}": np.ascontiguousarray(values[:, place, output])
        for place, name in enumerate(names)
        for output, label in enumerate(labels)
    }
