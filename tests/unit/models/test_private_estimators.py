"""The estimators are ordinary scikit-learn estimators, and refuse what would leak."""

import dataclasses
import inspect
import pickle
import random

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.utils.estimator_checks import estimator_checks_generator

from glassledger.errors import PrivacyError
from glassledger.models import private_additive, private_estimators
from glassledger.models.private_estimators import PrivateAdditiveClassifier, PrivateAdditiveRegressor
from glassledger.models.private_learner import Choices
from glassledger.policy.families import DpAdditiveSettings
from glassledger.privacy import noise
from glassledger.privacy.budget import PrivacyBudget
from glassledger.privacy.filter import PrivacyFilter

WIDE = PrivacyFilter(1_000_000, 0.5)
ESTIMATORS = [
    PrivateAdditiveClassifier(bounds=(-10.0, 10.0), classes="public", max_bins=4, reserve=WIDE),
    PrivateAdditiveRegressor(bounds=(-10.0, 10.0), target_bounds=(-100.0, 100.0), max_bins=4, reserve=WIDE),
]
#: Checks that compare two fits to the last digit: noise that cannot be seeded must fail them.
TWO_FITS = {
    "check_fit_idempotent",
    "check_supervised_y_2d",
    "check_regressors_int",
    "check_regressor_data_not_an_array",
    "check_classifier_data_not_an_array",
}
#: scikit-learn itself passes over this one for estimators that say they are not deterministic.
NOT_FOR_NOISE = {"check_pipeline_consistency"}

CHECKS = [
    pytest.param(each, check, id=f"{type(each).__name__}-{check.func.__name__}-{number}")
    for estimator in ESTIMATORS
    for number, (each, check) in enumerate(estimator_checks_generator(estimator))
    if check.func.__name__ not in TWO_FITS | NOT_FOR_NOISE
]


@pytest.mark.parametrize(("estimator", "check"), CHECKS)
@pytest.mark.filterwarnings("ignore:invalid value encountered in cast:RuntimeWarning")
def test_scikit_learn_accepts_the_estimators(estimator, check):
    check(estimator)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda estimator: type(estimator).__name__)
def test_nothing_but_the_noise_differs_between_two_fits(estimator, monkeypatch):
    """The same checks under noise that is the same in every fit."""

    def repeated(task):
        monkeypatch.setattr(noise.os, "urandom", random.Random(4).randbytes)
        return private_additive.train(task)

    monkeypatch.setattr(private_estimators, "train", repeated)
    ran = set()
    for each, check in estimator_checks_generator(estimator):
        if check.func.__name__ in TWO_FITS:
            check(each)
            ran.add(check.func.__name__)
    assert len(ran) >= 3


