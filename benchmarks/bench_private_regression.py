"""Private regression: ``dp-additive`` beside AdaSSP and non-private ridge, same splits and domains in one run.

AdaSSP (Wang 2018, *Revisiting differentially private linear regression*, Algorithm 2) is the textbook peer; it is also
run with its three Gaussian releases calibrated exactly and jointly (a third of mu² each), kinder to it than the
paper. Both see numbers scaled by their declared bounds and declared levels as indicators. RMSE on held-out rows, in
units of the target; mean and standard deviation over random 80/20 splits. ``mean`` is the exact training mean.

    python benchmarks/bench_private_regression.py [--splits 10] [--epsilons 0.5 1 4]
"""

import argparse
import json
import platform
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tables import SHARED

from glassledger.models.private_estimators import PrivateAdditiveRegressor
from glassledger.privacy.accounting import gaussian_dp_mu
from glassledger.privacy.filter import PrivacyFilter

RESULTS = Path(__file__).parent / "results" / "bench_private_regression.json"
DELTA = 1e-6
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Problem:
    """A table with its declared domain."""

    name: str
    features: pd.DataFrame
    target: Floats
    target_bounds: tuple[float, float]
    bounds: dict[str, tuple[float, float]]
    levels: dict[str, tuple[str, ...]]


def problem(
    name: str,
    frame: pd.DataFrame,
    target: str,
    target_bounds: tuple[float, float],
    bounds: dict[str, tuple[float, float]],
) -> Problem:
    """Numbers have declared bounds; everything else is nominal, with the levels of the public table."""
    features = frame.drop(columns=target)
    for column in features.columns:
        features[column] = (
            features[column].astype(float) if column in bounds else features[column].astype(str).astype(object)
        )
    levels = {column: tuple(sorted(features[column].unique())) for column in features.columns if column not in bounds}
    return Problem(name, features, frame[target].to_numpy(dtype=np.float64), target_bounds, bounds, levels)


def problems() -> list[Problem]:
    adult = pd.concat([pd.read_csv(SHARED / f"adult_{part}.csv.gz") for part in ("train", "test")], ignore_index=True)
    adult["income"] = adult["income"].astype(str).str.contains(">50K").astype(str)
    adult_bounds = {
        "age": (17, 100),
        "education-num": (1, 16),
        "capital-gain": (0, 100_000),
        "capital-loss": (0, 5_000),
    }
    taiwan = pd.read_csv(SHARED / "taiwan_credit_default.csv.gz").drop(columns="ID")
    taiwan_bounds: dict[str, tuple[float, float]] = {"AGE": (18, 100)}
    taiwan_bounds |= {f"BILL_AMT{month}": (-400_000, 2_000_000) for month in range(1, 7)}
    taiwan_bounds |= {f"PAY_AMT{month}": (0, 2_000_000) for month in range(1, 7)}
    telco = pd.read_csv(SHARED / "telco_churn.csv.gz").drop(columns=["customerID", "TotalCharges"])
    bank = pd.read_csv(SHARED / "uci_bank_full.csv.gz", sep=None, engine="python").drop(columns="duration")
    bank["balance"] = bank["balance"].clip(-5_000, 20_000)
    bank_bounds = {"age": (18, 100), "day": (1, 31), "campaign": (1, 60), "pdays": (-1, 900), "previous": (0, 100)}
    return [
        problem(
            "adult hours-per-week",
            adult.drop(columns=["fnlwgt", "education"]),
            "hours-per-week",
            (0, 100),
            adult_bounds,
        ),
        problem("taiwan credit limit", taiwan, "LIMIT_BAL", (0, 1_000_000), taiwan_bounds),
        problem("telco monthly charges", telco, "MonthlyCharges", (0, 150), {"tenure": (0, 72)}),
        problem("bank balance, clipped", bank, "balance", (-5_000, 20_000), bank_bounds),
    ]


def linear(table: Problem) -> Floats:
    """Rows of norm at most 1: a constant, numbers in [−1, 1], an indicator per level; public scale."""
    columns = [np.ones(len(table.features))]
    for name in table.features.columns:
        values = table.features[name]
        if name in table.bounds:
            lower, upper = table.bounds[name]
            columns.append(2 * (np.clip(values.to_numpy(float), lower, upper) - lower) / (upper - lower) - 1)
        else:
            columns += [(values == level).to_numpy(float) for level in table.levels[name]]
    return np.stack(columns, axis=1) / np.sqrt(1 + len(table.features.columns))


