"""Contradictions between the columns, the task, the family, the privacy block and the decision rule."""

from collections.abc import Iterator
from decimal import Decimal

from glassledger.policy.document import Column, PolicyDocument
from glassledger.policy.domains import (
    NUMERIC,
    ROW,
    bounds_of,
    declared_levels,
    is_nominal,
    is_ordered,
    level_text,
    redaction_of,
)
from glassledger.policy.families import FAMILIES, REFUSED, FamilyDeclaration
from glassledger.policy.faults import Fault, Path, choices
from glassledger.policy.operators import Pseudonymise, SuppressRare

_COLUMNS: Path = ("data", "columns")
_LARGEST_DELTA = Decimal("0.01")


def features_of(document: PolicyDocument) -> dict[str, Column]:
    """The feature columns by name, in document order."""
    return {name: column for name, column in document.data.columns.items() if column.role == "feature"}


def model_faults(document: PolicyDocument) -> Iterator[Fault]:
    """Everything that is wrong across blocks."""
    yield from _features(document)
    yield from _target(document)
    yield from _reasons(document)
    yield from _decision(document)
    yield from _units(document)
    yield from _budget(document)
    family = FAMILIES.get(document.model.family)
    if family is None:
        yield _unknown_family(document.model.family)
        return
    for check in (_task, _monotone, _interactions, _excluded_pairs):
        yield from check(document, family)
    if family.private:
        yield from _private(document, family)


def _unknown_family(name: str) -> Fault:
    at = ("model", "family")
    if name in REFUSED:
        return Fault(at, f"`{name}` is refused. {REFUSED[name].rstrip('.')}")
    return Fault(at, "unknown family" + choices(name, FAMILIES))


def _features(document: PolicyDocument) -> Iterator[Fault]:
    if not features_of(document):
        yield Fault(_COLUMNS, "no column has role feature")


def _target(document: PolicyDocument) -> Iterator[Fault]:
    targets = [name for name, column in document.data.columns.items() if column.role == "target"]
    if not targets:
        yield Fault(_COLUMNS, "no column has role target")
    for name in targets[1:]:
        yield Fault((*_COLUMNS, name, "role"), f"there is one target, and `{targets[0]}` is it")
    for name in targets[:1]:
        column, at = document.data.columns[name], (*_COLUMNS, name)
        check = _numeric_target if document.model.task == "regression" else _class_target
        yield from (Fault((*at, *fault.path), fault.message) for fault in check(column, document.model.task))


def _class_target(column: Column, task: str) -> Iterator[Fault]:
    if column.type not in ("category", "boolean"):
        yield Fault(("type",), f"a {task} target is a category or a boolean; list 0 and 1 as levels of a category")
        return
    levels = declared_levels(column)
    if task == "multiclass":
        if len(levels) < 3:
            yield Fault(("levels",), "a multiclass target needs three levels or more")
        if column.positive is not None:
            yield Fault(("positive",), "a multiclass target has no positive level")
        return
    if len(levels) != 2 or column.other is not None:
        yield Fault(("levels",), f"a binary target needs exactly two levels and no `other`; there are {len(levels)}")
    if column.positive is None:
        yield Fault(("positive",), "a binary target needs the level whose probability is the score")
    elif level_text(column.positive) not in levels:
        wrong = level_text(column.positive)
        yield Fault(("positive",), f"`{wrong}` is not a declared level" + choices(wrong, levels))


def _numeric_target(column: Column, task: str) -> Iterator[Fault]:
    if column.type not in NUMERIC:
        yield Fault(("type",), f"a {task} target is a number or an integer")
    if column.positive is not None:
        yield Fault(("positive",), "a regression target has no positive level")


def _names(document: PolicyDocument, names: tuple[tuple[Path, str], ...]) -> Iterator[Fault]:
    """Names that must be features."""
    features = features_of(document)
    for at, name in names:
        column = document.data.columns.get(name)
        if column is None:
            yield Fault(at, f"unknown column `{name}`" + choices(name, features))
        elif column.role == "identifier":
            yield Fault(at, f"`{name}` is an identifier, and a direct identifier never reaches a model")
        elif column.role != "feature":
            yield Fault(at, f"`{name}` has role {column.role} and is no feature")


