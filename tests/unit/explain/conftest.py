"""Policies and models made by hand or by hypothesis, never fitted."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import strategies as st

from glassledger.models.additive import AdditiveModel, Axis, PolynomialTerm, TableTerm
from glassledger.policy import Policy
from glassledger.records.features import FeatureSpec

LINKS = {"binary": "logit", "multiclass": "softmax", "regression": "identity"}


def _column(spec: FeatureSpec) -> dict[str, Any]:
    column: dict[str, Any] = {"role": "feature", "missing": spec.missing}
    if spec.kind == "nominal":
        return (
            column | {"type": "category", "levels": list(spec.levels)} | ({"other": spec.other} if spec.other else {})
        )
    column["type"] = "integer" if spec.integer else "number"
    return column | ({} if spec.lower is None else {"min": spec.lower, "max": spec.upper})


@pytest.fixture(scope="session")
def make_policy() -> Callable[..., Policy]:
    def build(
        specs: tuple[FeatureSpec, ...],
        *,
        task: str = "binary",
        classes: tuple[str, ...] = ("no", "yes"),
        reasons: dict[str, Any] | None = None,
        decision: dict[str, Any] | None = None,
        columns: dict[str, dict[str, Any]] | None = None,
    ) -> Policy:
        target: dict[str, Any] = {"role": "target", "type": "number", "min": -1e6, "max": 1e6}
        if task != "regression":
            target = {"role": "target", "type": "category", "levels": list(classes)}
            target |= {"positive": classes[1]} if task == "binary" else {}
        document = {
            "glassledger": 1,
            "name": "hand_made",
            "version": "1",
            "owner": {"name": "Team", "contact": "team@example.org"},
            "purpose": {"use": "Tests."},
            "lawful_basis": {"basis": "not_personal_data"},
            "data": {
                "dataset": "hand_made",
                "columns": {spec.name: _column(spec) | (columns or {}).get(spec.name, {}) for spec in specs}
                | {"outcome": target},
            },
            "model": {"family": "ebm", "task": task},
            "reasons": reasons or {},
        }
        if decision is not None:
            document["decision"] = {"at_or_above": "accept", "below": "decline"} | decision
        return Policy.parse(yaml.safe_dump(document, allow_unicode=True, sort_keys=False).encode())

    return build


AGE = FeatureSpec(name="age", kind="continuous", lower=18, upper=90, integer=True)
BALANCE = FeatureSpec(name="balance", kind="continuous", lower=-1000, upper=9000, missing=True)
JOB = FeatureSpec(name="job", kind="nominal", levels=("clerk", "manager", "retired", "other"), other="other")


@pytest.fixture(scope="session")
def bank_model() -> AdditiveModel:
    """Age and balance as tables, job as merged levels, one pair, one slope: small enough to check by hand."""
    return AdditiveModel(
        family="ebm",
        task="binary",
        link="logit",
        classes=("no", "yes"),
        features=(AGE, BALANCE, JOB),
        intercept=(-1.0,),
        terms=(
            TableTerm(
                axes=(Axis(feature="age", cuts=(29.5, 59.5)),),
                values=(0.0, -0.5, 0.1, 0.9),
                weights=(0.0, 0.3, 0.5, 0.2),
            ),
            PolynomialTerm(
                feature="balance",
                center=1000.0,
                lower=-1000.0,
                upper=9000.0,
                coefficients=(0.0002,),
                missing=(-0.3,),
                moments=(0.0, 4_000_000.0),
            ),
            TableTerm(
                axes=(Axis(feature="job", bins=(1, 2, 2, 1)),),
                values=(0.0, -0.2, 0.6, 0.0),
                weights=(0.0, 0.75, 0.25, 0.0),
            ),
            TableTerm(
                axes=(Axis(feature="age", cuts=(44.5,)), Axis(feature="job", bins=(1, 2, 2, 1))),
                values=(0.0, 0.0, 0.0, 0.0, 0.0, -0.4, 0.2, 0.0, 0.0, 0.4, -0.2, 0.0),
                weights=(0.0, 0.0, 0.0, 0.0, 0.0, 0.4, 0.1, 0.0, 0.0, 0.35, 0.15, 0.0),
            ),
        ),
    )


@pytest.fixture(scope="session")
def bank_rows() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "age": [25.0, 40.0, 61.0, 90.0],
            "balance": [0.0, np.nan, 9000.0, 1000.0],
            "job": pd.Series(["clerk", "manager", "retired", None], dtype=object),
        }
    )


NUMBERS = st.floats(-4, 4, allow_nan=False).map(lambda x: round(x, 3))


@st.composite
def models(draw: st.DrawFn, *, task: str | None = None) -> AdditiveModel:
    """Any additive model of two numbers and one category: tables, pairs, slopes and curves, released or not."""
    task = task or draw(st.sampled_from(["binary", "regression", "multiclass"]))
    outputs = 3 if task == "multiclass" else 1
    specs = (
        FeatureSpec(name="x", kind="continuous", lower=-2, upper=3, missing=True),
        FeatureSpec(name="n", kind="continuous", lower=0, upper=6, integer=True),
        FeatureSpec(name="c", kind="nominal", levels=("a", "b", "c"), missing=True),
    )
    cuts = st.lists(NUMBERS, unique=True, max_size=4).map(lambda found: tuple(sorted(found)))
    axis = {
        "x": cuts.map(lambda found: Axis(feature="x", cuts=found)),
        "n": cuts.map(lambda found: Axis(feature="n", cuts=found)),
        "c": st.sampled_from([(1, 1, 1), (1, 2, 1), (2, 1, 3)]).map(lambda bins: Axis(feature="c", bins=bins)),
    }

    def table(*names: str) -> TableTerm:
        axes = tuple(draw(axis[name]) for name in names)
        cells = int(np.prod([one.size for one in axes]))
        values = draw(st.lists(NUMBERS, min_size=cells * outputs, max_size=cells * outputs))
        shares = st.lists(st.floats(0, 1), min_size=cells, max_size=cells).map(tuple)
        return TableTerm(axes=axes, values=tuple(values), weights=draw(st.none() | shares))

    def slope(name: str) -> PolynomialTerm:
        degree = draw(st.sampled_from([1, 2]))
        numbers = st.lists(NUMBERS, min_size=degree * outputs, max_size=degree * outputs).map(tuple)
        bounds = draw(st.sampled_from([(None, None), (-1.5, 2.5)]))
        return PolynomialTerm(
            feature=name,
            center=draw(NUMBERS),
            lower=bounds[0],
            upper=bounds[1],
            degree=degree,
            coefficients=draw(numbers),
            missing=draw(st.lists(NUMBERS, min_size=outputs, max_size=outputs).map(tuple)),
            moments=draw(st.sampled_from([(0.0, 0.0), (0.0, 1.0), (0.5, 2.0)])),
        )

    chosen = draw(
        st.lists(
            st.sampled_from(["x", "n", "c", "xn", "xc", "~x", "~n"]), unique_by=lambda name: name.strip("~"), min_size=1
        )
    )
    return AdditiveModel(
        family="ebm",
        task=task,
        link=LINKS[task],
        classes={"binary": ("no", "yes"), "multiclass": ("u", "v", "w"), "regression": ()}[task],
        features=specs,
        intercept=tuple(draw(st.lists(NUMBERS, min_size=outputs, max_size=outputs))),
        terms=tuple(slope(name[1:]) if name.startswith("~") else table(*name) for name in chosen),
    )


@st.composite
def rows(draw: st.DrawFn, *, size: int = 5) -> pd.DataFrame:
    """Rows that such a model takes, columns in another order: out of bounds, missing, never declared, −0."""
    number = NUMBERS | st.sampled_from([np.nan, -0.0, 1e3, -1e3])
    level = st.sampled_from(["a", "b", "c", "never declared", None])
    some = {"min_size": size, "max_size": size}
    return pd.DataFrame(
        {
            "c": pd.Series(draw(st.lists(level, **some)), dtype=object),
            "n": draw(st.lists(number, **some)),
            "x": draw(st.lists(number, **some)),
        }
    )


@pytest.fixture(scope="session")
def rebuilt() -> Callable[..., Any]:
    """A record with other fields, built anew (``model_copy`` would keep what the old one had computed)."""
    return lambda record, **fields: type(record)(
        **{name: getattr(record, name) for name in type(record).model_fields} | fields
    )


@pytest.fixture(scope="session")
def drawn() -> SimpleNamespace:
    """The strategies, for test files (a conftest cannot be imported)."""
    return SimpleNamespace(models=models, rows=rows)
