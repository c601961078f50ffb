"""Every contradiction is found, at its place, and alone: the sound policy beside it has no fault."""

from collections.abc import Callable
from typing import Any

import pytest

Document = dict[str, Any]
Faults = Callable[[Any], dict[str, str]]


def put(document: Document, path: str, value: Any) -> None:
    """Set the value at a dotted path; ``None`` removes the key."""
    *above, last = path.split("/")
    for step in above:
        document = document.setdefault(step, {})
    if value is None:
        document.pop(last, None)
    else:
        document[last] = value


C = "data/columns/"
BANDS = {"operator": "bands", "edges": [30, 50]}

#: id, changes, path of the only fault, a part of its message
CONTRADICTIONS: list[tuple[str, dict[str, Any], str, str]] = [
    # roles and keys
    ("positive off target", {C + "plan/positive": "small"}, "data.columns.plan.positive", "role target"),
    ("false positive off target", {C + "online/positive": False}, "data.columns.online.positive", "role target"),
    ("granted off consent", {C + "plan/granted": ["small"]}, "data.columns.plan.granted", "role consent"),
    ("reasons off feature", {C + "sex/reasons": {"code": "R"}}, "data.columns.sex.reasons", "role feature"),
    ("min on category", {C + "plan/min": 1}, "data.columns.plan.min", "no meaning for type category"),
    ("levels on integer", {C + "age/levels": [1, 2]}, "data.columns.age.levels", "no meaning for type integer"),
    ("levels on boolean", {C + "online/levels": ["No", "Yes"]}, "data.columns.online.levels", "type category"),
    ("ordered on number", {C + "income/ordered": True}, "data.columns.income.ordered", "no meaning"),
    ("other on number", {C + "age/other": "rest"}, "data.columns.age.other", "no meaning"),
    # missing
    ("markers without missing", {C + "plan/missing_markers": ["?"]}, "data.columns.plan.missing_markers", "not"),
    ("missing target", {C + "churned/missing": True}, "data.columns.churned.missing", "target cannot be missing"),
    (
        "marker is a level",
        {C + "plan/missing": True, C + "plan/missing_markers": ["small"]},
        "data.columns.plan.missing_markers",
        "`small` is a missing marker and a level",
    ),
    # bounds and levels
    ("min above max", {C + "age/min": 101}, "data.columns.age.max", "above min"),
    ("min equals max", {C + "age/max": 18}, "data.columns.age.max", "above min"),
    ("fraction for integer", {C + "age/min": 18.5}, "data.columns.age.min", "whole number"),
    ("date bound for number", {C + "age/min": "2020-01-01"}, "data.columns.age.min", "must be a number"),
    ("number bound for date", {C + "start/min": 3}, "data.columns.start.min", "must be a date"),
    ("no levels", {C + "plan/levels": None}, "data.columns.plan.levels", "needs its levels"),
    ("one level", {C + "plan/levels": ["small"]}, "data.columns.plan.levels", "one level says nothing"),
    ("twin levels", {C + "plan/levels": ["a", "b", "a"]}, "data.columns.plan.levels[2]", "`a` is declared twice"),
    ("true and text", {C + "plan/levels": [True, "x", "true"]}, "data.columns.plan.levels[2]", "declared twice"),
    ("3 and text", {C + "plan/levels": ["3", 3]}, "data.columns.plan.levels[1]", "`3` is declared twice"),
    ("blank level", {C + "plan/levels": ["a", " "]}, "data.columns.plan.levels[1]", "empty level"),
    # redaction against role
    ("identifier kept", {C + "email/redaction": {"operator": "keep"}}, "data.columns.email.redaction.operator", "keep"),
    (
        "identifier cut to a prefix",
        {C + "email/redaction": {"operator": "prefix", "length": 2}},
        "data.columns.email.redaction.operator",
        "role identifier",
    ),
    ("free text kept", {C + "notes/redaction": {"operator": "keep"}}, "data.columns.notes.redaction.operator", "keep"),
    (
        "free text masked",
        {C + "notes/redaction": {"operator": "mask", "keep_last": 4}},
        "data.columns.notes.redaction.operator",
        "role free_text",
    ),
    (
        "target banded",
        {C + "churned/redaction": {"operator": "suppress_rare"}, C + "churned/other": None},
        "data.columns.churned.redaction.operator",
        "role target",
    ),
    ("protected dropped", {C + "sex/redaction": {"operator": "drop"}}, "data.columns.sex.redaction.operator", "groups"),
    # redaction against type and by itself
    (
        "bands on category",
        {C + "plan/redaction": BANDS},
        "data.columns.plan.redaction.operator",
        "works on type integer or number",
    ),
    (
        "truncated number",
        {C + "age/redaction": {"operator": "truncate_date", "to": "year"}},
        "data.columns.age.redaction.operator",
        "works on type date",
    ),
    (
        "falling edges",
        {C + "age/redaction": {"operator": "bands", "edges": [50, 30]}},
        "data.columns.age.redaction.edges",
        "must rise",
    ),
    (
        "edge on the bound",
        {C + "age/redaction": {"operator": "bands", "edges": [18, 30]}},
        "data.columns.age.redaction.edges",
        "strictly between",
    ),
    (
        "rare without other",
        {C + "plan/redaction": {"operator": "suppress_rare"}},
        "data.columns.plan.other",
        "needs the name of the level",
    ),
    (
        "prefix without levels",
        {C + "zip": {"role": "feature", "type": "text", "redaction": {"operator": "prefix", "length": 2}}},
        "data.columns.zip.redaction.levels",
        "needs the levels",
    ),
    (
        "prefix level too long",
        {
            C + "zip": {
                "role": "feature",
                "type": "text",
                "redaction": {"operator": "prefix", "length": 2, "levels": ["12", "123"]},
            }
        },
        "data.columns.zip.redaction.levels",
        "longer than the 2 characters",
    ),
    (
        "prefix of a level not declared",
        {
            C + "zip": {
                "role": "feature",
                "type": "category",
                "levels": ["AB1", "CD2"],
                "redaction": {"operator": "prefix", "length": 2, "levels": ["AB", "EF"]},
            }
        },
        "data.columns.zip.redaction.levels",
        "lacks `CD`",
    ),
    # features, protected, consent
    ("text feature", {C + "zip": {"role": "feature", "type": "text"}}, "data.columns.zip.type", "no declared domain"),
    ("date feature", {C + "start/role": "feature"}, "data.columns.start.redaction", "truncate_date, to year"),
    (
        "quarter feature",
        {C + "start": {"role": "feature", "type": "date", "redaction": {"operator": "truncate_date", "to": "quarter"}}},
        "data.columns.start.redaction",
        "to year",
    ),
    (
        "one year only",
        {
            C + "start": {
                "role": "feature",
                "type": "date",
                "min": "2020-01-01",
                "max": "2020-12-31",
                "redaction": {"operator": "truncate_date", "to": "year"},
            }
        },
        "data.columns.start.max",
        "one year",
    ),
    ("protected number", {C + "age/role": "protected"}, "data.columns.age.redaction", "needs redaction bands"),
    ("protected date", {C + "start/role": "protected"}, "data.columns.start.type", "no declared groups"),
    ("consent as number", {C + "consent": {"role": "consent", "type": "integer"}}, "data.columns.consent.type", "cat"),
    ("consent without granted", {C + "consent/granted": None}, "data.columns.consent.granted", "mean consent"),
    ("unknown granted", {C + "consent/granted": ["yess"]}, "data.columns.consent.granted[0]", "did you mean `yes`?"),
    ("all granted", {C + "consent/granted": ["yes", "no"]}, "data.columns.consent.granted", "nobody could ever refuse"),
    # target
    ("two targets", {C + "plan/role": "target"}, "data.columns.churned.role", "`plan` is it"),
    ("no positive", {C + "churned/positive": None}, "data.columns.churned.positive", "needs the level"),
    ("unknown positive", {C + "churned/positive": "yse"}, "data.columns.churned.positive", "did you mean `yes`?"),
    ("three classes", {C + "churned/levels": ["no", "yes", "x"]}, "data.columns.churned.levels", "exactly two"),
    ("other in a binary target", {C + "churned/other": "yes"}, "data.columns.churned.levels", "no `other`"),
    (
        "number as binary target",
        {C + "churned": {"role": "target", "type": "integer", "min": 0, "max": 1}},
        "data.columns.churned.type",
        "list 0 and 1 as levels",
    ),
    (
        "boolean target without positive",
        {C + "churned": {"role": "target", "type": "boolean"}},
        "data.columns.churned.positive",
        "needs the level",
    ),
    # family
    ("unknown family", {"model/family": "emb"}, "model.family", "did you mean `ebm`?"),
    ("refused family", {"model/family": "dp-linear"}, "model.family", "is refused. diffprivlib's LinearRegression"),
    ("wrong task", {"model/family": "linear"}, "model.task", "linear does not do binary"),
    ("unknown setting", {"model/settings": {"outer_bag": 3}}, "model.settings.outer_bag", "did you mean `outer_bags`?"),
    ("setting out of range", {"model/settings": {"outer_bags": 0}}, "model.settings.outer_bags", "at least 1"),
    ("setting of wrong type", {"model/settings": {"outer_bags": "3"}}, "model.settings.outer_bags", "whole number"),
    # shape constraints
    ("monotone family", {"model/family": "logistic", "model/monotone": {"age": "increasing"}}, "model.monotone", "ebm"),
    ("monotone typo", {"model/monotone": {"agee": "increasing"}}, "model.monotone.agee", "did you mean `age`?"),
    (
        "monotone identifier",
        {"model/monotone": {"email": "increasing"}},
        "model.monotone.email",
        "direct identifier never reaches a model",
    ),
    ("monotone protected", {"model/monotone": {"sex": "increasing"}}, "model.monotone.sex", "has role protected"),
    ("monotone unordered", {"model/monotone": {"plan": "increasing"}}, "model.monotone.plan", "have no order"),
    ("pairs without family", {"model/family": "scorecard", "model/interactions": 1}, "model.interactions", "ebm"),
    ("negative pairs", {"model/interactions": -1}, "model.interactions", "between 0 and the 10 pairs"),
    ("more pairs than there are", {"model/interactions": 11}, "model.interactions", "between 0 and the 10 pairs"),
    ("pair of one", {"model/interactions": [["age", "age"]]}, "model.interactions[0]", "two different features"),
    ("pair typo", {"model/interactions": [["age", "plann"]]}, "model.interactions[0][1]", "did you mean `plan`?"),
    ("pair with identifier", {"model/interactions": [["email", "age"]]}, "model.interactions[0][0]", "identifier"),
    (
        "pair twice",
        {"model/interactions": [["age", "plan"], ["plan", "age"]]},
        "model.interactions[1]",
        "listed twice",
    ),
    (
        "pair wanted and excluded",
        {"model/interactions": [["age", "plan"]], "model/excluded_pairs": [["plan", "age"]]},
        "model.interactions[0]",
        "excluded in excluded_pairs",
    ),
    (
        "excluded pair in a tree",
        {"model/family": "tree", "model/excluded_pairs": [["age", "plan"]]},
        "model.excluded_pairs",
        "cannot keep a pair apart",
    ),
    ("excluded typo", {"model/excluded_pairs": [["aeg", "plan"]]}, "model.excluded_pairs[0][0]", "mean `age`?"),
    # reasons and decision
    ("excluded reason typo", {"reasons": {"exclude": ["incom"]}}, "reasons.exclude[0]", "did you mean `income`?"),
    ("excluded reason no feature", {"reasons": {"exclude": ["sex"]}}, "reasons.exclude[0]", "is no feature"),
    (
        "every reason excluded",
        {"reasons": {"exclude": ["age", "income", "plan", "size", "online"]}},
        "reasons.exclude",
        "no reason could ever be given",
    ),
    ("cutoff without a rule", {"reasons": {"baseline": "cutoff"}}, "reasons.baseline", "needs a decision rule"),
    (
        "threshold of one",
        {"decision": {"threshold": 1, "at_or_above": "a", "below": "b"}},
        "decision.threshold",
        "between 0 and 1",
    ),
    (
        "threshold in percent",
        {"decision": {"threshold": 50, "at_or_above": "a", "below": "b"}},
        "decision.threshold",
        "between 0 and 1",
    ),
    (
        "one word for both sides",
        {"decision": {"threshold": 0.5, "at_or_above": "a", "below": "a"}},
        "decision.below",
        "decides nothing",
    ),
    # units
    ("unit typo", {"split": {"unit": "custmer"}}, "split.unit", "did you mean `customer`?"),
    ("unit is a feature", {"split": {"unit": "age"}}, "split.unit", "must be identifier, not feature"),
    ("unit is dropped", {"split": {"unit": "email"}}, "split.unit", "must be pseudonymise"),
    (
        "unit may be missing",
        {"split": {"unit": "customer"}, C + "customer/missing": True},
        "split.unit",
        "belongs to nobody",
    ),
    (
        "column called row",
        {"split": {"unit": "row"}, C + "row": {"role": "ignored", "type": "text"}},
        "split.unit",
        "rename it",
    ),
    # texts
    ("empty text", {"purpose": {"use": " "}}, "purpose.use", "must not be empty"),
    ("empty translation", {"purpose": {"use": {"en": ""}}}, "purpose.use.en", "must not be empty"),
    ("language missing", {C + "age/label": {"zh": "年龄"}}, "data.columns.age.label", "no text in en"),
    ("long language code", {C + "age/label": {"en": "Age", "eng": "Age"}}, "data.columns.age.label.eng", "two lower"),
    # rules
    ("no rule", {"data/checks": [{"name": "a", "rule": "age"}]}, "data.checks[0].rule", "say yes or no"),
    (
        "rule typo",
        {"data/checks": [{"name": "a", "rule": "agee > 1"}]},
        "data.checks[0].rule",
        "unknown column `agee`, did you mean `age`?",
    ),
    (
        "two rules of one name",
        {"data/checks": [{"name": "a", "rule": "age > 1"}, {"name": "a", "rule": "age > 2"}]},
        "data.checks[1].name",
        "another check",
    ),
]

