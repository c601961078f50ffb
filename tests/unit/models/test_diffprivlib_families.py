"""The door: our mechanisms draw what the unmodified diffprivlib draws, and nothing of it stays behind."""

import json
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glassledger.errors import ModelError, PrivacyError
from glassledger.models import diffprivlib_families
from glassledger.models.diffprivlib_families import Mechanisms
from glassledger.models.dp_forest import Column, grown, leaf_labels
from glassledger.models.dp_logistic import private_minimum
from glassledger.models.dp_naive_bayes import gaussian_moments
from glassledger.records.features import FeatureSpec


@pytest.fixture(scope="module")
def golden() -> Any:
    """Outputs of the unmodified package; golden/make_diffprivlib.py wrote them on scikit-learn 1.5."""
    text = (Path(__file__).parent / "golden" / "diffprivlib_0_6_6.json").read_text()
    return json.loads(text)


def table(rows: int, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """The golden table."""
    random = np.random.RandomState(0)
    X = random.random_sample((rows, columns))
    y = (X[:, 0] + 0.5 * X[:, 1] + 0.3 * random.standard_normal(rows) > 0.75).astype(int)
    return X, y


def test_the_golden_outputs_come_from_the_unmodified_stack(golden: Any) -> None:
    assert golden["made_by"]["diffprivlib"] == "0.6.6"
    assert golden["made_by"]["scikit-learn"] == "1.5.2"
    assert golden["made_by"]["scipy"].split(".") < ["1", "18"]


def test_every_mechanism_draws_the_golden_noise(golden: Any) -> None:
    wanted = golden["draws"]
    ours = Mechanisms(np.random.RandomState(wanted["seed"]))

    assert [ours.count(100, 0.3) for _ in range(20)] == wanted["count"]
    assert [ours.bounded_sum(20.0, 0.2, 40.0) for _ in range(20)] == wanted["bounded_sum"]
    assert [ours.bounded_squares(5.0, 0.2, 0.5, 20.0) for _ in range(20)] == wanted["bounded_squares"]
    assert [ours.choose([3, 5, 4], 0.5) for _ in range(40)] == wanted["choose"]
    for case in wanted["objective_noise"]:
        linear, extra = ours.objective_noise(5, case["epsilon"], case["curvature"], case["alpha"])
        assert linear.tolist() == case["linear"]
        assert extra == case["extra"]


def test_a_wrong_twin_does_not_draw_the_golden_noise(golden: Any) -> None:
    wanted = golden["draws"]["count"]
    twin = Mechanisms(np.random.RandomState(golden["draws"]["seed"]))

    assert [twin.count(100, 0.33) for _ in range(20)] != wanted


def test_logistic_regression_is_the_vendors_where_the_vendor_is_right(golden: Any) -> None:
    X, y = table(200, 4)
    rows = (2 * X - 1) / 2
    for case in golden["logistic"]:
        ours = private_minimum(
            rows,
            y == 1,
            epsilon=case["epsilon"] / 0.99,  # a hundredth of ours pays for the distance to the minimum
            steps=2,  # the vendor's epsilon is for a replaced row
            alpha=1 / case["c"],
            max_iter=100,
            mechanisms=Mechanisms(np.random.RandomState(case["seed"])),
        )
        assert np.abs(ours - case["weights"]).max() < 1e-3 * np.abs(case["weights"]).max()


def test_moments_are_the_vendors(golden: Any) -> None:
    wanted = golden["moments"]
    X, _ = table(150, 3)
    ours = Mechanisms(np.random.RandomState(wanted["seed"]))

    laws = [gaussian_moments(X[:, feature], wanted["size"], wanted["each"], ours) for feature in range(3)]

    assert np.allclose(np.array(laws).T, [wanted["mean"], wanted["variance"]], rtol=1e-12, atol=0)


def test_a_tree_and_its_labels_are_the_vendors(golden: Any) -> None:
    wanted = golden["tree"]
    X, y = table(400, 3)
    state = np.random.RandomState(wanted["seed"])
    layout = tuple(Column(FeatureSpec(name=f"x{i}", kind="continuous", lower=0, upper=1), None, 0.0) for i in range(3))

    nodes = grown(layout, 3, state)
    labels = leaf_labels(nodes, X, y, 2, 1.0, Mechanisms(state))

    assert [node.column for node in nodes] == wanted["column"]
    assert [node.left for node in nodes] == wanted["left"]
    assert [node.right for node in nodes] == wanted["right"]
    thresholds = [(n.threshold, t) for n, t in zip(nodes, wanted["threshold"], strict=True) if n.column >= 0]
    assert all(ours == theirs for ours, theirs in thresholds)
    assert wanted["empty_leaves"] == 0
    assert labels == {i: label for i, label in enumerate(wanted["label"]) if wanted["column"][i] < 0}


PROBE = """
import sys, warnings
import sklearn.tree._tree as tree
before = {name for name in ("DOUBLE", "DTYPE") if hasattr(tree, name)}
filters = list(warnings.filters)
from glassledger.models.diffprivlib_families import Mechanisms
assert "diffprivlib" not in sys.modules, "imported before it was asked for"
noisy = {Mechanisms().count(100, 0.1) for _ in range(50)}
assert len(noisy) > 5
assert {name for name in ("DOUBLE", "DTYPE") if hasattr(tree, name)} == before
assert warnings.filters == filters
from diffprivlib.accountant import BudgetAccountant
assert BudgetAccountant._default is None
import sklearn.linear_model
assert "diffprivlib" not in sklearn.linear_model.LogisticRegression.__init__.__module__
print("clean")
"""


def test_the_door_is_lazy_and_leaves_no_trace() -> None:
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=False, timeout=120)

    assert done.stdout.strip() == "clean", done.stderr[-2000:]


