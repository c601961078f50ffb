"""The campaign: repeatable, fake beyond doubt, and drawn from the effects that it states."""

import re
import time

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from glassledger.data.synthetic import INTERCEPT, TRUE_EFFECTS, TRUE_PAIR, campaign, true_log_odds

COLUMNS = """
customer_id full_name email phone national_id street_address postcode birth_date notes consent_marketing gender age
region income tenure_months product_count channel last_contact_days web_visits_30d prior_responses segment_code
responded
"""


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return campaign()


def test_the_same_seed_gives_the_same_table() -> None:
    pd.testing.assert_frame_equal(campaign(rows=300), campaign(rows=300))
    assert not campaign(rows=300).equals(campaign(rows=300, seed=8))


def test_columns_rows_and_speed(table: pd.DataFrame) -> None:
    started = time.process_time()
    campaign()

    assert time.process_time() - started < 3.0
    assert list(table) == COLUMNS.split()
    assert len(table) == 20_000
    assert len(campaign(rows=1)) == 1
    with pytest.raises(ValueError):
        campaign(rows=0)


@pytest.mark.parametrize(
    ("column", "low", "high"),
    [
        ("age", 18, 95), ("income", 0, 250_000), ("tenure_months", 0, 480), ("product_count", 0, 12),
        ("last_contact_days", 0, 1000), ("web_visits_30d", 0, 200), ("prior_responses", 0, 20),
    ],
)  # fmt: skip
def test_numbers_stay_in_their_ranges(column: str, low: float, high: float, table: pd.DataFrame) -> None:
    assert low <= table[column].min()
    assert table[column].max() <= high
    assert table[column].nunique() > 8


@pytest.mark.parametrize(
    ("column", "pattern"),
    [
        ("customer_id", r"C\d{7,}"),
        ("email", r"[a-z]+\.[a-z]+\.\d+@example\.com"),
        ("phone", r"\+1-\d{3}-555-01\d\d"),
        ("national_id", r"666-\d\d-\d{4}"),
        ("postcode", r"ZZ\d\d \d{3}"),
        ("birth_date", r"19\d\d-\d\d-\d\d|200\d-\d\d-\d\d"),
        ("segment_code", "[A-F]"),
        ("channel", "branch|web|app|phone|other"),
        ("consent_marketing", "yes|no"),
        ("responded", "yes|no"),
    ],
)
def test_personal_columns_are_fake_on_their_face(column: str, pattern: str, table: pd.DataFrame) -> None:
    assert table[column].map(lambda cell: re.fullmatch(pattern, cell) is not None).all()


def test_people_are_told_apart_and_their_ages_fit(table: pd.DataFrame) -> None:
    assert table["customer_id"].is_unique
    assert table["email"].is_unique
    years = (pd.Timestamp("2026-06-30") - pd.to_datetime(table["birth_date"])).dt.days / 365.25
    assert ((years >= table["age"]) & (years < table["age"] + 1.01)).all()


def test_notes_sometimes_name_their_own_customer(table: pd.DataFrame) -> None:
    notes = table["notes"].fillna("")
    named = [
        name in note or mail in note for name, mail, note in zip(table["full_name"], table["email"], notes, strict=True)
    ]

    assert 0.4 < table["notes"].isna().mean() < 0.6
    assert 0.2 < np.mean(named) < 0.3
    assert "{" not in "".join(notes.unique()[:50])


def test_rates(table: pd.DataFrame) -> None:
    assert abs((table["responded"] == "yes").mean() - 0.12) < 0.01
    assert abs((table["consent_marketing"] == "yes").mean() - 0.92) < 0.01
    assert 0.04 < table["income"].isna().mean() < 0.08
    assert 0.18 < table["last_contact_days"].isna().mean() < 0.22


def test_the_response_is_drawn_from_the_stated_log_odds() -> None:
    """Calibrated in every tenth, and a wrong intercept would be noticed."""
    table = campaign(rows=60_000, seed=3)
    responded = (table["responded"] == "yes").to_numpy()
    log_odds = true_log_odds(table)
    tenth = np.argsort(np.argsort(log_odds)) * 10 // len(table)

    def worst(shift: float) -> float:
        chance = 1 / (1 + np.exp(-(log_odds + shift)))
        gaps = [
            (responded[tenth == t].sum() - chance[tenth == t].sum())
            / np.sqrt((chance[tenth == t] * (1 - chance[tenth == t])).sum())
            for t in range(10)
        ]
        return float(np.abs(gaps).max())

    assert worst(0.0) < 4.0
    assert worst(0.15) > 4.0


def test_the_log_odds_add_up_and_one_pair_interacts() -> None:
    table = campaign(rows=2_000)
    parts = sum((effect.of(table[name]) for name, effect in TRUE_EFFECTS.items()), start=np.zeros(len(table)))
    pair = TRUE_PAIR.of(table)

    np.testing.assert_allclose(true_log_odds(table), INTERCEPT + parts + pair)
    hit = (table["web_visits_30d"] >= 10) & table["channel"].isin(["web", "app"])
    assert set(pair[hit.to_numpy()]) == {0.6}
    assert set(pair[~hit.to_numpy()]) == {0.0}
    assert np.isfinite(true_log_odds(table)).all()


def test_gender_has_no_effect_but_groups_differ_through_income(table: pd.DataFrame) -> None:
    rates = (table["responded"] == "yes").groupby(table["gender"]).mean()
    incomes = table.groupby("gender")["income"].median()

    assert "gender" not in TRUE_EFFECTS
    assert incomes["male"] / incomes["female"] > 1.2
    assert 0.005 < rates["male"] - rates["female"] < 0.04


def test_a_good_model_is_possible_and_a_perfect_one_is_not(table: pd.DataFrame) -> None:
    assert 0.70 < roc_auc_score(table["responded"] == "yes", true_log_odds(table)) < 0.80
