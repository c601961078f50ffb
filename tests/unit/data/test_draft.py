"""Drafts load as policies, mark their guesses, and repeat nothing about a person."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from glassledger.data import read_table, screen
from glassledger.data.draft import draft_policy
from glassledger.data.synthetic import campaign
from glassledger.errors import PolicyError
from glassledger.policy import Policy
from glassledger.redaction.keys import KeyRing


def _loaded(text: str) -> Policy:
    return Policy.parse(text.encode(), name="draft.yaml")


def test_the_campaigns_draft_is_a_policy_that_takes_the_campaign(keys: KeyRing) -> None:
    table = campaign(rows=3000)
    policy = _loaded(draft_policy(table, dataset="campaign"))

    assert policy.target_name == "responded"
    assert policy.classes == ("no", "yes")
    assert policy.unit == "customer_id"
    assert set(policy.columns_with("identifier")) == {
        "customer_id", "full_name", "email", "phone", "national_id", "street_address", "postcode", "birth_date",
    }  # fmt: skip
    assert policy.columns_with("free_text") == ("notes",)
    assert policy.columns_with("consent") == ("consent_marketing",)
    assert policy.columns_with("protected") == ("gender", "age")
    assert len(screen(table, policy, keys=keys, purpose="fit")) > 2500


def test_no_cell_of_a_personal_column_is_repeated() -> None:
    table = campaign(rows=3000)
    text = draft_policy(table, dataset="campaign")

    for column in ("customer_id", "full_name", "email", "phone", "national_id", "street_address", "postcode", "notes"):
        assert not [cell for cell in table[column].dropna() if cell in text], column


def test_every_guess_is_marked() -> None:
    text = draft_policy(campaign(rows=1000), dataset="campaign")

    roles = [line for line in text.splitlines() if line.strip().startswith("role:")]
    assert len(roles) == 22
    assert all("# decide: " in line for line in roles)
    assert text.count("# decide") == text.count("# decide: ")


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("table", "target", "classes"),
    [
        ("uci_bank_full.csv.gz", "y", ("no", "yes")),
        ("uci_bank_additional_full.csv.gz", "y", ("no", "yes")),
        ("adult_train.csv.gz", "income", ("<=50K", ">50K")),
        ("taiwan_credit_default.csv.gz", "default.payment.next.month", ("0", "1")),
        ("telco_churn.csv.gz", "Churn", ("No", "Yes")),
        ("hillstrom_email.csv.gz", "spend", ()),
    ],
)
def test_a_real_tables_draft_takes_the_table(
    table: str, target: str, classes: tuple[str, ...], shared_data: Callable[[str], Path], keys: KeyRing
) -> None:
    frame = read_table(shared_data(table))
    policy = _loaded(draft_policy(frame, dataset=table.split(".")[0]))

    assert (policy.target_name, policy.classes) == (target, classes)
    assert len(screen(frame, policy, keys=keys, purpose="fit")) == len(frame)


AWKWARD = pd.DataFrame(
    {
        "a: b": ["x", "#y"] * 20,
        "yes": ["no", "on"] * 20,
        "'": ['"', "\\"] * 20,
        "- dash": ["null", "~"] * 20,
        "名前": ["é", "ü"] * 20,
        "1": ["1e3", "2"] * 20,
        "end": ["true", "false"] * 20,
    }
)


def test_awkward_names_and_levels_are_quoted(keys: KeyRing) -> None:
    policy = _loaded(draft_policy(AWKWARD, dataset="1: odd # name"))

    assert tuple(policy.document.data.columns) == tuple(AWKWARD)
    assert policy.levels("- dash") == ("null", "~") or policy.document.data.columns["- dash"].missing
    assert policy.levels("yes") == ("no", "on")
    assert policy.classes == ("false", "true")
    assert len(screen(AWKWARD, policy, keys=keys, purpose="fit")) == 40


def test_a_multiclass_and_a_boolean_outcome() -> None:
    multi = pd.DataFrame({"x": np.arange(90) % 40, "class": ["a", "b", "c"] * 30})
    flag = pd.DataFrame({"x": np.arange(90) % 40, "target": [True, False] * 45})

    assert _loaded(draft_policy(multi, dataset="m")).classes == ("a", "b", "c")
    assert _loaded(draft_policy(flag, dataset="f")).classes == ("false", "true")


def test_without_an_outcome_the_draft_says_so_and_does_not_load() -> None:
    table = pd.DataFrame({"x": np.arange(90) % 40, "remark": [f"remark number {row}" for row in range(90)]})
    text = draft_policy(table, dataset="t")

    assert "no outcome was found" in text
    with pytest.raises(PolicyError, match="role target"):
        _loaded(text)


def test_the_draft_says_what_each_column_seems_to_hold() -> None:
    table = pd.DataFrame(
        {
            "customer_id": [f"C-{100_000 + row}" for row in range(60)],
            "Handynr": [f"+49 171 {1234567 + 7919 * row}" for row in range(60)],
            "c7": [f"person{row}@example.com" for row in range(60)],
            "y": ["yes", "no"] * 30,
            "size": [row % 7 for row in range(60)],
        }
    )
    text = draft_policy(table, dataset="people")
    columns = _loaded(text).document.data.columns
    assert {columns["Handynr"].role, columns["c7"].role} == {"identifier"}
    assert "it seems to hold phone" in text
    assert "it seems to hold email" in text
    assert columns["Handynr"].redaction is not None
    assert columns["Handynr"].redaction.operator == "mask"
    assert "person1@" not in text
