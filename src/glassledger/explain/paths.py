"""What each leaf of a tree owes to each feature: the same for every row that ends there."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glassledger.models.nodes import Leaf, Tree
from glassledger.models.rules import RuleModel

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class TreePaths:
    """Leaves of one tree: shares of people, shape (leaves,), and contributions, shape (leaves, features, outputs)."""

    shares: Floats
    contributions: Floats


def tree_paths(model: RuleModel) -> tuple[TreePaths, ...]:
    """Leaves of every tree of the model, contributions not yet divided by the number of trees.

    Where a tree does not release how many rows arrived, each answer to a question counts as equally likely.
    """
    position = {name: index for index, name in enumerate(model.term_names)}
    known = paths_released(model)
    return tuple(_paths(tree, position, model.outputs, known=known) for tree in model.trees)


def paths_released(model: RuleModel) -> bool:
    """Whether every leaf states its share of training rows."""
    return all(node.share is not None for tree in model.trees for node in tree.nodes if isinstance(node, Leaf))


def _paths(tree: Tree, position: dict[str, int], outputs: int, *, known: bool) -> TreePaths:
    shares: list[float] = []
    rows: list[Floats] = []
    waiting = [(0, 1.0, np.zeros((len(position), outputs)))]
    while waiting:
        index, share, contribution = waiting.pop()
        node = tree.nodes[index]
        if isinstance(node, Leaf):
            shares.append(node.share if known and node.share is not None else share)
            rows.append(contribution)
            continue
        for child in (node.right, node.left):
            step = contribution.copy()
            step[position[node.feature]] += np.subtract(tree.nodes[child].value, node.value)
            waiting.append((child, share / 2.0, step))
    total = sum(shares)
    weights = np.asarray(shares) / total if total > 0.0 else np.full(len(shares), 1.0 / len(shares))
    return TreePaths(weights, np.stack(rows))
