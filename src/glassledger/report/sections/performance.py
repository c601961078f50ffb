"""How well the model does on people it was not fitted on."""

from collections.abc import Callable, Sequence
from typing import Any

from glassledger.records.evaluation import Confusion, CurvePoint, Evaluation
from glassledger.report.charts.curves import Frame, dots, gains
from glassledger.report.context import Context
from glassledger.report.sections.figures import interval, meaning, written


def view(context: Context) -> dict[str, Any] | None:
    """Figures, calibration, gains, confusion; None when the evaluation was not run."""
    evaluation, words = context.evidence.evaluation, context.words
    if evaluation is None:
        return None
    share = words.percent(context.policy.split.holdout)
    return {
        "split": words("performance.split", share=share, count=context.few(evaluation.rows)),
        "base_rate": "" if evaluation.base_rate is None else words.percent(evaluation.base_rate, 1),
        "figures": [
            {
                "name": words.known(f"figure.{figure.name}", figure.name),
                "value": written(context, figure),
                "interval": interval(context, figure),
                "meaning": meaning(context, figure, figure.name),
            }
            for figure in evaluation.figures
        ],
        "method": evaluation.interval_method,
        "calibration": _calibration(context, evaluation),
        "gains": _gains(context, evaluation),
        "confusion": None if evaluation.confusion is None else _confusion(context, evaluation.confusion),
        "classes": _classes(context, evaluation),
        "notes": [context.note(note) for note in evaluation.notes],
    }


def _calibration(context: Context, evaluation: Evaluation) -> dict[str, Any] | None:
    if len(evaluation.calibration) < 2:
        return None
    words = context.words
    regression = context.facts.task == "regression"
    kind = "number" if regression else "rate"
    frame = Frame(
        title=words("calibration.title"),
        desc=words("calibration.desc"),
        x=words(f"calibration.x.{kind}"),
        y=words(f"calibration.y.{kind}"),
        reference=words("calibration.reference"),
    )
    write: Callable[[float], str] = (
        (lambda value: words.compact(value, 4)) if regression else (lambda value: words.percent(value, 1))
    )
    return {
        "chart": dots(evaluation.calibration, frame, words),
        "heads": [frame.x, frame.y, words("performance.people")],
        "rows": _points(context, evaluation.calibration, write, write),
    }


def _gains(context: Context, evaluation: Evaluation) -> dict[str, Any] | None:
    if not evaluation.gains:
        return None
    words = context.words
    frame = Frame(
        title=words("gains.title"),
        desc=words("gains.desc"),
        x=words("gains.x"),
        y=words("gains.y"),
        reference=words("gains.reference"),
    )
    lifts = {point.x: words.number(point.y, 2) for point in evaluation.lift}
    rows = [[words.percent(point.x), words.percent(point.y, 1), lifts.get(point.x, "–")] for point in evaluation.gains]
    return {
        "chart": gains(evaluation.gains, frame, words),
        "heads": [frame.x, frame.y, words("gains.lift")],
        "rows": rows,
    }


def _points(
    context: Context, points: Sequence[CurvePoint], x: Callable[[float], str], y: Callable[[float], str]
) -> list[list[str]]:
    return [[x(point.x), y(point.y), context.few(point.count)] for point in points]


def _confusion(context: Context, confusion: Confusion) -> dict[str, Any]:
    words = context.words
    rule = context.policy.decision
    return {
        "threshold": words("confusion.threshold", threshold=words.percent(confusion.threshold, 1)),
        "above": rule.at_or_above if rule else words("confusion.above"),
        "below": rule.below if rule else words("confusion.below"),
        "rows": [
            (words("confusion.positive"), context.few(confusion.true_positive), context.few(confusion.false_negative)),
            (words("confusion.negative"), context.few(confusion.false_positive), context.few(confusion.true_negative)),
        ],
    }


def _classes(context: Context, evaluation: Evaluation) -> dict[str, Any] | None:
    if not evaluation.class_confusion:
        return None
    names = context.facts.classes or tuple(str(index + 1) for index in range(len(evaluation.class_confusion)))
    return {
        "heads": [context.words("confusion.actual"), *names],
        "rows": [
            [name, *(context.few(count) for count in row)]
            for name, row in zip(names, evaluation.class_confusion, strict=False)
        ],
    }
