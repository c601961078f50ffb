"""A scoring card: everything that scoring one row needs, as one JSON document.

A model and a policy go in; what comes out holds the tables, the reasons' deviations in whole grains, the decision's
cut on the link scale and the texts. The row scorer, the stand-alone file, the SQL query and the rating table are read
off this document alone, so they cannot disagree about what the model says. ``docs/how-to/score-anywhere.md`` shows it.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassledger import canonical
from glassledger.errors import UsageError
from glassledger.explain.reasons import Reasoner, reasoner
from glassledger.models.additive import AdditiveModel, Axis, PolynomialTerm
from glassledger.models.links import Link, inverse
from glassledger.models.nodes import Leaf, Split
from glassledger.models.rules import RuleModel
from glassledger.policy import Policy
from glassledger.records.features import FeatureSpec

FORMAT = "glassledger/scoring-card/v1"

Card = dict[str, Any]


def scoring_card(model: AdditiveModel | RuleModel, *, policy: Policy, reasons: int | None = None) -> Card:
    """Compile a model under its policy into a JSON document.

    Parameters
    ----------
    reasons : int, optional
        Reasons per row; the policy's count by default, 0 for none.

    Raises
    ------
    PolicyError
        When the reasons' baseline needs what the policy does not declare.
    UsageError
        When ``reasons`` is negative.
    """
    count = policy.document.reasons.count if reasons is None else reasons
    if count < 0:
        raise UsageError(
            "The number of reasons cannot be negative.", code="reasons-negative", hint="Ask for 0 or more."
        )
    compiled = reasoner(model, policy)
    names = [spec.name for spec in model.features]
    card: Card = {
        "format": FORMAT,
        "model": canonical.digest(model.to_json()),
        "policy": policy.digest,
        "task": model.task,
        "link": model.link,
        "classes": list(model.classes),
        "features": [_feature(spec) for spec in model.features],
        "intercept": list(model.intercept),
        "points": _points(model),
        "decision": _decision(model, policy),
        "reasons": {
            "count": count,
            "direction": compiled.direction,
            "grain": compiled.deviations.grain,
            "shift": _grains(compiled, compiled.shift),
            "eligible": [bool(one) for one in compiled.eligible],
            "codes": [policy.reason_code(name) for name in names],
            "language": policy.document.language,
            "texts": {
                language: [[policy.reason_text(name, way, language) for way in ("lowers", "raises")] for name in names]
                for language in policy.languages
            },
        },
    }
    return card | (_trees(model, compiled) if isinstance(model, RuleModel) else _terms(model, compiled))


def notice(card: Card) -> str:
    """Where the model stood in its review when the card was exported, in one line for a person to read."""
    review = card.get("review")
    if review is None:
        return "not approved: exported without a review"
    if review["status"] == "approved":
        return f"approved on {review['as_of'][:10]}, until {review['expires_on'] or 'further notice'}"
    return f"not approved: {review['status']} on {review['as_of'][:10]}"


def _feature(spec: FeatureSpec) -> dict[str, Any]:
    common = {"name": spec.name, "kind": spec.kind, "missing": spec.missing}
    if spec.kind == "nominal":
        return common | {"levels": list(spec.levels), "other": spec.other}
    return common | {"lower": spec.lower, "upper": spec.upper, "integer": spec.integer}


def _decision(model: AdditiveModel | RuleModel, policy: Policy) -> dict[str, Any] | None:
    rule = policy.document.decision
    if rule is None or model.task == "multiclass":
        return None
    return {
        "cut": link_cut(rule.threshold, model.link),
        "threshold": rule.threshold,
        "at_or_above": rule.at_or_above,
        "below": rule.below,
    }


def _points(model: AdditiveModel | RuleModel) -> dict[str, float] | None:
    scale = model.points if isinstance(model, AdditiveModel) else None
    return None if scale is None else {"offset": scale.offset, "factor": scale.factor}


def link_cut(threshold: float, link: Link) -> float:
    """The smallest double on the link scale whose score reaches ``threshold``.

    Engines round ``exp`` differently; a comparison before the link decides every row alike. Found by bisection over
    the doubles in their order.
    """
    if link == "identity":
        return threshold
    low, high = _ordinal(-np.finfo(np.float64).max), _ordinal(np.finfo(np.float64).max)
    with np.errstate(over="ignore"):
        while low < high:
            middle = (low + high) // 2
            if inverse(link, np.array([[_double(middle)]]))[0, 0] >= threshold:
                high = middle
            else:
                low = middle + 1
    return _double(low)


def _ordinal(value: Any) -> int:
    """Place of a double among all doubles."""
    bits = int(np.float64(value).view(np.int64))
    return bits if bits >= 0 else -(bits & 0x7FFF_FFFF_FFFF_FFFF)


def _double(ordinal: int) -> float:
    found = float(np.int64(abs(ordinal)).view(np.float64))
    return found if ordinal >= 0 else -found


def _terms(model: AdditiveModel, compiled: Reasoner) -> Card:
    position = {spec.name: index for index, spec in enumerate(model.features)}
    axes: dict[Axis, int] = {}
    terms: list[dict[str, Any]] = []
    for term, found in zip(model.terms, compiled.deviations.terms, strict=True):
        if isinstance(term, PolynomialTerm):
            terms.append(_polynomial(term, position[term.feature], found.tables[0]))
            continue
        terms.append(
            {
                "kind": "table",
                "name": term.name,
                "axes": [axes.setdefault(axis, len(axes)) for axis in term.axes],
                "values": list(term.values),
                "deviations": [
                    {"feature": place, "grains": _grains(compiled, table)}
                    for place, table in zip(found.positions, found.tables, strict=True)
                ],
            }
        )
    return {"axes": [_axis(axis, position) for axis in axes], "terms": terms}


def _axis(axis: Axis, position: dict[str, int]) -> dict[str, Any]:
    found = {"feature": position[axis.feature], "size": axis.size}
    return found | ({"bins": list(axis.bins)} if axis.bins else {"cuts": list(axis.cuts)})


def _polynomial(term: PolynomialTerm, position: int, base: NDArray[np.float64]) -> dict[str, Any]:
    return {
        "kind": "polynomial",
        "name": term.name,
        "feature": position,
        "center": term.center,
        "lower": term.lower,
        "upper": term.upper,
        "degree": term.degree,
        "coefficients": list(term.coefficients),
        "missing": list(term.missing),
        "base": base[0].tolist(),
    }


def _trees(model: RuleModel, compiled: Reasoner) -> Card:
    position = {spec.name: index for index, spec in enumerate(model.features)}
    levels = {spec.name: {level: code for code, level in enumerate(spec.levels)} for spec in model.features}
    trees = [[_node(node, position, levels) for node in tree.nodes] for tree in model.trees]
    return {"trees": trees, "base": compiled.deviations.terms[0].tables[0].tolist()}


def _node(node: Leaf | Split, position: dict[str, int], levels: dict[str, dict[str, int]]) -> dict[str, Any]:
    found: dict[str, Any] = {"kind": node.kind, "value": list(node.value)}
    if isinstance(node, Leaf):
        return found
    found |= {"feature": position[node.feature], "nominal": bool(levels[node.feature])}
    found |= {"left": node.left, "right": node.right}
    if node.kind == "threshold":
        found |= {"threshold": node.threshold}
    elif node.kind == "levels":
        found |= {"levels": sorted(levels[node.feature][level] for level in node.levels)}
    return found | {"missing": "left" if node.kind == "missing" else node.missing}


def _grains(compiled: Reasoner, values: NDArray[np.float64]) -> list[int]:
    """Rounded deviations as the whole numbers that they are; sums are then exact in any engine."""
    return [int(value) for value in np.round(values / compiled.deviations.grain).ravel()]
