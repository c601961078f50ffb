"""The model families a policy may name, and the settings each one takes.

Only facts live here (the policy storey knows no learner); ``models.registry`` attaches the code, and a test holds the
two together. Settings are strict: a misspelt one is refused with the nearest name.
"""

from typing import Literal

from pydantic import Field

from glassledger.records.features import Task
from glassledger.records.record import Record


class EbmSettings(Record):
    """Explainable boosting machine (interpret). Defaults are interpret's own, except one job for repeatability."""

    max_bins: int = Field(1024, ge=3, le=65_535)
    """Bins per feature in single terms."""
    max_interaction_bins: int = Field(64, ge=3, le=1024)
    """Bins per feature in pair terms."""
    outer_bags: int = Field(14, ge=1, le=100)
    """Models that are fitted on resamples and averaged; time grows with it."""
    inner_bags: int = Field(0, ge=0, le=100)
    """Resamples within each of them."""
    learning_rate: float = Field(0.015, gt=0, le=1)
    """Step of each boosting round."""
    max_rounds: int = Field(50_000, ge=1)
    """Most boosting rounds."""
    early_stopping_rounds: int = Field(100, ge=0)
    """Rounds without gain before boosting stops; 0 never stops."""
    min_samples_leaf: int = Field(4, ge=1)
    """Fewest rows in a leaf."""
    max_leaves: int = Field(2, ge=2, le=64)
    """Leaves per step."""
    smoothing_rounds: int = Field(75, ge=0)
    """First rounds that smooth the shapes."""
    validation_size: float = Field(0.15, gt=0, lt=1)
    """Share of the training rows that decides when to stop."""


class LogisticSettings(Record):
    """L2-penalised logistic regression (scikit-learn); features scaled to their declared bounds."""

    c: float = Field(1.0, gt=0)
    """Inverse strength of the penalty."""
    max_iter: int = Field(1000, ge=1)
    """Most solver iterations."""


class LinearSettings(Record):
    """Ridge regression (scikit-learn); ``alpha`` 0 is ordinary least squares."""

    alpha: float = Field(1e-6, ge=0)
    """Strength of the penalty."""


class TreeSettings(Record):
    """A single decision tree (scikit-learn)."""

    max_depth: int = Field(4, ge=1, le=12)
    """Most questions from the root to a leaf."""
    min_samples_leaf: int = Field(50, ge=1)
    """Fewest training rows in a leaf."""


class ScorecardSettings(Record):
    """Points scorecard: monotone bins, weight of evidence, logistic weights, base score / odds / PDO."""

    max_bins: int = Field(6, ge=2, le=20)
    """Most bins per feature."""
    min_bin_share: float = Field(0.05, gt=0, le=0.5)
    """Smallest share of rows in a bin."""
    base_score: float = 600.0
    """Points at the base odds."""
    base_odds: float = Field(50.0, gt=0)
    """Odds (positive : negative) at the base score."""
    pdo: float = Field(20.0, gt=0)
    """Points that double the odds."""
    c: float = Field(1.0, gt=0)
    """Inverse strength of the penalty."""
    round_points: bool = False
    """Whether points are rounded to whole numbers."""


class DpEbmSettings(Record):
    """DP-EBM (interpret.privacy), Gaussian-DP composition only."""

    max_bins: int = Field(32, ge=4, le=256)
    """Bins per feature; more bins, more noise in each."""
    learning_rate: float = Field(0.01, gt=0, le=1)
    """Step of each boosting round."""
    max_rounds: int = Field(300, ge=1, le=10_000)
    """Boosting rounds; every one shares the budget."""
    max_leaves: int = Field(3, ge=2, le=32)
    """Leaves per step."""
    bin_budget_frac: float = Field(0.1, gt=0, lt=1)
    """Share of the budget that goes into binning."""


class DpLogisticSettings(Record):
    """Private logistic regression by objective perturbation (diffprivlib; pure epsilon)."""

    c: float = Field(1.0, gt=0)
    """Inverse strength of the penalty."""
    max_iter: int = Field(1000, ge=1)
    """Most solver iterations."""


class DpNaiveBayesSettings(Record):
    """Private Gaussian naive Bayes (diffprivlib; pure epsilon)."""


class DpForestSettings(Record):
    """Private random forest (diffprivlib; pure epsilon)."""

    n_estimators: int = Field(10, ge=1, le=200)
    """Trees; they share the budget."""
    max_depth: int = Field(5, ge=1, le=10)
    """Depth of each tree."""


