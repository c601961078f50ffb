"""No row that the declaration allows can cost more than a stage was promised."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassledger.errors import PrivacyError
from glassledger.models.private_design import LEAST_RIDGE, Block, Design, Limits, block, spread
from glassledger.models.smooth_basis import demmler_reinsch, shape_covariance


def blocks(sizes: list[int], rows: float, seed: int) -> tuple[Block, ...]:
    """An intercept and terms with very uneven noisy counts."""
    rng = np.random.default_rng(seed)
    out = [block(np.array([[rows**-0.5]]), np.array([rows]), np.array([rows]))]
    for index, size in enumerate(sizes):
        weights = np.maximum(rng.dirichlet(np.full(size, 0.3)) * rows, 1.0)
        prior = 0.5 * shape_covariance(weights, size if index % 2 else 0)
        out.append(block(*demmler_reinsch(prior, weights * 0.2), weights))
    return tuple(out)


@given(
    sizes=st.lists(st.integers(2, 6), min_size=1, max_size=4),
    rows=st.floats(50, 1e6),
    mu=st.floats(0.005, 2.0),
    leverage=st.floats(0.002, 0.5),
    seed=st.integers(0, 2**31),
)
@settings(max_examples=60, deadline=None)
def test_every_combination_of_bins_keeps_both_bounds(
    sizes: list[int], rows: float, mu: float, leverage: float, seed: int
) -> None:
    limits = Limits(mu, leverage, 0.385)
    design = spread(blocks(sizes, rows, seed), limits, least_ridge=LEAST_RIDGE)
    places = np.array(list(itertools.product(*(range(size) for size in sizes))))
    weight = design.row_weights(tuple(column.astype(np.uint16) for column in places.T), len(places))
    for row, one in zip(places, weight, strict=True):
        vector = np.concatenate([item.basis[place] for item, place in zip(design.blocks, [0, *row], strict=True)])
        precision = np.concatenate([item.precision for item in design.blocks])
        ridge = np.concatenate([item.ridge for item in design.blocks])
        assert 0 <= one <= 1
        assert one * one * float(vector @ (precision * vector)) <= mu * mu
        assert one * 0.385 * float(vector @ (vector / ridge)) <= leverage


def test_a_design_that_forgets_the_weights_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Limits, "row_weights", lambda self, cost, leverage: np.ones_like(cost))
    with pytest.raises(PrivacyError) as caught:
        spread(blocks([5, 5], 2_000.0, 3), Limits(0.1, 0.05, 0.385), least_ridge=LEAST_RIDGE)
    assert caught.value.code == "row-bound-broken"


def test_a_design_without_a_ridge_is_stopped() -> None:
    sound = spread(blocks([4], 2_000.0, 3), Limits(0.1, 0.05, 0.385), least_ridge=LEAST_RIDGE)
    loose = tuple(Block(b.basis, b.variance, b.weights, b.precision, b.ridge * 1e-9) for b in sound.blocks)
    with pytest.raises(PrivacyError):
        Design(loose, sound.limits, sound.typical).check()
