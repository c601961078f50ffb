"""How well the model does on people it was not fitted on."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from glassledger.records.evaluation import Confusion, CurvePoint, Evaluation
from glassledger.report.charts.curves import Frame, dots, gains
from glassledger.report.context import Context
from glassledger.report.sections.figures import interval, meaning, part, written


def view(context: Context) -> dict[str, Any] | None:
    """Figures, calibration, gains, confusion; None when the evaluation was not run."""
    evaluation, words = context.evidence.evaluation, context.words
    if evaluation is None:
        return None
    share = words.percent(context.policy.split.holdout)
    return {
        "split": words("performance.split", share=share, count=context.few(evaluation.rows)),
        "protection": _protection(context, evaluation),
        "base_rate": "" if evaluation.base_rate is None else words.percent(evaluation.base_rate, 1),
        "figures": [
            {
                "name": words.known(f"figure.{figure.name}", figure.name),
                "value": written(context, figure),
                "interval": interval(context, figure),
                "sampling": part(context, figure.name, figure.sampling),
                "noise": part(context, figure.name, figure.noise),
                "meaning": meaning(context, figure, figure.name),
            }
            for figure in evaluation.figures
        ],
        "method": evaluation.interval_method,
        "calibration": _calibration(context, evaluation),
        "gains": _gains(context, evaluation),
        "confusion": None if evaluation.confusion is None else _confusion(context, evaluation.confusion),
        "thresholds": _thresholds(context, evaluation),
        "classes": _classes(context, evaluation),
        "notes": [context.note(note) for note in evaluation.notes],
    }


def _protection(context: Context, evaluation: Evaluation) -> dict[str, str] | None:
    """Whether the figures are private; None beside a model that claims nothing."""
    words = context.words
    if evaluation.protection == "private" and evaluation.tables is not None:
        values = {
            "count": words.integer(len(evaluation.tables.tables)),
            "epsilon": words.exact(Decimal(repr(evaluation.tables.epsilon))),
        }
        return {
            "kind": "private",
            "title": words("performance.private.title"),
            "text": words("performance.private", **values),
        }
    if not context.facts.private:
        return None
    return {"kind": "exact", "title": words("performance.exact.title"), "text": words("performance.exact")}


def _thresholds(context: Context, evaluation: Evaluation) -> dict[str, Any] | None:
    if not evaluation.thresholds:
        return None
    words = context.words
    heads = [words("thresholds.threshold"), words("thresholds.reached"), words("figure.precision")]
    return {
        "heads": [*heads, words("figure.recall")],
        "rows": [_threshold(context, one) for one in evaluation.thresholds],
    }


def _threshold(context: Context, counts: Confusion) -> list[str]:
    words = context.words
    reached = counts.true_positive + counts.false_positive
    everyone = reached + counts.true_negative + counts.false_negative
    positive = counts.true_positive + counts.false_negative

    def share(part: int, whole: int) -> str:
        return words.percent(part / whole, 1) if whole > 0 else "–"

    return [
        words.percent(counts.threshold, 1),
        share(reached, everyone),
        share(counts.true_positive, reached),
        share(counts.true_positive, positive),
    ]


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
        "spans": words("calibration.spans") if evaluation.protection == "private" else "",
        "heads": [frame.x, frame.y, words("performance.people"), *_part_heads(context, evaluation)],
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
    rows = [
        [
            words.percent(point.x),
            words.percent(point.y, 1),
            lifts.get(point.x, "–"),
            *_parts(context, point, lambda value: words.percent(value, 1)),
        ]
        for point in evaluation.gains
    ]
    return {
        "chart": gains(evaluation.gains, frame, words),
        "spans": "",
        "heads": [frame.x, frame.y, words("gains.lift"), *_part_heads(context, evaluation)],
        "rows": rows,
    }


def _points(
    context: Context, points: Sequence[CurvePoint], x: Callable[[float], str], y: Callable[[float], str]
) -> list[list[str]]:
    return [[x(point.x), y(point.y), context.few(point.count), *(_parts(context, point, y))] for point in points]


def _part_heads(context: Context, evaluation: Evaluation) -> list[str]:
    if evaluation.protection != "private":
        return []
    return [context.words("performance.head.sampling"), context.words("performance.head.noise")]


def _parts(context: Context, point: CurvePoint, write: Callable[[float], str]) -> list[str]:
    """Both uncertainties of a point of a private curve."""
    spans = [span for span in (point.sampling, point.noise) if span is not None]
    return [context.words.interval(write(span.lower), write(span.upper)) for span in spans]


def _confusion(context: Context, confusion: Confusion) -> dict[str, Any]:
    words = context.words
    rule = context.policy.decision
    return {
        "threshold": words("confusion.threshold", threshold=words.percent(confusion.threshold, 1)),
        "above": rule.at_or_above if rule else words("confusion.above"),
        "below": rule.below if rule else words("confusion.below"),
        "margin": "" if confusion.margin is None else words("confusion.margin", count=words.integer(confusion.margin)),
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
