"""Private logistic regression by objective perturbation, with a pure guarantee.

Source: Chaudhuri, Monteleoni and Sarwate, *Differentially private empirical risk minimization*, JMLR 12 (2011),
Algorithm 2 and Theorem 9. diffprivlib implements it in ``LogisticRegression``; what that estimator does otherwise, and
why its proof then fails, is in docs/explanation/privacy-guarantee.md. Here

* every row of the design, the constant included, is divided by the public norm √(1 + features), so rows have norm ≤ 1;
* the constant is a column like any other and is penalised, because the proof needs a strongly convex objective;
* the sum of losses is minimised, not the mean: the number of rows enters nowhere;
* Newton's method goes on until the gradient is so small that a little noise on the result covers the rest: the
  released weights are private although they are not the exact minimum (Iyengar et al., *Towards practical
  differentially private convex optimization*, IEEE S&P 2019, for the idea).

Several classes are fitted one against the rest, each with its share of epsilon, and joined by softmax.
"""

import math
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve
from scipy.special import expit

from glassledger.errors import ModelError
from glassledger.models.additive import AdditiveModel, Axis, PolynomialTerm, TableTerm
from glassledger.models.noise_mechanisms import NoiseMechanisms
from glassledger.models.private_task import UNPROTECTED, PrivateTask, bounds, checked, level_count
from glassledger.models.tasks import LINKS
from glassledger.models.training import Trained, TrainingTask
from glassledger.policy.families import DpLogisticSettings
from glassledger.privacy.accounting import PURE
from glassledger.records.budget import PrivacyEvent
from glassledger.records.features import FeatureSpec

Floats = NDArray[np.float64]

#: Bound on the second derivative of the logistic loss.
_CURVATURE = 0.25
#: Share of epsilon that pays for stopping before the exact minimum.
_POLISH = 0.01
#: Norm of the gradient at which Newton's method stops, and the norm that the proof allows: ten times that.
_GRADIENT = 1e-8
_ALLOWED_GRADIENT = 1e-7


def train(task: TrainingTask, mechanisms: NoiseMechanisms) -> Trained:
    """Fit and compile private logistic regression, for two or more classes.

    Privacy spent: (epsilon, 0) under the task's adjacency.

    Raises
    ------
    PrivacyError
        When the budget, the bounds or a choice of the task does not allow it.
    ModelError
        When Newton's method does not arrive; the budget is spent all the same.
    """
    private = checked(task, "dp-logistic")
    settings = task.settings
    assert isinstance(settings, DpLogisticSettings)
    targets = [1] if task.kind == "binary" else list(range(len(task.classes)))
    rows, norm = design(private)
    each = private.epsilon / len(targets)
    weights = [
        private_minimum(
            rows,
            private.codes == target,
            epsilon=each,
            steps=private.steps,
            alpha=1 / (settings.c * norm**2),
            max_iter=settings.max_iter,
            mechanisms=mechanisms,
        )
        / norm
        for target in targets
    ]
    return Trained(
        _compiled(task, np.stack(weights, axis=1)),
        mechanisms.library,
        events=(
            PrivacyEvent(
                mechanism=PURE,
                sensitivity=1.0,
                noise_scale=1 / (each * (1 - _POLISH)),
                count=len(targets),
                detail="objective perturbation: random linear term in the sum of losses",
            ),
            PrivacyEvent(
                mechanism=PURE,
                sensitivity=1.0,
                noise_scale=1 / (each * _POLISH),
                count=len(targets),
                detail="noise on the weights that covers the distance to the exact minimum",
            ),
        ),
        native=f"epsilon = {private.epsilon:.6g} pure differential privacy",
        accountant="basic composition of pure releases",
        noise_source=mechanisms.noise_source,
        unprotected=UNPROTECTED,
        notes=("The number of rows is protected: it enters nowhere.",)
        + (("Classes are fitted one against the rest and joined by softmax.",) if task.kind == "multiclass" else ()),
    )


