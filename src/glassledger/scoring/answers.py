"""What was found in a batch, in words: an Arrow batch whose texts are stored once each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
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
    amounts : ndarray, shape (rows, count)
        What the reason's feature deviates from the baseline, on the link scale.
    contributions : ndarray, shape (rows, terms, outputs), or None
    """

    links: Floats
    scores: Floats
    decided: NDArray[np.intp] | None
    picked: NDArray[np.int16]
    amounts: Floats
    contributions: Floats | None

    def __len__(self) -> int:
        return len(self.scores)


def answer(found: Scored, card: Card, decisions: Sequence[str], language: str | None) -> Any:
    """An Arrow batch: ``score``, ``decision``, ``reason_1`` …, ``reason_code_1`` …, ``contribution: TERM`` ….

    Raises
    ------
    UsageError
        When the card has no texts in ``language``.
    """
    columns: dict[str, Any] = {"score": pa.array(found.scores)}
    if found.decided is not None:
        columns["decision"] = _dictionary(found.decided.astype(np.int32), decisions)
    columns |= reason_columns(found.picked, card, language)
    if found.contributions is not None:
        columns |= _contributions(found.contributions, card)
    return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))


def reason_columns(picked: NDArray[np.int16], card: Card, language: str | None) -> dict[str, Any]:
    """Texts and codes as Arrow dictionaries: each text is looked up once a feature and direction, not once a row."""
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
    columns: dict[str, Any] = {}
    for prefix, entries in (("reason", texts), ("reason_code", codes)):
        distinct, places = _distinct(entries)
        for rank in range(picked.shape[1]):
            columns[f"{prefix}_{rank + 1}"] = _dictionary(places[picked[:, rank]], distinct)
    return columns


def _distinct(entries: list[str]) -> tuple[list[str], NDArray[np.int32]]:
    """Distinct texts, and the place of each entry among them; place −1 stays −1."""
    places: dict[str, int] = {}
    found = [places.setdefault(entry, len(places)) for entry in entries]
    return list(places), np.array([*found, -1], dtype=np.int32)


def _dictionary(codes: NDArray[np.int32], entries: Sequence[str]) -> Any:
    indices = pa.array(codes, mask=codes < 0) if codes.size and codes.min() < 0 else pa.array(codes)
    return pa.DictionaryArray.from_arrays(indices, pa.array(entries, type=pa.string()))


def _contributions(values: NDArray[np.float64], card: Card) -> dict[str, Any]:
    names = [term["name"] for term in card["terms"]] if "terms" in card else [one["name"] for one in card["features"]]
    labels = [f", {label}" for label in card["classes"]] if values.shape[2] > 1 else [""]
    return {
        f"contribution: {name}{label}": pa.array(np.ascontiguousarray(values[:, place, output]))
        for place, name in enumerate(names)
        for output, label in enumerate(labels)
    }
