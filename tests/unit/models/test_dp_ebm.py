"""interpret is the oracle for scores; for privacy it is arithmetic, and interpret's raw route is the wrong twin."""

import ast
import math
import re
import warnings
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from interpret.privacy import DPExplainableBoostingClassifier

from glassledger.errors import Error, ModelError, PrivacyError
from glassledger.models import dp_ebm, load_model
from glassledger.models.additive import AdditiveModel
from glassledger.models.dp_ebm import as_interpret_reads, fit_padded, train
from glassledger.models.dp_ebm_account import planned, spent, total_mu
from glassledger.models.dp_ebm_form import compile_dp_ebm
from glassledger.models.private_task import PrivateTask, checked
from glassledger.models.training import TrainingTask
from glassledger.policy.families import DpEbmSettings
from glassledger.privacy.accounting import composed_epsilon, gaussian_dp_mu
from glassledger.privacy.budget import PrivacyBudget
from glassledger.records.features import FeatureSpec

QUICK = DpEbmSettings(max_rounds=5)
LEVELS = ("1", "1.0", " a", "a", "", "nan", "True", "b b")
SPECS = (
    FeatureSpec(name="amount", kind="continuous", lower=-50.0, upper=1500.0, missing=True),
    FeatureSpec(name="count", kind="continuous", lower=0.0, upper=6.0, integer=True),
    FeatureSpec(name="word", kind="nominal", levels=(*LEVELS, "never met"), missing=True),
    FeatureSpec(name="size", kind="nominal", levels=("s", "m", "l"), ordered=True),
)


def frame(rows: int, seed: int = 0, missing: float = 0.2) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    amount = rng.gamma(2.0, 100.0, rows)
    word = rng.choice(np.array(LEVELS, dtype=object), rows)
    amount[rng.random(rows) < missing] = np.nan
    word[rng.random(rows) < missing] = None
    return pd.DataFrame(
        {
            "amount": amount,
            "count": rng.integers(0, 7, rows).astype(float),
            "word": word,
            "size": rng.choice(np.array(["s", "m", "l"], dtype=object), rows),
        }
    )


def task(
    rows: int = 1009, *, epsilon: str = "2", delta: str = "1e-5", settings: DpEbmSettings = QUICK, **choices: Any
) -> TrainingTask:
    features = choices.pop("features", frame(rows))
    rng = np.random.default_rng(1)
    effect = features.get("count", 0.0) - 3 + rng.logistic(size=len(features))
    stated = {
        "features": features,
        "specs": SPECS,
        "target": np.where(effect > 0, "yes", "no").astype(object),
        "kind": "binary",
        "classes": ("no", "yes"),
        "settings": settings,
        "budget": PrivacyBudget(Decimal(epsilon), Decimal(delta)),
    }
    return TrainingTask(**{**stated, **choices})


def fitted(asked: TrainingTask) -> tuple[PrivateTask, Any, AdditiveModel]:
    private = checked(asked, "dp-ebm")
    plan = planned(private, asked.settings)
    vendor = fit_padded(private, asked.settings, plan)
    return private, vendor, compile_dp_ebm(vendor, private, plan.padding)


def corners() -> pd.DataFrame:
    """Every declared level and missing value, bounds and beyond, all cells of the grid and their edges."""
    low, high = -50.0, 1500.0
    width = (high - low) / (2 * 31 - 1.5)
    edges = low + width * (np.arange(0, 61) - 0.5)
    amounts = [np.nan, low, high, *edges, *np.nextafter(edges, np.inf), *np.nextafter(edges, -np.inf)]
    amounts = [value for value in amounts if math.isnan(value) or low <= value <= high]
    words: list[Any] = [*LEVELS, "never met", None]
    rows = len(amounts)
    return pd.DataFrame(
        {
            "amount": np.array(amounts),
            "count": np.resize(np.arange(0.0, 7.0), rows),
            "word": np.resize(np.array(words, dtype=object), rows),
            "size": np.resize(np.array(["s", "m", "l"], dtype=object), rows),
        }
    )


