"""The second lock: a policy object that was tampered with after its checks still lets no identifier through."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from glassledger.errors import InputError, PolicyError
from glassledger.policy import Policy
from glassledger.policy.operators import Keep, Prefix
from glassledger.redaction.keys import KeyRing
from glassledger.redaction.table import redact_table

POLICY = Policy.parse(b"""\
glassledger: 1
name: small
version: "1"
owner: {name: Test Team, contact: team@example.com}
purpose: {use: Trying things out}
lawful_basis: {basis: not_personal_data}
data:
  dataset: small
  columns:
    id: {role: identifier, type: text, redaction: {operator: pseudonymise}}
    email: {role: identifier, type: text}
    phone: {role: identifier, type: text, redaction: {operator: mask, keep_last: 2}}
    notes: {role: free_text, type: text, redaction: {operator: redact_text}}
    hobby: {role: ignored, type: text}
    age: {role: protected, type: integer, min: 0, max: 100, redaction: {operator: bands, edges: [50]}}
    town:
      role: feature
      type: category
      levels: [north, south]
      other: rest
      redaction: {operator: suppress_rare, min_count: 2}
    bought: {role: target, type: boolean, positive: true}
model: {family: logistic, task: binary}
""")

TYPED = pd.DataFrame(
    {
        "id": ["1", "2", "3"],
        "email": ["a@example.com", "b@example.com", None],
        "phone": ["5550100", "5550101", "5550102"],
        "notes": ["hello", None, "x" * 50],
        "age": pd.array([20, 60, 61], dtype="Int64"),
        "town": ["north", "north", "south"],
        "bought": ["true", "false", "true"],
    },
).astype({name: object for name in ("id", "email", "phone", "notes", "town", "bought")})


def _poisoned(name: str, **changes: Any) -> Policy:
    columns = POLICY.document.data.columns
    columns = columns | {name: columns[name].model_copy(update=changes)}
    data = POLICY.document.data.model_copy(update={"columns": columns})
    return replace(POLICY, document=POLICY.document.model_copy(update={"data": data}))


def test_each_column_gets_its_operator(tmp_path: Any) -> None:
    redacted = redact_table(TYPED, POLICY, keys=KeyRing(tmp_path))

    assert list(redacted.columns) == ["id", "phone", "notes", "age", "town", "bought"]
    assert redacted.kept == ("id", "phone", "notes")
    assert redacted.columns["town"].tolist() == ["north", "north", "rest"]
    assert redacted.columns["age"].tolist() == ["[0, 50)", "[50, 100]", "[50, 100]"]
    assert redacted.columns["phone"].tolist() == ["*****00", "*****01", "*****02"]
    assert redacted.columns["id"].str.fullmatch("p1_[0-9a-f]{32}").all()
    assert [(receipt.column, receipt.operator, receipt.changed) for receipt in redacted.receipts] == [
        ("id", "pseudonymise", 3), ("email", "drop", 2), ("phone", "mask", 3), ("notes", "redact_text", 2),
        ("age", "bands", 3), ("town", "suppress_rare", 1), ("bought", "keep", 0),
    ]  # fmt: skip


def test_scoring_keeps_the_levels_that_were_kept_when_fitting(tmp_path: Any) -> None:
    keys = KeyRing(tmp_path)
    fitted = redact_table(TYPED, POLICY, keys=keys)
    assert fitted.levels_kept == {"town": ("north",)}

    one_row = redact_table(TYPED.iloc[2:].reset_index(drop=True), POLICY, keys=keys, kept_levels=fitted.levels_kept)
    assert one_row.columns["town"].tolist() == ["rest"], "rare when fitting, so rare now"
    many = redact_table(TYPED, POLICY, keys=keys, kept_levels={"town": ("south",)})
    assert many.columns["town"].tolist() == ["rest", "rest", "south"], "however often it comes now"


def test_scoring_without_the_levels_of_the_fit_is_refused(tmp_path: Any) -> None:
    with pytest.raises(InputError) as caught:
        redact_table(TYPED, POLICY, keys=KeyRing(tmp_path), kept_levels={})
    assert caught.value.code == "kept-levels-missing"


@pytest.mark.parametrize(
    "policy",
    [
        _poisoned("email", redaction=Keep()),
        _poisoned("id", redaction=Keep()),
        _poisoned("id", redaction=Prefix(length=20)),
        _poisoned("notes", redaction=Keep()),
        _poisoned("hobby", redaction=Keep()),
        _poisoned("age", redaction=None),
    ],
    ids=[
        "dropped identifier kept",
        "pseudonym kept raw",
        "identifier cut",
        "free text kept",
        "ignored text kept",
        "age",
    ],
)
def test_a_poisoned_policy_is_refused(policy: Policy, tmp_path: Any) -> None:
    with pytest.raises(PolicyError) as caught:
        redact_table(TYPED, policy, keys=KeyRing(tmp_path))

    assert caught.value.code == "identifier-exposed"
    assert len(caught.value.facts["columns"]) == 1
    assert not list(tmp_path.iterdir()), "refused before any key was made"


def test_an_identifier_smuggled_in_as_a_feature_is_refused(tmp_path: Any) -> None:
    honest = _poisoned("hobby", note="unchanged")
    email = honest.features()[0].model_copy(update={"name": "email"})
    honest.__dict__["_specs"] = (*honest.features(), email)  # a cached property, overwritten from outside

    with pytest.raises(PolicyError, match="email") as caught:
        redact_table(TYPED, honest, keys=KeyRing(tmp_path))

    assert caught.value.code == "identifier-exposed"


def test_a_missing_cell_stays_missing_everywhere(tmp_path: Any) -> None:
    empty = pd.DataFrame({name: pd.Series([None, None], dtype=TYPED[name].dtype) for name in TYPED})

    redacted = redact_table(empty, POLICY, keys=KeyRing(tmp_path))

    assert np.asarray(redacted.columns.isna()).all()
    assert sum(receipt.changed for receipt in redacted.receipts) == 0
