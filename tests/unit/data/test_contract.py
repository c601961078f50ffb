"""The contract finds exactly what is wrong, says it without a value, and cannot be switched off."""

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pandera
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandera.config import ValidationDepth, config_context

from glassledger.data.arrival import arrive
from glassledger.data.contract import SEVERAL, broken, check, checks_made, pandera_schema, required_columns
from glassledger.policy import Policy
from glassledger.records.screening import RuleFailure

COLUMNS = (
    "id: {role: identifier, type: text, unique: true, redaction: {operator: pseudonymise}}",
    "age: {role: feature, type: integer, min: 18, max: 95}",
    "income: {role: feature, type: number, min: 0, missing: true}",
    "town: {role: feature, type: category, levels: [north, south], missing: true}",
    "job: {role: feature, type: category, levels: [clerk, nurse], other: rest}",
    "since: {role: ignored, type: date, max: 2025-12-31}",
    "member: {role: feature, type: boolean}",
)
CHECKS = (("young earn less", "income <= 1000 * age"),)


@pytest.fixture(scope="module")
def policy(make_policy: Any) -> Policy:
    made: Policy = make_policy(
        *COLUMNS, checks=(*CHECKS, ("since then", 'since >= "1990-01-01"')), more="split: {unit: id}\n"
    )
    return made


def _table(rows: int = 12) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": [f"C{row}" for row in range(rows)],
            "age": ["30"] * rows,
            "income": ["1000"] * rows,
            "town": ["north"] * rows,
            "job": ["poet"] * rows,
            "since": ["2020-01-01"] * rows,
            "member": ["yes"] * rows,
            "bought": ["no"] * rows,
        },
        dtype=object,
    )


def _failures(table: pd.DataFrame, policy: Policy, purpose: Any = "fit") -> set[tuple[str, str, int, tuple[int, ...]]]:
    arrival = arrive(table, policy)
    found = check(arrival.typed, policy, purpose=purpose, misfits=arrival.misfits)
    return {(item.column, item.rule, item.count, item.rows[:5]) for item in found}


def test_a_table_that_keeps_its_contract(policy: Policy) -> None:
    assert _failures(_table(), policy) == set()
    assert pandera_schema(policy).validate(arrive(_table(), policy).typed) is not None


#: What to plant in a row: column, cell, and the rule that it breaks.
PLANTS: list[tuple[str, Any, str, str]] = [
    ("age", "17", "age", "range"), ("age", "96", "age", "range"), ("age", "30.5", "age", "type"),
    ("age", "Zq", "age", "type"), ("age", None, "age", "missing"), ("income", "-1", "income", "range"),
    ("income", "inf", "income", "type"), ("income", "99999", SEVERAL, "young earn less"),
    ("town", "Zq-west", "town", "levels"), ("since", "2026-01-01", "since", "range"),
    ("since", "1980-01-01", SEVERAL, "since then"), ("since", "yesterday", "since", "type"),
    ("since", None, "since", "missing"), ("member", "perhaps", "member", "type"), ("member", None, "member", "missing"),
    ("bought", "Zq", "bought", "levels"), ("bought", None, "bought", "missing"), ("id", None, "id", "missing"),
]  # fmt: skip


@settings(max_examples=15, deadline=None)
@given(
    st.dictionaries(
        st.tuples(st.integers(0, 11), st.sampled_from(sorted({plant[0] for plant in PLANTS}))), st.integers(0, 9)
    )
)
def test_exactly_the_planted_failures_are_found(policy: Policy, places: dict[tuple[int, str], int]) -> None:
    table = _table()
    planted: dict[tuple[str, str], list[int]] = {}
    for (row, column), pick in sorted(places.items()):
        choices = [plant for plant in PLANTS if plant[0] == column]
        _, cell, where, rule = choices[pick % len(choices)]
        table.loc[row, column] = cell
        planted.setdefault((where, rule), []).append(row)
    unjudged = set(planted.get(("age", "type"), [])) | set(planted.get(("age", "missing"), []))
    earners = (SEVERAL, "young earn less")  # needs an age, so rows without one are not judged
    planted[earners] = [row for row in planted.get(earners, []) if row not in unjudged]

    assert _failures(table, policy) == {
        (where, rule, len(rows), tuple(rows[:5])) for (where, rule), rows in planted.items() if rows
    }


def test_repeats_of_a_unique_column(policy: Policy) -> None:
    table = _table()
    table["id"] = ["a", "b", "a", "c", "b", "b", "d", "e", "f", "g", "h", "i"]

    assert _failures(table, policy) == {("id", "unique", 3, (2, 4, 5))}


def test_the_privacy_unit_comes_once_when_fitting_only(make_policy: Any) -> None:
    privacy = "privacy: {unit: id, epsilon: 1, dataset_budget: {epsilon: 2, delta: 0.001}}\n"
    policy = make_policy(COLUMNS[0].replace("unique: true, ", ""), COLUMNS[1], more=privacy)
    table = _table()[["id", "age", "bought"]].assign(id="same")

    assert _failures(table, policy, "fit") == {("id", "unique", 11, (1, 2, 3, 4, 5))}
    assert _failures(table, policy, "score") == set()


