"""One term of the model as a picture and as a table that says the same."""

import math
from typing import Any

from markupsafe import Markup

from glassledger.records.explanation import AxisBins, Shape
from glassledger.report.charts.bars import Bar, diverging
from glassledger.report.charts.heat import heat
from glassledger.report.charts.scale import tick_texts
from glassledger.report.charts.steps import Curve, Words, steps
from glassledger.report.context import Context, reach_of

_MOST_BARS = 24
_MOST_ROWS = 64
_MOST_CELLS = 12
_ENLARGED = (4, 2)


def card(context: Context, shape: Shape, number: int) -> dict[str, Any]:
    """Title, remarks, picture and table of one term."""
    enlarged = next((factor for factor in _ENLARGED if reach_of(shape) * factor <= context.reach), 1)
    reach = (context.reach or 1.0) / enlarged
    words = context.words
    return {
        "number": number,
        "title": context.terms[shape.term],
        "code": shape.term,
        "importance": words.number(shape.importance, context.places),
        "remarks": _remarks(context, shape, enlarged),
        "chart": _chart(context, shape, reach),
        "table": _pair_table(context, shape) if len(shape.axes) > 1 or shape.outputs > 1 else _table(context, shape),
        "coloured": len(shape.axes) > 1 or shape.outputs > 1,
    }


def _remarks(context: Context, shape: Shape, enlarged: int) -> list[str]:
    words = context.words
    out = [
        words(f"shape.monotone.{direction}")
        for feature, direction in context.policy.model.monotone.items()
        if (feature,) == shape.features
    ]
    if enlarged > 1 and shape.outputs == 1 and len(shape.axes) == 1:
        out.append(words("shape.enlarged", factor=enlarged))
    if shape.half_width is not None:
        out.append(words("shape.band"))
    return out


def _chart(context: Context, shape: Shape, reach: float) -> Markup | None:
    axis = shape.axes[0]
    if len(shape.axes) > 2 or (len(shape.axes) == 2 and shape.outputs > 1):
        return None
    if len(shape.axes) == 2 or shape.outputs > 1:
        return _heat(context, shape, reach)
    if axis.kind == "nominal":
        return _bars(context, shape, reach)
    return _steps(context, shape, reach) if len(axis.edges) > 1 else None


def _steps(context: Context, shape: Shape, reach: float) -> Markup:
    axis, words = shape.axes[0], context.words
    ordinary = len(axis.labels) - 1
    spec = context.specs.get(axis.feature)
    curve = Curve(
        edges=axis.edges,
        values=shape.values[:ordinary],
        half_width=shape.half_width[:ordinary] if shape.half_width else None,
        density=shape.density[:ordinary] if shape.density else None,
        missing=shape.values[ordinary] if spec is not None and spec.missing else None,
        reach=_with_band(shape, reach),
    )
    said = Words(
        title=words("shape.title", term=context.terms[shape.term]),
        desc=_description(context, shape, ordinary),
        missing=words("bin.missing"),
    )
    return steps(curve, said, words)


def _with_band(shape: Shape, reach: float) -> float:
    """Room for the band, as long as it does not crush the shape."""
    if shape.half_width is None:
        return reach
    widest = max(abs(value) + width for value, width in zip(shape.values, shape.half_width, strict=True))
    return max(reach, min(widest, reach * 2))


def _bars(context: Context, shape: Shape, reach: float) -> Markup:
    axis, words = shape.axes[0], context.words
    labels = context.names.bins(axis)
    kept = _drawn(context, axis)
    if len(kept) > _MOST_BARS:
        largest = sorted(kept, key=lambda index: -abs(shape.values[index]))[:_MOST_BARS]
        kept = sorted(largest)
    bars = [
        Bar(
            label=labels[index],
            value=shape.values[index],
            written=words.signed(shape.values[index], context.places),
            remark=words.coarse_share(shape.density[index]) if shape.density else "",
            half_width=shape.half_width[index] if shape.half_width else 0.0,
        )
        for index in kept
    ]
    return diverging(
        bars,
        title=words("shape.title", term=context.terms[shape.term]),
        desc=_description(context, shape, len(labels)),
        reach=_with_band(shape, reach),
        heads=(words("shape.head.contribution"), words("shape.head.people")),
    )


def _heat(context: Context, shape: Shape, reach: float) -> Markup:
    words = context.words
    title = words("shape.title", term=context.terms[shape.term])
    columns = _drawn(context, shape.axes[-1])
    column_labels = [_tick_labels(context, shape.axes[-1])[index] for index in columns]
    if shape.outputs > 1:
        rows = list(range(shape.outputs))
        row_labels = list(context.facts.classes) or [str(row + 1) for row in rows]
        values = [[shape.values[column * shape.outputs + row] for column in columns] for row in rows]
        axes = (words("shape.class"), _axis_title(context, shape.axes[0]))
    else:
        rows = _drawn(context, shape.axes[0])
        if shape.axes[0].kind == "continuous":
            rows = rows[::-1]  # large numbers at the top, as on any vertical axis
        row_labels = [_tick_labels(context, shape.axes[0])[index] for index in rows]
        width = len(shape.axes[1].labels)
        values = [[shape.values[row * width + column] for column in columns] for row in rows]
        axes = (_axis_title(context, shape.axes[0]), _axis_title(context, shape.axes[1]))
    own = max((abs(value) for line in values for value in line), default=0.0)
    return heat(
        row_labels, column_labels, values, title=title, desc=words("shape.heat.desc", rows=axes[0], columns=axes[1]),
        axes=axes, reach=own,
    )  # fmt: skip


