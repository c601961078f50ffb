"""scikit-learn's naive Bayes is the oracle without noise; a recorder measures what one record really changes."""

import math
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.naive_bayes import CategoricalNB, GaussianNB

from glassledger.models import dp_naive_bayes
from glassledger.models.dp_naive_bayes import train
from glassledger.models.training import TrainingTask
from glassledger.policy.families import DpNaiveBayesSettings
from glassledger.privacy.budget import PrivacyBudget
from glassledger.records.features import FeatureSpec

SPECS = (
    FeatureSpec(name="x", kind="continuous", lower=-3.0, upper=7.0),
    FeatureSpec(name="z", kind="continuous", lower=1000.0, upper=1001.0),
    FeatureSpec(name="w", kind="nominal", levels=("a", "b", "c")),
    FeatureSpec(name="v", kind="nominal", levels=("p", "q"), missing=True),
)
GAPPY = (SPECS[0].model_copy(update={"missing": True}), *SPECS[1:])


def frame(rows: int, seed: int = 0, *, gaps: bool = False) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x = rng.uniform(-3, 7, rows)
    return pd.DataFrame(
        {
            "x": np.where(rng.random(rows) < 0.3, np.nan, x) if gaps else x,
            "z": 1000 + rng.beta(2, 5, rows),
            "w": rng.choice(np.array(["a", "b", "c"], dtype=object), rows),
            "v": rng.choice(np.array(["p", "q", None], dtype=object), rows),
        }
    )


def task(rows: int = 400, kind: str = "binary", **choices: Any) -> TrainingTask:
    classes = ("no", "yes") if kind == "binary" else ("one", "two", "three")
    features = choices.pop("features", frame(rows))
    score = features["x"].fillna(2).to_numpy() + 2 * (features["w"] == "a").to_numpy()
    codes = np.digitize(score, [2.5] if kind == "binary" else [0.5, 4.0])
    return TrainingTask(
        features=features,
        specs=choices.pop("specs", SPECS),
        target=np.array(classes, dtype=object)[codes],
        kind=kind,
        classes=classes,
        settings=DpNaiveBayesSettings(),
        budget=PrivacyBudget(Decimal(1)),
        **choices,
    )


class Exact:
    """Mechanisms without noise."""

    library = noise_source = "test"

    def count(self, exact: int, epsilon: float) -> int:
        return exact

    def bounded_sum(self, exact: float, epsilon: float, upper: float) -> float:
        return exact

    def bounded_squares(self, exact: float, epsilon: float, sensitivity: float, upper: float) -> float:
        return exact


class Recorder(Exact):
    """Answers that do not depend on the data, and a record of (what was asked, epsilon / sensitivity)."""

    def __init__(self) -> None:
        self.asked: list[tuple[float, float]] = []

    def count(self, exact: int, epsilon: float) -> int:
        self.asked.append((exact, epsilon))
        return 50

    def bounded_sum(self, exact: float, epsilon: float, upper: float) -> float:
        self.asked.append((exact, epsilon))
        return 0.3 * upper

    def bounded_squares(self, exact: float, epsilon: float, sensitivity: float, upper: float) -> float:
        self.asked.append((exact, epsilon / sensitivity))
        return 0.1 * upper


@pytest.mark.parametrize("kind", ["binary", "multiclass"])
def test_without_noise_it_is_scikit_learns_naive_bayes(kind: str) -> None:
    asked = task(kind=kind)
    codes = pd.Index(asked.classes).get_indexer(asked.target)
    scaled = np.stack([(asked.features["x"] + 3) / 10, asked.features["z"] - 1000], axis=1)
    levels = np.stack(
        [
            asked.features["w"].map({"a": 0, "b": 1, "c": 2}),
            asked.features["v"].map({"p": 0, "q": 1}).fillna(2).astype(int),
        ],
        axis=1,
    )
    gaussian = GaussianNB(var_smoothing=0.0).fit(scaled, codes)
    categorical = CategoricalNB(alpha=1.0, min_categories=[3, 3]).fit(levels, codes)
    joint = gaussian.predict_joint_log_proba(scaled) + categorical.predict_joint_log_proba(levels)
    joint -= np.log(gaussian.class_prior_)
    theirs = np.exp(joint - np.logaddexp.reduce(joint, axis=1, keepdims=True))

    model = train(asked, Exact()).model

    ours = model.predict(asked.features)
    assert np.abs(ours - (theirs[:, 1] if kind == "binary" else theirs)).max() < 1e-9


def test_missing_numbers_speak_through_their_own_count() -> None:
    features = frame(2000, gaps=True)
    asked = replace(
        task(features=features, specs=GAPPY), target=np.where(features["x"].isna(), "yes", "no").astype(object)
    )

    model = train(asked, Exact()).model

    missing, present = features["x"].isna().to_numpy(), features["x"].notna().to_numpy()
    assert model.predict(features[missing]).min() > 0.95
    assert model.predict(features[present]).max() < 0.5
    rate = float(missing.mean())
    constant = model.terms[0].missing[0]
    assert math.isfinite(constant)
    assert rate > 0.2


