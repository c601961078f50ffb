"""The shape of a continuous feature: steps or a line, an uncertainty band, and where people are."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from glassledger.report.charts.scale import Scale, tick_texts, ticks
from glassledger.report.charts.svg import chart, num, tag, text, width_of
from glassledger.report.language import Language

_WIDTH, _HEIGHT = 360.0, 196.0
_LEFT, _RIGHT, _TOP, _BASE = 48.0, 348.0, 10.0, 152.0
_SPECIAL = 40.0  # room for the bin of missing values
_STRIP = 6.0
_PIECES = 48
_SMALL = 12.0

Point = tuple[float, float]


@dataclass(frozen=True)
class Curve:
    """What is drawn. ``edges`` has one more entry than ``values`` for steps, and as many for a line.

    ``missing`` is the value of the missing bin, None when it is not worth showing; ``reach`` the largest absolute value
    on the vertical axis, so that several shapes can share one scale.
    """

    edges: Sequence[float]
    values: Sequence[float]
    half_width: Sequence[float] | None = None
    density: Sequence[float] | None = None
    missing: float | None = None
    reach: float = 1.0


@dataclass(frozen=True)
class Words:
    """What is said beside the drawing."""

    title: str
    desc: str
    missing: str


def steps(curve: Curve, words: Words, language: Language) -> Markup:
    """Draw the curve."""
    right = _RIGHT - (_SPECIAL if curve.missing is not None else 0.0)
    x = Scale(curve.edges[0], curve.edges[-1], _LEFT, right)
    y = Scale(-curve.reach, curve.reach, _BASE, _TOP)
    points = _points(curve)
    parts = [*_grid(y, language), *_band(curve, x, y), *_areas(points, x, y), _path(points, x, y, "line")]
    parts += _strip(curve, x)
    if curve.missing is None:
        return chart(
            _WIDTH, _HEIGHT, title=words.title, desc=words.desc, parts=parts + _bottom(x, right, language), kind="steps"
        )
    room = min(right, _RIGHT - width_of(words.missing, _SMALL))
    parts += _bottom(x, room, language) + _missing(curve.missing, right, y, words.missing)
    return chart(_WIDTH, _HEIGHT, title=words.title, desc=words.desc, parts=parts, kind="steps")


def _points(curve: Curve) -> list[Point]:
    if len(curve.edges) == len(curve.values):
        return list(zip(curve.edges, curve.values, strict=True))
    out: list[Point] = []
    for (left, right), value in zip(pairwise(curve.edges), curve.values, strict=True):
        if out and out[-1][1] == value:
            out[-1] = (right, value)
        else:
            out += [(left, value), (right, value)]
    return out


def _path(points: Sequence[Point], x: Scale, y: Scale, kind: str) -> Markup:
    written = "L".join(f"{num(x(a))} {num(y(b))}" for a, b in points)
    return tag("path", {"class": kind, "d": "M" + written})


def _areas(points: list[Point], x: Scale, y: Scale) -> list[Markup]:
    """What lies above zero and what lies below it, each filled in its own colour."""
    crossed: list[Point] = []
    for (a, b), (c, d) in pairwise(points):
        crossed.append((a, b))
        if b * d < 0:
            crossed.append((a + (c - a) * b / (b - d), 0.0))
    crossed += points[-1:]
    out = []
    for kind, pick in (("raises", max), ("lowers", min)):
        side = [(a, pick(b, 0.0)) for a, b in crossed]
        if any(b for _, b in side):
            closed = [(side[0][0], 0.0), *side, (side[-1][0], 0.0)]
            out.append(_path(closed, x, y, f"area {kind}"))
    return out


def _band(curve: Curve, x: Scale, y: Scale) -> list[Markup]:
    if curve.half_width is None:
        return []
    bounds = []
    for sign in (1, -1):
        shifted = [
            min(max(value + sign * width, -curve.reach), curve.reach)
            for value, width in zip(curve.values, curve.half_width, strict=True)
        ]
        bounds.append(_points(Curve(edges=curve.edges, values=shifted)))
    return [_path([*bounds[0], *reversed(bounds[1])], x, y, "band")]


def _grid(y: Scale, language: Language) -> list[Markup]:
    marks = ticks(y.low, y.high, 4)
    out = []
    for mark, label in zip(marks, tick_texts(marks, language, signed=True), strict=True):
        kind = "zero" if mark == 0 else "grid"
        out.append(tag("line", {"class": kind, "x1": _LEFT, "x2": _RIGHT, "y1": y(mark), "y2": y(mark)}))
        out.append(text(_LEFT - 6, y(mark) + 4, label, "tick", anchor="end"))
    return out


def _bottom(x: Scale, right: float, language: Language) -> list[Markup]:
    """Ticks of the horizontal axis; one that would touch its neighbour or pass ``right`` is left out."""
    marks = ticks(x.low, x.high, 5)
    out: list[Markup] = []
    end = -math.inf
    for mark, label in zip(marks, tick_texts(marks, language), strict=True):
        half = width_of(label, _SMALL) / 2
        middle = max(x(mark), _LEFT + half - 8)
        if middle - half < end + 6 or middle + half > right + 8:
            continue
        end = middle + half
        out.append(tag("line", {"class": "tickmark", "x1": x(mark), "x2": x(mark), "y1": _BASE + 12, "y2": _BASE + 16}))
        out.append(text(middle, _BASE + 29, label, "tick", anchor="middle"))
    return out


def _strip(curve: Curve, x: Scale) -> list[Markup]:
    """Where people are, in six shades over equal pieces of the axis: exact shares of narrow bins would count them."""
    if curve.density is None or len(curve.edges) != len(curve.values) + 1:
        return []
    heights = _pieces(curve.edges, curve.density)
    top = max(heights)
    shades = [0 if top <= 0 else math.ceil(5 * math.sqrt(height / top)) for height in heights]
    width = (x.end - x.start) / _PIECES
    out: list[Markup] = []
    start = 0
    for index in range(1, _PIECES + 1):
        if index == _PIECES or shades[index] != shades[start]:
            place = {"x": x.start + start * width, "y": _BASE + 5, "width": (index - start) * width, "height": _STRIP}
            out.append(tag("rect", {"class": f"shade-{shades[start]}", **place}))
            start = index
    return out


def _pieces(edges: Sequence[float], density: Sequence[float]) -> list[float]:
    """Share of people in each of equally wide pieces, as if people were spread evenly within a bin."""
    low, width = edges[0], (edges[-1] - edges[0]) / _PIECES
    out = [0.0] * _PIECES
    for (left, right), share in zip(pairwise(edges), density, strict=True):
        first, last = (left - low) / width, (right - low) / width
        for piece in range(min(int(first), _PIECES - 1), min(math.ceil(last), _PIECES)):
            overlap = min(last, piece + 1) - max(first, piece)
            out[piece] += max(share, 0.0) * max(overlap, 0.0) / (last - first)
    return out


def _missing(value: float, right: float, y: Scale, label: str) -> list[Markup]:
    middle = right + _SPECIAL / 2 + 4
    kind = "raises" if value > 0 else "lowers"
    top, bottom = sorted((y(value), y(0.0)))
    return [
        tag("line", {"class": "parting", "x1": right + 5, "x2": right + 5, "y1": _TOP, "y2": _BASE + 11}),
        tag("rect", {"class": f"area {kind}", "x": middle - 8, "y": top, "width": 16, "height": bottom - top}),
        tag("line", {"class": "line", "x1": middle - 8, "x2": middle + 8, "y1": y(value), "y2": y(value)}),
        text(_RIGHT + 8, _BASE + 29, label, "tick", anchor="end"),
    ]