def data(rows: int = 3_000, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.uniform(0, 1, (rows, 3))
    return x, (x[:, 0] + rng.normal(0, 0.2, rows) > 0.5).astype(int)


def test_bounds_and_classes_must_be_declared() -> None:
    x, y = data(50)
    before = WIDE.fits
    for estimator, code in (
        (PrivateAdditiveClassifier(reserve=WIDE, classes=(0, 1)), "bounds-missing"),
        (PrivateAdditiveClassifier(reserve=WIDE, bounds={"x0": (0, 1)}, classes=(0, 1)), "bounds-missing"),
        (PrivateAdditiveClassifier(reserve=WIDE, bounds=(0, 1)), "classes-missing"),
        (PrivateAdditiveRegressor(reserve=WIDE, bounds=(0, 1)), "target-bounds-missing"),
        (
            PrivateAdditiveRegressor(reserve=WIDE, bounds=(0, 1), target_bounds=(-1, 1), link="log"),
            "target-bounds-missing",
        ),
    ):
        with pytest.raises(PrivacyError) as caught:
            estimator.fit(x, y)
        assert caught.value.code == code
        assert WIDE.fits == before  # a refused declaration costs nothing


def test_an_undeclared_label_is_refused_without_showing_it() -> None:
    x, y = data(50)
    labels = np.where(y == 1, "yes", "no").astype(object)
    labels[3] = "secret label"
    with pytest.raises(ValueError) as caught:
        PrivateAdditiveClassifier(reserve=WIDE, bounds=(0, 1), classes=("no", "yes")).fit(x, labels)
    assert "secret" not in str(caught.value)


def test_a_declared_class_may_be_absent() -> None:
    x, y = data(400)
    fitted = PrivateAdditiveClassifier(reserve=WIDE, bounds=(0, 1), classes=(0, 1, 2), epsilon=4.0).fit(x, y)
    assert fitted.predict_proba(x).shape == (400, 3)
    assert fitted.predict_proba(x).sum(axis=1) == pytest.approx(np.ones(400))


def test_every_fit_of_a_grid_search_reserves() -> None:
    x, y = data(300)
    ledger = PrivacyFilter(6, 1e-5)
    pipeline = make_pipeline(
        MinMaxScaler().fit([[0, 0, 0], [1, 1, 1]]),
        PrivateAdditiveClassifier(bounds=(0, 1), classes=(0, 1), reserve=ledger, max_bins=4),
    )
    search = GridSearchCV(pipeline, {"privateadditiveclassifier__max_bins": [2, 4]}, cv=2)
    search.fit(x, y)
    assert ledger.fits == 2 * 2 + 1
    clone(pipeline).fit(x, y)
    assert ledger.spent == pytest.approx((6.0, 6e-6))
    with pytest.raises(PrivacyError) as caught:
        clone(pipeline).fit(x, y)
    assert caught.value.code == "filter-exhausted"


def test_without_a_keeper_nothing_is_fitted() -> None:
    x, y = data(60)
    for estimator in (
        PrivateAdditiveClassifier(bounds=(0, 1), classes=(0, 1)),
        PrivateAdditiveRegressor(bounds=(0, 1), target_bounds=(0, 1)),
    ):
        with pytest.raises(PrivacyError) as caught:
            estimator.fit(x, y)
        assert caught.value.code == "reserve-missing"


def test_a_fitted_estimator_can_be_pickled_and_its_copy_spends_nothing() -> None:
    x, y = data(60)
    fitted = PrivateAdditiveClassifier(bounds=(0, 1), classes=(0, 1), reserve=PrivacyFilter(10, 1e-5)).fit(x, y)
    copy = pickle.loads(pickle.dumps(fitted))
    assert (copy.predict(x) == fitted.predict(x)).all()
    with pytest.raises(PrivacyError) as caught:
        copy.fit(x, y)
    assert caught.value.code == "filter-exhausted"


def test_a_grid_search_over_processes_spends_nothing_uncounted() -> None:
    x, y = data(60)
    ledger = PrivacyFilter(10, 1e-5)
    search = GridSearchCV(
        PrivateAdditiveClassifier(bounds=(0, 1), classes=(0, 1), reserve=ledger), {"max_bins": [2, 4]}, cv=2, n_jobs=2
    )
    with pytest.raises((ValueError, PrivacyError)):
        search.fit(x, y)
    assert ledger.fits == 0


def test_a_refused_reservation_stops_the_fit() -> None:
    x, y = data(60)

    def refuse(_: PrivacyBudget) -> None:
        raise PrivacyError("No budget left.", code="budget-exhausted")

    estimator = PrivateAdditiveClassifier(bounds=(0, 1), classes=(0, 1), reserve=refuse)
    with pytest.raises(PrivacyError):
        estimator.fit(x, y)
    assert not hasattr(estimator, "model_")


def test_levels_and_missing_values() -> None:
    x, y = data(2_000)
    frame = pd.DataFrame({"a": x[:, 0], "b": np.where(x[:, 1] > 0.5, "u", "v").astype(object)})
    frame.loc[::7, "a"] = np.nan
    frame.loc[::5, "b"] = None
    fitted = PrivateAdditiveClassifier(
        reserve=WIDE, bounds={"a": (0, 1)}, levels={"b": ("u", "v")}, classes=(0, 1), missing=True, epsilon=4.0
    ).fit(frame, y)
    assert np.isfinite(fitted.decision_function(frame)).all()
    assert fitted.score(frame, y) > 0.7
    with pytest.raises(TypeError):
        fitted.predict(frame.to_numpy())


def test_no_seed_reaches_the_noise() -> None:
    """The seam for tests is an argument of an inner function; neither policy nor estimators nor global seeds do it."""
    for estimator in ESTIMATORS:
        assert not {"seed", "random_state", "source", "rng"} & set(estimator.get_params())
    assert not {"seed", "random_state", "source", "rng"} & set(DpAdditiveSettings.model_fields)
    assert "source" not in {field.name for field in dataclasses.fields(Choices)}
    assert set(inspect.signature(private_additive.train).parameters) == {"task"}
    x, y = data(100)
    digests = set()
    for _ in range(3):
        np.random.seed(0)
        random.seed(0)
        fitted = PrivateAdditiveClassifier(reserve=WIDE, bounds=(0, 1), classes=(0, 1), max_bins=2).fit(x, y)
        digests.add(fitted.model_.digest)
    assert len(digests) == 3


def test_two_fits_differ_and_learn() -> None:
    x, y = data(4_000)
    one, two = (
        PrivateAdditiveClassifier(reserve=WIDE, bounds=(0, 1), classes=(0, 1), epsilon=2.0).fit(x, y) for _ in range(2)
    )
    assert one.model_.digest != two.model_.digest
    assert min(one.score(x, y), two.score(x, y)) > 0.8


@pytest.mark.parametrize("link", ["identity", "log"])
def test_the_regressor_learns_a_mean(link: str) -> None:
    rng = np.random.default_rng(3)
    x = rng.uniform(0, 1, (8_000, 2))
    y = np.exp(1.0 + 1.5 * x[:, 0]) * rng.gamma(20, 1 / 20, 8_000)
    fitted = PrivateAdditiveRegressor(reserve=WIDE, bounds=(0, 1), target_bounds=(0, 30), link=link, epsilon=2.0).fit(
        x, y
    )
    truth = np.exp(1.0 + 1.5 * x[:, 0])
    assert np.sqrt(np.mean((fitted.predict(x) - truth) ** 2)) < 0.25 * truth.std()