PRIVATE: list[tuple[str, dict[str, Any], str, str]] = [
    ("no budget", {"privacy": None}, "privacy", "is required: dp-ebm spends epsilon"),
    ("seed", {"model/seed": 7}, "model.seed", "subtract the noise"),
    ("no bounds", {C + "age/min": None}, "data.columns.age", "needs min and max for `age`"),
    ("no bounds at all", {C + "income/min": None, C + "income/max": None}, "data.columns.income", "not be private"),
    (
        "date without bounds",
        {C + "start": {"role": "feature", "type": "date", "redaction": {"operator": "truncate_date", "to": "year"}}},
        "data.columns.start",
        "needs min and max",
    ),
    (
        "rare levels",
        {C + "plan/other": "large", C + "plan/redaction": {"operator": "suppress_rare"}},
        "data.columns.plan.redaction",
        "counts rows outside the budget",
    ),
    ("interactions", {"model/interactions": 2}, "model.interactions", "dp-ebm has no pair terms"),
    ("monotone", {"model/monotone": {"age": "increasing"}}, "model.monotone", "dp-ebm cannot keep"),
    ("multiclass", {"model/task": "regression"}, "model.task", "dp-ebm does not do regression"),
    ("unit not unique", {C + "customer/unique": None}, "privacy.unit", "must be declared `unique: true`"),
    ("unit typo", {"privacy/unit": "custommer"}, "privacy.unit", "did you mean `customer`?"),
    ("unit a feature", {"privacy/unit": "plan", C + "plan/unique": True}, "privacy.unit", "must be identifier"),
    ("other split unit", {"split": {"unit": "row"}}, "split.unit", "must be the privacy unit"),
    ("over budget", {"privacy/epsilon": 2.5}, "privacy.epsilon", "whole dataset_budget"),
    ("over delta", {"privacy/delta": 1e-4}, "privacy.delta", "whole dataset_budget"),
    ("no delta", {"privacy/delta": 0}, "privacy.delta", "not private with delta 0"),
    (
        "vacuous delta",
        {"privacy/delta": 0.5, "privacy/dataset_budget": {"epsilon": 2, "delta": 0.9}},
        "privacy.delta",
        "protects nobody",
    ),
]


