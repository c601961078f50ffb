"""The one form of every additive glass-box model.

``link(prediction) = intercept + Σ terms``. A term is a lookup table over one or two binned features, or a polynomial
(a slope, or the quadratic of a Gaussian naive Bayes) in one bounded feature. Scores, contributions, reasons, shapes,
SQL, diffs and the saved file are all read off this form.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import ConfigDict, Field, model_validator

from glassledger.errors import ModelError
from glassledger.models.features import continuous, level_codes
from glassledger.models.links import Link, inverse
from glassledger.models.tasks import check_classes
from glassledger.records.features import FeatureSpec, Task
from glassledger.records.record import Record

Floats = NDArray[np.float64]


class Axis(Record):
    """How one feature of a table term is binned.

    Bin 0 is *missing*. A continuous axis with cuts ``c_1 < … < c_m`` has bins ``1 … m + 1``; a value equal to a cut
    belongs to the bin on its right. A nominal axis maps level ``i`` of the feature to bin ``bins[i]`` (levels may
    share a bin) and has one more bin at the end for values that were never declared.
    """

    model_config = ConfigDict(allow_inf_nan=False)

    feature: str
    cuts: tuple[float, ...] = ()
    bins: tuple[int, ...] = ()

    @property
    def size(self) -> int:
        """Number of bins, the missing one and (nominal) the undeclared one included."""
        return max(self.bins) + 2 if self.bins else len(self.cuts) + 2

    @model_validator(mode="after")
    def _sorted(self) -> Self:
        if any(a >= b for a, b in zip(self.cuts, self.cuts[1:], strict=False)):
            raise ValueError("cuts must rise strictly")
        if self.cuts and self.bins:
            raise ValueError("an axis has cuts or level bins, not both")
        used = set(self.bins)
        if self.bins and (min(used) != 1 or max(used) != len(used)):
            raise ValueError("level bins must be 1..k without a gap")
        return self


class TableTerm(Record):
    """A lookup table over one or two axes.

    ``values`` is flat, row-major over the axes, then over the outputs. ``weights`` is the share of training rows per
    cell where it may be released (noisy for private families), else None. ``half_width`` is a band around each value
    that the family derives from its known noise law.
    """

    model_config = ConfigDict(allow_inf_nan=False)

    kind: Literal["table"] = "table"
    axes: tuple[Axis, ...] = Field(min_length=1, max_length=2)
    values: tuple[float, ...]
    weights: tuple[float, ...] | None = None
    half_width: tuple[float, ...] | None = None

    @property
    def features(self) -> tuple[str, ...]:
        return tuple(axis.feature for axis in self.axes)

    @property
    def name(self) -> str:
        return " × ".join(self.features)


class PolynomialTerm(Record):
    """``Σ_d coefficients[d] · (clip(x, lower, upper) − center)^(d+1)`` per output; ``missing`` when x is missing.

    ``coefficients`` is flat: degree-major, then outputs. ``mean`` and ``mean_square`` are the centred moments used by
    the mean baseline (public midpoints for private families).
    """

    model_config = ConfigDict(allow_inf_nan=False)

    kind: Literal["polynomial"] = "polynomial"
    feature: str
    center: float = 0.0
    lower: float | None = None
    upper: float | None = None
    degree: Literal[1, 2] = 1
    coefficients: tuple[float, ...]
    missing: tuple[float, ...]
    moments: tuple[float, ...] = (0.0, 0.0)

    @property
    def features(self) -> tuple[str, ...]:
        return (self.feature,)

    @property
    def name(self) -> str:
        return self.feature


Term = Annotated[TableTerm | PolynomialTerm, Field(discriminator="kind")]


class PointsScale(Record):
    """Scorecard scale: ``points = offset + factor · log-odds``, from base score, base odds and PDO."""

    model_config = ConfigDict(allow_inf_nan=False)

    base_score: float
    base_odds: float
    pdo: float

    @property
    def factor(self) -> float:
        return float(self.pdo / np.log(2.0))

    @property
    def offset(self) -> float:
        return float(self.base_score - self.factor * np.log(self.base_odds))


class AdditiveModel(Record):
    """A frozen additive model; see the module docstring.

    Attributes
    ----------
    task, link : str
        ``binary`` with ``logit``, ``multiclass`` with ``softmax``, ``regression`` with ``identity`` or ``log``.
    classes : tuple of str
        Class labels in output order; for ``binary`` two labels, the second one is scored.
    features : tuple of FeatureSpec
        Names, order and declared domains; a table with other columns or another order is matched by name.
    intercept : tuple of float, one per output, on the link scale.
    """

    model_config = ConfigDict(allow_inf_nan=False)

    format: Literal["glassledger/additive-model/v1"] = "glassledger/additive-model/v1"
    family: str
    task: Task
    link: Link
    classes: tuple[str, ...] = ()
    features: tuple[FeatureSpec, ...]
    intercept: tuple[float, ...]
    terms: tuple[Term, ...]
    points: PointsScale | None = None

    @model_validator(mode="after")
    def _shapes(self) -> Self:
        declared = {feature.name: feature for feature in self.features}
        if len(declared) != len(self.features):
            raise ValueError("features must be distinct")
        if len(set(self.term_names)) != len(self.terms):
            raise ValueError("terms must be distinct")
        check_classes(self.task, self.classes)
        _check_link(self.task, self.link, self.outputs, self.classes)
        for term in self.terms:
            if not set(term.features) <= set(declared):
                raise ValueError("a term uses an unknown feature")
            if isinstance(term, TableTerm):
                _check_table(term, declared, self.outputs)
            else:
                _check_polynomial(term, declared, self.outputs)
        return self

    @property
    def outputs(self) -> int:
        """Length of the score vector on the link scale: 1, or the number of classes."""
        return len(self.intercept)

    @property
    def term_names(self) -> tuple[str, ...]:
        return tuple(term.name for term in self.terms)

    @cached_property
    def _specs(self) -> dict[str, FeatureSpec]:
        return {feature.name: feature for feature in self.features}

    @cached_property
    def _tables(self) -> tuple[Floats | None, ...]:
        """Tables as (cells, outputs) arrays, in term order; None for polynomial terms."""
        return tuple(
            np.asarray(term.values, dtype=np.float64).reshape(-1, self.outputs) if isinstance(term, TableTerm) else None
            for term in self.terms
        )

    def contributions(self, frame: pd.DataFrame) -> Floats:
        """Contribution of every term to every output.

        Parameters
        ----------
        frame : DataFrame with at least the model's features, matched by name.

        Returns
        -------
        ndarray, shape (n_rows, n_terms, n_outputs), on the link scale

        Raises
        ------
        ModelError
            When a feature is absent or has the wrong kind of values.
        """
        columns = self._columns(frame)
        out = np.empty((len(frame), len(self.terms), self.outputs))
        for index, term in enumerate(self.terms):
            out[:, index, :] = self._evaluate(index, term, columns)
        return out

    def decision_values(self, frame: pd.DataFrame) -> Floats:
        """Intercept plus contributions, summed in term order; shape (n_rows, n_outputs), on the link scale."""
        columns = self._columns(frame)
        out = np.tile(np.asarray(self.intercept, dtype=np.float64), (len(frame), 1))
        for index, term in enumerate(self.terms):
            out += self._evaluate(index, term, columns)
        return out

    def predict(self, frame: pd.DataFrame) -> Floats:
        """Probability of the scored class (binary), class probabilities (multiclass) or the mean (regression).

        Returns
        -------
        ndarray, shape (n_rows,) or (n_rows, n_classes)
        """
        values = inverse(self.link, self.decision_values(frame))
        return values if self.task == "multiclass" else values[:, 0]

    def cells(self, index: int, frame: pd.DataFrame) -> NDArray[np.intp]:
        """Flat table cell of every row for table term ``index``."""
        term = self.terms[index]
        if not isinstance(term, TableTerm):
            raise ModelError(f"Term {term.name} is not a table.", code="term-not-a-table")
        return _cells(term, self._specs, self._columns(frame))

    def _columns(self, frame: pd.DataFrame) -> dict[str, NDArray[Any]]:
        return encode(frame, {name: self._specs[name] for term in self.terms for name in term.features})

    def _evaluate(self, index: int, term: "TableTerm | PolynomialTerm", columns: Mapping[str, NDArray[Any]]) -> Floats:
        if isinstance(term, TableTerm):
            table = self._tables[index]
            assert table is not None
            return table[_cells(term, self._specs, columns)]
        return polynomial(term, columns[term.feature], self.outputs)


def encode(frame: pd.DataFrame, specs: Mapping[str, FeatureSpec]) -> dict[str, NDArray[Any]]:
    """Continuous features as float64 with NaN for missing, nominal ones as level codes (−1 missing, L undeclared)."""
    absent = [name for name in specs if name not in frame.columns]
    if absent:
        raise ModelError(
            f"The table lacks {len(absent)} of the model's features: {', '.join(sorted(absent))}.",
            code="feature-missing",
            hint="Columns are matched by name; rename or add them.",
            facts={"columns": sorted(absent)},
        )
    return {
        name: continuous(frame[name], name) if spec.kind == "continuous" else level_codes(frame[name], spec)
        for name, spec in specs.items()
    }


def _cells(term: TableTerm, specs: Mapping[str, FeatureSpec], columns: Mapping[str, NDArray[Any]]) -> NDArray[np.intp]:
    flat: NDArray[np.intp] | None = None
    for axis in term.axes:
        bins = bin_indices(axis, specs[axis.feature], columns[axis.feature])
        flat = bins if flat is None else flat * axis.size + bins
    assert flat is not None
    return flat


def bin_indices(axis: Axis, spec: FeatureSpec, column: NDArray[Any]) -> NDArray[np.intp]:
    """Bin of every encoded value on one axis."""
    if spec.kind == "nominal":
        lookup = np.asarray((*axis.bins, axis.size - 1, 0), dtype=np.intp)  # levels, undeclared, missing (code −1)
        return np.asarray(lookup[column])
    bins = np.searchsorted(np.asarray(axis.cuts), column, side="right").astype(np.intp) + 1
    bins[np.isnan(column)] = 0
    return bins


def polynomial(term: PolynomialTerm, column: Floats, outputs: int) -> Floats:
    """Contributions of a polynomial term, shape (n_rows, n_outputs)."""
    value = np.clip(column, term.lower, term.upper) if term.lower is not None else column
    centred = value - term.center
    powers = np.stack([centred ** (degree + 1) for degree in range(term.degree)], axis=1)
    out: Floats = powers @ np.asarray(term.coefficients, dtype=np.float64).reshape(term.degree, outputs)
    out[np.isnan(column)] = term.missing
    return out


def _check_link(task: Task, link: Link, outputs: int, classes: tuple[str, ...]) -> None:
    links = {"binary": ("logit",), "multiclass": ("softmax",), "regression": ("identity", "log")}
    if link not in links[task] or outputs != (len(classes) if task == "multiclass" else 1):
        raise ValueError("the link or the number of outputs does not fit the task")


def _check_polynomial(term: PolynomialTerm, specs: Mapping[str, FeatureSpec], outputs: int) -> None:
    if specs[term.feature].kind != "continuous":
        raise ValueError("a polynomial term needs a continuous feature")
    if len(term.coefficients) != term.degree * outputs or len(term.missing) != outputs:
        raise ValueError("a polynomial term has the wrong number of coefficients")
    if (term.lower is None) != (term.upper is None) or len(term.moments) != 2:
        raise ValueError("a polynomial term has half its bounds or moments")


def _check_table(term: TableTerm, specs: Mapping[str, FeatureSpec], outputs: int) -> None:
    cells = 1
    if len(set(term.features)) != len(term.axes):
        raise ValueError("the axes of a table must be distinct features")
    for axis in term.axes:
        spec = specs[axis.feature]
        if (spec.kind == "nominal") != bool(axis.bins) or (axis.bins and len(axis.bins) != len(spec.levels)):
            raise ValueError("an axis does not fit its feature")
        cells *= axis.size
    if len(term.values) != cells * outputs:
        raise ValueError("a table has the wrong number of values")
    for extra, width in ((term.weights, cells), (term.half_width, cells * outputs)):
        if extra is not None and len(extra) != width:
            raise ValueError("a table has the wrong number of weights")
