"""What a task demands of classes and targets."""

from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from glassledger.errors import ModelError
from glassledger.models.links import Link
from glassledger.records.features import Task

#: The link that every additive family here uses for a task.
LINKS: MappingProxyType[Task, Link] = MappingProxyType(
    {"binary": "logit", "multiclass": "softmax", "regression": "identity"}
)


def check_classes(task: Task, classes: tuple[str, ...]) -> None:
    """Two classes for binary, at least two for multiclass, none for regression; all distinct.

    Raises
    ------
    ValueError
        For use inside a record's validator.
    """
    fits = {"binary": len(classes) == 2, "multiclass": len(classes) >= 2, "regression": not classes}[task]
    if not fits or len(set(classes)) != len(classes):
        raise ValueError("the classes do not fit the task")


def class_codes(target: NDArray[Any], classes: tuple[str, ...]) -> NDArray[np.intp]:
    """Position of every label in ``classes``.

    Raises
    ------
    ModelError
        When a label was not declared. The label itself is not shown.
    """
    codes = np.asarray(pd.Index(classes, dtype=object).get_indexer(pd.Index(target, dtype=object)), dtype=np.intp)
    if (codes < 0).any():
        raise ModelError(
            f"{int((codes < 0).sum())} rows have a class that was not declared.",
            code="class-undeclared",
            hint="Declare every class of the target in the policy.",
            facts={"rows": int((codes < 0).sum())},
        )
    return codes
