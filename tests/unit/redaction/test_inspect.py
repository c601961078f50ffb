"""A table's verdicts: sparse identifiers found, chance reckoned with, counts rounded, changes told, nothing quoted."""

import re

import pandas as pd
import pytest

from glassledger.records.detection import DetectionRecord
from glassledger.redaction import checksums
from glassledger.redaction.inspect import compared, inspect_table
from glassledger.redaction.kinds import KINDS
from glassledger.redaction.stray import stray_places

SPARSE = {
    "email": "write to erika.mustermann@example.org",
    "iban": "DE89 3704 0044 0532 0130 00",
    "payment_card": "4111111111111111",
    "cn_id": "11010519491231002X",
    "fr_nir": "255081416802538",
    "it_codice_fiscale": "RSSMRA85T10A562S",
    "es_dni": "12345678Z",
    "uk_nhs": "NHS 943 476 5919",
    "pl_pesel": "pesel 44051401359",
    "de_tax_id": "Steuer-ID 86095742719",
    "nl_bsn": "bsn 111222333",
    "crypto_address": "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
}


@pytest.mark.parametrize("kind", SPARSE)
def test_two_in_a_thousand_are_found_and_counted(kind):
    cells = [f"parcel {place} left depot {place % 40}" for place in range(20_000)]
    for place in range(3, 20_000, 500):
        cells[place] = SPARSE[kind]
    found = inspect_table(pd.DataFrame({"memo": cells}), name="t")
    assert [(item.column, item.kind, item.cells) for item in found.stray] == [("memo", kind, 40)]
    assert found.undeclared == ("memo",)


def test_digits_that_pass_by_chance_are_not_stray():
    numbers = [f"4{place * 7919 % 10**15:015d}" for place in range(1, 3000)]
    assert checksums.luhn(numbers).sum() > 200
    assert stray_places(numbers) == {}
    assert stray_places(["10", "20", "30", "4111111111111111"]) == {"payment_card": [3]}


@pytest.mark.parametrize("cells", [[4111111111111111, 25, 30, 31] * 9, [4111111111111111.0, 25.5, 30.0, None] * 9])
def test_numbers_are_searched(cells):
    (found,) = inspect_table(pd.DataFrame({"amount": cells}), name="t").stray
    assert (found.column, found.kind, found.cells) == ("amount", "payment_card", 11)


def test_a_declared_column_is_not_undeclared():
    frame = pd.DataFrame({"email": [f"p{place}@example.com" for place in range(30)], "size": range(30)})
    assert inspect_table(frame, name="t").undeclared == ("email",)
    assert inspect_table(frame, name="t", declared=("email",)).undeclared == ()


def test_small_counts_are_rounded_up_to_the_floor():
    frame = pd.DataFrame({"email": ["a@example.com", "b@example.com"], "memo": ["c@example.com, hello", "none"]})
    found = inspect_table(frame, name="t", floor=11)
    counts = [count for item in found.columns for count in (item.distinct, item.sampled, item.shaped, item.valid)]
    assert all(count == 0 or count >= 11 for count in counts)
    assert [item.cells for item in found.stray] == [11]


def test_changes_are_told():
    before = inspect_table(pd.DataFrame({"a": [f"p{n}@example.com" for n in range(9)], "b": range(9)}), name="t")
    after = inspect_table(pd.DataFrame({"a": range(9), "c": range(9)}), name="t")
    assert compared(after, None).changes == ()
    told = compared(after, before)
    assert {(item.column, item.before, item.after) for item in told.changes} == {
        ("a", "email", "none"), ("c", "absent", "none"), ("b", "none", "absent"),
    }  # fmt: skip
    assert told.compared_with == before.digest
    assert DetectionRecord.from_json(told.to_json()) == told


def test_a_record_quotes_no_cell():
    frame = pd.DataFrame(
        {
            "email": [f"canary{place}@example.com" for place in range(40)],
            "memo": [f"ring canaryname{place} under +49 89 12345{place:02d}" for place in range(40)],
            "card": [4111111111111111] * 40,
            "born": pd.to_datetime(["1931-02-03"] * 40),
            "odd": [["canarylist"]] * 40,
        }
    )
    said = inspect_table(frame, name="t").to_json().decode()
    assert not re.search(r"canary|4111111111|1931", said)


def test_lookaround_and_backreferences_are_no_patterns():
    """What RE2 cannot run in linear time is refused by it; all of ours compile there (they run in every test)."""
    import pyarrow as pa
    import pyarrow.compute as pc

    text = pa.array(["aa"])
    for pattern in (r"(a)\1", r"a(?=a)", r"(?<!b)a"):
        with pytest.raises(pa.ArrowInvalid):
            pc.match_substring_regex(text, pattern)
    for kind in KINDS:
        assert pc.match_substring_regex(text, kind.pattern) is not None
        assert pc.match_substring_regex(text, kind.gate) is not None
