"""Group outcomes against plain counting; nothing small is ever shown, nor can be worked out."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from glassledger.evaluate.groups import binary_metrics, group_figures, multiclass_metrics, regression_metrics
from glassledger.policy.document import DecisionRule

BELOW = DecisionRule(threshold=0.5, at_or_above="accept", below="decline")
ABOVE = DecisionRule(threshold=0.5, at_or_above="refer", below="accept", adverse="at_or_above")


@pytest.fixture(scope="module")
def sample():
    random = np.random.default_rng(8)
    group = np.array(["f"] * 120 + ["m"] * 180, dtype=object)
    scores = np.clip(random.normal(np.where(group == "f", 0.4, 0.55), 0.2), 0, 1)
    return group, scores, random.random(300) < scores


def by_name(figures):
    return {figure.name: figure for figure in figures}


def test_rates_are_counts(sample):
    group, scores, positive = sample
    reached = scores >= 0.5
    metrics = binary_metrics(positive, scores, reached, BELOW)
    groups, summaries = group_figures(pd.DataFrame({"sex": group}), metrics, minimum=10)
    assert [(one.attribute, one.group, one.count) for one in groups] == [("sex", "f", 120), ("sex", "m", 180)]
    rates = {}
    for one in groups:
        mask, figures = group == one.group, by_name(one.figures)
        assert list(figures) == ["selection_rate", "true_positive_rate", "false_positive_rate", "auroc"]
        assert figures["selection_rate"].value == pytest.approx(reached[mask].mean())
        assert figures["true_positive_rate"].value == pytest.approx(reached[mask & positive].mean())
        assert figures["false_positive_rate"].value == pytest.approx(reached[mask & ~positive].mean())
        assert figures["auroc"].value == pytest.approx(roc_auc_score(positive[mask], scores[mask]))
        assert figures["selection_rate"].lower < figures["selection_rate"].value < figures["selection_rate"].upper
        rates[one.group] = reached[mask].mean()
    selection = next(one for one in summaries if one.metric == "selection_rate")
    assert selection.difference == pytest.approx(rates["m"] - rates["f"])
    assert selection.ratio == pytest.approx(rates["f"] / rates["m"])


def test_the_wilson_interval_of_a_known_case():
    group = np.array(["a"] * 20 + ["b"] * 20, dtype=object)
    positive = np.tile([True, False], 20)
    metrics = binary_metrics(positive, positive * 1.0, np.arange(40) % 4 == 0, BELOW)
    groups, _ = group_figures(pd.DataFrame({"g": group}), metrics, minimum=1)
    rate = by_name(groups[0].figures)["selection_rate"]
    # 5 of 20: Wilson 95 % by hand
    z, n, p = 1.959963984540054, 20, 0.25
    middle, half = (
        (p + z * z / 2 / n) / (1 + z * z / n),
        z * np.sqrt(p * (1 - p) / n + z * z / 4 / n / n) / (1 + z * z / n),
    )
    assert (rate.value, rate.lower, rate.upper) == (0.25, pytest.approx(middle - half), pytest.approx(middle + half))


def test_when_high_is_adverse_the_favourable_rate_stands_beside(sample):
    group, scores, positive = sample
    metrics = binary_metrics(positive, scores, scores >= 0.5, ABOVE)
    groups, summaries = group_figures(pd.DataFrame({"sex": group}), metrics, minimum=10)
    for one in groups:
        figures = by_name(one.figures)
        assert figures["favourable_rate"].value == pytest.approx(1 - figures["selection_rate"].value)
    assert "favourable_rate" in {one.metric for one in summaries}


def test_a_small_group_loses_its_numbers_and_takes_the_next_smallest_along(sample):
    group, scores, positive = sample
    group = group.copy()
    group[:4] = "x"
    metrics = binary_metrics(positive, scores, scores >= 0.5, BELOW)
    groups, summaries = group_figures(pd.DataFrame({"sex": group}), metrics, minimum=10)
    shown = {one.group: one for one in groups}
    assert shown["m"].count == 180
    for name in ("x", "f"):
        assert (shown[name].count, shown[name].suppressed) == (None, True)
        assert [figure.value for figure in shown[name].figures] == [None]
        assert "fewer than 10" in shown[name].figures[0].note
    assert shown["x"].figures == shown["f"].figures  # which of the two is small is not said
    assert all(one.difference is None and one.ratio is None for one in summaries)


def test_a_rate_over_few_rows_is_hidden_in_a_large_group_with_a_companion():
    group = np.array(["a"] * 100 + ["b"] * 100 + ["c"] * 100, dtype=object)
    positive = np.zeros(300, dtype=bool)
    positive[:3] = positive[100:140] = positive[200:250] = True  # 3, 40 and 50 positives
    scores = np.linspace(0, 1, 300)
    metrics = binary_metrics(positive, scores, scores >= 0.5, BELOW)
    groups, summaries = group_figures(pd.DataFrame({"g": group}), metrics, minimum=10)
    rates = {one.group: by_name(one.figures) for one in groups}
    assert [rates[g]["true_positive_rate"].value is None for g in "abc"] == [True, True, False]
    assert [rates[g]["auroc"].value is None for g in "abc"] == [True, True, False]
    assert all(rates[g]["false_positive_rate"].value is not None for g in "abc")
    assert {one.metric: one.ratio is None for one in summaries}["true_positive_rate"] is True


def test_missing_is_a_group_of_its_own(sample):
    group, scores, positive = sample
    group = group.copy()
    group[::3] = None
    metrics = binary_metrics(positive, scores, scores >= 0.5, BELOW)
    groups, _ = group_figures(pd.DataFrame({"sex": group}), metrics, minimum=10)
    assert {one.group: one.count for one in groups} == {"f": 80, "m": 120, "missing": 100}


def test_without_a_threshold_mean_scores_are_compared(sample):
    group, scores, positive = sample
    groups, _ = group_figures(pd.DataFrame({"sex": group}), binary_metrics(positive, scores, None, None), minimum=10)
    assert [figure.name for figure in groups[0].figures] == ["mean_score", "auroc"]
    assert groups[0].figures[0].value == pytest.approx(scores[group == "f"].mean())


def test_a_rate_that_is_zero_everywhere_has_no_ratio():
    group = np.array(["a"] * 20 + ["b"] * 20, dtype=object)
    positive = np.tile([True, False], 20)
    metrics = binary_metrics(positive, np.zeros(40), np.zeros(40, dtype=bool), BELOW)
    _, summaries = group_figures(pd.DataFrame({"g": group}), metrics, minimum=10)
    assert (summaries[0].difference, summaries[0].ratio) == (0.0, None)


def test_one_group_is_not_compared(sample):
    _, scores, positive = sample
    metrics = binary_metrics(positive, scores, scores >= 0.5, BELOW)
    groups, summaries = group_figures(pd.DataFrame({"sex": ["f"] * 300}), metrics, minimum=10)
    assert groups[0].count == 300
    assert all(one.difference is None for one in summaries)


def test_several_attributes_come_in_their_order(sample):
    group, scores, positive = sample
    frame = pd.DataFrame({"z": group, "a": np.where(np.arange(300) % 2, "old", "young")})
    groups, _ = group_figures(frame, binary_metrics(positive, scores, scores >= 0.5, BELOW), minimum=10)
    assert [(one.attribute, one.group) for one in groups] == [("z", "f"), ("z", "m"), ("a", "old"), ("a", "young")]


def test_regression_compares_errors():
    observed, predicted = np.arange(40.0), np.arange(40.0) + np.repeat([1.0, -2.0], 20)
    frame = pd.DataFrame({"g": np.repeat(["a", "b"], 20)})
    groups, summaries = group_figures(frame, regression_metrics(observed, predicted), minimum=10)
    values = {one.group: {figure.name: figure.value for figure in one.figures} for one in groups}
    assert values["a"] == {"mean_prediction": 10.5, "mean_error": 1.0, "rmse": 1.0, "mae": 1.0}
    assert values["b"] == {"mean_prediction": 27.5, "mean_error": -2.0, "rmse": 2.0, "mae": 2.0}
    ratios = {one.metric: one.ratio for one in summaries}
    assert ratios["rmse"] == 0.5
    assert ratios["mean_error"] is None  # a ratio of signed errors means nothing


def test_multiclass_compares_accuracy():
    frame = pd.DataFrame({"g": np.repeat(["a", "b"], 20)})
    codes, predicted = np.zeros(40, dtype=int), np.repeat([0, 1], 20)
    groups, summaries = group_figures(frame, multiclass_metrics(codes, predicted), minimum=10)
    assert [one.figures[0].value for one in groups] == [1.0, 0.0]
    assert summaries[0].difference == 1.0
