"""What single sections say: the privacy statement, the checks, suppression, names, tables beside pictures."""

import html
import math
import re

import pytest

from glassledger.records.evaluation import Confusion, CurvePoint, Figure
from glassledger.records.explanation import AxisBins, GlobalExplanation, LocalExplanation, Persona, Reason, Shape
from glassledger.report import Report
from glassledger.report.context import Context
from glassledger.report.language import load_language
from glassledger.report.names import Names
from glassledger.report.sections import checks, groups, mechanics, performance, personas, privacy
from glassledger.report.sections.checks import NOT_GATHERED


def context_of(document, *, review=None, code="en"):
    words = load_language(code)
    return Context(document, review, words, Names(document.policy, words, code))


def status_of(document, key, **options):
    return next(check for check in checks.checks(context_of(document, **options)) if check.key == key).status


# --- the privacy statement -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("epsilon", "factor", "posterior"),
    [
        (0.1, "1.11", "53 %"),
        (0.2, "1.23", "55 %"),
        (1.0, "2.72", "74 %"),
        (3.0, "20.09", "96 %"),
        (8.0, "2,980.96", "> 99.9 %"),
        (20.0, "more than a million", "> 99.9 %"),
    ],
)
def test_the_factor_and_the_posterior_are_rounded_against_us(private_evidence, factory, epsilon, factor, posterior):
    facts = factory.privacy_facts().model_copy(update={"epsilon": epsilon})
    context = context_of(private_evidence)
    assert privacy.factor_text(context, facts) == factor
    assert privacy.posterior_text(context, facts) == posterior
    if epsilon < 8:
        assert float(factor) >= math.exp(epsilon)
        assert float(posterior[:-2]) / 100 >= 1 / (1 + math.exp(-epsilon))


def test_a_pure_guarantee_promises_no_delta(factory):
    pure = factory.facts(private=True)
    pure = pure.model_copy(
        update={"privacy": factory.privacy_facts().model_copy(update={"delta": 0.0, "variant": "pure"})}
    )
    card = privacy.view(context_of(factory.evidence(private=True, facts=pure)))["card"]
    assert card["factor"].endswith("e^ε = 2.72.")
    assert ("Variant", "pure (δ = 0)") in card["rows"]


def test_a_model_without_guarantee_says_so_plainly(evidence):
    page = html.unescape(Report.build(evidence).html)
    assert "This model gives no privacy guarantee" in page
    assert "ε = " not in page[page.index("<body") : page.index('id="mechanics"')]


def test_a_private_model_without_statement_is_a_failure(factory):
    broken = factory.evidence(private=True, facts=factory.facts(private=True).model_copy(update={"privacy": None}))
    assert privacy.view(context_of(broken))["broken"]
    assert status_of(broken, "privacy") == "fail"
    assert "No guarantee can be assumed" in Report.build(broken).html


@pytest.mark.parametrize(
    "change",
    [
        {"spent_nano_epsilon": 3_000_000_001},
        {"spent_pico_delta": 10_000_001},
        {"cap_nano_epsilon": 3_000_000_001},
        {"cap_pico_delta": 10_000_001},
    ],
)
def test_a_budget_beyond_its_cap_fails_by_one_unit(factory, change):
    assert status_of(factory.evidence(private=True), "privacy") == "pass"
    over = factory.evidence(private=True, budget=factory.budget().model_copy(update=change))
    assert status_of(over, "privacy") == "fail"


@pytest.mark.parametrize("change", [{"epsilon": 1.0000001}, {"delta": 1.1e-6}])
def test_a_claim_beyond_the_policy_fails(factory, change):
    facts = factory.facts(private=True)
    facts = facts.model_copy(update={"privacy": factory.privacy_facts().model_copy(update=change)})
    assert status_of(factory.evidence(private=True, facts=facts), "privacy") == "fail"


def test_the_ledger_adds_up_on_the_page(private_evidence):
    ledger = privacy.view(context_of(private_evidence))["budget"]
    assert [row["epsilon"] for row in ledger["rows"]] == ["0.5", "1"]
    assert (ledger["spent"], ledger["cap"], ledger["left"]) == (
        ("1.5", "0.0000015"),
        ("3", "0.00001"),
        ("1.5", "0.0000085"),
    )
    assert ledger["share"] == "50 %"


