"""Models, rows and rules that hypothesis draws: one source for every engine's parity test.

A row of these is what a scorer meets at night: missing, undeclared, ±inf, −0.0, whole numbers past 2⁵³, on a cut,
levels and names in other scripts and with quotes.
"""

from typing import Any

import numpy as np
import pandas as pd
import yaml
from hypothesis import strategies as st

from glassledger.models.additive import AdditiveModel, Axis, PolynomialTerm, TableTerm
from glassledger.models.rules import RuleModel
from glassledger.policy import Policy
from glassledger.records.features import FeatureSpec

NUMBERS = st.floats(-4, 4, allow_nan=False).map(lambda number: round(number, 3))
LEVELS = ("a", "b", "où\u202f'q\"\\", "其他")


@st.composite
def models(draw: st.DrawFn, *, tasks: tuple[str, ...] = ("binary", "regression", "multiclass")) -> AdditiveModel:
    """Any additive model of two numbers and one category: tables, pairs, slopes and curves."""
    task = draw(st.sampled_from(tasks))
    outputs = 3 if task == "multiclass" else 1
    other = draw(st.sampled_from([None, LEVELS[3]]))
    specs = (
        FeatureSpec(name="x", kind="continuous", lower=-2, upper=3, missing=True),
        FeatureSpec(name="n um", kind="continuous", missing=True),
        FeatureSpec(name="ç", kind="nominal", levels=LEVELS, other=other, missing=True),
    )
    cuts = st.lists(NUMBERS | st.just(0.0), unique=True, max_size=4).map(lambda found: tuple(sorted(found)))
    axis = {
        "x": cuts.map(lambda found: Axis(feature="x", cuts=found)),
        "n": cuts.map(lambda found: Axis(feature="n um", cuts=found)),
        "c": st.sampled_from([(1, 1, 1, 1), (1, 2, 1, 2), (2, 1, 3, 4)]).map(lambda b: Axis(feature="ç", bins=b)),
    }

    def numbers(size: int) -> tuple[float, ...]:
        return tuple(draw(st.lists(NUMBERS, min_size=size, max_size=size)))

    def table(names: str) -> TableTerm:
        axes = tuple(draw(axis[name]) for name in names)
        cells = int(np.prod([one.size for one in axes]))
        weights = draw(st.none() | st.lists(st.floats(0, 1), min_size=cells, max_size=cells).map(tuple))
        return TableTerm(axes=axes, values=numbers(cells * outputs), weights=weights)

    def slope(name: str) -> PolynomialTerm:
        degree, (lower, upper) = draw(st.sampled_from([1, 2])), draw(st.sampled_from([(None, None), (-1.5, 2.5)]))
        fixed = {"center": draw(NUMBERS), "lower": lower, "upper": upper, "moments": (0.5, 2.0)}
        drawn = {"coefficients": numbers(degree * outputs), "missing": numbers(outputs)}
        return PolynomialTerm(feature={"x": "x", "n": "n um"}[name], degree=degree, **fixed, **drawn)

    chosen = draw(
        st.lists(
            st.sampled_from(["x", "n", "c", "xn", "xc", "nc", "~x", "~n"]),
            unique_by=lambda name: name.strip("~"),
            min_size=1,
        )
    )
    return AdditiveModel(
        family="ebm",
        task=task,
        link={"binary": "logit", "multiclass": "softmax", "regression": draw(st.sampled_from(["identity", "log"]))}[
            task
        ],
        classes={"binary": ("no", "yes"), "multiclass": ("u", "v", "w"), "regression": ()}[task],
        features=specs,
        intercept=numbers(outputs),
        terms=tuple(slope(name[1:]) if name.startswith("~") else table(name) for name in chosen),
    )


