"""SVG elements as escaped markup. Every name is on a list and every text is cleaned, so nothing in a table can act."""

import unicodedata
from collections.abc import Mapping

from markupsafe import Markup, escape

_ELEMENTS = frozenset({"svg", "title", "desc", "g", "path", "rect", "line", "circle", "text"})
_ATTRIBUTES = frozenset(
    {
        "class", "viewBox", "role", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "width", "height", "d",
        "text-anchor", "transform", "xmlns", "focusable", "preserveAspectRatio",
    }
)  # fmt: skip
_ACTIVE = frozenset("\u061c\u200b\u200e\u200f\u2028\u2029\u2060\ufeff")

Attribute = str | float


def clean(text: str) -> str:
    """Text that shows what it holds: control, direction and other invisible characters become �."""
    return "".join("\ufffd" if _hidden(character) else character for character in text)


def tag(name: str, attributes: Mapping[str, Attribute], *children: str) -> Markup:
    """One element. Children that are not markup are cleaned and escaped.

    Raises
    ------
    AssertionError
        When the element or an attribute is not on the list: a mistake of our own.
    """
    assert name in _ELEMENTS
    assert _ATTRIBUTES.issuperset(attributes)
    written = "".join(f' {key}="{escape(_attribute(value))}"' for key, value in attributes.items())
    inner = "".join(child if isinstance(child, Markup) else escape(clean(child)) for child in children)
    return Markup(f"<{name}{written}>{inner}</{name}>")  # noqa: S704  (every part was escaped above)


def chart(width: float, height: float, *, title: str, desc: str, parts: list[Markup], kind: str) -> Markup:
    """A whole picture with its name and its description for those who cannot see it."""
    return tag(
        "svg",
        {"class": f"chart {kind}", "viewBox": f"0 0 {num(width)} {num(height)}", "role": "img", "focusable": "false"},
        tag("title", {}, title),
        tag("desc", {}, desc),
        *parts,
    )


def text(x: float, y: float, content: str, kind: str = "", *, anchor: str = "start", full: str = "") -> Markup:
    """A line of text; ``full`` is what a shortened one stands for."""
    attributes: dict[str, Attribute] = {"x": x, "y": y, "text-anchor": anchor}
    if kind:
        attributes["class"] = kind
    hint = (tag("title", {}, full),) if full and full != content else ()
    return tag("text", attributes, *hint, content)


def num(value: float) -> str:
    """A coordinate: two decimals at most, no exponent, no negative zero."""
    written = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if written in ("-0", "") else written


def width_of(content: str, size: float) -> float:
    """About how wide a text is in pixels; errs on the wide side."""
    return sum(_em(character) for character in content) * size


def shortened(content: str, room: float, size: float) -> str:
    """The text, cut with … so that it fits."""
    content = clean(content)
    if width_of(content, size) <= room:
        return content
    kept = ""
    for character in content:
        if width_of(kept + character + "…", size) > room:
            break
        kept += character
    return kept.rstrip() + "…"


def _attribute(value: Attribute) -> str:
    return value if isinstance(value, str) else num(value)


def _hidden(character: str) -> bool:
    category = unicodedata.category(character)
    if character == "\n":
        return False
    return category in ("Cc", "Cs") or character in _ACTIVE or (0x202A <= ord(character) <= 0x2069 and category == "Cf")


def _em(character: str) -> float:
    if unicodedata.east_asian_width(character) in ("W", "F"):
        return 1.02
    if character in "iljtf.,:;'|!() ":
        return 0.36
    if character in "mwMW@%×—…":
        return 0.9
    return 0.7 if character.isupper() else 0.58
