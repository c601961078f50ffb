"""The document survives its own JSON, byte for byte, and its schema is the published one."""

import json

import jsonschema
import pytest

from glassledger import canonical
from glassledger.errors import AuditError
from glassledger.report import Evidence


@pytest.fixture(params=["open", "private", "tree", "classes", "bare"])
def document(request, factory):
    return {
        "open": lambda: factory.evidence(),
        "private": lambda: factory.evidence(private=True),
        "tree": factory.tree_evidence,
        "classes": factory.classes_evidence,
        "bare": lambda: factory.evidence(evaluation=None, personas=(), artifacts={}),
    }[request.param]()


def test_it_survives_json_byte_for_byte(document):
    data = document.to_json()
    again = Evidence.from_json(data)
    assert again == document
    assert again.to_json() == data
    assert document.digest == canonical.digest(data)


def test_it_fits_the_published_schema(document, repository):
    schema = json.loads((repository / "docs/formats/evidence.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(json.loads(document.to_json()))


def test_the_published_schema_is_the_current_one(repository):
    published = (repository / "docs/formats/evidence.schema.json").read_text(encoding="utf-8")
    # after a meant change: glassledger schema evidence > docs/formats/evidence.schema.json
    assert published == json.dumps(Evidence.model_json_schema(), indent=2, ensure_ascii=False) + "\n"


def test_the_schema_refuses_what_the_record_refuses(evidence, repository):
    schema = json.loads((repository / "docs/formats/evidence.schema.json").read_text(encoding="utf-8"))
    value = json.loads(evidence.to_json())
    for path, change in [((), {"extra": 1}), (("facts",), {"form": "magic"}), (("log",), {"entries": 3})]:
        twin = json.loads(json.dumps(value))
        place = twin
        for step in path:
            place = place[step]
        place.update(change)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.Draft202012Validator(schema).validate(twin)
        with pytest.raises(AuditError):
            Evidence.from_dict(twin)


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"null", b'{"format":"glassledger/evidence/v2"}', b"\xff"])
def test_other_bytes_are_our_error(data):
    with pytest.raises((AuditError, UnicodeDecodeError)) as caught:
        Evidence.from_json(data)
    assert isinstance(caught.value, AuditError)
