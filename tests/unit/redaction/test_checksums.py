"""Check digits against values made by rule (accepted by python-stdnum as well), their one-digit twins and chance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassledger.redaction import checksums, national_ids

#: Drawn at random, kept where python-stdnum 2.2 and the rule agree; none was ever issued on purpose.
VALID = {
    checksums.luhn: ["1147104974650752917", "44026859952890", "928159013962", "3433734419792376092"],
    checksums.iban: ["RS61032545992441089720", "DK6620618604370835", "IL610915387644537870278"],
    checksums.aba_routing: ["219500566", "245817540", "716697600"],
    national_ids.us_ssn: ["151867952", "849129494", "735062999"],
    national_ids.us_itin: ["976991896", "914875439", "991908443"],
    national_ids.uk_nino: ["AB123456C", "JG103759A", "HL999888D"],
    national_ids.uk_nhs: ["8074787044", "3620408084", "0626567564"],
    national_ids.de_tax_id: ["49726318554", "23468971587", "35968241779"],
    national_ids.fr_nir: ["764107255175645", "292022A89878569", "276052B53231460"],
    national_ids.es_dni: ["15282358P", "88070296F", "Y7943529X", "X6820441K"],
    national_ids.it_codice_fiscale: ["GCBNST48M27C915W", "GPCPMN36M12H156P", "PCLMLN81L08C843J"],
    national_ids.pl_pesel: ["94882256431", "72101208216", "27012682592"],
    national_ids.nl_bsn: ["534128464", "883582363", "609906082"],
    national_ids.vat_id: [
        "DE818515949", "FR12224554709", "PL3943684798", "BE0294600084", "ATU99314633", "GB913224949",
        "NL386062274B70",
    ],
}  # fmt: skip

#: Rules with a check digit that sees every change of one digit.
SEES_ONE_DIGIT = [
    checksums.luhn,
    checksums.iban,
    checksums.aba_routing,
    national_ids.uk_nhs,
    national_ids.es_dni,
    national_ids.de_tax_id,
    national_ids.fr_nir,
    national_ids.pl_pesel,
    national_ids.nl_bsn,
]


@pytest.mark.parametrize("rule", VALID, ids=lambda rule: rule.__name__)
def test_accepts_valid_values(rule):
    assert rule(VALID[rule]).tolist() == [True] * len(VALID[rule])


@pytest.mark.parametrize("rule", VALID, ids=lambda rule: rule.__name__)
def test_refuses_other_lengths_alphabets_and_nothing(rule):
    odd = ["", "1", "é" * 9, "九" * 11, "0" * 9, "0" * 10, "0" * 11]
    assert not rule(odd).any()
    assert rule([]).shape == (0,)


@pytest.mark.parametrize("rule", SEES_ONE_DIGIT, ids=lambda rule: rule.__name__)
def test_refuses_every_one_digit_twin(rule):
    twins = [
        value[:place] + other + value[place + 1 :]
        for value in VALID[rule]
        for place in range(len(value))
        if value[place].isdigit()
        for other in "0123456789"
        if other != value[place]
    ]
    passed = [twin for twin, valid in zip(twins, rule(twins), strict=True) if valid]
    assert passed == []


def test_one_long_value_does_not_hide_the_others():
    values = ["44026859952890", "4" * 60, "928159013962"]
    assert checksums.luhn(values).tolist() == [True, False, True]


@given(st.lists(st.text(max_size=24), max_size=20))
def test_any_text_gets_an_answer(values):
    for rule in VALID:
        assert rule(values).shape == (len(values),)


def test_luhn_equals_the_sum_done_by_hand():
    rng = np.random.default_rng(3)
    values = ["".join(map(str, rng.integers(0, 10, size=rng.integers(2, 20)))) for _ in range(500)]

    def by_hand(text):
        total = 0
        for place, digit in enumerate(reversed(text)):
            step = int(digit) * (2 if place % 2 else 1)
            total += step - 9 if step > 9 else step
        return total % 10 == 0 and set(text) != {"0"}

    assert checksums.luhn(values).tolist() == [by_hand(value) for value in values]


def test_chinese_ids_need_province_date_and_check_place():
    def with_check(body):
        weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
        return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]

    good = with_check("31011519750601002")  # Pudong, whose code is younger than the birth date
    leap, common = with_check("11010520000229001"), with_check("11010519000229001")
    no_province, no_month = with_check("99010519900101001"), with_check("11010519901301001")
    last = "0" if good[-1] != "0" else "1"
    answers = national_ids.cn_resident_id([good, leap, common, no_province, no_month, good[:-1] + last])
    assert answers.tolist() == [True, True, False, False, False, False]


def test_allocation_rules_stand_in_for_missing_check_digits():
    wrong_ssn = ["000121234", "666121234", "900121234", "123001234", "123120000"]
    assert not national_ids.us_ssn(wrong_ssn).any()
    assert not national_ids.us_itin(["900491234", "900661234", "900891234", "900931234", "800701234"]).any()
    assert not national_ids.uk_nino(["DB123456C", "AO123456C", "GB123456C", "AB123456E", "AB12345XC"]).any()


@pytest.mark.parametrize(
    ("rule", "length", "chance"),
    [
        (checksums.luhn, 16, 0.1),
        (national_ids.uk_nhs, 10, 1 / 11),
        (national_ids.nl_bsn, 9, 1 / 11),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_chance_rates(rule, length, chance):
    rng = np.random.default_rng(5)
    values = ["".join(row) for row in rng.integers(0, 10, size=(20_000, length)).astype(str)]
    assert rule(values).mean() == pytest.approx(chance, abs=0.01)
