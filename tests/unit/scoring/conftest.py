"""A small hand-made model, its policy and screened rows."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from glassledger.data.screened import ScreenedFrame
from glassledger.models.additive import AdditiveModel, Axis, PolynomialTerm, TableTerm
from glassledger.policy import Policy
from glassledger.records.features import FeatureSpec
from glassledger.records.screening import ScreeningRecord

AGE = FeatureSpec(name="age", kind="continuous", lower=18, upper=90, integer=True)
PLAN = FeatureSpec(name="plan", kind="nominal", levels=("small", "large"), missing=True)

TEXTS = {
    "age": {"code": "R01", "lowers": {"en": "Your age", "zh": "年龄"}, "raises": "Your age helped"},
    "plan": {"code": "R02"},
}


@pytest.fixture(scope="session")
def make_policy() -> Callable[..., Policy]:
    def build(
        *,
        decision: dict[str, Any] | None = None,
        unit: str | None = None,
        task: str = "binary",
        reasons: dict[str, dict[str, Any]] | None = None,
    ) -> Policy:
        texts = TEXTS if reasons is None else reasons
        target = {"role": "target", "type": "category", "levels": ["no", "yes"], "positive": "yes"}
        if task == "multiclass":
            target = {"role": "target", "type": "category", "levels": ["u", "v", "w"]}
        if task == "regression":
            target = {"role": "target", "type": "number", "min": 0, "max": 100}
        columns = {
            "person": {"role": "identifier", "type": "text", "redaction": {"operator": "pseudonymise"}},
            "age": {"role": "feature", "type": "integer", "min": 18, "max": 90},
            "plan": {"role": "feature", "type": "category", "levels": ["small", "large"], "missing": True},
            "renewed": target,
        }
        for name, text in texts.items():
            columns[name]["reasons"] = text
        document: dict[str, Any] = {
            "glassledger": 1,
            "name": "hand_made",
            "version": "1",
            "owner": {"name": "Team", "contact": "team@example.org"},
            "purpose": {"use": "Tests."},
            "lawful_basis": {"basis": "not_personal_data"},
            "data": {"dataset": "hand_made", "columns": columns},
            "model": {"family": "ebm", "task": task},
            "reasons": {"count": 2},
        }
        if unit:
            document["split"] = {"unit": unit}
        if decision is not None:
            document["decision"] = {"at_or_above": "accept", "below": "decline"} | decision
        return Policy.parse(yaml.safe_dump(document, allow_unicode=True, sort_keys=False).encode())

    return build


@pytest.fixture(scope="session")
def make_model() -> Callable[..., AdditiveModel]:
    def build(task: str = "binary") -> AdditiveModel:
        several = task == "multiclass"
        outputs = 3 if several else 1
        age = PolynomialTerm(
            feature="age",
            center=50.0,
            lower=18.0,
            upper=90.0,
            coefficients=(0.05, 0.0, -0.05)[:outputs] if several else (0.05,),
            missing=(0.0,) * outputs,
            moments=(0.0, 100.0),
        )
        values = (-0.4, -0.2, 0.3, 0.0)
        plan = TableTerm(
            axes=(Axis(feature="plan", bins=(1, 2)),),
            values=tuple(v for value in values for v in ((value, 0.0, -value) if several else (value,))),
            weights=(0.1, 0.5, 0.4, 0.0),
        )
        return AdditiveModel(
            family="ebm",
            task=task,
            link={"binary": "logit", "multiclass": "softmax", "regression": "identity"}[task],
            classes={"binary": ("no", "yes"), "multiclass": ("u", "v", "w"), "regression": ()}[task],
            features=(AGE, PLAN),
            intercept=(0.1,) * outputs,
            terms=(age, plan),
        )

    return build


@pytest.fixture(scope="session")
def screened() -> Callable[..., ScreenedFrame]:
    """Rows as the screening hands them over; positions with gaps, as after a consent filter."""

    def build(policy: Policy, frame: pd.DataFrame | None = None, *, digest: str | None = None) -> ScreenedFrame:
        if frame is None:
            frame = pd.DataFrame({"age": [30.0, 70.0, 50.0], "plan": pd.Series(["small", None, "large"], dtype=object)})
        rows = len(frame)
        record = ScreeningRecord(
            policy_digest=digest or policy.digest, purpose="score", rows=rows, columns_read=2, checks=()
        )
        return ScreenedFrame(
            features=frame.reset_index(drop=True),
            specs=(AGE, PLAN),
            target=None,
            protected=pd.DataFrame(index=range(rows)),
            units=np.array([f"pseudonym-{row}" for row in range(rows)], dtype=object),
            kept=pd.DataFrame(index=range(rows)),
            rows=np.arange(rows, dtype=np.intp) * 3 + 1,
            record=record,
        )

    return build
