"""The rule that shares a pair's deviation: its four laws, an oracle by permutations, and twins that break a law."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassledger.explain.sharing import Surroundings, shared_deviations

SIZES = (3, 4)


def surroundings(shares: np.ndarray, best: str | None = None, masks=None) -> Surroundings:
    masks = masks or tuple(np.ones(size, dtype=bool) for size in SIZES)
    return Surroundings(shares.ravel() / shares.sum(), masks, best)


@st.composite
def games(draw):
    values = np.array(draw(st.lists(st.floats(-5, 5), min_size=12, max_size=12))).reshape(SIZES)
    shares = np.array(draw(st.lists(st.floats(0.01, 1), min_size=12, max_size=12))).reshape(SIZES)
    return values, shares, draw(st.sampled_from([None, "highest", "lowest"]))


def worth(values, shares, best, fixed: dict[int, int]) -> float:
    """What a coalition is worth, written straight from the definition."""
    if best is not None:
        index = tuple(fixed.get(axis, slice(None)) for axis in (0, 1))
        return float((np.max if best == "highest" else np.min)(values[index]))
    if len(fixed) == 2:
        return float(values[fixed[0], fixed[1]])
    if not fixed:
        return float((values * shares).sum() / shares.sum())
    ((axis, place),) = fixed.items()
    other = shares.sum(axis=axis) / shares.sum()
    return float(np.take(values, place, axis=axis) @ other)


@given(game=games())
@settings(max_examples=60, deadline=None)
def test_shares_are_shapley_values_by_enumeration(game):
    values, shares, best = game
    found = shared_deviations(values.reshape(-1, 1), surroundings(shares, best))
    for a in range(SIZES[0]):
        for b in range(SIZES[1]):
            cell, places = a * SIZES[1] + b, {0: a, 1: b}
            for player in (0, 1):
                gains = []
                for order in permutations((0, 1)):
                    before = {p: places[p] for p in order[: order.index(player)]}
                    gains.append(
                        worth(values, shares, best, before | {player: places[player]})
                        - worth(values, shares, best, before)
                    )
                assert found[player][cell, 0] == pytest.approx(np.mean(gains), abs=1e-9)


@given(game=games())
@settings(max_examples=60, deadline=None)
def test_the_total_is_preserved(game):
    values, shares, best = game
    first, second = shared_deviations(values.reshape(-1, 1), surroundings(shares, best))
    base = {"highest": values.max(), "lowest": values.min(), None: (values * shares).sum() / shares.sum()}[best]
    assert first + second == pytest.approx(values.reshape(-1, 1) - base, abs=1e-9)


@pytest.mark.parametrize("best", [None, "highest", "lowest"])
def test_a_feature_without_effect_gets_nothing_even_when_it_is_correlated(best):
    shares = np.array([[9.0, 1, 1, 1], [1, 9, 1, 1], [1, 1, 9, 9]])  # the features go together
    values = np.tile([0.0, 1.0, 2.0, 5.0], (3, 1))  # only the second one has an effect
    first, second = shared_deviations(values.reshape(-1, 1), surroundings(shares, best))
    assert np.abs(first).max() < 1e-12
    assert np.abs(second).max() > 1.0
    # the two plausible twins both credit the feature without effect
    base = (values * shares).sum() / shares.sum()
    halves = (values - base) / 2.0
    assert np.abs(halves).max() > 0.5
    conditional = (values * shares).sum(axis=1) / shares.sum(axis=1) - base  # E[G | first] under the joint shares
    assert np.abs(conditional).max() > 0.5


def test_two_features_in_the_same_place_get_the_same():
    values = np.array([[0.0, 1.0, 3.0], [1.0, 2.0, -1.0], [3.0, -1.0, 4.0]])
    masks = tuple(np.ones(3, dtype=bool) for _ in range(2))
    first, second = shared_deviations(values.reshape(-1, 1), surroundings(np.ones((3, 3)), None, masks))
    assert first.reshape(3, 3) == pytest.approx(second.reshape(3, 3).T)


def test_main_effects_go_home_and_the_interaction_is_halved():
    main_a, main_b = np.array([-1.0, 0.0, 1.0]), np.array([-3.0, -1.0, 1.0, 3.0])
    pure = np.outer([1.0, -2.0, 1.0], [1.0, -1.0, -1.0, 1.0])  # every row and column sums to zero
    values = main_a[:, None] + main_b[None, :] + pure
    first, second = shared_deviations(values.reshape(-1, 1), surroundings(np.ones(SIZES)))
    assert first.reshape(SIZES) == pytest.approx(main_a[:, None] + pure / 2)
    assert second.reshape(SIZES) == pytest.approx(main_b[None, :] + pure / 2)


def test_the_best_looks_at_reachable_bins_only():
    values = np.array([99.0, 1.0, 2.0, 77.0])
    around = Surroundings(np.full(4, 0.25), (np.array([False, True, True, False]),), "highest")
    (found,) = shared_deviations(values.reshape(-1, 1), around)
    assert found[:, 0].tolist() == [97.0, -1.0, 0.0, 75.0]
