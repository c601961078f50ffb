"""Rules of national personal and tax numbers, vectorised over compact values (digits and capital letters).

Every function takes a sequence of compact values and returns one truth value each. Where a number has no check digit
(SSN, ITIN, NINO) the rules of its allocation stand in for one. Sources: SSA POMS RM 10201, IRS Pub. 1915, HMRC
NIM39110, NHS Data Dictionary (NHS number), BZSt (Identifikationsnummer), INSEE (NIR), Spanish RD 1553/2005, Italian DM
23/12/1976, Polish Act on population records (PESEL), Dutch Wabb (BSN, "elfproef"), GB 11643-1999
(China), EU VIES formats (VAT).
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from glassledger.redaction.checksums import (
    Truths,
    codes_of,
    digits_of,
    luhn,
    mod_11_10,
    mod_97,
    number_of,
    weighted,
)

_DNI_LETTERS = np.frombuffer(b"TRWAGMYFPDXBNJZSQVHLCKE", dtype=np.uint8)
_CN_LETTERS = np.frombuffer(b"10X98765432", dtype=np.uint8)
_CN_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CN_PROVINCES = np.array([11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51,
                          52, 53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 83])  # fmt: skip
_CF_ODD = np.array([1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23])
_CF_MONTHS = np.frombuffer(b"ABCDEHLMPRST", dtype=np.uint8)
_NINO_BANNED = np.array([a * 256 + b for a, b in (b"BG", b"GB", b"NK", b"KN", b"TN", b"NT", b"ZZ")])
_VIN_LETTERS = np.array(
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 0, 7, 0, 9, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0, 0, 0]
)
_MONTH_DAYS = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


def us_ssn(values: Sequence[str]) -> Truths:
    """Nine digits; area not 000, 666 or 9xx, group not 00, serial not 0000."""
    digits, fits = digits_of(values, 9)
    area, group, serial = number_of(digits[:, :3]), number_of(digits[:, 3:5]), number_of(digits[:, 5:])
    fits &= (area > 0) & (area != 666) & (area < 900) & (group > 0) & (serial > 0)
    return fits


def us_itin(values: Sequence[str]) -> Truths:
    """Nine digits, 9xx, fourth and fifth digit 50-65, 70-88, 90-92 or 94-99."""
    digits, fits = digits_of(values, 9)
    group = number_of(digits[:, 3:5])
    given = ((group >= 50) & (group <= 65)) | ((group >= 70) & (group <= 88)) | ((group >= 90) & (group != 93))
    fits &= (digits[:, 0] == 9) & given
    return fits


def uk_nino(values: Sequence[str]) -> Truths:
    """Two letters, six digits, A to D; no D, F, I, Q, U, V in the prefix, no O second, no banned pair."""
    codes, fits = codes_of(values, 9)
    digits, first, second = codes[:, 2:8], codes[:, 0], codes[:, 1]
    fits &= ((digits >= 48) & (digits <= 57)).all(axis=1) & (codes[:, 8] >= 65) & (codes[:, 8] <= 68)
    for letter in (first, second):
        fits &= (letter >= 65) & (letter <= 90) & ~np.isin(letter, np.frombuffer(b"DFIQUV", dtype=np.uint8))
    pair = first.astype(np.int64) * 256 + second
    fits &= (second != ord("O")) & ~np.isin(pair, _NINO_BANNED)
    return fits


def uk_nhs(values: Sequence[str]) -> Truths:
    """Ten digits, weights 10 to 2 modulo 11; a remainder that asks for 10 is never issued."""
    digits, fits = digits_of(values, 10)
    expected = (11 - weighted(digits, range(10, 1, -1), 11)) % 11
    fits &= (expected == digits[:, 9]) & digits.any(axis=1)
    return fits


def de_tax_id(values: Sequence[str]) -> Truths:
    """Eleven digits, ISO 7064 MOD 11,10; among the first ten exactly one digit comes twice or three times."""
    digits, fits = digits_of(values, 11)
    counts = np.stack([(digits[:, :10] == digit).sum(axis=1) for digit in range(10)], axis=1)
    repeats = ((counts > 1).sum(axis=1) == 1) & (counts.max(axis=1) <= 3)
    fits &= (digits[:, 0] > 0) & repeats & mod_11_10(digits)
    return fits


def fr_nir(values: Sequence[str]) -> Truths:
    """Thirteen places and a key of two: 97 minus the number modulo 97; Corsica's 2A and 2B count as 19 and 18."""
    corsica = [value[5:7] in ("2A", "2B") for value in values]
    plain = [
        value[:5] + {"2A": "19", "2B": "18"}[value[5:7]] + value[7:] if island else value
        for value, island in zip(values, corsica, strict=True)
    ]
    digits, fits = digits_of(plain, 15)
    month = number_of(digits[:, 3:5])
    born = ((month >= 1) & (month <= 12)) | ((month >= 20) & (month <= 42)) | (month >= 50)
    sex = np.isin(digits[:, 0], (1, 2, 3, 4, 7, 8))
    fits &= sex & born & (97 - number_of(digits[:, :13]) % 97 == number_of(digits[:, 13:]))
    return fits


