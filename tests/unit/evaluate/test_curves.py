"""Gains and lift."""

import numpy as np
import pytest

from glassledger.evaluate.curves import gains, lift


def test_a_perfect_ranking_finds_everyone_first():
    scores = np.arange(100) / 100.0
    points = gains(scores, scores >= 0.8)
    assert [point.y for point in points] == pytest.approx([0.5, 1, 1, 1, 1, 1, 1, 1, 1, 1])
    assert [point.count for point in points] == list(range(10, 101, 10))
    assert [point.y for point in lift(points)] == pytest.approx([5, 5, 10 / 3, 2.5, 2, 5 / 3, 10 / 7, 1.25, 10 / 9, 1])


def test_a_constant_score_is_the_diagonal_whatever_the_order():
    for positive in (np.arange(50) < 10, np.arange(50) >= 40):
        points = gains(np.full(50, 0.2), positive)
        assert [point.y for point in points] == pytest.approx(np.arange(1, 11) / 10)
        assert [point.y for point in lift(points)] == pytest.approx(np.ones(10))


def test_ties_are_taken_in_equal_parts():
    points = gains(np.array([0.9] * 20 + [0.1] * 80), np.arange(100) % 20 == 0)  # 1 of 5 positives in the best 20
    assert points[0].y == pytest.approx(0.1)
    assert points[1].y == pytest.approx(0.2)


def test_row_order_does_not_matter():
    random = np.random.default_rng(4)
    scores, positive = random.integers(0, 9, 333) / 9.0, random.random(333) < 0.3
    order = random.permutation(333)
    assert gains(scores, positive) == gains(scores[order], positive[order])


def test_nobody_to_find_gives_no_curve():
    assert gains(np.array([0.1, 0.2]), np.array([False, False])) == ()
    assert lift(()) == ()
