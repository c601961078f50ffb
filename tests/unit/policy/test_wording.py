"""Plain words exist for everything that the document can hold."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, Literal

import pytest

from glassledger.policy.document import Column, Data, ModelChoice, PolicyDocument, Text
from glassledger.policy.families import SETTINGS
from glassledger.policy.operators import Bands
from glassledger.policy.wording import _PATTERNS, annotation_at, expected, options, records_of
from glassledger.records.record import Record


def every_record(kind: type[Record], seen: set[type[Record]]) -> Iterator[type[Record]]:
    if kind in seen:
        return
    seen.add(kind)
    yield kind
    for field in kind.model_fields.values():
        inner = [
            field.annotation,
            *(part for option in options(field.annotation) for part in getattr(option, "__args__", ())),
        ]
        for annotation in inner:
            for record in records_of(annotation):
                yield from every_record(record, seen)


RECORDS = [*every_record(PolicyDocument, set()), *SETTINGS.values()]


def test_the_walk_reaches_the_whole_document() -> None:
    assert {"Column", "Bands", "ReasonTexts", "DatasetBudget", "CrossCheck", "DpForestSettings"} <= {
        kind.__name__ for kind in RECORDS
    }


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
def test_every_key_has_plain_words_and_every_pattern_a_sentence(kind: type[Record]) -> None:
    for name, field in kind.model_fields.items():
        words = expected(field.annotation)
        assert words, name
        assert "<" not in words, words
    patterns = {
        entry["pattern"]
        for entry in kind.model_json_schema(mode="serialization")["properties"].values()
        if "pattern" in entry and "(?!" not in entry["pattern"]
    }
    assert patterns <= set(_PATTERNS)


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (str, "text"),
        (Text | None, "text, or one text per language"),
        (float | date | None, "a number or a date (YYYY-MM-DD)"),
        (Decimal, "a number"),
        (Literal["a", "b"], "one of `a`, `b`"),
        (Literal[False], "`false`"),
        (Bands, "a block of keys"),
        (Column.model_fields["redaction"].annotation, "a block with an `operator`"),
        (dict[str, Column], "a mapping of names to a block of keys"),
        (ModelChoice.model_fields["interactions"].annotation, "a whole number or a list, each item a pair of names"),
        (dict[str, Any], "a mapping of names to any value"),
    ],
)
def test_words(annotation: Any, words: str) -> None:
    assert expected(annotation) == words


def test_annotations_along_a_path() -> None:
    value = {"columns": {"a": {"redaction": {"operator": "bands", "edges": [1]}}}}
    assert annotation_at(Data, ("columns", "a", "redaction", "edges"), value) == tuple[float, ...]
    assert annotation_at(Data, ("columns", "a", "redaction", "edges", 0), value) is float
    assert annotation_at(Data, ("columns", "a", "redaction", "length"), value) is Any
    assert annotation_at(Data, ("nowhere", "at", "all"), value) is Any