def test_the_missing_contribution_is_the_log_ratio_of_the_counts() -> None:
    features = frame(1000, gaps=True)
    asked = task(features=features, specs=GAPPY)
    model = train(asked, Exact()).model
    row = features.iloc[:1].assign(x=np.nan)

    def log_ratio(label: str) -> float:
        mine = features["x"][asked.target == label]
        return math.log((mine.isna().sum() + 1) / (len(mine) + 2))

    prior = math.log((asked.target == "yes").sum() / (asked.target == "no").sum())
    others = model.contributions(row)[0, 1:, 0].sum()
    z_constant = model.intercept[0] + model.terms[0].missing[0] - log_ratio("yes") + log_ratio("no") - prior
    law = train(replace(asked, features=asked.features[["z"]], specs=(SPECS[1],)), Exact()).model
    assert z_constant == pytest.approx(law.intercept[0] - prior, abs=1e-9)
    assert math.isfinite(others)


records = st.tuples(
    st.one_of(st.none(), st.floats(-1e6, 1e6)),
    st.floats(900, 1100),
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(["p", "q", None]),
    st.sampled_from(["no", "yes"]),
)


def asked_of(rows: list[Any], adjacency: Any = "add_or_remove_one") -> list[tuple[float, float]]:
    recorder = Recorder()
    features = pd.DataFrame(
        {
            "x": np.array([np.nan if r[0] is None else r[0] for r in rows], dtype=np.float64),
            "z": np.array([r[1] for r in rows], dtype=np.float64),
            "w": np.array([r[2] for r in rows], dtype=object),
            "v": np.array([r[3] for r in rows], dtype=object),
        }
    )
    base = task(1)
    train(
        replace(
            base,
            features=features,
            specs=GAPPY,
            target=np.array([r[4] for r in rows], dtype=object),
            adjacency=adjacency,
        ),
        recorder,
    )
    return recorder.asked


@given(st.lists(records, min_size=1, max_size=12), records)
@settings(max_examples=80, deadline=None)
def test_one_record_changes_all_questions_together_by_no_more_than_epsilon(rows: list[Any], record: Any) -> None:
    """The privacy loss of Laplace and geometric noise is at most Σ |change| · epsilon / sensitivity."""
    one, two = asked_of(rows), asked_of([*rows, record])

    loss = sum(abs(a - b) * rate for (a, rate), (b, _) in zip(one, two, strict=True))

    assert [rate for _, rate in one] == [rate for _, rate in two]
    assert loss <= 1.0 + 1e-6
    assert loss >= 0.2  # the record is counted at least in its class and its levels


@given(st.lists(records, min_size=1, max_size=12), records, records)
@settings(max_examples=40, deadline=None)
def test_replacing_a_record_costs_no_more_either(rows: list[Any], out: Any, into: Any) -> None:
    one, two = asked_of([*rows, out], "replace_one"), asked_of([*rows, into], "replace_one")

    assert sum(abs(a - b) * rate for (a, rate), (b, _) in zip(one, two, strict=True)) <= 1.0 + 1e-6


def test_a_wrong_twin_that_forgets_the_bounds_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """diffprivlib's sums are of raw values: here as if every range were [0, 1] around the origin, without clipping."""
    monkeypatch.setattr(dp_naive_bayes, "bounds", lambda spec: (0.0, 1.0))
    monkeypatch.setattr(np, "clip", lambda values, *_: values)
    rows: list[Any] = [(0.0, 1000.5, "a", "p", "no")]

    one, two = asked_of(rows), asked_of([*rows, (0.0, 1000.5, "a", "p", "no")])

    assert sum(abs(a - b) * rate for (a, rate), (b, _) in zip(one, two, strict=True)) > 1.0


def test_variances_stay_between_public_limits_whatever_the_noise() -> None:
    class Wild(Exact):
        def bounded_squares(self, exact: float, epsilon: float, sensitivity: float, upper: float) -> float:
            return 0.0 if epsilon > 0 and np.random.random() < 0.5 else 1e9

        def count(self, exact: int, epsilon: float) -> int:
            return -1000

    model = train(task(features=frame(400, gaps=True), specs=GAPPY), Wild()).model

    assert np.isfinite(model.predict(frame(100, gaps=True))).all()
    assert all(abs(c) < 1e6 for c in model.terms[0].coefficients)


def test_weights_and_moments_come_from_noisy_quantities() -> None:
    class Constant(Recorder):
        pass

    one = train(task(300), Constant()).model
    two = train(task(301, features=frame(301, seed=9)), Constant()).model

    assert one == two  # all answers were constants, so nothing else of the data can be in the model
