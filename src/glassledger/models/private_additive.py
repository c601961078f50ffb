"""Family ``dp-additive``: the door between a training task and the private additive learner.

What the fit guarantees, by which theorems, and what it does not cover: docs/explanation/
privacy-guarantee-dp-additive.md.
"""

from typing import Literal, cast

import numpy as np

import glassledger
from glassledger.errors import PrivacyError
from glassledger.models.constraints import check_monotone
from glassledger.models.private_learner import Choices, PrivateFit, fit_private
from glassledger.models.private_plan import Plan
from glassledger.models.private_target import Target, target_of
from glassledger.models.private_task import UNPROTECTED
from glassledger.models.training import Trained, TrainingTask
from glassledger.policy.families import DpAdditiveSettings
from glassledger.privacy.budget import PrivacyBudget
from glassledger.privacy.noise import NOISE_SOURCE
from glassledger.privacy.objective_perturbation import Bound

#: What the accountant is called in the evidence.
ACCOUNTANTS: dict[Bound, str] = {
    "published": "adaptive composition of privacy-loss bounds, rounded up; objective perturbation by Redberg, Koskela, "
    "Wang 2023 (arXiv 2401.00583), Theorems 3.1 and 3.2",
    "own": "adaptive composition of privacy-loss bounds, rounded up; objective perturbation by our own bound, which "
    "nobody outside has reviewed",
}


def train(task: TrainingTask) -> Trained:
    """Fit and compile a private additive model.

    Privacy spent: the whole budget, (epsilon, delta) under the task's adjacency, as soon as this function is called.

    Raises
    ------
    PrivacyError
        When there is no budget or no delta, a seed, a feature or target without declared bounds, or a bound that does
        not fit the task.
    ModelError
        When a value has no declared place, or the noise left no finite model.
    """
    target, choices = asked(task)
    fitted = fit_private(task.features, task.specs, target, task.classes, choices)
    return Trained(
        fitted.model,
        f"glassledger {glassledger.__version__}",
        events=fitted.events,
        native=_curve(fitted),
        accountant=ACCOUNTANTS[fitted.plan.account.bound],
        noise_source=NOISE_SOURCE,
        unprotected=tuple(item for item in UNPROTECTED if not item.startswith("rounding")),
        notes=_notes(fitted),
    )


def asked(task: TrainingTask) -> tuple[Target, Choices]:
    """What a task asks of the learner, checked; nothing is spent here.

    Raises
    ------
    PrivacyError, ModelError
        As :func:`train`.
    """
    settings = task.settings
    assert isinstance(settings, DpAdditiveSettings)
    epsilon, delta = _budget(task).spendable
    check_monotone(task)
    target = target_of(task.kind, task.target, task.classes, link=settings.link, bounds=task.target_bounds)
    return target, Choices(
        epsilon=epsilon,
        delta=delta,
        adjacency=task.adjacency,
        bound=_bound(task, settings),
        max_bins=settings.max_bins,
        cuts=_cuts(task, settings),
        monotone={name: cast(Literal[-1, 1], task.sign(name)) for name in task.monotone},
        pairs=task.interactions,
        excluded=frozenset(frozenset(pair) for pair in task.excluded_pairs),
    )


def _budget(task: TrainingTask) -> PrivacyBudget:
    if task.budget is None:
        raise PrivacyError(
            "Family dp-additive spends privacy budget, and none is given.",
            code="budget-missing",
            hint="Fit through a workspace, which reserves the budget first.",
        )
    if task.seed is not None:
        raise PrivacyError(
            "A seed would make the noise predictable.", code="seed-private", hint="Remove the seed from the policy."
        )
    if not task.budget.delta > 0:
        raise PrivacyError(
            "Family dp-additive needs a delta above 0.", code="delta-missing", hint="Set privacy.delta in the policy."
        )
    if not task.specs:
        raise PrivacyError(
            "A private fit needs at least one feature.",
            code="features-missing",
            hint="Give a column the role feature in the policy.",
        )
    return task.budget


def _bound(task: TrainingTask, settings: DpAdditiveSettings) -> Bound:
    if settings.accounting == "published":
        return "published"
    if task.kind == "regression":
        raise PrivacyError(
            "The tighter bound holds for class targets only.",
            code="accounting-unsuited",
            hint='Use accounting: "published" for a regression.',
        )
    return "own"


def _cuts(task: TrainingTask, settings: DpAdditiveSettings) -> dict[str, tuple[float, ...]]:
    """Declared bins, checked against the features they are for."""
    numbers = {spec.name for spec in task.specs if spec.kind == "continuous"}
    wrong = sorted(
        name
        for name, cuts in settings.cuts.items()
        if name not in numbers or not cuts or not np.isfinite(cuts).all() or (np.diff(cuts) <= 0).any()
    )
    if wrong:
        raise PrivacyError(
            f"Declared bins must be rising cuts of continuous features: {', '.join(wrong)}.",
            code="cuts-invalid",
            hint="Correct settings.cuts in the policy.",
            facts={"features": wrong},
        )
    return dict(settings.cuts)


def _curve(fitted: PrivateFit) -> str:
    """Points of the privacy curve under add-or-remove-one."""
    account, epsilon = fitted.plan.account, fitted.plan.epsilon
    points = (f"({level:g}, {account.delta(level):.2e})" for level in (epsilon / 2, epsilon, 2 * epsilon))
    return f"(epsilon, delta) curve, add-or-remove-one: {', '.join(points)}"


def _notes(fitted: PrivateFit) -> tuple[str, ...]:
    plan = fitted.plan
    notes = [
        "The number of rows is protected: everything is scaled by a noisy count.",
        "Bands show what privacy noise leaves uncertain (95 %, from released numbers only), not sampling error.",
    ]
    if plan.adjacency == "add_or_remove_one":
        notes.append(_replaced(plan))
    else:
        notes.append("Calibrated for replace-one as two steps of add-or-remove-one.")
    if plan.account.bound == "own":
        notes.append("The bound on objective perturbation is our own and not externally reviewed.")
    return tuple(notes)


def _replaced(plan: Plan) -> str:
    try:
        cost = plan.account.replace_one(plan.delta)
    except PrivacyError:
        return "Under replace-one the same fit has no epsilon worth stating at the same delta."
    return f"Under replace-one the same fit costs epsilon {cost:.4g} at the same delta."
