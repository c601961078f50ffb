"""Saved models: written once, read for ever, and nothing in the bytes can do anything but fail."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassledger import canonical
from glassledger.errors import AuditError, MissingExtraError, ModelError
from glassledger.models import AdditiveModel, OpaqueModel, RuleModel, load_model, schema
from glassledger.models.additive import Axis, TableTerm
from glassledger.models.saved import MAX_BYTES
from glassledger.records.features import FeatureSpec

GOLDEN = Path(__file__).parent / "golden" / "saved"

ROWS = pd.DataFrame(
    {
        "age": [18.0, 30.0, 45.5, np.nan],
        "pay": [2.5, -1.0, 2e6, 0.0],
        "job": ["clerk", "pilot", None, "Köchin"],
        "size": ["s", "l", "m", "xl"],
    }
)

#: Written when the formats were fixed. A file that once loaded must load, say the same and keep its name for ever.
WRITTEN: dict[str, tuple[str, list[float]]] = {
    "additive_binary": (
        "sha256:a5f67b9e57aff03f344318b477bf2210f92acf522c50cfe761f09182d79985ad",
        [0.07242648536151773, 0.31810359983932884, 1.0, 0.22054372392161595],
    ),
    "additive_multiclass": (
        "sha256:24211e7517e89362fe1985272d83d94d3a2285f5da0952cb059d8d8ca76b81ef",
        [
            *(0.0887222342138491, 0.14195505955142912, 0.7693227062347218),
            *(0.11808166864326013, 0.16756586405539237, 0.7143524673013475),
            *(0.16624255605796665, 0.20203640479938187, 0.6317210391426514),
            *(0.2267145696228295, 0.215657569588251, 0.5576278607889196),
        ],
    ),
    "additive_regression": (
        "sha256:7034546d20ba734cdb71e47cb0028bb6fa9958fdebd1acfbc715c3ba766450a4",
        [33.11545195869231, 4.4816890703380645, 33.11545195869231, 33.11545195869231],
    ),
    "rules": ("sha256:3a007cbc063ae66d2d9eeb4e47b2d809261e3794e27f420541cd0226850aaba6", [0.45, 0.55, 0.7, 0.7]),
}


@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_what_was_written_once_still_loads_and_says_the_same(name: str) -> None:
    digest, scores = WRITTEN[name]
    data = (GOLDEN / f"{name}.json").read_bytes()
    model = load_model(data)
    assert canonical.digest(data) == digest == model.digest
    assert model.to_json() == data
    np.testing.assert_allclose(model.predict(ROWS).ravel(), scores, rtol=1e-14)


def test_an_opaque_model_loads_and_refuses_to_pretend() -> None:
    model = load_model((GOLDEN / "opaque.json").read_bytes())
    assert isinstance(model, OpaqueModel)
    assert model.digest == "sha256:6d064d70fca675c4e6cfd68df74e564972ae108cf3cdad7f833bbd2f8c53da08"
    assert model.outputs == 3
    with pytest.raises(MissingExtraError) as caught:
        model.predict(ROWS)
    assert caught.value.code == "opaque-runner-missing"
    assert caught.value.facts["artefact"] == model.artefact


def test_the_published_schema_is_the_one_in_force(repository: Path) -> None:
    published = json.loads((repository / "docs" / "formats" / "model.schema.json").read_text())
    assert published == schema(), "rewrite docs/formats/model.schema.json from glassledger.models.schema()"


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_saved_models_keep_the_published_schema(path: Path) -> None:
    checker = jsonschema.Draft202012Validator(schema())
    checker.check_schema(schema())
    value = json.loads(path.read_bytes())
    checker.validate(value)
    assert not checker.is_valid({**value, "surprise": 1})
    assert not checker.is_valid({**value, "format": "glassledger/other/v1"})
    assert not checker.is_valid({key: part for key, part in value.items() if key != "features"})


def edited(name: str, **changes: Any) -> bytes:
    return json.dumps({**json.loads((GOLDEN / f"{name}.json").read_bytes()), **changes}).encode()


def first_term(**changes: Any) -> bytes:
    value = json.loads((GOLDEN / "additive_binary.json").read_bytes())
    value["terms"][0] = {**value["terms"][0], **changes}
    return json.dumps(value).encode()


def first_axis(**changes: Any) -> bytes:
    value = json.loads((GOLDEN / "additive_binary.json").read_bytes())
    value["terms"][2]["axes"][0] = {**value["terms"][2]["axes"][0], **changes}
    return json.dumps(value).encode()


def first_node(**changes: Any) -> bytes:
    value = json.loads((GOLDEN / "rules.json").read_bytes())
    value["trees"][0]["nodes"][0] = {**value["trees"][0]["nodes"][0], **changes}
    return json.dumps(value).encode()


MALFORMED = {
    "table too short": first_term(values=[1.0]),
    "table too long": first_term(values=[0.0] * 1000),
    "weights too short": first_term(weights=[1.0]),
    "text for a number": first_term(values=["0.1", "-0.7", "0.2", "0.9"]),
    "true for a number": first_term(values=[True, False, 0.2, 0.9]),
    "a huge bin": first_axis(bins=[10**15, 1, 2, 3]),
    "a gap in the bins": first_axis(bins=[1, 3, 3, 3]),
    "falling cuts": first_axis(cuts=[2.0, 1.0], bins=[]),
    "an unknown kind of term": first_term(kind="pickle"),
    "an unknown key": first_term(__reduce__="os.system"),
    "no class": edited("additive_binary", classes=[]),
    "another link": edited("additive_binary", link="softmax"),
    "a term without its feature": edited("additive_binary", features=[]),
    "a child that is its parent": first_node(left=0),
    "a cycle": first_node(left=0, right=0),
    "a child out of reach": first_node(left=10**12),
    "a child before the first": first_node(left=-1),
    "half a child": first_node(left=1.5),
    "a feature that is not there": first_node(feature="nothing"),
    "no value": first_node(value=[]),
    "no tree": edited("rules", trees=[]),
    "trees as text": edited("rules", trees="[]"),
    "an artefact that is no digest": edited("opaque", artefact="../../etc/passwd"),
    "another task": edited("opaque", task="binary"),
}


@pytest.mark.parametrize("name", sorted(MALFORMED))
def test_a_changed_model_is_refused(name: str) -> None:
    with pytest.raises(AuditError) as caught:
        load_model(MALFORMED[name])
    assert caught.value.code == "model-malformed"
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


BROKEN = {
    "nothing": b"",
    "cut short": (GOLDEN / "rules.json").read_bytes()[:-1],
    "not a number": edited("rules").replace(b"30.500001", b"NaN"),
    "infinite": edited("rules").replace(b"30.500001", b"-Infinity"),
    "a key twice": edited("rules").replace(b'"task"', b'"task": "binary", "task"', 1),
    "not text": b"\x80\x04\x95\x00",
    "utf-16": edited("rules").decode().encode("utf-16-le"),
    "deeper than a parser": b"[" * 200_000,
    "deeper than a parser, in a model": b'{"format":' + b'{"a":' * 200_000,
    "a number of ten thousand digits": b'{"format":' + b"9" * 10_000 + b"}",
    "a number beyond double precision": edited("rules").replace(b"30.500001", b"1e999"),
    "an integer that is no double": edited("rules").replace(b"30.500001", str(2**53 + 1).encode()),
    "two documents": edited("rules") + b"{}",
}


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_what_is_no_json_is_refused(name: str) -> None:
    with pytest.raises(AuditError) as caught:
        load_model(BROKEN[name])
    assert caught.value.code == "json-malformed"


@pytest.mark.parametrize("number", [2.0**53, -(2.0**60), 1e20, 1e21, 5e-324, 1.7976931348623157e308])
def test_the_largest_and_smallest_numbers_survive(number: float) -> None:
    term = TableTerm(axes=(Axis(feature="x", cuts=(number,)),), values=(0.0, number, -number))
    model = AdditiveModel(
        family="linear",
        task="regression",
        link="identity",
        features=(FeatureSpec(name="x", kind="continuous", lower=-abs(number), upper=abs(number)),),
        intercept=(number,),
        terms=(term,),
    )
    again = load_model(model.to_json())
    assert again == model
    assert again.digest == model.digest


FOREIGN = (
    *(b"[]", b"null", b'"x"', b"{}", b'{"format": null}', b'{"format": {}}'),
    *(b'{"format": ["glassledger/rule-model/v1"]}', b'{"format": "glassledger/rule-model/v2"}'),
    *(b'{"format": "glassledger/screening/v1"}', b'{"format": "os.system"}'),
)


@pytest.mark.parametrize("data", FOREIGN)
def test_another_format_is_refused(data: bytes) -> None:
    with pytest.raises(ModelError) as caught:
        load_model(data)
    assert caught.value.code == "model-format-unknown"
    assert "glassledger/additive-model/v1" in caught.value.hint


def test_a_file_beyond_any_model_is_not_even_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canonical, "loads", lambda data: pytest.fail("parsed"))
    with pytest.raises(ModelError) as caught:
        load_model(bytes(MAX_BYTES + 1))
    assert caught.value.code == "model-too-large"


def test_a_pickle_is_bytes_like_any_other(tmp_path: Path) -> None:
    import pickle

    class Bomb:
        def __reduce__(self) -> Any:
            return (Path.touch, (tmp_path / "ran",))

    with pytest.raises(AuditError):
        load_model(pickle.dumps(Bomb()))
    assert not (tmp_path / "ran").exists()


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(GOLDEN.glob("*.json"))), st.data())
def test_any_single_change_loads_as_a_sound_model_or_not_at_all(path: Path, data: st.DataObject) -> None:
    value = json.loads(path.read_bytes())
    holder, key = value, data.draw(st.sampled_from(sorted(value)))
    while isinstance(holder[key], dict | list) and holder[key] and data.draw(st.booleans()):
        holder = holder[key]
        key = data.draw(st.sampled_from(sorted(holder) if isinstance(holder, dict) else range(len(holder))))
    holder[key] = data.draw(VALUES)
    try:
        model = load_model(json.dumps(value).encode())
    except (AuditError, ModelError):
        return
    assert isinstance(model, AdditiveModel | RuleModel | OpaqueModel)
    assert load_model(model.to_json()) == model
    if not isinstance(model, OpaqueModel):
        model.contributions(ROWS.reindex(columns=[feature.name for feature in model.features]).head(0))


def test_loading_needs_no_learner() -> None:
    code = (
        "import sys\n"
        "from glassledger.models import load_model\n"
        f"load_model(open({str(GOLDEN / 'additive_binary.json')!r}, 'rb').read())\n"
        "print([m for m in ('interpret', 'diffprivlib', 'sklearn', 'pickle5', 'joblib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
