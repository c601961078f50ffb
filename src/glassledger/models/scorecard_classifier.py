"""The scorecard as an ordinary scikit-learn estimator."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from pydantic import ValidationError
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_consistent_length, check_is_fitted, column_or_1d, validate_data

from glassledger.errors import ModelError
from glassledger.models.scorecard import fit_scorecard, points
from glassledger.models.training import TrainingTask
from glassledger.policy.families import ScorecardSettings
from glassledger.records.features import FeatureSpec

Floats = NDArray[np.float64]


class ScorecardClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Monotone weight-of-evidence scorecard for two classes.

    Parameters
    ----------
    max_bins : int, 2 to 20
        Most bins a feature, beside missing and undeclared.
    min_bin_share : float in (0, 0.5]
        Least share of rows in a bin.
    base_score, base_odds, pdo : float
        A log-odds of ``ln(base_odds)`` is worth ``base_score`` points; the odds double every ``pdo`` points.
    c : float
        Inverse strength of the L2 penalty on the weights.
    round_points : bool
        Whether points are whole numbers; the score is then made of the rounded points.
    monotone : mapping of feature name to {"increasing", "decreasing"}, optional
        Declared directions; the others are chosen by information value.
    levels : mapping of feature name to sequence of str, optional
        Declared levels of nominal columns; with it, ``X`` is a DataFrame. Everything else is a number.

    Attributes
    ----------
    classes_ : ndarray of shape (2,)
        The second class is scored.
    model_ : AdditiveModel
        The compiled scorecard.
    dropped_ : tuple of str
        Features that were left out: they add nothing, or contradict their own evidence.
    n_features_in_, feature_names_in_
        As in every scikit-learn estimator.
    """

    def __init__(
        self,
        *,
        max_bins: int = 6,
        min_bin_share: float = 0.05,
        base_score: float = 600.0,
        base_odds: float = 50.0,
        pdo: float = 20.0,
        c: float = 1.0,
        round_points: bool = False,
        monotone: Mapping[str, Literal["increasing", "decreasing"]] | None = None,
        levels: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.max_bins = max_bins
        self.min_bin_share = min_bin_share
        self.base_score = base_score
        self.base_odds = base_odds
        self.pdo = pdo
        self.c = c
        self.round_points = round_points
        self.monotone = monotone
        self.levels = levels

    def fit(self, X: ArrayLike | pd.DataFrame, y: ArrayLike) -> Self:
        """Bin the features and weigh them.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Numbers, NaN for missing; nominal columns (see ``levels``) hold strings, None for missing.
        y : array-like of shape (n_samples,)
            Two classes.
        """
        settings = self._settings()
        frame = self._frame(X, reset=True)
        labels = self._labels(frame, y)
        classes = tuple(str(label) for label in self.classes_)
        self.model_, self.dropped_ = fit_scorecard(
            TrainingTask(
                features=frame,
                specs=self._specs(frame),
                target=np.array(classes, dtype=object)[np.searchsorted(self.classes_, labels)],
                kind="binary",
                classes=classes,
                settings=settings,
                monotone=dict(self.monotone or {}),
            )
        )
        return self

    def decision_function(self, X: ArrayLike | pd.DataFrame) -> Floats:
        """Log-odds of the second class, shape (n_samples,)."""
        check_is_fitted(self)
        values: Floats = self.model_.decision_values(self._frame(X, reset=False))[:, 0]
        return values

    def predict_proba(self, X: ArrayLike | pd.DataFrame) -> Floats:
        """Probabilities of both classes, shape (n_samples, 2)."""
        check_is_fitted(self)
        positive = self.model_.predict(self._frame(X, reset=False))
        return np.column_stack([1.0 - positive, positive])

    def predict(self, X: ArrayLike | pd.DataFrame) -> NDArray[Any]:
        """The more probable class, shape (n_samples,)."""
        positive = self.decision_function(X) > 0
        chosen: NDArray[Any] = self.classes_[positive.astype(np.intp)]
        return chosen

    def predict_points(self, X: ArrayLike | pd.DataFrame) -> Floats:
        """Points, shape (n_samples,)."""
        values = self.decision_function(X)
        scale = self.model_.points
        assert scale is not None
        return np.asarray(scale.offset + scale.factor * values)

    def points_table(self) -> pd.DataFrame:
        """The rating table, see :func:`glassledger.models.scorecard.points`."""
        check_is_fitted(self)
        return points(self.model_)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        return tags

    def _settings(self) -> ScorecardSettings:
        try:
            return ScorecardSettings(
                max_bins=self.max_bins,
                min_bin_share=self.min_bin_share,
                base_score=self.base_score,
                base_odds=self.base_odds,
                pdo=self.pdo,
                c=self.c,
                round_points=self.round_points,
            )
        except ValidationError as error:
            names = sorted({str(part["loc"][0]) for part in error.errors(include_input=False)})
        raise ModelError(
            f"These settings are out of range: {', '.join(names)}.",
            code="setting-invalid",
            hint="See the docstring of ScorecardClassifier.",
            facts={"settings": names},
        )

    def _frame(self, X: Any, *, reset: bool) -> pd.DataFrame:
        if not self.levels:
            try:
                values = validate_data(self, X, reset=reset, dtype=np.float64, ensure_all_finite="allow-nan")
            except ValueError as error:
                if "could not convert" not in str(error):
                    raise
                values = None
            if values is None:  # scikit-learn's message quotes the cell
                raise ValueError("X holds text that is not a number; name nominal columns in levels.")
            names = getattr(self, "feature_names_in_", None)
            if names is None:
                names = [f"x{index}" for index in range(values.shape[1])]
            return pd.DataFrame(values, columns=[str(name) for name in names])
        if not isinstance(X, pd.DataFrame):
            raise TypeError("With declared levels X must be a DataFrame.")
        validate_data(self, X, reset=reset, skip_check_array=True)
        return X

    def _labels(self, frame: pd.DataFrame, y: Any) -> NDArray[Any]:
        if y is None:
            raise ValueError("This ScorecardClassifier estimator requires y to be passed, but the target y is None.")
        check_classification_targets(y)
        labels: NDArray[Any] = column_or_1d(y, warn=True)
        check_consistent_length(frame, labels)
        kind = type_of_target(labels, input_name="y", raise_unknown=True)
        self.classes_ = np.unique(labels)
        if len(self.classes_) > 2:
            raise ValueError(f"Only binary classification is supported. The type of the target is {kind}.")
        if len(self.classes_) < 2:
            raise ValueError("A scorecard needs two classes; the data has one class.")
        return labels

    def _specs(self, frame: pd.DataFrame) -> tuple[FeatureSpec, ...]:
        declared = {str(name): tuple(levels) for name, levels in (self.levels or {}).items()}
        return tuple(
            FeatureSpec(name=str(name), kind="nominal", levels=declared[str(name)], missing=True)
            if str(name) in declared
            else FeatureSpec(name=str(name), kind="continuous", missing=True)
            for name in frame.columns
        )
