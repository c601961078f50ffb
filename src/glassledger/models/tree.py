"""A single decision tree (scikit-learn), compiled exactly to rules.

Continuous features keep their missing values; levels without an order become one column each, so that a question is
"is it this level?"; ordered levels become their position. scikit-learn compares single-precision copies of the values:
each threshold is replaced by the largest double that single precision rounds to or below it, so that plain double
comparisons take the same way everywhere, in SQL too.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from glassledger.models.additive import encode
from glassledger.models.constraints import check_monotone
from glassledger.models.nodes import Leaf, LevelSplit, MissingSplit, Split, ThresholdSplit, Tree
from glassledger.models.rules import RuleModel
from glassledger.models.tasks import class_codes
from glassledger.models.training import Trained, TrainingTask
from glassledger.models.vendor import door, library
from glassledger.policy.families import TreeSettings
from glassledger.records.features import FeatureSpec

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Column:
    """One column of the matrix that scikit-learn sees, and the feature that it stands for.

    ``kind`` is ``value`` (a number), ``position`` (of an ordered level), ``level`` (is it this one?) or ``missing``.
    ``filled`` is what replaced missing numbers where scikit-learn cannot take them.
    """

    spec: FeatureSpec
    kind: Literal["value", "position", "level", "missing"]
    values: Floats
    level: str = ""
    filled: float | None = None


def train(task: TrainingTask) -> Trained:
    """Fit and compile a decision tree (Breiman, Friedman, Olshen, Stone, *CART*, 1984).

    Raises
    ------
    ModelError
        When a monotone direction is asked of several classes or of unordered levels.
    """
    check_monotone(task)
    settings = task.settings
    assert isinstance(settings, TreeSettings)
    columns = _columns(task)
    kind = DecisionTreeRegressor if task.kind == "regression" else DecisionTreeClassifier
    estimator = kind(
        max_depth=settings.max_depth,
        min_samples_leaf=settings.min_samples_leaf,
        monotonic_cst=[task.sign(column.spec.name) for column in columns] if task.monotone else None,
        random_state=task.repeatable_seed,
    )
    target = task.target if task.kind == "regression" else class_codes(task.target, task.classes)
    with door("scikit-learn"):
        estimator.fit(np.column_stack([column.values for column in columns]), target)
        tree = compile_tree(estimator.tree_, columns, binary=task.kind == "binary")
    model = RuleModel(family="tree", task=task.kind, classes=task.classes, features=task.specs, trees=(tree,))
    filled = sorted({column.spec.name for column in columns if column.filled is not None})
    note = f"Monotone trees cannot see missing values: they go where the median goes ({', '.join(filled)})."
    return Trained(model, library("scikit-learn"), notes=(note,) if filled else ())


def exact_threshold(threshold: float) -> float:
    """The largest double whose single-precision copy is at most ``threshold``, a number within single precision."""
    below = np.float32(threshold)
    if float(below) > threshold:
        below = np.nextafter(below, np.float32(-np.inf))
    middle = (float(below) + float(np.nextafter(below, np.float32(np.inf)))) / 2
    return middle if np.float32(middle) == below else float(np.nextafter(middle, -np.inf))


def compile_tree(fitted: Any, columns: list[_Column], *, binary: bool) -> Tree:
    """The same tree as scikit-learn's ``tree_``, in our form; nodes keep their numbers."""
    values = fitted.value[:, 0, 1:] if binary else fitted.value[:, 0, :]
    shares = fitted.weighted_n_node_samples / fitted.weighted_n_node_samples[0]
    return Tree(
        nodes=tuple(
            _node(fitted, columns, index, tuple(values[index].tolist()), min(1.0, float(shares[index])))
            for index in range(fitted.node_count)
        )
    )


def _node(fitted: Any, columns: list[_Column], index: int, value: tuple[float, ...], share: float) -> Leaf | Split:
    left, right = int(fitted.children_left[index]), int(fitted.children_right[index])
    if left < 0:
        return Leaf(value=value, share=share)
    column, threshold = columns[fitted.feature[index]], float(fitted.threshold[index])
    name = column.spec.name
    if column.kind == "missing":  # the column is 1 for "yes", which scikit-learn sends right
        return MissingSplit(feature=name, left=right, right=left, value=value, share=share)
    if column.kind == "level":
        return LevelSplit(
            feature=name, levels=(column.level,), missing="right", left=right, right=left, value=value, share=share
        )
    if np.isposinf(threshold):  # every number left, missing right
        return MissingSplit(feature=name, left=right, right=left, value=value, share=share)
    missing_left = bool(fitted.missing_go_to_left[index]) if column.filled is None else column.filled <= threshold
    missing: Literal["left", "right"] = "left" if missing_left else "right"
    if column.kind == "position":
        levels = tuple(level for position, level in enumerate(column.spec.levels) if position <= threshold)
        return LevelSplit(
            feature=name, levels=levels, missing=missing, left=left, right=right, value=value, share=share
        )
    exact = exact_threshold(threshold)
    return ThresholdSplit(
        feature=name, threshold=exact, missing=missing, left=left, right=right, value=value, share=share
    )


def _columns(task: TrainingTask) -> list[_Column]:
    encoded = encode(task.features, {spec.name: spec for spec in task.specs})
    out: list[_Column] = []
    for spec in task.specs:
        column = encoded[spec.name]
        if spec.kind == "continuous":
            out.append(_number(spec, "value", column, fill=bool(task.monotone)))
        elif spec.ordered:
            positions = np.where(column < 0, np.nan, column)
            out.append(_number(spec, "position", positions, fill=bool(task.monotone)))
        else:
            codes = enumerate(spec.levels)
            out += [_Column(spec, "level", (column == code).astype(np.float64), level=level) for code, level in codes]
            out += [_Column(spec, "missing", (column < 0).astype(np.float64))] if spec.missing else []
    return out


def _number(spec: FeatureSpec, kind: Literal["value", "position"], values: Floats, *, fill: bool) -> _Column:
    """Numbers as they are, or with the median for missing ones: monotone trees of scikit-learn take none missing."""
    if not (fill and spec.missing):
        return _Column(spec, kind, values)
    known = values[~np.isnan(values)]
    median = float(np.float32(np.median(known))) if len(known) else 0.0
    return _Column(spec, kind, np.where(np.isnan(values), median, values), filled=median)
