"""Glass-box and differentially private scoring that carries its proof along.

The public names are loaded on first use (PEP 562), so that ``import glassledger`` stays cheap and
an auditor's machine needs no data-science package.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "Workspace": "workspace",
    "Policy": "policy",
    "PrivacyBudget": "privacy.budget",
    "PrivacyFilter": "privacy.filter",
    "AdditiveModel": "models.additive",
    "Model": "models",
    "Evidence": "report.evidence",
    "Report": "report",
    "Review": "review",
    "Log": "audit.log",
    "verify": "audit.verify",
    "screen": "data",
    "fit": "models",
    "score": "scoring",
    "explain_global": "explain",
    "explain_local": "explain",
    "evaluate": "evaluate.evaluation",
    "PrivateAdditiveClassifier": "models",
    "PrivateAdditiveRegressor": "models",
    "ScorecardClassifier": "models",
}

__all__ = ["__version__", *sorted(_HOMES)]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'glassledger' has no attribute {name!r}")
    return getattr(import_module(f"glassledger.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