def es_dni(values: Sequence[str]) -> Truths:
    """DNI (eight digits and a letter) or NIE (X, Y or Z for the first digit); the letter is the number modulo 23."""
    plain = [str("XYZ".find(value[:1])) + value[1:] if value[:1] in ("X", "Y", "Z") else value for value in values]
    codes, fits = codes_of(plain, 9)
    digits, numeric = digits_of([value[:8] for value in plain], 8)
    fits &= numeric & (_DNI_LETTERS[number_of(digits) % 23] == codes[:, 8])
    return fits


def it_codice_fiscale(values: Sequence[str]) -> Truths:
    """Sixteen places: name, birth date with a month letter, place, and a check letter modulo 26."""
    codes, fits = codes_of(values, 16)
    fits &= np.array([value.isalnum() and value.isascii() and value == value.upper() for value in values], dtype=bool)
    letter = codes >= 65
    plain = np.where(letter, codes - 65, codes - 48).astype(np.int64).clip(0, 25)
    total = _CF_ODD[plain[:, 0:15:2]].sum(axis=1) + plain[:, 1:15:2].sum(axis=1)
    shape = letter[:, :6].all(axis=1) & np.isin(codes[:, 8], _CF_MONTHS) & letter[:, 11] & letter[:, 15]
    fits &= shape & (total % 26 == plain[:, 15])
    return fits


def pl_pesel(values: Sequence[str]) -> Truths:
    """Eleven digits: birth date (the century in the month), weights 1 3 7 9 modulo 10."""
    digits, fits = digits_of(values, 11)
    year, month, day = number_of(digits[:, :2]), number_of(digits[:, 2:4]), number_of(digits[:, 4:6])
    century = np.choose(month // 20, (1900, 2000, 2100, 2200, 1800))
    expected = (10 - weighted(digits, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3), 10)) % 10
    fits &= _is_date(century + year, month % 20, day) & (expected == digits[:, 10])
    return fits


def nl_bsn(values: Sequence[str]) -> Truths:
    """Nine digits, weights 9 to 2 and -1, a multiple of 11."""
    digits, fits = digits_of(values, 9)
    total = digits[:, :8] @ np.arange(9, 1, -1) - digits[:, 8]
    fits &= (total % 11 == 0) & digits.any(axis=1)
    return fits


def cn_resident_id(values: Sequence[str]) -> Truths:
    """Eighteen places: province, birth date between 1900 and 2100, ISO 7064 MOD 11-2 check place.

    The county is not looked up: codes are those of the registration, which need not have existed in the birth year.
    """
    codes, fits = codes_of(values, 18)
    digits, numeric = digits_of([value[:17] for value in values], 17)
    born = _is_date(number_of(digits[:, 6:10]), number_of(digits[:, 10:12]), number_of(digits[:, 12:14]))
    check = _CN_LETTERS[weighted(digits, _CN_WEIGHTS, 11)]
    fits &= numeric & np.isin(number_of(digits[:, :2]), _CN_PROVINCES) & born & (check == codes[:, 17])
    return fits


def vin(values: Sequence[str]) -> Truths:
    """Vehicle identification numbers with the North American check place (49 CFR 565.15): weights modulo 11."""
    codes, fits = codes_of(values, 17)
    plain = np.where((codes >= 48) & (codes <= 57), codes.astype(np.int64) - 48, _VIN_LETTERS[codes & 31])
    rest = plain @ np.array((8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)) % 11
    fits &= np.where(rest == 10, ord("X"), rest + 48) == codes[:, 8]
    return fits


def vat_id(values: Sequence[str]) -> Truths:
    """VAT numbers with their country's letters, for AT, BE, DE, ES, FR, GB, IT, NL and PL."""
    out = np.zeros(len(values), dtype=bool)
    countries = np.array([value[:2] for value in values], dtype=object)
    for country, rule in _VAT.items():
        places = np.flatnonzero(countries == country)
        if len(places):
            out[places] = rule([values[place][2:] for place in places.tolist()])
    return out


