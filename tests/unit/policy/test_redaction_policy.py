"""Redaction policies: strict loading, the shipped ones, and how a scoring policy includes one."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from glassledger.errors import PolicyError, UsageError
from glassledger.policy import Policy
from glassledger.policy.operators import REFUSED_OPERATORS, Drop, Pseudonymise, Tokenise, TruncateDate
from glassledger.policy.personal_kinds import DIRECT_KINDS, KINDS
from glassledger.policy.redaction_policy import RedactionPolicy
from glassledger.policy.schema import redaction_markdown, redaction_schema
from glassledger.policy.shipped import redaction_names, shipped_redaction
from glassledger.policy.yaml_tree import read_tree

SMALL: dict[str, Any] = {
    "glassledger_redaction": 1,
    "name": "small",
    "version": "1",
    "owner": {"name": "Team", "contact": "team@example.org"},
    "domain": "tests",
}


def _bytes(value: dict[str, Any]) -> bytes:
    return json.dumps(value, indent=1, default=str).encode()


def _faults(**changes: Any) -> dict[str, str]:
    with pytest.raises(PolicyError) as caught:
        RedactionPolicy.parse(_bytes(SMALL | changes), name="r.yaml")
    assert all(f"r.yaml:{fault['line']}: " in caught.value.message for fault in caught.value.facts["faults"])
    return {fault["path"]: fault["message"] for fault in caught.value.facts["faults"]}


def test_four_policies_are_shipped(repository: Path) -> None:
    assert redaction_names() == ("cn_pipl", "eu_gdpr", "strict", "us_glba_hipaa")
    with pytest.raises(UsageError, match="did you mean `eu_gdpr`"):
        shipped_redaction("eu_gpdr")


@pytest.mark.parametrize("name", redaction_names())
def test_each_shipped_policy_loads_is_commented_and_fits_the_schema(name: str) -> None:
    policy = RedactionPolicy.load(name)
    assert policy.document.name == name
    assert policy.source.startswith(b"# ")
    validator = jsonschema.Draft202012Validator(redaction_schema())
    assert [error.message for error in validator.iter_errors(read_tree(policy.source.decode()).value)] == []


@pytest.mark.parametrize("name", redaction_names())
def test_no_shipped_policy_lets_a_direct_identifier_stay(name: str) -> None:
    document = RedactionPolicy.load(name).document
    for kind in DIRECT_KINDS:
        assert document.kinds.get(kind, document.roles.identifier).operator not in ("keep", "redact_spans")


def test_the_strict_policy_keeps_no_way_back() -> None:
    document = RedactionPolicy.load("strict").document
    rules = [*document.kinds.values(), document.roles.identifier, document.roles.ignored]
    assert not any(isinstance(rule, Pseudonymise | Tokenise) for rule in rules)


@pytest.mark.parametrize("name", REFUSED_OPERATORS)
def test_what_would_not_protect_is_refused_with_its_reason(name: str) -> None:
    assert _faults(kinds={"email": {"operator": name}}) == {
        "kinds.email.operator": f"`{name}` is refused: {REFUSED_OPERATORS[name]}"
    }


@pytest.mark.parametrize(
    ("changes", "path", "message"),
    [
        ({"kinds": {"e_mail": {"operator": "drop"}}}, "kinds.e_mail", "unknown kind, did you mean `email`?"),
        ({"kinds": {"email": {"operator": "keep"}}}, "kinds.email",
         "a direct identifier never stays as it is"),
        ({"colums": {}}, "colums", "unknown key, did you mean `columns`?"),
        ({"kinds": {"email": {"operator": "mask", "keep_lst": 2}}}, "kinds.email.keep_lst",
         "unknown key, did you mean `keep_last`?"),
        ({"roles": {"free_text": {"operator": "keep"}}}, "roles", "identifiers and free texts never stay as they are"),
    ],
)  # fmt: skip
def test_each_fault_names_its_place(changes: dict[str, Any], path: str, message: str) -> None:
    assert _faults(**changes) == {path: message}


def test_something_else_is_not_a_redaction_policy() -> None:
    with pytest.raises(PolicyError, match="not a redaction policy"):
        RedactionPolicy.parse(b"name: x\n", name="x.yaml")


def test_the_reference_page_is_generated(repository: Path) -> None:
    page = (repository / "docs/reference/redaction-policy.md").read_text(encoding="utf-8")
    assert page == redaction_markdown(), "run make docs"
    assert all(f"`{kind}`" in page for kind in KINDS)


# ── inclusion ──


def _including(sound: dict[str, Any], use: str = "eu_gdpr", **columns: Any) -> dict[str, Any]:
    sound["redaction"] = {"use": use}
    for name, changes in columns.items():
        sound["data"]["columns"][name] |= changes
    return sound


def test_the_first_rule_that_says_something_wins(sound: dict[str, Any]) -> None:
    rules = SMALL | {
        "columns": {"email": {"operator": "mask", "keep_last": 2}},
        "kinds": {"phone": {"operator": "pseudonymise"}, "email": {"operator": "drop"}},
        "roles": {"free_text": {"operator": "redact_text"}},
    }
    sound["data"]["columns"]["tel"] = {"role": "identifier", "type": "text", "kind": "phone"}
    sound["data"]["columns"]["email"]["kind"] = "email"
    policy = Policy.parse(_bytes(_including(sound, "own.yaml")), redaction=_bytes(rules))

    assert policy.redaction("customer") == Pseudonymise()  # its own word
    assert policy.redaction("email").operator == "mask"  # columns before kinds
    assert policy.redaction("tel") == Pseudonymise(domain="tests/tel")  # kinds, in the policy's domain
    assert policy.redaction("notes").operator == "redact_text"  # roles
    assert policy.redaction("start") == Drop()
    assert policy.redaction("age").operator == "keep"


def test_a_rule_that_does_not_suit_the_column_is_a_fault(sound: dict[str, Any]) -> None:
    with pytest.raises(PolicyError, match=r"prefix works on type category or text, not on integer"):
        Policy.parse(_bytes(_including(sound, age={"kind": "postcode"})))
    with pytest.raises(PolicyError, match="unknown kind, did you mean `postcode`"):
        Policy.parse(_bytes(_including(sound, age={"kind": "postcod"})))


def test_a_birth_date_is_cut_down_to_its_year(sound: dict[str, Any]) -> None:
    policy = Policy.parse(_bytes(_including(sound, start={"kind": "birth_date"})))
    assert policy.redaction("start") == TruncateDate(to="year")


def test_the_digest_covers_the_included_file(sound: dict[str, Any]) -> None:
    alone = Policy.parse(_bytes(sound))
    source = _bytes(_including(sound, "own.yaml"))
    one, other = (Policy.parse(source, redaction=_bytes(SMALL | {"domain": domain})) for domain in ("a", "b"))
    assert len({alone.digest, one.digest, other.digest}) == 3
    assert one != other


def test_a_pinned_file_may_not_change(sound: dict[str, Any]) -> None:
    rules = _bytes(SMALL)
    sound["redaction"] = {"use": "own.yaml", "pin": RedactionPolicy.parse(rules).digest}
    Policy.parse(_bytes(sound), redaction=rules)
    with pytest.raises(PolicyError) as caught:
        Policy.parse(_bytes(sound), redaction=_bytes(SMALL | {"version": "2"}))
    assert caught.value.code == "redaction-policy-changed"


def test_a_file_is_found_beside_the_policy(sound: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_bytes(_bytes(SMALL))
    (tmp_path / "policy.yaml").write_bytes(_bytes(_including(sound, "own.yaml")))
    policy = Policy.load(tmp_path / "policy.yaml")
    assert policy.redaction_policy is not None
    (tmp_path / "own.yaml").unlink()
    with pytest.raises(PolicyError) as caught:
        Policy.load(tmp_path / "policy.yaml")
    assert caught.value.code == "policy-not-found"
