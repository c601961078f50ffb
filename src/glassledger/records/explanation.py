"""How a model works, as numbers that a page can draw and a program can check."""

from typing import Literal

from glassledger.records.record import Record


class AxisBins(Record):
    """The bins of one axis of a shape, in drawing order.

    ``edges`` (continuous) has one more entry than there are ordinary bins; the outer ones are the declared bounds or,
    undeclared, lie one neighbouring bin's width outside the outermost cuts. ``labels`` names every bin, the missing
    and unseen ones included: ordinary bins first, then ``missing``, then ``not declared``.

    ``drawing`` is ``line`` for a term that is a slope or a curve: the ordinary "bins" are then points, ``edges`` has
    exactly one entry a point, and the value holds at that point.
    """

    feature: str
    kind: Literal["continuous", "nominal"]
    drawing: Literal["steps", "line"] = "steps"
    edges: tuple[float, ...] = ()
    labels: tuple[str, ...]


class Shape(Record):
    """The contribution of one term over its bins.

    ``values`` is flat in row-major order over the axes (and outputs last when there are several);
    ``density`` is the share of training rows per bin (or None where it is not released);
    ``half_width`` the half-width of an uncertainty band when the family knows one; ``points`` the scorecard points of
    each bin, to which ``GlobalExplanation.base_points`` is added once.
    """

    term: str
    features: tuple[str, ...]
    axes: tuple[AxisBins, ...]
    outputs: int = 1
    values: tuple[float, ...]
    density: tuple[float, ...] | None = None
    half_width: tuple[float, ...] | None = None
    importance: float
    points: tuple[float, ...] | None = None


class GlobalExplanation(Record):
    """Intercept and shapes of an additive model, or the rules of a tree, with importances."""

    format: Literal["glassledger/global-explanation/v1"] = "glassledger/global-explanation/v1"
    exact: bool
    method: str
    link: str
    unit: str
    intercept: tuple[float, ...]
    base_points: float | None = None
    shapes: tuple[Shape, ...] = ()
    rules: tuple[str, ...] = ()
    importances: dict[str, float]


class Reason(Record):
    """One reason code of one decision."""

    code: str
    feature: str
    text: str
    contribution: float


class LocalExplanation(Record):
    """Why one row got its score: contributions that add up exactly."""

    format: Literal["glassledger/local-explanation/v1"] = "glassledger/local-explanation/v1"
    score: float
    decision: str | None
    intercept: float
    contributions: dict[str, float]
    values: dict[str, str] = {}
    reasons: tuple[Reason, ...]
    baseline: str


class Persona(Record):
    """A fictitious person, scored by the real model."""

    name: str
    explanation: LocalExplanation


class Change(Record):
    """One suggested change: a declared level, or a number on a grid of ``step`` within the declared bounds."""

    feature: str
    direction: Literal["increase", "decrease", "switch"]
    to: str
    step: float | None = None
    size: float


class Counterfactual(Record):
    """The fewest actionable changes of one row that would have reached the favourable decision.

    ``exact`` says that no set of fewer, or of as many but smaller, changes on the declared grid reaches it (``found``)
    or that none does at all (``none``). What the person's values are now is not written down.
    """

    format: Literal["glassledger/counterfactual/v1"] = "glassledger/counterfactual/v1"
    status: Literal["found", "none", "not_needed", "not_found"]
    exact: bool
    threshold: float
    score: float
    decision: str
    changes: tuple[Change, ...] = ()
    score_after: float | None = None
    decision_after: str | None = None


class Replay(Record):
    """A past scoring run, computed again: whether input, output and the asked row are what the log says."""

    format: Literal["glassledger/replay/v1"] = "glassledger/replay/v1"
    event: int
    model_digest: str
    input_equal: bool
    output_equal: bool
    logged_output: str
    recomputed_output: str
    row: LocalExplanation
    row_equal: bool

    @property
    def equal(self) -> bool:
        """Whether everything is equal."""
        return self.input_equal and self.output_equal and self.row_equal
