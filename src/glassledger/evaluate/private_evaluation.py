"""A private evaluation: a pure function of the released tables and the policy."""

from typing import TYPE_CHECKING

from glassledger.errors import PrivacyError
from glassledger.evaluate import private_figures as figures
from glassledger.evaluate.curves import lift
from glassledger.evaluate.performance import without_threshold
from glassledger.evaluate.private_figures import Counts
from glassledger.evaluate.private_groups import group_figures
from glassledger.policy import Policy
from glassledger.records.evaluation import Evaluation
from glassledger.records.release import EvidenceTables

if TYPE_CHECKING:
    from glassledger.privacy.budget import Reservation

_METHOD = (
    "95 %; sampling: {draws} holdouts of the same size drawn from the noisy tables; noise: {draws} times fresh noise "
    "of the known law; together: half-widths added in squares"
)
_NOTES = (
    "All figures are computed from counts with privacy noise. Each table has its own noise, so totals differ a little.",
    "Scores are known by bin only; within a bin, rows are taken to be spread as the model says.",
)


def private_evaluation(tables: EvidenceTables, policy: Policy, model_digest: str) -> Evaluation:
    """Figures, curves and groups out of noisy tables. Privacy spent: none, this is post-processing."""
    task, counts = policy.document.model.task, Counts(tables, policy)
    found = figures.FOR_TASK[task](counts)
    binary, rule = task == "binary", policy.document.decision
    if binary and rule is None:
        found += without_threshold()
    total, rate = figures.size_and_rate(counts)
    curve = figures.gains(counts) if binary else ()
    confusions = figures.confusions(counts) if binary else ()
    groups, summaries = group_figures(counts)
    return Evaluation(
        model_digest=model_digest,
        task=task,
        split=split_text(policy),
        rows=total,
        base_rate=rate,
        figures=found,
        calibration=() if task == "multiclass" else figures.calibration(counts),
        gains=curve,
        lift=lift(curve),
        confusion=next((one for one in confusions if rule is not None and one.threshold == rule.threshold), None),
        thresholds=confusions,
        class_confusion=figures.class_confusion(counts, len(policy.classes)) if task == "multiclass" else (),
        groups=groups,
        group_summaries=summaries,
        interval_method=_METHOD.format(draws=policy.document.evaluation.bootstrap),
        protection="private",
        tables=tables,
        notes=(*_NOTES, *_remarks(policy)),
    )


def check_reservation(policy: Policy, reservation: "Reservation | None") -> bool:
    """Whether the evaluation is private; refuses a reservation that does not fit.

    Raises
    ------
    PrivacyError
    """
    declared = policy.document.privacy
    wanted = policy.family.private and declared is not None and declared.evidence.protection == "private"
    if not wanted:
        if reservation is not None:
            raise PrivacyError(
                "Exact figures spend no privacy budget, but a reservation was given.",
                code="reservation-unneeded",
                hint="Evaluate without a reservation.",
            )
        return False
    assert declared is not None
    if reservation is None:
        raise PrivacyError(
            "The figures of a private model spend privacy budget, and none is reserved.",
            code="reservation-missing",
            hint="Fit through a workspace, or declare privacy.evidence.protection: exact for figures that stay inside.",
        )
    epsilon = declared.evidence.epsilon or declared.epsilon
    same = (reservation.adjacency, reservation.unit) == (declared.adjacency, declared.unit)
    if not same or reservation.budget.epsilon != epsilon:
        raise PrivacyError(
            "The reservation is not the one that the policy declares.",
            code="reservation-mismatch",
            hint="Unit, adjacency and epsilon must be the policy's.",
        )
    return True


def split_text(policy: Policy) -> str:
    """How the holdout was chosen."""
    return f"{policy.document.split.holdout:.0%} of the data, chosen by a keyed hash of {policy.unit or 'row'}"


def _remarks(policy: Policy) -> tuple[str, ...]:
    rule = policy.document.decision
    notes = []
    if not policy.columns_with("protected"):
        notes.append("No protected column is declared, so no group outcomes were compared.")
    if policy.document.model.task == "binary" and rule is not None and rule.adverse == "at_or_above":
        notes.append(
            "The adverse side is at or above the threshold: selection_rate is the share on the adverse side, "
            "favourable_rate the share on the other."
        )
    if policy.document.model.task == "multiclass":
        notes.append("class_confusion: one row per actual class, one column per predicted class, in declared order.")
    return tuple(notes)