def _task(document: PolicyDocument, family: FamilyDeclaration) -> Iterator[Fault]:
    if document.model.task not in family.tasks:
        can = ", ".join(family.tasks)
        fitting = ", ".join(name for name, other in FAMILIES.items() if document.model.task in other.tasks)
        yield Fault(
            ("model", "task"), f"{family.name} does not do {document.model.task} (it does {can}; try {fitting})"
        )


def _monotone(document: PolicyDocument, family: FamilyDeclaration) -> Iterator[Fault]:
    monotone, at = document.model.monotone, ("model", "monotone")
    if monotone and not family.monotone:
        able = ", ".join(name for name, other in FAMILIES.items() if other.monotone)
        yield Fault(at, f"{family.name} cannot keep a shape monotone (families that can: {able})")
    yield from _names(document, tuple(((*at, name), name) for name in monotone))
    for name, column in features_of(document).items():
        if name in monotone and not is_ordered(column):
            yield Fault((*at, name), f"the levels of `{name}` have no order; declare `ordered: true` if they have one")


def _interactions(document: PolicyDocument, family: FamilyDeclaration) -> Iterator[Fault]:
    wanted, at = document.model.interactions, ("model", "interactions")
    if wanted and not family.interactions:
        able = ", ".join(name for name, other in FAMILIES.items() if other.interactions)
        yield Fault(at, f"{family.name} has no pair terms (families that have: {able})")
    if isinstance(wanted, int):
        count = len(features_of(document))
        if not 0 <= wanted <= count * (count - 1) // 2:
            yield Fault(at, f"must lie between 0 and the {count * (count - 1) // 2} pairs that the features form")
        return
    yield from _pairs(document, wanted, at)
    forbidden = {frozenset(pair) for pair in document.model.excluded_pairs}
    for index, pair in enumerate(wanted):
        if frozenset(pair) in forbidden:
            yield Fault((*at, index), f"`{pair[0]}` and `{pair[1]}` are asked for here and excluded in excluded_pairs")


def _excluded_pairs(document: PolicyDocument, family: FamilyDeclaration) -> Iterator[Fault]:
    at = ("model", "excluded_pairs")
    if document.model.excluded_pairs and family.form != "additive":
        yield Fault(at, f"{family.name} mixes features freely and cannot keep a pair apart")
    yield from _pairs(document, document.model.excluded_pairs, at)


def _pairs(document: PolicyDocument, pairs: tuple[tuple[str, str], ...], at: Path) -> Iterator[Fault]:
    seen: set[frozenset[str]] = set()
    for index, pair in enumerate(pairs):
        yield from _names(document, tuple(((*at, index, place), name) for place, name in enumerate(pair)))
        if pair[0] == pair[1]:
            yield Fault((*at, index), "a pair needs two different features")
        if frozenset(pair) in seen:
            yield Fault((*at, index), "the pair is listed twice")
        seen.add(frozenset(pair))


def _reasons(document: PolicyDocument) -> Iterator[Fault]:
    at = ("reasons", "exclude")
    yield from _names(document, tuple(((*at, index), name) for index, name in enumerate(document.reasons.exclude)))
    if document.reasons.count and set(document.reasons.exclude) >= set(features_of(document)) != set():
        yield Fault(at, "every feature is excluded, so no reason could ever be given")
    if document.reasons.baseline == "cutoff" and document.decision is None:
        yield Fault(("reasons", "baseline"), "baseline cutoff needs a decision rule with a threshold")


def _decision(document: PolicyDocument) -> Iterator[Fault]:
    rule = document.decision
    if rule is None:
        return
    if document.model.task == "multiclass":
        yield Fault(("decision",), "a multiclass policy has no decision rule; the scores are probabilities by class")
    elif document.model.task == "binary" and not 0 < rule.threshold < 1:
        yield Fault(("decision", "threshold"), "must lie between 0 and 1: the score is a probability")
    if rule.at_or_above == rule.below:
        yield Fault(("decision", "below"), "must differ from at_or_above, or the rule decides nothing")


