"""Each operator: what it leaves, what it counts, and that missing stays missing."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassledger.errors import PolicyError
from glassledger.policy.document import Column
from glassledger.policy.operators import (
    Bands,
    Drop,
    Keep,
    Mask,
    Prefix,
    Pseudonymise,
    Redaction,
    RedactText,
    SuppressRare,
    TruncateDate,
)
from glassledger.records.screening import RedactionReceipt
from glassledger.redaction.keys import KeyRing
from glassledger.redaction.operators import Setting, redact

TEXT = Column(role="ignored", type="text")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> KeyRing:
    return KeyRing(tmp_path_factory.mktemp("keys"))


def _redacted(
    values: Any, operator: Redaction, keys: KeyRing, declared: Column = TEXT
) -> tuple[list[Any], RedactionReceipt]:
    column = values if isinstance(values, pd.Series) else pd.Series(values, dtype=object)
    out, receipt = redact(column, name="c", declared=declared, operator=operator, setting=Setting(keys))
    assert out is not None
    return out.tolist(), receipt


def test_keep_and_drop(keys: KeyRing) -> None:
    column = pd.Series(["a", None, "b"], dtype=object)

    kept, kept_receipt = redact(column, name="c", declared=TEXT, operator=Keep(), setting=Setting(keys))
    dropped, dropped_receipt = redact(column, name="c", declared=TEXT, operator=Drop(), setting=Setting(keys))

    assert kept is column
    assert dropped is None
    assert (kept_receipt.cells, kept_receipt.changed) == (3, 0)
    assert (dropped_receipt.cells, dropped_receipt.changed) == (3, 2)


@pytest.mark.parametrize(
    ("keep", "value", "expected"),
    [
        (0, "secret", "******"),
        (2, "secret", "****et"),
        (4, "12345678", "********"),
        (4, "123456789", "*****6789"),
        (3, "ab", "**"),
        (2, "", ""),
        (1, "e\u0301tat", "***t"),
    ],
)
def test_mask(keep: int, value: str, expected: str, keys: KeyRing) -> None:
    out, receipt = _redacted([value, None, value], Mask(keep_last=keep), keys)

    assert out == [expected, None, expected]
    assert receipt.changed == 2 * (value != expected)


def test_pseudonymise_joins_within_a_domain_only(keys: KeyRing) -> None:
    values = ["a", "b", None, "a"]
    one, receipt = _redacted(values, Pseudonymise(domain="customer"), keys)
    same, _ = _redacted(values, Pseudonymise(domain="customer"), keys)
    default, _ = _redacted(values, Pseudonymise(), keys)
    named, _ = _redacted(values, Pseudonymise(domain="c"), keys)
    other_key, other_receipt = _redacted(values, Pseudonymise(key="second", domain="customer"), keys)

    assert one == same
    assert one[0] == one[3] != one[1]
    assert one[2] is None
    assert default == named, "the column's name is the default domain"
    assert not {*one} & {*default} - {None}
    assert not {*one} & {*other_key} - {None}
    assert (receipt.changed, receipt.key_id) == (3, keys.key("default").id)
    assert other_receipt.key_id == keys.key("second").id


def test_numbers_and_texts_get_the_same_pseudonym(keys: KeyRing) -> None:
    whole = pd.Series([9007199254740993, None], dtype="Int64")

    out, _ = _redacted(whole, Pseudonymise(domain="n"), keys)
    as_text, _ = _redacted(["9007199254740993", None], Pseudonymise(domain="n"), keys)
    neighbour, _ = _redacted(["9007199254740992"], Pseudonymise(domain="n"), keys)

    assert out == as_text
    assert out[0] != neighbour[0], "no digit is lost on the way"


def test_bands_are_closed_on_the_left(keys: KeyRing) -> None:
    declared = Column(role="protected", type="integer", min=18.0, max=95.0, redaction=Bands(edges=(25, 40)))
    ages = pd.Series([18, 24, 25, 39, 40, 95, None], dtype="Int64")

    out, receipt = _redacted(ages, Bands(edges=(25, 40)), keys, declared)

    assert out == ["[18, 25)", "[18, 25)", "[25, 40)", "[25, 40)", "[40, 95]", "[40, 95]", None]
    assert receipt.detail == "3 bands"


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40), st.sets(st.integers(-50, 50), min_size=1, max_size=6))
def test_a_number_lies_in_its_band(values: list[float], cuts: set[int]) -> None:
    edges = tuple(float(cut) for cut in sorted(cuts))
    keys = KeyRing(None)  # type: ignore[arg-type]  # bands need no key
    declared = Column(role="protected", type="number")

    out, _ = _redacted(pd.Series(values), Bands(edges=edges), keys, declared)

    for value, label in zip(values, out, strict=True):
        low, high = label.strip("[]()").split(", ")
        assert float(low) <= value < float(high)


def test_prefix_and_its_other_level(keys: KeyRing) -> None:
    open_ended, _ = _redacted([" 8001 ", "80", None, "9"], Prefix(length=2), keys)
    declared = Column(role="feature", type="text", other="elsewhere", redaction=Prefix(length=2, levels=("80", "81")))
    closed, receipt = _redacted(["8001", "8100", "9000", None, "elsewhere"], declared.redaction, keys, declared)

    assert open_ended == ["80", "80", None, "9"]
    assert closed == ["80", "81", "elsewhere", None, "elsewhere"]
    assert receipt.detail == "keeps the first 2, 2 cells to other"


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("year", ["2024", "2024", "0999", None]),
        ("quarter", ["2024-Q1", "2024-Q4", "0999-Q2", None]),
        ("month", ["2024-03", "2024-12", "0999-04", None]),
    ],
)
def test_truncate_date(to: Any, expected: list[str | None], keys: KeyRing) -> None:
    dates = pd.Series(np.array(["2024-03-31", "2024-12-01", "0999-04-01", "NaT"], dtype="datetime64[s]"))

    assert _redacted(dates, TruncateDate(to=to), keys)[0] == expected


def test_every_day_falls_into_its_quarter(keys: KeyRing) -> None:
    days = pd.Series(pd.date_range("2023-01-01", "2024-12-31", unit="s"))

    out, _ = _redacted(days, TruncateDate(to="quarter"), keys)

    assert out == [f"{period.year}-Q{period.quarter}" for period in days.dt.to_period("Q")]


def test_suppress_rare(keys: KeyRing) -> None:
    declared = Column(role="feature", type="category", levels=("a", "b", "c"), other="rest")
    values = ["a"] * 5 + ["b"] * 2 + ["c"] + ["rest"] + [None]

    out, receipt = _redacted(values, SuppressRare(min_count=3), keys, declared)

    assert out == ["a"] * 5 + ["rest"] * 4 + [None]
    assert (receipt.changed, receipt.detail) == (3, "2 levels below 3 rows")


def test_suppress_rare_needs_a_place_for_them(keys: KeyRing) -> None:
    with pytest.raises(PolicyError) as caught:
        _redacted(["a"], SuppressRare(), keys)
    assert caught.value.code == "other-missing"


def test_redacted_text_keeps_its_length_class_only(keys: KeyRing) -> None:
    texts = ["x" * 20, "x" * 21, "x" * 200, "x" * 201, "", None]

    out, receipt = _redacted(texts, RedactText(), keys)

    assert out == ["[text: short]", "[text: medium]", "[text: medium]", "[text: long]", "[text: short]", None]
    assert receipt.changed == 5


IDEMPOTENT: list[Redaction] = [
    Mask(keep_last=2), Mask(), Prefix(length=3), SuppressRare(min_count=2), RedactText(), Keep(),
]  # fmt: skip


@pytest.mark.parametrize("operator", IDEMPOTENT, ids=lambda operator: operator.operator)
@given(values=st.lists(st.none() | st.text(max_size=12) | st.sampled_from(["aa", "bb"]), min_size=1, max_size=30))
def test_redacting_twice_is_redacting_once(operator: Redaction, values: list[str | None]) -> None:
    declared = Column(role="ignored", type="category", levels=("aa",), other="rest")
    keys = KeyRing(None)  # type: ignore[arg-type]  # these need no key
    once, receipt = _redacted(values, operator, keys, declared)
    twice, again = _redacted(once, operator, keys, declared)

    assert twice == once
    assert again.changed == 0
    assert [value is None for value in once] == [value is None for value in values]
    assert receipt.changed == sum(a != b for a, b in zip(values, once, strict=True))


@given(st.lists(st.none() | st.text(min_size=1, max_size=8), min_size=1, max_size=30), st.randoms())
def test_rows_do_not_depend_on_each_other(values: list[str | None], random: Any) -> None:
    """Another row order gives the same cells in that order; a shared index is no trap."""
    order = list(range(len(values)))
    random.shuffle(order)
    keys = KeyRing(None)  # type: ignore[arg-type]
    straight, _ = _redacted(values, Mask(keep_last=1), keys)
    column = pd.Series([values[place] for place in order], index=[0] * len(values), dtype=object)
    shuffled, _ = _redacted(column, Mask(keep_last=1), keys)

    assert shuffled == [straight[place] for place in order]


def test_a_receipt_counts_and_shows_nothing(keys: KeyRing) -> None:
    for operator in (Mask(keep_last=4), Pseudonymise(), RedactText(), Prefix(length=3), Drop(), Keep()):
        _, receipt = redact(
            pd.Series(["Zq-canary-Zq"] * 3, dtype=object),
            name="c",
            declared=TEXT,
            operator=operator,
            setting=Setting(keys),
        )
        assert "Zq" not in receipt.model_dump_json()
        assert receipt.cells == 3
