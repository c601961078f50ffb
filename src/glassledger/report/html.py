"""The page: sections rendered through templates that escape everything and can only say what a section hands them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from glassledger.report.charts.svg import clean
from glassledger.report.context import Context
from glassledger.report.sections import (
    coverage,
    data,
    groups,
    mechanics,
    performance,
    personas,
    privacy,
    purpose,
    record,
    regulation,
    signoff,
    summary,
)

_SECTIONS: tuple[tuple[str, Callable[[Context], Any]], ...] = (
    ("summary", summary.view),
    ("purpose", purpose.view),
    ("data", data.view),
    ("privacy", privacy.view),
    ("mechanics", mechanics.view),
    ("personas", personas.view),
    ("performance", performance.view),
    ("groups", groups.view),
    ("coverage", coverage.view),
    ("regulation", regulation.view),
    ("signoff", signoff.view),
    ("record", record.view),
)


@dataclass(frozen=True)
class Section:
    """One part of the page: the key names its template, its title and its anchor."""

    key: str
    view: Any


def render(context: Context) -> str:
    """The whole page as HTML."""
    facts = context.facts
    page = environment().get_template("page.html.j2")
    return page.render(
        t=context.words,
        style=_style(),
        policy=context.policy,
        model=facts.model_digest.removeprefix("sha256:")[:12],
        family=context.words.known(f"family.{facts.family}", facts.family),
        gathered=context.words.time(context.evidence.generated_at),
        digest=context.evidence.digest,
        sections=[Section(key, view(context)) for key, view in _SECTIONS],
    )


@cache
def environment() -> Environment:
    """The templates, escaping by default; what is not markup loses invisible characters first."""
    return Environment(
        loader=PackageLoader("glassledger.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_cleaned,
        keep_trailing_newline=True,
    )


def _cleaned(value: object) -> object:
    """What is not markup already loses invisible and direction characters before it is escaped."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else clean(value)


@cache
def _style() -> Markup:
    return Markup((files("glassledger.report") / "templates" / "style.css").read_text(encoding="utf-8"))  # noqa: S704
