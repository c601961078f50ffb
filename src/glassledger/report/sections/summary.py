"""The first screen: may this model be used, for what, until when, what is open, what it costs in privacy."""

from typing import Any

from glassledger.records.evaluation import Figure
from glassledger.report.context import Context
from glassledger.report.sections.checks import Check, checks
from glassledger.report.sections.figures import interval, meaning, written

_HEADLINE = {
    "binary": (("auroc", "precision", "recall"), ("auroc", "ks", "brier")),
    "multiclass": (("macro_auroc", "accuracy", "log_loss"),),
    "regression": (("r2", "rmse", "mae"),),
}
_MAJOR = ("holdout", "groups", "logged")


def view(context: Context) -> dict[str, Any]:
    """Verdict, scope, three figures, privacy in one line, open points."""
    done = checks(context)
    return {
        "verdict": _verdict(context),
        "use": context.names.text(context.policy.purpose.use),
        "prohibited": [context.names.text(text) for text in context.policy.purpose.prohibited],
        "tiles": _tiles(context),
        "privacy": _privacy_line(context),
        "open": _open_points(context, done),
        "not_run": context.words.integer(
            sum(check.status == "not_run" and check.key != "signed_off" for check in done)
        ),
    }


def _verdict(context: Context) -> dict[str, str]:
    review, words = context.review, context.words
    status = review.status if review else "draft"
    values = {
        "until": words.date(review.expires_on) if review and review.expires_on else "",
        "people": words("format.list").join(review.approvers) if review else "",
        "person": (review.rejected_by or "") if review else "",
    }
    return {
        "status": status,
        "title": words(f"verdict.{status}.title", **values),
        "text": words(f"verdict.{status}.text", **values),
    }


def _tiles(context: Context) -> list[dict[str, str]]:
    evaluation, words = context.evidence.evaluation, context.words
    figures = {} if evaluation is None else {figure.name: figure for figure in evaluation.figures}
    choices = _HEADLINE[context.facts.task]
    names = next((names for names in choices if all(_known(figures.get(name)) for name in names)), choices[-1])
    return [
        {
            "name": words(f"figure.{name}"),
            "value": written(context, figures[name]) if name in figures else words("status.not_run"),
            "interval": interval(context, figures[name]) if name in figures else "",
            "meaning": meaning(context, figures.get(name), name),
            "known": "yes" if _known(figures.get(name)) else "",
        }
        for name in names
    ]


def _known(figure: Figure | None) -> bool:
    return figure is not None and figure.value is not None


def _privacy_line(context: Context) -> dict[str, str]:
    facts, words = context.facts.privacy, context.words
    if not context.facts.private or facts is None:
        return {"kind": "none", "value": words("privacy.line.none.value"), "text": words("privacy.line.none.text")}
    from glassledger.report.sections.privacy import delta_text, epsilon_text, factor_text

    values = {
        "epsilon": epsilon_text(context, facts),
        "delta": delta_text(context, facts),
        "factor": factor_text(context, facts),
        "unit": context.names.column(facts.unit),
    }
    return {
        "kind": "private",
        "value": words("privacy.line.value", **values),
        "text": words("privacy.line.text", **values),
    }


def _open_points(context: Context, done: tuple[Check, ...]) -> list[str]:
    words, review = context.words, context.review
    out = []
    if review is None:
        out.append(words("open.nobody"))
    else:
        out += [words(f"open.{item.code}", count=words.integer(item.count)) for item in review.requirements]
        out += [words.known(f"fault.{code}", code) for code in review.faults]
        if review.evidence_digest not in (None, context.evidence.digest):
            out.append(words("open.other_evidence"))
    for check in done:
        if check.key == "signed_off":
            continue
        if check.status == "fail" or (check.status == "not_run" and check.key in _MAJOR):
            name, status = words(f"check.{check.key}"), words(f"status.{check.status}")
            out.append(
                words("open.check", name=name, status=status, detail=words(f"detail.{check.detail}", **check.values))
            )
    return out