def design(private: PrivateTask) -> tuple[Floats, float]:
    """The rows that the loss sees, and the public norm that they were divided by.

    A constant; a continuous feature from −1 at its lower to 1 at its upper bound, with a column for *missing* where
    allowed; one column a declared level of a nominal feature, *missing* among them where allowed.

    Returns
    -------
    (ndarray of shape (n_rows, n_columns) with rows of norm at most 1, float)
    """
    norm = math.sqrt(1 + len(private.specs))
    blocks = [np.ones((private.rows, 1))]
    for spec, column in zip(private.specs, private.columns, strict=True):
        if spec.kind == "nominal":
            blocks.append(np.asarray(column[:, np.newaxis] == np.arange(level_count(spec)), dtype=np.float64))
            continue
        low, high = bounds(spec)
        missing = np.isnan(column)
        blocks.append(np.where(missing, 0.0, np.clip(2 * (column - low) / (high - low) - 1, -1, 1))[:, np.newaxis])
        if spec.missing:
            blocks.append(missing.astype(np.float64)[:, np.newaxis])
    return np.hstack(blocks) / norm, norm


def private_minimum(
    rows: Floats,
    positive: NDArray[np.bool_],
    *,
    epsilon: float,
    steps: int,
    alpha: float,
    max_iter: int,
    mechanisms: NoiseMechanisms,
) -> Floats:
    """Weights of one private logistic regression.

    The published epsilon is for a replaced row, which is two steps of adding or removing one; the loss of a single step
    is half of it (docs/explanation/privacy-guarantee.md has the three lines of the proof), hence the factor.
    """
    dimension = rows.shape[1]
    linear, extra = mechanisms.objective_noise(dimension, 2 / steps * epsilon * (1 - _POLISH), _CURVATURE, alpha)
    ridge = alpha + extra
    exactly = _newton(rows, positive, linear, ridge, max_iter)
    distance = _ALLOWED_GRADIENT / ridge  # to the exact minimum, by strong convexity
    polish, _ = mechanisms.objective_noise(dimension, epsilon * _POLISH, 0.0, 1.0)
    return np.asarray(exactly + distance * polish)


def _newton(rows: Floats, positive: NDArray[np.bool_], linear: Floats, ridge: float, max_iter: int) -> Floats:
    """Minimise Σ log(1 + exp(−y·wx)) + b·w + ridge/2·‖w‖².

    Newton's direction always lowers the norm of the gradient, so halving the step until it does cannot fail to arrive.
    """

    def gradient(weights: Floats) -> tuple[Floats, Floats]:
        chance = expit(rows @ weights)
        return rows.T @ (chance - positive) + linear + ridge * weights, chance

    weights = np.zeros(rows.shape[1])
    slope, chance = gradient(weights)
    for _ in range(max_iter):
        if np.linalg.norm(slope) <= _GRADIENT:
            return weights
        hessian = rows.T @ (rows * (chance * (1 - chance))[:, np.newaxis]) + ridge * np.eye(len(weights))
        direction = solve(hessian, slope, assume_a="pos")
        step = 1.0
        while step > 1e-12:
            tried, odds = gradient(weights - step * direction)
            if np.linalg.norm(tried) <= (1 - step / 4) * np.linalg.norm(slope):
                break
            step /= 2
        weights, slope, chance = weights - step * direction, tried, odds
    raise ModelError(
        "Newton's method did not arrive at a minimum.",
        code="solver-failed",
        hint="Lower c, or raise max_iter; the budget is spent all the same.",
    )


def _compiled(task: TrainingTask, weights: Floats) -> AdditiveModel:
    """The same function in our form; ``weights`` has one column an output, on the undivided design."""
    widths = [1, *(level_count(spec) if spec.kind == "nominal" else 1 + spec.missing for spec in task.specs)]
    ends = list(accumulate(widths))
    blocks = [weights[start:end] for start, end in pairwise(ends)]
    return AdditiveModel(
        family="dp-logistic",
        task=task.kind,
        link=LINKS[task.kind],
        classes=task.classes,
        features=task.specs,
        intercept=tuple(weights[0].tolist()),
        terms=tuple(_term(spec, block) for spec, block in zip(task.specs, blocks, strict=True)),
    )


def _term(spec: FeatureSpec, block: Floats) -> TableTerm | PolynomialTerm:
    nothing = np.zeros(block.shape[1])
    missing = block[-1] if spec.missing else nothing
    if spec.kind == "nominal":
        table = np.vstack([missing, block[: len(spec.levels)], nothing])
        axis = Axis(feature=spec.name, bins=tuple(range(1, len(spec.levels) + 1)))
        return TableTerm(axes=(axis,), values=tuple(table.ravel().tolist()))
    low, high = bounds(spec)
    return PolynomialTerm(
        feature=spec.name,
        center=(low + high) / 2,
        lower=low,
        upper=high,
        coefficients=tuple((block[0] * 2 / (high - low)).tolist()),
        missing=tuple(missing.tolist()),
    )
