"""Explainable boosting machines (interpret), compiled exactly.

interpret's tensors already are lookup tables: index 0 is *missing*, the last one *unseen*, and a value equal to a cut
belongs to the right. Compiling is therefore a gather. Levels travel as codes, so that none of interpret's readings of
strings (numbers, blanks) can merge two declared levels; the codes keep the levels' sorted order, which is what
interpret would have used, so that the fit is bit for bit the one on the strings.

The settings' defaults are those of interpret's classifier, for regression too (where interpret itself would take a
learning rate of 0.04 and 500 smoothing rounds), so that the recorded settings are always the ones in force.

One job, because the result does not depend on the number of jobs, and more of them put rows into shared memory.
"""

from typing import Any

import numpy as np
import pandas as pd
from interpret.glassbox import ExplainableBoostingClassifier, ExplainableBoostingRegressor
from numpy.typing import NDArray

from glassledger.errors import ModelError
from glassledger.models.additive import AdditiveModel, Axis, TableTerm, encode
from glassledger.models.constraints import check_monotone
from glassledger.models.tasks import LINKS, class_codes
from glassledger.models.training import Trained, TrainingTask
from glassledger.models.vendor import door, library
from glassledger.policy.families import EbmSettings
from glassledger.records.features import FeatureSpec

#: Larger than any rounding of an average over bags, smaller than any effect.
_ROUNDING = 1e-9

Floats = NDArray[np.float64]


def train(task: TrainingTask) -> Trained:
    """Fit and compile an explainable boosting machine.

    Source: Lou, Caruana, Gehrke, Hooker, *Accurate intelligible models with pairwise interactions*, KDD 2013.

    Raises
    ------
    ModelError
        When a constraint cannot be kept, or interpret refuses the table.
    """
    check_monotone(task)
    matrix = as_interpret_reads(task.features, task.specs)
    with door("interpret"):
        fitted = _estimator(task).fit(matrix, _target(task))
        model = compile_ebm(fitted, task)
    return Trained(model, library("interpret-core"))


def as_interpret_reads(frame: pd.DataFrame, specs: tuple[FeatureSpec, ...]) -> pd.DataFrame:
    """The table that interpret sees: floats with NaN, and zero-padded level codes with None."""
    columns = encode(frame, {spec.name: spec for spec in specs})
    out = {}
    for position, spec in enumerate(specs):
        column = columns[spec.name]
        if spec.kind == "nominal":
            keys = (*_keys(spec), "undeclared", None)  # code −1, missing, reads the last entry
            column = np.array(keys, dtype=object)[column]
        out[f"f{position}"] = pd.Series(column)
    return pd.DataFrame(out)


def compile_ebm(fitted: Any, task: TrainingTask) -> AdditiveModel:
    """The same function as ``fitted``, in our form."""
    outputs = len(fitted.intercept_) if task.kind == "multiclass" else 1
    terms = []
    for features, scores, weights in zip(fitted.term_features_, fitted.term_scores_, fitted.bin_weights_, strict=True):
        axes, gather = [], []
        for index in features:
            levels = fitted.bins_[index]
            axis, source = _axis(task.specs[index], levels[min(len(levels), len(features)) - 1])
            axes.append(axis)
            gather.append(source)
        table = scores.reshape(*weights.shape, outputs)[np.ix_(*gather)]
        if len(features) == 1:
            table = _exactly_monotone(table, task.specs[features[0]], task)
        terms.append(
            TableTerm(
                axes=tuple(axes),
                values=tuple(table.ravel().tolist()),
                weights=tuple((_gather_weights(weights, gather) / weights.sum()).ravel().tolist()),
            )
        )
    return AdditiveModel(
        family="ebm",
        task=task.kind,
        link=LINKS[task.kind],
        classes=task.classes,
        features=task.specs,
        intercept=tuple(np.atleast_1d(fitted.intercept_).tolist()),
        terms=tuple(terms),
    )