def cases(table: list[tuple[str, dict[str, Any], str, str]]) -> list[Any]:
    return [pytest.param(changes, path, words, id=name) for name, changes, path, words in table]


def test_the_sound_policies_are_sound(sound: Document, private: Document, faults: Faults) -> None:
    assert faults(sound) == {}
    assert faults(private) == {}


@pytest.mark.parametrize(("changes", "path", "words"), cases(CONTRADICTIONS))
def test_each_contradiction_is_found_alone(
    sound: Document, faults: Faults, changes: dict[str, Any], path: str, words: str
) -> None:
    for where, value in changes.items():
        put(sound, where, value)
    found = faults(sound)
    assert path in found, found
    assert words in found[path]
    if not path.startswith("data.columns.churned") and path != "model.task":
        assert list(found) == [path]


@pytest.mark.parametrize(("changes", "path", "words"), cases(PRIVATE))
def test_private_families_ask_for_more(
    private: Document, faults: Faults, changes: dict[str, Any], path: str, words: str
) -> None:
    for where, value in changes.items():
        put(private, where, value)
    found = faults(private)
    assert path in found, found
    assert words in found[path]


#: What looks like a contradiction and is none.
SOUND: list[tuple[str, dict[str, Any]]] = [
    ("identifier masked", {C + "email/redaction": {"operator": "mask", "keep_last": 2}}),
    ("free text redacted", {C + "notes/redaction": {"operator": "redact_text"}}),
    ("levels in order are monotone", {"model/monotone": {"size": "decreasing", "age": "increasing"}}),
    ("bands are monotone", {C + "age/redaction": BANDS, "model/monotone": {"age": "increasing"}}),
    ("bands without bounds", {C + "age": {"role": "feature", "type": "integer", "redaction": BANDS}}),
    ("protected bands", {C + "age/role": "protected", C + "age/redaction": BANDS}),
    ("number without bounds", {C + "age": {"role": "feature", "type": "number"}}),
    ("boolean target", {C + "churned": {"role": "target", "type": "boolean", "positive": True}}),
    ("flag levels", {C + "churned/levels": [False, True], C + "churned/positive": True}),
    ("whole-number levels", {C + "churned/levels": [0, 1], C + "churned/positive": 0}),
    ("excluded pair without pairs", {"model/family": "logistic", "model/excluded_pairs": [["age", "plan"]]}),
    ("all pairs", {"model/interactions": 10}),
    ("row as unit", {"split": {"unit": "row"}}),
    ("one text for all languages", {C + "age/label": {"en": "Age", "zh": "年龄"}, C + "plan/label": "Plan"}),
    (
        "non-private with a budget",
        {"privacy": {"unit": "row", "epsilon": 1, "dataset_budget": {"epsilon": 1, "delta": 1e-6}}},
    ),
    ("rare levels", {C + "plan/other": "rest", C + "plan/redaction": {"operator": "suppress_rare"}}),
    ("no reasons at all", {"reasons": {"count": 0, "exclude": ["age", "income", "plan", "size", "online"]}}),
    ("dates compared", {"data/checks": [{"name": "a", "rule": 'end >= start and start > "2000-01-01"'}]}),
]


