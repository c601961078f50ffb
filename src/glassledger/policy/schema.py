"""The policy format for editors (JSON Schema) and for readers (Markdown), both read off the document's types."""

from typing import Any

from glassledger.policy.document import PolicyDocument
from glassledger.policy.families import FAMILIES, SETTINGS
from glassledger.policy.meanings import meanings
from glassledger.policy.personal_kinds import KINDS
from glassledger.policy.redaction_document import RedactionDocument
from glassledger.policy.reference import redaction_markdown, reference_markdown

__all__ = ["json_schema", "redaction_markdown", "redaction_schema", "reference_markdown"]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TITLE = "glassledger policy, version 1"


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a policy file, for editors and other programs.

    It knows keys, types, ranges and the settings of every family; contradictions between keys only the loader finds.
    """
    schema = PolicyDocument.model_json_schema()
    definitions = schema.setdefault("$defs", {})
    for name, kind in SETTINGS.items():
        definitions[kind.__name__] = kind.model_json_schema() | {"title": f"Settings of {name}"}
    _describe(schema, "PolicyDocument")
    for name, definition in definitions.items():
        _describe(definition, name)
    model = definitions["ModelChoice"]
    model["properties"]["family"]["enum"] = list(FAMILIES)
    model["allOf"] = [
        {
            "if": {"properties": {"family": {"const": name}}},
            "then": {"properties": {"settings": {"$ref": f"#/$defs/{kind.__name__}"}}},
        }
        for name, kind in SETTINGS.items()
    ]
    return {"$schema": _DIALECT, **schema, "title": _TITLE}


def redaction_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a redaction policy file."""
    schema = RedactionDocument.model_json_schema()
    _describe(schema, "RedactionDocument")
    for name, definition in schema.get("$defs", {}).items():
        _describe(definition, name)
    schema["properties"]["kinds"]["propertyNames"] = {"enum": sorted(KINDS)}
    return {"$schema": _DIALECT, **schema, "title": "glassledger redaction policy, version 1"}


def _describe(definition: dict[str, Any], name: str) -> None:
    for key, entry in definition.get("properties", {}).items():
        entry["description"] = meanings()[f"{name}.{key}"]