def _is_date(year: NDArray[np.int64], month: NDArray[np.int64], day: NDArray[np.int64]) -> Truths:
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    last = _MONTH_DAYS[np.where((month >= 1) & (month <= 12), month, 0)] - ((month == 2) & ~leap)
    return np.asarray((year >= 1800) & (year < 2300) & (day >= 1) & (day <= last))


def _vat_at(values: Sequence[str]) -> Truths:
    digits, fits = digits_of([value[1:] for value in values], 8)
    doubled = digits[:, 1:7:2] * 2
    total = digits[:, 0:7:2].sum(axis=1) + (doubled // 10 + doubled % 10).sum(axis=1)
    fits &= _begins(values, "U") & ((96 - total) % 10 == digits[:, 7])
    return fits


def _vat_be(values: Sequence[str]) -> Truths:
    digits, fits = digits_of(values, 10)
    fits &= (digits[:, 0] <= 1) & (97 - number_of(digits[:, :8]) % 97 == number_of(digits[:, 8:]))
    return fits


def _vat_de(values: Sequence[str]) -> Truths:
    digits, fits = digits_of(values, 9)
    fits &= (digits[:, 0] > 0) & mod_11_10(digits)
    return fits


def _vat_es(values: Sequence[str]) -> Truths:
    """A person's DNI or NIE, or a company's CIF: its check place is a digit or a letter."""
    digits, numeric = digits_of([value[1:8] for value in values], 7)
    doubled = digits[:, ::2] * 2
    rest = (10 - (digits[:, 1::2].sum(axis=1) + (doubled // 10 + doubled % 10).sum(axis=1)) % 10) % 10
    wanted = [("JABCDEFGHI"[place], str(place)) for place in rest.tolist()]
    company = [
        value[:1] in "ABCDEFGHJNPQRSUVW" and value[8:] in pair for value, pair in zip(values, wanted, strict=True)
    ]
    return np.asarray(es_dni(values) | (numeric & np.array(company, dtype=bool)))


def _vat_fr(values: Sequence[str]) -> Truths:
    digits, fits = digits_of(values, 11)
    siren = number_of(digits[:, 2:])
    known = luhn([value[2:] for value in values]) | (number_of(digits[:, 2:5]) == 0)  # 000: Monaco
    fits &= known & (number_of(digits[:, :2]) == (12 + 3 * (siren % 97)) % 97)
    return fits


def _vat_gb(values: Sequence[str]) -> Truths:
    digits, fits = digits_of(values, 9)
    total = digits[:, :7] @ np.arange(8, 1, -1) + number_of(digits[:, 7:])
    fits &= digits.any(axis=1) & np.isin(total % 97, (0, 42, 55))
    return fits


def _vat_it(values: Sequence[str]) -> Truths:
    digits, fits = digits_of(values, 11)
    office = number_of(digits[:, 7:10])
    known = ((office >= 1) & (office <= 100)) | np.isin(office, (120, 121, 888, 999))
    fits &= known & (number_of(digits[:, :7]) > 0) & luhn(values)
    return fits


def _vat_nl(values: Sequence[str]) -> Truths:
    """A BSN-based number, or since 2020 any that keeps MOD 97-10 with its country's letters."""
    codes, fits = codes_of([f"NL{value}" for value in values], 14)
    body, numeric = digits_of([value[:9] for value in values], 9)
    fits &= numeric & (codes[:, 11] == ord("B")) & body.any(axis=1) & (codes[:, 12:] != ord("0")).any(axis=1)
    fits &= nl_bsn([value[:9] for value in values]) | (mod_97(codes) == 1)
    return fits


def _vat_pl(values: Sequence[str]) -> Truths:
    digits, fits = digits_of(values, 10)
    fits &= digits.any(axis=1) & (weighted(digits, (6, 5, 7, 2, 3, 4, 5, 6, 7), 11) == digits[:, 9])
    return fits


def _begins(values: Sequence[str], letter: str) -> Truths:
    return np.array([value[:1] == letter for value in values], dtype=bool)


_VAT: dict[str, Callable[[Sequence[str]], Truths]] = {
    "AT": _vat_at,
    "BE": _vat_be,
    "DE": _vat_de,
    "ES": _vat_es,
    "FR": _vat_fr,
    "GB": _vat_gb,
    "IT": _vat_it,
    "NL": _vat_nl,
    "PL": _vat_pl,
}
