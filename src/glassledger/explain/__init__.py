"""Why a model scores as it does: global shapes, local contributions, reason codes, fictitious personas.

Everything is read off the compiled form (:class:`AdditiveModel`, :class:`RuleModel`): nothing is estimated, sampled or
approximated, and no row is kept.
"""

from glassledger.explain.contributions import explain_local
from glassledger.explain.shapes import explain_global

__all__ = ["explain_global", "explain_local"]
