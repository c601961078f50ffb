"""The real tables of the private benchmark, each with its declared domain.

Every learner in a run gets the same declared bounds and levels; nothing else is known before the budget is spent.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from glassledger.records.features import FeatureSpec

SHARED = Path(os.environ.get("GLASSLEDGER_SHARED", Path(__file__).resolve().parent.parent.parent / "shared")) / "data"


@dataclass(frozen=True)
class BenchmarkTable:
    """Features, declared domain and a 0/1 target (float for regression)."""

    name: str
    features: pd.DataFrame
    specs: tuple[FeatureSpec, ...]
    target: NDArray[np.float64]

    def split(self, seed: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Random 80/20 split."""
        order = np.random.default_rng(seed).permutation(len(self.target))
        cut = int(0.8 * len(order))
        return order[:cut], order[cut:]


def declare(frame: pd.DataFrame, continuous: tuple[str, ...]) -> tuple[FeatureSpec, ...]:
    """Declare ranges and levels as a data dictionary would: from the whole public table."""
    specs = []
    for name in frame.columns:
        if name in continuous:
            column = frame[name].astype(float)
            specs.append(
                FeatureSpec(
                    name=name,
                    kind="continuous",
                    lower=float(column.min()),
                    upper=float(column.max()),
                    missing=bool(column.isna().any()),
                    integer=bool((column.dropna() % 1 == 0).all()),
                )
            )
        else:
            specs.append(FeatureSpec(name=name, kind="nominal", levels=tuple(sorted(frame[name].astype(str).unique()))))
    return tuple(specs)


def _table(name: str, frame: pd.DataFrame, target: str, positive: str, continuous: tuple[str, ...]) -> BenchmarkTable:
    y = (frame[target].astype(str) == positive).to_numpy(dtype=np.float64)
    features = frame.drop(columns=target)
    for column in features.columns:
        features[column] = features[column].astype(float if column in continuous else str)
    return BenchmarkTable(name, features, declare(features, continuous), y)


def bank() -> BenchmarkTable:
    """Bank Marketing (full), all columns, the leaking ``duration`` included."""
    numeric = ("age", "balance", "day", "duration", "campaign", "pdays", "previous")
    return _table("bank", pd.read_csv(SHARED / "uci_bank_full.csv.gz"), "y", "yes", numeric)


def adult() -> BenchmarkTable:
    """Census income, both files: 48,842 rows."""
    parts = [pd.read_csv(SHARED / f"adult_{part}.csv.gz", skipinitialspace=True) for part in ("train", "test")]
    frame = pd.concat(parts, ignore_index=True)
    frame["income"] = frame["income"].str.rstrip(".")
    numeric = ("age", "fnlwgt", "education-num", "capital-gain", "capital-loss", "hours-per-week")
    return _table("adult", frame, "income", ">50K", numeric)


def taiwan() -> BenchmarkTable:
    """Default of credit card clients."""
    frame = pd.read_csv(SHARED / "taiwan_credit_default.csv.gz").drop(columns="ID")
    nominal = {"SEX", "EDUCATION", "MARRIAGE"}
    target = "default.payment.next.month"
    numeric = tuple(name for name in frame.columns if name not in nominal and name != target)
    return _table("taiwan", frame, target, "1", numeric)


def telco() -> BenchmarkTable:
    """Telecom churn; eleven blank ``TotalCharges`` are 0 (tenure 0)."""
    frame = pd.read_csv(SHARED / "telco_churn.csv.gz").drop(columns="customerID")
    frame["TotalCharges"] = pd.to_numeric(frame["TotalCharges"], errors="coerce").fillna(0.0)
    return _table("telco", frame, "Churn", "Yes", ("tenure", "MonthlyCharges", "TotalCharges"))


BINARY = {"bank": bank, "adult": adult, "taiwan": taiwan, "telco": telco}
