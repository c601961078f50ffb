"""Which monotone directions a learner can keep."""

from collections.abc import Collection

from glassledger.errors import ModelError
from glassledger.models.training import TrainingTask


def check_monotone(task: TrainingTask) -> None:
    """Refuse directions that mean nothing: for several classes, for levels without an order, inside declared pairs.

    Raises
    ------
    ModelError
    """
    if not task.monotone:
        return
    if task.kind == "multiclass":
        raise ModelError(
            "Monotone directions have no meaning for several classes.",
            code="monotone-multiclass",
            hint="Remove model.monotone, or score one class against the rest.",
        )
    pairs = task.interactions if isinstance(task.interactions, tuple) else ()
    paired = {name for pair in pairs for name in pair} & set(task.monotone)
    unordered = {spec.name for spec in task.specs if spec.kind == "nominal" and not spec.ordered}
    _refuse(set(task.monotone) - {spec.name for spec in task.specs}, "it is not a feature of the model")
    _refuse(unordered & set(task.monotone), "its levels have no declared order")
    _refuse(paired, "it is part of a declared interaction")


def _refuse(features: Collection[str], why: str) -> None:
    if features:
        raise ModelError(
            f"A monotone direction cannot be kept for {', '.join(sorted(features))}: {why}.",
            code="monotone-impossible",
            hint="Change model.monotone, or the declaration that contradicts it.",
            facts={"features": sorted(features)},
        )
