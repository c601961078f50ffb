"""The facts of a fit, assembled from the policy, the task and what the learner said."""

from typing import TYPE_CHECKING

from glassledger.models.training import Trained, TrainingTask
from glassledger.records.budget import PrivacyFacts
from glassledger.records.model_facts import ModelFacts

if TYPE_CHECKING:
    from glassledger.policy import Policy


def facts_of(policy: "Policy", task: TrainingTask, trained: Trained, *, developer: str, fitted_at: str) -> ModelFacts:
    """What reports, reviews and the log quote about a fit; an exact row count only where nothing is private."""
    return ModelFacts(
        model_digest=trained.model.digest,
        policy_digest=policy.digest,
        policy_name=policy.document.name,
        policy_version=policy.document.version,
        family=policy.family.name,
        form=policy.family.form,
        private=policy.family.private,
        task=task.kind,
        classes=task.classes,
        positive=task.classes[1] if task.kind == "binary" else None,
        features=task.specs,
        settings=_settings(task),
        rows_trained=None if policy.family.private else len(task.features),
        privacy=_privacy(policy, task, trained),
        library=trained.library,
        developer=developer,
        fitted_at=fitted_at,
        notes=trained.notes,
    )


def _settings(task: TrainingTask) -> dict[str, str]:
    """The family's settings and the shape constraints that were in force, as strings."""
    out = {name: _plain(value) for name, value in task.settings.to_dict().items()}
    if task.seed is not None:
        out["seed"] = str(task.seed)
    if task.monotone:
        out["monotone"] = ", ".join(f"{name}: {direction}" for name, direction in task.monotone.items())
    if task.interactions:
        wanted = task.interactions
        out["interactions"] = str(wanted) if isinstance(wanted, int) else _pairs(wanted)
    if task.excluded_pairs:
        out["excluded_pairs"] = _pairs(task.excluded_pairs)
    return out


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _pairs(pairs: tuple[tuple[str, str], ...]) -> str:
    return ", ".join(" × ".join(pair) for pair in pairs)


def _privacy(policy: "Policy", task: TrainingTask, trained: Trained) -> PrivacyFacts | None:
    declared = policy.document.privacy
    if task.budget is None or declared is None:
        return None
    return PrivacyFacts(
        unit=declared.unit,
        adjacency=declared.adjacency,
        epsilon=float(task.budget.epsilon),
        delta=0.0 if policy.family.pure else float(task.budget.delta),
        variant="pure" if policy.family.pure else "approximate",
        native=trained.native,
        accountant=trained.accountant,
        mechanisms=trained.events,
        unprotected=trained.unprotected,
        library=trained.library,
        noise_source=trained.noise_source,
        notes=trained.notes,
    )
