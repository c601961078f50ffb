"""The JSON Schema agrees with the loader, and the reference page is up to date."""

import copy
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from glassledger.policy.families import FAMILIES, SETTINGS
from glassledger.policy.meanings import meanings
from glassledger.policy.schema import json_schema, redaction_markdown, redaction_schema, reference_markdown
from glassledger.policy.shipped import shipped_names, shipped_policy
from glassledger.policy.yaml_tree import read_tree

VALIDATOR = jsonschema.Draft202012Validator(json_schema())


def test_it_is_a_2020_12_schema_with_a_description_for_every_key() -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    for definition in (schema, *schema["$defs"].values()):
        assert definition["title"]
        for key, entry in definition.get("properties", {}).items():
            assert entry["description"].endswith("."), key


def test_every_documented_meaning_is_used_and_short() -> None:
    schemas = {"PolicyDocument": json_schema(), "RedactionDocument": redaction_schema()}
    used = {
        f"{name}.{key}" for s in schemas.values() for name, d in s["$defs"].items() for key in d.get("properties", {})
    }
    used |= {f"{name}.{key}" for name, schema in schemas.items() for key in schema["properties"]}
    assert set(meanings()) == used
    assert all(len(text) < 200 and "\n" not in text for text in meanings().values())


@pytest.mark.parametrize("name", shipped_names())
def test_shipped_policies_fit_the_schema(name: str) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(read_tree(shipped_policy(name).decode()).value)] == []


def test_the_sound_policies_fit(sound: dict[str, Any], private: dict[str, Any]) -> None:
    VALIDATOR.validate(sound)
    VALIDATOR.validate(private)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("typo",), 1),
        (("version",), 1.0),
        (("data", "columns", "age", "typ"), "integer"),
        (("data", "columns", "age", "role"), "featur"),
        (("data", "columns", "age", "missing"), "yes"),
        (("data", "columns", "email", "redaction"), {"operator": "mask", "edges": [1]}),
        (("model", "family"), "emb"),
        (("model", "settings"), {"outer_bag": 2}),
        (("model", "settings"), {"pdo": 20}),
        (("model", "settings"), {"outer_bags": 0}),
        (("split",), {"holdout": 0.9}),
    ],
)
def test_wrong_twins_do_not_fit(sound: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    document = copy.deepcopy(sound)
    block = document
    for step in path[:-1]:
        block = block[step]
    block[path[-1]] = value
    assert not VALIDATOR.is_valid(document)


@pytest.mark.parametrize("family", FAMILIES)
def test_settings_belong_to_their_family(sound: dict[str, Any], family: str) -> None:
    sound["model"] |= {"family": family, "settings": {name: 1 for name in list(SETTINGS[family].model_fields)[:0]}}
    assert VALIDATOR.is_valid(sound)
    sound["model"]["settings"] = {"no_such_setting": 1}
    assert not VALIDATOR.is_valid(sound)


def test_the_reference_page_is_generated(repository: Path) -> None:
    page = (repository / "docs/reference/policy.md").read_text(encoding="utf-8")
    assert page == reference_markdown(), "write reference_markdown() into docs/reference/policy.md"


def test_the_reference_page_names_every_key_family_and_operator() -> None:
    page = reference_markdown() + redaction_markdown()
    for name in meanings():
        key = name.partition(".")[2]
        assert f"`{key}`" in page, name
    for family in FAMILIES:
        assert f"### Settings of `{family}`" in page
    assert "<class" not in page
    assert "``" not in page


def test_loading_a_policy_reads_no_source_and_no_data_science_package() -> None:
    code = (
        "import sys; from glassledger.policy import Policy; from glassledger.policy.shipped import shipped_policy;"
        "Policy.parse(shipped_policy('campaign'));"
        "heavy = {'numpy', 'pandas', 'sklearn', 'glassledger.policy.meanings'} & set(sys.modules); print(sorted(heavy))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
