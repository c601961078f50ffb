"""A chart of the page as an SVG file of its own: the style sheet's rules for charts, the print colours filled in."""

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from glassledger.report.tree import Node

_VARIABLE = re.compile(r"var\((--[\w-]+)\)")
_RULE = re.compile(r"^(\.chart[^{@]*)\{([^}]*)\}", re.MULTILINE)
_FIT = re.compile(r"(?:display|width|height|max-width|overflow|paint-order|shape-rendering)\s*:[^;]*;?")


def standalone(svg: "Node", *, font: str) -> str:
    """An ``svg`` element of the page as a document that needs no style sheet."""
    _, _, width, height = svg.attributes["viewbox"].split()
    size = f'xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
    box = f'viewBox="{svg.attributes["viewbox"]}" class={quoteattr(svg.value("class"))}'
    style = f"svg {{ font-family: {font}; }}\n{_style()}"
    return f"<svg {size} {box}><style>{escape(style)}</style>{''.join(_written(child) for child in svg.children)}</svg>"


def _written(node: "Node | str") -> str:
    if isinstance(node, str):
        return escape(node)
    attributes = "".join(f" {name}={quoteattr(value)}" for name, value in node.attributes.items())
    return f"<{node.tag}{attributes}>{''.join(_written(child) for child in node.children)}</{node.tag}>"


@cache
def _style() -> str:
    """Rules for charts, with the colours of ``@media print``."""
    css = (files("glassledger.report") / "templates" / "style.css").read_text(encoding="utf-8")
    printed = css[css.index("@media print") :]
    colours = dict(re.findall(r"(--[\w-]+):\s*([^;]+);", printed))
    rules = [f"{selector.strip()} {{ {_FIT.sub('', body).strip()} }}" for selector, body in _RULE.findall(css)]
    return _VARIABLE.sub(lambda match: colours[match[1]], "\n".join(rules))
