"""Points scorecards: monotone bins, weights of evidence, logistic weights, points.

``score = intercept + Σ weight · evidence(bin)`` is a log-odds of the scored class; ``points = offset + factor · score``
with ``factor = PDO / ln 2`` and ``offset = base score − factor · ln(base odds)`` (Siddiqi, *Credit Risk Scorecards*,
2006, ch. 6). Weights are never negative: a feature whose weight would contradict its own evidence is left out and
named. With rounded points the table holds the rounded ones, so that points and score say exactly the same.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from glassledger.errors import ModelError
from glassledger.models.additive import AdditiveModel, Axis, PointsScale, TableTerm, bin_indices, encode
from glassledger.models.binning import FeatureBins, bin_feature
from glassledger.models.constraints import check_monotone
from glassledger.models.tasks import class_codes
from glassledger.models.training import Trained, TrainingTask
from glassledger.models.vendor import door, library
from glassledger.policy.families import ScorecardSettings
from glassledger.records.features import FeatureSpec

_TOLERANCE = 1e-8

Floats = NDArray[np.float64]


def train(task: TrainingTask) -> Trained:
    """Fit a scorecard; see :func:`fit_scorecard`."""
    model, dropped = fit_scorecard(task)
    note = f"Left out, because they add nothing or contradict their own evidence: {', '.join(dropped)}."
    return Trained(model, library("scikit-learn"), notes=(note,) if dropped else ())


def fit_scorecard(task: TrainingTask) -> tuple[AdditiveModel, tuple[str, ...]]:
    """Bin, weigh and scale.

    Returns
    -------
    model : AdditiveModel, with a points scale
    dropped : tuple of str
        Features that were left out.

    Raises
    ------
    ModelError
        When a direction is asked of levels without an order.
    """
    check_monotone(task)
    settings = task.settings
    assert isinstance(settings, ScorecardSettings)
    positive = class_codes(task.target, task.classes) == 1
    columns = encode(task.features, {spec.name: spec for spec in task.specs})
    binned = {spec.name: _bins(columns[spec.name], spec, positive, task, settings) for spec in task.specs}
    evidence = {
        spec.name: binned[spec.name].evidence[bin_indices(binned[spec.name].axis, spec, columns[spec.name])]
        for spec in task.specs
        if binned[spec.name].information > 0
    }
    with door("scikit-learn"):
        intercept, weights = _weigh(evidence, positive, settings)
    scale = PointsScale(base_score=settings.base_score, base_odds=settings.base_odds, pdo=settings.pdo)
    terms = tuple(
        TableTerm(
            axes=(binned[name].axis,),
            values=tuple(_on_scale(weight * binned[name].evidence, scale, settings).tolist()),
            weights=tuple(binned[name].share.tolist()),
        )
        for name, weight in weights.items()
    )
    base = scale.offset + scale.factor * intercept
    model = AdditiveModel(
        family="scorecard",
        task="binary",
        link="logit",
        classes=task.classes,
        features=task.specs,
        intercept=((round(base) - scale.offset) / scale.factor if settings.round_points else intercept,),
        terms=terms,
        points=scale,
    )
    return model, tuple(spec.name for spec in task.specs if spec.name not in weights)


def points(model: AdditiveModel) -> pd.DataFrame:
    """The rating table of a scorecard.

    Returns
    -------
    DataFrame
        One row a bin: ``feature``, ``bin`` (in words), ``lower`` (included), ``upper`` (excluded), ``levels``,
        ``share`` of training rows, ``points``. The first row holds the base points that everybody gets.

    Raises
    ------
    ModelError
        When the model has no points scale.
    """
    scale = model.points
    if scale is None:
        raise ModelError(
            "This model has no points scale.", code="points-missing", hint='Fit a model of family "scorecard".'
        )
    base = {"feature": "", "bin": "base points", "points": scale.offset + scale.factor * model.intercept[0]}
    specs = {spec.name: spec for spec in model.features}
    rows: list[dict[str, Any]] = [base]
    for term in model.terms:
        assert isinstance(term, TableTerm)
        (axis,) = term.axes
        for index, place in enumerate(_places(axis, specs[axis.feature])):
            share = None if term.weights is None else term.weights[index]
            rows.append({"feature": axis.feature, **place, "share": share, "points": scale.factor * term.values[index]})
    return pd.DataFrame(rows, columns=["feature", "bin", "lower", "upper", "levels", "share", "points"])


def _bins(
    column: NDArray[Any],
    spec: FeatureSpec,
    positive: NDArray[np.bool_],
    task: TrainingTask,
    settings: ScorecardSettings,
) -> FeatureBins:
    return bin_feature(
        column,
        spec,
        positive,
        max_bins=settings.max_bins,
        min_share=settings.min_bin_share,
        sign=task.sign(spec.name),
    )


def _weigh(
    evidence: Mapping[str, Floats], positive: NDArray[np.bool_], settings: ScorecardSettings
) -> tuple[float, dict[str, float]]:
    """Intercept and non-negative weights: the most negative one leaves until none is left."""
    kept = dict(evidence)
    while kept:
        fitted = LogisticRegression(C=settings.c, solver="newton-cholesky", tol=_TOLERANCE, max_iter=1000)
        fitted.fit(np.column_stack(list(kept.values())), positive)
        weights = dict(zip(kept, fitted.coef_[0].tolist(), strict=True))
        worst = min(weights, key=weights.__getitem__)
        if weights[worst] > 0:
            return float(fitted.intercept_[0]), weights
        del kept[worst]
    return float(np.log(positive.sum() / (~positive).sum())), {}


def _on_scale(values: Floats, scale: PointsScale, settings: ScorecardSettings) -> Floats:
    if not settings.round_points:
        return values
    return np.asarray(np.rint(values * scale.factor) / scale.factor)


def _places(axis: Axis, spec: FeatureSpec) -> Iterator[dict[str, Any]]:
    """Every bin of an axis in words, in table order."""
    yield {"bin": "missing"}
    if spec.kind == "nominal":
        for bin_ in range(1, axis.size - 1):
            levels = " | ".join(level for level, place in zip(spec.levels, axis.bins, strict=True) if place == bin_)
            yield {"bin": levels, "levels": levels}
        yield {"bin": "undeclared"}
        return
    for lower, upper in zip((-np.inf, *axis.cuts), (*axis.cuts, np.inf), strict=True):
        yield {"bin": f"{lower:g} to below {upper:g}", "lower": lower, "upper": upper}