# --- checks --------------------------------------------------------------------------------------------------------


def test_checks_fail_when_what_they_check_does_not_hold(factory, evidence):
    assert {check.status for check in checks.checks(context_of(evidence))} == {"pass", "not_applicable", "not_run"}
    screened = factory.screening().model_copy(update={"checks": ()})
    assert status_of(factory.evidence(screening=screened), "contract") == "fail"
    other = factory.screening().model_copy(update={"policy_digest": "sha256:" + "0" * 64})
    assert status_of(factory.evidence(screening=other), "one_model") == "fail"
    measured = factory.evaluation().model_copy(update={"model_digest": "sha256:" + "0" * 64})
    assert status_of(factory.evidence(evaluation=measured), "one_model") == "fail"
    leaking = factory.facts().model_copy(
        update={"features": (*factory.specs(), factory.specs()[0].model_copy(update={"name": "customer_id"}))}
    )
    assert status_of(factory.evidence(facts=leaking), "identifiers") == "fail"
    vague = evidence.explanation.model_copy(update={"exact": False})
    assert status_of(factory.evidence(explanation=vague), "explained") == "fail"
    empty = evidence.explanation.model_copy(update={"shapes": ()})
    assert status_of(factory.evidence(explanation=empty), "explained") == "fail"


@pytest.mark.parametrize(("lower", "status"), [(0.5001, "pass"), (0.5, "fail"), (0.42, "fail"), (None, "not_run")])
def test_better_than_chance_means_the_whole_interval(factory, lower, status):
    figure = Figure(name="auroc", value=0.7, lower=lower, upper=None if lower is None else 0.8)
    measured = factory.evaluation().model_copy(update={"figures": (figure,)})
    assert status_of(factory.evidence(evaluation=measured), "better_than_chance") == status


def test_a_protected_column_without_figures_is_not_run(factory):
    measured = factory.evaluation()
    only = tuple(group for group in measured.groups if group.attribute == "sex")
    assert status_of(factory.evidence(evaluation=measured.model_copy(update={"groups": only})), "groups") == "not_run"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("draft", "not_run"),
        ("submitted", "not_run"),
        ("approved", "pass"),
        ("rejected", "fail"),
        ("expired", "fail"),
        ("suspended", "fail"),
    ],
)
def test_signing_off(factory, evidence, status, expected):
    assert status_of(evidence, "signed_off", review=factory.review(status, evidence)) == expected
    assert status_of(evidence, "signed_off") == "not_run"


def test_topics_without_evidence_are_listed_and_never_pass(evidence):
    rest = [check for check in checks.checks(context_of(evidence)) if check.key in NOT_GATHERED]
    assert len(rest) == len(NOT_GATHERED) == 7
    assert {check.status for check in rest} == {"not_run"}


# --- disclosure ----------------------------------------------------------------------------------------------------


def test_small_counts_are_not_printed(factory):
    confusion = Confusion(threshold=0.3, true_positive=7, false_positive=0, true_negative=9001, false_negative=9)
    points = (CurvePoint(x=0.1, y=0.1, count=6), CurvePoint(x=0.2, y=0.2, count=8003))
    measured = factory.evaluation().model_copy(update={"confusion": confusion, "calibration": points})
    screened = factory.screening().model_copy(
        update={"missing_cells": {"age": 4}, "other_cells": {"job": 3}, "consent_excluded": 5}
    )
    document = factory.evidence(evaluation=measured, screening=screened)
    view = performance.view(context_of(document))
    assert view is not None
    assert view["confusion"]["rows"] == [("Scored class", "< 10", "< 10"), ("Other class", "0", "9,001")]
    assert [row[2] for row in view["calibration"]["rows"]] == ["< 10", "8,003"]
    page = Report.build(document).html
    for small in ("4", "3", "5", "6", "7", "9"):
        assert f">{small}</td>" not in page
        assert f">{small}</dd>" not in page


def test_a_suppressed_group_keeps_its_name_and_loses_its_numbers(evidence):
    sex = groups.view(context_of(evidence))["attributes"][0]
    other = next(row for row in sex["rows"] if row[0]["text"] == "other")
    assert [cell["text"] for cell in other] == ["other", "suppressed", "–", "–", "–", "–"]
    assert "suppressed" in sex["chart"]["svg"]


