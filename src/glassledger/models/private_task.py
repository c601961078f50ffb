"""What every private learner asks before it looks at a row, and the values it may then look at.

The domain comes from the declaration alone. Values are clipped to declared bounds; a missing value is one more declared
level. The screening has refused everything else, so a value without a place is an error here, not a guess.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassledger.errors import ModelError, PrivacyError
from glassledger.models.additive import encode
from glassledger.models.tasks import class_codes
from glassledger.models.training import TrainingTask
from glassledger.policy.families import FAMILIES
from glassledger.records.budget import Adjacency
from glassledger.records.features import FeatureSpec

Codes = NDArray[np.intp]

#: What no claim of a private family covers, whatever the family.
UNPROTECTED = (
    "the policy: column names, declared bounds and levels, classes, settings, purpose",
    "that the table exists, that it is not empty, and that the fit ended",
    "running time and memory use",
    "rounding of floating-point arithmetic",
)


@dataclass(frozen=True, eq=False, repr=False)
class PrivateTask:
    """A checked task: declared domains, encoded rows, and floats that are not above the budget.

    Attributes
    ----------
    specs : tuple of FeatureSpec
    columns : tuple of ndarray
        Continuous: float64 within the declared bounds, NaN for missing. Nominal: level codes, ``len(levels)`` for
        missing.
    codes : ndarray of int
        Position of every row's class in ``classes``.
    classes : tuple of str
    epsilon, delta : float
        What may be spent, rounded down.
    adjacency : {"add_or_remove_one", "replace_one"}
    """

    specs: tuple[FeatureSpec, ...]
    columns: tuple[NDArray[Any], ...]
    codes: Codes
    classes: tuple[str, ...]
    epsilon: float
    delta: float
    adjacency: Adjacency

    @property
    def rows(self) -> int:
        """Exact number of rows: never released, never a divisor of anything released."""
        return len(self.codes)

    @property
    def steps(self) -> int:
        """How many additions and removals of one record lead from a table to its neighbour."""
        return 1 if self.adjacency == "add_or_remove_one" else 2


def checked(task: TrainingTask, family: str) -> PrivateTask:
    """Check a task for a private family and encode its rows.

    Raises
    ------
    PrivacyError
        When there is no budget, a seed, a feature without declared bounds, or a shape constraint.
    ModelError
        When the family does not do the task, or a value has no declared place.
    """
    _check_choices(task, family)
    assert task.budget is not None
    epsilon, delta = task.budget.spendable
    encoded = encode(task.features, {spec.name: spec for spec in task.specs})
    return PrivateTask(
        specs=task.specs,
        columns=tuple(_placed(encoded[spec.name], spec) for spec in task.specs),
        codes=class_codes(task.target, task.classes),
        classes=task.classes,
        epsilon=epsilon,
        delta=delta,
        adjacency=task.adjacency,
    )


def bounds(spec: FeatureSpec) -> tuple[float, float]:
    """Declared bounds of a continuous feature."""
    assert spec.lower is not None
    assert spec.upper is not None
    return spec.lower, spec.upper


def level_count(spec: FeatureSpec) -> int:
    """Declared levels of a nominal feature, *missing* included where it is allowed."""
    return len(spec.levels) + spec.missing


def _check_choices(task: TrainingTask, family: str) -> None:
    if task.kind not in FAMILIES[family].tasks:
        raise ModelError(
            f"Family {family} does not do {task.kind}.",
            code="task-unsupported",
            hint=f"It does: {', '.join(FAMILIES[family].tasks)}.",
        )
    if task.budget is None:
        raise PrivacyError(
            f"Family {family} spends privacy budget, and none is given.",
            code="budget-missing",
            hint="Fit through a workspace, which reserves the budget first.",
        )
    if task.seed is not None:
        raise PrivacyError(
            "A seed would make the noise predictable.", code="seed-private", hint="Remove the seed from the policy."
        )
    loose = [spec.name for spec in task.specs if spec.kind == "continuous" and spec.lower is None]
    if loose or not task.specs:
        raise PrivacyError(
            f"Family {family} needs declared bounds for: {', '.join(loose) or 'at least one feature'}.",
            code="bounds-missing",
            hint="Declare min and max in the policy: bounds read off the data would be a release.",
            facts={"features": loose},
        )
    if task.monotone or task.interactions:
        raise PrivacyError(
            f"Family {family} has no monotone directions and no interactions.",
            code="constraint-unsupported",
            hint="Remove model.monotone and model.interactions.",
        )


def _placed(column: NDArray[Any], spec: FeatureSpec) -> NDArray[Any]:
    if spec.kind == "nominal":
        undeclared = bool((column == len(spec.levels)).any())
        missing = column < 0
        placed = np.where(missing, len(spec.levels), column).astype(np.intp)
    else:
        undeclared = bool(np.isinf(column).any())
        missing = np.isnan(column)
        placed = np.clip(column, *bounds(spec))
    if undeclared or (missing.any() and not spec.missing):
        raise ModelError(
            f"Feature {spec.name} holds values that its declaration has no place for.",
            code="value-undeclared",
            hint="Screen the table under the policy first.",
            facts={"feature": spec.name},
        )
    return placed