def _units(document: PolicyDocument) -> Iterator[Fault]:
    named: list[tuple[Path, str]] = []
    if document.split.unit is not None:
        named.append((("split", "unit"), document.split.unit))
    if document.privacy is not None:
        named.append((("privacy", "unit"), document.privacy.unit))
    for at, name in named:
        yield from _unit(document, at, name)
    if len({name for _, name in named}) > 1:
        yield Fault(("split", "unit"), "must be the privacy unit: rows of one unit stay on one side of the split")


def _unit(document: PolicyDocument, at: Path, name: str) -> Iterator[Fault]:
    column = document.data.columns.get(name)
    if name == ROW:
        if column is not None:
            yield Fault(at, "`row` means that every row is its own unit, but a column has that name too; rename it")
        return
    if column is None:
        yield Fault(at, f"unknown column `{name}`" + choices(name, (*document.data.columns, ROW)))
        return
    if column.role != "identifier":
        yield Fault(at, f"`{name}` tells units apart, so its role must be identifier, not {column.role}")
    elif not isinstance(redaction_of(column), Pseudonymise):
        yield Fault(at, f"`{name}` tells units apart, so its redaction must be pseudonymise")
    if column.missing:
        yield Fault(at, f"`{name}` may be missing, and a row without a unit belongs to nobody")


def _budget(document: PolicyDocument) -> Iterator[Fault]:
    privacy, family = document.privacy, FAMILIES.get(document.model.family)
    if privacy is None:
        return
    pure = family is not None and family.pure
    if privacy.epsilon > privacy.dataset_budget.epsilon:
        yield Fault(("privacy", "epsilon"), "one fit would cost more than the whole dataset_budget")
    if not pure and privacy.delta > privacy.dataset_budget.delta:
        yield Fault(("privacy", "delta"), "one fit would cost more delta than the whole dataset_budget")
    evidence, at = privacy.evidence, ("privacy", "evidence", "epsilon")
    if evidence.epsilon is not None and evidence.protection == "exact":
        yield Fault(at, "exact figures spend nothing; drop `epsilon`, or set `protection: private`")
    elif evidence.epsilon is not None and evidence.epsilon > privacy.dataset_budget.epsilon:
        yield Fault(at, "the figures of one model would cost more than the whole dataset_budget")
    if privacy.delta > _LARGEST_DELTA:
        yield Fault(("privacy", "delta"), f"a delta above {_LARGEST_DELTA} protects nobody; 1e-6 is usual")


def _private(document: PolicyDocument, family: FamilyDeclaration) -> Iterator[Fault]:
    """What a private family needs beyond: a budget, a unit met once, and a domain that no data has shaped."""
    privacy, columns = document.privacy, document.data.columns
    if privacy is None:
        yield Fault(("privacy",), f"is required: {family.name} spends epsilon and delta")
    else:
        if not family.pure and privacy.delta == 0:
            yield Fault(("privacy", "delta"), f"must be above 0: {family.name} is not private with delta 0")
        if privacy.unit in columns and not columns[privacy.unit].unique:
            yield Fault(("privacy", "unit"), f"`{privacy.unit}` must be declared `unique: true`: one row per unit")
    if document.model.seed is not None:
        yield Fault(("model", "seed"), "is refused: whoever knows the seed can subtract the noise")
    for name, column in columns.items():
        if column.role == "feature" or (column.role == "target" and document.model.task == "regression"):
            yield from _private_domain(name, column, family)
        elif isinstance(redaction_of(column), SuppressRare):
            yield _counting(name, family)


def _private_domain(name: str, column: Column, family: FamilyDeclaration) -> Iterator[Fault]:
    if not is_nominal(column) and bounds_of(column) is None:
        yield Fault(
            (*_COLUMNS, name),
            f"{family.name} needs min and max for `{name}`: bounds read off the data would not be private",
        )
    if isinstance(redaction_of(column), SuppressRare):
        yield _counting(name, family)


def _counting(name: str, family: FamilyDeclaration) -> Fault:
    return Fault(
        (*_COLUMNS, name, "redaction"),
        f"suppress_rare counts rows outside the budget of {family.name}; merge levels by hand instead",
    )
