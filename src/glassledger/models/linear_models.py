"""Logistic and linear regression (scikit-learn), compiled exactly.

A continuous feature is clipped to its declared bounds, centred at its training mean and divided by half the declared
range (or its standard deviation when no bounds are declared); missing values sit at the mean and have an indicator of
their own. A nominal feature has one column a declared level, and one for missing.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge

from glassledger.models.additive import AdditiveModel, Axis, PolynomialTerm, TableTerm, encode
from glassledger.models.tasks import LINKS, class_codes
from glassledger.models.training import Trained, TrainingTask
from glassledger.models.vendor import door, library
from glassledger.policy.families import LinearSettings, LogisticSettings
from glassledger.records.features import FeatureSpec

#: Gradient tolerance: far below any digit that a report shows, so that machines agree.
_TOLERANCE = 1e-8

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Block:
    """The columns of one feature, and what is needed to read their weights back as a term."""

    spec: FeatureSpec
    matrix: Floats
    center: float = 0.0
    scale: float = 1.0
    variance: float = 0.0

    def term(self, weights: Floats) -> PolynomialTerm | TableTerm:
        """The term of this feature; ``weights`` has shape (columns, outputs)."""
        if self.spec.kind == "continuous":
            return PolynomialTerm(
                feature=self.spec.name,
                center=self.center,
                lower=self.spec.lower,
                upper=self.spec.upper,
                coefficients=tuple((weights[0] / self.scale).tolist()),
                missing=tuple((weights[1] if self.spec.missing else 0.0 * weights[0]).tolist()),
                moments=(0.0, self.variance),
            )
        count = len(self.spec.levels)
        nothing = np.zeros((1, weights.shape[1]))
        missing = weights[count:] if self.spec.missing else nothing
        share = self.matrix.mean(axis=0)
        return TableTerm(
            axes=(Axis(feature=self.spec.name, bins=tuple(range(1, count + 1))),),
            values=tuple(np.concatenate([missing, weights[:count], nothing]).ravel().tolist()),
            weights=(float(share[count:].sum()), *share[:count].tolist(), 0.0),
        )


def train_logistic(task: TrainingTask) -> Trained:
    """Fit and compile an L2-penalised logistic regression; softmax for several classes."""
    settings = task.settings
    assert isinstance(settings, LogisticSettings)
    blocks = _blocks(task)
    estimator = LogisticRegression(C=settings.c, solver="newton-cholesky", max_iter=settings.max_iter, tol=_TOLERANCE)
    with door("scikit-learn"):
        estimator.fit(_design(blocks), class_codes(task.target, task.classes))
    stopped = int(np.max(estimator.n_iter_)) >= settings.max_iter
    note = f"The solver stopped after {settings.max_iter} iterations, before its tolerance was reached."
    return _trained(task, blocks, estimator, family="logistic", notes=(note,) if stopped else ())


def train_linear(task: TrainingTask) -> Trained:
    """Fit and compile a ridge regression; ``alpha`` 0 is ordinary least squares of least norm."""
    settings = task.settings
    assert isinstance(settings, LinearSettings)
    with door("scikit-learn"):
        blocks = _blocks(task)
        estimator = Ridge(alpha=settings.alpha, solver="cholesky") if settings.alpha > 0 else LinearRegression()
        estimator.fit(_design(blocks), task.target)
        return _trained(task, blocks, estimator, family="linear", notes=())


def _trained(
    task: TrainingTask, blocks: list[_Block], estimator: Any, *, family: str, notes: tuple[str, ...]
) -> Trained:
    weights = np.atleast_2d(estimator.coef_).T
    ends = np.cumsum([block.matrix.shape[1] for block in blocks])[:-1]
    model = AdditiveModel(
        family=family,
        task=task.kind,
        link=LINKS[task.kind],
        classes=task.classes,
        features=task.specs,
        intercept=tuple(np.atleast_1d(estimator.intercept_).tolist()),
        terms=tuple(block.term(part) for block, part in zip(blocks, np.split(weights, ends), strict=True)),
    )
    return Trained(model, library("scikit-learn"), notes=notes)


def _design(blocks: list[_Block]) -> Floats:
    return np.column_stack([block.matrix for block in blocks])


def _blocks(task: TrainingTask) -> list[_Block]:
    encoded = encode(task.features, {spec.name: spec for spec in task.specs})
    return [
        _numbers(spec, encoded[spec.name]) if spec.kind == "continuous" else _levels(spec, encoded[spec.name])
        for spec in task.specs
    ]


def _numbers(spec: FeatureSpec, column: Floats) -> _Block:
    missing = np.isnan(column)
    bounded = np.clip(column, spec.lower, spec.upper) if spec.lower is not None else column
    known = bounded[~missing]
    center = float(known.mean()) if len(known) else 0.0
    variance = float(known.var()) if len(known) else 0.0
    if spec.lower is not None and spec.upper is not None:
        scale = (spec.upper - spec.lower) / 2
    else:
        scale = float(np.sqrt(variance)) or 1.0
    scaled = np.where(missing, 0.0, (bounded - center) / scale)
    columns = [scaled, missing.astype(np.float64)] if spec.missing else [scaled]
    return _Block(spec, np.column_stack(columns), center=center, scale=scale, variance=variance)


def _levels(spec: FeatureSpec, codes: NDArray[np.intp]) -> _Block:
    wanted = [*range(len(spec.levels)), *([-1] if spec.missing else [])]
    return _Block(spec, np.column_stack([(codes == code).astype(np.float64) for code in wanted]))
