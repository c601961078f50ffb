"""A table of contributions as coloured cells: pair terms, and shapes with one value per class."""

import math
from collections.abc import Sequence

from markupsafe import Markup

from glassledger.report.charts.svg import chart, num, shortened, tag, text, width_of

_WIDTH = 360.0
_SIZE = 12.0
_LABELS = 84.0
_SHADES = 4


def shade(value: float, reach: float) -> str:
    """Class of a cell: ``n4`` … ``n1``, ``z``, ``p1`` … ``p4``; less than an eighth of a shade counts as none."""
    level = math.ceil(_SHADES * min(abs(value) / reach, 1.0) - 0.125) if reach > 0 else 0
    return "z" if level <= 0 else ("p" if value > 0 else "n") + str(level)


def heat(
    rows: Sequence[str], columns: Sequence[str], values: Sequence[Sequence[float]], *, title: str, desc: str,
    axes: tuple[str, str], reach: float,
) -> Markup:  # fmt: skip
    """Cells of ``values[row][column]``; first rows at the top. ``axes`` names rows and columns."""
    cell_width = (_WIDTH - _LABELS - 4.0) / max(len(columns), 1)
    cell_height = min(24.0, max(5.0, 220.0 / max(len(rows), 1)))
    top = 20.0
    bottom = top + cell_height * len(rows)
    parts = [text(4, 12, shortened(axes[0], 170, _SIZE), "tick", full=axes[0])]
    for index, line in enumerate(values):
        parts += _cells(line, top + index * cell_height, cell_width, cell_height, reach)
    parts += _row_labels(rows, top, cell_height)
    labels, used = _column_labels(columns, bottom, cell_width)
    parts += labels
    height = bottom + used + 18
    parts.append(text(_WIDTH - 4, height - 5, shortened(axes[1], 260, _SIZE), "tick", anchor="end", full=axes[1]))
    return chart(_WIDTH, height, title=title, desc=desc, parts=parts, kind="heat")


def _cells(line: Sequence[float], y: float, width: float, height: float, reach: float) -> list[Markup]:
    """One row; neighbours of the same shade share one rectangle."""
    shades = [shade(value, reach) for value in line]
    out: list[Markup] = []
    start = 0
    for index in range(1, len(shades) + 1):
        if index == len(shades) or shades[index] != shades[start]:
            place = {"x": _LABELS + start * width, "y": y, "width": (index - start) * width, "height": height}
            out.append(tag("rect", {"class": f"cell {shades[start]}", **place}))
            start = index
    return out


def _row_labels(rows: Sequence[str], top: float, height: float) -> list[Markup]:
    """As many labels as have room; the first row always has one."""
    out: list[Markup] = []
    free = top
    for index, label in enumerate(rows):
        middle = top + (index + 0.5) * height
        if middle - height / 2 < free and index:
            continue
        free = middle + 14.0 - height / 2
        short = shortened(label, _LABELS - 10, _SIZE)
        out.append(text(_LABELS - 5, middle + 4, short, "tick", anchor="end", full=label))
    return out


def _column_labels(columns: Sequence[str], y: float, width: float) -> tuple[list[Markup], float]:
    """Labels below the cells: level when they fit, else upright, every so many when even that is too tight."""
    if all(width_of(label, _SIZE) <= width - 4 for label in columns):
        return [
            text(_LABELS + (index + 0.5) * width, y + 14, label, "tick", anchor="middle")
            for index, label in enumerate(columns)
        ], 18.0
    stride = max(1, math.ceil(14.0 / width))
    room = 78.0
    out = []
    longest = 0.0
    for index, label in enumerate(columns):
        if index % stride:
            continue
        x = _LABELS + (index + 0.5) * width + 4
        short = shortened(label, room, _SIZE)
        longest = max(longest, width_of(short, _SIZE))
        hint = (tag("title", {}, label),) if short != label else ()
        place = {"class": "tick", "text-anchor": "end", "transform": f"translate({num(x)} {num(y + 6)}) rotate(-90)"}
        out.append(tag("text", place, *hint, short))
    return out, min(longest, room) + 10.0
