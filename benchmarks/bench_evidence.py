"""Privacy noise in a report's AUROC beside the luck of the draw, on real tables' scores.

A logistic model ranks people it was not fitted on; samples of the holdout size are drawn from them again and again.
Each sample is evaluated exactly and from noisy counts. ``python benchmarks/bench_evidence.py`` writes
``results/bench_evidence.json``.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tables import BenchmarkTable, adult, bank, taiwan, telco

from glassledger.evaluate import questions as ask
from glassledger.evaluate.denoise import Drawn, drawn, estimates
from glassledger.evaluate.performance import binary_statistic
from glassledger.evaluate.private_tables import mass_of
from glassledger.evaluate.score_bins import Grid, Spread, balanced_edges, bins_for
from glassledger.privacy.budget import PrivacyBudget, Reservation
from glassledger.privacy.release import TableRelease

RESULTS = Path(__file__).parent / "results" / "bench_evidence.json"


def scores_of(table: BenchmarkTable) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Scores and outcomes of people whom the model has not seen."""
    numbers = [spec.name for spec in table.specs if spec.kind == "continuous"]
    columns = table.features[numbers].fillna(0.0).to_numpy()
    fitted, held = table.split(0)
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(columns[fitted], table.target[fitted])
    return model.predict_proba(columns[held])[:, 1], table.target[held] > 0.5


def private_auroc(scores: NDArray[np.float64], positive: NDArray[np.bool_], epsilon: str, seed: int) -> float:
    """The AUROC that a private report would state; protected columns take their share of the budget."""
    grid, shares = Grid("probability"), ask.Shares.of(2, look=True)
    ticket = Reservation(PrivacyBudget(epsilon), "add_or_remove_one", "row", "1")
    release = TableRelease(ticket, np.arange(len(scores)))
    (look,) = release.ask([ask.look(grid, scores)])
    mass = mass_of(look)
    rarer = float(min(mass @ grid.middles, mass @ (1 - grid.middles)))
    edges = balanced_edges(grid, mass, bins_for(rarer, float(release.epsilon * shares.main)))
    (table,) = release.ask([ask.by_outcome(ask.SCORES, edges, scores, positive, shares.main)])
    spread = Spread.of(grid, mass, edges)
    found = drawn(table, keep=0, draws=20, seed=str(seed))
    statistic = binary_statistic(np.repeat([False, True], len(spread.scores)), np.tile(spread.scores, 2), None)
    fine = Drawn(spread.out(found.point), spread.out(found.sampling), spread.out(found.noise))
    value = estimates(lambda weights: {"auroc": statistic(weights)["auroc"]}, fine)["auroc"].value
    assert value is not None
    return value


def measured(table: BenchmarkTable, rows: int, epsilon: str, runs: int) -> dict[str, float | str | int]:
    """Errors over ``runs`` samples of ``rows`` people."""
    rng = np.random.default_rng(0)
    scores, positive = scores_of(table)
    pairs = []
    for run in range(runs):
        chosen = rng.choice(len(scores), rows, replace=rows > len(scores))
        exact = float(roc_auc_score(positive[chosen], scores[chosen]))
        pairs.append((exact, private_auroc(scores[chosen], positive[chosen], epsilon, run)))
    exact_ones, private_ones = (np.array(column) for column in zip(*pairs, strict=True))
    # drawn with replacement, so that the size of the holdout does not flatter the sampling error
    draws = [rng.choice(len(scores), rows) for _ in range(runs)]
    sampling = float(np.std([roc_auc_score(positive[chosen], scores[chosen]) for chosen in draws]))
    noise = float(np.sqrt(np.mean((private_ones - exact_ones) ** 2)))
    return {
        "table": table.name,
        "rows": rows,
        "epsilon": epsilon,
        "runs": runs,
        "auroc": float(exact_ones.mean()),
        "sampling_error": sampling,
        "privacy_error": noise,
        "ratio": noise / sampling,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--rows", type=int, default=2_000)
    arguments = parser.parse_args()
    found = []
    for make in (bank, adult, taiwan, telco):
        table = make()
        for epsilon in ("0.5", "1"):
            found.append(measured(table, arguments.rows, epsilon, arguments.runs))
            print(found[-1], flush=True)
    RESULTS.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
