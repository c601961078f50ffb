"""Declared monotone directions, kept after the noise: isotonic regression of a released shape costs nothing."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import numpy as np
from sklearn.isotonic import isotonic_regression

from glassledger.models.private_bins import Bins
from glassledger.models.private_fit import Shapes


def monotone_shapes(shapes: Shapes, bins: tuple[Bins, ...], directions: Mapping[str, Literal[-1, 1]]) -> Shapes:
    """The nearest shapes (in noisy rows) that rise or fall where it is declared; *missing* keeps its value."""
    values = list(shapes.values)
    for index, item in enumerate(bins):
        direction = directions.get(item.grid.spec.name)
        if direction is None or item.ordered < 2:
            continue
        ordered = slice(0, item.ordered)
        kept = np.array(values[index])
        kept[ordered] = isotonic_regression(
            kept[ordered], sample_weight=item.weights[ordered], increasing=direction == 1
        )
        values[index] = kept
    return replace(shapes, values=tuple(values))
