"""Differentially private explainable boosting (interpret), used so that its privacy defects cannot bite.

Source: Nori, Caruana, Bu, Shen, Kulkarni, *Accuracy, interpretability and differential privacy via explainable
boosting*, ICML 2021. What is different here, with the reasons, is in docs/explanation/privacy-guarantee.md:

* **Padding rows.** Rows of our own stand before the real ones. They take part in no boosting query (bag 0), lie outside
  the declared bounds of every continuous feature (the vendor's histograms skip them) and hold every declared level and
  both classes. Their number makes the table as long as a noisy row count, so the vendor's merge threshold, its
  categories and its classes depend on nothing but declared and noisy quantities.
* **Codes.** Levels travel as declared codes, never as strings of the data; *missing* is one more level, and one more
  histogram cell before the lowest value of a continuous feature.
* **One account.** Row count, histograms and boosting queries are Gaussian, so they compose exactly; the vendor's
  epsilon is only a knob that is turned until its noise scales give the claimed total, and the scales that it reports
  after the fit are checked against the claim.
"""

import warnings
from typing import Any

import numpy as np
import pandas as pd
from interpret.privacy import DPExplainableBoostingClassifier

from glassledger.errors import PrivacyError
from glassledger.models.dp_ebm_account import Plan, events_of, least_padding, planned, spent, total_mu
from glassledger.models.dp_ebm_form import cell_grid, compile_dp_ebm
from glassledger.models.private_task import UNPROTECTED, PrivateTask, checked, level_count
from glassledger.models.training import Trained, TrainingTask
from glassledger.models.vendor import door, library
from glassledger.policy.families import DpEbmSettings
from glassledger.privacy.noise import discrete_gaussian


def train(task: TrainingTask) -> Trained:
    """Fit and compile a private explainable boosting machine for two classes.

    Privacy spent: the whole budget, (epsilon, delta) under the task's adjacency, as soon as this function is called.

    Raises
    ------
    PrivacyError
        When the budget cannot be kept: no delta, no bounds, or noise below the claim.
    ModelError
        When interpret cannot fit the table, or the noise left no finite model.
    """
    private = checked(task, "dp-ebm")
    settings = task.settings
    assert isinstance(settings, DpEbmSettings)
    plan = planned(private, settings)
    fitted = fit_padded(private, settings, plan)
    events = events_of(
        private,
        settings,
        plan,
        binning_scale=float(fitted.noise_scale_binning_),
        boosting_scale=float(fitted.noise_scale_boosting_),
    )
    if not spent(events, private.delta) <= private.epsilon:
        raise PrivacyError(
            "interpret drew less noise than the claim needs; the model is withheld.",
            code="noise-below-claim",
            hint="This is a defect of glassledger or of a new interpret; please report it.",
        )
    return Trained(
        compile_dp_ebm(fitted, private, plan.padding),
        library("interpret-core"),
        events=events,
        native=f"mu = {total_mu(events):.6f} Gaussian DP",
        accountant="exact Gaussian DP curve (Balle-Wang 2018; Dong-Roth-Su 2022)",
        noise_source=(
            "number of rows: operating system CSPRNG, exact discrete Gaussian; histograms and boosting queries: "
            "interpret's nondeterministic generator (std::random_device) and its secure Gaussian sampler"
        ),
        unprotected=UNPROTECTED,
        notes=(
            "The number of rows is protected: interpret's merge threshold sees a noisy count.",
            "Levels with few noisy rows are pooled and share one value.",
        ),
    )


def fit_padded(private: PrivateTask, settings: DpEbmSettings, plan: Plan) -> Any:
    """interpret's classifier on the padded codes. Discard it: it holds the exact number of rows."""
    noise = int(discrete_gaussian(plan.count_variance, 1)[0])
    padding = max(plan.padding + noise, least_padding(private))
    matrix, types, limits = as_interpret_reads(private, settings.max_bins, padding)
    bags = np.repeat(np.array([0, 1], dtype=np.int8), [padding, private.rows])[:, np.newaxis]
    target = np.concatenate([np.arange(padding) % 2, private.codes])
    estimator = DPExplainableBoostingClassifier(
        feature_types=types,
        privacy_bounds=limits,
        max_bins=settings.max_bins,
        learning_rate=settings.learning_rate,
        max_rounds=settings.max_rounds,
        max_leaves=settings.max_leaves,
        bin_budget_frac=settings.bin_budget_frac,
        epsilon=plan.epsilon,
        delta=plan.delta,
        composition="gdp",
        outer_bags=1,
        validation_size=0,
        n_jobs=1,
        random_state=None,
    )
    with door("interpret"):
        warnings.filterwarnings("error", message="(Possible p|P)rivacy violation")
        try:
            return estimator.fit(matrix, target, bags=bags)
        except UserWarning:
            raise PrivacyError(
                "interpret would have read something private off the data.",
                code="vendor-privacy-warning",
                hint="This is a defect of glassledger or of a new interpret; please report it.",
            ) from None


def as_interpret_reads(
    private: PrivateTask, max_bins: int, padding: int
) -> tuple[pd.DataFrame, list[Any], dict[int, tuple[float, float]]]:
    """The padded table, the declared type of every column, and the range of every histogram."""
    columns: dict[str, pd.Series[Any]] = {}
    types: list[Any] = []
    limits: dict[int, tuple[float, float]] = {}
    for index, (spec, column) in enumerate(zip(private.specs, private.columns, strict=True)):
        if spec.kind == "nominal":
            keys = [str(code) for code in range(level_count(spec))]
            codes = np.concatenate([np.arange(padding) % len(keys), column]).astype(np.intp)
            columns[f"f{index}"] = pd.Series(np.array(keys, dtype=object)[codes])
            types.append(keys)
            continue
        low, high, missing = cell_grid(spec, max_bins)
        outside = np.full(padding, high + (high - low))
        columns[f"f{index}"] = pd.Series(np.concatenate([outside, np.where(np.isnan(column), missing, column)]))
        types.append("continuous")
        limits[index] = (low, high)
    return pd.DataFrame(columns), types, limits
