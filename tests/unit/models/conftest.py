"""One awkward little table for all families: missing values, blank and numeric-looking levels, a level never met."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from glassledger.models.training import TrainingTask
from glassledger.records.features import FeatureSpec
from glassledger.records.record import Record

LEVELS = ("1", "1.0", " a", "a", "", "nan", "True", "b b")


@dataclass(frozen=True)
class Table:
    """Features, their domains and three targets that depend on them."""

    features: pd.DataFrame
    specs: tuple[FeatureSpec, ...]
    binary: np.ndarray
    several: np.ndarray
    number: np.ndarray

    def task(self, kind: str, settings: Record, **choices: object) -> TrainingTask:
        target = {"binary": self.binary, "multiclass": self.several, "regression": self.number}[kind]
        classes = {"binary": ("no", "yes"), "multiclass": ("mid", "low", "high"), "regression": ()}[kind]
        return TrainingTask(
            features=self.features,
            specs=self.specs,
            target=target,
            kind=kind,
            classes=classes,
            settings=settings,
            **choices,
        )


def make_table(rows: int, seed: int) -> Table:
    rng = np.random.default_rng(seed)
    amount = rng.gamma(2.0, 100.0, rows).round(2)
    count = rng.integers(0, 6, rows).astype(float)
    word = rng.choice(np.array(LEVELS, dtype=object), rows)
    size = rng.choice(np.array(["s", "m", "l"], dtype=object), rows)
    effect = (
        amount / 200 - 0.5 * count + (word == "a") - 1.5 * (word == "1.0") + 0.6 * (size == "l") - 0.6 * (size == "s")
    )
    noisy = effect + rng.logistic(size=rows)
    amount[rng.random(rows) < 0.05] = np.nan
    word[rng.random(rows) < 0.05] = None
    size[rng.random(rows) < 0.05] = None
    return Table(
        features=pd.DataFrame({"amount": amount, "count": count, "word": word, "size": size}),
        specs=(
            FeatureSpec(name="amount", kind="continuous", lower=0.0, upper=1500.0, missing=True),
            FeatureSpec(name="count", kind="continuous", integer=True),
            FeatureSpec(name="word", kind="nominal", levels=(*LEVELS, "never met"), missing=True),
            FeatureSpec(name="size", kind="nominal", levels=("s", "m", "l"), ordered=True, missing=True),
        ),
        binary=np.where(noisy > 0, "yes", "no").astype(object),
        several=np.select([noisy < -1, noisy > 1], ["low", "high"], "mid").astype(object),
        number=noisy * 3 + 10,
    )


def make_strange(features: pd.DataFrame, seed: int = 5) -> pd.DataFrame:
    """Rows at every corner: missing everywhere, undeclared levels, infinities, signed zeros, huge integers."""
    rng = np.random.default_rng(seed)
    corners = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1e308, -1e308, 5e-324, 1e16, float(2**63)]
    seen = features["amount"].dropna().unique()[:60]
    numbers = np.concatenate([corners, seen, np.nextafter(seen, np.inf), np.nextafter(seen, -np.inf)])
    words = np.array([*LEVELS, "never met", "undeclared", None], dtype=object)
    return pd.DataFrame(
        {
            "amount": numbers,
            "count": rng.permutation(np.concatenate([corners, rng.integers(-2, 9, len(numbers) - len(corners))])),
            "word": rng.choice(words, len(numbers)),
            "size": rng.choice(np.array(["s", "m", "l", "undeclared", None], dtype=object), len(numbers)),
        }
    )


@pytest.fixture(scope="session")
def table() -> Table:
    return make_table(600, seed=3)


@pytest.fixture(scope="session")
def strange(table: Table) -> pd.DataFrame:
    return make_strange(table.features)


@pytest.fixture(scope="session")
def table_of() -> Callable[[int, int], Table]:
    return make_table
