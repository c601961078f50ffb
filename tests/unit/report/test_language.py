"""Catalogues: the same keys and blanks in every language, every key used, numbers and dates in their form."""

import json
import re
from decimal import Decimal
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassledger.report.language import languages, load_language

CODES = ("de", "en", "zh")


@pytest.fixture(scope="module")
def catalogues(repository):
    folder = repository / "src/glassledger/report/languages"
    found = {
        path.stem: json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_unique)
        for path in folder.glob("*.json")
    }
    assert tuple(sorted(found)) == languages() == CODES
    return found


def _unique(pairs):
    keys = [key for key, _ in pairs]
    assert len(set(keys)) == len(keys), [key for key in keys if keys.count(key) > 1]
    return dict(pairs)


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_every_language_has_the_same_keys_and_blanks(catalogues):
    for code, texts in catalogues.items():
        assert set(texts) == set(catalogues["en"]), code
        for key, text in texts.items():
            assert text.strip(), key
            assert all(name.isidentifier() for name in blanks(text)), key
            if key != "format.date":  # one language names the month, another counts it
                assert blanks(text) == blanks(catalogues["en"][key]), key


def test_no_catalogue_holds_markup(catalogues):
    for texts in catalogues.values():
        assert not [key for key, text in texts.items() if re.search(r"<[a-z/]|&\w+;", text)]


def test_every_key_that_the_code_names_exists_and_every_key_is_named(catalogues, repository):
    folder = repository / "src/glassledger/report"
    sources = [*folder.rglob("*.py"), *folder.rglob("*.j2")]
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    named = set(re.findall(r'(?:words|language|_language|t|self|known)\(\s*"([a-z_.A-Z0-9 ]+)"[,)]', code))
    keys = set(catalogues["en"])
    assert named - keys == set()
    prefixes = set(re.findall(r'f"([a-z_.]+?)\{', code)) | set(re.findall(r'"([a-z_.]+\.)" ?[~+]', code))
    families = tuple(prefix for prefix in prefixes if prefix)
    unused = {key for key in keys - named - {"language.tag"} if not key.startswith((*families, "meaning."))}
    assert unused == set()


def test_numbers_in_the_languages_form():
    english, chinese = load_language("en"), load_language("zh")
    assert english.number(-1234567.891, 2) == "−1,234,567.89"
    assert english.percent(0.1234, 1) == "12.3 %"
    assert chinese.percent(0.1234, 1) == "12.3%"
    assert english.coarse_share(0.0049) == "< 1 %"
    assert [english.coarse_share(share) for share in (-0.1, 0.0, 0.005, 0.0051, 1.0)] == [
        *["< 1 %"] * 3,
        "1 %",
        "100 %",
    ]
    assert english.exact(Decimal("0.00000150")) == "0.0000015"
    assert english.exact(Decimal("-3E+3")) == "−3,000"
    assert english.compact(0.000012345) == "0.0000123"
    assert english.compact(1.5e-9) == "1.5 × 10^−9"
    assert english.compact(123456.0) == "123,456"
    assert english.signed(0.0004, 2) == "0.00"
    assert english.signed(-0.0004, 2) == "0.00"
    assert english.signed(0.5, 1) == "+0.5"


def test_dates_in_the_languages_form():
    english, chinese = load_language("en"), load_language("zh")
    assert english.date("2027-01-05") == "5 January 2027"
    assert chinese.date("2027-01-05") == "2027年1月5日"
    assert english.time("2027-01-05T23:30:00-02:00") == "6 January 2027, 01:30 UTC"
    assert chinese.time("2027-01-05T23:30:00Z") == "2027年1月5日 23:30 UTC"
    for odd in ("", "yesterday", "2027-13-01", "2027-01-05T10:00:00"):
        assert english.time(odd) == odd, "what is no time is shown as it stands, not guessed"


@given(st.floats(-1e12, 1e12), st.integers(0, 6), st.sampled_from(CODES))
def test_a_number_can_be_read_back(value, decimals, code):
    language = load_language(code)
    text = language.number(value, decimals)
    assert "-" not in text
    plain = text.replace(language("format.group"), "").replace(language("format.decimal"), ".")
    read = float(plain.replace("−", "-"))
    assert abs(read - value) <= 0.5 * 10.0**-decimals * (1 + 1e-9) + abs(value) * 1e-15
    assert not text.startswith("−0") or read != 0


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_compact_is_short(value):
    assert len(load_language("en").compact(value)) <= 21
