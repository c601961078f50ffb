"""Policies, models that say a chosen number, and screened frames made by hand."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from glassledger.data.screened import ScreenedFrame
from glassledger.models.additive import AdditiveModel, PolynomialTerm
from glassledger.policy import Policy
from glassledger.records.features import FeatureSpec
from glassledger.records.screening import ScreeningRecord

CLASSES = ("u", "v", "w")
SCORE = FeatureSpec(name="z", kind="continuous", lower=-50, upper=50)


@pytest.fixture(scope="session")
def make_policy() -> Callable[..., Policy]:
    """A policy over one feature ``z``; ``rules`` are the evaluation rules."""

    def build(
        *, task: str = "binary", decision: dict[str, Any] | None = None, rules: dict[str, Any] | None = None
    ) -> Policy:
        target: dict[str, Any] = {"role": "target", "type": "number", "min": -1e9, "max": 1e9}
        if task != "regression":
            levels = ["no", "yes"] if task == "binary" else list(CLASSES)
            target = {"role": "target", "type": "category", "levels": levels}
            target |= {"positive": "yes"} if task == "binary" else {}
        document = {
            "glassledger": 1,
            "name": "hand_made",
            "version": "1",
            "owner": {"name": "Team", "contact": "team@example.org"},
            "purpose": {"use": "Tests."},
            "lawful_basis": {"basis": "not_personal_data"},
            "data": {
                "dataset": "hand_made",
                "columns": {"z": {"role": "feature", "type": "number", "min": -50, "max": 50}, "outcome": target},
            },
            "model": {"family": "ebm", "task": task},
            "evaluation": rules or {},
        }
        if decision is not None:
            document["decision"] = {"at_or_above": "accept", "below": "decline"} | decision
        return Policy.parse(yaml.safe_dump(document).encode())

    return build


@pytest.fixture(scope="session")
def make_model() -> Callable[..., AdditiveModel]:
    """A model whose link-scale score is ``z`` (for three classes: z, 0, −z)."""

    def build(task: str = "binary") -> AdditiveModel:
        several = task == "multiclass"
        slope = PolynomialTerm(
            feature="z",
            lower=-50.0,
            upper=50.0,
            coefficients=(1.0, 0.0, -1.0) if several else (1.0,),
            missing=(0.0,) * (3 if several else 1),
        )
        return AdditiveModel(
            family="ebm",
            task=task,
            link={"binary": "logit", "multiclass": "softmax", "regression": "identity"}[task],
            classes={"binary": ("no", "yes"), "multiclass": CLASSES, "regression": ()}[task],
            features=(SCORE,),
            intercept=(0.0,) * (3 if several else 1),
            terms=(slope,),
        )

    return build


@pytest.fixture(scope="session")
def make_holdout() -> Callable[..., ScreenedFrame]:
    def build(
        policy: Policy,
        z: Any,
        target: Any,
        *,
        protected: dict[str, Any] | None = None,
        units: Any = None,
        digest: str | None = None,
    ) -> ScreenedFrame:
        rows = len(z)
        positions = np.arange(rows)
        units = positions.astype(str).astype(object) if units is None else np.array(units, dtype=object)
        record = ScreeningRecord(
            policy_digest=digest or policy.digest, purpose="fit", rows=rows, columns_read=2, checks=()
        )
        return ScreenedFrame(
            features=pd.DataFrame({"z": np.asarray(z, dtype=np.float64)}),
            specs=(SCORE,),
            target=target,
            protected=pd.DataFrame(protected or {}, index=positions),
            units=units,
            kept=pd.DataFrame(index=positions),
            rows=positions,
            record=record,
        )

    return build