@pytest.mark.parametrize("missing", [0.0, 0.02, 0.3])
@pytest.mark.parametrize("epsilon", ["0.1", "2", "20"])
@pytest.mark.parametrize("max_bins", [4, 32])
def test_the_compiled_form_is_interprets_own_function(missing: float, epsilon: str, max_bins: int) -> None:
    settings = DpEbmSettings(max_rounds=20, max_bins=max_bins)
    asked = task(epsilon=epsilon, features=frame(1009, missing=missing), settings=settings)
    private, vendor, model = fitted(asked)

    for rows in (asked.features, corners()):
        again = checked(task(features=rows, target=np.full(len(rows), "no", dtype=object)), "dp-ebm")
        matrix, _, _ = as_interpret_reads(again, max_bins, 0)
        theirs = vendor.predict_proba(matrix)[:, 1]
        assert np.abs(model.predict(rows) - theirs).max() < 1e-9
        assert np.ptp(theirs) > 1e-4 or (epsilon, max_bins) != ("20", 32)
    assert load_model(model.to_json()) == model
    assert private.rows == 1009


def test_values_beyond_the_bounds_score_like_the_bounds() -> None:
    _, _, model = fitted(task())
    inside, beyond = corners().iloc[:2], corners().iloc[:2]
    inside, beyond = inside.assign(amount=[-50.0, 1500.0]), beyond.assign(amount=[-1e9, 1e9])

    assert (model.predict(inside) == model.predict(beyond)).all()


def test_many_missing_values_get_a_bin_and_few_share_the_lowest_values() -> None:
    def missing_and_lowest(share: float) -> tuple[float, float, float]:
        asked = task(epsilon="20", features=frame(3000, missing=share), settings=DpEbmSettings(max_rounds=100))
        term = fitted(asked)[2].terms[0]
        assert term.weights is not None
        return term.values[0], term.values[1], term.weights[0]

    missing, lowest, weight = missing_and_lowest(0.3)
    assert missing != lowest
    assert 0.15 < weight < 0.45
    missing, lowest, weight = missing_and_lowest(0.001)
    assert missing == lowest
    assert weight == 0


def test_pooled_levels_share_a_bin_and_undeclared_values_join_them() -> None:
    met = ("a", "1", "True")
    features = frame(3000, missing=0.0).assign(word=np.resize(np.array(met, dtype=object), 3000))
    _, vendor, model = fitted(task(epsilon="20", features=features))
    kept = {SPECS[2].levels[int(code)] for code in vendor.bins_[2][0]}
    axis = model.terms[2].axes[0]
    by_level = dict(zip(SPECS[2].levels, axis.bins, strict=True))

    assert len(kept) == 2  # interpret pools the rare ones, and the least of the others to fill the pool
    assert kept < set(met)
    assert len({by_level[level] for level in kept}) == 2
    assert len({by_level[level] for level in (*LEVELS, "never met") if level not in kept}) == 1
    assert model.terms[2].values[-1] == model.terms[2].values[by_level["never met"]]
    assert sum(model.terms[2].weights or ()) == pytest.approx(1)
    assert (model.terms[2].weights or ())[by_level["never met"]] == pytest.approx(1 / 3, abs=0.05)


@pytest.mark.parametrize("adjacency", ["add_or_remove_one", "replace_one"])
@pytest.mark.parametrize(("epsilon", "delta"), [("0.05", "1e-6"), ("1", "1e-6"), ("1", "1e-12"), ("20", "1e-3")])
def test_the_budget_is_kept_and_not_wasted(epsilon: str, delta: str, adjacency: Any) -> None:
    trained = train(task(epsilon=epsilon, delta=delta, adjacency=adjacency))

    assert spent(trained.events, float(delta)) <= float(epsilon)
    assert spent(trained.events, float(delta)) > 0.999 * float(epsilon)


@pytest.mark.parametrize("adjacency", ["add_or_remove_one", "replace_one"])
def test_an_independent_accountant_agrees(adjacency: Any) -> None:
    trained = train(task(epsilon="1", delta="1e-6", adjacency=adjacency))

    assert composed_epsilon(trained.events, 1e-6) == pytest.approx(1.0, rel=1e-3)
    assert composed_epsilon(trained.events, 1e-6) <= 1.0 + 1e-5
    assert composed_epsilon(trained.events, 1e-6, accountant="rdp") < 1.15