def _tick_labels(context: Context, axis: AxisBins) -> tuple[str, ...]:
    """Short labels for the cells: where a numeric bin starts, or the level."""
    labels = context.names.bins(axis)
    if axis.kind == "nominal" or len(axis.edges) < len(labels) - 1:
        return labels
    spec = context.specs.get(axis.feature)
    whole = spec is not None and spec.integer
    starts = tuple(float(math.ceil(edge)) if whole else edge for edge in axis.edges[: len(labels) - 1])
    return (*tick_texts(starts, context.words), labels[-1])


def _axis_title(context: Context, axis: AxisBins) -> str:
    label = context.names.column(axis.feature)
    return context.words("shape.from", feature=label) if axis.kind == "continuous" else label


def _drawn(context: Context, axis: AxisBins) -> list[int]:
    """Bins worth drawing: not *not declared*, and *missing* only where values may be missing."""
    special = 1 if axis.kind == "continuous" else 2
    ordinary = max(len(axis.labels) - special, 0)
    spec = context.specs.get(axis.feature)
    return list(range(ordinary + (1 if spec is not None and spec.missing else 0)))


def _description(context: Context, shape: Shape, count: int) -> str:
    labels = context.names.bins(shape.axes[0])[:count]
    values = shape.values[:count]
    if not values:
        return ""
    low, high = min(range(len(values)), key=values.__getitem__), max(range(len(values)), key=values.__getitem__)
    write = context.words.signed
    return context.words(
        "shape.desc",
        low=write(values[low], context.places),
        low_at=labels[low],
        high=write(values[high], context.places),
        high_at=labels[high],
    )


def _table(context: Context, shape: Shape) -> dict[str, Any]:
    """Bins with their contributions; equal neighbours share a row, and so do more when there are too many."""
    words = context.words
    labels = context.names.bins(shape.axes[0])
    ordinary = len(labels) - (1 if shape.axes[0].kind == "continuous" else 2)
    groups = _joined(shape, ordinary)
    rows = []
    for group in [*groups, *([index] for index in range(ordinary, len(labels)))]:
        values = [shape.values[index] for index in group]
        row = [_span(labels, group), _range(context, values, context.places)]
        if shape.half_width is not None:
            row.append("± " + words.number(max(shape.half_width[index] for index in group), context.places))
        if shape.density is not None:
            row.append(words.coarse_share(sum(shape.density[index] for index in group)))
        if shape.points is not None:
            row.append(_range(context, [shape.points[index] for index in group], 1, signed=False))
        rows.append(row)
    heads = [words("shape.head.bin"), words("shape.head.contribution")]
    heads += [words("shape.head.half_width")] if shape.half_width is not None else []
    heads += [words("shape.head.people")] if shape.density is not None else []
    heads += [words("shape.head.points")] if shape.points is not None else []
    return {"heads": heads, "rows": rows, "note": words("shape.joined") if len(groups) < ordinary else ""}


def _joined(shape: Shape, ordinary: int) -> list[list[int]]:
    groups: list[list[int]] = []
    for index in range(ordinary):
        same = groups and shape.axes[0].kind == "continuous" and shape.values[groups[-1][-1]] == shape.values[index]
        if same and shape.axes[0].drawing == "steps":
            groups[-1].append(index)
        else:
            groups.append([index])
    if len(groups) <= _MOST_ROWS or shape.axes[0].kind == "nominal":
        return groups
    size = -(-len(groups) // _MOST_ROWS)
    chunks = (groups[start : start + size] for start in range(0, len(groups), size))
    return [[index for group in chunk for index in group] for chunk in chunks]


def _span(labels: tuple[str, ...], group: list[int]) -> str:
    first, last = labels[group[0]], labels[group[-1]]
    return first if len(group) == 1 else f"{first} … {last}"


def _range(context: Context, values: list[float], places: int, *, signed: bool = True) -> str:
    write = context.words.signed if signed else context.words.number
    low, high = write(min(values), places), write(max(values), places)
    return low if low == high else context.words.interval(low, high)


def _pair_table(context: Context, shape: Shape) -> dict[str, Any]:
    """A grid of at most twelve by twelve; where bins are joined a cell shows their mean."""
    words = context.words
    if len(shape.axes) > 2 or (len(shape.axes) == 2 and shape.outputs > 1):
        return {"heads": [], "rows": [], "note": words("shape.too_many")}
    column_labels = context.names.bins(shape.axes[-1])
    columns = _chunks(len(column_labels))
    if shape.outputs > 1:
        row_labels = context.facts.classes or tuple(str(index + 1) for index in range(shape.outputs))
        rows = [[index] for index in range(shape.outputs)]
        corner = words("shape.class")
    else:
        row_labels = context.names.bins(shape.axes[0])
        rows = _chunks(len(row_labels))
        corner = context.names.column(shape.features[0]) + " \\ " + context.names.column(shape.features[1])
    body = []
    for row in rows:
        cells = [
            words.signed(
                sum(_cell(shape, r, c) for r in row for c in column) / (len(row) * len(column)), context.places
            )
            for column in columns
        ]
        body.append([_span(tuple(row_labels), row), *cells])
    joined = len(columns) < len(column_labels) or len(rows) < len(row_labels)
    heads = [corner, *(_span(column_labels, column) for column in columns)]
    return {"heads": heads, "rows": body, "note": words("shape.averaged") if joined else ""}


def _cell(shape: Shape, row: int, column: int) -> float:
    if shape.outputs > 1:
        return shape.values[column * shape.outputs + row]
    return shape.values[row * len(shape.axes[1].labels) + column]


def _chunks(count: int) -> list[list[int]]:
    size = -(-count // _MOST_CELLS)
    return [list(range(start, min(start + size, count))) for start in range(0, count, size)]
