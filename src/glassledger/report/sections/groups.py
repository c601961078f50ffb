"""Outcomes by protected group. Small groups keep their name and lose their numbers."""

from typing import Any

from glassledger.records.evaluation import Figure, GroupFigures
from glassledger.report.charts.curves import Dot, forest
from glassledger.report.context import Context
from glassledger.report.sections.figures import interval, is_share, number


def view(context: Context) -> dict[str, Any]:
    """One block per protected attribute; ``status`` says why there is none."""
    declared = [name for name, column in context.policy.data.columns.items() if column.role == "protected"]
    evaluation = context.evidence.evaluation
    groups = () if evaluation is None else evaluation.groups
    attributes = list(dict.fromkeys(group.attribute for group in groups))
    return {
        "status": "" if attributes else ("not_run" if declared else "not_applicable"),
        "private": evaluation is not None and evaluation.protection == "private",
        "minimum": context.words.integer(context.policy.evaluation.min_group),
        "attributes": [
            _block(context, name, [group for group in groups if group.attribute == name]) for name in attributes
        ],
    }


def _block(context: Context, attribute: str, groups: list[GroupFigures]) -> dict[str, Any]:
    words = context.words
    names = list(dict.fromkeys(figure.name for group in groups if not group.suppressed for figure in group.figures))
    heads = [words("groups.group"), words("groups.people"), *(words.known(f"figure.{name}", name) for name in names)]
    return {
        "title": context.names.column(attribute),
        "chart": _forest(context, attribute, groups, names),
        "heads": heads,
        "rows": [_row(context, group, names) for group in groups],
        "summaries": _summaries(context, attribute),
    }


def _row(context: Context, group: GroupFigures, names: list[str]) -> list[dict[str, str]]:
    words = context.words
    label = {"text": context.names.value(group.group), "small": ""}
    if group.suppressed or group.count is None:
        hidden = {"text": words("groups.suppressed"), "small": ""}
        return [label, hidden, *({"text": "–", "small": ""} for _ in names)]
    figures = {figure.name: figure for figure in group.figures}
    return [
        label,
        {"text": context.few(group.count), "small": ""},
        *(_figure(context, figures.get(name)) for name in names),
    ]


def _figure(context: Context, figure: Figure | None) -> dict[str, str]:
    if figure is None or figure.value is None:
        return {"text": _withheld(context), "small": ""}
    bounded = figure.lower is not None and figure.upper is not None
    return {
        "text": number(context, figure.name, figure.value),
        "small": interval(context, figure) if bounded else "",
    }


def _withheld(context: Context) -> str:
    """Why a figure is not shown: small groups are suppressed, or the noise drowns it."""
    evaluation = context.evidence.evaluation
    private = evaluation is not None and evaluation.protection == "private"
    return context.words("groups.unreliable" if private else "groups.suppressed")


def _forest(context: Context, attribute: str, groups: list[GroupFigures], names: list[str]) -> Any:
    """The first figure with intervals, over all groups."""
    words = context.words
    found = {(group.group, figure.name): figure for group in groups for figure in group.figures}
    bounded = (name for name in names if any(_bounded(found.get((group.group, name))) for group in groups))
    name = next(bounded, None)
    if name is None:
        return None
    dots = [_dot(context, group, found.get((group.group, name))) for group in groups]
    title = words("groups.chart", figure=words.known(f"figure.{name}", name), attribute=context.names.column(attribute))
    return {
        "svg": forest(dots, title=title, desc=words("groups.desc"), language=words, share=is_share(name)),
        "title": title,
    }


def _bounded(figure: Figure | None) -> bool:
    return figure is not None and figure.value is not None and figure.lower is not None


def _dot(context: Context, group: GroupFigures, figure: Figure | None) -> Dot:
    label = context.names.value(group.group)
    if figure is None or figure.value is None:
        return Dot(label, None, None, None, _withheld(context))
    return Dot(label, figure.value, figure.lower, figure.upper, number(context, figure.name, figure.value))


def _summaries(context: Context, attribute: str) -> list[list[str]]:
    evaluation = context.evidence.evaluation
    words = context.words
    rows = []
    for summary in () if evaluation is None else evaluation.group_summaries:
        if summary.attribute == attribute:
            difference = "–" if summary.difference is None else number(context, summary.metric, summary.difference)
            ratio = "–" if summary.ratio is None else words.number(summary.ratio, 2)
            rows.append([words.known(f"figure.{summary.metric}", summary.metric), difference, ratio])
    return rows
