"""Charts: well-formed, deterministic, nothing overlaps, true minus signs, ticks that are round."""

import itertools
import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassledger.records.evaluation import CurvePoint
from glassledger.report.charts.bars import Bar, diverging, ranked, waterfall
from glassledger.report.charts.curves import Dot, Frame, dots, forest, gains
from glassledger.report.charts.heat import heat, shade
from glassledger.report.charts.scale import Scale, tick_texts, ticks
from glassledger.report.charts.steps import Curve, Words, steps
from glassledger.report.charts.svg import clean, num, shortened, tag, text, width_of
from glassledger.report.language import load_language

EN = load_language("en")
WORDS = Words(title="A", desc="B", missing="missing")
finite = st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 6))
labels = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=60)


def boxes(svg: str) -> list[tuple[float, float, float, float, str]]:
    """Left, top, right, bottom and content of every level text; errs on the wide side, as the builder does."""
    root = ET.fromstring(svg)
    out = []
    for node in root.iter("text"):
        if "transform" in node.attrib:
            continue
        said = "".join(part for part in [node.text or "", *((child.tail or "") for child in node)])
        kind = node.attrib.get("class", "")
        size = 12.0 if "tick" in kind or "axis" in kind else 13.0
        width = width_of(said, size) * 0.92
        x, y = float(node.attrib["x"]), float(node.attrib["y"])
        left = {"start": x, "middle": x - width / 2, "end": x - width}[node.attrib["text-anchor"]]
        out.append((left, y - size * 0.72, left + width, y, said))
    return out


def overlaps(svg: str) -> list[tuple[str, str]]:
    def apart(a, b):
        return a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]

    return [(a[4], b[4]) for a, b in itertools.combinations(boxes(svg), 2) if not apart(a, b)]


def numbers(svg: str) -> list[str]:
    return re.findall(r'(?:x|y|d|width|height|cx|cy)\d?="([^"]*)"', svg)


@pytest.mark.parametrize("count", [1, 2, 12, 24])
def test_level_labels_never_overlap_and_values_stand_in_one_column(count):
    bars = [
        Bar(
            f"a rather long level name number {index}",
            (-1) ** index * index / 7,
            EN.signed((-1) ** index * index / 7, 3),
            "12 %",
            0.3,
        )
        for index in range(count)
    ]
    svg = diverging(bars, title="A", desc="B", reach=4.0, heads=("Contribution", "People"))
    assert overlaps(svg) == []
    values = [node for node in ET.fromstring(svg).iter("text") if node.attrib.get("class") == "value"]
    assert len(values) == count
    assert len({(node.attrib["x"], node.attrib["text-anchor"]) for node in values}) == 1, "negative ones too"
    assert "−" in svg or count < 2
    assert re.search(r">-\d", svg) is None, "a hyphen is not a minus sign"


def test_a_negative_bar_ends_at_zero_and_a_positive_one_begins_there():
    svg = diverging([Bar("a", -1.0, "−1"), Bar("b", 1.0, "+1")], title="A", desc="B", reach=1.0, heads=("C", "P"))
    root = ET.fromstring(svg)
    zero = float(next(node for node in root.iter("line") if node.attrib["class"] == "zero").attrib["x1"])
    below = next(node for node in root.iter("rect") if node.attrib["class"] == "lowers").attrib
    above = next(node for node in root.iter("rect") if node.attrib["class"] == "raises").attrib
    assert float(below["x"]) + float(below["width"]) == pytest.approx(zero, abs=0.02)
    assert float(above["x"]) == pytest.approx(zero, abs=0.02)
    assert float(below["width"]) == pytest.approx(float(above["width"]), abs=0.02)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(labels, finite), min_size=1, max_size=12), finite)
def test_a_waterfall_adds_up_whatever_the_amounts(parts, start):
    bars = [Bar(label, value, EN.signed(value, 3)) for label, value in parts]
    total = start + sum(value for _, value in parts)
    svg = waterfall(Bar("start", start, "s"), bars, Bar("end", total, "e"), title="A", desc="B")
    rects = [node.attrib for node in ET.fromstring(svg).iter("rect")]
    assert len(rects) == len(parts) + 2
    assert all(-0.1 <= float(one["x"]) <= 293 and float(one["x"]) + float(one["width"]) <= 293.5 for one in rects)
    assert "nan" not in svg
    assert "inf" not in " ".join(numbers(svg))


@settings(max_examples=50, deadline=None)
@given(st.lists(finite, min_size=2, max_size=60, unique=True), st.data())
def test_steps_stay_in_the_frame_and_are_deterministic(edges, data):
    edges = sorted(edges)
    count = len(edges) - 1
    if min(b - a for a, b in itertools.pairwise(edges)) < 1e-9 * (edges[-1] - edges[0]):
        return
    values = data.draw(st.lists(st.floats(-3, 3), min_size=count, max_size=count))
    density = data.draw(st.one_of(st.none(), st.lists(st.floats(-0.1, 1), min_size=count, max_size=count)))
    curve = Curve(
        edges=edges,
        values=values,
        density=density,
        half_width=[0.2] * count,
        missing=data.draw(st.sampled_from([None, 0.5])),
        reach=3.5,
    )
    svg = steps(curve, WORDS, EN)
    assert svg == steps(curve, WORDS, EN)
    assert overlaps(svg) == []
    for node in ET.fromstring(svg).iter("path"):
        for point in re.findall(r"-?[\d.]+ -?[\d.]+", node.attrib["d"]):
            x, y = map(float, point.split())
            assert 47.9 <= x <= 348.1
            assert 9.9 <= y <= 152.1


