"""A table that has been checked and redacted. The type is the certificate: only :func:`screen` makes it."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from glassledger.records.features import FeatureSpec
from glassledger.records.screening import ScreeningRecord
from glassledger.redaction.guard.index import LeakIndex


@dataclass(frozen=True, eq=False, repr=False)
class ScreenedFrame:
    """Checked and redacted rows.

    Attributes
    ----------
    features : DataFrame
        One column per :class:`FeatureSpec`, in that order: float64 (NaN missing) or strings (None missing).
    specs : tuple of FeatureSpec
    target : ndarray or None
        Class labels as strings, or float64; None when the table was screened for scoring without a target.
    protected : DataFrame
        Protected columns as strings (numbers in declared bands), used for group figures only.
    units : ndarray of str
        Pseudonym of each row's privacy unit (or the row position when no unit is declared).
    kept : DataFrame
        Other columns that the policy keeps; pseudonyms and masked values, never direct identifiers.
    rows : ndarray of int
        Position of each row in the table that came in.
    record : ScreeningRecord
    leak_index : LeakIndex or None
        Keyed set of the identifying values, for the leak guard; made when screening to fit.
    """

    features: pd.DataFrame
    specs: tuple[FeatureSpec, ...]
    target: NDArray[np.object_] | NDArray[np.float64] | None
    protected: pd.DataFrame
    units: NDArray[np.object_]
    kept: pd.DataFrame
    rows: NDArray[np.intp]
    record: ScreeningRecord
    leak_index: LeakIndex | None = None

    def __len__(self) -> int:
        return len(self.features)

    def __repr__(self) -> str:
        return f"<ScreenedFrame: {len(self)} rows, {len(self.specs)} features, policy {self.record.policy_digest[:19]}>"

    def take(self, mask: NDArray[np.bool_]) -> Self:
        """The rows where ``mask`` is true; the record stays that of the whole table."""
        return replace(
            self,
            features=self.features.loc[mask].reset_index(drop=True),
            target=None if self.target is None else self.target[mask],
            protected=self.protected.loc[mask].reset_index(drop=True),
            units=self.units[mask],
            kept=self.kept.loc[mask].reset_index(drop=True),
            rows=self.rows[mask],
        )
