"""From bytes to a document: structure, places, nearest names, encodings, and faults told together."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassledger.errors import PolicyError, StorageError
from glassledger.policy import Policy
from glassledger.policy.load import MAX_BYTES
from glassledger.policy.shipped import shipped_policy

Faults = Callable[[Any], dict[str, str]]


def error_of(data: bytes) -> PolicyError:
    with pytest.raises(PolicyError) as caught:
        Policy.parse(data, name="p.yaml")
    assert caught.value.__cause__ is None
    return caught.value


SHORT_NAME = "must start with a lower-case letter and go on with lower-case letters, digits and _"
PAIRS = "must be a whole number or a list, each item a pair of names"

#: Where in the sound policy, what is put there (None removes), the fault's path, its message.
STRUCTURE: list[tuple[tuple[str, ...], Any, str, str]] = [
    (("glassledger",), 2, "glassledger", "must be `1`"),
    (("glassledger",), "1", "glassledger", "must be `1`"),
    (("name",), "Bad Name", "name", SHORT_NAME),
    (("name",), "a" * 65, "name", SHORT_NAME),
    (("version",), 1.0, "version", "must be text (put it in quotes)"),
    (("version",), "", "version", "must not be empty"),
    (("language",), "EN", "language", "must be a language code of two lower-case letters, such as en or zh"),
    (("owner", "contact"), None, "owner.contact", "is required"),
    (("owner",), "Team", "owner", "must be a block of keys"),
    (("owner",), None, "owner", "is required"),
    (("owner", "mail"), "x", "owner.mail", "unknown key; valid here: `contact`, `name`"),
    (("purpose", "use"), 3, "purpose.use", "must be text, or one text per language (put it in quotes)"),
    (("purpose", "use"), {"en": 3}, "purpose.use.en", "must be text (put it in quotes)"),
    (("purpose", "prohibited"), "all", "purpose.prohibited",
     "must be a list, each item text, or one text per language"),
    (("dat",), {}, "dat", "unknown key, did you mean `data`?"),
    (("data", "columns"), {}, "data.columns", "must not be empty"),
    (("data", "columns"), [], "data.columns", "must be a mapping of names to a block of keys"),
    (("data", "columns", "age"), "integer", "data.columns.age", "must be a block of keys"),
    (("data", "columns", "age", "rolle"), "x", "data.columns.age.rolle", "unknown key, did you mean `role`?"),
    (("data", "columns", "age", "type"), "integr", "data.columns.age.type", "must be one of `number`, `integer`, "
     "`category`, `boolean`, `date`, `text`, did you mean `integer`?"),
    (("data", "columns", "age", "min"), "x", "data.columns.age.min", "must be a number or a date (YYYY-MM-DD)"),
    (("data", "columns", "age", "min"), "18", "data.columns.age.min", "must be a number or a date (YYYY-MM-DD)"),
    (("data", "columns", "age", "min"), True, "data.columns.age.min", "must be a number or a date (YYYY-MM-DD)"),
    (("data", "columns", "age", "missing"), "yes", "data.columns.age.missing",
     "must be true or false (yes, no, on and off are ordinary words here)"),
    (("data", "columns", "age", "missing"), 1, "data.columns.age.missing", "must be true or false"),
    (("data", "columns", "plan", "levels"), "small", "data.columns.plan.levels",
     "must be a list, each item text or a whole number or true or false"),
    (("data", "columns", "plan", "levels"), ["a", 1.5], "data.columns.plan.levels[1]",
     "must be text or a whole number or true or false (put it in quotes)"),
    (("data", "columns", "plan", "levels"), ["a", ["b"]], "data.columns.plan.levels[1]",
     "must be text or a whole number or true or false"),
    (("data", "columns", "email", "redaction"), "drop", "data.columns.email.redaction",
     "must be a block with an `operator`"),
    (("data", "columns", "email", "redaction"), {}, "data.columns.email.redaction.operator", "is required; valid here: "
     "`keep`, `drop`, `mask`, `pseudonymise`, `tokenise`, `bands`, `generalise`, `prefix`, `truncate_date`, "
     "`shift_date`, `suppress_rare`, `redact_text`, `redact_spans`, `block`"),
    (("data", "columns", "email", "redaction"), {"operator": "hash"}, "data.columns.email.redaction.operator",
     "`hash` is refused: a plain hash is undone by hashing every phone or identity number; use pseudonymise, which is "
     "keyed"),
    (("data", "columns", "email", "redaction"), {"operator": "pseudonymize"},
     "data.columns.email.redaction.operator", "unknown operator, did you mean `pseudonymise`?"),
    (("data", "columns", "email", "redaction"), {"operator": "mask", "keeplast": 2},
     "data.columns.email.redaction.keeplast", "unknown key, did you mean `keep_last`?"),
    (("data", "columns", "email", "redaction"), {"operator": "mask", "edges": [2]},
     "data.columns.email.redaction.edges", "unknown key; valid here: `keep_last`, `operator`"),
    (("data", "columns", "email", "redaction"), {"operator": "mask", "keep_last": 9},
     "data.columns.email.redaction.keep_last", "must be at most 4"),
    (("data", "columns", "age", "redaction"), {"operator": "bands", "edges": []},
     "data.columns.age.redaction.edges", "must not be empty"),
    (("data", "columns", "age", "redaction"), {"operator": "bands", "edges": [1, "2"]},
     "data.columns.age.redaction.edges[1]", "must be a number"),
    (("data", "checks"), [{"name": "a"}], "data.checks[0].rule", "is required"),
    (("data", "checks"), [{"name": "a", "rule": "x" * 201}], "data.checks[0].rule", "must have at most 200 characters"),
    (("model", "task"), "binry", "model.task",
     "must be one of `binary`, `multiclass`, `regression`, did you mean `binary`?"),
    (("model", "monotone"), {"age": "up"}, "model.monotone.age", "must be one of `increasing`, `decreasing`"),
    (("model", "monotone"), ["age"], "model.monotone",
     "must be a mapping of names to one of `increasing`, `decreasing`"),
    (("model", "interactions"), "3", "model.interactions", PAIRS),
    (("model", "interactions"), True, "model.interactions", PAIRS),
    (("model", "interactions"), [["age"]], "model.interactions[0][1]", "must be a pair of names"),
    (("model", "interactions"), [["age", "plan", "size"]], "model.interactions[0]", "must be a pair of names"),
    (("model", "seed"), -1, "model.seed", "must be at least 0"),
    (("model", "seed"), 1.5, "model.seed", "must be a whole number"),
    (("split",), {"holdout": 0.9}, "split.holdout", "must be at most 0.5"),
    (("split",), {"holdout": "a fifth"}, "split.holdout", "must be a number"),
    (("review",), {"developer_may_approve": True}, "review.developer_may_approve", "must be `false`"),
    (("reasons",), {"count": 21}, "reasons.count", "must be at most 20"),
    (("privacy",), {"unit": "row", "epsilon": 0, "dataset_budget": {"epsilon": 1, "delta": 0}}, "privacy.epsilon",
     "must be above 0"),
    (("privacy",), {"unit": "row", "epsilon": 1, "delta": 1, "dataset_budget": {"epsilon": 1, "delta": 0}},
     "privacy.delta", "must be below 1"),
    (("privacy",), {"unit": "row", "epsilon": "much", "dataset_budget": {"epsilon": 1, "delta": 0}}, "privacy.epsilon",
     "must be a number"),
]  # fmt: skip


@pytest.mark.parametrize(("at", "value", "path", "message"), STRUCTURE)
def test_each_structural_fault_is_one_plain_sentence(
    sound: dict[str, Any], faults: Faults, at: tuple[str, ...], value: Any, path: str, message: str
) -> None:
    block = sound
    for step in at[:-1]:
        block = block[step]
    if value is None:
        del block[at[-1]]
    else:
        block[at[-1]] = value
    assert faults(sound) == {path: message}


YAML = """\
# A comment moves every line.
glassledger: 1
name: lines

