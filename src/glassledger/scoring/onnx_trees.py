"""The rule form in ONNX: all questions of a tree are answered at once, then every row steps down as deep as it goes."""

from typing import Any

import numpy as np

from glassledger.scoring.card import Card
from glassledger.scoring.onnx_graph import Graph
from glassledger.scoring.sql_trees import owed

_Tree = list[dict[str, Any]]


def tree_links(graph: Graph, card: Card) -> tuple[str, list[str]]:
    """Outputs (n, outputs), and the node that every row ends at, one (n,) a tree."""
    codes = {
        index: graph.encoded(feature["name"], [*feature["levels"], ""], _places(feature), _strange(feature))
        for index, feature in enumerate(card["features"])
        if feature["kind"] == "nominal"
    }
    ends = [_end(graph, card, tree, codes) for tree in card["trees"]]
    values = [
        graph.op("Gather", graph.const(np.asarray([node["value"] for node in tree], dtype=np.float64)), end)
        for tree, end in zip(card["trees"], ends, strict=True)
    ]
    return graph.op("Div", graph.total(values), graph.const(np.float64(len(ends)))), ends


def tree_grains(graph: Graph, card: Card, ends: list[str]) -> list[list[str]]:
    """For every feature, what its questions moved it by in grains, (n, outputs)."""
    outputs, count = range(len(card["intercept"])), graph.const(np.float64(len(ends)))
    parts = []
    for feature in range(len(card["features"])):
        paid = [
            graph.op("Gather", graph.const(np.asarray([owed(tree, feature, output) for output in outputs]).T), end)
            for tree, end in zip(card["trees"], ends, strict=True)
        ]
        gap = graph.op("Div", graph.total(paid), count)
        gap = graph.op("Sub", gap, graph.const(np.asarray([card["base"][feature]], dtype=np.float64)))
        scaled = graph.op("Div", gap, graph.const(np.float64(card["reasons"]["grain"])))
        parts.append([graph.op("Round", scaled)])
    return parts


def _places(feature: dict[str, Any]) -> list[int]:
    """A place a level, and one for missing behind the undeclared one."""
    count = len(feature["levels"])
    return [*range(count), count + 1]


def _strange(feature: dict[str, Any]) -> int:
    other = feature["other"]
    return len(feature["levels"]) if other is None else feature["levels"].index(other)


def _end(graph: Graph, card: Card, tree: _Tree, codes: dict[int, str]) -> str:
    """Where every row ends: an answer a node, then one step a level of the tree."""
    axis = graph.const(np.asarray([1]))
    answers = [graph.op("Unsqueeze", _left(graph, card, node, codes), axis) for node in tree]
    table = graph.op("Concat", *answers, axis=1) if len(tree) > 1 else answers[0]
    sides = {
        side: graph.const(np.asarray([node.get(side, place) for place, node in enumerate(tree)]))
        for side in ("left", "right")
    }
    shape = graph.op("Shape", card["features"][0]["name"])
    place = graph.op("Expand", graph.const(np.asarray([0])), shape)
    for _ in range(_depth(tree, 0)):
        asked = graph.op("GatherElements", table, graph.op("Unsqueeze", place, axis), axis=1)
        goes_left = graph.op("Squeeze", asked, axis)
        left, right = (graph.op("Gather", sides[side], place) for side in ("left", "right"))
        place = graph.op("Where", goes_left, left, right)
    return place


def _left(graph: Graph, card: Card, node: dict[str, Any], codes: dict[int, str]) -> str:
    """Whether a row that stands at this node goes left; leaves stay where they are."""
    feature = 0 if node["kind"] == "leaf" else node["feature"]
    name, left = card["features"][feature]["name"], node.get("missing") == "left"
    if feature in codes:
        levels = card["features"][feature]["levels"]
        named = [code in node.get("levels", ()) for code in range(len(levels) + 1)]
        return graph.op("Gather", graph.const(np.asarray([*named, left])), codes[feature])
    gone = graph.op("IsNaN", name)
    if node["kind"] != "threshold":
        return gone
    held = graph.op("LessOrEqual", name, graph.const(np.float64(node["threshold"])))
    return graph.op("Or", gone, held) if left else held  # NaN is at or below nothing


def _depth(tree: _Tree, place: int) -> int:
    node = tree[place]
    return 0 if node["kind"] == "leaf" else 1 + max(_depth(tree, node["left"]), _depth(tree, node["right"]))
