"""The private additive learner, family ``dp-additive``: binned terms fitted by objective perturbation.

An additive model over privately chosen bins, fitted in two stages of one perturbed convex objective each, with
empirical Bayes between them. Guarantee, theorems and limits: docs/explanation/privacy-guarantee-dp-additive.md.
Nothing here can be seeded, and no exact count leaves this module.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from glassledger.errors import ModelError
from glassledger.models.additive import AdditiveModel, TableTerm
from glassledger.models.private_bins import Bins, bins_of
from glassledger.models.private_cells import coded, grid_of
from glassledger.models.private_counts import release_counts, release_label
from glassledger.models.private_fit import Rows, Shapes, Term, fit_shapes
from glassledger.models.private_plan import Plan, plan_fit
from glassledger.models.private_shapes import monotone_shapes
from glassledger.models.private_target import Output, Target
from glassledger.privacy.noise import Source
from glassledger.privacy.objective_perturbation import Bound
from glassledger.records.budget import Adjacency, PrivacyEvent
from glassledger.records.features import FeatureSpec

Floats = NDArray[np.float64]

#: A 95 % band under the noise that privacy leaves in a shape.
_BAND = 1.96
#: Rows that a bin must hold, in units of a stage's noise per feature.
_LEAST = 2.0


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What may be chosen about a private additive fit; all of it public."""

    epsilon: float
    delta: float
    adjacency: Adjacency = "add_or_remove_one"
    bound: Bound = "published"
    max_bins: int = 32
    cuts: dict[str, tuple[float, ...]]
    monotone: dict[str, Literal[-1, 1]]


@dataclass(frozen=True, eq=False)
class PrivateFit:
    """A compiled model with every release that it took.

    Attributes
    ----------
    model : AdditiveModel
    plan : Plan
        Holds the account.
    events : tuple of PrivacyEvent
    """

    model: AdditiveModel
    plan: Plan
    events: tuple[PrivacyEvent, ...]


def fit_private(
    features: pd.DataFrame,
    specs: tuple[FeatureSpec, ...],
    target: Target,
    classes: tuple[str, ...],
    choices: Choices,
    *,
    source: Source | None = None,
) -> PrivateFit:
    """Fit and compile a private additive model.

    Parameters
    ----------
    features : DataFrame
        One column per spec; continuous ones are clipped to their declared bounds.
    target : Target
    classes : tuple of str
        Declared labels, for the compiled model.
    choices : Choices
    source : private seam for tests

    Returns
    -------
    PrivateFit
        Privacy spent: (``choices.epsilon``, ``choices.delta``) under ``choices.adjacency``.
    """
    grids = tuple(grid_of(spec, choices.cuts.get(spec.name)) for spec in specs)
    plan = plan_fit(
        grids,
        outputs=target.outputs,
        regression=target.task == "regression",
        epsilon=choices.epsilon,
        delta=choices.delta,
        adjacency=choices.adjacency,
        bound=choices.bound,
    )
    cells = coded(features, grids)
    events: list[PrivacyEvent] = []
    noisy, _ = release_label(target.counts(), plan.shares.label, events, source)
    counts, rows = release_counts(grids, cells, plan.shares, bins=choices.max_bins, events=events, source=source)
    least = _LEAST * len(grids) ** 0.5 / plan.mu
    bins = tuple(
        bins_of(grid, count, rows=rows, bins=choices.max_bins, least=least)
        for grid, count in zip(grids, counts, strict=True)
    )
    terms = tuple(Term(item.codes(cell), item.weights, item.ordered) for item, cell in zip(bins, cells, strict=True))
    outputs = target.fitted(noisy, rows)
    shapes = tuple(
        fit_shapes(
            Rows(terms, output.target, output.loss, output.centre, rows),
            stages,
            bound=choices.bound,
            events=events,
            source=source,
        )
        for output, stages in zip(outputs, plan.stages, strict=True)
    )
    shapes = tuple(monotone_shapes(shape, bins, choices.monotone) for shape in shapes)
    model = _compiled(specs, target, classes, bins, outputs, shapes)
    return PrivateFit(model, plan, tuple(events))


def _compiled(
    specs: tuple[FeatureSpec, ...],
    target: Target,
    classes: tuple[str, ...],
    bins: tuple[Bins, ...],
    outputs: tuple[Output, ...],
    shapes: tuple[Shapes, ...],
) -> AdditiveModel:
    scales = np.array([output.scale for output in outputs])
    intercept = [output.origin + output.scale * shape.intercept for output, shape in zip(outputs, shapes, strict=True)]
    terms = tuple(
        _term(
            item,
            np.stack([shape.values[index] for shape in shapes], axis=1) * scales,
            np.stack([shape.deviations[index] for shape in shapes], axis=1) * scales,
        )
        for index, item in enumerate(bins)
    )
    return AdditiveModel(
        family="dp-additive",
        task=target.task,
        link=target.link,
        classes=classes,
        features=specs,
        intercept=tuple(_finite(np.asarray(intercept))),
        terms=terms,
    )


def _term(bins: Bins, values: Floats, deviations: Floats) -> TableTerm:
    """A table over the axis of the bins; a bin that no declared value reaches contributes nothing."""
    axis, source = bins.axis()
    reached = source >= 0
    spread = np.where(reached[:, None], values[source], 0.0)
    band = np.where(reached[:, None], _BAND * deviations[source], 0.0)
    weights = np.where(reached, bins.weights[source], 0.0)
    return TableTerm(
        axes=(axis,),
        values=tuple(_finite(spread.ravel())),
        weights=tuple((weights / weights.sum()).tolist()),
        half_width=tuple(_finite(band.ravel())),
    )


def _finite(values: Floats) -> list[float]:
    if not np.isfinite(values).all():
        raise ModelError(
            "The noise left no finite model.",
            code="noise-overwhelmed",
            hint="The budget is too small for this table; it is spent all the same.",
        )
    return [float(value) for value in values]
