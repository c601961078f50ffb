"""Places of personal data in free text, Chinese without blanks among it."""

import gzip
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassledger.redaction.kinds import KINDS
from glassledger.redaction.spans import find_spans


def found(text):
    return [(span.kind, text[span.start : span.end]) for span in find_spans([text])[0]]


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("write to jo.doe+x@mail.example.com.", [("email", "jo.doe+x@mail.example.com")]),
        ("邮箱zhang.wei@qq.com请回复", [("email", "zhang.wei@qq.com")]),
        ("手机13812345678请联系", [("cn_mobile", "13812345678")]),
        ("电话：０１０－６２７５１２３４", [("phone", "０１０－６２７５１２３４")]),
        ("卡号4111111111111111已绑定", [("payment_card", "4111111111111111")]),
        ("card 4111-1111-1111-1111, thanks", [("payment_card", "4111-1111-1111-1111")]),
        ("IBAN DE89 3704 0044 0532 0130 00 until May", [("iban", "DE89 3704 0044 0532 0130 00")]),
        ("from be68 5390 0754 7034 for rent", [("iban", "be68 5390 0754 7034")]),
        ("ssn 123-45-6789", [("us_ssn", "123-45-6789")]),
        ("NHS no 943 476 5919", [("uk_nhs", "943 476 5919")]),
        ("Steuer-ID 86 095 742 719", [("de_tax_id", "86 095 742 719")]),
        ("at 10.20.30.40, 2001:db8::ff00:42:8329", [("ipv4", "10.20.30.40"), ("ipv6", "2001:db8::ff00:42:8329")]),
        ("mac 00:1A:2B:3C:4D:5E", [("mac", "00:1A:2B:3C:4D:5E")]),
        ("DNI 12345678Z", [("es_dni", "12345678Z")]),
        ("Can someone call me on 450 0840?", [("phone", "450 0840")]),
        ("Rückruf unter +49 89 1234567", [("phone", "+49 89 1234567")]),
        ("wallet 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", [("crypto_address", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa")]),
        ("https://x.example/reset?token=abc123", [("url_token", "https://x.example/reset?token=abc123")]),
    ],
)  # fmt: skip
def test_finds(text, spans):
    assert found(text) == spans


@pytest.mark.parametrize(
    "text",
    [
        "",
        "order 4111111111111112 of 2024-05-17 10:11:12",
        "amount 1,234,567.89 EUR, build 1.2.3.4, ratio 0.12345678901",
        "id 12345678901 and 987654321 and 1234567890",
        "released on 2024/05/17, seasons 1999/2000 and 2000/2001",
        "Called re order 20240517-000123",
        "x4111111111111111y",
        "IBAN DE89 3704 0044 0532 0130 01",
        "我们有一万两千三百四十五个订单",
    ],
)
def test_leaves_look_alikes(text):
    assert found(text) == []


@given(st.lists(st.text(max_size=80), max_size=6))
def test_places_lie_within_the_text_and_apart(texts):
    for text, spans in zip(texts, find_spans(texts), strict=True):
        ends = 0
        for span in spans:
            assert ends <= span.start < span.end <= len(text)
            ends = span.end


@pytest.mark.parametrize("mark", ["\x02", "\x03", "\x02\x03", "\x00"])
def test_control_characters_move_no_place(mark):
    assert found(f"a{mark}b call +49 89 1234567{mark} now") == [("phone", "+49 89 1234567")]


def test_chinese_without_blanks_all_found():
    texts = [f"客户手机13{i % 10}{i * 7919 % 10**8:08d}已登记，邮箱user{i}@qq.com请勿外传" for i in range(300)]
    kinds = [[span.kind for span in spans] for spans in find_spans(texts)]
    assert sum(got == ["cn_mobile", "email"] for got in kinds) >= 0.99 * len(texts)


def test_every_pattern_is_linear():
    """Arrow compiles with RE2; what backtracks for ever in other engines ends at once here."""
    started = time.process_time()
    find_spans(["1 " * 20_000, "a" * 40_000 + "@", "1.1" * 20_000, "a@" + "a." * 20_000, "+" * 40_000])
    assert time.process_time() - started < 5.0
    assert len({kind.name for kind in KINDS}) == len(KINDS)


@pytest.mark.realdata
def test_presidio_research_spans(shared_data):
    kinds = {
        "payment_card": "CREDIT_CARD", "phone": "PHONE_NUMBER", "cn_mobile": "PHONE_NUMBER", "email": "EMAIL_ADDRESS",
        "iban": "IBAN_CODE", "us_ssn": "US_SSN", "ipv4": "IP_ADDRESS", "ipv6": "IP_ADDRESS",
    }  # fmt: skip
    with gzip.open(shared_data("pii_presidio_synth_dataset_v2.json.gz")) as file:
        documents = json.load(file)
    right = wrong = missed = 0
    for document, spans in zip(documents, find_spans([item["full_text"] for item in documents]), strict=True):
        gold = {
            (item["start_position"], item["end_position"], item["entity_type"])
            for item in document["spans"]
            if item["entity_type"] in kinds.values()
        }
        ours = {(span.start, span.end, kinds.get(span.kind, span.kind)) for span in spans}
        right, wrong, missed = right + len(gold & ours), wrong + len(ours - gold), missed + len(gold - ours)
    assert right / (right + wrong) >= 0.96
    assert right / (right + missed) >= 0.93
