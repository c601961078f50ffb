"""A scoring card as flat arrays: what the batch kernels read.

Every feature is turned into one small whole number a row, its *code*: the place of a level, or of the interval between
the cuts of all its axes. Terms are then tables over codes, and a pair term adds two looked-up numbers to find its cell.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassledger.scoring.card import Card

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Lookup = NDArray[np.int32]

_EXACT = 2.0**52  # sums of whole numbers below this are exact in float64


@dataclass(frozen=True, eq=False)
class Coding:
    """How one feature becomes codes.

    Attributes
    ----------
    levels : tuple of str
        Of a nominal feature; code ``i`` is level ``i``, then come *undeclared* and *missing*.
    cuts : ndarray
        Of a continuous feature: every cut of every axis. Code 0 is missing, code ``c`` has ``c − 1`` cuts at or below.
    unseen : int
        Code of an undeclared level: its own, or that of the declared ``other``.
    coded : bool
        Whether a table term reads the feature's codes.
    raw : bool
        Whether a polynomial term reads the feature's values.
    """

    name: str
    facts: Mapping[str, Any]
    levels: tuple[str, ...]
    cuts: Floats
    unseen: int
    coded: bool
    raw: bool

    @property
    def nominal(self) -> bool:
        return bool(self.levels)

    @property
    def size(self) -> int:
        """Number of codes."""
        return len(self.levels) + 2 if self.levels else len(self.cuts) + 2

    @property
    def missing(self) -> int:
        """Code of a missing value."""
        return len(self.levels) + 1 if self.levels else 0


@dataclass(frozen=True, eq=False)
class Part:
    """What one term adds to the deviation of one feature: whole grains, shape (outputs, cells)."""

    feature: int
    grains: Floats


@dataclass(frozen=True, eq=False)
class TablePlan:
    """A lookup table; the cell is ``first[code]`` (+ ``second[code]``). Values have shape (outputs, cells)."""

    features: tuple[int, ...]
    lookups: tuple[Lookup, ...]
    values: Floats
    parts: tuple[Part, ...]


@dataclass(frozen=True, eq=False)
class PolynomialPlan:
    """A slope or curve; arrays have one entry an output, ``curve`` is zero for a slope."""

    feature: int
    degree: int
    center: float
    lower: float | None
    upper: float | None
    slope: Floats
    curve: Floats
    missing: Floats
    base: Floats

    def values(self, column: Floats, output: int) -> Floats:
        """Contributions to one output; the very steps of the row scorer."""
        value = column if self.lower is None else np.clip(column, self.lower, self.upper)
        value = value - self.center
        found = value * self.slope[output]
        if self.degree == 2:
            found = found + value * value * self.curve[output]
        return np.asarray(np.where(np.isnan(column), self.missing[output], found))

    def largest(self) -> float:
        """Bound on the absolute contribution; infinite for an unbounded slope."""
        if self.lower is None or self.upper is None:
            return float("inf")
        reach = max(abs(self.lower - self.center), abs(self.upper - self.center))
        bound = np.abs(self.slope) * reach + np.abs(self.curve) * reach * reach
        return float(np.maximum(bound, np.abs(self.missing)).max() + np.abs(self.base).max())


@dataclass(frozen=True, eq=False)
class Plan:
    """A compiled card. ``packed``: every deviation is known to be a whole number below 2⁵² less its code's bits."""

    card: Card
    codings: tuple[Coding, ...]
    terms: tuple[TablePlan | PolynomialPlan, ...]
    outputs: int
    shift: Floats
    grain: float
    eligible: tuple[int, ...]
    direction: str | None
    code_bits: int
    packed: bool

    @property
    def trees(self) -> list[list[dict[str, Any]]] | None:
        """The nodes of a rule model; None for an additive one."""
        found: list[list[dict[str, Any]]] | None = self.card.get("trees")
        return found

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(coding.name for coding in self.codings)