def test_threads_share_one_import() -> None:
    results: list[int] = []
    threads = [threading.Thread(target=lambda: results.append(Mechanisms().count(5, 1.0))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(results) == 8


def test_production_never_has_a_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Mechanisms] = []
    for family in ("dp_logistic", "dp_naive_bayes", "dp_forest"):
        module = getattr(diffprivlib_families, family)
        monkeypatch.setattr(module, "train", lambda task, mechanisms: made.append(mechanisms))
    for train in ("train_logistic", "train_naive_bayes", "train_forest"):
        getattr(diffprivlib_families, train)(None)

    assert [mechanisms._random_state for mechanisms in made] == [None] * 3
    with diffprivlib_families._mechanisms() as vendor:
        drawn = vendor.Geometric(epsilon=1.0, random_state=None)
    assert type(drawn._rng).__name__ == "SystemRandom"


@contextmanager
def broken(error: Exception | None, warning: Warning | None = None) -> Iterator[Any]:
    class Vendor:
        def Geometric(self, **parameters: Any) -> Any:
            if warning is not None:
                warnings.warn(warning, stacklevel=2)
            if error is not None:
                raise error
            return self

        def randomise(self, value: int) -> int:
            return value

    yield Vendor()


def test_a_leak_warning_is_an_error_and_no_message_gets_out(monkeypatch: pytest.MonkeyPatch) -> None:
    Mechanisms().count(1, 1.0)
    from diffprivlib.utils import PrivacyLeakWarning

    for fault, kind, code in (
        (broken(None, PrivacyLeakWarning("CANARY")), PrivacyError, "vendor-privacy-warning"),
        (broken(ValueError("CANARY")), ModelError, "learner-failed"),
    ):
        with fault as vendor:
            monkeypatch.setattr(diffprivlib_families, "_imported", lambda vendor=vendor: vendor)
            with pytest.raises(kind) as refused:
                Mechanisms().count(1, 1.0)
            assert refused.value.code == code
            assert "CANARY" not in str(refused.value.as_dict())
            assert refused.value.__cause__ is None


class TestTheVendorsEstimators:
    """Why they are not used: each defect, shown on the vendor's own code."""

    @pytest.fixture(autouse=True)
    def _vendor(self) -> None:
        Mechanisms().count(1, 1.0)  # diffprivlib is imported through the shim

    def test_naive_bayes_tells_the_exact_number_of_rows(self) -> None:
        from diffprivlib.models import GaussianNB

        X, y = table(137, 2)
        sums = {GaussianNB(epsilon=0.1, bounds=([0, 0], [1, 1])).fit(X, y).class_count_.sum() for _ in range(10)}

        assert sums == {137.0}  # under add-or-remove-one this reveals a record with certainty

    def test_naive_bayes_tells_which_classes_occur(self) -> None:
        from diffprivlib.models import GaussianNB

        X, _ = table(50, 2)
        one = GaussianNB(epsilon=0.1, bounds=([0, 0], [1, 1])).fit(X, np.r_[np.zeros(49), 1])
        none = GaussianNB(epsilon=0.1, bounds=([0, 0], [1, 1])).fit(X, np.zeros(50))

        assert len(one.classes_) == 2
        assert len(none.classes_) == 1

    def test_naive_bayes_underrates_what_one_record_adds_to_a_sum(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from diffprivlib.models import naive_bayes

        seen = []
        real = naive_bayes.LaplaceTruncated
        monkeypatch.setattr(
            naive_bayes, "LaplaceTruncated", lambda **given: seen.append(given["sensitivity"]) or real(**given)
        )
        X, y = table(60, 2)
        X = 1000 + X[:, :1]
        naive_bayes.GaussianNB(epsilon=1.0, bounds=([1000.0], [1001.0])).fit(X, y)

        assert set(seen) == {1.0}
        assert X.sum() - X[1:].sum() > 1000  # what one record really adds

    def test_the_forest_gives_its_seeds_away(self) -> None:
        from diffprivlib.models import RandomForestClassifier
        from diffprivlib.models.forest import DecisionTreeClassifier

        X, y = table(300, 3)
        bounds = ([0.0] * 3, [1.0] * 3)
        forest = RandomForestClassifier(n_estimators=2, epsilon=0.5, bounds=bounds, classes=[0, 1], max_depth=3)
        forest.fit(X.astype(np.float32), y)
        tree = forest.estimators_[0]

        assert isinstance(tree.random_state, int)
        assert tree.random_state < 2**31
        again = DecisionTreeClassifier(
            max_depth=3, epsilon=0.5, bounds=bounds, classes=[0, 1], random_state=tree.random_state
        ).fit(X[:150].astype(np.float32), y[:150])
        assert (again.tree_.value == tree.tree_.value).all()  # the noise can be replayed

    def test_one_record_moves_many_others_to_another_tree(self) -> None:
        trees, rows = 10, 1000
        before = (np.arange(rows) // (rows / trees)).astype(int)  # the vendor's line
        after = (np.arange(rows + 1) // ((rows + 1) / trees)).astype(int)

        assert (after[:-1] != before).sum() >= trees - 1  # a record appended; parallel composition allows none

    def test_logistic_regression_leaves_the_constant_unpenalised_and_the_norm_unsquared(self) -> None:
        import inspect

        from diffprivlib.mechanisms import Vector
        from diffprivlib.models import logistic_regression

        assert "fit_intercept=fit_intercept" in inspect.getsource(logistic_regression._logistic_regression_path)
        scale = 10.0  # rows ten times as long, weights a tenth: the same problem, so the same extra ridge, by 100
        zero = lambda w: (0.0, np.zeros(1))  # noqa: E731
        given = {"epsilon": 0.5, "dimension": 1, "function_sensitivity": 0.25, "n": 1}
        short = Vector(**given, data_sensitivity=1.0, alpha=0.1, random_state=1).randomise(zero)
        long = Vector(**given, data_sensitivity=scale, alpha=0.1 * scale**2, random_state=1).randomise(zero)
        ridge_short = 0.1 + (short(np.ones(1))[1] - short(np.zeros(1))[1])[0]
        ridge_long = 0.1 * scale**2 + (long(np.ones(1))[1] - long(np.zeros(1))[1])[0]

        assert ridge_long < 0.6 * ridge_short * scale**2
