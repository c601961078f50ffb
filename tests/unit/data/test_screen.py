"""The whole way from a table to its certificate."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from glassledger.data import screen
from glassledger.data.synthetic import campaign
from glassledger.errors import InputError, PolicyError, UsageError
from glassledger.policy import Policy
from glassledger.policy.operators import Keep
from glassledger.redaction.keys import Key, KeyRing
from glassledger.redaction.pseudonyms import pseudonyms

COLUMNS = (
    "id: {role: identifier, type: text, redaction: {operator: pseudonymise, domain: customer}}",
    "email: {role: identifier, type: text}",
    "phone: {role: identifier, type: text, missing: true, redaction: {operator: mask, keep_last: 2}}",
    "notes: {role: free_text, type: text, missing: true, redaction: {operator: redact_text}}",
    "ok: {role: consent, type: category, levels: ['no', 'yes'], granted: ['yes'], missing: true}",
    "age: {role: protected, type: integer, min: 18, max: 95, redaction: {operator: bands, edges: [40]}}",
    "income: {role: feature, type: number, min: 0, max: 1000, missing: true, missing_markers: ['?']}",
    "town: {role: feature, type: category, levels: [north, south], other: rest, "
    "redaction: {operator: suppress_rare, min_count: 2}}",
    "zip: {role: feature, type: text, other: rest, redaction: {operator: prefix, length: 2, levels: ['80', '81']}}",
    "born: {role: feature, type: date, min: 1900-01-01, max: 2010-12-31, "
    "redaction: {operator: truncate_date, to: year}}",
    "member: {role: feature, type: boolean}",
    "memo: {role: ignored, type: text}",
)


@pytest.fixture(scope="module")
def policy(make_policy: Any) -> Policy:
    made: Policy = make_policy(*COLUMNS, more="split: {unit: id}\n")
    return made


def _table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": ["C1", "C2", "C3", "C4", "C5"],
            "email": ["a@example.com"] * 5,
            "phone": ["5550101", "5550102", None, "5550104", "5550105"],
            "notes": ["hello", None, "x" * 300, "hello", "hello"],
            "ok": ["yes", "no", "yes", None, "yes"],
            "age": ["20", "30", "40", "50", "60"],
            "income": ["10.5", "?", None, "1", "2"],
            "town": ["north", "north", "north", "south", "mars"],
            "zip": ["8001", "8002", "9000", "8100", "8101"],
            "born": ["1980-05-01", "1990-01-01", "2010-12-31", "1900-01-01", "2000-06-06"],
            "member": ["yes", "no", "1", "0", "true"],
            "memo": ["Zq", "Zq", "Zq", "Zq", "Zq"],
            "bought": ["yes", "no", "no", "yes", "no"],
        },
        dtype=object,
    )


def test_rows_with_consent_are_checked_redacted_and_kept_in_order(policy: Policy, keys: KeyRing) -> None:
    screened = screen(_table(), policy, keys=keys, purpose="fit")

    assert screened.rows.tolist() == [0, 2, 4]
    assert screened.specs == policy.features()
    assert screened.features["income"].isna().tolist() == [False, True, False]
    assert screened.features.drop(columns="income").to_dict("list") == {
        "town": ["north", "north", "rest"],
        "zip": ["80", "rest", "81"],
        "born": [1980.0, 2010.0, 2000.0],
        "member": ["true", "true", "true"],
    }
    assert screened.target is not None
    assert screened.target.tolist() == ["yes", "no", "no"]
    assert screened.protected.to_dict("list") == {"age": ["[18, 40)", "[40, 95]", "[40, 95]"]}
    assert screened.kept.columns.tolist() == ["id", "phone", "notes"]
    assert screened.kept["phone"].tolist() == ["*****01", None, "*****05"]
    assert screened.kept["notes"].tolist() == ["[text: short]", "[text: long]", "[text: short]"]
    assert repr(screened).startswith("<ScreenedFrame: 3 rows, 5 features")


def test_units_are_pseudonyms_of_their_own_domain(policy: Policy, keys: KeyRing) -> None:
    screened = screen(_table(), policy, keys=keys, purpose="fit")
    key = keys.key("default")

    assert screened.units.tolist() == pseudonyms(["C1", "C3", "C5"], key=key, domain="unit")
    assert screened.kept["id"].tolist() == pseudonyms(["C1", "C3", "C5"], key=key, domain="customer")


def test_without_a_unit_each_row_is_its_own(make_policy: Any, keys: KeyRing) -> None:
    policy = make_policy("age: {role: feature, type: integer, min: 0, max: 100}", COLUMNS[4])
    table = _table()[["age", "ok", "bought"]]

    assert screen(table, policy, keys=keys, purpose="fit").units.tolist() == ["0", "2", "4"]


def test_the_record_counts_everything(policy: Policy, keys: KeyRing) -> None:
    table = _table().assign(stranger="Zq")
    lenient = Policy.parse(policy.source.replace(b"undeclared_columns: refuse", b"undeclared_columns: drop"))

    record = screen(table, lenient, keys=keys, purpose="fit").record

    assert record.rows == 5
    assert record.columns_read == 14
    assert record.columns_dropped == ("memo", "email")
    assert record.columns_undeclared == ("stranger",)
    assert record.consent_excluded == 2
    assert record.missing_cells == {"phone": 1, "notes": 1, "ok": 1, "income": 2}
    assert record.other_cells == {"town": 1}
    assert record.policy_digest == lenient.digest
    assert {"age: range", "town: levels", "id: missing", "bought: levels"} <= set(record.checks)
    receipts = {receipt.column: receipt for receipt in record.receipts}
    assert (receipts["zip"].detail, receipts["zip"].changed) == ("keeps the first 2, 1 cells to other", 3)
    assert receipts["id"].key_id == keys.key("default").id
    assert (receipts["town"].detail, receipts["town"].changed) == ("0 levels below 2 rows", 0), "rest is where they go"
    assert record.levels_kept == {"town": ("north",)}
    assert "Zq" not in json.dumps(record.to_dict())
    assert record.input_digest.startswith("hmac-sha256:")


def test_the_same_table_in_any_form_gives_the_same_certificate(policy: Policy, keys: KeyRing, tmp_path: Path) -> None:
    table = _table()
    table.to_csv(tmp_path / "t.csv", index=False)
    table.to_parquet(tmp_path / "t.parquet")
    arrow = pa.Table.from_pandas(table)
    frame = pl.from_pandas(table)
    typed = table.assign(
        age=[20, 30, 40, 50, 60], member=[True, False, True, False, True], born=pd.to_datetime(table["born"])
    )
    base = screen(table, policy, keys=keys, purpose="fit")

    for source in (tmp_path / "t.csv", tmp_path / "t.parquet", arrow, frame, frame.lazy(), typed, table.iloc[:, ::-1]):
        other = screen(source, policy, keys=keys, purpose="fit")
        assert other.features.equals(base.features)
        assert other.units.tolist() == base.units.tolist()
        assert other.protected.equals(base.protected)
        assert other.kept.equals(base.kept)
        assert other.record.input_digest == base.record.input_digest


def test_scoring_needs_only_what_it_uses(policy: Policy, keys: KeyRing) -> None:
    table = _table()[["id", "ok", "income", "town", "zip", "born", "member"]].iloc[:1]

    screened = screen(table, policy, keys=keys, purpose="score", levels_kept={"town": ("north",)})

    assert screened.target is None
    assert screened.protected.shape == (1, 0)
    assert screened.features["town"].tolist() == ["north"], "one row is not a rare level"
    assert screened.record.purpose == "score"


def test_scoring_takes_a_target_that_is_there(policy: Policy, keys: KeyRing) -> None:
    screened = screen(_table(), policy, keys=keys, purpose="score", levels_kept={"town": ("north",)})

    assert screened.target is not None
    assert len(screened.target) == 3


@pytest.mark.parametrize("purpose", ["fit", "score"])
@pytest.mark.parametrize("consent", [None, "no"])
def test_nobody_is_screened_without_consent(consent: str | None, purpose: Any, policy: Policy, keys: KeyRing) -> None:
    with pytest.raises(InputError) as caught:
        screen(_table().assign(ok=consent), policy, keys=keys, purpose=purpose)

    assert (caught.value.code, caught.value.facts) == ("consent-none", {"rows": 5})


def test_every_consent_column_must_be_granted(make_policy: Any, keys: KeyRing) -> None:
    policy = make_policy(
        COLUMNS[5], COLUMNS[10], COLUMNS[4], "also: {role: consent, type: boolean, granted: [true], missing: true}"
    )
    table = _table()[["age", "member", "ok", "bought"]].assign(also=["true", "true", "false", "true", None])

    assert screen(table, policy, keys=keys, purpose="fit").rows.tolist() == [0]


def test_units_that_differ_in_blanks_only_are_one_unit(make_policy: Any, keys: KeyRing) -> None:
    privacy = "privacy: {unit: id, epsilon: 1, dataset_budget: {epsilon: 2, delta: 0.001}}\n"
    policy = make_policy(COLUMNS[0].replace("text,", "text, unique: true,"), COLUMNS[10], more=privacy)
    table = _table()[["id", "member", "bought"]].assign(id=["C1", "C2", "C1 ", "Ｃ２", "C5"])

    with pytest.raises(InputError) as caught:
        screen(table, policy, keys=keys, purpose="fit")

    assert caught.value.facts["failures"] == [{"column": "id", "rule": "unique", "count": 2, "rows": [2, 3]}]
    assert len(set(screen(table, policy, keys=keys, purpose="score").units)) == 3


def test_what_redaction_leaves_outside_the_domain_is_refused(make_policy: Any, keys: KeyRing) -> None:
    zipped = "{name}: {{role: {role}, type: text, redaction: {{operator: prefix, length: 2, levels: ['80', '81']}}}}"
    for role in ("feature", "protected"):
        policy = make_policy(COLUMNS[10], COLUMNS[4], zipped.format(name="zip", role=role))
        table = _table()[["member", "ok", "zip", "bought"]]
        with pytest.raises(InputError) as caught:
            screen(table, policy, keys=keys, purpose="fit")
        assert caught.value.facts["failures"] == [{"column": "zip", "rule": "levels", "count": 1, "rows": [2]}]


def test_a_table_without_a_header_line_does_not_show_its_first_row(
    policy: Policy, keys: KeyRing, tmp_path: Path
) -> None:
    (tmp_path / "t.csv").write_bytes(b"Zq-name,Zq-mail\nZq-other,Zq-more\n")

    with pytest.raises(InputError) as caught:
        screen(tmp_path / "t.csv", policy, keys=keys, purpose="fit")

    assert caught.value.code == "header-missing"
    assert "Zq" not in str(caught.value) + repr(caught.value.facts)


def test_a_strange_column_name_is_shown_short_and_plain(policy: Policy, keys: KeyRing) -> None:
    with pytest.raises(InputError) as caught:
        screen(_table().rename(columns={"memo": "\x1b[31m" + "m" * 500}), policy, keys=keys, purpose="fit")

    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_an_unknown_purpose_is_refused(policy: Policy, keys: KeyRing) -> None:
    with pytest.raises(UsageError, match="to fit or to score"):
        screen(_table(), policy, keys=keys, purpose="train")  # type: ignore[arg-type]


def test_a_missing_key_stops_the_work(make_policy: Any, keys: KeyRing) -> None:
    policy = make_policy(COLUMNS[0].replace("domain: customer", "key: 'env:NO_SUCH_KEY'"), COLUMNS[10])

    with pytest.raises(InputError) as caught:
        screen(_table()[["id", "member", "bought"]], policy, keys=keys, purpose="fit")

    assert caught.value.code == "key-missing"


def test_the_source_is_left_alone(policy: Policy, keys: KeyRing) -> None:
    table, before = _table(), _table()
    screen(table, policy, keys=keys, purpose="fit")

    pd.testing.assert_frame_equal(table, before)


def test_numbers_and_dates_that_are_kept_come_as_text(make_policy: Any, keys: KeyRing) -> None:
    policy = make_policy(
        "n: {role: ignored, type: number, missing: true, redaction: {operator: keep}}",
        "w: {role: ignored, type: integer, redaction: {operator: keep}}",
        "d: {role: ignored, type: date, redaction: {operator: keep}}",
        COLUMNS[10],
    )
    table = pd.DataFrame(
        {"n": [1.5, None], "w": [3, 4], "d": ["2024-01-02"] * 2, "member": [1, 0], "bought": ["no", "yes"]}
    )

    kept = screen(table, policy, keys=keys, purpose="fit").kept

    assert kept.to_dict("list") == {"n": ["1.5", None], "w": ["3", "4"], "d": ["2024-01-02", "2024-01-02"]}


def test_a_regression_target_is_a_number(make_policy: Any, keys: KeyRing) -> None:
    source: bytes = make_policy(COLUMNS[10]).source
    target = next(line for line in source.splitlines() if b"role: target" in line)
    policy = Policy.parse(
        source.replace(target, b"    spend: {role: target, type: integer, min: 0, max: 9}").replace(
            b"family: logistic, task: binary", b"family: linear, task: regression"
        )
    )

    screened = screen(pd.DataFrame({"member": [1, 0], "spend": ["3", "4"]}), policy, keys=keys, purpose="fit")

    assert screened.target is not None
    assert screened.target.dtype == np.float64
    assert screened.target.tolist() == [3.0, 4.0]


SHIPPED = ("campaign", "campaign_private")


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_policies_take_the_campaign(name: str, repository: Path, keys: KeyRing) -> None:
    policy = Policy.load(repository / "policies" / "scoring" / f"{name}.yaml")

    screened = screen(campaign(rows=500), policy, keys=keys, purpose="fit")

    assert 400 < len(screened) < 500
    assert screened.record.other_cells == {}
    assert tuple(screened.features) == tuple(spec.name for spec in policy.features())


REAL = (
    ("bank_marketing", "uci_bank_full", 45_211, {"pdays": 36_954}),
    ("bank_marketing_private", "uci_bank_full", 45_211, {}),
    ("taiwan_credit", "taiwan_credit_default", 30_000, {}),
    ("taiwan_credit_private", "taiwan_credit_default", 30_000, {}),
    ("adult_income", "adult_train", 32_561, {"workclass": 1836, "occupation": 1843, "native-country": 583}),
    ("adult_income", "adult_test", 16_281, {"workclass": 963, "occupation": 966, "native-country": 274}),
    ("telco_churn", "telco_churn", 7_043, {"TotalCharges": 11}),
)


@pytest.mark.realdata
@pytest.mark.parametrize(("name", "table", "rows", "missing"), REAL, ids=[f"{item[0]}-{item[1]}" for item in REAL])
def test_the_shipped_policies_take_the_real_tables(
    name: str,
    table: str,
    rows: int,
    missing: dict[str, int],
    shared_data: Callable[[str], Path],
    repository: Path,
    keys: KeyRing,
) -> None:
    """Rows and missing cells are the published ones."""
    policy = Policy.load(repository / "policies" / "scoring" / f"{name}.yaml")

    screened = screen(shared_data(f"{table}.csv.gz"), policy, keys=keys, purpose="fit")

    assert len(screened) == screened.record.rows == rows
    assert screened.record.missing_cells == missing
    assert set(screened.target if screened.target is not None else ()) == set(policy.classes)


def test_a_poisoned_policy_is_refused_before_anything_is_read(policy: Policy, keys: KeyRing) -> None:
    columns = policy.document.data.columns
    columns = columns | {"email": columns["email"].model_copy(update={"redaction": Keep()})}
    data = policy.document.data.model_copy(update={"columns": columns})
    poisoned = replace(policy, document=policy.document.model_copy(update={"data": data}))

    with pytest.raises(PolicyError) as caught:
        screen("nowhere.csv", poisoned, keys=keys, purpose="fit")

    assert caught.value.code == "identifier-exposed"


def test_another_key_ring_gives_other_pseudonyms_and_another_digest(
    policy: Policy, keys: KeyRing, tmp_path: Path
) -> None:
    one = screen(_table(), policy, keys=keys, purpose="fit")
    two = screen(_table(), policy, keys=KeyRing(tmp_path / "other"), purpose="fit")

    assert not set(one.units) & set(two.units)
    assert not set(one.kept["id"]) & set(two.kept["id"])
    assert one.record.input_digest != two.record.input_digest
    assert one.units[0] != pseudonyms(["C1"], key=Key.from_secret(bytes(32)), domain="unit")[0]
