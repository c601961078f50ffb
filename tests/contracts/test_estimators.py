"""scikit-learn's own checks on our estimators: every one of them, no expected failure.

The check of array-API inputs runs only where SCIPY_ARRAY_API=1 was set before SciPy was loaded, and skips elsewhere.
"""

from typing import Any

from sklearn.utils.estimator_checks import parametrize_with_checks

from glassledger.models.scorecard_classifier import ScorecardClassifier


@parametrize_with_checks([ScorecardClassifier(), ScorecardClassifier(max_bins=3, round_points=True)])
def test_scikit_learns_contract(estimator: Any, check: Any) -> None:
    check(estimator)
