"""Private naive Bayes: noisy counts of levels, noisy means and variances of numbers, with a pure guarantee.

The recipe is that of Vaidya, Shafiq, Basu and Hong, *Differentially private naive Bayes classification* (IEEE/WIC/ACM
2013), which diffprivlib's ``GaussianNB`` follows. What that estimator does wrong, with the tests that show it, is in
docs/explanation/privacy-guarantee.md. Here

* every declared class is counted with noise, and the counts are not bent to the exact number of rows;
* numbers are scaled to [0, 1] by their declared bounds, where the sensitivity of a sum is 1 whoever is added;
* a nominal feature, and *missing*, is a noisy count a class and level instead of a normal law on 0 and 1.

A record is in one class, and in one cell of every count. With Q = 1 + nominal features + 2 · continuous features +
those with missing values allowed, every release costs epsilon / Q; classes cost nothing more, for they share no record.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glassledger.models.additive import AdditiveModel, Axis, PolynomialTerm, TableTerm
from glassledger.models.noise_mechanisms import NoiseMechanisms
from glassledger.models.private_task import UNPROTECTED, PrivateTask, bounds, checked, level_count
from glassledger.models.tasks import LINKS
from glassledger.models.training import Trained, TrainingTask
from glassledger.privacy.accounting import PURE
from glassledger.records.budget import PrivacyEvent
from glassledger.records.features import FeatureSpec

Floats = NDArray[np.float64]

#: Added to every noisy count of a level, so that no level is impossible.
_PRIOR = 1.0
#: Variances of values in [0, 1] lie below 1/4 (Popoviciu); below a hundredth of the range they would only be noise.
_LEAST_VARIANCE, _GREATEST_VARIANCE = 1e-4, 0.25


@dataclass(frozen=True, eq=False)
class _Law:
    """Noisy law of one continuous feature on [0, 1] in every class; shape (n_classes,) each."""

    mean: Floats
    variance: Floats
    missing: Floats


def train(task: TrainingTask, mechanisms: NoiseMechanisms) -> Trained:
    """Fit and compile private naive Bayes, for two or more classes.

    Privacy spent: (epsilon, 0) under the task's adjacency.

    Raises
    ------
    PrivacyError
        When the budget, the bounds or a choice of the task does not allow it.
    """
    private = checked(task, "dp-naive-bayes")
    costs = [2 + spec.missing if spec.kind == "continuous" else 1 for spec in private.specs]
    each = private.epsilon / private.steps / (1 + sum(costs))
    counts = np.array([mechanisms.count(int(n), each) for n in _class_counts(private)])
    sizes = np.maximum(counts, 1)
    intercept = np.log(sizes / sizes.sum())
    terms: list[TableTerm | PolynomialTerm] = []
    for spec, column in zip(private.specs, private.columns, strict=True):
        if spec.kind == "nominal":
            terms.append(_nominal(spec, _level_counts(private, spec, column, each, mechanisms), task))
        else:
            law = _law(private, spec, column, each, sizes, mechanisms)
            term, constant = _continuous(spec, law, sizes / sizes.sum(), task)
            terms.append(term)
            intercept = intercept + constant
    return Trained(
        AdditiveModel(
            family="dp-naive-bayes",
            task=task.kind,
            link=LINKS[task.kind],
            classes=task.classes,
            features=task.specs,
            intercept=tuple(_outputs(intercept, task).tolist()),
            terms=tuple(terms),
        ),
        mechanisms.library,
        events=_events(private, each),
        native=f"epsilon = {private.epsilon:.6g} pure differential privacy",
        accountant="basic composition over releases, parallel composition over classes",
        noise_source=mechanisms.noise_source,
        unprotected=UNPROTECTED,
        notes=(
            "The number of rows is protected: only noisy counts are used.",
            "Features are treated as independent within a class, so probabilities are too sure of themselves.",
        ),
    )


def gaussian_moments(values: Floats, size: int, each: float, mechanisms: NoiseMechanisms) -> tuple[float, float]:
    """Noisy mean and variance of values in [0, 1], each for ``each``; ``size`` is their noisy number."""
    mean = mechanisms.bounded_sum(float(values.sum()), each, float(size)) / size
    reach = max(mean, 1 - mean) ** 2  # one value moves the sum of squares by no more
    return mean, mechanisms.bounded_squares(float(((values - mean) ** 2).sum()), each, reach, reach * size) / size


def _class_counts(private: PrivateTask) -> NDArray[np.intp]:
    return np.bincount(private.codes, minlength=len(private.classes))


def _level_counts(
    private: PrivateTask, spec: FeatureSpec, column: NDArray[np.intp], each: float, mechanisms: NoiseMechanisms
) -> Floats:
    """Noisy counts, never below 0; shape (n_classes, n_levels), *missing* last where allowed."""
    exact = np.zeros((len(private.classes), level_count(spec)), dtype=np.intp)
    np.add.at(exact, (private.codes, column), 1)
    noisy = [[mechanisms.count(int(cell), each) for cell in row] for row in exact]
    return np.maximum(np.asarray(noisy, dtype=np.float64), 0.0)


def _law(
    private: PrivateTask,
    spec: FeatureSpec,
    column: Floats,
    each: float,
    sizes: NDArray[np.intp],
    mechanisms: NoiseMechanisms,
) -> _Law:
    low, high = bounds(spec)
    scaled = np.clip((column - low) / (high - low), 0.0, 1.0)
    laws = []
    for label, size in enumerate(sizes):
        mine = scaled[private.codes == label]
        present = mine[~np.isnan(mine)]
        absent = max(mechanisms.count(len(mine) - len(present), each), 0) if spec.missing else 0
        known = max(int(size) - absent, 1)
        laws.append((*gaussian_moments(present, known, each, mechanisms), (absent + _PRIOR) / (absent + known + 2)))
    mean, variance, missing = np.array(laws).T
    return _Law(mean, np.clip(variance, _LEAST_VARIANCE, _GREATEST_VARIANCE), missing)


def _nominal(spec: FeatureSpec, counts: Floats, task: TrainingTask) -> TableTerm:
    """Log-probability of every level in every class; an undeclared value speaks for no class."""
    smooth = counts + _PRIOR
    scores = _outputs(np.log(smooth / smooth.sum(axis=1, keepdims=True)).T, task)
    nothing = np.zeros(scores.shape[1])
    levels = len(spec.levels)
    table = np.vstack([scores[levels] if spec.missing else nothing, scores[:levels], nothing])
    seen = counts.sum(axis=0)
    shares = np.concatenate([seen[levels:] if spec.missing else [0.0], seen[:levels], [0.0]])
    return TableTerm(
        axes=(Axis(feature=spec.name, bins=tuple(range(1, levels + 1))),),
        values=tuple(table.ravel().tolist()),
        weights=tuple((shares / shares.sum()).tolist()) if shares.sum() > 0 else None,
    )


def _continuous(spec: FeatureSpec, law: _Law, prior: Floats, task: TrainingTask) -> tuple[PolynomialTerm, Floats]:
    """The quadratic of every class's log-density about the middle of the bounds, and its constant for the intercept."""
    low, high = bounds(spec)
    width = high - low
    off = 0.5 - law.mean
    constant = -0.5 * np.log(2 * math.pi * law.variance) - off**2 / (2 * law.variance)
    if spec.missing:
        constant = constant + np.log1p(-law.missing)
    linear = _outputs(-off / (law.variance * width), task)
    square = _outputs(-1 / (2 * law.variance * width**2), task)
    missing = _outputs(np.log(law.missing) - constant, task) if spec.missing else np.zeros_like(linear)
    term = PolynomialTerm(
        feature=spec.name,
        center=(low + high) / 2,
        lower=low,
        upper=high,
        degree=2,
        coefficients=(*linear.tolist(), *square.tolist()),
        missing=tuple(missing.tolist()),
        moments=(
            float(width * (prior @ -off)),
            float(width**2 * (prior @ (law.variance + off**2))),
        ),
    )
    return term, constant


def _outputs(scores: Floats, task: TrainingTask) -> Floats:
    """From one score a class (last axis) to the model's outputs: the log-odds, or scores that average to nothing."""
    if task.kind == "binary":
        return np.asarray(scores[..., 1:] - scores[..., :1])
    return np.asarray(scores - scores.mean(axis=-1, keepdims=True))


def _events(private: PrivateTask, each: float) -> tuple[PrivacyEvent, ...]:
    def release(detail: str) -> PrivacyEvent:
        return PrivacyEvent(mechanism=PURE, sensitivity=float(private.steps), noise_scale=1 / each, detail=detail)

    events = [release("size of every class")]
    for spec in private.specs:
        if spec.kind == "nominal":
            events.append(release(f"count of every class and level of {spec.name}"))
            continue
        events += [release(f"sum of {spec.name} in every class"), release(f"squares of {spec.name} in every class")]
        if spec.missing:
            events.append(release(f"missing values of {spec.name} in every class"))
    return tuple(events)
