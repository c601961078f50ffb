"""The one door to diffprivlib: its mechanisms, and the three families that are built on them.

diffprivlib's estimators are not used: their defects cannot be worked around from outside (docs/explanation/
privacy-guarantee.md lists them with the tests that show them). Its mechanisms are used, and the families here follow
the estimators' recipes with the faulty steps repaired; golden outputs of the unmodified estimators hold the two
together where the estimators are right. Nothing here touches diffprivlib's budget accountant: budget is reserved in the
log, not in an estimator's memory.

``import diffprivlib`` fails on scikit-learn 1.9, which dropped two names. The shim lends them for the time of the first
import and takes them back.
"""

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassledger.errors import PrivacyError
from glassledger.models import dp_forest, dp_logistic, dp_naive_bayes
from glassledger.models.training import Trained, TrainingTask
from glassledger.models.vendor import door, library

Floats = NDArray[np.float64]

_IMPORTING = threading.Lock()

#: Where diffprivlib's mechanisms get randomness from when they are given none.
NOISE_SOURCE = "operating system CSPRNG (secrets.SystemRandom), through diffprivlib's samplers"


def train_logistic(task: TrainingTask) -> Trained:
    """Fit private logistic regression; see :mod:`glassledger.models.dp_logistic`."""
    return dp_logistic.train(task, Mechanisms())


def train_naive_bayes(task: TrainingTask) -> Trained:
    """Fit private naive Bayes; see :mod:`glassledger.models.dp_naive_bayes`."""
    return dp_naive_bayes.train(task, Mechanisms())


def train_forest(task: TrainingTask) -> Trained:
    """Fit a private forest; see :mod:`glassledger.models.dp_forest`."""
    return dp_forest.train(task, Mechanisms())


class Mechanisms:
    """diffprivlib's mechanisms; what each one promises stands in :class:`~.noise_mechanisms.NoiseMechanisms`.

    Parameters
    ----------
    random_state : None or numpy RandomState
        A seam for the golden tests. None, always, in production: the mechanisms then draw from the operating system.
    """

    noise_source = NOISE_SOURCE

    def __init__(self, random_state: Any = None) -> None:
        self._random_state = random_state
        self.library = library("diffprivlib")

    def count(self, exact: int, epsilon: float) -> int:
        with _mechanisms() as vendor:
            mechanism = vendor.Geometric(epsilon=epsilon, sensitivity=1, random_state=self._random_state)
            return int(mechanism.randomise(int(exact)))

    def bounded_sum(self, exact: float, epsilon: float, upper: float) -> float:
        with _mechanisms() as vendor:
            mechanism = vendor.LaplaceTruncated(
                epsilon=epsilon, sensitivity=1.0, lower=0.0, upper=upper, random_state=self._random_state
            )
            return float(mechanism.randomise(float(exact)))

    def bounded_squares(self, exact: float, epsilon: float, sensitivity: float, upper: float) -> float:
        with _mechanisms() as vendor:
            mechanism = vendor.LaplaceBoundedDomain(
                epsilon=epsilon, sensitivity=sensitivity, lower=0.0, upper=upper, random_state=self._random_state
            )
            return float(mechanism.randomise(float(exact)))

    def choose(self, counts: list[int], epsilon: float) -> int:
        with _mechanisms() as vendor:
            mechanism = vendor.PermuteAndFlip(
                epsilon=epsilon, sensitivity=1, monotonic=True, utility=counts, random_state=self._random_state
            )
            return int(mechanism.randomise())

    def objective_noise(self, dimension: int, epsilon: float, curvature: float, alpha: float) -> tuple[Floats, float]:
        with _mechanisms() as vendor:
            mechanism = vendor.Vector(
                epsilon=epsilon,
                dimension=dimension,
                alpha=alpha,
                function_sensitivity=curvature,
                data_sensitivity=1.0,  # the vendor forgets to square it, so rows have norm 1
                n=1,  # the objective is a sum, not a mean, so no count of rows enters
                random_state=self._random_state,
            )
            perturbation = mechanism.randomise(lambda w: (0.0, np.zeros(dimension)))
            linear = np.asarray(perturbation(np.zeros(dimension))[1])
            extra = float((perturbation(np.eye(1, dimension).ravel())[1] - linear)[0])
        return linear, extra


@contextmanager
def _mechanisms() -> Iterator[Any]:
    """diffprivlib's mechanisms; its warnings about leaks are errors, and none of its messages gets out."""
    with door("diffprivlib"):
        vendor = _imported()
        from diffprivlib.utils import PrivacyLeakWarning

        warnings.simplefilter("error", PrivacyLeakWarning)
        try:
            yield vendor
        except RuntimeWarning:
            raise PrivacyError(
                "diffprivlib would have read something private off the data.",
                code="vendor-privacy-warning",
                hint="This is a defect of glassledger or of a new diffprivlib; please report it.",
            ) from None


def _imported() -> Any:
    """Import diffprivlib once, lending scikit-learn the names that the import needs."""
    with _IMPORTING:
        import sklearn.tree._tree as tree

        lent = {"DOUBLE": np.float64, "DTYPE": np.float32}
        lent = {name: value for name, value in lent.items() if not hasattr(tree, name)}
        for name, value in lent.items():
            setattr(tree, name, value)
        try:
            import diffprivlib.mechanisms  # a plain import, so that the import contract sees this door

            return diffprivlib.mechanisms
        finally:
            for name in lent:
                delattr(tree, name)