def test_only_what_the_purpose_uses_must_be_there(policy: Policy) -> None:
    features = {"age", "income", "town", "job", "member"}

    assert required_columns(policy, "score") == features | {"id"}
    assert required_columns(policy, "fit") == features | {"id", "bought", "since"}
    assert _failures(_table()[["id", *features]], policy, "score") == set()
    assert _failures(_table().drop(columns=["age", "since"]), policy, "fit") == {
        ("age", "present", 12, ()),
        ("since", "present", 12, ()),
    }


def test_a_rule_that_could_not_run_is_not_among_the_checks_made(policy: Policy) -> None:
    whole, part = (arrive(table, policy).typed for table in (_table(), _table().drop(columns=["since", "bought"])))

    assert f"{SEVERAL}: since then" in checks_made(whole, policy, purpose="score")
    assert f"{SEVERAL}: since then" not in checks_made(part, policy, purpose="score")
    assert "age: range" in checks_made(part, policy, purpose="score")
    assert "income: missing" not in checks_made(whole, policy, purpose="fit")


@pytest.mark.parametrize(
    "switch", [{"validation_enabled": False}, {"validation_depth": ValidationDepth.SCHEMA_ONLY}], ids=["off", "shallow"]
)
def test_panderas_switches_do_not_turn_the_contract_off(switch: dict[str, Any], policy: Policy) -> None:
    typed = arrive(_table(), policy).typed.assign(town="Zq-west")
    with config_context(**switch):
        assert pandera_schema(policy).validate(typed) is not None, "the switch works on pandera itself"
        found = _failures(_table().assign(town="Zq-west"), policy)

    assert found == {("town", "levels", 12, (0, 1, 2, 3, 4))}


def test_the_error_is_readable_short_and_holds_no_value(policy: Policy) -> None:
    table = _table(400).assign(town="Zq-west", age="Zq-age", extra="Zq")
    table["id"] = "Zq-id"
    arrival = arrive(table, policy)
    failures = check(arrival.typed, policy, purpose="fit", misfits=arrival.misfits)

    error = broken((*failures, *arrival.refused()), policy=policy)

    assert error.code == "contract-broken"
    assert [line.rstrip() for line in str(error).splitlines()] == [
        "The table breaks its contract in 4 places:",
        "  id: repeats the value of an earlier row: 399 rows, first 1, 2, 3, 4, 5",
        "  age: not of type integer: 400 rows, first 0, 1, 2, 3, 4",
        "  town: not one of the declared levels: 400 rows, first 0, 1, 2, 3, 4",
        "  extra: the policy does not declare this column",
        "Correct the table, or the policy where it is the one that is wrong. Rows count from 0.",
    ]
    assert error.facts["failures"][1] == {"column": "age", "rule": "type", "count": 400, "rows": [0, 1, 2, 3, 4]}
    assert b"Zq" not in pickle.dumps(error)


def test_many_failures_stay_on_one_screen(policy: Policy) -> None:
    failures = [RuleFailure(column=f"c{place}", rule="undeclared", count=1) for place in range(300)]

    text = str(broken(failures, policy=policy))

    assert len(text.splitlines()) <= 20
    assert "… and 283 more" in text


def test_a_misspelt_column_is_suggested(policy: Policy) -> None:
    arrival = arrive(_table().rename(columns={"income": "Income"}), policy)
    failures = check(arrival.typed, policy, purpose="fit", misfits=arrival.misfits)

    assert "income: the column is not in the table, did you mean `Income`?" in str(
        broken((*failures, *arrival.refused()), policy=policy)
    )


def test_pandera_itself_would_have_shown_the_cells(policy: Policy) -> None:
    """The door is needed: without it a check that collects its cases quotes them."""
    schema = pandera.DataFrameSchema({"town": pandera.Column(str, pandera.Check.isin(["north"]))})

    with pytest.raises(pandera.errors.SchemaErrors) as caught:
        schema.validate(pd.DataFrame({"town": ["Zq-west"]}), lazy=True)

    assert "Zq-west" in str(caught.value)


def test_a_fault_of_pandera_is_told_without_its_words(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("Zq-canary")

    monkeypatch.setattr(pandera.DataFrameSchema, "validate", fail)
    with pytest.raises(Exception, match="could not be checked") as caught:
        _failures(_table(), policy)

    assert caught.value.code == "contract-unchecked"  # type: ignore[attr-defined]
    assert caught.value.__context__ is None


def test_the_schema_takes_other_text_types(policy: Policy) -> None:
    typed = arrive(_table(), policy).typed
    for dtype in ("string", "object"):
        assert pandera_schema(policy).validate(typed.astype({"town": dtype})) is not None
    assert pandera_schema(policy).validate(typed.assign(town=None)) is not None
    for wrong in (typed.assign(age=np.float64(30)), typed.assign(town=3), typed.assign(member=True)):
        with pytest.raises(pandera.errors.SchemaError):
            pandera_schema(policy).validate(wrong)