def compile_plan(card: Card) -> Plan:
    """Flatten a scoring card."""
    outputs = len(card["intercept"])
    codings = _codings(card)
    terms = () if "trees" in card else tuple(_term(card, term, codings, outputs) for term in card["terms"])
    rules = card["reasons"]
    code_bits = max(1, (2 * len(codings)).bit_length())
    plan = Plan(
        card=card,
        codings=codings,
        terms=terms,
        outputs=outputs,
        shift=np.asarray(rules["shift"], dtype=np.float64),
        grain=rules["grain"],
        eligible=tuple(place for place, good in enumerate(rules["eligible"]) if good),
        direction=rules["direction"],
        code_bits=code_bits,
        packed=False,
    )
    bound = _largest_deviation(plan) if terms else float("inf")
    return Plan(**{**vars(plan), "packed": bound < 2.0 ** (62 - code_bits) and bound < _EXACT})


def _codings(card: Card) -> tuple[Coding, ...]:
    axes, terms = card.get("axes", []), card.get("terms", [])
    raw = {term["feature"] for term in terms if term["kind"] == "polynomial"}
    out = []
    for place, feature in enumerate(card["features"]):
        mine = [axis for axis in axes if axis["feature"] == place]
        levels = tuple(feature.get("levels", ()))
        other = feature.get("other")
        out.append(
            Coding(
                name=feature["name"],
                facts=feature,
                levels=levels,
                cuts=np.unique(np.concatenate([np.zeros(0), *(np.asarray(axis.get("cuts", [])) for axis in mine)])),
                unseen=len(levels) if other is None else levels.index(other),
                coded=bool(mine),
                raw=place in raw,
            )
        )
    return tuple(out)


def _term(
    card: Card, term: Mapping[str, Any], codings: tuple[Coding, ...], outputs: int
) -> "TablePlan | PolynomialPlan":
    if term["kind"] == "polynomial":
        return _polynomial(term, outputs)
    axes = [card["axes"][place] for place in term["axes"]]
    lookups = [_bins(axis, codings[axis["feature"]]) for axis in axes]
    values = np.asarray(term["values"], dtype=np.float64).reshape(-1, outputs)
    parts = [(part["feature"], np.asarray(part["grains"], dtype=np.float64)) for part in term["deviations"]]
    if len(axes) == 1:  # the table is laid out by code, so that the code is the cell
        values = values[lookups[0]]
        parts = [(feature, grains.reshape(-1, outputs)[lookups[0]]) for feature, grains in parts]
        lookups = [np.arange(len(lookups[0]), dtype=np.int32)]
    else:
        lookups[0] = (lookups[0] * axes[1]["size"]).astype(np.int32)
    return TablePlan(
        features=tuple(axis["feature"] for axis in axes),
        lookups=tuple(lookups),
        values=np.ascontiguousarray(values.T),
        parts=tuple(Part(feature, np.ascontiguousarray(grains.reshape(-1, outputs).T)) for feature, grains in parts),
    )


def _bins(axis: Mapping[str, Any], coding: Coding) -> Lookup:
    """Bin of every code of the feature on one axis."""
    if coding.nominal:
        return np.asarray([*axis["bins"], axis["size"] - 1, 0], dtype=np.int32)
    reached = np.searchsorted(np.asarray(axis["cuts"]), coding.cuts, side="right") + 1
    return np.asarray([0, 1, *reached], dtype=np.int32)


def _polynomial(term: Mapping[str, Any], outputs: int) -> PolynomialPlan:
    flat = np.asarray(term["coefficients"], dtype=np.float64).reshape(term["degree"], outputs)
    return PolynomialPlan(
        feature=term["feature"],
        degree=term["degree"],
        center=term["center"],
        lower=term["lower"],
        upper=term["upper"],
        slope=flat[0],
        curve=flat[1] if term["degree"] == 2 else np.zeros(outputs),
        missing=np.asarray(term["missing"], dtype=np.float64),
        base=np.asarray(term["base"], dtype=np.float64),
    )


def _largest_deviation(plan: Plan) -> float:
    """Bound, in grains, on the absolute deviation of any feature of any row."""
    total = float(np.abs(plan.shift).max(initial=0.0))
    for term in plan.terms:
        if isinstance(term, TablePlan):
            total += sum(float(np.abs(part.grains).max(initial=0.0)) for part in term.parts)
        else:
            total += 2.0 * term.largest() / plan.grain + 1.0
    return total