def test_the_line_form_draws_its_points_and_no_density():
    svg = steps(Curve(edges=(0.0, 1.0, 2.0), values=(-1.0, 0.0, 1.0), density=(0.5, 0.5, 0.0), reach=1.0), WORDS, EN)
    line = next(node for node in ET.fromstring(svg).iter("path") if node.attrib["class"] == "line")
    assert line.attrib["d"] == "M48 152L198 81L348 10"
    assert "shade" not in svg


def test_density_is_shown_in_shades_not_in_shares():
    svg = steps(
        Curve(edges=(0.0, 1.0, 2.0), values=(0.1, 0.2), density=(1 / 45_211, 45_210 / 45_211), reach=1.0), WORDS, EN
    )
    kinds = {node.attrib["class"] for node in ET.fromstring(svg).iter("rect")}
    assert kinds <= {f"shade-{level}" for level in range(6)}
    assert len(kinds) == 2


@pytest.mark.parametrize(("rows", "columns"), [(2, 2), (12, 12), (64, 64), (3, 40), (65, 3)])
def test_heat_map_labels_never_overlap(rows, columns):
    values = [[(row - column) / 10 for column in range(columns)] for row in range(rows)]
    svg = heat(
        [f"row {index}" for index in range(rows)], [f"a long column name {index}" for index in range(columns)], values,
        title="A", desc="B", axes=("Age", "Month"), reach=6.4,
    )  # fmt: skip
    assert overlaps(svg) == []
    upright = [float(place) for place in re.findall(r'transform="translate\(([\d.]+) ', svg)]
    assert all(b - a >= 13.9 for a, b in itertools.pairwise(upright))
    total = sum(float(node.attrib["width"]) * float(node.attrib["height"]) for node in ET.fromstring(svg).iter("rect"))
    assert total == pytest.approx(272 * min(24, max(5, 220 / rows)) * rows, rel=0.02), "the cells cover the frame"


def test_shades_are_symmetric_and_saturate():
    assert [shade(value, 1.0) for value in (-9, -1, -0.5, -0.01, 0, 0.01, 0.5, 1, 9)] == [
        "n4",
        "n4",
        "n2",
        "z",
        "z",
        "z",
        "p2",
        "p4",
        "p4",
    ]
    assert shade(1.0, 0.0) == "z"


def test_curves_and_forests_hold_their_labels_apart():
    frame = Frame(title="A", desc="B", x="Mean score", y="Observed share", reference="exact")
    points = [CurvePoint(x=step / 10, y=(step / 10) ** 1.1, count=9) for step in range(11)]
    assert overlaps(dots(points, frame, EN)) == []
    assert overlaps(gains(points[1:], frame, EN)) == []
    groups = [Dot(f"group number {index}", 0.1 * index, 0.05, 0.9, f"{index}0 %") for index in range(1, 9)]
    svg = forest([*groups, Dot("small", None, None, None, "suppressed")], title="A", desc="B", language=EN, share=True)
    assert overlaps(svg) == []
    assert "suppressed" in svg


def test_a_forest_of_nothing_known_is_drawn():
    svg = forest([Dot("a", None, None, None, "suppressed")], title="A", desc="B", language=EN, share=False)
    assert "suppressed" in svg


def test_ranked_bars_of_nothing_are_drawn():
    assert overlaps(ranked([Bar("a", 0.0, "0"), Bar("b", 0.0, "0")], title="A", desc="B")) == []


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9), st.integers(2, 8))
def test_ticks_are_round_evenly_spaced_and_inside(low, span, count):
    high = low + span
    if high - low < abs(low) * 1e-9:
        return
    found = ticks(low, high, count)
    assert 2 <= len(found) <= 3 * count + 5
    assert low - span * 1e-6 <= found[0]
    assert found[-1] <= high + span * 1e-6
    gaps = [b - a for a, b in itertools.pairwise(found)]
    assert max(gaps) - min(gaps) <= max(gaps) * 1e-6
    assert len(set(tick_texts(found, EN))) == len(found) or max(abs(low), abs(high)) / span > 1e4, (
        "labels tell ticks apart"
    )


def test_ticks_of_a_point_are_that_point():
    assert ticks(2.0, 2.0, 4) == (2.0,)
    assert Scale(2.0, 2.0, 0.0, 10.0)(2.0) == 0.0


@given(labels, st.floats(20, 300), st.sampled_from([12.0, 13.0]))
def test_a_shortened_text_fits(content, room, size):
    short = shortened(content, room, size)
    assert width_of(short, size) <= room or short == "…"
    assert short == clean(content) or short.endswith("…")


@given(st.floats(-1e7, 1e7))
def test_coordinates_are_plain(value):
    written = num(value)
    assert re.fullmatch(r"-?\d+(\.\d{1,2})?", written)
    assert written != "-0"


@given(labels)
def test_any_text_makes_well_formed_xml(content):
    node = ET.fromstring(str(tag("g", {}, text(1, 2, content, "label", full=content + "x"))))
    assert next(node.iter("text")).attrib["class"] == "label"


def test_only_listed_elements_and_attributes_can_be_written():
    for name, attributes in [
        ("script", {}),
        ("image", {}),
        ("a", {}),
        ("g", {"onload": "x"}),
        ("g", {"style": "x"}),
        ("g", {"href": "x"}),
    ]:
        with pytest.raises(AssertionError):
            tag(name, attributes)
