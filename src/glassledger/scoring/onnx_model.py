"""A whole scoring card in ONNX: links, score, decision and the strongest reasons."""

import numpy as np

from glassledger.errors import UsageError
from glassledger.scoring.card import Card
from glassledger.scoring.onnx_graph import Graph, refuse_ambiguous
from glassledger.scoring.onnx_terms import additive_grains, additive_links
from glassledger.scoring.onnx_trees import tree_grains, tree_links


def onnx_model(card: Card, *, language: str | None = None) -> bytes:
    """The card as the bytes of an ONNX model; see :mod:`glassledger.scoring.onnx_graph` for inputs and outputs.

    Values are not checked against their declared domains: screen them first, or run the contract query.

    Raises
    ------
    UsageError
        When the card's names or levels have no place in ONNX, or there are no texts in ``language``.
    MissingExtraError
        When onnx is not installed.
    """
    refuse_ambiguous(card)
    graph, rules = Graph(), card["reasons"]
    spoken = language or rules["language"]
    if spoken not in rules["texts"]:
        raise UsageError(
            "The card has no texts in that language.",
            code="language-unknown",
            hint=f"It has: {', '.join(rules['texts'])}.",
        )
    links, met = (tree_links if "trees" in card else additive_links)(graph, card)
    several = len(card["intercept"]) > 1
    best = graph.op("ArgMax", links, axis=1, keepdims=1) if several else ""
    outputs = {"score": (_score(graph, card, links, best), 0, False)}
    decision = _decision(graph, card, links, best)
    if decision:
        outputs["decision"] = (decision, 0, True)
    if rules["count"]:
        parts = (tree_grains if "trees" in card else additive_grains)(graph, card, met)
        names = _reasons(graph, card, parts, best, spoken)
        outputs |= {name: (value, rules["count"], True) for name, value in names.items()}
    return graph.model(card, outputs)


def _flat(graph: Graph, value: str) -> str:
    return graph.op("Squeeze", value, graph.const(np.asarray([1])))


def _score(graph: Graph, card: Card, links: str, best: str) -> str:
    if best:
        scores = graph.op("Softmax", links, axis=1) if card["link"] == "softmax" else links
        return _flat(graph, graph.op("GatherElements", scores, best, axis=1))
    value = _flat(graph, links)
    if card["link"] == "log":
        return graph.op("Exp", value)
    if card["link"] == "identity":
        return value
    one = graph.const(np.float64(1.0))
    small = graph.op("Exp", graph.op("Neg", graph.op("Abs", value)))  # never overflows
    share = graph.op("Div", one, graph.op("Add", one, small))
    low = graph.op("Less", value, graph.const(np.float64(0.0)))
    return graph.op("Where", low, graph.op("Div", small, graph.op("Add", one, small)), share)


def _decision(graph: Graph, card: Card, links: str, best: str) -> str:
    rule = card["decision"]
    if best:
        return _flat(graph, graph.op("Gather", graph.const(card["classes"]), best))
    if rule is None:
        return ""
    above = graph.op("GreaterOrEqual", _flat(graph, links), graph.const(np.float64(rule["cut"])))
    return graph.op("Gather", graph.const([rule["below"], rule["at_or_above"]]), graph.whole(above))


def _reasons(graph: Graph, card: Card, parts: list[list[str]], best: str, language: str) -> dict[str, str]:
    """Texts and codes of the features that push hardest to the adverse side; ties go to the first one declared."""
    rules = card["reasons"]
    eligible = [index for index, good in enumerate(rules["eligible"]) if good]
    moved = [_moved(graph, card, parts[index], best, rules["shift"][index]) for index in eligible]
    blank = graph.op("Expand", graph.const(np.asarray([[0.0]])), _rows(graph, card))
    spare = max(0, rules["count"] - len(eligible))  # columns that nothing ever pushes
    table = graph.op("Concat", *moved, *[blank] * spare, axis=1) if len(moved) + spare > 1 else [*moved, blank][0]
    push = {"lowers": "Neg", "raises": "Identity", None: "Abs"}[rules["direction"]]
    pushed, places = graph.top(graph.op(push, table), rules["count"])
    raised = graph.op("Greater", graph.op("GatherElements", table, places, axis=1), graph.const(np.float64(0.0)))
    side = graph.op("Add", graph.op("Mul", places, graph.const(np.asarray(2))), graph.whole(raised))
    none = graph.const(np.asarray(2 * (len(eligible) + spare)))
    side = graph.op("Where", graph.op("Greater", pushed, graph.const(np.float64(0.0))), side, none)
    texts = [text for index in eligible for text in rules["texts"][language][index]] + [""] * (2 * spare + 1)
    codes = [rules["codes"][index] for index in eligible for _ in range(2)] + [""] * (2 * spare + 1)
    return {
        "reason": graph.op("Gather", graph.const(texts), side),
        "reason_code": graph.op("Gather", graph.const(codes), side),
    }


def _moved(graph: Graph, card: Card, parts: list[str], best: str, shift: int) -> str:
    """One feature's deviation of the explained output in grains, (n, 1)."""
    if not parts:
        total = graph.op("Expand", graph.const(np.asarray([[0.0]])), _rows(graph, card))
    else:
        explained = [graph.op("GatherElements", part, best, axis=1) if best else part for part in parts]
        total = graph.total(explained)
    return graph.op("Sub", total, graph.const(np.float64(shift)))


def _rows(graph: Graph, card: Card) -> str:
    """The shape (n, 1)."""
    rows = graph.op("Shape", card["features"][0]["name"])
    return graph.op("Concat", rows, graph.const(np.asarray([1])), axis=0)
