"""Column verdicts on a generated table in five languages with its look-alikes, and on wrong twins."""

import sys
from pathlib import Path

import pandas as pd
import pytest

from glassledger.redaction.columns import detect_column, detect_columns
from glassledger.redaction.headers import names, words_of

BENCHMARKS = str(Path(__file__).resolve().parents[3] / "benchmarks")
QUASI = {"postcode", "coordinates", "birth_date"}


@pytest.fixture(scope="module")
def generated():
    sys.path.insert(0, BENCHMARKS)
    try:
        import pii_columns
    finally:
        sys.path.remove(BENCHMARKS)
    return pii_columns


def kind_of(cells, name="c"):
    return detect_column(pd.Series(list(cells), dtype=object), name).kind


@pytest.mark.parametrize(("headers", "least_direct"), [(True, 0.99), (False, 0.88)])
def test_generated_table(generated, headers, least_direct):
    table, truth = generated.table(rows=300, seed=20_261_122, headers=headers)
    found = {verdict.column: verdict.kind for verdict in detect_columns(table)}
    flagged_clean = [name for name, kind in truth.items() if kind == "none" and found[name] != "none"]
    direct = [name for name, kind in truth.items() if kind != "none" and kind not in QUASI]
    recall = sum(found[name] != "none" for name in direct) / len(direct)
    assert len(flagged_clean) <= 1
    assert recall >= least_direct
    same = {"cn_mobile": "phone"}
    mistyped = [
        name
        for name in direct
        if found[name] != "none" and same.get(found[name], found[name]) != same.get(truth[name], truth[name])
    ]
    assert len(mistyped) <= 1


def test_verdicts_hold_no_value(generated):
    table, _ = generated.table(rows=60, seed=4, headers=True)
    said = " ".join(verdict.to_json().decode() for verdict in detect_columns(table))
    # long cells only: a short one such as "5" or "car" stands in any text
    leaked = [cell for cell in table.to_numpy().ravel() if len(cell) > 7 and cell in said]
    assert leaked == []


def test_a_tenth_that_passes_luhn_is_not_a_card_column():
    cells = [f"4{place * 7919 % 10**15:015d}" for place in range(1, 2000)]
    assert kind_of(cells, "order_id") == "none"
    assert kind_of(cells, "c") == "none"


def test_a_card_header_over_card_shapes_that_fail_luhn_is_still_cards():
    cells = [f"4{place * 7919 % 10**15:015d}" for place in range(1, 200)]
    assert kind_of(cells, "card_number") == "payment_card"


def test_a_header_alone_convinces_nobody():
    assert kind_of(["red", "green", "blue", "teal"] * 5, "email") == "none"
    assert kind_of(["0", "1"] * 20, "email_verified") == "none"
    assert kind_of(["1999/2000", "2000/2001", "2001/2002"] * 9, "ACADEMIC_YEAR_CODE") == "none"
    assert kind_of(["SCN-125", "SCN-126", "SCN-400"] * 9, "acid_level") == "none"


@pytest.mark.parametrize("empty", [[], [None, None], [float("nan")], [""], ["   "]])
def test_nothing_is_nothing(empty):
    assert kind_of(empty, "email") == "none"


def test_floats_that_were_numbers_are_read_as_numbers():
    cells = pd.Series([4111111111111111.0, 5555555555554444.0, 378282246310005.0, 6011111111111117.0])
    assert detect_column(cells, "card_number").kind == "payment_card"


def test_cells_that_are_no_values_do_not_break_it():
    assert kind_of([[1], [2]], "email") == "none"
    assert kind_of(["\ud800", "a@example.com"], "email") == "email"


def test_the_same_table_gives_the_same_verdicts(generated):
    table, _ = generated.table(rows=80, seed=9, headers=True)
    assert detect_columns(table, sample=40) == detect_columns(table.copy(), sample=40)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("eMail_Address2", ("e", "mail", "address", "2")),
        ("Geburtsdatum", ("geburtsdatum",)),
        ("numéro-sécu", ("numero", "secu")),
        ("客户手机号", ("客户手机号",)),
    ],
)
def test_words_of_a_header(header, words):
    assert words_of(header) == words


def test_phrases_are_whole_words():
    assert names("customer_email", ("email",)) == "whole"
    assert names("email_notes", ("email",)) == "part"
    assert names("EMail", ("email",)) == "whole"
    assert names("acid_level", ("cid",)) == "none"
    assert names("email_domain", ("email",)) == "none"
