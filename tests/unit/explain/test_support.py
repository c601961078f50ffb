"""How often a cell is met, and whether a declared person can get there at all."""

import numpy as np
import pytest

from glassledger.explain.support import cell_shares, declared_shares, domain, reachable, released, typical_points
from glassledger.models.additive import Axis, PolynomialTerm, TableTerm
from glassledger.records.features import FeatureSpec

NUMBER = FeatureSpec(name="x", kind="continuous", lower=0, upper=10)
WHOLE = FeatureSpec(name="x", kind="continuous", lower=0, upper=10, integer=True)
FREE = FeatureSpec(name="x", kind="continuous")
LEVELS = FeatureSpec(name="c", kind="nominal", levels=("a", "b", "c", "d"))


@pytest.mark.parametrize(
    ("spec", "cuts", "shares"),
    [
        (NUMBER, (2.5, 5.0), [0, 0.25, 0.25, 0.5]),
        (NUMBER, (-5.0, 5.0, 50.0), [0, 0, 0.5, 0.5, 0]),
        (WHOLE, (1.0, 9.5), [0, 1 / 11, 9 / 11, 1 / 11]),
        (FREE, (1.0, 9.5), [0, 1 / 3, 1 / 3, 1 / 3]),
        (FeatureSpec(name="x", kind="continuous", lower=0.2, upper=0.8, integer=True), (0.5,), [0, 0.5, 0.5]),
    ],
)
def test_declared_shares_of_numbers(spec, cuts, shares):
    assert declared_shares(Axis(feature="x", cuts=cuts), spec).tolist() == pytest.approx(shares)


def test_declared_shares_of_levels_count_levels():
    assert declared_shares(Axis(feature="c", bins=(2, 1, 2, 2)), LEVELS).tolist() == [0, 0.25, 0.75, 0]


@pytest.mark.parametrize(
    ("spec", "cuts", "reached"),
    [
        (NUMBER, (10.0,), [False, True, True]),  # 10 itself falls to the right of the cut
        (NUMBER, (0.0,), [False, False, True]),  # nothing declared lies below 0
        (NUMBER, (10.5,), [False, True, False]),
        (WHOLE, (4.2, 4.8), [False, True, False, True]),
        (FREE, (0.0,), [False, True, True]),
    ],
)
def test_only_bins_with_declared_values_are_reachable(spec, cuts, reached):
    assert reachable(Axis(feature="x", cuts=cuts), spec).tolist() == reached


def test_missing_and_undeclared_levels_are_not_reachable():
    assert reachable(Axis(feature="c", bins=(1, 2, 2, 1)), LEVELS).tolist() == [False, True, True, False]


def test_released_weights_are_used_without_their_noise_below_zero():
    term = TableTerm(axes=(Axis(feature="x", cuts=(5.0,)),), values=(0, 0, 0), weights=(-0.1, 0.3, 0.9))
    assert cell_shares(term, {"x": NUMBER}).tolist() == pytest.approx([0, 0.25, 0.75])
    assert released(term)


@pytest.mark.parametrize("weights", [None, (0.0, 0.0, 0.0), (-0.2, -0.1, 0.0)])
def test_without_usable_weights_the_declared_domain_counts(weights):
    term = TableTerm(axes=(Axis(feature="x", cuts=(2.0,)),), values=(0, 0, 0), weights=weights)
    assert cell_shares(term, {"x": NUMBER}).tolist() == pytest.approx([0, 0.2, 0.8])
    assert not released(term)


def test_pairs_spread_over_the_product_of_their_domains():
    term = TableTerm(axes=(Axis(feature="x", cuts=(2.0,)), Axis(feature="c", bins=(1, 1, 1, 2))), values=(0.0,) * 12)
    table = cell_shares(term, {"x": NUMBER, "c": LEVELS}).reshape(3, 4)
    assert table.sum() == pytest.approx(1)
    assert table[1].tolist() == pytest.approx([0, 0.15, 0.05, 0])


def slope(**fields):
    return PolynomialTerm(feature="x", coefficients=(1.0,), missing=(0.0,), **fields)


def test_typical_points_have_the_terms_moments():
    points = typical_points(slope(center=3.0, moments=(1.0, 5.0)), FREE)
    assert points.mean() == pytest.approx(4.0)
    assert points.std() == pytest.approx(2.0, rel=0.02)
    clipped = typical_points(slope(center=3.0, moments=(1.0, 5.0)), NUMBER)
    assert clipped.min() == 0.0
    assert np.sum(clipped != points) == np.sum((points < 0) | (points > 10))


def test_without_moments_points_spread_over_the_domain():
    points = typical_points(slope(), NUMBER)
    assert (points.min(), points.max()) == (pytest.approx(10 / 128), pytest.approx(10 - 10 / 128))


@pytest.mark.parametrize(
    ("spec", "term", "wanted"),
    [
        (NUMBER, slope(lower=-3.0, upper=3.0), (0, 10)),
        (FREE, slope(lower=-3.0, upper=3.0), (-3, 3)),
        (FREE, slope(center=5.0, moments=(0.0, 4.0)), (-1, 11)),
        (FREE, slope(center=5.0), (4, 6)),
    ],
)
def test_the_domain_is_declared_or_said_by_the_term(spec, term, wanted):
    assert domain(term, spec) == wanted
