"""The noise of private figures is smaller than the luck of the draw, and its interval says how large it is."""

from fractions import Fraction

import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from glassledger.evaluate import questions as ask
from glassledger.evaluate.denoise import Drawn, drawn, estimates
from glassledger.evaluate.performance import binary_statistic
from glassledger.evaluate.private_tables import mass_of
from glassledger.evaluate.score_bins import Grid, Spread, balanced_edges, bins_for
from glassledger.privacy.budget import PrivacyBudget, Reservation
from glassledger.privacy.release import TableRelease

ROWS, EPSILON = 2_000, "1"


def _once(rng: np.random.Generator, rate: float, apart: float) -> tuple[float, float, bool]:
    """Exact and private AUROC, and whether the noise interval holds the exact one; two protected columns declared."""
    positive = rng.random(ROWS) < rate
    scores = expit(np.log(rate / (1 - rate)) + apart * (rng.normal(size=ROWS) + apart * positive) - apart**2 / 2)
    grid, shares = Grid("probability"), ask.Shares.of(2, look=True)
    assert shares.main == Fraction(7, 10)
    ticket = Reservation(PrivacyBudget(EPSILON), "add_or_remove_one", "row", "1")
    release = TableRelease(ticket, np.arange(ROWS))
    (look,) = release.ask([ask.look(grid, scores)])
    mass = mass_of(look)
    rarer = float(min(mass @ grid.middles, mass @ (1 - grid.middles)))
    edges = balanced_edges(grid, mass, bins_for(rarer, float(release.epsilon * shares.main)))
    (table,) = release.ask([ask.by_outcome(ask.SCORES, edges, scores, positive, shares.main)])
    spread = Spread.of(grid, mass, edges)
    found = drawn(table, keep=0, draws=100, seed=str(rng.integers(2**32)))
    fine = Drawn(spread.out(found.point), spread.out(found.sampling), spread.out(found.noise))
    cells = len(spread.scores)
    statistic = binary_statistic(np.repeat([False, True], cells), np.tile(spread.scores, 2), None)
    auroc = estimates(lambda w: {"auroc": statistic(w)["auroc"]}, fine)["auroc"]
    exact = float(roc_auc_score(positive, scores))
    assert auroc.value is not None
    assert auroc.noise is not None
    return exact, auroc.value, auroc.noise.lower <= exact <= auroc.noise.upper


@pytest.mark.slow
@pytest.mark.parametrize(("rate", "apart"), [(0.08, 1.0), (0.08, 1.8), (0.3, 1.0)])
def test_privacy_noise_in_the_auroc_is_below_its_sampling_error(rate: float, apart: float) -> None:
    rng = np.random.default_rng(round(100 * rate + apart))
    runs = [_once(rng, rate, apart) for _ in range(150)]
    exact, private, covered = (np.array(column) for column in zip(*runs, strict=True))
    sampling = float(exact.std())
    noise = float(np.sqrt(np.mean((private - exact) ** 2)))
    assert noise < sampling * 0.95, (noise, sampling)
    assert covered.mean() > 0.82
