"""A direct identifier where none is declared stops the table, wherever it stands and however rare it is."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from glassledger.data import screen
from glassledger.data.stray import stray_identifiers
from glassledger.errors import InputError
from glassledger.policy import Policy
from glassledger.redaction.keys import KeyRing

PLANTED = {
    "email": "erika.mustermann@example.org",
    "iban": "DE89370400440532013000",
    "payment_card": "4111 1111 1111 1111",
    "us_ssn": "123-45-6789",
    "cn_mobile": "请拨13812345678联系",
    "es_dni": "12345678Z",
}
COLUMNS = (
    "id: {role: identifier, type: text, redaction: {operator: drop}}",
    "notes: {role: free_text, type: text}",
    "memo: {role: ignored, type: text}",
    "town: {role: feature, type: category, levels: [north, south, help@town.example], other: rest}",
    "zip: {role: feature, type: text, other: rest, redaction: {operator: prefix, length: 2, levels: ['80', '81']}}",
    "age: {role: feature, type: integer, min: 18, max: 95}",
)


@pytest.fixture(scope="module")
def policy(make_policy: Any) -> Policy:
    made: Policy = make_policy(*COLUMNS)
    return made


def _table(rows: int = 1000) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": [f"person{row}@example.com" for row in range(rows)],
            "notes": "call +49 89 1234567",
            "memo": "a@example.com",
            "town": ["north", "help@town.example"] * (rows // 2),
            "zip": ["8001", "8100"] * (rows // 2),
            "age": [str(20 + row % 60) for row in range(rows)],
            "y": ["yes", "no"] * (rows // 2),
        }
    )


def test_what_is_declared_is_not_stray(policy: Policy) -> None:
    assert stray_identifiers(_table(), policy) == ()


@pytest.mark.parametrize("column", ["town", "zip"])
@pytest.mark.parametrize("kind", PLANTED)
def test_two_in_a_thousand_are_all_found(policy: Policy, kind: str, column: str) -> None:
    table = _table()
    table.loc[[17, 803], column] = PLANTED[kind]
    (found,) = stray_identifiers(table, policy)
    assert (found.column, found.rule, found.count, found.rows) == (
        column,
        f"undeclared identifier ({kind})",
        2,
        (17, 803),
    )


@pytest.mark.parametrize("purpose", ["fit", "score"])
def test_it_blocks_and_repeats_no_value(policy: Policy, tmp_path: Path, purpose: Any) -> None:
    table = _table()
    table.loc[5, "town"] = PLANTED["email"]  # would have become `rest` without a word
    with pytest.raises(InputError) as caught:
        screen(table, policy, keys=KeyRing(tmp_path), purpose=purpose)
    assert caught.value.code == "contract-broken"
    assert "undeclared identifier (email): 1 row, first 5" in str(caught.value)
    assert PLANTED["email"] not in f"{caught.value!s}{caught.value.facts}"


def test_look_alikes_pass(policy: Policy) -> None:
    table = _table()
    table.loc[:5, "town"] = "ref 4111111111111112 of 2024-05-17, build 1.2.3.4"
    table["zip"] = pd.Series([["not", "a", "value"]] * len(table), dtype=object)
    assert stray_identifiers(table, policy) == ()


@pytest.mark.parametrize(
    ("column", "cells", "kind"),
    [
        ("age", [4111111111111111], "payment_card"),
        ("age", [13812345678 + 7919 * place for place in range(60)], "cn_mobile"),
        ("phone", [f"+49 89 {place:07d}" for place in range(1_234_567, 1_234_627)], "phone"),
        ("phone", [6175550100 + 7919 * place for place in range(60)], "phone"),
    ],
)
def test_numbers_and_whole_columns_of_phones_block(make_policy: Any, column: str, cells: list[Any], kind: str) -> None:
    policy: Policy = make_policy(*COLUMNS, "phone: {role: feature, type: number, min: 0, max: 10000000000}")
    table = _table(60)
    table["phone"] = pd.Series([place * 3 for place in range(60)], dtype=object)
    table[column] = pd.Series((cells * 60)[:60], dtype=object)
    assert [(item.column, item.rule) for item in stray_identifiers(table, policy)] == [
        (column, f"undeclared identifier ({kind})")
    ]
