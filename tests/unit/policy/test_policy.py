"""What other storeys read off a policy."""

import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassledger import canonical
from glassledger.errors import UsageError
from glassledger.policy import Policy, PolicyDocument
from glassledger.policy.families import DpEbmSettings, EbmSettings
from glassledger.policy.operators import Bands, Drop, Pseudonymise

Parse = Callable[[Any], Policy]


@pytest.fixture
def bilingual(sound: dict[str, Any], parse: Parse) -> Policy:
    sound["purpose"]["use"] = {"zh": "测试", "en": "Testing."}
    age = sound["data"]["columns"]["age"]
    age["label"] = {"en": "Age", "zh": "年龄"}
    age["reasons"] = {"code": "R1", "lowers": {"en": "is young", "zh": "年轻"}}
    sound["data"]["columns"]["plan"]["label"] = "Plan"
    return parse(sound)


def test_the_basics(sound: dict[str, Any], parse: Parse) -> None:
    policy = parse(sound)
    assert [spec.name for spec in policy.features()] == ["age", "income", "plan", "size", "online"]
    assert policy.target_name == "churned"
    assert policy.target.positive == "yes"
    assert policy.classes == ("no", "yes")
    assert policy.unit is None
    assert policy.family.name == "ebm"
    assert policy.settings == EbmSettings()
    assert policy.columns_with("identifier") == ("customer", "email")
    assert policy.columns_with("ignored") == ("start", "end")
    assert policy.digest == canonical.digest(policy.source)
    assert repr(policy) == f"<Policy sound 1, {policy.digest[:19]}>"


def test_settings_are_the_familys(private: dict[str, Any], parse: Parse) -> None:
    private["model"]["settings"] = {"max_bins": 16, "learning_rate": 1}
    assert parse(private).settings == DpEbmSettings(max_bins=16, learning_rate=1.0)


@pytest.mark.parametrize(
    ("target", "task", "classes"),
    [
        ({"type": "category", "levels": ["yes", "no"], "positive": "yes"}, "binary", ("no", "yes")),
        ({"type": "category", "levels": [0, 1], "positive": 0}, "binary", ("1", "0")),
        ({"type": "category", "levels": [True, False], "positive": True}, "binary", ("false", "true")),
        ({"type": "boolean", "positive": False}, "binary", ("true", "false")),
        ({"type": "category", "levels": ["c", "a", "b"]}, "multiclass", ("c", "a", "b")),
        ({"type": "number"}, "regression", ()),
    ],
)
def test_classes(
    sound: dict[str, Any], parse: Parse, target: dict[str, Any], task: str, classes: tuple[str, ...]
) -> None:
    sound["data"]["columns"]["churned"] = {"role": "target", **target}
    sound["model"]["task"] = task
    assert parse(sound).classes == classes


@pytest.mark.parametrize(
    ("privacy", "split", "unit"),
    [(None, None, None), (None, "customer", "customer"), (None, "row", None), ("customer", None, "customer"),
     ("row", None, None), ("row", "row", None), ("customer", "customer", "customer")],
)  # fmt: skip
def test_unit(
    private: dict[str, Any],
    sound: dict[str, Any],
    parse: Parse,
    privacy: str | None,
    split: str | None,
    unit: str | None,
) -> None:
    document = sound if privacy is None else private
    if privacy is not None:
        document["privacy"]["unit"] = privacy
    if split is not None:
        document["split"] = {"unit": split}
    assert parse(document).unit == unit


def test_redaction_and_levels(sound: dict[str, Any], parse: Parse) -> None:
    sound["data"]["columns"]["age"]["redaction"] = {"operator": "bands", "edges": [30]}
    policy = parse(sound)
    assert policy.redaction("customer") == Pseudonymise()
    assert policy.redaction("email") == Drop()
    assert policy.redaction("age") == Bands(edges=(30.0,))
    assert policy.levels("age") == ("[18, 30)", "[30, 100]")
    assert policy.levels("sex") == ("f", "m")
    assert policy.levels("income") == ()