version: "1"
owner:
  name: Team
purpose: {use: Testing.}
lawful_basis:
  basis: contracct
data:
  dataset: table
  columns:
    age:
      role: feature
      type: integer
      min: 18
      maxx: 100
    plan:
      role: feature
      type: category
      levels:
        - small
        - 1.5
    churned: {role: target, type: category,
      levels: [no, yes], positive: yes, missing: no}
model:
  family: ebm
  task: binary
"""


def test_lines_are_those_of_the_file() -> None:
    found = error_of(YAML.encode()).facts["faults"]
    assert [(fault["line"], fault["path"]) for fault in found] == [
        (6, "owner.contact"),
        (10, "lawful_basis.basis"),
        (18, "data.columns.age.maxx"),
        (24, "data.columns.plan.levels[1]"),
        (26, "data.columns.churned.missing"),
    ]


def test_lines_of_contradictions() -> None:
    text = YAML.replace("  name: Team", "  name: Team\n  contact: x").replace("contracct", "contract")
    text = text.replace("maxx", "max").replace("- 1.5", "- small").replace(", missing: no", "").replace("ebm", "emb")
    found = error_of(text.encode()).facts["faults"]
    assert [(fault["line"], fault["path"]) for fault in found] == [
        (25, "data.columns.plan.levels[1]"),
        (29, "model.family"),
    ]


def test_the_whole_message_of_one_fault_and_of_many() -> None:
    one = error_of(shipped_policy("minimal").replace(b"ebm", b"ebn"))
    assert str(one) == (
        "p.yaml:18: model.family: unknown family, did you mean `ebm`? "
        "Every key is described in docs/reference/policy.md."
    )
    many = error_of(shipped_policy("minimal").replace(b"ebm", b"ebn").replace(b"version:", b"vresion:"))
    assert [line.rstrip() for line in str(many).splitlines()] == [
        "p.yaml: 2 faults",
        "  p.yaml:5: vresion: unknown key, did you mean `version`?",
        "  p.yaml:18: model.family: unknown family, did you mean `ebm`?",
        "Every key is described in docs/reference/policy.md.",
    ]


def test_a_misspelt_required_key_is_one_fault_and_hides_no_contradiction(faults: Faults) -> None:
    text = shipped_policy("minimal").decode().replace("model:", "modell:").replace("columns:", "colunms:")
    assert faults(text) == {
        "data.colunms": "unknown key, did you mean `columns`?",
        "modell": "unknown key, did you mean `model`?",
    }
    wrong = text.replace("max: 100", "max: 10").replace("purpose: {use", "purpose: {us")
    assert faults(wrong) == {
        "data.colunms": "unknown key, did you mean `columns`?",
        "data.columns.age.max": "must be above min",
        "modell": "unknown key, did you mean `model`?",
        "purpose.us": "unknown key, did you mean `use`?",
    }


def test_a_key_that_is_there_twice_in_two_spellings(sound: dict[str, Any], faults: Faults) -> None:
    sound["data"]["columns"]["plan"] |= {"level": ["x"], "levels": 3}
    assert set(faults(sound)) == {"data.columns.plan.level", "data.columns.plan.levels"}


def test_a_thousand_faults_stay_readable() -> None:
    text = shipped_policy("minimal") + b"".join(b"key%d: 1\n" % index for index in range(1000))
    error = error_of(text)
    assert len(error.message.splitlines()) == 52
    assert error.message.splitlines()[-1] == "  … and 450 more"
    assert error.facts["count"] == 500


def test_utf8_with_and_without_mark_and_windows_lines(parse: Callable[[Any], Policy]) -> None:
    plain = shipped_policy("campaign")
    for data in (plain, b"\xef\xbb\xbf" + plain, plain.replace(b"\n", b"\r\n")):
        policy = Policy.parse(data)
        assert policy.source == data
        assert policy.label("age", "zh") == "年龄"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "gb18030", "latin-1"])
def test_other_encodings_are_named_as_such(encoding: str) -> None:
    text = "# Größe 年龄\n" if encoding != "latin-1" else "# Größe\n"
    error = error_of((text + shipped_policy("minimal").decode()).encode(encoding))
    assert error.code == "policy-encoding"
    assert error.message == "p.yaml:1: the file is not UTF-8."
    assert error.facts == {"policy": "p.yaml", "line": 1}


def test_the_line_of_a_stray_byte() -> None:
    error = error_of(shipped_policy("minimal").replace(b"Retention team", b"Gr\xf6sse"))
    assert error.message == "p.yaml:7: the file is not UTF-8."


def test_size_limit() -> None:
    text = shipped_policy("minimal")
    full = text + b"#" + b"x" * (MAX_BYTES - len(text) - 2) + b"\n"
    assert len(full) == MAX_BYTES
    assert Policy.parse(full).document.name == "minimal"
    assert error_of(full + b"\n").code == "policy-too-large"


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"# nothing\n", b"just words", b"- a\n- b\n", b"3", b"a,b\n1,alice@example.org\n",
             b"alice@example.org: 1\nbob: {name: x}\n", b'{"name": "alice", "iban": "DE1", "version": 3}']
)  # fmt: skip
def test_a_file_that_is_no_policy_is_not_quoted(data: bytes) -> None:
    error = error_of(data)
    assert error.code == "policy-invalid"
    assert len(error.facts["faults"]) == 1
    for word in ("alice", "bob", "words", "iban", "DE1"):
        assert word not in str(error) + json.dumps(error.facts)


def test_values_are_never_quoted(sound: dict[str, Any]) -> None:
    secret = "s3cret-v4lue"
    columns = sound["data"]["columns"]
    columns["age"] |= {"min": secret, "role": secret, "missing": secret, "levels": secret}
    columns["email"]["redaction"] = {"operator": secret}
    sound |= {"version": {"x": secret}, "reasons": {"count": secret, "baseline": secret}, "name": secret}
    sound["model"] |= {"task": secret, "settings": secret, "seed": secret}
    error = error_of(json.dumps(sound).encode())
    assert error.facts["count"] >= 10
    assert secret not in str(error) + json.dumps(error.facts) + repr(error)


def test_load_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(shipped_policy("minimal"))
    assert Policy.load(path) == Policy.load(str(path)) == Policy.parse(shipped_policy("minimal"))
    path.write_text("glassledger: 1\n")
    with pytest.raises(PolicyError, match=r"mine\.yaml:1: owner: is required"):
        Policy.load(path)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(PolicyError) as absent:
        Policy.load(tmp_path / "absent.yaml")
    assert absent.value.code == "policy-not-found"
    assert absent.value.exit_code == 2
    with pytest.raises(StorageError) as folder:
        Policy.load(tmp_path)
    assert folder.value.code == "storage-read"
    with pytest.raises(PolicyError) as endless:
        Policy.load("/dev/zero")
    assert endless.value.code == "policy-too-large"


def test_empty_settings_may_be_left_out(sound: dict[str, Any], parse: Callable[[Any], Policy]) -> None:
    without = parse(sound)
    sound["model"]["settings"] = {}
    assert parse(sound).settings == without.settings


@given(st.binary(max_size=300))
def test_any_bytes_are_a_policy_error(data: bytes) -> None:
    assert error_of(data).code in {"policy-invalid", "policy-encoding"}


@given(data=st.data())
def test_a_damaged_policy_is_a_policy_or_a_policy_error(data: st.DataObject) -> None:
    text = bytearray(shipped_policy(data.draw(st.sampled_from(["minimal", "telco_churn_private"]))))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text) - 1))
        text[start : start + data.draw(st.integers(0, 6))] = data.draw(
            st.binary(max_size=4) | st.sampled_from([b"\n", b": ", b"- ", b"&a ", b"~", b"[", b"}", b"1e999", b"no"])
        )
    try:
        assert Policy.parse(bytes(text)).source == bytes(text)
    except PolicyError as error:
        assert error.facts["faults" if error.code == "policy-invalid" else "line"]
