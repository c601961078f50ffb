"""Horizontal bars: levels of a feature, importances, the steps from the intercept to one score."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from glassledger.report.charts.scale import Scale
from glassledger.report.charts.svg import chart, shortened, tag, text

_WIDTH = 360.0
_ROW = 22.0
_SIZE = 13.0
_BAR = 12.0


@dataclass(frozen=True)
class Bar:
    """One row: its label, its value, the value as it is written, an optional remark, an optional half-width."""

    label: str
    value: float
    written: str
    remark: str = ""
    half_width: float = 0.0


def diverging(bars: Sequence[Bar], *, title: str, desc: str, reach: float, heads: tuple[str, str]) -> Markup:
    """Bars to the left and right of zero; values stand in one column at the right, whatever their sign.

    ``reach`` is the largest absolute value on the axis; ``heads`` name the column of values and that of remarks.
    """
    remarks = any(bar.remark for bar in bars)
    value_end = 312.0 if remarks else 356.0
    x = Scale(-reach, reach, 128.0, value_end - 52.0)
    height = 20.0 + _ROW * len(bars) + 4.0
    parts = [text(value_end, 12, heads[0], "tick", anchor="end")]
    if remarks:
        parts.append(text(356, 12, heads[1], "tick", anchor="end"))
    parts.append(tag("line", {"class": "zero", "x1": x(0), "x2": x(0), "y1": 18, "y2": height - 2}))
    for index, bar in enumerate(bars):
        top = 20.0 + index * _ROW
        parts += [_label(bar.label, top, 118.0), *_bar(bar, x, top), *_whisker(bar, x, top)]
        parts.append(text(value_end, top + 15, bar.written, "value", anchor="end"))
        if bar.remark:
            parts.append(text(356, top + 15, bar.remark, "tick", anchor="end"))
    return chart(_WIDTH, height, title=title, desc=desc, parts=parts, kind="bars")


def ranked(bars: Sequence[Bar], *, title: str, desc: str) -> Markup:
    """Bars from a common start, for amounts that are never negative."""
    top_value = max((bar.value for bar in bars), default=0.0)
    x = Scale(0.0, top_value or 1.0, 224.0, 312.0)
    parts: list[Markup] = []
    for index, bar in enumerate(bars):
        top = 4.0 + index * _ROW
        width = x(max(bar.value, 0.0)) - x(0.0)
        parts += [
            _label(bar.label, top, 214.0),
            tag("rect", {"class": "amount", "x": x(0), "y": top + 5, "width": max(width, 0.75), "height": _BAR}),
            text(x(0) + width + 5, top + 15, bar.written, "value"),
        ]
    return chart(_WIDTH, 8.0 + _ROW * len(bars), title=title, desc=desc, parts=parts, kind="bars")


def waterfall(start: Bar, steps: Sequence[Bar], end: Bar, *, title: str, desc: str) -> Markup:
    """From a start to an end, one bar a step; labels stand above their bars and so never meet them."""
    levels = [start.value]
    for step in steps:
        levels.append(levels[-1] + step.value)
    low, high = min(0.0, *levels, end.value), max(0.0, *levels, end.value)
    x = Scale(low, high if high > low else low + 1.0, 6.0, 292.0)
    rows = [(start, 0.0, start.value, "total"), *_spans(steps, levels), (end, 0.0, end.value, "total")]
    row = 34.0
    parts = [tag("line", {"class": "zero", "x1": x(0), "x2": x(0), "y1": 2, "y2": row * len(rows) + 2})]
    for index, level in enumerate(levels):
        top = 2.0 + index * row
        parts.append(
            tag("line", {"class": "joint", "x1": x(level), "x2": x(level), "y1": top + 28, "y2": top + row + 18})
        )
    for index, (bar, left, right, kind) in enumerate(rows):
        top = 2.0 + index * row
        a, b = sorted((x(left), x(right)))
        strong = " strong" if kind == "total" else ""
        parts += [
            text(6, top + 13, shortened(bar.label, 344, _SIZE), f"label{strong}", full=bar.label),
            tag("rect", {"class": kind, "x": a, "y": top + 18, "width": max(b - a, 0.75), "height": 10}),
            text(356, top + 27, bar.written, f"value{strong}", anchor="end"),
        ]
    return chart(_WIDTH, row * len(rows) + 4, title=title, desc=desc, parts=parts, kind="waterfall")


def _spans(steps: Sequence[Bar], levels: Sequence[float]) -> list[tuple[Bar, float, float, str]]:
    return [
        (step, before, before + step.value, "raises" if step.value > 0 else "lowers")
        for step, before in zip(steps, levels, strict=False)
    ]


def _label(label: str, top: float, room: float) -> Markup:
    return text(4, top + 15, shortened(label, room, _SIZE), "label", full=label)


def _bar(bar: Bar, x: Scale, top: float) -> list[Markup]:
    a, b = sorted((x(0.0), x(bar.value)))
    kind = "raises" if bar.value > 0 else "lowers"
    return [tag("rect", {"class": kind, "x": a, "y": top + 5, "width": max(b - a, 0.75), "height": _BAR})]


def _whisker(bar: Bar, x: Scale, top: float) -> list[Markup]:
    if not bar.half_width:
        return []
    low, high = (x(min(max(bar.value + side, x.low), x.high)) for side in (-bar.half_width, bar.half_width))
    middle = top + 11
    return [
        tag("line", {"class": "whisker", "x1": low, "x2": high, "y1": middle, "y2": middle}),
        tag("line", {"class": "whisker", "x1": low, "x2": low, "y1": middle - 3, "y2": middle + 3}),
        tag("line", {"class": "whisker", "x1": high, "x2": high, "y1": middle - 3, "y2": middle + 3}),
    ]
