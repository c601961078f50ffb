"""What a learner is given and what it gives back: the seam between families and everything above them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from glassledger.records.budget import Adjacency, PrivacyEvent
from glassledger.records.features import FeatureSpec, Task
from glassledger.records.record import Record

if TYPE_CHECKING:
    from glassledger.models.additive import AdditiveModel
    from glassledger.models.opaque import OpaqueModel
    from glassledger.models.rules import RuleModel
    from glassledger.privacy.budget import PrivacyBudget

Direction = Literal["increasing", "decreasing"]

#: What non-private learners use when the policy declares no seed: a fit can always be repeated.
DEFAULT_SEED = 42


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class TrainingTask:
    """Rows, their declared domains and the choices of the policy: all that a learner may look at.

    Attributes
    ----------
    features : DataFrame
        One column per spec, in that order: float64 (NaN missing) or strings (None missing).
    specs : tuple of FeatureSpec
        Declared domains. Private families read nothing else about the domain.
    target : ndarray, shape (n_rows,)
        Class labels as strings, or float64 for regression.
    kind : {"binary", "multiclass", "regression"}
    classes : tuple of str
        Declared labels, (negative, positive) for binary, declared order for multiclass, empty for regression.
    settings : Record
        The family's validated settings, see :mod:`glassledger.policy.families`.
    monotone : mapping of feature name to direction
    interactions : int or tuple of feature pairs
        How many pairs to find, or which pairs to use.
    excluded_pairs : tuple of feature pairs
    seed : int or None
        Repeats a fit of a non-private family; private families take none.
    budget : PrivacyBudget or None
        What a private family may spend; None for the others.
    adjacency : {"add_or_remove_one", "replace_one"}
    target_bounds : (lower, upper) or None
        Declared bounds of a number to predict; private families need them.
    """

    features: pd.DataFrame
    specs: tuple[FeatureSpec, ...]
    target: NDArray[np.object_] | NDArray[np.float64]
    kind: Task
    settings: Record
    classes: tuple[str, ...] = ()
    monotone: Mapping[str, Direction] = field(default_factory=dict)
    interactions: int | tuple[tuple[str, str], ...] = 0
    excluded_pairs: tuple[tuple[str, str], ...] = ()
    seed: int | None = None
    budget: "PrivacyBudget | None" = None
    adjacency: Adjacency = "add_or_remove_one"
    target_bounds: tuple[float, float] | None = None

    @property
    def repeatable_seed(self) -> int:
        """The declared seed or the default one; for non-private learners only."""
        return DEFAULT_SEED if self.seed is None else self.seed

    def sign(self, feature: str) -> int:
        """Declared direction of a feature: 1, −1, or 0 for none."""
        return {"increasing": 1, "decreasing": -1}[self.monotone[feature]] if feature in self.monotone else 0

    def __repr__(self) -> str:
        return f"<TrainingTask: {len(self.features)} rows, {len(self.specs)} features, {self.kind}>"


@dataclass(frozen=True, eq=False)
class Trained:
    """A compiled model and what its learner has to say about how it was made.

    Attributes
    ----------
    model : AdditiveModel, RuleModel or OpaqueModel
    library : str
        Name and version of the library that fitted it.
    events : tuple of PrivacyEvent
        Every release of noise; empty for non-private families.
    native, accountant, noise_source : str
        The native guarantee, who added the events up, where the noise came from.
    unprotected : tuple of str
        Quantities that the privacy claim does not cover.
    notes : tuple of str
        What a reviewer should know, without any cell value.
    """

    model: "AdditiveModel | RuleModel | OpaqueModel"
    library: str
    events: tuple[PrivacyEvent, ...] = ()
    native: str = ""
    accountant: str = ""
    noise_source: str = ""
    unprotected: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


Learner = Callable[[TrainingTask], Trained]
