"""interpret itself is the oracle: fitted on the strings, asked for the same rows."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from interpret.glassbox import ExplainableBoostingClassifier, ExplainableBoostingRegressor

from glassledger.errors import ModelError
from glassledger.models import load_model
from glassledger.models.additive import AdditiveModel, TableTerm
from glassledger.models.ebm import train
from glassledger.policy.families import EbmSettings
from glassledger.records.features import FeatureSpec

QUICK = EbmSettings(outer_bags=2, max_rounds=150)
TYPES = ["continuous", "continuous", "nominal", ["s", "m", "l"]]
PAIRS = (("amount", "word"), ("count", "size"))

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def oracle(table: Any, kind: str, **choices: Any) -> Any:
    """interpret on the raw strings, without any of our code."""
    make = ExplainableBoostingRegressor if kind == "regression" else ExplainableBoostingClassifier
    stated = {"outer_bags": 2, "max_rounds": 150, "learning_rate": 0.015, "smoothing_rounds": 75, **choices}
    fitted = make(feature_types=TYPES, n_jobs=1, random_state=11, **stated)
    target = {
        "binary": (table.binary == "yes").astype(int),
        "multiclass": pd.Series(table.several).map({"mid": 0, "low": 1, "high": 2}).to_numpy(),
        "regression": table.number,
    }[kind]
    return fitted.fit(table.features.to_numpy(dtype=object), target)


def answer(fitted: Any, frame: pd.DataFrame, kind: str) -> np.ndarray:
    rows = frame.to_numpy(dtype=object)
    if kind == "regression":
        return np.asarray(fitted.predict(rows))
    probabilities = np.asarray(fitted.predict_proba(rows))
    return probabilities if kind == "multiclass" else probabilities[:, 1]


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
def test_the_compiled_model_is_interprets_model(kind: str, table: Any, strange: pd.DataFrame) -> None:
    trained = train(table.task(kind, QUICK, seed=11, interactions=PAIRS))
    fitted = oracle(table, kind, interactions=[(0, 2), (1, 3)])
    assert trained.library.startswith("interpret-core 0.7")
    assert trained.model.term_names == ("amount", "count", "word", "size", "amount × word", "count × size")
    for rows in (table.features, strange):
        np.testing.assert_allclose(trained.model.predict(rows), answer(fitted, rows, kind), rtol=0, atol=1e-9)


def test_pairs_that_interpret_finds_by_itself(table: Any, strange: pd.DataFrame) -> None:
    model = train(table.task("binary", QUICK, seed=11, interactions=3, excluded_pairs=PAIRS)).model
    fitted = oracle(table, "binary", interactions=3, exclude=[(0, 2), (1, 3)])
    assert len(model.terms) == 7
    assert not {"amount × word", "count × size"} & set(model.term_names)
    np.testing.assert_allclose(model.predict(strange), answer(fitted, strange, "binary"), rtol=0, atol=1e-9)


@pytest.mark.parametrize("settings_", [{"max_bins": 5}, {"max_bins": 3, "max_interaction_bins": 3}, {"max_leaves": 4}])
def test_coarse_bins_too(settings_: dict[str, int], table: Any, strange: pd.DataFrame) -> None:
    quick = EbmSettings(outer_bags=2, max_rounds=150, **settings_)
    model = train(table.task("binary", quick, seed=11, interactions=PAIRS[:1])).model
    fitted = oracle(table, "binary", interactions=[(0, 2)], **settings_)
    np.testing.assert_allclose(model.predict(strange), answer(fitted, strange, "binary"), rtol=0, atol=1e-9)


def test_a_value_equal_to_a_cut_belongs_to_the_right(table: Any) -> None:
    model = train(table.task("binary", QUICK, seed=11)).model
    fitted = oracle(table, "binary", interactions=0)
    cuts = np.array(model.terms[0].axes[0].cuts)
    assert len(cuts) > 100
    probe = table.features.iloc[np.resize(np.arange(50), 3 * len(cuts))].reset_index(drop=True)
    probe["amount"] = np.concatenate([cuts, np.nextafter(cuts, np.inf), np.nextafter(cuts, -np.inf)])
    np.testing.assert_allclose(model.predict(probe), answer(fitted, probe, "binary"), rtol=0, atol=1e-9)
    left = model.contributions(probe.iloc[2 * len(cuts) :])[:, 0, 0]
    at = model.contributions(probe.iloc[: len(cuts)])[:, 0, 0]
    assert (left != at).any(), "a twin that sends cuts to the left would pass"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.floats(allow_nan=True, allow_infinity=True),
            st.floats(allow_nan=True, allow_infinity=True) | st.integers(-(2**70), 2**70).map(float),
            st.sampled_from([None, "1", "1.0", " a", "a", "", "nan", "True", "b b", "never met", "x", "A", "None"]),
            st.sampled_from([None, "s", "m", "l", "xl"]),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_any_row_gets_interprets_score(compiled: tuple[AdditiveModel, Any], rows: list[tuple[Any, ...]]) -> None:
    model, fitted = compiled
    frame = pd.DataFrame(rows, columns=["amount", "count", "word", "size"])
    frame["word"] = pd.Series([row[2] for row in rows], dtype=object)
    frame["size"] = pd.Series([row[3] for row in rows], dtype=object)
    np.testing.assert_allclose(model.predict(frame), answer(fitted, frame, "binary"), rtol=0, atol=1e-9)


@pytest.fixture(scope="module")
def compiled(table: Any) -> tuple[AdditiveModel, Any]:
    model = train(table.task("binary", QUICK, seed=11, interactions=PAIRS)).model
    return model, oracle(table, "binary", interactions=[(0, 2), (1, 3)])


def test_every_declared_level_has_a_bin_and_a_level_never_met_scores_as_unseen(table: Any) -> None:
    model = train(table.task("binary", QUICK, seed=11)).model
    word = model.terms[2]
    assert isinstance(word, TableTerm)
    assert word.axes[0].bins == tuple(range(1, 10))
    assert word.values[9] == word.values[10] == 0.0
    assert word.weights is not None
    assert word.weights[9] == word.weights[10] == 0.0


def test_weights_are_shares_of_the_training_rows(table: Any) -> None:
    model = train(table.task("binary", QUICK, seed=11, interactions=PAIRS)).model
    for index, term in enumerate(model.terms):
        cells = model.cells(index, table.features)
        shares = np.bincount(cells, minlength=len(term.weights)) / len(table.features)
        np.testing.assert_allclose(term.weights, shares, atol=1e-12)


@pytest.mark.parametrize("direction", ["increasing", "decreasing"])
def test_a_declared_direction_is_kept_exactly(direction: str, table: Any) -> None:
    monotone = {"amount": direction, "count": direction, "size": direction}
    model = train(table.task("binary", QUICK, seed=11, monotone=monotone, interactions=1)).model
    sign = 1 if direction == "increasing" else -1
    for term in model.terms[:4]:
        if term.name in monotone:
            inner = term.values[1:] if term.axes[0].cuts else term.values[1:-1]
            assert (sign * np.diff(inner) >= 0).all(), term.name
    for term in model.terms[4:]:
        assert not set(term.features) & set(monotone)


def test_the_seed_decides_and_its_absence_is_a_fixed_seed(table: Any) -> None:
    first, again = (train(table.task("binary", QUICK)).model for _ in range(2))
    other = train(table.task("binary", QUICK, seed=12)).model
    assert first.to_json() == again.to_json()
    assert first.digest != other.digest


def test_a_saved_model_scores_the_same_bits(table: Any, strange: pd.DataFrame) -> None:
    model = train(table.task("multiclass", QUICK, interactions=1)).model
    again = load_model(model.to_json())
    assert again == model
    assert again.predict(strange).tobytes() == model.predict(strange).tobytes()


def test_a_column_that_is_missing_throughout(table: Any) -> None:
    features = table.features.assign(amount=np.nan)
    task = table.task("binary", QUICK, seed=11)
    model = train(type(task)(**{**vars(task), "features": features})).model
    assert model.terms[0].axes[0].cuts == ()
    assert np.isfinite(model.predict(table.features)).all()


def test_directions_without_meaning_are_refused(table: Any) -> None:
    for kind, choices, code in (
        ("multiclass", {"monotone": {"amount": "increasing"}}, "monotone-multiclass"),
        ("binary", {"monotone": {"word": "increasing"}}, "monotone-impossible"),
        ("binary", {"monotone": {"amount": "increasing"}, "interactions": PAIRS}, "monotone-impossible"),
    ):
        with pytest.raises(ModelError) as caught:
            train(table.task(kind, QUICK, **choices))
        assert caught.value.code == code


def test_a_refusal_of_interpret_quotes_nothing(table: Any) -> None:
    with pytest.raises(ModelError) as caught:
        train(table.task("binary", EbmSettings().model_copy(update={"max_bins": 2})))
    assert caught.value.code == "learner-failed"
    assert caught.value.facts == {"library": "interpret", "error": "ValueError"}
    assert caught.value.__suppress_context__


def test_more_levels_than_a_code_has_digits_keep_their_order() -> None:
    spec = FeatureSpec(name="w", kind="nominal", levels=tuple(f"level {i}" for i in range(1200)))
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 1200, 3000)
    frame = pd.DataFrame({"w": np.array(spec.levels, dtype=object)[codes]})
    target = np.where(rng.random(3000) < codes / 1200, "yes", "no").astype(object)
    from glassledger.models.training import TrainingTask

    task = TrainingTask(
        features=frame, specs=(spec,), target=target, kind="binary", classes=("no", "yes"), settings=QUICK, seed=11
    )
    fitted = ExplainableBoostingClassifier(
        feature_types=["nominal"], outer_bags=2, max_rounds=150, n_jobs=1, random_state=11, interactions=0
    ).fit(frame.to_numpy(dtype=object), (target == "yes").astype(int))
    np.testing.assert_allclose(train(task).model.predict(frame), answer(fitted, frame, "binary"), rtol=0, atol=1e-9)
