"""Private families on real tables: as good as the notes measured, so that no repair of privacy broke the learner."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from glassledger.models.registry import learner
from glassledger.models.training import TrainingTask
from glassledger.policy.families import SETTINGS
from glassledger.privacy.budget import PrivacyBudget
from glassledger.records.features import FeatureSpec

pytestmark = [pytest.mark.slow, pytest.mark.realdata]

ADULT = {
    "age": (17, 90),
    "fnlwgt": (10_000, 1_500_000),
    "education-num": (1, 16),
    "capital-gain": (0, 100_000),
    "capital-loss": (0, 5_000),
    "hours-per-week": (1, 99),
}
TELCO = {"tenure": (0, 72), "MonthlyCharges": (0, 150), "TotalCharges": (0, 10_000)}


def prepared(
    table: pd.DataFrame, bounds: dict[str, tuple[float, float]]
) -> tuple[pd.DataFrame, tuple[FeatureSpec, ...]]:
    columns, specs = {}, []
    for name in table.columns:
        if name in bounds:
            low, high = bounds[name]
            columns[name] = pd.to_numeric(table[name], errors="coerce").to_numpy(dtype=np.float64)
            missing = bool(np.isnan(columns[name]).any())
            specs.append(FeatureSpec(name=name, kind="continuous", lower=low, upper=high, missing=missing))
        else:
            columns[name] = table[name].astype(str).astype(object).to_numpy()
            specs.append(FeatureSpec(name=name, kind="nominal", levels=tuple(sorted(set(columns[name])))))
    return pd.DataFrame(columns), tuple(specs)


def adult(folder: Callable[[str], Path]) -> Any:
    table = pd.concat([pd.read_csv(folder(f"adult_{part}.csv.gz")) for part in ("train", "test")], ignore_index=True)
    table.columns = [name.strip().replace("_", "-").replace(".", "-") for name in table.columns]
    target = table.pop("income").astype(str).str.contains(">50K").to_numpy()
    return (*prepared(table, ADULT), target)


def telco(folder: Callable[[str], Path]) -> Any:
    table = pd.read_csv(folder("telco_churn.csv.gz"))
    target = (table.pop("Churn") == "Yes").to_numpy()
    return (*prepared(table.drop(columns="customerID"), TELCO), target)


def auroc(data: Any, family: str, epsilon: str, splits: int = 3) -> float:
    frame, specs, target = data
    found = []
    for seed in range(splits):
        order = np.random.default_rng(seed).permutation(len(frame))
        train, test = np.split(order, [int(0.8 * len(order))])
        task = TrainingTask(
            features=frame.iloc[train].reset_index(drop=True),
            specs=specs,
            target=np.where(target[train], "yes", "no").astype(object),
            kind="binary",
            classes=("no", "yes"),
            settings=SETTINGS[family](),
            budget=PrivacyBudget(Decimal(epsilon), Decimal("1e-6")),
        )
        model = learner(family)(task).model
        found.append(roc_auc_score(target[test], model.predict(frame.iloc[test])))
    return float(np.mean(found))


#: Mean of five splits in the project's notes, for the vendors' own estimators at the same epsilon and delta. Standard
#: deviations there: .005 (adult), .02 (telco); the slack is at least five standard errors of three splits.
NOTED = [
    ("adult", "dp-ebm", "1", 0.886, 0.016),
    ("telco", "dp-ebm", "1", 0.832, 0.04),
    ("adult", "dp-logistic", "1", 0.813, 0.03),
    ("telco", "dp-logistic", "1", 0.753, 0.05),
    ("adult", "dp-naive-bayes", "1", 0.546, 0.03),
    ("telco", "dp-naive-bayes", "1", 0.746, 0.04),
    ("telco", "dp-forest", "1", 0.763, 0.08),
]


@pytest.mark.parametrize(("table", "family", "epsilon", "noted", "slack"), NOTED)
def test_a_repaired_family_is_no_worse_than_the_vendors(
    table: str, family: str, epsilon: str, noted: float, slack: float, shared_data: Callable[[str], Path]
) -> None:
    data = {"adult": adult, "telco": telco}[table](shared_data)

    assert auroc(data, family, epsilon) > noted - slack


def test_the_private_boosting_machine_is_as_good_as_interprets(shared_data: Callable[[str], Path]) -> None:
    assert auroc(adult(shared_data), "dp-ebm", "1") == pytest.approx(0.886, abs=0.016)
