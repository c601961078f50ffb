"""A tree as if-then sentences, with the questions of one path merged a feature."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from glassledger.models.nodes import Leaf, Split, Tree
from glassledger.records.features import FeatureSpec, Task


@dataclass(frozen=True)
class _Answers:
    """What a path knows about one feature so far."""

    above: float | None = None
    up_to: float | None = None
    levels: frozenset[str] = frozenset()
    valued: bool = True
    missing: bool = True


@dataclass(frozen=True)
class _Path:
    node: int
    answers: dict[str, _Answers] = field(default_factory=dict)


def rule_texts(
    trees: tuple[Tree, ...], features: tuple[FeatureSpec, ...], task: Task, classes: tuple[str, ...]
) -> tuple[str, ...]:
    """Every leaf as one sentence; conditions in feature order, leaves from left to right, tree by tree.

    Levels that were never declared are not named: the contract refuses them before a model sees them.
    """
    specs = {feature.name: feature for feature in features}
    return tuple(
        (f"Tree {number}: " if len(trees) > 1 else "") + _sentence(specs, path, leaf, _outcome(leaf, task, classes))
        for number, tree in enumerate(trees, start=1)
        for path, leaf in _leaves(tree, specs)
    )


def _leaves(tree: Tree, specs: dict[str, FeatureSpec]) -> Iterator[tuple[_Path, Leaf]]:
    waiting = [_Path(0)]
    while waiting:
        path = waiting.pop()
        node = tree.nodes[path.node]
        if node.kind == "leaf":
            yield path, node
            continue
        spec = specs[node.feature]
        known = path.answers.get(node.feature, _Answers(levels=frozenset(spec.levels), missing=spec.missing))
        for child, left in ((node.right, False), (node.left, True)):
            waiting.append(_Path(child, {**path.answers, node.feature: _narrowed(node, known, left=left)}))


def _narrowed(node: Split, known: _Answers, *, left: bool) -> _Answers:
    """What is known after one more answer."""
    if node.kind == "missing":
        return replace(known, levels=frozenset(), valued=False) if left else replace(known, missing=False)
    after = replace(known, missing=known.missing and (node.missing == "left") == left)
    if node.kind == "levels":
        return replace(after, levels=known.levels & set(node.levels) if left else known.levels - set(node.levels))
    if left:
        return replace(after, up_to=node.threshold if known.up_to is None else min(known.up_to, node.threshold))
    return replace(after, above=node.threshold if known.above is None else max(known.above, node.threshold))


def _sentence(specs: dict[str, FeatureSpec], path: _Path, leaf: Leaf, outcome: str) -> str:
    conditions = [_condition(spec, path.answers[name]) for name, spec in specs.items() if name in path.answers]
    premise = f"if {' and '.join(conditions)} then " if conditions else "always "
    share = "" if leaf.share is None else f" ({leaf.share:.1%} of the training rows)"
    return f"{premise}{outcome}{share}"


def _condition(spec: FeatureSpec, answers: _Answers) -> str:
    if spec.kind == "nominal":
        named = [level for level in spec.levels if level in answers.levels]
        named += ["missing"] if answers.missing else []
        rest = [level for level in spec.levels if level not in answers.levels]
        rest += ["missing"] if spec.missing and not answers.missing else []
        shorter, word = (rest, "not in") if 2 * len(rest) <= len(named) else (named, "in")
        return f"{spec.name} {word} {{{', '.join(shorter)}}}"
    if not answers.valued:
        return f"{spec.name} is missing"
    ends = ((">", answers.above), ("≤", answers.up_to))
    bounds = [f"{sign} {value:.6g}" for sign, value in ends if value is not None]
    if not bounds:
        return f"{spec.name} is {'given or missing' if answers.missing else 'given'}"
    text = f"{spec.name} {' and '.join(bounds)}"
    return f"({text} or missing)" if answers.missing else text


def _outcome(leaf: Leaf, task: Task, classes: tuple[str, ...]) -> str:
    if task == "regression":
        return f"the mean is {leaf.value[0]:.6g}"
    if task == "binary":
        return f"P({classes[1]}) = {leaf.value[0]:.4f}"
    return ", ".join(f"P({label}) = {value:.4f}" for label, value in zip(classes, leaf.value, strict=True))