def test_shares_of_people_are_rounded(factory, evidence):
    shape = factory.nominal_shape("housing").model_copy(update={"density": (1 / 45_211, 45_210 / 45_211, 0.0, 0.0)})
    of = evidence.explanation.model_copy(update={"shapes": (shape,), "importances": {"housing": 0.1}})
    (card,) = mechanics.view(context_of(factory.evidence(explanation=of, personas=())))["cards"]
    assert [row[2] for row in card["table"]["rows"]][:2] == ["< 1 %", "100 %"]
    assert "0.00002" not in str(card)


# --- shapes --------------------------------------------------------------------------------------------------------


def test_the_table_says_what_the_picture_shows(factory, evidence):
    view = mechanics.view(context_of(evidence))
    card = next(card for card in view["cards"] if card["code"] == "poutcome")
    shape = next(shape for shape in evidence.explanation.shapes if shape.term == "poutcome")
    written = [row[1] for row in card["table"]["rows"]]
    assert written[:4] == [load_language("en").signed(value, 3) for value in shape.values[:4]]
    for text in written[:4]:
        assert text in card["chart"]


def test_missing_is_drawn_only_where_values_may_be_missing(evidence):
    cards = {card["code"]: card for card in mechanics.view(context_of(evidence))["cards"]}
    assert ">missing<" in cards["pdays"]["chart"]
    assert ">missing<" not in cards["age"]["chart"]
    assert "not declared" not in cards["job"]["chart"]
    assert [row[0] for row in cards["job"]["table"]["rows"]][-2:] == ["missing", "not declared"]


def test_a_level_called_missing_is_not_translated_but_the_bin_is(factory, evidence):
    names = Names(evidence.policy, load_language("zh"), "zh")
    axis = AxisBins(feature="job", kind="nominal", labels=("missing", "not declared", "x", "missing", "not declared"))
    assert names.bins(axis) == ("missing", "not declared", "x", "缺失", "未声明")
    line = AxisBins(feature="age", kind="continuous", edges=(0.0, 1.0), labels=("missing", "missing"))
    assert names.bins(line) == ("missing", "缺失")


def test_many_bins_share_rows_and_their_range_is_kept(factory, evidence):
    shape = factory.continuous_shape("balance", bins=1000)
    of = evidence.explanation.model_copy(update={"shapes": (shape,), "importances": {"balance": 0.1}})
    (card,) = mechanics.view(context_of(factory.evidence(explanation=of, personas=())))["cards"]
    rows = card["table"]["rows"]
    assert len(rows) <= 66
    assert rows[0][0].startswith("-10000 – ")
    assert "…" in rows[0][0]
    low, high = (float(part.replace("−", "-").replace("+", "")) for part in rows[0][1].split(" – "))
    assert low <= min(shape.values[:10]) + 5e-4
    assert high >= max(shape.values[:10]) - 5e-4
    assert card["table"]["note"]


def test_equal_neighbours_share_a_row(factory, evidence):
    edges = tuple(float(edge) for edge in range(6))
    axis = AxisBins(feature="day", kind="continuous", edges=edges, labels=("a", "b", "c", "d", "e", "missing"))
    shape = Shape(term="day", features=("day",), axes=(axis,), values=(0.1, 0.1, 0.1, -0.2, -0.2, 0.0), importance=0.1)
    of = evidence.explanation.model_copy(update={"shapes": (shape,), "importances": {"day": 0.1}})
    (card,) = mechanics.view(context_of(factory.evidence(explanation=of, personas=())))["cards"]
    assert [row[:2] for row in card["table"]["rows"]] == [
        ["a … c", "+0.100"],
        ["d … e", "−0.200"],
        ["missing", "0.000"],
    ]


