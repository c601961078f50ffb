"""The one form of a tree, or of several trees that are averaged.

Every node carries the value that the tree would give if it stopped there. A row's path then splits its output into one
contribution a feature: each step adds ``value(child) − value(node)`` to the feature that was asked, so that the root's
value plus all contributions is the leaf's value (A. Saabas, *Interpreting random forests*, 2014).

Values are on the response scale: the probability of the scored class (binary), the class probabilities (multiclass) or
the mean (regression). The link is therefore ``identity``.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Literal, NamedTuple, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field, model_validator

from glassledger.models.additive import encode
from glassledger.models.nodes import Leaf, LevelSplit, MissingSplit, Split, ThresholdSplit, Tree
from glassledger.models.rule_texts import rule_texts
from glassledger.models.tasks import check_classes
from glassledger.records.features import FeatureSpec, Task
from glassledger.records.record import Record

Floats = NDArray[np.float64]


class RuleModel(Record):
    """A frozen tree, or the average of several; see the module docstring.

    Attributes
    ----------
    classes : tuple of str
        Class labels in output order; for ``binary`` two labels, the second one is scored.
    features : tuple of FeatureSpec
        Names, order and declared domains; columns of a table are matched by name. One term a feature.
    """

    format: Literal["glassledger/rule-model/v1"] = "glassledger/rule-model/v1"
    family: str
    task: Task
    link: Literal["identity"] = "identity"
    classes: tuple[str, ...] = ()
    features: tuple[FeatureSpec, ...] = Field(min_length=1)
    trees: tuple[Tree, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _shapes(self) -> Self:
        specs = {feature.name: feature for feature in self.features}
        if len(specs) != len(self.features):
            raise ValueError("features must be distinct")
        check_classes(self.task, self.classes)
        for tree in self.trees:
            for node in tree.nodes:
                _check_node(node, specs, self.outputs)
        return self

    @property
    def outputs(self) -> int:
        """1 for binary and regression, else the number of classes."""
        return len(self.classes) if self.task == "multiclass" else 1

    @property
    def term_names(self) -> tuple[str, ...]:
        return tuple(feature.name for feature in self.features)

    @cached_property
    def intercept(self) -> tuple[float, ...]:
        """Mean of the roots' values: the output before any question is asked."""
        roots = np.array([tree.nodes[0].value for tree in self.trees])
        return tuple(float(value) for value in roots.mean(axis=0))

    def contributions(self, frame: pd.DataFrame) -> Floats:
        """Contribution of every feature to every output.

        Returns
        -------
        ndarray, shape (n_rows, n_features, n_outputs), on the response scale

        Raises
        ------
        ModelError
            When a feature is absent or has the wrong kind of values.
        """
        columns = self._columns(frame)
        position = {feature.name: index for index, feature in enumerate(self.features)}
        out = np.zeros((len(frame), len(self.features), self.outputs))
        for tree in self.trees:
            for step in self._walk(tree, columns, len(frame)):
                if step.parent is not None:
                    out[step.rows, position[step.parent.feature], :] += np.subtract(step.node.value, step.parent.value)
        return np.asarray(out / len(self.trees))

    def decision_values(self, frame: pd.DataFrame) -> Floats:
        """Mean of the leaves' values; shape (n_rows, n_outputs), on the response scale."""
        columns = self._columns(frame)
        total = np.zeros((len(frame), self.outputs))
        for tree in self.trees:
            for step in self._walk(tree, columns, len(frame)):
                if isinstance(step.node, Leaf):
                    total[step.rows] += step.node.value
        return np.asarray(total / len(self.trees))

    def predict(self, frame: pd.DataFrame) -> Floats:
        """Probability of the scored class (binary), class probabilities (multiclass) or the mean (regression).

        Returns
        -------
        ndarray, shape (n_rows,) or (n_rows, n_classes)
        """
        values = self.decision_values(frame)
        return values if self.task == "multiclass" else values[:, 0]

    def rules(self) -> tuple[str, ...]:
        """Every leaf as one readable sentence, tree by tree from left to right."""
        return rule_texts(self.trees, self.features, self.task, self.classes)

    def _columns(self, frame: pd.DataFrame) -> dict[str, NDArray[Any]]:
        return encode(frame, self._specs)

    @cached_property
    def _specs(self) -> dict[str, FeatureSpec]:
        return {feature.name: feature for feature in self.features}

    def _walk(self, tree: Tree, columns: Mapping[str, NDArray[Any]], rows: int) -> Iterator["_Step"]:
        """Every visited node with the rows that arrive at it; parents before their children."""
        waiting = [_Step(tree.nodes[0], None, np.arange(rows))]
        while waiting:
            step = waiting.pop()
            yield step
            node = step.node
            if not isinstance(node, Leaf) and len(step.rows):
                left = _goes_left(node, self._specs[node.feature], columns[node.feature][step.rows])
                waiting.append(_Step(tree.nodes[node.right], node, step.rows[~left]))
                waiting.append(_Step(tree.nodes[node.left], node, step.rows[left]))


class _Step(NamedTuple):
    node: Leaf | Split
    parent: Split | None
    rows: NDArray[np.intp]


def _goes_left(node: Split, spec: FeatureSpec, column: NDArray[Any]) -> NDArray[np.bool_]:
    """Which encoded values go left: level codes (−1 missing, last undeclared) or floats (NaN missing)."""
    if isinstance(node, LevelSplit):
        chosen = set(node.levels)
        lookup = np.array([*(level in chosen for level in spec.levels), False, node.missing == "left"])
        return np.asarray(lookup[column])
    missing = column < 0 if spec.kind == "nominal" else np.isnan(column)
    if isinstance(node, MissingSplit):
        return np.asarray(missing)
    return np.asarray(np.where(missing, node.missing == "left", column <= node.threshold))


def _check_node(node: Leaf | Split, specs: Mapping[str, FeatureSpec], outputs: int) -> None:
    if len(node.value) != outputs:
        raise ValueError("a node has the wrong number of values")
    if isinstance(node, Leaf):
        return
    spec = specs.get(node.feature)
    if spec is None:
        raise ValueError("a node asks for an unknown feature")
    fits = {"continuous": ThresholdSplit | MissingSplit, "nominal": LevelSplit | MissingSplit}[spec.kind]
    if not isinstance(node, fits):
        raise ValueError("a question does not fit its feature")
    if isinstance(node, LevelSplit) and not set(node.levels) <= set(spec.levels):
        raise ValueError("a question names an undeclared level")
