"""Model families, the forms they compile to, and the one door through which they are fitted and loaded."""

from glassledger.models.additive import AdditiveModel
from glassledger.models.opaque import OpaqueModel
from glassledger.models.rules import RuleModel
from glassledger.models.saved import Model, load_model, schema

__all__ = ["AdditiveModel", "Model", "OpaqueModel", "RuleModel", "load_model", "schema"]
