"""A private forest of random trees with noisy majority labels, with a pure guarantee.

Source: Fletcher and Islam, *Differentially private random decision forests using smooth sensitivity* (2017), in
diffprivlib's simpler form: trees are drawn without looking at a row, each row goes to one tree, and the label of every
leaf is drawn by permute-and-flip. What diffprivlib's ``RandomForestClassifier`` does wrong, with the tests that show
it, is in docs/explanation/privacy-guarantee.md. Here

* a row goes to a tree drawn for it alone, so a record that is added moves no other record to another tree;
* labels are drawn from the operating system's randomness, not from a 31-bit seed that the trees give away;
* every declared class can be chosen, and empty leaves are labelled by the same mechanism as the others.

A record is in one leaf of one tree, so the forest costs what one leaf costs.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassledger.models.nodes import Leaf, LevelSplit, MissingSplit, Node, ThresholdSplit, Tree
from glassledger.models.noise_mechanisms import NoiseMechanisms
from glassledger.models.private_task import UNPROTECTED, PrivateTask, bounds, checked, level_count
from glassledger.models.rules import RuleModel
from glassledger.models.training import Trained, TrainingTask
from glassledger.policy.families import DpForestSettings
from glassledger.privacy.accounting import PURE
from glassledger.records.budget import PrivacyEvent
from glassledger.records.features import FeatureSpec

Floats = NDArray[np.float64]

#: Where *missing* stands left of a continuous feature's values, which are scaled to [0, 1].
_MISSING = -0.25


@dataclass
class _Node:
    """A question ``column ≤ threshold`` (left) or a leaf (column −1); ``left_share`` is the part of the range left."""

    column: int = -1
    threshold: float = 0.0
    left: int = -1
    right: int = -1
    left_share: float = 0.5


@dataclass(frozen=True)
class Column:
    """A column of the design: a continuous feature on [0, 1], or one level (or *missing*) as 0 and 1."""

    spec: FeatureSpec
    level: int | None
    lower: float


def train(task: TrainingTask, mechanisms: NoiseMechanisms) -> Trained:
    """Fit and compile a private forest, for two or more classes.

    Privacy spent: (epsilon, 0) under the task's adjacency.

    Raises
    ------
    PrivacyError
        When the budget, the bounds or a choice of the task does not allow it.
    """
    private = checked(task, "dp-forest")
    settings = task.settings
    assert isinstance(settings, DpForestSettings)
    each = private.epsilon / private.steps
    layout, rows = design(private)
    structure = _public_randomness()
    forest = [grown(layout, settings.max_depth, structure) for _ in range(settings.n_estimators)]
    tree_of = structure.randint(settings.n_estimators, size=private.rows)  # last: trees must not feel its length
    trees = []
    for number, nodes in enumerate(forest):
        mine = tree_of == number
        labels = leaf_labels(nodes, rows[mine], private.codes[mine], len(private.classes), each, mechanisms)
        trees.append(_compiled(nodes, labels, layout, task))
    return Trained(
        RuleModel(family="dp-forest", task=task.kind, classes=task.classes, features=task.specs, trees=tuple(trees)),
        mechanisms.library,
        events=(
            PrivacyEvent(
                mechanism=PURE,
                sensitivity=float(private.steps),
                noise_scale=1 / each,
                detail="permute-and-flip label of every leaf; a record is in one leaf of one tree",
            ),
        ),
        native=f"epsilon = {private.epsilon:.6g} pure differential privacy",
        accountant="parallel composition over trees and leaves",
        noise_source=mechanisms.noise_source,
        unprotected=UNPROTECTED,
        notes=(
            "The number of rows is protected: rows are dealt to trees one by one.",
            "Trees are drawn at random, without the data; the score is the share of trees that vote for the class.",
        ),
    )


def _public_randomness() -> Any:
    """It shapes trees and deals rows out; it hides nothing, so it need not be cryptographic."""
    return np.random.RandomState()


def design(private: PrivateTask) -> tuple[tuple[Column, ...], Floats]:
    """The declared columns, and the rows in them."""
    layout: list[Column] = []
    values: list[Floats] = []
    for spec, column in zip(private.specs, private.columns, strict=True):
        if spec.kind == "nominal":
            for level in range(level_count(spec)):
                layout.append(Column(spec, level, 0.0))
                values.append((column == level).astype(np.float64))
            continue
        low, high = bounds(spec)
        layout.append(Column(spec, None, _MISSING if spec.missing else 0.0))
        scaled = np.clip((column - low) / (high - low), 0.0, 1.0)
        values.append(np.where(np.isnan(scaled), _MISSING, scaled))
    return tuple(layout), np.stack(values, axis=1)


def grown(layout: tuple[Column, ...], max_depth: int, structure: Any) -> list[_Node]:
    """A full random tree: at every node a random column and a random threshold within what is left of its range."""
    lower, upper = np.array([column.lower for column in layout]), np.ones(len(layout))
    nodes: list[_Node] = []
    waiting: list[tuple[int, bool, int, Floats, Floats]] = [(-1, False, 0, lower, upper)]
    while waiting:
        parent, is_left, depth, low, high = waiting.pop()
        if parent >= 0:
            setattr(nodes[parent], "left" if is_left else "right", len(nodes))
        nodes.append(_Node())
        if depth == max_depth:
            continue
        column = int(structure.randint(len(layout)))
        threshold = float(structure.uniform(low[column], high[column]))
        here = len(nodes) - 1
        share = (threshold - low[column]) / (high[column] - low[column]) if high[column] > low[column] else 0.5
        nodes[here] = _Node(column, threshold, left_share=float(share))
        left_high, right_low = high.copy(), low.copy()
        left_high[column] = right_low[column] = threshold
        waiting.append((here, True, depth + 1, low, left_high))
        waiting.append((here, False, depth + 1, right_low, high))
    return nodes


def leaf_labels(
    nodes: list[_Node], rows: Floats, codes: NDArray[np.intp], classes: int, epsilon: float, mechanisms: NoiseMechanisms
) -> dict[int, int]:
    """The noisy label of every leaf, empty ones included."""
    place = np.zeros(len(rows), dtype=np.intp)
    for index, node in enumerate(nodes):
        if node.column >= 0:
            here = np.flatnonzero(place == index)
            left = rows[here, node.column] <= node.threshold
            place[here] = np.where(left, node.left, node.right)
    labels = {}
    for index, node in enumerate(nodes):
        if node.column < 0:
            counts = np.bincount(codes[place == index], minlength=classes)
            labels[index] = mechanisms.choose([int(count) for count in counts], epsilon)
    return labels


def _compiled(nodes: list[_Node], labels: dict[int, int], layout: tuple[Column, ...], task: TrainingTask) -> Tree:
    """Our nodes. A node's value is the mean of its leaves by their share of the declared range, so it is noisy too."""
    values: list[Floats] = [np.empty(0)] * len(nodes)
    for index in reversed(range(len(nodes))):  # a child stands after its parent
        node = nodes[index]
        values[index] = (
            _vote(labels[index], task)
            if node.column < 0
            else node.left_share * values[node.left] + (1 - node.left_share) * values[node.right]
        )
    return Tree(nodes=tuple(_asked(node, value, layout) for node, value in zip(nodes, values, strict=True)))


def _vote(label: int, task: TrainingTask) -> Floats:
    return np.array([float(label)]) if task.kind == "binary" else np.eye(len(task.classes))[label]


def _asked(node: _Node, value: Floats, layout: tuple[Column, ...]) -> Node:
    output = tuple(value.tolist())
    if node.column < 0:
        return Leaf(value=output)
    column = layout[node.column]
    spec = column.spec
    if column.level is None:
        low, high = bounds(spec)
        return ThresholdSplit(
            feature=spec.name,
            threshold=low + node.threshold * (high - low),
            missing="left",  # *missing* stands below every threshold
            left=node.left,
            right=node.right,
            value=output,
        )
    # the level itself (or *missing*) is above the threshold, so our left is their right
    if column.level == len(spec.levels):
        return MissingSplit(feature=spec.name, left=node.right, right=node.left, value=output)
    return LevelSplit(
        feature=spec.name,
        levels=(spec.levels[column.level],),
        missing="right",
        left=node.right,
        right=node.left,
        value=output,
    )
