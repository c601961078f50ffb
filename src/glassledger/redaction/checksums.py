"""Check digits, vectorised: many compact values in, one truth value per value out.

A compact value holds digits and capital letters only; separators were taken out before. A value of another length or
alphabet is not valid. One step in numpy per character position, never one step in Python per value.

Sources: ISO/IEC 7812-1 Annex B (Luhn), ISO 7064:2003 (MOD 11,10 and MOD 97-10), ISO 13616-1 (IBAN).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Truths = NDArray[np.bool_]
Codes = NDArray[np.uint8]
Digits = NDArray[np.int64]

_ZERO, _A = 48, 65
_IBAN_LENGTHS = {
    **dict.fromkeys(("NO",), 15),
    **dict.fromkeys(("BE",), 16),
    **dict.fromkeys(("DK", "FI", "NL", "FO", "GL"), 18),
    **dict.fromkeys(("MK", "SI"), 19),
    **dict.fromkeys(("AT", "BA", "EE", "KZ", "LT", "LU", "XK"), 20),
    **dict.fromkeys(("CH", "CR", "HR", "LI", "LV"), 21),
    **dict.fromkeys(("BG", "BH", "DE", "GB", "GE", "IE", "ME", "RS", "VA"), 22),
    **dict.fromkeys(("AE", "GI", "IL", "IQ"), 23),
    **dict.fromkeys(("AD", "CZ", "ES", "MD", "PK", "RO", "SA", "SE", "SK", "TN", "VG"), 24),
    **dict.fromkeys(("PT", "ST"), 25),
    **dict.fromkeys(("IS", "TR"), 26),
    **dict.fromkeys(("FR", "GR", "IT", "MC", "SM"), 27),
    **dict.fromkeys(("AL", "AZ", "BY", "CY", "DO", "GT", "HU", "LB", "PL"), 28),
    **dict.fromkeys(("BR", "PS", "QA", "UA"), 29),
    **dict.fromkeys(("JO", "KW", "MU"), 30),
    **dict.fromkeys(("MT", "SC"), 31),
}


def codes_of(values: Sequence[str], width: int) -> tuple[Codes, Truths]:
    """ASCII codes, shape (n, width), and which values have exactly that length."""
    raw = np.array([value.encode("ascii", "replace") for value in values], dtype=f"S{width + 1}")
    codes = np.ascontiguousarray(raw).view(np.uint8).reshape(len(values), width + 1)
    return codes[:, :width], (codes[:, width - 1] != 0) & (codes[:, width] == 0)


def digits_of(values: Sequence[str], width: int) -> tuple[Digits, Truths]:
    """Digits, shape (n, width) with 0 for what is none, and which values are exactly that many digits."""
    codes, fits = codes_of(values, width)
    digits = (codes - np.uint8(_ZERO)).astype(np.int64)  # what lies below "0" wraps around to a large number
    fits &= (digits <= 9).all(axis=1)
    return np.where(fits[:, None], digits, 0), fits


def number_of(digits: Digits) -> NDArray[np.int64]:
    """The number that up to 18 digits write, shape (n,)."""
    return np.asarray(digits @ (10 ** np.arange(digits.shape[1] - 1, -1, -1, dtype=np.int64)))


def luhn(values: Sequence[str]) -> Truths:
    """Luhn's check over 2 to 32 digits. One value in ten passes by chance."""
    if not len(values):
        return np.zeros(0, dtype=bool)
    lengths = np.fromiter(map(len, values), dtype=np.int64, count=len(values))
    width = int(min(32, max(2, lengths.max())))
    digits, fits = digits_of([value.rjust(width, "0") for value in values], width)  # leading zeros change nothing
    doubled = digits[:, -2::-2] * 2
    total = digits[:, ::-2].sum(axis=1) + (doubled - 9 * (doubled > 9)).sum(axis=1)
    fits &= (lengths >= 2) & (total % 10 == 0) & (digits.any(axis=1))
    return fits


def weighted(digits: Digits, weights: Sequence[int], modulus: int) -> NDArray[np.int64]:
    """Weighted digit sum modulo ``modulus`` over the first ``len(weights)`` digits, shape (n,)."""
    return np.asarray(digits[:, : len(weights)] @ np.asarray(weights, dtype=np.int64) % modulus)


def mod_11_10(digits: Digits) -> Truths:
    """ISO 7064 MOD 11,10: the last digit checks the others."""
    rest = np.full(len(digits), 10, dtype=np.int64)
    for place in range(digits.shape[1] - 1):
        total = (rest + digits[:, place]) % 10
        rest = np.where(total == 0, 10, total) * 2 % 11
    return np.asarray((rest + digits[:, -1]) % 10 == 1)


def mod_97(codes: Codes) -> NDArray[np.int64]:
    """The number that digits and letters (A is 10, Z is 35) write, modulo 97, shape (n,). Zero bytes are skipped."""
    rest = np.zeros(len(codes), dtype=np.int64)
    for place in range(codes.shape[1]):
        code = codes[:, place].astype(np.int64)
        letter = code >= _A
        step = np.where(letter, rest * 100 + code - _A + 10, rest * 10 + code - _ZERO) % 97
        rest = np.where(code == 0, rest, step)
    return rest


def iban(values: Sequence[str]) -> Truths:
    """International bank account numbers: country, its length, and ISO 7064 MOD 97-10. One in 97 by chance."""
    out = np.zeros(len(values), dtype=bool)
    if not len(values):
        return out
    right = [len(value) == _IBAN_LENGTHS.get(value[:2]) and value.isalnum() and value.isascii() for value in values]
    places = np.flatnonzero(right)
    if len(places):
        turned = [value[4:] + value[:4] for value in (values[place] for place in places.tolist())]
        codes, _ = codes_of(turned, 34)
        out[places] = mod_97(codes) == 1
    return out


def iban_in(text: str) -> str:
    """The beginning of a text that has the length of its country's IBAN, separators counted out."""
    length = _IBAN_LENGTHS.get(text[:2].upper(), 0)
    seen = 0
    for place, letter in enumerate(text):
        seen += letter.isalnum()
        if seen == length:
            return text[: place + 1]
    return text


def aba_routing(values: Sequence[str]) -> Truths:
    """US bank routing numbers: weights 3, 7, 1 modulo 10 (ABA key to routing numbers)."""
    digits, fits = digits_of(values, 9)
    first = number_of(digits[:, :2])
    region = (first <= 12) | ((first >= 21) & (first <= 32)) | ((first >= 61) & (first <= 72)) | (first == 80)
    fits &= region & digits.any(axis=1) & (weighted(digits, (3, 7, 1, 3, 7, 1, 3, 7, 1), 10) == 0)
    return fits