def adassp(x: Floats, y: Floats, epsilon: float, *, exact: bool) -> Floats:
    """Adaptive sufficient statistics perturbation, rows and targets within the unit ball."""
    rng, size = np.random.default_rng(), x.shape[1]
    spread = np.sqrt(3) / gaussian_dp_mu(epsilon, DELTA) if exact else np.sqrt(np.log(6 / DELTA)) / (epsilon / 3)
    least = np.linalg.eigvalsh(x.T @ x)[0] + spread * rng.normal() - spread * np.sqrt(np.log(6 / DELTA))
    ridge = max(0.0, np.sqrt(size * np.log(2 * size**2 / 0.05)) * spread - max(least, 0.0))
    noise = np.triu(rng.normal(0, spread, (size, size)))
    gram = x.T @ x + noise + np.triu(noise, 1).T
    moment = x.T @ y + rng.normal(0, spread, size)
    return np.linalg.solve(gram + ridge * np.eye(size), moment)


def predictions(
    table: Problem, train: NDArray[np.intp], test: NDArray[np.intp], epsilons: list[float]
) -> dict[str, Floats]:
    """Held-out predictions of every learner."""
    lower, upper = table.target_bounds
    x, scaled = linear(table), 2 * (np.clip(table.target, lower, upper) - lower) / (upper - lower) - 1

    def back(weights: Floats) -> Floats:
        return lower + (np.clip(x[test] @ weights, -1, 1) + 1) / 2 * (upper - lower)

    ridge = np.linalg.solve(x[train].T @ x[train] + 1e-3 * np.eye(x.shape[1]), x[train].T @ scaled[train])
    found = {"mean": np.full(test.size, table.target[train].mean()), "ridge, not private": back(ridge)}
    for epsilon in epsilons:
        for name, exact in (("AdaSSP", False), ("AdaSSP, exact noise", True)):
            found[f"{name}|{epsilon:g}"] = back(adassp(x[train], scaled[train], epsilon, exact=exact))
        ours = PrivateAdditiveRegressor(
            epsilon=epsilon,
            delta=DELTA,
            bounds=table.bounds,
            levels=table.levels,
            target_bounds=table.target_bounds,
            reserve=PrivacyFilter(epsilon, DELTA),
        )
        found[f"dp-additive|{epsilon:g}"] = ours.fit(table.features.iloc[train], table.target[train]).predict(
            table.features.iloc[test]
        )
    return found


def measured(table: Problem, splits: int, epsilons: list[float]) -> dict[str, dict[str, float]]:
    """RMSE of every learner over the splits."""
    errors: dict[str, list[float]] = {}
    for seed in range(splits):
        order = np.random.default_rng(seed).permutation(len(table.target))
        train, test = np.split(order, [int(0.8 * order.size)])
        for name, values in predictions(table, train, test, epsilons).items():
            errors.setdefault(name, []).append(float(np.sqrt(np.mean((values - table.target[test]) ** 2))))
    return {name: {"rmse": float(np.mean(each)), "sd": float(np.std(each))} for name, each in errors.items()}


def _shown(each: dict[str, float]) -> str:
    return f"{each['rmse']:,.4g} ± {each['sd']:,.2g}"


def page(results: dict[str, dict[str, dict[str, float]]], epsilons: list[float]) -> str:
    """Markdown table: one row per table and epsilon."""
    lines = [
        "| table | ε | mean | ridge, not private | AdaSSP | AdaSSP, exact noise | dp-additive |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, found in results.items():
        for epsilon in epsilons:
            private = [f"{learner}|{epsilon:g}" for learner in ("AdaSSP", "AdaSSP, exact noise", "dp-additive")]
            cells = [_shown(found[key]) for key in ("mean", "ridge, not private", *private)]
            lines.append(f"| {name} | {epsilon:g} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--splits", type=int, default=10)
    parser.add_argument("--epsilons", type=float, nargs="+", default=[0.5, 1.0, 4.0])
    asked = parser.parse_args()
    started = time.process_time()
    results = {table.name: measured(table, asked.splits, asked.epsilons) for table in problems()}
    print(page(results, asked.epsilons))
    document = {
        "delta": DELTA,
        "splits": asked.splits,
        "versions": {name: version(name) for name in ("glassledger", "numpy", "scipy")},
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "cpu_seconds": round(time.process_time() - started, 1),
        "rmse": results,
    }
    RESULTS.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
