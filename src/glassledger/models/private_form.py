"""From private shapes to the additive form. Everything read here was released with noise or declared."""

import numpy as np
from numpy.typing import NDArray

from glassledger.errors import ModelError
from glassledger.models.additive import AdditiveModel, Axis, TableTerm
from glassledger.models.private_bins import Bins
from glassledger.models.private_fit import Shapes
from glassledger.models.private_pairs import Pair
from glassledger.models.private_target import Output, Target
from glassledger.records.features import FeatureSpec

Floats = NDArray[np.float64]

#: A 95 % band under the noise that privacy leaves in a shape.
_BAND = 1.96


def compiled(
    specs: tuple[FeatureSpec, ...],
    target: Target,
    classes: tuple[str, ...],
    bins: tuple[Bins, ...],
    pairs: tuple[Pair, ...],
    outputs: tuple[Output, ...],
    shapes: tuple[Shapes, ...],
) -> AdditiveModel:
    """The model that ``shapes`` (one per output; features first, then pairs) describe.

    Raises
    ------
    ModelError
        When the noise left something that is not finite.
    """
    scales = np.array([output.scale for output in outputs])
    intercept = np.array(
        [output.origin + output.scale * shape.intercept for output, shape in zip(outputs, shapes, strict=True)]
    )
    values = [np.stack(columns, axis=1) * scales for columns in zip(*(s.values for s in shapes), strict=True)]
    bands = [np.stack(columns, axis=1) * scales for columns in zip(*(s.deviations for s in shapes), strict=True)]
    terms = [_single(item, value, band) for item, value, band in zip(bins, values, bands, strict=False)]
    for pair, value, band in zip(pairs, values[len(bins) :], bands[len(bins) :], strict=True):
        axes, source = pair.axes()
        weights = np.outer(pair.left.weights, pair.right.weights).ravel()
        terms.append(_term(axes, source, weights, value, band))
    return AdditiveModel(
        family="dp-additive",
        task=target.task,
        link=target.link,
        classes=classes,
        features=specs,
        intercept=tuple(_finite(intercept)),
        terms=tuple(terms),
    )


def _single(bins: Bins, values: Floats, band: Floats) -> TableTerm:
    axis, source = bins.axis()
    return _term((axis,), source, bins.weights, values, band)


def _term(axes: tuple[Axis, ...], source: NDArray[np.intp], weights: Floats, values: Floats, band: Floats) -> TableTerm:
    """A table over axes; a cell that no declared value reaches contributes nothing."""
    reached = source >= 0
    shares = np.where(reached, weights[source], 0.0)
    return TableTerm(
        axes=axes,
        values=tuple(_finite(np.where(reached[:, None], values[source], 0.0).ravel())),
        weights=tuple((shares / shares.sum()).tolist()),
        half_width=tuple(_finite(np.where(reached[:, None], _BAND * band[source], 0.0).ravel())),
    )


def _finite(values: Floats) -> list[float]:
    if not np.isfinite(values).all():
        raise ModelError(
            "The noise left no finite model.",
            code="noise-overwhelmed",
            hint="The budget is too small for this table; it is spent all the same.",
        )
    return [float(value) for value in values]
