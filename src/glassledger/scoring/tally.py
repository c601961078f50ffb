"""Counts of a scored batch for monitoring."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from glassledger.records.batch import Tally

_SCORES, _TENTHS = 20, 10


def tallied(features: pd.DataFrame, specs: Sequence[dict[str, Any]], scored: Any, link: str) -> Tally:
    """Count screened features and their scores; see :class:`glassledger.records.batch.Tally`.

    Parameters
    ----------
    features : DataFrame
        As the screening hands them over.
    specs : sequence of mapping
        The features of the scoring card.
    scored : Arrow table
        Their answer.
    link : str
        Scores are counted where they are probabilities.
    """
    scores: tuple[int, ...] = ()
    if link in ("logit", "softmax"):
        counts, _ = np.histogram(scored["score"].to_numpy(), bins=_SCORES, range=(0.0, 1.0))
        scores = tuple(int(count) for count in counts)
    names = set(scored.column_names)
    return Tally(
        rows=scored.num_rows,
        scores=scores,
        decisions=_counted(scored["decision"]) if "decision" in names else {},
        reason_codes=_counted(scored["reason_code_1"]) if "reason_code_1" in names else {},
        features={spec["name"]: _feature(features[spec["name"]], spec) for spec in specs},
    )


def _counted(column: Any) -> dict[str, int]:
    return {one["values"] or "": int(one["counts"]) for one in pc.value_counts(column).to_pylist()}


def _feature(column: "pd.Series[Any]", spec: dict[str, Any]) -> dict[str, int]:
    if spec["kind"] == "nominal":
        return {str(level): int(count) for level, count in column.fillna("").value_counts().items()}
    values = column.to_numpy()
    there = values[~np.isnan(values)]
    found = {"": len(values) - len(there)} if len(there) < len(values) else {}
    if spec["lower"] is None:
        return found | ({"all": len(there)} if len(there) else {})
    tenth = np.floor((there - spec["lower"]) / (spec["upper"] - spec["lower"]) * _TENTHS).clip(0, _TENTHS - 1)
    bins = np.bincount(tenth.astype(np.intp), minlength=_TENTHS)
    return found | {str(place + 1): int(count) for place, count in enumerate(bins) if count}
