"""Score one row with the Python standard library alone: microseconds a row, reasons included.

This file imports nothing but the standard library on purpose. `glassledger export scorer` copies it word for word and
puts a scoring card below it, so what was tested here is what runs there.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from numbers import Real
from typing import Any, NamedTuple

_NAN = math.nan
_WHOLE = 2.0**52  # every double from here on is a whole number


class Reason(NamedTuple):
    """A feature that moved the score to the adverse side; ``contribution`` is on the link scale."""

    feature: str
    code: str
    text: str
    contribution: float


class ScoredRow(NamedTuple):
    """A score, the decision by the policy's rule (or the predicted class), and the reasons, strongest first."""

    score: float
    decision: str | None
    reasons: tuple[Reason, ...]


class RowError(ValueError):
    """A row that breaks the contract. ``faults`` holds (feature, rule) pairs and never a value."""

    def __init__(self, faults: Sequence[tuple[str, str]]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{feature}: {rule}" for feature, rule in self.faults))


class RowScorer:
    """A scoring card made ready. Call it with a mapping of feature values as they are after redaction.

    Numbers may be int, float, Decimal or NumPy scalars; None and NaN are missing. Levels are text; True reads ``true``
    and 3 reads ``3``.

    Examples
    --------
    >>> scorer = RowScorer(card)                                          # doctest: +SKIP
    >>> scorer({"age": 44, "plan": "small"}).score                        # doctest: +SKIP
    0.31
    """

    def __init__(self, card: Mapping[str, Any]) -> None:
        if card.get("format") != "glassledger/scoring-card/v1":
            raise ValueError("not a scoring card of a known format")
        self._card = card
        self._outputs = len(card["intercept"])
        self._features = [_Feature(feature) for feature in card["features"]]
        self._model = _Trees(card) if "trees" in card else _Terms(card)
        self._ranked = [index for index, good in enumerate(card["reasons"]["eligible"]) if good]

    def __call__(
        self, row: Mapping[str, Any], *, reasons: int | None = None, language: str | None = None, checked: bool = True
    ) -> ScoredRow:
        """Score, decision and reasons of one row.

        Parameters
        ----------
        reasons : int, optional
            How many reasons; the card's count by default.
        language : str, optional
            Language of the reason texts; the policy's own by default.
        checked : bool
            Whether values outside the declared domain are refused, as the screening of a table refuses them.

        Raises
        ------
        RowError
            When a feature is absent or of the wrong type, breaks its declared domain, or the score is not finite.
        KeyError
            When the card holds no texts in ``language``.
        """
        values: list[Any] = []
        faults: list[tuple[str, str]] = []
        for feature in self._features:
            value, fault = feature.read(row, checked)
            values.append(value)
            if fault:
                faults.append((feature.name, fault))
        if faults:
            raise RowError(faults)
        met = self._model.meet(values)
        links = self._model.links(met)
        score, best, decision = self._decided(links)
        count = self._card["reasons"]["count"] if reasons is None else reasons
        if not count:
            return ScoredRow(score, decision, ())
        return ScoredRow(score, decision, self._reasons(self._model.grains(met, best), count, language))

    def _decided(self, links: list[float]) -> tuple[float, int, str | None]:
        """The score, the explained output and the decision."""
        link, rule = self._card["link"], self._card["decision"]
        if self._card["task"] == "multiclass":
            best = links.index(max(links))
            scores = _softmax(links) if link == "softmax" else links
            score = max(scores)
            if not math.isfinite(sum(scores)):
                raise RowError([("score", "not finite")])
            return score, best, self._card["classes"][scores.index(score)]
        value = links[0]
        score = _inverse(link, value)
        if not math.isfinite(score):
            raise RowError([("score", "not finite")])
        if rule is None:
            return score, 0, None
        return score, 0, rule["at_or_above"] if value >= rule["cut"] else rule["below"]

    def _reasons(self, grains: list[float], count: int, language: str | None) -> tuple[Reason, ...]:
        rules = self._card["reasons"]
        texts = rules["texts"][language or rules["language"]]
        shift, direction = rules["shift"], rules["direction"]
        found: list[tuple[float, int, float]] = []
        for index in self._ranked:
            moved = grains[index] - shift[index]
            push = abs(moved) if direction is None else (-moved if direction == "lowers" else moved)
            if push > 0.0:
                found.append((-push, index, moved))  # ties go to the feature that the policy declares first
        found.sort()
        return tuple(
            Reason(self._features[index].name, rules["codes"][index], texts[index][moved > 0.0], moved * rules["grain"])
            for _, index, moved in found[:count]
        )


class _Feature:
    """One declared feature: reads a value into a number (NaN missing) or a level's place (−1 missing)."""

    __slots__ = ("codes", "integer", "lower", "missing", "name", "strange", "unseen", "upper")

    def __init__(self, feature: Mapping[str, Any]) -> None:
        self.name: str = feature["name"]
        self.missing: bool = feature["missing"]
        levels = feature.get("levels")
        self.codes = None if levels is None else {level: code for code, level in enumerate(levels)}
        other = feature.get("other")
        self.strange = other is None
        self.unseen = 0 if self.codes is None else (len(self.codes) if other is None else self.codes[other])
        self.lower, self.upper, self.integer = feature.get("lower"), feature.get("upper"), feature.get("integer")

    def read(self, row: Mapping[str, Any], checked: bool) -> tuple[Any, str]:
        """The value, and the rule that it breaks ("" when it breaks none)."""
        try:
            value = row[self.name]
        except KeyError:
            return None, "absent"
        if value is None or (type(value) is float and value != value):
            gone = _NAN if self.codes is None else -1
            return gone, "" if self.missing or not checked else "missing"
        return self._number(value, checked) if self.codes is None else self._level(value, checked)

    def _level(self, value: Any, checked: bool) -> tuple[int, str]:
        if type(value) is bool:
            value = "true" if value else "false"
        elif type(value) is int:
            value = str(value)
        elif not isinstance(value, str):
            return -1, "not a level"
        assert self.codes is not None
        code = self.codes.get(value)
        if code is None:
            return self.unseen, "not declared" if checked and self.strange else ""
        return code, ""

    def _number(self, value: Any, checked: bool) -> tuple[float, str]:
        if type(value) is not float:
            if not isinstance(value, Real | Decimal):
                return _NAN, "not a number"
            try:
                value = float(value)
            except (OverflowError, ValueError):
                return _NAN, "not a number"
            if value != value:
                return _NAN, "" if self.missing or not checked else "missing"
        return value, self._outside(value) if checked else ""

    def _outside(self, value: float) -> str:
        if self.lower is not None and value < self.lower:
            return "below the minimum"
        if self.upper is not None and value > self.upper:
            return "above the maximum"
        if math.isinf(value):
            return "not finite"
        return "not a whole number" if self.integer and not value.is_integer() else ""


class _Table(NamedTuple):
    """A lookup table: places of its axes, how far a step of the first one is, and rows of values by output."""

    first: int
    second: int
    stride: int
    values: list[list[float]]
    grains: list[tuple[int, list[list[int]]]]


class _Polynomial(NamedTuple):
    """A slope or a curve in one number; ``base`` is what its reasons are measured from."""

    feature: int
    center: float
    lower: float | None
    upper: float | None
    degree: int
    coefficients: list[float]
    missing: list[float]
    base: list[float]

    def values(self, value: float) -> list[float]:
        """One value an output."""
        if value != value:
            return self.missing
        if self.lower is not None and self.upper is not None:
            value = min(max(value, self.lower), self.upper)
        value -= self.center
        outputs = len(self.missing)
        slopes, curves = self.coefficients[:outputs], self.coefficients[outputs:]
        if self.degree == 1:
            return [value * slope for slope in slopes]
        return [value * slope + value * value * curve for slope, curve in zip(slopes, curves, strict=True)]


class _Terms:
    """The additive form: bins, tables, polynomials. What a row meets is a cell a table, or values a polynomial."""

    def __init__(self, card: Mapping[str, Any]) -> None:
        self._intercept: list[float] = card["intercept"]
        self._outputs = len(self._intercept)
        self._softmax = card["link"] == "softmax"
        self._grain: float = card["reasons"]["grain"]
        self._blank = [0.0] * len(card["features"])
        self._axes: list[tuple[int, list[float], list[int]]] = [
            (axis["feature"], axis.get("cuts", []), [*axis["bins"], axis["size"] - 1, 0] if "bins" in axis else [])
            for axis in card["axes"]
        ]
        sizes = [axis["size"] for axis in card["axes"]]
        self._terms: list[_Table | _Polynomial] = [
            self._table(term, sizes)
            if term["kind"] == "table"
            else _Polynomial(*(term[name] for name in _Polynomial._fields))
            for term in card["terms"]
        ]

    def _table(self, term: Mapping[str, Any], sizes: list[int]) -> _Table:
        axes = term["axes"]
        stride = sizes[axes[1]] if len(axes) == 2 else 0
        grains = [(part["feature"], self._by_output(part["grains"])) for part in term["deviations"]]
        return _Table(axes[0], axes[-1], stride, self._by_output(term["values"]), grains)

    def _by_output(self, flat: list[Any]) -> list[list[Any]]:
        return [flat[output :: self._outputs] for output in range(self._outputs)]

    def meet(self, values: list[Any]) -> list[Any]:
        bins: list[int] = []
        for feature, cuts, lookup in self._axes:
            value = values[feature]
            if lookup:
                bins.append(lookup[value])
            else:
                bins.append(bisect_right(cuts, value) + 1 if value == value else 0)
        return [
            (bins[term.first] * term.stride + bins[term.second] if term.stride else bins[term.first])
            if isinstance(term, _Table)
            else term.values(values[term.feature])
            for term in self._terms
        ]

    def links(self, met: list[Any]) -> list[float]:
        """Intercept plus terms, in term order (``sum`` would round differently from Python 3.12 on)."""
        out: list[float] = []
        for output, total in enumerate(self._intercept):
            for term, found in zip(self._terms, met, strict=True):
                total += term.values[output][found] if isinstance(term, _Table) else found[output]
            out.append(total)
        return out

    def grains(self, met: list[Any], output: int) -> list[float]:
        """Deviation of every feature in grains."""
        out = self._blank.copy()
        for term, found in zip(self._terms, met, strict=True):
            if isinstance(term, _Table):
                for feature, rows in term.grains:
                    out[feature] += rows[output][found]
            else:
                level = sum(found) / self._outputs if self._softmax else 0.0
                out[term.feature] += _nearest((found[output] - level - term.base[output]) / self._grain)
        return out


class _Trees:
    """The rule form: what a row meets is a path of nodes a tree."""

    def __init__(self, card: Mapping[str, Any]) -> None:
        self._trees: list[list[dict[str, Any]]] = card["trees"]
        self._base: list[list[float]] = card["base"]
        self._outputs = len(card["intercept"])
        self._grain: float = card["reasons"]["grain"]

    def meet(self, values: list[Any]) -> list[list[dict[str, Any]]]:
        paths = []
        for tree in self._trees:
            node = tree[0]
            path = [node]
            while node["kind"] != "leaf":
                node = tree[node["left" if _goes_left(node, values[node["feature"]]) else "right"]]
                path.append(node)
            paths.append(path)
        return paths

    def links(self, met: list[list[dict[str, Any]]]) -> list[float]:
        out: list[float] = []
        for output in range(self._outputs):
            total = 0.0
            for path in met:
                total += path[-1]["value"][output]
            out.append(total / len(met))
        return out

    def grains(self, met: list[list[dict[str, Any]]], output: int) -> list[float]:
        moved = [0.0] * len(self._base)
        for path in met:
            for parent, child in pairwise(path):
                moved[parent["feature"]] += child["value"][output] - parent["value"][output]
        return [
            _nearest((one / len(met) - base[output]) / self._grain) for one, base in zip(moved, self._base, strict=True)
        ]


def _goes_left(node: Mapping[str, Any], value: Any) -> bool:
    """Whether a value, −1 (a missing level) or NaN (a missing number) goes left."""
    if value == -1 if node["nominal"] else value != value:
        return bool(node["missing"] == "left")
    if node["kind"] == "threshold":
        return bool(value <= node["threshold"])
    return node["kind"] == "levels" and value in node["levels"]


def _nearest(value: float) -> float:
    """The nearest whole number, halves to the even one; infinities stay."""
    return float(round(value)) if -_WHOLE < value < _WHOLE else value


def _inverse(link: str, value: float) -> float:
    if link == "logit":
        if value < 0.0:
            small = math.exp(value)
            return small / (1.0 + small)
        return 1.0 / (1.0 + math.exp(-value))
    if link == "log":
        try:
            return math.exp(value)
        except OverflowError:
            return math.inf
    return value


def _softmax(links: list[float]) -> list[float]:
    top = max(links)
    powers = [math.exp(link - top) for link in links]
    total = sum(powers)
    return [power / total for power in powers]
