"""A hand-made model whose every answer is known, and malformed ones."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from glassledger.errors import ModelError
from glassledger.models.additive import AdditiveModel, Axis, PointsScale, PolynomialTerm, TableTerm, bin_indices
from glassledger.records.features import FeatureSpec

AGE = FeatureSpec(name="age", kind="continuous", missing=True)
PAY = FeatureSpec(name="pay", kind="continuous", lower=0.0, upper=10.0, missing=True)
JOB = FeatureSpec(name="job", kind="nominal", levels=("clerk", "nurse", "cook"), missing=True)

ON_AGE = TableTerm(axes=(Axis(feature="age", cuts=(30.0, 40.0)),), values=(0.5, 1.0, 2.0, 3.0))
ON_JOB = TableTerm(axes=(Axis(feature="job", bins=(1, 2, 1)),), values=(0.0, 10.0, 20.0, 30.0))
ON_BOTH = TableTerm(
    axes=(Axis(feature="age", cuts=(30.0,)), Axis(feature="job", bins=(1, 1, 2))),
    values=tuple(float(v) for v in range(100, 112)),
)
ON_PAY = PolynomialTerm(
    feature="pay", center=4.0, lower=0.0, upper=10.0, degree=2, coefficients=(2.0, 0.5), missing=(-7.0,)
)

ROWS = pd.DataFrame(
    {
        "age": [29.9, 30.0, 40.0, np.nan, np.inf],
        "job": ["clerk", "nurse", "cook", None, "pilot"],
        "pay": [4.0, 6.0, 99.0, np.nan, -5.0],
    }
)


def model(*terms: Any, **changes: Any) -> AdditiveModel:
    parts: dict[str, Any] = {
        "family": "ebm",
        "task": "regression",
        "link": "identity",
        "features": (AGE, PAY, JOB),
        "intercept": (1.0,),
        "terms": terms,
    }
    return AdditiveModel(**{**parts, **changes})


def test_every_term_reads_its_own_cell() -> None:
    parts = model(ON_AGE, ON_JOB, ON_BOTH, ON_PAY).contributions(ROWS)[:, :, 0]
    assert parts[:, 0].tolist() == [1.0, 2.0, 3.0, 0.5, 3.0]
    assert parts[:, 1].tolist() == [10.0, 20.0, 10.0, 0.0, 30.0]
    assert parts[:, 2].tolist() == [105.0, 109.0, 110.0, 100.0, 111.0]
    assert parts[:, 3].tolist() == [0.0, 2 * 2 + 0.5 * 4, 2 * 6 + 0.5 * 36, -7.0, 2 * -4 + 0.5 * 16]


def test_the_score_is_intercept_plus_contributions() -> None:
    whole = model(ON_AGE, ON_JOB, ON_BOTH, ON_PAY)
    expected = 1.0 + whole.contributions(ROWS)[:, :, 0].sum(axis=1)
    np.testing.assert_allclose(whole.predict(ROWS), expected, rtol=1e-15)
    assert whole.decision_values(ROWS).shape == (5, 1)


def test_links() -> None:
    binary = model(ON_AGE, task="binary", link="logit", classes=("no", "yes"))
    np.testing.assert_allclose(binary.predict(ROWS), 1 / (1 + np.exp(-binary.decision_values(ROWS)[:, 0])))
    counts = model(ON_AGE, link="log")
    np.testing.assert_allclose(counts.predict(ROWS), np.exp(counts.decision_values(ROWS)[:, 0]))
    table = TableTerm(axes=(Axis(feature="age", cuts=()),), values=(1.0, 2.0, 3.0, 4.0, 5.0, 6.0))
    three = model(table, task="multiclass", link="softmax", classes=("a", "b", "c"), intercept=(0.0, 0.0, 1.0))
    raw = np.exp(three.decision_values(ROWS))
    np.testing.assert_allclose(three.predict(ROWS), raw / raw.sum(axis=1, keepdims=True))
    assert three.contributions(ROWS)[3, 0].tolist() == [1.0, 2.0, 3.0]


def test_extreme_scores_do_not_overflow() -> None:
    steep = TableTerm(axes=(Axis(feature="age", cuts=(0.0,)),), values=(0.0, -5000.0, 5000.0))
    binary = model(steep, task="binary", link="logit", classes=("no", "yes"))
    assert binary.predict(pd.DataFrame({"age": [-1.0, 1.0]})).tolist() == [0.0, 1.0]


def test_a_model_without_terms_gives_its_intercept() -> None:
    assert model().predict(ROWS).tolist() == [1.0] * 5
    assert model().contributions(ROWS).shape == (5, 0, 1)


def test_only_the_features_of_terms_are_needed() -> None:
    assert model(ON_AGE).predict(ROWS[["age"]]).tolist() == [2.0, 3.0, 4.0, 1.5, 4.0]
    with pytest.raises(ModelError) as caught:
        model(ON_AGE, ON_JOB).predict(ROWS[["age"]])
    assert caught.value.facts == {"columns": ["job"]}


def test_other_values_share_the_declared_other_level() -> None:
    spec = JOB.model_copy(update={"other": "cook"})
    assert model(ON_JOB, features=(AGE, PAY, spec)).predict(ROWS).tolist() == [11.0, 21.0, 11.0, 1.0, 11.0]


@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=0, max_size=8, unique=True),
    st.floats(allow_nan=True, allow_infinity=True),
)
def test_bins_are_what_the_definition_says(cuts: list[float], value: float) -> None:
    """Bin 0 for missing, else 1 + the number of cuts at or below the value."""
    distinct = sorted({cut + 0.0 for cut in cuts})
    axis = Axis(feature="age", cuts=tuple(distinct))
    expected = 0 if np.isnan(value) else 1 + sum(cut <= value for cut in distinct)
    assert bin_indices(axis, AGE, np.array([value])).tolist() == [expected]


def test_signed_zeros_are_one_number() -> None:
    axis = Axis(feature="age", cuts=(0.0,))
    assert bin_indices(axis, AGE, np.array([0.0, -0.0, -5e-324])).tolist() == [2, 2, 1]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"intercept": ()}, "number of outputs"),
        ({"intercept": (1.0, 2.0)}, "number of outputs"),
        ({"link": "logit"}, "link"),
        ({"task": "binary", "link": "logit"}, "classes"),
        ({"task": "binary", "link": "logit", "classes": ("a", "a")}, "classes"),
        ({"task": "binary", "link": "identity", "classes": ("a", "b")}, "link"),
        ({"task": "multiclass", "link": "softmax", "classes": ("a", "b", "c")}, "number of outputs"),
        ({"features": (AGE, AGE)}, "distinct"),
        ({"features": (PAY, JOB)}, "unknown feature"),
        ({"intercept": (float("nan"),)}, "finite"),
        ({"terms": (ON_AGE, ON_AGE)}, "terms must be distinct"),
        ({"features": (AGE.model_copy(update={"kind": "nominal", "levels": ("x",)}), PAY, JOB)}, "fit its feature"),
        ({"surprise": 1}, "Extra inputs"),
        ({"format": "glassledger/additive-model/v2"}, "v1"),
    ],
)
def test_a_model_that_contradicts_itself_is_refused(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        model(**{"terms": (ON_AGE,), **changes}) if "terms" in changes else model(ON_AGE, **changes)


@pytest.mark.parametrize(
    "build",
    [
        lambda: Axis(feature="age", cuts=(2.0, 1.0)),
        lambda: Axis(feature="age", cuts=(1.0, 1.0)),
        lambda: Axis(feature="age", cuts=(float("nan"),)),
        lambda: Axis(feature="age", cuts=(float("inf"),)),
        lambda: Axis(feature="job", bins=(0, 1)),
        lambda: Axis(feature="job", bins=(1, 3)),
        lambda: Axis(feature="job", bins=(10**15, 1, 2)),
        lambda: Axis(feature="job", bins=(1,), cuts=(1.0,)),
        lambda: TableTerm(axes=(), values=()),
        lambda: TableTerm(axes=(Axis(feature="age"),), values=(float("inf"), 1.0)),
        lambda: model(TableTerm(axes=ON_AGE.axes, values=(1.0, 2.0, 3.0))),
        lambda: model(TableTerm(axes=ON_AGE.axes, values=ON_AGE.values, weights=(1.0,))),
        lambda: model(TableTerm(axes=ON_AGE.axes, values=ON_AGE.values, half_width=(1.0,))),
        lambda: model(TableTerm(axes=ON_AGE.axes * 2, values=(0.0,) * 16)),
        lambda: model(TableTerm(axes=(Axis(feature="job", bins=(1, 2)),), values=(0.0,) * 4)),
        lambda: model(PolynomialTerm(feature="job", coefficients=(1.0,), missing=(0.0,))),
        lambda: model(PolynomialTerm(feature="age", coefficients=(1.0, 2.0), missing=(0.0,))),
        lambda: model(PolynomialTerm(feature="age", coefficients=(1.0,), missing=())),
        lambda: model(PolynomialTerm(feature="age", coefficients=(1.0,), missing=(0.0,), lower=1.0)),
        lambda: model(PolynomialTerm(feature="age", coefficients=(1.0,), missing=(0.0,), moments=(1.0,))),
        lambda: model(PolynomialTerm(feature="age", coefficients=(1.0,), missing=(0.0,), degree=3)),
    ],
)
def test_a_term_that_contradicts_itself_is_refused(build: Any) -> None:
    with pytest.raises(ValidationError):
        build()


def test_points_double_the_odds() -> None:
    scale = PointsScale(base_score=600.0, base_odds=50.0, pdo=20.0)
    assert scale.offset + scale.factor * np.log(50.0) == pytest.approx(600.0)
    assert scale.offset + scale.factor * np.log(100.0) == pytest.approx(620.0)


def test_asking_a_polynomial_for_cells_is_refused() -> None:
    with pytest.raises(ModelError) as caught:
        model(ON_PAY).cells(0, ROWS)
    assert caught.value.code == "term-not-a-table"
