"""The public grid under every feature: fine cells that depend on the declaration alone.

A continuous feature is cut into cells of equal width (one per whole number where there are few), a nominal one has a
cell per level; *missing* is the last cell where it is allowed. Rows enter every later step as cell codes only.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from glassledger.errors import ModelError, PrivacyError
from glassledger.models.additive import encode
from glassledger.records.features import FeatureSpec

Codes = NDArray[np.uint16]
Floats = NDArray[np.float64]

#: Fine cells of a continuous feature, and fine cells in one coarse cell.
FINE, GROUP = 4096, 64
#: Whole-number features with at most this many values get one cell a value and are counted once.
FEW = 512


@dataclass(frozen=True)
class Grid:
    """The cells of one feature.

    Attributes
    ----------
    spec : FeatureSpec
    cuts : ndarray
        Inner edges of the fine cells of a continuous feature, rising; a value equal to a cut lies right of it.
    cells : int
        Number of fine cells (levels of a nominal feature), *missing* not counted.
    group : int
        Fine cells in one coarse cell; 1 where a second look would show nothing new.
    declared : bool
        Whether the policy declares the bins, so that none are looked for.
    """

    spec: FeatureSpec
    cuts: Floats
    cells: int
    group: int
    declared: bool = False

    @property
    def ordered(self) -> bool:
        """Whether neighbouring cells are alike."""
        return self.spec.kind == "continuous" or self.spec.ordered

    @property
    def coarse(self) -> int:
        """Number of coarse cells, *missing* not counted."""
        return -(-self.cells // self.group)

    def codes(self, column: NDArray[Any]) -> Codes:
        """Fine cell of every encoded value; *missing* is ``cells``.

        Raises
        ------
        ModelError
            When a value is missing or undeclared where the declaration has no place for it.
        """
        if self.spec.kind == "nominal":
            missing, undeclared = column < 0, column == self.cells
            out = np.where(missing, self.cells, column)
        else:
            missing, undeclared = np.isnan(column), np.isinf(column)
            out = np.searchsorted(self.cuts, column, side="right")
            out[missing] = self.cells
        if bool(undeclared.any()) or (not self.spec.missing and bool(missing.any())):
            raise ModelError(
                f"Feature {self.spec.name} holds values that its declaration has no place for.",
                code="value-undeclared",
                hint="Screen the table under the policy first.",
                facts={"feature": self.spec.name},
            )
        return out.astype(np.uint16)


def grid_of(spec: FeatureSpec, cuts: tuple[float, ...] | None = None) -> Grid:
    """The grid of a feature; ``cuts`` are bins that the policy declares for a continuous one.

    Raises
    ------
    PrivacyError
        When a continuous feature has no declared bounds, or a nominal one too many levels.
    """
    if spec.kind == "nominal":
        if len(spec.levels) > FINE:
            raise PrivacyError(
                f"Feature {spec.name} has more than {FINE} levels.",
                code="levels-too-many",
                hint="Declare fewer levels and an other level.",
            )
        return Grid(spec, np.empty(0), len(spec.levels), 1)
    if spec.lower is None or spec.upper is None:
        raise PrivacyError(
            f"A private fit needs declared bounds for: {spec.name}.",
            code="bounds-missing",
            hint="Declare min and max in the policy: bounds read off the data would be a release.",
            facts={"features": [spec.name]},
        )
    if cuts is not None:
        if len(cuts) >= FEW:
            raise PrivacyError(
                f"Feature {spec.name} declares {FEW} bins or more.",
                code="cuts-invalid",
                hint="Declare fewer cuts: every bin gets its own noise.",
                facts={"features": [spec.name]},
            )
        return Grid(spec, np.asarray(cuts, dtype=np.float64), len(cuts) + 1, 1, declared=True)
    values = int(np.floor(spec.upper) - np.ceil(spec.lower)) + 1 if spec.integer else 0
    if 2 <= values <= FINE:
        edges = np.ceil(spec.lower) + np.arange(1, values) - 0.5
        return Grid(spec, edges, values, 1 if values <= FEW else GROUP)
    edges = spec.lower + (spec.upper - spec.lower) * (np.arange(1, FINE) / FINE)
    if not np.isfinite(edges).all() or (np.diff(edges) <= 0).any():
        raise PrivacyError(
            f"The declared bounds of {spec.name} are too close or too far apart.",
            code="bounds-unusable",
            hint="Declare bounds that a value can really take.",
        )
    return Grid(spec, edges, FINE, GROUP)


def coded(features: pd.DataFrame, grids: tuple[Grid, ...]) -> tuple[Codes, ...]:
    """Cell codes of every feature, one array each; values outside declared bounds fall into the outer cells."""
    encoded = encode(features, {grid.spec.name: grid.spec for grid in grids})
    return tuple(grid.codes(encoded[grid.spec.name]) for grid in grids)
