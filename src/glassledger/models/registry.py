"""Which function fits which family. Modules are imported when asked for, so no vendor is loaded in vain."""

from importlib import import_module
from types import MappingProxyType
from typing import cast

from glassledger.errors import ModelError
from glassledger.models.training import Learner
from glassledger.policy.families import REFUSED

#: Family name to ``module:function`` under ``glassledger.models``.
LEARNERS = MappingProxyType(
    {
        "ebm": "ebm:train",
        "logistic": "linear_models:train_logistic",
        "linear": "linear_models:train_linear",
        "tree": "tree:train",
        "scorecard": "scorecard:train",
        "dp-ebm": "dp_ebm:train",
        "dp-logistic": "diffprivlib_families:train_logistic",
        "dp-naive-bayes": "diffprivlib_families:train_naive_bayes",
        "dp-forest": "diffprivlib_families:train_forest",
        "dp-additive": "private_additive:train",
    }
)


def learner(name: str) -> Learner:
    """The training function of a family.

    Raises
    ------
    ModelError
        When the family is unknown, or refused for a reason that the message gives.
    """
    if name in REFUSED:
        raise ModelError(f"Family {name} is refused.", code="family-refused", hint=REFUSED[name])
    if name not in LEARNERS:
        raise ModelError(
            "There is no such model family.",
            code="family-unknown",
            hint=f"Use one of: {', '.join(sorted(LEARNERS))}.",
        )
    module, function = LEARNERS[name].split(":")
    return cast(Learner, getattr(import_module(f"glassledger.models.{module}"), function))
