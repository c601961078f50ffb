"""Bins from noisy counts: crowded values stand alone, and every cell has one bin."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassledger.models.private_bins import Bins, bins_of
from glassledger.models.private_cells import Grid, grid_of
from glassledger.models.private_counts import CellCounts
from glassledger.records.features import FeatureSpec

GRID = grid_of(FeatureSpec(name="gain", kind="continuous", lower=0.0, upper=1.0))
COARSE, FINE = 50.0, 100.0  # noise variances: deviations 7.1 and 10


def counted(grid: Grid, exact: np.ndarray, noise: np.random.Generator | None) -> CellCounts:
    """Counts of coarse and fine cells, all refined; exact where there is no noise."""
    coarse = np.add.reduceat(exact, np.arange(0, grid.cells, grid.group))
    if noise is not None:
        coarse = coarse + np.rint(noise.normal(0, COARSE**0.5, coarse.size))
        exact = exact + np.rint(noise.normal(0, FINE**0.5, exact.size))
    refined = np.ones(grid.coarse, dtype=np.bool_)
    return CellCounts(coarse.astype(float), COARSE, exact.astype(float), refined, FINE)


def binned(exact: np.ndarray, noise: np.random.Generator | None = None, bins: int = 32) -> Bins:
    return bins_of(GRID, counted(GRID, exact, noise), rows=float(exact.sum()), bins=bins, least=5.0)


@pytest.mark.parametrize("size", [30, 60, 200])
def test_a_crowded_value_that_stands_out_of_the_noise_has_its_own_bin(size: int) -> None:
    exact = np.zeros(GRID.cells)
    exact[0] = 3000  # most rows have nothing
    atom = 20 * GRID.group + 7
    exact[[atom, atom + 40]] = size
    cells = binned(exact).bin_of[:-1]
    for place, rows in ((0, 3000), (atom, size), (atom + 40, size)):
        assert exact[cells == cells[place]].sum() == rows  # whatever empty cells are in the bin beside it


def test_a_value_below_the_noise_does_not() -> None:
    exact = np.zeros(GRID.cells)
    exact[0] = 3000
    atom = 20 * GRID.group + 7
    exact[[atom, atom + 40]] = 5
    cells = binned(exact).bin_of[:-1]
    assert cells[atom] == cells[atom + 40]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 64), st.integers(0, 20_000))
def test_every_cell_has_a_bin_in_rising_order_and_noise_does_not_multiply_bins(seed: int, bins: int, rows: int) -> None:
    draw = np.random.default_rng(seed)
    exact = np.bincount(draw.integers(0, GRID.cells, rows), minlength=GRID.cells)
    found = binned(exact, draw, bins=bins)
    cells = found.bin_of[:-1]
    assert cells[0] == 0
    assert set(np.diff(cells)) <= {0, 1}
    assert cells[-1] == found.size - 1
    assert found.bin_of[-1] == -1
    assert (found.weights >= 1.0).all()
    assert found.size <= 3 * bins + GRID.cells // 100