def _estimator(task: TrainingTask) -> Any:
    settings = task.settings
    assert isinstance(settings, EbmSettings)
    position = {spec.name: index for index, spec in enumerate(task.specs)}

    def indices(pairs: tuple[tuple[str, str], ...]) -> list[tuple[int, int]]:
        return [(position[a], position[b]) for a, b in pairs]

    kind = ExplainableBoostingRegressor if task.kind == "regression" else ExplainableBoostingClassifier
    return kind(
        feature_types=[_feature_type(spec) for spec in task.specs],
        max_bins=settings.max_bins,
        max_interaction_bins=settings.max_interaction_bins,
        interactions=task.interactions if isinstance(task.interactions, int) else indices(task.interactions),
        exclude=indices(task.excluded_pairs) or None,
        validation_size=settings.validation_size,
        outer_bags=settings.outer_bags,
        inner_bags=settings.inner_bags,
        learning_rate=settings.learning_rate,
        smoothing_rounds=settings.smoothing_rounds,
        max_rounds=settings.max_rounds,
        early_stopping_rounds=settings.early_stopping_rounds,
        min_samples_leaf=settings.min_samples_leaf,
        max_leaves=settings.max_leaves,
        monotone_constraints=[task.sign(spec.name) for spec in task.specs] if task.monotone else None,
        n_jobs=1,
        random_state=task.repeatable_seed,
    )


def _target(task: TrainingTask) -> NDArray[Any]:
    return task.target if task.kind == "regression" else class_codes(task.target, task.classes)


def _keys(spec: FeatureSpec) -> tuple[str, ...]:
    """One code a declared level, sorted as interpret would sort the levels (or in declared order if that matters)."""
    order = list(spec.levels) if spec.ordered else sorted(spec.levels)
    return tuple(f"{order.index(level):06d}" for level in spec.levels)


def _feature_type(spec: FeatureSpec) -> str | list[str]:
    if spec.kind == "continuous":
        return "continuous"
    return list(_keys(spec)) if spec.ordered else "nominal"


def _axis(spec: FeatureSpec, bins: Any) -> tuple[Axis, NDArray[np.intp]]:
    """Our axis, and for each of its bins the position in interpret's tensor.

    Every declared level gets a bin of its own; one that interpret never met reads interpret's *unseen* position.
    """
    if spec.kind == "continuous":
        return Axis(feature=spec.name, cuts=tuple(bins.tolist())), np.arange(len(bins) + 2)
    levels = [bins.get(key, -1) for key in _keys(spec)]
    return Axis(feature=spec.name, bins=tuple(range(1, len(levels) + 1))), np.array([0, *levels, -1])


def _gather_weights(weights: Floats, gather: list[NDArray[np.intp]]) -> Floats:
    """Training weight of our cells; a level that was never met has none."""
    out: Floats = weights[np.ix_(*gather)].copy()
    for axis, source in enumerate(gather):
        never_met = np.flatnonzero(source == -1)[:-1]
        out[(slice(None),) * axis + (never_met,)] = 0.0
    return out


def _exactly_monotone(table: Floats, spec: FeatureSpec, task: TrainingTask) -> Floats:
    """Remove the last-digit wiggles that averaging over bags leaves in a monotone shape."""
    sign = task.sign(spec.name)
    if not sign:
        return table
    inner = slice(1, None if spec.kind == "continuous" else -1)
    straight = sign * np.maximum.accumulate(sign * table[inner], axis=0)
    if np.abs(straight - table[inner]).max(initial=0.0) > _ROUNDING:
        raise ModelError(
            f"The fitted shape of {spec.name} breaks its declared direction.",
            code="monotone-broken",
            hint="Set smoothing_rounds to 0, or remove the direction.",
            facts={"feature": spec.name},
        )
    out = table.copy()
    out[inner] = straight
    return out
