"""Tokens, shifted dates, bands of equal width, redacted spans, block."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from glassledger.errors import Error, InputError, MissingExtraError, PolicyError
from glassledger.policy.document import Column
from glassledger.policy.operators import Block, Generalise, Pseudonymise, RedactSpans, ShiftDate, Tokenise
from glassledger.redaction import names_model as names_model_door
from glassledger.redaction.keys import Key, KeyRing
from glassledger.redaction.operators import Setting, redact
from glassledger.redaction.tokens import reveal, tokens

TEXT = Column(role="ignored", type="text")
KEY = Key.from_secret(bytes(range(32)))


@pytest.fixture
def keys(tmp_path: Path) -> KeyRing:
    return KeyRing(tmp_path / "keys")


def _redact(values: Any, operator: Any, keys: KeyRing, **beside: Any) -> list[Any]:
    column = pd.Series(values, dtype=object)
    frame = pd.DataFrame(beside, dtype=object)
    out, receipt = redact(
        column, name="c", declared=TEXT, operator=operator, setting=Setting(keys, policy="p", beside=frame)
    )
    assert out is not None
    assert receipt.cells == len(column)
    return out.tolist()


# ── tokens ──


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=5))
def test_what_is_revealed_is_what_went_in(values: list[str]) -> None:
    class Ring(KeyRing):
        def by_id(self, reference: str, key_id: str) -> Key:
            assert key_id == KEY.id
            return KEY

    made = tokens(values, key=KEY, column="iban", policy="p")
    assert reveal(made, keys=Ring(Path()), reference="vault", column="iban", policy="p") == values


def test_a_token_is_aes_siv_as_the_page_says() -> None:
    (token,) = tokens(["DE89370400440532013000"], key=KEY, column="iban", policy="eu")
    derived = HKDF(algorithm=SHA256(), length=64, salt=None, info=b"glassledger/token/v1").derive(KEY.secret)
    sealed = AESSIV(derived).encrypt(b"\0DE89370400440532013000", [b"glassledger/token/v1", b"eu", b"iban"])
    import base64

    assert token == f"t1_{KEY.id}_" + base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def test_a_token_belongs_to_key_column_and_policy(keys: KeyRing) -> None:
    made, missing = _redact(["DE89", None], Tokenise(), keys)
    assert missing is None
    assert reveal([made], keys=keys, reference="vault", column="c", policy="p") == ["DE89"]
    for wrong in ({"column": "d"}, {"policy": "q"}):
        with pytest.raises(InputError) as caught:
            reveal([made], **({"keys": keys, "reference": "vault", "column": "c", "policy": "p"} | wrong))
        assert caught.value.code == "token-not-revealed"
        assert "DE89" not in str(caught.value)


def test_one_changed_bit_is_noticed(keys: KeyRing) -> None:
    (made,) = _redact(["DE89370400440532013000"], Tokenise(), keys)
    start = made.rindex("_") + 1
    for place in range(start, len(made) - 1):
        changed = made[:place] + ("A" if made[place] != "A" else "B") + made[place + 1 :]
        with pytest.raises(InputError):
            reveal([changed], keys=keys, reference="vault", column="c", policy="p")


def test_a_rotated_key_still_reveals_its_tokens(keys: KeyRing) -> None:
    (before,) = _redact(["value"], Tokenise(), keys)
    old, new = keys.rotate("vault")
    (after,) = _redact(["value"], Tokenise(), keys)
    assert before.split("_")[1] == old.id != new.id == after.split("_")[1]
    assert reveal([before, after], keys=keys, reference="vault", column="c", policy="p") == ["value"] * 2
    assert keys.listed() == (("vault", new.id, True), ("vault", old.id, False))


@pytest.mark.parametrize("text", ["", "t1_", "p1_0123", "t1_00000000_!!!!", "hello"])
def test_what_is_no_token_is_refused_without_being_shown(text: str, keys: KeyRing) -> None:
    with pytest.raises(InputError) as caught:
        reveal([text], keys=keys, reference="vault", column="c", policy="p")
    assert caught.value.code == "token-malformed"


def test_keys_that_are_not_ours_to_rotate(keys: KeyRing) -> None:
    for name in ("env:X", "file:/x", "log", "../x"):
        with pytest.raises(PolicyError):
            keys.rotate(name)
    with pytest.raises(InputError):
        keys.rotate("never-made")
    with pytest.raises(PolicyError):
        keys.key("log")


# ── pseudonyms ──


def test_pseudonyms_join_what_is_normalised_alike(keys: KeyRing) -> None:
    one, other = _redact(["Ada@Example.com", "ada@example.com"], Pseudonymise(normalise="casefold"), keys)
    assert one == other
    numbers = ["+49 (170) 555-0100", "49 170 555 01 00", "４９１７０５５５０１００"]
    assert len(set(_redact(numbers, Pseudonymise(normalise="digits"), keys))) == 1
    assert len(set(_redact(numbers, Pseudonymise(), keys))) == 3


# ── dates ──

DATES = pd.to_datetime(pd.Series(["2024-01-01", "2024-01-31", "2023-06-01", None, "2024-01-01"]))


def test_dates_of_one_person_move_alike(keys: KeyRing) -> None:
    people = ["a", "a", "b", "b", None]
    operator = ShiftDate(person="who", max_days=30)
    setting = Setting(keys, beside=pd.DataFrame({"who": people}))
    out, receipt = redact(DATES, name="d", declared=TEXT, operator=operator, setting=setting)
    assert out is not None
    moved = [None if text is None else date.fromisoformat(text) for text in out]
    assert moved[1] - moved[0] == date(2024, 1, 31) - date(2024, 1, 1)  # type: ignore[operator]
    assert moved[3] is None
    assert moved[4] is None, "nobody's date cannot be moved, so it goes"
    shift = abs((moved[0] - date(2024, 1, 1)).days)  # type: ignore[operator]
    assert 1 <= shift <= 30
    assert receipt.key_id == keys.key("default").id


def test_every_shift_is_met_and_none_is_zero(keys: KeyRing) -> None:
    people = [str(n) for n in range(3000)]
    setting = Setting(keys, beside=pd.DataFrame({"who": people}))
    dates = pd.Series(pd.Timestamp("2024-01-01"), index=range(3000))
    out, _ = redact(dates, name="d", declared=TEXT, operator=ShiftDate(person="who", max_days=7), setting=setting)
    assert out is not None
    days = (pd.to_datetime(out) - pd.Timestamp("2024-01-01")).dt.days
    assert set(days) == {*range(-7, 0), *range(1, 8)}


def test_a_companion_must_be_there(keys: KeyRing) -> None:
    for operator in (ShiftDate(person="who"), RedactSpans(link=("who",))):
        with pytest.raises(PolicyError) as caught:
            redact(DATES, name="d", declared=TEXT, operator=operator, setting=Setting(keys))
        assert caught.value.code == "companion-missing"


# ── bands ──


def test_bands_of_equal_width(keys: KeyRing) -> None:
    out = _redact([17, 18, 42.5, 89, 90, 104, None, -3], Generalise(width=5, bottom=18, top=90), keys)
    assert out == ["(-inf, 18)", "[18, 20)", "[40, 45)", "[85, 90)", "[90, inf)", "[90, inf)", None, "(-inf, 18)"]


@given(st.floats(-1e6, 1e6), st.floats(0.5, 100))
def test_a_number_lies_in_its_band(number: float, width: float) -> None:
    from glassledger.redaction.distinct import Distinct
    from glassledger.redaction.operators import _generalise

    (text,) = _generalise(Distinct.of(pd.Series([number])), Generalise(width=width)).values
    low, high = (float(part) for part in str(text).strip("[)").split(", "))
    slack = 1e-5 * max(1.0, abs(number))  # labels show six digits
    assert low - slack <= number <= high + slack


# ── free text ──


def test_spans_are_replaced_and_the_rest_stays(keys: KeyRing) -> None:
    out = _redact(["mail ada@example.com today", "nothing here", None], RedactSpans(), keys)
    assert out == ["mail [email] today", "nothing here", None]


def test_a_text_loses_what_its_own_row_knows(keys: KeyRing) -> None:
    names = ["Ada Lovelace", "Li Wei", "王小明", "Jean-Luc O'Neill", "Ann", None]
    phones = ["+49 170 5550100", "0044 20 7946 0958", "13812345678", None, None, "5550100"]
    texts = [
        "Spoke to ADA about ada lovelace's loan; call 0170/5550100.",
        "Mr Wei was rude. Li stays: too short.",
        "客户王小明来电",
        "Asked for o'neill (Jean-Luc).",
        "Annual review, not Ann's.",
        "Ada again; not her row.",
    ]
    out = _redact(texts, RedactSpans(link=("name", "phone")), keys, name=names, phone=phones)
    assert out[0] == "Spoke to [linked] about [linked]'s loan; call [phone]."
    assert out[1] == "Mr [linked] was rude. Li stays: too short."
    assert out[2] == "客户[linked]来电"
    assert out[3] == "Asked for [linked] ([linked])."
    assert out[4] == "Annual review, not [linked]'s."
    assert out[5] == texts[5]


def test_equal_texts_of_different_people_are_told_apart(keys: KeyRing) -> None:
    out = _redact(["Ada and Bob met"] * 3, RedactSpans(link=("n",)), keys, n=["Ada", "Bob", "Carol"])
    assert out == ["[linked] and Bob met", "Ada and [linked] met", "Ada and Bob met"]


def test_a_text_whose_folding_changes_lengths_goes_whole(keys: KeyRing) -> None:
    assert _redact(["Große Ada"], RedactSpans(link=("n",)), keys, n=["Ada"]) == ["[linked]"]


def test_a_local_model_finds_names_that_no_pattern_knows(keys: KeyRing, tmp_path: Path) -> None:
    spacy = pytest.importorskip("spacy")
    model = spacy.blank("en")
    model.add_pipe("entity_ruler").add_patterns([{"label": "PERSON", "pattern": "Grace Hopper"}])
    model.to_disk(tmp_path / "model")

    out = _redact(["Grace Hopper wrote from grace@example.com"], RedactSpans(names_model=str(tmp_path / "model")), keys)
    assert out == ["[person_name] wrote from [email]"]


def test_a_model_that_is_not_there_or_finds_nothing_is_an_error(keys: KeyRing, tmp_path: Path) -> None:
    spacy = pytest.importorskip("spacy")
    spacy.blank("en").to_disk(tmp_path / "deaf")
    for folder, code in (("en_core_web_sm", "names-model-missing"), (str(tmp_path / "deaf"), "names-model-unfit")):
        with pytest.raises(PolicyError) as caught:
            _redact(["x"], RedactSpans(names_model=folder), keys)
        assert caught.value.code == code


def test_without_spacy_the_extra_is_named(keys: KeyRing, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "spacy", None)
    with pytest.raises(MissingExtraError, match=r"glassledger\[ner\]"):
        names_model_door.names_model("x")


def test_a_blocked_column_stops_the_table(keys: KeyRing) -> None:
    with pytest.raises(InputError) as caught:
        _redact(["x"], Block(), keys)
    assert caught.value.code == "column-blocked"


def test_no_operator_shows_a_value(keys: KeyRing) -> None:
    canary = "Zq-canary-Zq"
    for operator in (Tokenise(), RedactSpans(link=("n",)), Pseudonymise(normalise="digits"), Block()):
        shown = ""
        try:
            _, receipt = redact(
                pd.Series([f"{canary} x"] * 3, dtype=object), name="c", declared=TEXT, operator=operator,
                setting=Setting(keys, beside=pd.DataFrame({"n": [canary] * 3})),
            )  # fmt: skip
            shown = receipt.model_dump_json()
        except Error as error:
            shown = str(error) + str(error.facts)
        assert "Zq" not in shown


def test_a_million_cells_of_few_values_cost_what_few_values_cost(keys: KeyRing) -> None:
    out = _redact(np.repeat(["a", "b"], 500_000), Tokenise(), keys)
    assert len(out) == 1_000_000
    assert len(set(out)) == 2
