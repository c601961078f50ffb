"""The additive form in ONNX: bins, tables and polynomials, summed in term order."""

from typing import Any

import numpy as np

from glassledger.scoring.card import Card
from glassledger.scoring.onnx_graph import Graph, by_output


def additive_links(graph: Graph, card: Card) -> tuple[str, list[str]]:
    """Link values (n, outputs), and what every term met: a cell (n,) or a polynomial's values (n, outputs)."""
    outputs = len(card["intercept"])
    bins = [_bin(graph, card, axis) for axis in card["axes"]]
    met = [_met(graph, card, term, bins) for term in card["terms"]]
    values = [
        graph.op("Gather", graph.const(by_output(term["values"], outputs)), found) if term["kind"] == "table" else found
        for term, found in zip(card["terms"], met, strict=True)
    ]
    return graph.total([graph.const(np.asarray([card["intercept"]])), *values]), met


def additive_grains(graph: Graph, card: Card, met: list[str]) -> list[list[str]]:
    """For every feature, what its terms move it by in grains, each (n, outputs)."""
    outputs = len(card["intercept"])
    parts: list[list[str]] = [[] for _ in card["features"]]
    for term, found in zip(card["terms"], met, strict=True):
        if term["kind"] == "table":
            for part in term["deviations"]:
                table = graph.const(by_output(part["grains"], outputs))
                parts[part["feature"]].append(graph.op("Gather", table, found))
            continue
        gap = found
        if card["link"] == "softmax":
            gap = graph.op("Sub", gap, graph.op("ReduceMean", found, graph.const(np.asarray([1]))))
        gap = graph.op("Sub", gap, graph.const(np.asarray([term["base"]], dtype=np.float64)))
        scaled = graph.op("Div", gap, graph.const(np.float64(card["reasons"]["grain"])))
        parts[term["feature"]].append(graph.op("Round", scaled))  # halves to the even one, as everywhere
    return parts


def _bin(graph: Graph, card: Card, axis: dict[str, Any]) -> str:
    feature: dict[str, Any] = card["features"][axis["feature"]]
    if "bins" in axis:
        other = feature["other"]
        strange = axis["size"] - 1 if other is None else axis["bins"][feature["levels"].index(other)]
        return graph.encoded(feature["name"], [*feature["levels"], ""], [*axis["bins"], 0], strange)
    passed = graph.const(np.asarray(1))
    if axis["cuts"]:
        column = graph.op("Unsqueeze", feature["name"], graph.const(np.asarray([1])))
        at_least = graph.op("LessOrEqual", graph.const(np.asarray([axis["cuts"]])), column)
        count = graph.op("ReduceSum", graph.whole(at_least), graph.const(np.asarray([1])), keepdims=0)
        passed = graph.op("Add", count, passed)
    return graph.op("Where", graph.op("IsNaN", feature["name"]), graph.const(np.asarray(0)), passed)


def _met(graph: Graph, card: Card, term: dict[str, Any], bins: list[str]) -> str:
    if term["kind"] == "polynomial":
        return _polynomial(graph, card, term)
    axes: list[int] = term["axes"]
    if len(axes) == 1:
        return bins[axes[0]]
    stride = graph.const(np.asarray(card["axes"][axes[1]]["size"]))
    return graph.op("Add", graph.op("Mul", bins[axes[0]], stride), bins[axes[1]])


def _polynomial(graph: Graph, card: Card, term: dict[str, Any]) -> str:
    outputs = len(card["intercept"])
    name: str = card["features"][term["feature"]]["name"]
    value = graph.op("Unsqueeze", name, graph.const(np.asarray([1])))
    gone = graph.op("IsNaN", value)
    if term["lower"] is not None:
        value = graph.op("Max", value, graph.const(np.float64(term["lower"])))
        value = graph.op("Min", value, graph.const(np.float64(term["upper"])))
    value = graph.op("Sub", value, graph.const(np.float64(term["center"])))
    slopes = by_output(term["coefficients"], outputs)
    total = graph.op("Mul", value, graph.const(slopes[:1]))
    if term["degree"] == 2:
        square = graph.op("Mul", value, value)
        total = graph.op("Add", total, graph.op("Mul", square, graph.const(slopes[1:])))
    return graph.op("Where", gone, graph.const(np.asarray([term["missing"]], dtype=np.float64)), total)
