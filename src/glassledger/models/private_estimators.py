"""The private additive learner as ordinary scikit-learn estimators.

An estimator keeps no budget: every ``fit`` spends (epsilon, delta) anew, also inside a grid search or on a clone. So
``fit`` is refused until ``reserve`` says who keeps count. Outside a workspace nothing is logged.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, check_is_fitted, column_or_1d, validate_data

from glassledger.errors import PrivacyError
from glassledger.models.private_additive import asked, train
from glassledger.models.training import Trained, TrainingTask
from glassledger.policy.families import DpAdditiveSettings
from glassledger.privacy.budget import PrivacyBudget
from glassledger.records.budget import Adjacency
from glassledger.records.features import FeatureSpec, Task

Floats = NDArray[np.float64]
Bounds = tuple[float, float] | Mapping[str, tuple[float, float]]
Direction = Literal["increasing", "decreasing"]
Reserve = Callable[[PrivacyBudget], object]


class _PrivateAdditive(BaseEstimator):  # type: ignore[misc]
    """What both estimators share: the declared domain of ``X`` and the call into the learner."""

    epsilon: float
    delta: float
    bounds: Bounds | None
    levels: Mapping[str, Sequence[str]] | None
    missing: bool
    adjacency: Adjacency
    max_bins: int
    cuts: Mapping[str, Sequence[float]] | None
    monotone: Mapping[str, Direction] | None
    interactions: int | Sequence[tuple[str, str]]
    excluded_pairs: Sequence[tuple[str, str]]
    reserve: Reserve | None
    model_: Any

    def _train(
        self,
        frame: pd.DataFrame,
        target: NDArray[Any],
        kind: Task,
        classes: tuple[str, ...],
        *,
        bounds: tuple[float, float] | None = None,
        **settings: Any,
    ) -> Trained:
        if self.reserve is None:
            raise PrivacyError(
                "Nobody keeps count of what this fit would spend.",
                code="reserve-missing",
                hint="Fit through a workspace, which logs it, or set reserve=PrivacyFilter(epsilon=…, delta=…), a cap "
                "in memory that all clones share; nothing is logged.",
            )
        budget = PrivacyBudget(self.epsilon, self.delta)  # type: ignore[arg-type]
        pairs = self.interactions
        task = TrainingTask(
            features=frame,
            specs=self._specs(frame),
            target=target,
            kind=kind,
            classes=classes,
            settings=DpAdditiveSettings(
                max_bins=self.max_bins,
                cuts={str(name): tuple(cuts) for name, cuts in (self.cuts or {}).items()},
                **settings,
            ),
            monotone=dict(self.monotone or {}),
            interactions=pairs if isinstance(pairs, int) else tuple((str(a), str(b)) for a, b in pairs),
            excluded_pairs=tuple((str(a), str(b)) for a, b in self.excluded_pairs),
            budget=budget,
            adjacency=self.adjacency,
            target_bounds=bounds,
        )
        asked(task)  # what is refused anyway must cost nothing
        self.reserve(budget)
        trained = train(task)
        self.model_, self.events_, self.native_ = trained.model, trained.events, trained.native
        return trained

    def _frame(self, X: Any, *, reset: bool) -> pd.DataFrame:
        if self.levels:
            if not isinstance(X, pd.DataFrame):
                raise TypeError("With declared levels X must be a DataFrame.")
            validate_data(self, X, reset=reset, skip_check_array=True)
            return X
        finite = "allow-nan" if self.missing else True
        try:
            values = validate_data(self, X, reset=reset, dtype=np.float64, ensure_all_finite=finite)
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

    def _specs(self, frame: pd.DataFrame) -> tuple[FeatureSpec, ...]:
        return tuple(self._spec(str(name)) for name in frame.columns)

    def _spec(self, name: str) -> FeatureSpec:
        levels = {str(key): value for key, value in (self.levels or {}).items()}
        if name in levels:
            return FeatureSpec(name=name, kind="nominal", levels=tuple(levels[name]), missing=self.missing)
        bounds = self.bounds.get(name) if isinstance(self.bounds, Mapping) else self.bounds
        if bounds is None:
            raise PrivacyError(
                f"A private fit needs declared bounds for: {name}.",
                code="bounds-missing",
                hint="Set bounds: bounds read off the data would be a release.",
                facts={"features": [name]},
            )
        lower, upper = bounds
        return FeatureSpec(name=name, kind="continuous", lower=lower, upper=upper, missing=self.missing)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = self.missing
        tags.non_deterministic = True  # noise cannot be seeded
        return tags


class PrivateAdditiveClassifier(ClassifierMixin, _PrivateAdditive):  # type: ignore[misc]
    """Differentially private additive classifier; every shape can be seen and edited.

    Parameters
    ----------
    epsilon, delta : float
        What one ``fit`` spends; both above 0.
    bounds : (lower, upper) or mapping of feature name to (lower, upper)
        Declared bounds of numbers. Without them ``fit`` is refused.
    classes : sequence of labels, or "public"
        Declared labels; with two the second is scored. ``"public"`` declares that which labels occur in ``y`` is
        public knowledge. Without either ``fit`` is refused.
    levels : mapping of feature name to sequence of str, optional
        Declared levels of nominal columns; with it, ``X`` is a DataFrame.
    missing : bool
        Whether values may be missing; *missing* is then a bin of its own.
    adjacency : {"add_or_remove_one", "replace_one"}
    max_bins : int, 2 to 256
    cuts : mapping of feature name to rising cuts, optional
        Declared bins; finding bins for these features costs nothing.
    monotone : mapping of feature name to {"increasing", "decreasing"}, optional
    interactions : int or sequence of pairs of feature names
    excluded_pairs : sequence of pairs of feature names
    accounting : {"published", "own-not-externally-reviewed"}
    reserve : PrivacyFilter or callable
        Who keeps count: called with the :class:`~glassledger.privacy.budget.PrivacyBudget` of each fit before noise is
        drawn; what it raises stops the fit. Without it ``fit`` is refused.

    Attributes
    ----------
    classes_ : ndarray
    model_ : AdditiveModel
    events_ : tuple of PrivacyEvent
    native_ : str
        Points of the privacy curve.
    n_features_in_, feature_names_in_
        As in every scikit-learn estimator.
    """

    def __init__(
        self,
        *,
        epsilon: float = 1.0,
        delta: float = 1e-6,
        bounds: Bounds | None = None,
        classes: Sequence[Any] | Literal["public"] | None = None,
        levels: Mapping[str, Sequence[str]] | None = None,
        missing: bool = False,
        adjacency: Adjacency = "add_or_remove_one",
        max_bins: int = 32,
        cuts: Mapping[str, Sequence[float]] | None = None,
        monotone: Mapping[str, Direction] | None = None,
        interactions: int | Sequence[tuple[str, str]] = 0,
        excluded_pairs: Sequence[tuple[str, str]] = (),
        accounting: Literal["published", "own-not-externally-reviewed"] = "published",
        reserve: Reserve | None = None,
    ) -> None:
        self.epsilon = epsilon
        self.delta = delta
        self.bounds = bounds
        self.classes = classes
        self.levels = levels
        self.missing = missing
        self.adjacency = adjacency
        self.max_bins = max_bins
        self.cuts = cuts
        self.monotone = monotone
        self.interactions = interactions
        self.excluded_pairs = excluded_pairs
        self.accounting = accounting
        self.reserve = reserve

    def fit(self, X: ArrayLike | pd.DataFrame, y: ArrayLike) -> Self:
        """Fit. Privacy spent: (epsilon, delta), at every call.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,)
            Labels, all of them declared.
        """
        frame = self._frame(X, reset=True)
        if y is None:
            raise ValueError(f"This {type(self).__name__} estimator requires y to be passed, but the target y is None.")
        check_classification_targets(y)
        labels: NDArray[Any] = column_or_1d(y, warn=True)
        check_consistent_length(frame, labels)
        self.classes_ = self._declared(labels)
        names = tuple(str(index) for index in range(len(self.classes_)))
        codes = pd.Index(self.classes_).get_indexer(pd.Index(labels))
        if (codes < 0).any():
            raise ValueError("y holds labels that are not declared in classes.")
        kind: Task = "binary" if len(names) == 2 else "multiclass"
        self._train(frame, np.array(names, dtype=object)[codes], kind, names, accounting=self.accounting)
        return self

    def decision_function(self, X: ArrayLike | pd.DataFrame) -> Floats:
        """Log-odds of the second class, shape (n_samples,), or a score per class, shape (n_samples, n_classes)."""
        check_is_fitted(self)
        values: Floats = self.model_.decision_values(self._frame(X, reset=False))
        return values[:, 0] if len(self.classes_) == 2 else values

    def predict_proba(self, X: ArrayLike | pd.DataFrame) -> Floats:
        """Class probabilities, shape (n_samples, n_classes)."""
        check_is_fitted(self)
        chances: Floats = self.model_.predict(self._frame(X, reset=False))
        return np.column_stack([1.0 - chances, chances]) if len(self.classes_) == 2 else chances

    def predict(self, X: ArrayLike | pd.DataFrame) -> NDArray[Any]:
        """The most probable class, shape (n_samples,)."""
        values = self.decision_function(X)
        best = (values > 0).astype(np.intp) if values.ndim == 1 else values.argmax(axis=1)
        chosen: NDArray[Any] = self.classes_[best]
        return chosen

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True  # at epsilon 1 a hundred rows teach nothing, and must not
        return tags

    def _declared(self, labels: NDArray[Any]) -> NDArray[Any]:
        if self.classes is None:
            raise PrivacyError(
                "A private fit needs declared classes.",
                code="classes-missing",
                hint='Set classes, or "public" when it is public which labels occur.',
            )
        declared = np.unique(labels) if isinstance(self.classes, str) else np.asarray(self.classes)
        if len(declared) < 2:
            raise ValueError("A classifier needs two classes; one class is declared.")
        return declared


class PrivateAdditiveRegressor(RegressorMixin, _PrivateAdditive):  # type: ignore[misc]
    """Differentially private additive regression.

    Parameters
    ----------
    target_bounds : (lower, upper)
        Declared bounds of ``y``; values outside count as the nearer bound. Without them ``fit`` is refused.
    link : {"identity", "log"}
        Whether shapes add up to the mean or to its logarithm.
    epsilon, delta, bounds, levels, missing, adjacency, max_bins, cuts, monotone, interactions, excluded_pairs, reserve
        As in :class:`PrivateAdditiveClassifier`.

    Attributes
    ----------
    model_, events_, native_, n_features_in_, feature_names_in_
        As in :class:`PrivateAdditiveClassifier`.
    """

    def __init__(
        self,
        *,
        epsilon: float = 1.0,
        delta: float = 1e-6,
        bounds: Bounds | None = None,
        target_bounds: tuple[float, float] | None = None,
        link: Literal["identity", "log"] = "identity",
        levels: Mapping[str, Sequence[str]] | None = None,
        missing: bool = False,
        adjacency: Adjacency = "add_or_remove_one",
        max_bins: int = 32,
        cuts: Mapping[str, Sequence[float]] | None = None,
        monotone: Mapping[str, Direction] | None = None,
        interactions: int | Sequence[tuple[str, str]] = 0,
        excluded_pairs: Sequence[tuple[str, str]] = (),
        reserve: Reserve | None = None,
    ) -> None:
        self.epsilon = epsilon
        self.delta = delta
        self.bounds = bounds
        self.target_bounds = target_bounds
        self.link = link
        self.levels = levels
        self.missing = missing
        self.adjacency = adjacency
        self.max_bins = max_bins
        self.cuts = cuts
        self.monotone = monotone
        self.interactions = interactions
        self.excluded_pairs = excluded_pairs
        self.reserve = reserve

    def fit(self, X: ArrayLike | pd.DataFrame, y: ArrayLike) -> Self:
        """Fit. Privacy spent: (epsilon, delta), at every call.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,)
        """
        if y is None:
            raise ValueError(f"This {type(self).__name__} estimator requires y to be passed, but the target y is None.")
        frame = self._frame(X, reset=True)
        target = np.asarray(column_or_1d(y, warn=True), dtype=np.float64)
        if not np.isfinite(target).all():
            raise ValueError("Input y contains NaN or infinity.")
        check_consistent_length(frame, target)
        self._train(frame, target, "regression", (), bounds=self.target_bounds, link=self.link)
        return self

    def predict(self, X: ArrayLike | pd.DataFrame) -> Floats:
        """The mean, shape (n_samples,)."""
        check_is_fitted(self)
        out: Floats = self.model_.predict(self._frame(X, reset=False))
        return out

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True
        return tags
