"""Labels that a person can read, in drawing order."""

import pytest

from glassledger.explain.bins import axis_bins, band_edges, band_labels, line_points, number_text, number_texts
from glassledger.models.additive import Axis, PolynomialTerm
from glassledger.records.features import FeatureSpec


def number(lower=None, upper=None, *, integer=False):
    return FeatureSpec(name="x", kind="continuous", lower=lower, upper=upper, integer=integer)


@pytest.mark.parametrize(
    ("spec", "cuts", "labels"),
    [
        (number(18, 90), (25.0, 65.0), ("18 – 25", "25 – 65", "65 – 90")),
        (number(), (25.0, 65.0), ("< 25", "25 – 65", "≥ 65")),
        (number(), (), ("any value",)),
        (number(0, 1), (), ("0 – 1",)),
        (number(18, 90, integer=True), (24.5, 65.0), ("18 – 24", "25 – 64", "65 – 90")),
        (number(integer=True), (24.5, 65.0), ("≤ 24", "25 – 64", "≥ 65")),
        (number(integer=True), (), ("any value",)),
        (number(0, 2, integer=True), (0.5, 1.5), ("0", "1", "2")),
        (number(0, 2, integer=True), (1.0, 2.0), ("0", "1", "2")),
        (number(0, 9, integer=True), (4.2, 4.8), ("0 – 4", "4.2 – 4.8", "5 – 9")),
        (number(-1, 1), (-0.25,), ("−1 – −0.25", "−0.25 – 1")),
        (number(0, 10), (10.0,), ("0 – 10", "10")),
        (number(0, 1), (0.12345678, 0.12345679), ("0 – 0.12345678", "0.12345678 – 0.12345679", "0.12345679 – 1")),
        (number(0, 102127), (1448.5,), ("0 – 1448.5", "1448.5 – 102127")),
    ],
)
def test_bands(spec, cuts, labels):
    assert band_labels(Axis(feature="x", cuts=cuts), spec) == labels


@pytest.mark.parametrize(
    ("spec", "cuts", "edges"),
    [
        (number(18, 90), (25.0, 65.0), (18, 25, 65, 90)),
        (number(18, 90), (), (18, 90)),
        (number(30, 40), (25.0, 65.0), (25, 25, 65, 65)),
        (number(), (25.0, 65.0), (-15, 25, 65, 105)),
        (number(), (25.0,), (0, 25, 50)),
        (number(), (0.0,), (-1, 0, 1)),
        (number(), (), ()),
    ],
)
def test_edges_have_one_more_than_bands_and_never_fall(spec, cuts, edges):
    found = band_edges(Axis(feature="x", cuts=cuts), spec)
    assert found == edges
    assert not edges or len(found) == len(band_labels(Axis(feature="x", cuts=cuts), spec)) + 1
    assert list(found) == sorted(found)


def test_levels_are_drawn_in_declared_order_with_merged_ones_joined():
    spec = FeatureSpec(name="c", kind="nominal", levels=("single", "married", "divorced", "widowed"))
    bins, order = axis_bins(Axis(feature="c", bins=(3, 1, 3, 2)), spec)
    assert bins.labels == ("single / divorced", "married", "widowed", "missing", "not declared")
    assert order.tolist() == [3, 1, 2, 0, 4]
    assert bins.edges == ()


def test_numbers_end_with_missing():
    bins, order = axis_bins(Axis(feature="x", cuts=(2.0,)), number(0, 4))
    assert bins.labels == ("0 – 2", "2 – 4", "missing")
    assert (order.tolist(), bins.drawing) == ([1, 2, 0], "steps")


@pytest.mark.parametrize(("degree", "count"), [(1, 5), (2, 33)])
def test_slopes_and_curves_are_points_on_a_line(degree, count):
    term = PolynomialTerm(feature="x", degree=degree, coefficients=(1.0,) * degree, missing=(0.0,))
    bins, points = line_points(term, number(0, 8))
    assert bins.drawing == "line"
    assert len(bins.edges) == len(bins.labels) - 1 == count
    assert (bins.edges[0], bins.edges[-1], bins.labels[0], bins.labels[-1]) == (0, 8, "0", "missing")
    assert points[:-1].tolist() == list(bins.edges)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234567.0, "1234567"),
        (-0.25, "−0.25"),
        (0.1 + 0.2, "0.3"),
        (1234567.89, "1234568"),
        (-0.0, "0"),
        (1e-7, "1e−07"),
    ],
)
def test_number_text(value, text):
    assert number_text(value) == text


def test_different_numbers_get_different_texts():
    values = (0.30000000000000004, 0.3, 1.0)
    assert len(set(number_texts(values))) == 3
    assert number_texts((0.1, 0.2, 0.2)) == ("0.1", "0.2", "0.2")