@pytest.mark.parametrize("changes", [pytest.param(changes, id=name) for name, changes in SOUND])
def test_no_false_alarm(sound: Document, faults: Faults, changes: dict[str, Any]) -> None:
    for where, value in changes.items():
        put(sound, where, value)
    assert faults(sound) == {}


def test_private_policies_may_band_unbounded_numbers_and_name_rows(private: Document, faults: Faults) -> None:
    put(private, C + "age", {"role": "feature", "type": "integer", "redaction": BANDS})
    put(private, "privacy/unit", "row")
    assert faults(private) == {}


def test_a_pure_family_may_leave_delta_alone(private: Document, faults: Faults) -> None:
    put(private, "model/family", "dp-logistic")
    put(private, "privacy/dataset_budget", {"epsilon": 2, "delta": 0})
    assert faults(private) == {}
    put(private, "privacy/delta", 0)
    assert faults(private) == {}


def test_no_target_and_no_feature(sound: Document, faults: Faults) -> None:
    columns = sound["data"]["columns"]
    sound["data"]["columns"] = {name: column for name, column in columns.items() if column["role"] != "target"}
    assert faults(sound) == {"data.columns": "no column has role target"}
    sound["data"]["columns"] = {name: column for name, column in columns.items() if column["role"] != "feature"}
    assert faults(sound) == {"data.columns": "no column has role feature"}