def test_the_joint_account_needs_less_noise_than_interprets_own() -> None:
    asked = task(epsilon="1", delta="1e-6")
    trained = train(asked)
    theirs = DPExplainableBoostingClassifier(epsilon=1.0, delta=1e-6, feature_types=["continuous"], max_rounds=5 * 4)
    theirs.set_params(privacy_bounds={0: (0.0, 6.0)}, n_jobs=1)
    theirs.fit(asked.features[["count"]], asked.target)  # as many queries: 20 rounds on one feature

    assert trained.events[-1].noise_scale < 0.93 * theirs.noise_scale_boosting_
    assert total_mu(trained.events) > gaussian_dp_mu(1.0, 1e-6) * 0.999


def test_replacing_a_record_is_dearer_than_adding_one() -> None:
    add = train(task(adjacency="add_or_remove_one")).events
    replace = train(task(adjacency="replace_one")).events

    assert replace[-1].noise_scale > 1.9 * add[-1].noise_scale
    assert replace[0].sensitivity == 0  # a replaced record does not change the number of rows
    assert {event.sensitivity for event in replace[1:-1]} == {math.sqrt(2)}


def test_noise_below_the_claim_is_found_and_the_model_withheld(monkeypatch: pytest.MonkeyPatch) -> None:
    real = dp_ebm.fit_padded

    def weaker(*arguments: Any) -> Any:
        vendor = real(*arguments)
        vendor.noise_scale_boosting_ *= 0.99
        return vendor

    monkeypatch.setattr(dp_ebm, "fit_padded", weaker)
    with pytest.raises(PrivacyError) as refused:
        train(task())
    assert refused.value.code == "noise-below-claim"


