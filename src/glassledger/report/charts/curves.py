"""Calibration, gains, and one figure over several groups."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from glassledger.records.evaluation import CurvePoint, Interval
from glassledger.report.charts.scale import Scale, tick_texts, ticks
from glassledger.report.charts.svg import chart, num, shortened, tag, text
from glassledger.report.language import Language

_WIDTH, _HEIGHT = 360.0, 280.0
_LEFT, _RIGHT, _TOP, _BASE = 48.0, 348.0, 26.0, 238.0


@dataclass(frozen=True)
class Frame:
    """Words around a square plot."""

    title: str
    desc: str
    x: str
    y: str
    reference: str


def dots(points: Sequence[CurvePoint], frame: Frame, language: Language) -> Markup:
    """Calibration: mean score against observed rate; on the diagonal the score is what it says."""
    low = min(0.0, *(min(point.x, point.y) for point in points))
    high = max(max(point.x, point.y, *(span.upper for span in _parts(point))) for point in points)
    x, y = _scales(low, high if high > low else low + 1.0)
    parts = [*_axes(x, y, frame, language, share=False), _diagonal(x, y, x.low, x.high)]
    parts.append(_reference(frame, x, y))
    parts.append(_line([(point.x, point.y) for point in points], x, y))
    parts += [bar for point in points for bar in _spans(point, x, y)]
    parts += [tag("circle", {"class": "dot", "cx": x(point.x), "cy": y(point.y), "r": 4.5}) for point in points]
    return chart(_WIDTH, _HEIGHT, title=frame.title, desc=frame.desc, parts=parts, kind="curve")


def _parts(point: CurvePoint) -> tuple[Interval, ...]:
    return tuple(span for span in (point.sampling, point.noise) if span is not None)


def _spans(point: CurvePoint, x: Scale, y: Scale) -> list[Markup]:
    """What sampling (thin) and privacy noise (thick) may have changed at one point."""
    out = []
    for span, kind in ((point.sampling, "whisker"), (point.noise, "whisker noise")):
        if span is not None:
            low, high = (y(min(max(value, y.low), y.high)) for value in (span.lower, span.upper))
            out.append(tag("line", {"class": kind, "x1": x(point.x), "x2": x(point.x), "y1": low, "y2": high}))
    return out


def gains(points: Sequence[CurvePoint], frame: Frame, language: Language) -> Markup:
    """Share found against share contacted; the diagonal is a random order."""
    x, y = _scales(0.0, 1.0)
    parts = [*_axes(x, y, frame, language, share=True), _diagonal(x, y, 0.0, 1.0), _reference(frame, x, y)]
    path = [(0.0, 0.0), *((point.x, point.y) for point in points)]
    parts.append(_line(path, x, y))
    parts += [tag("circle", {"class": "dot", "cx": x(a), "cy": y(b), "r": 3}) for a, b in path[1:]]
    return chart(_WIDTH, _HEIGHT, title=frame.title, desc=frame.desc, parts=parts, kind="curve")


@dataclass(frozen=True)
class Dot:
    """One group: a value with its interval, or a remark in its place."""

    label: str
    value: float | None
    lower: float | None
    upper: float | None
    written: str


def forest(dots: Sequence[Dot], *, title: str, desc: str, language: Language, share: bool) -> Markup:
    """A point and its interval per group, on one axis; percentages when the figure is a share."""
    known = [number for dot in dots for number in (dot.value, dot.lower, dot.upper) if number is not None]
    low, high = min(known, default=0.0), max(known, default=1.0)
    margin = (high - low) * 0.08 or 0.05
    x = Scale(low - margin, high + margin, 132.0, 286.0)
    row = 24.0
    base = 6.0 + row * len(dots)
    parts: list[Markup] = []
    marks = ticks(x.low, x.high, 3)
    labels = [language.percent(mark) for mark in marks] if share else tick_texts(marks, language)
    for mark, label in zip(marks, labels, strict=True):
        parts.append(tag("line", {"class": "grid", "x1": x(mark), "x2": x(mark), "y1": 4, "y2": base}))
        parts.append(text(x(mark), base + 14, label, "tick", anchor="middle"))
    for index, dot in enumerate(dots):
        middle = 6.0 + (index + 0.5) * row
        parts.append(text(4, middle + 4, shortened(dot.label, 120, 13), "label", full=dot.label))
        parts += _dot(dot, x, middle)
    return chart(_WIDTH, base + 20, title=title, desc=desc, parts=parts, kind="forest")


def _dot(dot: Dot, x: Scale, middle: float) -> list[Markup]:
    if dot.value is None:
        return [text(356, middle + 4, dot.written, "tick", anchor="end")]
    parts = []
    if dot.lower is not None and dot.upper is not None:
        parts.append(
            tag("line", {"class": "whisker", "x1": x(dot.lower), "x2": x(dot.upper), "y1": middle, "y2": middle})
        )
    parts.append(tag("circle", {"class": "dot", "cx": x(dot.value), "cy": middle, "r": 4.5}))
    parts.append(text(356, middle + 4, dot.written, "value", anchor="end"))
    return parts


def _scales(low: float, high: float) -> tuple[Scale, Scale]:
    return Scale(low, high, _LEFT, _RIGHT), Scale(low, high, _BASE, _TOP)


def _axes(x: Scale, y: Scale, frame: Frame, language: Language, *, share: bool) -> list[Markup]:
    marks = ticks(x.low, x.high, 5)
    labels = [language.percent(mark) for mark in marks] if share else tick_texts(marks, language)
    out: list[Markup] = []
    for mark, label in zip(marks, labels, strict=True):
        out.append(tag("line", {"class": "grid", "x1": _LEFT, "x2": _RIGHT, "y1": y(mark), "y2": y(mark)}))
        out.append(text(_LEFT - 6, y(mark) + 4, label, "tick", anchor="end"))
        out.append(text(min(x(mark), _RIGHT - 6), _BASE + 16, label, "tick", anchor="middle"))
    out.append(tag("line", {"class": "zero", "x1": _LEFT, "x2": _RIGHT, "y1": _BASE, "y2": _BASE}))
    out.append(text(_RIGHT, _BASE + 36, shortened(frame.x, 290, 12), "axis", anchor="end", full=frame.x))
    out.append(text(4, 12, shortened(frame.y, 340, 12), "axis", full=frame.y))
    return out


def _diagonal(x: Scale, y: Scale, low: float, high: float) -> Markup:
    return tag("line", {"class": "diagonal", "x1": x(low), "y1": y(low), "x2": x(high), "y2": y(high)})


def _reference(frame: Frame, x: Scale, y: Scale) -> Markup:
    place = x.low + (x.high - x.low) * 0.985
    return text(x(place), y(x.low + (x.high - x.low) * 0.62), frame.reference, "tick", anchor="end")


def _line(points: Sequence[tuple[float, float]], x: Scale, y: Scale) -> Markup:
    return tag("path", {"class": "line", "d": "M" + "L".join(f"{num(x(a))} {num(y(b))}" for a, b in points)})