def test_texts(bilingual: Policy) -> None:
    assert bilingual.languages == ("en", "zh")
    assert bilingual.text(bilingual.document.purpose.use) == "Testing."
    assert bilingual.text(bilingual.document.purpose.use, "zh") == "测试"
    assert bilingual.text(bilingual.document.purpose.use, "fr") == "Testing."
    assert bilingual.text("plain", "zh") == "plain"
    assert (bilingual.label("age"), bilingual.label("age", "zh")) == ("Age", "年龄")
    assert (bilingual.label("plan", "zh"), bilingual.label("size", "zh")) == ("Plan", "size")


def test_reasons(bilingual: Policy) -> None:
    assert bilingual.reason_code("age") == "R1"
    assert bilingual.reason_code("plan") == "plan"
    assert bilingual.reason_text("age", "lowers", "zh") == "年轻"
    assert bilingual.reason_text("age", "lowers", "fr") == "is young"
    assert bilingual.reason_text("age", "raises", "en") == "Age raised the score"
    assert bilingual.reason_text("age", "raises", "zh") == "年龄使评分升高"
    assert bilingual.reason_text("plan", "lowers") == "Plan lowered the score"
    assert bilingual.reason_text("size", "raises", "fr") == "size raised the score"


def test_undeclared_columns_are_named(bilingual: Policy) -> None:
    for ask in (bilingual.label, bilingual.reason_code, bilingual.levels, bilingual.redaction):
        with pytest.raises(UsageError, match="no column `agee`, did you mean `age`"):
            ask("agee")


def test_a_policy_is_its_bytes(sound: dict[str, Any], parse: Parse) -> None:
    policy, same, other = parse(sound), parse(sound), parse(json.dumps(sound) + "\n")
    assert policy == same
    assert hash(policy) == hash(same)
    assert policy != other
    assert policy.document == other.document
    for twin in (pickle.loads(pickle.dumps(policy)), copy.deepcopy(policy)):
        assert twin == policy
        assert twin.features() == policy.features()
    with pytest.raises(AttributeError):
        policy.source = b""  # type: ignore[misc]


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=12).filter(
    lambda name: name.strip() and name not in {"customer", "churned", "row"}
)
NUMBERS = st.integers(-(10**6), 10**6)


@st.composite
def columns(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["number", "integer", "category", "boolean"]))
    column: dict[str, Any] = {"role": "feature", "type": kind, "missing": draw(st.booleans())}
    if kind in ("number", "integer"):
        low, high = sorted(draw(st.lists(NUMBERS, min_size=2, max_size=2, unique=True)))
        column |= {"min": low, "max": high}
    if kind == "category":
        column["levels"] = draw(st.lists(NAMES, min_size=2, max_size=5, unique=True))
    if draw(st.booleans()):
        column["label"] = {"en": draw(NAMES), "zh": draw(NAMES)}
    return column


@given(st.dictionaries(NAMES, columns(), min_size=1, max_size=4))
def test_any_sound_document_reads_back_as_itself(features: dict[str, Any]) -> None:
    document = {
        "glassledger": 1,
        "name": "generated",
        "version": "1",
        "owner": {"name": "a", "contact": "b"},
        "purpose": {"use": {"en": "c", "zh": "d"}},
        "lawful_basis": {"basis": "contract"},
        "data": {
            "dataset": "e",
            "columns": {**features, "churned": {"role": "target", "type": "boolean", "positive": True}},
        },
        "model": {"family": "ebm", "task": "binary"},
    }
    policy = Policy.parse(json.dumps(document, ensure_ascii=False).encode())
    assert policy.document == PolicyDocument.model_validate(document)
    assert tuple(spec.name for spec in policy.features()) == tuple(features)
    for spec, column in zip(policy.features(), features.values(), strict=True):
        assert spec.missing == column["missing"]
        assert (spec.lower, spec.upper) == (column.get("min"), column.get("max"))
        assert spec.levels == tuple(column.get("levels", ("false", "true") if column["type"] == "boolean" else ()))
    again = policy.document.model_dump_json(exclude_none=True, exclude_defaults=True)
    assert Policy.parse(again.encode()).document == policy.document
