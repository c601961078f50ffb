"""The form of a model that cannot be read: known by its digest, marked as opaque everywhere.

Only the type and its saved form are here. A prediction needs the artefact and a runner for it, and neither comes with
this version: :meth:`OpaqueModel.predict` says so instead of guessing.
"""

from typing import Annotated, Literal, NoReturn, Self

import pandas as pd
from pydantic import Field, model_validator

from glassledger.errors import MissingExtraError
from glassledger.models.tasks import check_classes
from glassledger.records.features import FeatureSpec, Task
from glassledger.records.record import Record


class OpaqueModel(Record):
    """A frozen reference to an artefact whose inside no one can read.

    Attributes
    ----------
    artefact : str
        ``sha256:<hex>`` of the artefact's exact bytes, which are stored elsewhere and never parsed here.
    classes : tuple of str
        Class labels in output order; for ``binary`` two labels, the second one is scored.
    """

    format: Literal["glassledger/opaque-model/v1"] = "glassledger/opaque-model/v1"
    family: str
    task: Task
    classes: tuple[str, ...] = ()
    features: tuple[FeatureSpec, ...] = Field(min_length=1)
    artefact: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]

    @model_validator(mode="after")
    def _shapes(self) -> Self:
        if len({feature.name for feature in self.features}) != len(self.features):
            raise ValueError("features must be distinct")
        check_classes(self.task, self.classes)
        return self

    @property
    def outputs(self) -> int:
        """1 for binary and regression, else the number of classes."""
        return len(self.classes) if self.task == "multiclass" else 1

    def predict(self, frame: pd.DataFrame) -> NoReturn:
        """Refuse: nothing in this version can run an opaque artefact.

        Raises
        ------
        MissingExtraError
        """
        raise MissingExtraError(
            f"Family {self.family} is opaque, and this version has no runner for opaque models.",
            code="opaque-runner-missing",
            hint="Use an additive family or a tree, or a version of glassledger that brings the opaque families.",
            facts={"family": self.family, "artefact": self.artefact},
        )