def test_the_exact_number_of_rows_is_in_nothing_that_is_kept() -> None:
    asked = task(rows=1009)
    _, vendor, _ = fitted(asked)
    trained = train(asked)
    kept = trained.model.to_json().decode() + str(trained.events) + trained.native + str(trained.notes)
    numbers = [float(number) for number in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", kept)]

    assert len(numbers) > 100
    assert not [number for number in numbers if abs(abs(number) - 1009) < 0.5]
    assert vendor.bag_weights_.tolist() == [1009.0]  # the wrong twin: interpret's own object holds it
    for term in trained.model.terms:
        assert isinstance(term.weights, tuple)
        parts = np.array([weight for weight in term.weights if weight > 0]) * 1009
        assert len(parts) < 3 or (np.abs(parts - np.round(parts)) > 1e-9).any()


def test_interpret_sees_a_noisy_number_of_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    class Recorder:
        def __init__(self, **parameters: Any) -> None:
            assert parameters["random_state"] is None
            assert parameters["composition"] == "gdp"

        def fit(self, matrix: pd.DataFrame, target: np.ndarray, *, bags: np.ndarray) -> Any:
            padding = int((bags == 0).sum())
            assert bags.shape == (len(matrix), 1)
            assert bags.sum() == 1009
            assert (bags[:padding] == 0).all()
            assert set(target[:padding]) == {0, 1}
            assert (matrix["f0"][:padding] > 1500).all()
            assert matrix["f2"][:padding].nunique() == 10
            seen.append(len(matrix))
            return self

    monkeypatch.setattr(dp_ebm, "DPExplainableBoostingClassifier", Recorder)
    asked = task(epsilon="1", delta="1e-6")
    private = checked(asked, "dp-ebm")
    plan = planned(private, QUICK)
    for _ in range(300):
        fit_padded(private, QUICK, plan)
    variance = plan.count_variance[0] / plan.count_variance[1]

    assert np.var(seen) == pytest.approx(variance, rel=0.6)  # 300 draws: 7 standard errors
    assert abs(np.mean(seen) - 1009 - plan.padding) < 6 * math.sqrt(variance / 300)
    assert min(seen) >= 1009 + 10


def seeded(padding: int, padding_label: int, *, nominal: bool) -> Any:
    """interpret with a seed, which only a test may have: padding first, then 500 rows."""
    rng = np.random.default_rng(8)
    code, x, y = rng.integers(0, 3, 500), rng.random(500), rng.integers(0, 2, 500)
    columns: dict[str, Any] = {"x": np.concatenate([np.full(padding, 2.0), x])}
    if nominal:
        columns["c"] = np.array(["0", "1", "2"], dtype=object)[np.concatenate([np.arange(padding) % 3, code])]
    estimator = DPExplainableBoostingClassifier(
        feature_types=["continuous", ["0", "1", "2"]] if nominal else ["continuous"],
        privacy_bounds={0: (0.0, 1.0)},
        epsilon=2.0,
        max_rounds=30,
        random_state=4,
        n_jobs=1,
    )
    bags = np.repeat(np.array([0, 1], dtype=np.int8), [padding, 500])[:, np.newaxis]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return estimator.fit(pd.DataFrame(columns), np.concatenate([np.full(padding, padding_label), y]), bags=bags)


def test_padding_takes_part_in_no_boosting_query() -> None:
    zeros, ones = seeded(90, 0, nominal=True), seeded(90, 1, nominal=True)

    assert zeros.noise_scale_boosting_ == ones.noise_scale_boosting_
    for one, two in zip(zeros.term_scores_, ones.term_scores_, strict=True):
        assert np.array_equal(one, two)
        assert np.ptp(one) > 0


def test_padding_is_counted_among_levels_and_in_no_cell_of_a_number() -> None:
    none, some = seeded(0, 0, nominal=False), seeded(90, 0, nominal=False)
    assert none.bin_weights_[0].sum() == pytest.approx(some.bin_weights_[0].sum(), abs=1e-6)

    few, many = seeded(30, 0, nominal=True), seeded(90, 0, nominal=True)
    assert (many.bin_weights_[1] - few.bin_weights_[1])[1:4] == pytest.approx([20, 20, 20], abs=1e-6)


@pytest.mark.parametrize("label", ["no", "yes"])
def test_an_absent_class_changes_neither_classes_nor_the_outcome(label: str) -> None:
    asked = task(target=np.full(1009, label, dtype=object))

    trained = train(asked)

    assert trained.model.classes == ("no", "yes")
    assert np.isfinite(trained.model.predict(asked.features)).all()
    twin = DPExplainableBoostingClassifier(feature_types=["continuous"], privacy_bounds={0: (0.0, 6.0)}, max_rounds=1)
    twin.fit(asked.features[["count"]], asked.target)
    assert list(twin.classes_) == [label]  # the wrong twin says which class was there


def test_interpret_meets_codes_only() -> None:
    private = checked(task(), "dp-ebm")

    matrix, types, limits = as_interpret_reads(private, 32, 50)

    assert types == ["continuous", "continuous", [str(code) for code in range(10)], ["0", "1", "2"]]
    assert set(matrix["f2"]) == set(types[2])
    assert set(matrix["f3"]) == set(types[3])
    assert list(matrix.columns) == ["f0", "f1", "f2", "f3"]
    assert limits[1] == (0.0, 6.0)
    assert limits[0][1] == 1500.0


def test_the_missing_cell_is_apart_from_the_lower_bound_on_any_grid() -> None:
    rng = np.random.default_rng(4)
    for _ in range(300):
        low = float(rng.normal() * 10 ** rng.uniform(-6, 6))
        high = low + float(10 ** rng.uniform(-6, 6)) * max(1.0, abs(low))
        bins = int(rng.integers(4, 257))
        spec = FeatureSpec(name="x", kind="continuous", lower=low, upper=high, missing=True)
        start, end, missing = dp_ebm.cell_grid(spec, bins)
        counts, _ = np.histogram([missing, low, high], bins=2 * (bins - 1), range=(start, end))
        assert counts[0] == 1
        assert counts[1] == 1
        assert counts[-1] == 1


def test_a_leak_warning_of_interpret_stops_the_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    class Warner:
        def __init__(self, **parameters: Any) -> None:
            pass

        def fit(self, *arguments: Any, **options: Any) -> Any:
            warnings.warn("Possible privacy violation: CANARY", stacklevel=2)
            return self

    monkeypatch.setattr(dp_ebm, "DPExplainableBoostingClassifier", Warner)
    with pytest.raises(PrivacyError) as refused:
        train(task())
    assert refused.value.code == "vendor-privacy-warning"
    assert "CANARY" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_an_error_of_interpret_loses_its_message(monkeypatch: pytest.MonkeyPatch) -> None:
    class Breaker:
        def __init__(self, **parameters: Any) -> None:
            pass

        def fit(self, *arguments: Any, **options: Any) -> Any:
            raise ValueError("row CANARY")

    monkeypatch.setattr(dp_ebm, "DPExplainableBoostingClassifier", Breaker)
    with pytest.raises(ModelError) as refused:
        train(task())
    assert "CANARY" not in str(refused.value) + repr(refused.value.facts)


def test_a_model_that_is_not_finite_is_an_error() -> None:
    private, vendor, _ = fitted(task())
    vendor.term_scores_[1][2] = np.nan

    with pytest.raises(ModelError) as refused:
        compile_dp_ebm(vendor, private, 100)
    assert refused.value.code == "noise-overwhelmed"


@pytest.mark.parametrize(
    ("choices", "code"),
    [
        ({"budget": None}, "budget-missing"),
        ({"seed": 1}, "seed-private"),
        ({"delta": "0"}, "delta-missing"),
        ({"epsilon": "1e-9", "delta": "1e-9"}, "epsilon-unreachable"),
        (
            {"specs": (SPECS[0], SPECS[1].model_copy(update={"lower": None, "upper": None}), *SPECS[2:])},
            "bounds-missing",
        ),
        ({"specs": ()}, "bounds-missing"),
        ({"delta": "5e-324"}, "epsilon-unreachable"),
        ({"monotone": {"count": "increasing"}}, "constraint-unsupported"),
        ({"interactions": 3}, "constraint-unsupported"),
        ({"interactions": (("count", "word"),)}, "constraint-unsupported"),
        ({"kind": "multiclass"}, "task-unsupported"),
        ({"kind": "regression", "classes": ()}, "task-unsupported"),
        ({"features": frame(1009).assign(word="CANARY")}, "value-undeclared"),
        ({"features": frame(1009).assign(count=np.nan)}, "value-undeclared"),
        ({"features": frame(1009).assign(count=np.inf)}, "value-undeclared"),
        ({"target": np.full(1009, "CANARY", dtype=object)}, "class-undeclared"),
    ],
)
def test_what_cannot_be_private_is_refused(choices: dict[str, Any], code: str) -> None:
    with pytest.raises(Error) as refused:
        train(task(**choices))

    assert refused.value.code == code
    assert "CANARY" not in str(refused.value.as_dict())


def test_one_row_is_enough_and_a_huge_table_of_levels_too() -> None:
    one = train(task(features=frame(1), target=np.array(["yes"], dtype=object)))
    assert np.isfinite(one.model.predict(frame(50))).all()

    many = FeatureSpec(name="code", kind="nominal", levels=tuple(f"L{i}" for i in range(500)))
    features = pd.DataFrame({"code": np.resize(np.array(many.levels, dtype=object), 2000)})
    target = np.resize(np.array(["no", "yes"], dtype=object), 2000)
    wide = train(task(features=features, specs=(many,), target=target))
    assert np.isfinite(wide.model.predict(features)).all()


def test_no_code_path_reaches_the_vendors_refused_classes(repository: Path) -> None:
    used = set()
    for path in (repository / "src" / "glassledger").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in ("interpret", "diffprivlib"):
                used |= {f"{node.module}.{alias.name}" for alias in node.names}
            if isinstance(node, ast.Import):
                used |= {alias.name for alias in node.names if alias.name.split(".")[0] in ("interpret", "diffprivlib")}
            if isinstance(node, ast.Attribute):
                assert node.attr != "DPExplainableBoostingRegressor"
    assert used == {
        "diffprivlib.mechanisms",
        "diffprivlib.utils.PrivacyLeakWarning",
        "interpret.glassbox.ExplainableBoostingClassifier",
        "interpret.glassbox.ExplainableBoostingRegressor",
        "interpret.privacy.DPExplainableBoostingClassifier",
    }
