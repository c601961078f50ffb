"""scikit-learn's own checks on our estimators: every one of them, none excused."""

from typing import Any

from sklearn.utils.estimator_checks import parametrize_with_checks

from glassledger.models.scorecard_classifier import ScorecardClassifier


@parametrize_with_checks([ScorecardClassifier(), ScorecardClassifier(max_bins=3, round_points=True)])
def test_scikit_learns_contract(estimator: Any, check: Any) -> None:
    check(estimator)