class DpAdditiveSettings(Record):
    """Private additive model (our own): objective perturbation over privately chosen bins. Nothing needs tuning."""

    max_bins: int = Field(32, ge=2, le=256)
    """About how many bins a continuous feature gets; the noise decides how many it can tell apart."""
    accounting: Literal["published", "own-not-externally-reviewed"] = "published"
    """Bound on the cost of objective perturbation: the published one, or our own tighter one."""
    link: Literal["identity", "log"] = "identity"
    """Scale of a regression's score."""
    cuts: dict[str, tuple[float, ...]] = {}
    """Declared bins of continuous features, as rising cuts: finding bins for them costs nothing."""


class FamilyDeclaration(Record):
    """What the policy storey must know about a family.

    Attributes
    ----------
    form : {"additive", "rules", "opaque"}
        The compiled form.
    private : bool
        Whether fitting spends privacy budget.
    pure : bool
        Whether the guarantee has delta = 0.
    """

    name: str
    title: str
    form: Literal["additive", "rules", "opaque"]
    private: bool
    tasks: tuple[Task, ...]
    pure: bool = False
    monotone: bool = False
    interactions: bool = False


SETTINGS: dict[str, type[Record]] = {
    "ebm": EbmSettings,
    "logistic": LogisticSettings,
    "linear": LinearSettings,
    "tree": TreeSettings,
    "scorecard": ScorecardSettings,
    "dp-ebm": DpEbmSettings,
    "dp-logistic": DpLogisticSettings,
    "dp-naive-bayes": DpNaiveBayesSettings,
    "dp-forest": DpForestSettings,
    "dp-additive": DpAdditiveSettings,
}

_BINARY: tuple[Task, ...] = ("binary",)
_CLASSES: tuple[Task, ...] = ("binary", "multiclass")
_ALL: tuple[Task, ...] = ("binary", "multiclass", "regression")

FAMILIES: dict[str, FamilyDeclaration] = {
    family.name: family
    for family in (
        FamilyDeclaration(
            name="ebm",
            title="Explainable boosting machine",
            form="additive",
            private=False,
            tasks=_ALL,
            monotone=True,
            interactions=True,
        ),
        FamilyDeclaration(
            name="logistic",
            title="Logistic regression",
            form="additive",
            private=False,
            tasks=_CLASSES,
        ),
        FamilyDeclaration(
            name="linear",
            title="Linear regression",
            form="additive",
            private=False,
            tasks=("regression",),
        ),
        FamilyDeclaration(
            name="tree",
            title="Decision tree",
            form="rules",
            private=False,
            tasks=_ALL,
            monotone=True,
        ),
        FamilyDeclaration(
            name="scorecard",
            title="Points scorecard",
            form="additive",
            private=False,
            tasks=_BINARY,
            monotone=True,
        ),
        FamilyDeclaration(
            name="dp-ebm",
            title="Differentially private EBM",
            form="additive",
            private=True,
            tasks=_BINARY,
        ),
        FamilyDeclaration(
            name="dp-logistic",
            title="Differentially private logistic regression",
            form="additive",
            private=True,
            tasks=_CLASSES,
            pure=True,
        ),
        FamilyDeclaration(
            name="dp-naive-bayes",
            title="Differentially private naive Bayes",
            form="additive",
            private=True,
            tasks=_CLASSES,
            pure=True,
        ),
        FamilyDeclaration(
            name="dp-forest",
            title="Differentially private forest",
            form="rules",
            private=True,
            tasks=_CLASSES,
            pure=True,
        ),
        FamilyDeclaration(
            name="dp-additive",
            title="Differentially private additive model",
            form="additive",
            private=True,
            tasks=_ALL,
            monotone=True,
            interactions=True,
        ),
    )
}

#: Names that people will try, with the reason they are refused.
REFUSED: dict[str, str] = {
    "dp-ebm-regressor": (
        "interpret's DPExplainableBoostingRegressor adds noise for a sensitivity that its residuals can exceed many "
        "times over, so its epsilon is not the one it states. Use the private family dp-additive."
    ),
    "dp-linear": (
        "diffprivlib's LinearRegression adds no noise to squared features whose bounds start at zero, so it is not "
        "private. Use the private family dp-additive."
    ),
}
