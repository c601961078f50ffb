"""The private additive learner: binned terms fitted by objective perturbation.

An additive model over privately chosen bins, fitted in two stages of one perturbed convex objective each, with
empirical Bayes between them. Guarantee, theorems and limits: docs/explanation/privacy-guarantee-dp-additive.md.
Nothing here can be seeded, and no exact count leaves this module.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from glassledger.models.additive import AdditiveModel
from glassledger.models.private_bins import Bins, bins_of
from glassledger.models.private_cells import Codes, coded, grid_of
from glassledger.models.private_counts import release_counts, release_label
from glassledger.models.private_fit import Rows, Shapes, Term, fit_shapes
from glassledger.models.private_form import compiled
from glassledger.models.private_pairs import Pair, pair_of, strongest
from glassledger.models.private_plan import Plan, plan_fit
from glassledger.models.private_shapes import monotone_shapes
from glassledger.models.private_target import Target
from glassledger.models.smooth_basis import shape_covariance
from glassledger.privacy.noise import Source
from glassledger.privacy.objective_perturbation import Bound
from glassledger.records.budget import Adjacency, PrivacyEvent
from glassledger.records.features import FeatureSpec

Floats = NDArray[np.float64]

#: Rows that a bin must hold, in units of a stage's noise per feature.
_LEAST = 2.0
#: Root of the number of parameters that a feature typically takes.
_PARAMETERS = 3.0


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What may be chosen about a private additive fit; all of it public.

    Attributes
    ----------
    epsilon, delta : float
        Both above 0.
    adjacency : {"add_or_remove_one", "replace_one"}
    bound : {"published", "own"}
        ``own`` is not externally reviewed, and for class targets only.
    max_bins : int
        About how many bins a feature gets, *missing* not counted.
    cuts : mapping of feature name to rising cuts
        Declared bins of continuous features; no budget is spent on finding them.
    monotone : mapping of feature name to 1 or −1
    pairs : int or tuple of name pairs
        How many pair terms to find, or which to use.
    excluded : frozenset of name pairs
    """

    epsilon: float
    delta: float
    adjacency: Adjacency = "add_or_remove_one"
    bound: Bound = "published"
    max_bins: int = 32
    cuts: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    monotone: Mapping[str, Literal[-1, 1]] = field(default_factory=dict)
    pairs: int | tuple[tuple[str, str], ...] = 0
    excluded: frozenset[frozenset[str]] = frozenset()


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
    noisy, variance = release_label(target.counts(), plan.shares.label, events, source)
    counts, rows = release_counts(grids, cells, plan.shares, bins=choices.max_bins, events=events, source=source)
    least = _LEAST * len(grids) ** 0.5 / plan.mu
    bins = tuple(
        bins_of(grid, count, rows=rows, bins=choices.max_bins, least=least)
        for grid, count in zip(grids, counts, strict=True)
    )
    layout = _Layout(bins, cells, rows, choices)
    doubt = _PARAMETERS * len(grids) ** 0.5 / (plan.mu * rows)
    outputs = target.fitted(noisy, rows, variance=variance, doubt=doubt)
    shapes = []
    for output, stages in zip(outputs, plan.stages, strict=True):
        start = Rows(layout.terms(), output.target, output.loss, output.centre, rows)
        fitted = fit_shapes(
            start, stages, bound=choices.bound, events=events, source=source, grow=layout.grow if layout.open else None
        )
        shapes.append(monotone_shapes(layout.placed(fitted), bins, choices.monotone))
    model = compiled(specs, target, classes, bins, tuple(layout.pairs), outputs, tuple(shapes))
    return PrivateFit(model, plan, tuple(events))


class _Layout:
    """Which terms are fitted: features with at least two bins, then pairs, declared or found once for all outputs."""

    def __init__(self, bins: tuple[Bins, ...], cells: tuple[Codes, ...], rows: float, choices: Choices) -> None:
        self._bins, self._cells, self._rows, self._choices = bins, cells, rows, choices
        self._fitted = [index for index, item in enumerate(bins) if item.size > 1]
        names = [item.grid.spec.name for item in bins]
        declared = choices.pairs if isinstance(choices.pairs, tuple) else ()
        self.pairs: list[Pair] = [pair_of(bins, names.index(one), names.index(two)) for one, two in declared]
        self.open = isinstance(choices.pairs, int) and choices.pairs > 0

    def terms(self) -> tuple[Term, ...]:
        """Terms of the first stage."""
        singles = (
            Term(
                self._bins[index].codes(self._cells[index]),
                self._bins[index].weights,
                shape_covariance(self._bins[index].weights, self._bins[index].ordered),
            )
            for index in self._fitted
        )
        return (*singles, *self._pair_terms())

    def grow(self, shapes: tuple[Floats, ...]) -> tuple[Term, ...]:
        """Pair terms of the last stage, chosen by the first output's shapes."""
        if not self.open:
            return ()
        assert isinstance(self._choices.pairs, int)
        fitted = tuple(self._bins[index] for index in self._fitted)
        found = strongest(
            shapes[: len(fitted)],
            fitted,
            self._choices.pairs,
            excluded=self._choices.excluded,
            single=frozenset(self._choices.monotone),
        )
        self.pairs = [pair_of(self._bins, self._fitted[i], self._fitted[j]) for i, j in found]
        self.open = False
        return self._pair_terms()

    def placed(self, shapes: Shapes) -> Shapes:
        """Shapes of all features, zero where there was nothing to fit, then those of the pairs."""
        values = [np.zeros(item.size) for item in self._bins]
        deviations = [np.zeros(item.size) for item in self._bins]
        for position, index in enumerate(self._fitted):
            values[index], deviations[index] = shapes.values[position], shapes.deviations[position]
        rest = slice(len(self._fitted), None)
        return Shapes(shapes.intercept, (*values, *shapes.values[rest]), (*deviations, *shapes.deviations[rest]))

    def _pair_terms(self) -> tuple[Term, ...]:
        return tuple(
            pair.term(self._cells[pair.positions[0]], self._cells[pair.positions[1]], self._rows) for pair in self.pairs
        )