@pytest.mark.parametrize("family", ["tree", "logistic", "dp-naive-bayes"])
def test_multiclass(sound: Document, private: Document, faults: Faults, family: str) -> None:
    document = private if family.startswith("dp") else sound
    put(document, "model", {"family": family, "task": "multiclass"})
    assert faults(document) == {
        "data.columns.churned.levels": "a multiclass target needs three levels or more",
        "data.columns.churned.positive": "a multiclass target has no positive level",
    }
    put(document, C + "churned", {"role": "target", "type": "category", "levels": [1, 2, 3]})
    assert faults(document) == {}
    put(document, "decision", {"threshold": 0.5, "at_or_above": "a", "below": "b"})
    assert list(faults(document)) == ["decision"]


def test_regression(sound: Document, faults: Faults) -> None:
    put(sound, "model", {"family": "linear", "task": "regression"})
    assert faults(sound) == {
        "data.columns.churned.type": "a regression target is a number or an integer",
        "data.columns.churned.positive": "a regression target has no positive level",
    }
    put(sound, C + "churned", {"role": "target", "type": "number"})
    put(sound, "decision", {"threshold": 1200, "at_or_above": "a", "below": "b"})
    assert faults(sound) == {}


def test_faults_of_all_kinds_come_together(sound: Document, faults: Faults) -> None:
    put(sound, C + "email/redaction", {"operator": "keep"})
    put(sound, "model/monotone", {"agee": "increasing"})
    put(sound, "model/settings", {"outer_bagz": 2})
    put(sound, "reasons", {"exclude": ["sex"]})
    assert set(faults(sound)) == {
        "data.columns.email.redaction.operator",
        "model.monotone.agee",
        "model.settings.outer_bagz",
        "reasons.exclude[0]",
    }


def test_a_misspelt_key_is_reported_with_other_contradictions_but_not_with_its_own_echo(
    sound: Document, faults: Faults
) -> None:
    put(sound, C + "plan", {"role": "feature", "type": "category", "level": ["a", "b"]})
    put(sound, C + "email/redaction", {"operator": "keep"})
    found = faults(sound)
    assert set(found) == {"data.columns.plan.level", "data.columns.email.redaction.operator"}
    assert "did you mean `levels`?" in found["data.columns.plan.level"]