@st.composite
def rule_models(draw: st.DrawFn, *, tasks: tuple[str, ...] = ("binary", "regression", "multiclass")) -> RuleModel:
    """Two small trees that ask for numbers, levels and missing values."""
    task = draw(st.sampled_from(tasks))
    outputs = 3 if task == "multiclass" else 1
    share = st.floats(0, 1).map(lambda number: round(number, 3))
    value = st.lists(share, min_size=outputs, max_size=outputs).map(tuple)
    side = st.sampled_from(["left", "right"])

    def split(left: int, right: int) -> dict[str, Any]:
        asked = draw(st.sampled_from(["threshold", "levels", "missing number", "missing level"]))
        node: dict[str, Any] = {"left": left, "right": right, "value": draw(value), "kind": asked.split()[0]}
        if asked == "threshold":
            return node | {"feature": "x", "threshold": draw(NUMBERS), "missing": draw(side)}
        if asked == "levels":
            levels = draw(st.lists(st.sampled_from(LEVELS), min_size=1, unique=True))
            return node | {"feature": "ç", "levels": tuple(levels), "missing": draw(side)}
        return node | {"feature": "x" if asked == "missing number" else "ç"}

    def leaf() -> dict[str, Any]:
        return {"kind": "leaf", "value": draw(value)}

    trees = [{"nodes": (split(1, 2), leaf(), split(3, 4), leaf(), leaf())} for _ in range(2)]
    return RuleModel(
        family="tree",
        task=task,
        classes={"binary": ("no", "yes"), "multiclass": ("u", "v", "w"), "regression": ()}[task],
        features=(
            FeatureSpec(name="x", kind="continuous", lower=-2, upper=3, missing=True),
            FeatureSpec(name="n um", kind="continuous", missing=True),
            FeatureSpec(name="ç", kind="nominal", levels=LEVELS, missing=True),
        ),
        trees=tuple(trees),
    )


@st.composite
def rows(draw: st.DrawFn, *, infinite: bool = True) -> pd.DataFrame:
    """Rows that the numbers of a model meet at night: missing, unseen, ±inf, −0.0, huge, on a cut."""
    odd = [np.nan, -0.0, 0.0, 1e300, float(2**63), -float(10**18)] + ([np.inf, -np.inf] if infinite else [])
    some: dict[str, Any] = {"min_size": 6, "max_size": 6}
    return pd.DataFrame(
        {
            "ç": pd.Series(draw(st.lists(st.sampled_from([*LEVELS, "新", "", None]), **some)), dtype=object),
            "n um": np.array(draw(st.lists(NUMBERS | st.sampled_from(odd), **some)), dtype=np.float64),
            "x": np.array(draw(st.lists(NUMBERS | st.sampled_from(odd), **some)), dtype=np.float64),
        }
    )


def policy_of(model: AdditiveModel | RuleModel, *, decision: dict[str, Any] | None, reasons: dict[str, Any]) -> Policy:
    """A policy for a model made by hypothesis."""
    columns: dict[str, dict[str, Any]] = {
        "x": {"role": "feature", "type": "number", "min": -2, "max": 3, "missing": True},
        "n um": {"role": "feature", "type": "number", "missing": True, "reasons": {"code": "R'1"}},
        "ç": {"role": "feature", "type": "category", "levels": list(LEVELS), "missing": True},
    }
    columns["ç"]["reasons"] = {"code": "C", "lowers": 'it\'s "low"\\', "raises": {"en": "hoch", "zh": "升"}}
    target: dict[str, Any] = {"role": "target", "type": "number", "min": -1e6, "max": 1e6}
    if model.task != "regression":
        target = {"role": "target", "type": "category", "levels": list(model.classes)}
        target |= {"positive": "yes"} if model.task == "binary" else {}
    document: dict[str, Any] = {
        "glassledger": 1,
        "name": "drawn",
        "version": "1",
        "owner": {"name": "Team", "contact": "team@example.org"},
        "purpose": {"use": "Tests."},
        "lawful_basis": {"basis": "not_personal_data"},
        "data": {"dataset": "drawn", "columns": columns | {"outcome": target}},
        "model": {"family": "ebm", "task": model.task},
        "reasons": reasons,
    }
    if decision is not None and model.task != "multiclass":
        document["decision"] = {"at_or_above": "o'k", "below": "no\\"} | decision
    else:
        document["reasons"] = reasons | {"baseline": "mean"}
    return Policy.parse(yaml.safe_dump(document, allow_unicode=True, sort_keys=False).encode())


REASONS = st.fixed_dictionaries(
    {
        "count": st.integers(1, 4),
        "baseline": st.sampled_from(["mean", "cutoff"]),
        "exclude": st.sampled_from([[], ["x"]]),
    }
)
DECISION = st.none() | st.fixed_dictionaries(
    {"threshold": st.sampled_from([0.25, 0.5, 0.731]), "adverse": st.sampled_from(["below", "at_or_above"])}
)
#: a decision rule (or none) and a reasons section
RULES = st.tuples(DECISION, REASONS)
