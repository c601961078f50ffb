"""Model families, the forms they compile to, and the one door through which they are fitted and loaded."""

from typing import TYPE_CHECKING, Any

from glassledger.models.additive import AdditiveModel
from glassledger.models.opaque import OpaqueModel
from glassledger.models.rules import RuleModel
from glassledger.models.saved import Model, load_model, schema

if TYPE_CHECKING:
    from glassledger.models.fitting import FittedModel, fit
    from glassledger.models.private_estimators import PrivateAdditiveClassifier, PrivateAdditiveRegressor
    from glassledger.models.scorecard_classifier import ScorecardClassifier

__all__ = [
    "AdditiveModel",
    "FittedModel",
    "Model",
    "OpaqueModel",
    "PrivateAdditiveClassifier",
    "PrivateAdditiveRegressor",
    "RuleModel",
    "ScorecardClassifier",
    "fit",
    "load_model",
    "schema",
]


def __getattr__(name: str) -> Any:
    """What brings a vendor along is imported when it is first asked for (PEP 562)."""
    if name in ("FittedModel", "fit"):
        from glassledger.models import fitting

        return getattr(fitting, name)
    if name == "ScorecardClassifier":
        from glassledger.models.scorecard_classifier import ScorecardClassifier

        return ScorecardClassifier
    if name in ("PrivateAdditiveClassifier", "PrivateAdditiveRegressor"):
        from glassledger.models import private_estimators

        return getattr(private_estimators, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
