"""The rule form in SQL: every tree sends a row to a leaf; leaves carry values and what they owe to each feature."""

from typing import Any

from glassledger.scoring.card import Card
from glassledger.scoring.sql_parts import Select, cases, nearest, number, of_best, text

_Tree = list[dict[str, Any]]


def tree_selects(card: Card) -> list[Select]:
    """From typed features to outputs ``gl_link…`` and each feature's gap to its baseline in grains ``gl_q…``."""
    trees, outputs = card["trees"], range(len(card["intercept"]))
    leaves = [f"{_leaf(card, tree, 0)} AS gl_l{place}" for place, tree in enumerate(trees)]
    count = number(len(trees))
    sums = [
        "("
        + " + ".join(cases(f"gl_l{place}", _values(tree, output)) for place, tree in enumerate(trees))
        + f") / {count} AS gl_link{output}"
        for output in outputs
    ]
    gaps = [
        "(("
        + " + ".join(cases(f"gl_l{place}", owed(tree, feature, output)) for place, tree in enumerate(trees))
        + f") / {count} - ({number(card['base'][feature][output])}))"
        + f" / {number(card['reasons']['grain'])} AS gl_q{feature}_{output}"
        for feature in range(len(card["features"]))
        for output in outputs
    ]
    return [Select("leaves", ["*", *leaves], "typed"), Select("linked", ["*", *sums, *gaps], "leaves")]


def tree_grains(card: Card) -> list[str]:
    """Deviation of every feature in grains, as an expression."""
    outputs = range(len(card["intercept"]))
    return [
        of_best([nearest(f"gl_q{feature}_{output}") for output in outputs]) for feature in range(len(card["features"]))
    ]


def _leaf(card: Card, tree: _Tree, place: int) -> str:
    """The place of the node that a row ends at."""
    node = tree[place]
    if node["kind"] == "leaf":
        return str(place)
    left, right = _leaf(card, tree, node["left"]), _leaf(card, tree, node["right"])
    value = f"gl_x{node['feature']}"
    missing = left if node["missing"] == "left" else right
    if node["kind"] == "missing":
        return f"CASE WHEN {value} IS NULL THEN {left} ELSE {right} END"
    return f"CASE WHEN {value} IS NULL THEN {missing} WHEN {_asked(card, node)} THEN {left} ELSE {right} END"


def _asked(card: Card, node: dict[str, Any]) -> str:
    value = f"gl_x{node['feature']}"
    if node["kind"] == "threshold":
        return f"{value} <= {number(node['threshold'])}"
    feature = card["features"][node["feature"]]
    named = [feature["levels"][code] for code in node["levels"]]
    if feature["other"] in named:  # an undeclared value counts as the declared other level
        strange = [level for level in feature["levels"] if level not in named]
        return f"NOT {value} IN ({', '.join(map(text, strange))})" if strange else "TRUE"
    return f"{value} IN ({', '.join(map(text, named))})"


def _values(tree: _Tree, output: int) -> list[float]:
    return [node["value"][output] for node in tree]


def owed(tree: _Tree, feature: int, output: int) -> list[float]:
    """What the path to every node moved the output by questions to ``feature``."""
    owed = [0.0] * len(tree)
    for place, node in enumerate(tree):  # a child always stands after its parent
        for side in () if node["kind"] == "leaf" else ("left", "right"):
            child = node[side]
            step = tree[child]["value"][output] - node["value"][output] if node["feature"] == feature else 0.0
            owed[child] = owed[place] + step
    return owed
