"""Declared domains: levels as text, bands, bounds, defaults of redaction."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassledger.policy.document import Column
from glassledger.policy.domains import (
    band_labels,
    bounds_of,
    declared_levels,
    feature_spec,
    level_text,
    levels_of,
    redaction_of,
)
from glassledger.policy.operators import Bands, Drop, Keep, Prefix, RedactText, SuppressRare, TruncateDate


@pytest.mark.parametrize(
    ("level", "text"), [(True, "true"), (False, "false"), (3, "3"), (-1, "-1"), ("True", "True"), ("3", "3")]
)
def test_level_text(level: str | int | bool, text: str) -> None:
    assert level_text(level) == text


def test_other_is_added_once() -> None:
    assert declared_levels(Column(role="feature", type="category", levels=("a", 1), other="rest")) == ("a", "1", "rest")
    assert declared_levels(Column(role="feature", type="category", levels=("rest", "a"), other="rest")) == ("rest", "a")
    assert declared_levels(Column(role="feature", type="boolean")) == ("false", "true")
    assert declared_levels(Column(role="feature", type="number")) == ()


@pytest.mark.parametrize(
    ("low", "high", "edges", "labels"),
    [
        (None, None, (25, 40), ("(-inf, 25)", "[25, 40)", "[40, inf)")),
        (18, 95, (25, 40), ("[18, 25)", "[25, 40)", "[40, 95]")),
        (18, None, (25,), ("[18, 25)", "[25, inf)")),
        (None, 1, (0.5,), ("(-inf, 0.5)", "[0.5, 1]")),
        (-1e6, 1e6, (-0.0, 0.1), ("[-1000000, 0)", "[0, 0.1)", "[0.1, 1000000]")),
    ],
)
def test_band_labels(low: float | None, high: float | None, edges: tuple[float, ...], labels: tuple[str, ...]) -> None:
    column = Column(role="feature", type="number", min=low, max=high, redaction=Bands(edges=edges))
    assert band_labels(column) == levels_of(column) == labels


@given(st.lists(st.floats(-1e9, 1e9, allow_nan=False), min_size=1, max_size=8, unique=True), st.floats(-1e9, 1e9))
def test_a_value_lies_in_the_band_that_its_label_says(edges: list[float], value: float) -> None:
    edges.sort()
    labels = band_labels(Column(role="feature", type="number", redaction=Bands(edges=tuple(edges))))
    assert len(set(labels)) == len(edges) + 1
    label = labels[int(np.searchsorted(edges, value, side="right"))]
    low, high = label[1:-1].split(", ")
    assert float(low) <= value < float(high)
    assert label[0] == ("(" if low == "-inf" else "[")
    assert label[-1] == ")"


@pytest.mark.parametrize(
    ("role", "default"),
    [("identifier", Drop()), ("free_text", Drop()), ("ignored", Drop()), ("feature", Keep()), ("protected", Keep()),
     ("target", Keep()), ("consent", Keep())],
)  # fmt: skip
def test_redaction_defaults(role: str, default: Drop | Keep) -> None:
    assert redaction_of(Column.model_validate({"role": role, "type": "text"})) == default
    declared = Column.model_validate({"role": role, "type": "text", "redaction": {"operator": "redact_text"}})
    assert redaction_of(declared) == RedactText()


def test_feature_specs() -> None:
    number = feature_spec("n", Column(role="feature", type="number", min=0, max=2.5, missing=True))
    assert (number.kind, number.lower, number.upper, number.missing, number.integer) == (
        "continuous",
        0,
        2.5,
        True,
        False,
    )
    integer = feature_spec("i", Column(role="feature", type="integer", min=0))
    assert (integer.lower, integer.upper, integer.integer) == (None, None, True)
    flag = feature_spec("b", Column(role="feature", type="boolean"))
    assert (flag.kind, flag.levels, flag.ordered) == ("nominal", ("false", "true"), False)
    bands = feature_spec("x", Column(role="feature", type="integer", min=0, max=9, redaction=Bands(edges=(3,))))
    assert (bands.kind, bands.levels, bands.ordered, bands.lower) == ("nominal", ("[0, 3)", "[3, 9]"), True, None)
    rare = Column(role="feature", type="category", levels=("a", "b"), other="rest", redaction=SuppressRare())
    assert (feature_spec("c", rare).levels, feature_spec("c", rare).other) == (("a", "b", "rest"), "rest")
    prefix = Column(role="feature", type="text", other="*", redaction=Prefix(length=1, levels=(1, "2")))
    assert (feature_spec("z", prefix).levels, feature_spec("z", prefix).other) == (("1", "2", "*"), "*")


def test_a_date_becomes_a_year() -> None:
    cut = TruncateDate(to="year")
    column = Column(role="feature", type="date", min=date(1990, 5, 1), max=date(2020, 1, 1), redaction=cut)
    spec = feature_spec("d", column)
    assert (spec.kind, spec.lower, spec.upper, spec.integer) == ("continuous", 1990, 2020, True)
    assert bounds_of(Column(role="feature", type="date", redaction=cut)) is None
    assert bounds_of(Column(role="feature", type="date", min=date(1990, 5, 1), redaction=cut)) is None