def test_a_shape_without_edges_has_a_table_and_no_picture(factory, evidence):
    axis = AxisBins(feature="day", kind="continuous", edges=(), labels=("any value", "missing"))
    shape = Shape(term="day", features=("day",), axes=(axis,), values=(0.1, 0.0), importance=0.1)
    of = evidence.explanation.model_copy(update={"shapes": (shape,), "importances": {"day": 0.1}})
    document = factory.evidence(explanation=of, personas=())
    (card,) = mechanics.view(context_of(document))["cards"]
    assert card["chart"] is None
    assert [row[0] for row in card["table"]["rows"]] == ["any value", "missing"]
    assert "any value" in Report.build(document).html


def test_a_second_term_over_the_same_feature_keeps_its_number(factory, evidence):
    shape = factory.continuous_shape("age").model_copy(update={"term": "age (2)"})
    assert Names(evidence.policy, load_language("en"), "en").term(shape) == "Age (2)"


def test_scorecard_points_stand_in_the_table(factory, evidence):
    shape = factory.nominal_shape("housing").model_copy(update={"points": (31.25, 44.0, 40.0, 40.0)})
    of = evidence.explanation.model_copy(update={"shapes": (shape,), "importances": {"housing": 0.1}})
    (card,) = mechanics.view(context_of(factory.evidence(explanation=of, personas=())))["cards"]
    assert card["table"]["heads"][-1] == "Points"
    assert [row[-1] for row in card["table"]["rows"]][:2] in (["31.2", "44.0"], ["31.3", "44.0"])


def test_opaque_models_are_marked(factory):
    nothing = GlobalExplanation(
        exact=False, method="none", link="logit", unit="log-odds", intercept=(0.0,), importances={}
    )
    opaque = factory.evidence(
        explanation=nothing, personas=(), facts=factory.facts().model_copy(update={"form": "opaque"})
    )
    page = Report.build(opaque).html
    assert "The inside of this model cannot be shown" in page
    assert status_of(opaque, "explained") == "fail"


# --- reasons -------------------------------------------------------------------------------------------------------


def test_a_waterfall_ends_where_the_contributions_add_up(evidence):
    person = evidence.personas[0].explanation
    card = personas.view(context_of(evidence))["people"][0]
    total = person.intercept + sum(person.contributions.values())
    assert card["rows"][-1] == ["Sum (log-odds)", load_language("en").signed(total, 3)]
    assert card["rows"][0] == ["Intercept", "−2.184"]
    shown = [float(row[1].replace("−", "-")) for row in card["rows"][:-1]]
    assert sum(shown) == pytest.approx(total, abs=0.0006 * len(shown))
    drawn = re.findall(r'class="value[^"]*"[^>]*>([^<]+)<', card["chart"])
    assert sum(float(text.replace("−", "-")) for text in drawn[:-1]) == pytest.approx(
        float(drawn[-1].replace("−", "-")), abs=0.006
    )


def test_reasons_speak_the_pages_language(factory, evidence):
    reasons = (
        Reason(code="R01", feature="age", text="built elsewhere", contribution=-0.2),
        Reason(code="housing", feature="housing", text="built elsewhere", contribution=0.2),
        Reason(code="x", feature="gone", text="a feature that the policy no longer names", contribution=0.1),
    )
    local = LocalExplanation(
        score=0.2, decision=None, intercept=0.0, contributions={"age": -0.2}, reasons=reasons, baseline="mean"
    )
    document = factory.evidence(personas=(Persona(name="nobody known", explanation=local),))
    said = {}
    for code in ("en", "de", "zh"):
        (card,) = personas.view(context_of(document, code=code))["people"]
        said[code] = [reason["text"] for reason in card["reasons"]]
        assert card["name"] == "nobody known"
    assert said["en"] == [
        "At this age few people take the offer",
        "Housing loan raised the score",
        "a feature that the policy no longer names",
    ]
    assert said["zh"] == [
        "这个年龄的人很少接受该产品",
        "住房贷款使评分升高",
        "a feature that the policy no longer names",
    ]


def test_a_text_in_a_missing_language_falls_back_to_the_policys(factory):
    policy = factory.policy_document(language="zh", purpose={"use": {"zh": "用途", "de": "Zweck"}})
    assert Names(policy, load_language("en"), "en").text(policy.purpose.use) == "用途"
    assert Names(policy, load_language("en"), "de").text(policy.purpose.use) == "Zweck"
    assert Names(policy, load_language("en"), "en").text("plain") == "plain"
