"""What a model is told about each feature: the declared domain, never anything read off the data."""

from typing import Literal, Self

from pydantic import model_validator

from glassledger.records.record import Record

Task = Literal["binary", "multiclass", "regression"]


class FeatureSpec(Record):
    """The declared domain of one model feature, after redaction.

    Attributes
    ----------
    name : str
        Column name; the model owns names and order.
    kind : {"continuous", "nominal"}
        A continuous feature arrives as float64 with NaN for missing; a nominal one as strings with None for missing.
    lower, upper : float, optional
        Declared bounds of a continuous feature; both or neither. Private families need them.
    levels : tuple of str
        Declared levels of a nominal feature, in declared order, the ``other`` level included.
    other : str, optional
        The level that takes every undeclared value; one of ``levels``.
    ordered : bool
        Whether the order of ``levels`` carries meaning.
    missing : bool
        Whether missing values are allowed.
    integer : bool
        Whether a continuous feature takes whole numbers only.
    """

    name: str
    kind: Literal["continuous", "nominal"]
    lower: float | None = None
    upper: float | None = None
    levels: tuple[str, ...] = ()
    other: str | None = None
    ordered: bool = False
    missing: bool = False
    integer: bool = False

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.kind == "nominal" and not self.levels:
            raise ValueError("a nominal feature needs levels")
        if len(set(self.levels)) != len(self.levels):
            raise ValueError("levels must be distinct")
        if self.other is not None and self.other not in self.levels:
            raise ValueError("other must be one of the levels")
        if (self.lower is None) != (self.upper is None):
            raise ValueError("bounds come in pairs")
        if self.lower is not None and self.upper is not None and not self.lower < self.upper:
            raise ValueError("lower must be below upper")
        return self
