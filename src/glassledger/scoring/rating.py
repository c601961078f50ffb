"""A rating table: every number of an additive model as CSV, for spreadsheets and rating engines.

A row's score on the link scale is the sum of the values that it meets, one ``cell`` a term, in the order of the file:

=========  =======================================================================================================
kind       value
=========  =======================================================================================================
intercept  where every row starts
cell       what a bin, or a pair of bins, adds; ``special`` says *missing* or *not declared*, else ``at_least`` ≤ x <
           ``below`` (open where empty) or ``level``
slope      times (x − ``center``), after x is brought within ``lower`` and ``upper``
square     times the square of the same
=========  =======================================================================================================

``review`` says on every row where the model stood in its review when the table was exported.
"""

import csv
import io
from collections.abc import Iterator
from itertools import product
from typing import Any

from glassledger.errors import UsageError
from glassledger.scoring.card import Card, notice

_AXIS = ("feature", "special", "at_least", "below", "level")
COLUMNS = (
    *("term", "kind", "output"),
    *(f"{word}_{place}" for place in (1, 2) for word in _AXIS),
    *("center", "lower", "upper", "value", "points", "review"),
)

_Row = dict[str, Any]


def rating_table(card: Card) -> str:
    """CSV text (RFC 4180, UTF-8, LF) with the columns :data:`COLUMNS`.

    Numbers read back as the very doubles of the model. ``points`` is filled for scorecards: they sum to the points of
    the row.

    Raises
    ------
    UsageError
        For a rule model, which has no terms.
    """
    if "trees" in card:
        raise UsageError(
            "A tree has rules, not a rating table.",
            code="rating-table-of-trees",
            hint="Export it as SQL or as a scorer.",
        )
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n", restval="")
    writer.writeheader()
    scale = card["points"]
    labels = card["classes"] if len(card["intercept"]) > 1 else [""]
    review = notice(card)
    for row in _rows(card):
        output = row.pop("output")
        if scale is not None:
            start = scale["offset"] if row["kind"] == "intercept" else 0.0
            row["points"] = start + scale["factor"] * row["value"]
        writer.writerow(row | {"output": labels[output], "review": review})
    return out.getvalue()


def _rows(card: Card) -> Iterator[_Row]:
    for output, value in enumerate(card["intercept"]):
        yield {"term": "", "kind": "intercept", "output": output, "value": value}
    for term in card["terms"]:
        yield from _cells(card, term) if term["kind"] == "table" else _polynomial(card, term)


def _cells(card: Card, term: dict[str, Any]) -> Iterator[_Row]:
    axes = [card["axes"][place] for place in term["axes"]]
    outputs = len(card["intercept"])
    for met in product(*(list(_bins(card, axis)) for axis in axes)):
        cell = 0
        named: _Row = {}
        for place, (axis, (index, label)) in enumerate(zip(axes, met, strict=True), start=1):
            cell = cell * axis["size"] + index
            named |= {f"{word}_{place}": content for word, content in label.items()}
        for output in range(outputs):
            value = term["values"][cell * outputs + output]
            yield {"term": term["name"], "kind": "cell", "output": output, **named, "value": value}


def _bins(card: Card, axis: dict[str, Any]) -> Iterator[tuple[int, _Row]]:
    """Every bin of an axis as its place and its label; one label a level where levels share a bin."""
    feature = card["features"][axis["feature"]]
    named = {"feature": feature["name"]}
    yield 0, named | {"special": "missing"}
    if "cuts" in axis:
        edges = ["", *axis["cuts"], ""]
        for place in range(1, len(edges)):
            yield place, named | {"at_least": edges[place - 1], "below": edges[place]}
        return
    for level, place in zip(feature["levels"], axis["bins"], strict=True):
        yield place, named | {"level": level}
    other = feature["other"]
    strange = axis["size"] - 1 if other is None else axis["bins"][feature["levels"].index(other)]
    yield strange, named | {"special": "not declared"}


def _polynomial(card: Card, term: dict[str, Any]) -> Iterator[_Row]:
    feature = card["features"][term["feature"]]["name"]
    bounds = {word: "" if term[word] is None else term[word] for word in ("center", "lower", "upper")}
    for output, missing in enumerate(term["missing"]):
        common = {"term": term["name"], "output": output, "feature_1": feature}
        yield common | {"kind": "cell", "special_1": "missing", "value": missing}
        slopes = term["coefficients"][output :: len(term["missing"])]
        for kind, value in zip(("slope", "square"), slopes, strict=False):
            yield common | bounds | {"kind": kind, "value": value}
