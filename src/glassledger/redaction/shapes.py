"""Checks on shape and sense for kinds that have no check digit of their own."""

import hashlib
import ipaddress
import re
from collections.abc import Sequence

import numpy as np

from glassledger.redaction.checksums import Truths, luhn

_BASE58 = {letter: place for place, letter in enumerate("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")}
_BECH32 = {letter: place for place, letter in enumerate("qpzry9x8gf2tvdw0s3jn54khce6mua7l")}
_BECH32_STEPS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_YEAR_FIRST = re.compile(r"(\d{4})[^\d:](\d{1,2})(?:\D(\d{1,2}))?(?!\d)")
_YEAR_LAST = re.compile(r"(\d{1,2})[^\d:]{1,2}(\d{1,2})[^\d:]{1,2}(\d{4}|\d{2})(?!\d)")
_COMPACT_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})$")
_MONTH_NAME = re.compile(r"(?:(\d{1,2})\D{0,5})?[^\W\d_]{3,10}\D{0,5}(?:(\d{1,2})\D{1,4})?(\d{4}|\d{2})(?!\d)")
_YEAR = re.compile(r"(?:18|19|20)\d{2}$")
_ISSUER = re.compile(  # ISO/IEC 7812: the networks' numbers and lengths
    r"4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
    r"|3(?:0[0-5]|[689]\d)\d{11,16}|(?:2131|1800)\d{11}|35\d{14,17}|(?:0604|5[06-9]\d\d|6\d{3})\d{8,15}|220[0-4]\d{12}"
)  # fmt: skip


def _truths(values: Sequence[bool]) -> Truths:
    return np.asarray(values, dtype=bool).reshape(len(values))


def card(values: Sequence[str]) -> Truths:
    """Luhn, and a number and length that one of the card networks uses (ISO/IEC 7812)."""
    return _truths([_ISSUER.fullmatch(value) is not None for value in values]) & luhn(values)


def ipv4(values: Sequence[str]) -> Truths:
    """Four octets without leading zeros, the first neither 0 nor beyond 239, and not a version such as 1.2.3.4."""

    def right(value: str) -> bool:
        parts = value.split(".")
        if any(len(part) > 1 and part[0] == "0" for part in parts):
            return False
        octets = [int(part) for part in parts]
        return len(octets) == 4 and max(octets) <= 255 and 0 < octets[0] < 240 and max(octets) > 19

    return _truths([right(value) for value in values])


def ipv6(values: Sequence[str]) -> Truths:
    """RFC 4291 text forms of at least three groups, at least one of them of three or four digits."""

    def right(value: str) -> bool:
        try:
            ipaddress.IPv6Address(value)
        except ValueError:
            return False
        return max(len(part) for part in value.split(":")) > 2

    return _truths([right(value) for value in values])


def cn_mobile(values: Sequence[str]) -> Truths:
    """Eleven digits after the country code, and not a number counted up by hand."""
    return _truths([len(set(value[-11:])) > 3 and value[-11] == "1" for value in values])


def phone_shape(values: Sequence[str]) -> Truths:
    """Seven to fifteen digits (E.164), grouped or internationally prefixed or with a trunk zero; no date, no amount."""
    return _truths([is_phone(value) for value in values])


def is_phone(value: str) -> bool:
    """Whether a text is written as a telephone number is."""
    body = re.split(r"[xeE]", value, maxsplit=1)[0].strip()
    digits = re.sub(r"\D", "", body)
    if not 7 <= len(digits) <= 15 or len(set(digits)) < 3 or re.fullmatch(r"\d{4}[-./ ]\d{1,2}[-./ ]\d{1,2}", body):
        return False
    if re.fullmatch(r"\d{1,2}[-./ ]\d{1,2}[-./ ]\d{4}|\d{1,3}(\.\d{1,3}){3}|\d+\.\d+|\d{4} ?[/-] ?\d{4}", body):
        return False
    if re.fullmatch(r"\d{1,2}(?:\.\d{1,5}){2,3}", body):  # a version
        return False
    international = body.startswith(("+", "00"))
    grouped = re.search(r"\d[ ()./-]+\d", body) is not None or body.startswith("(")
    trunk = re.match(r"0[1-9]", digits) is not None and 9 <= len(digits) <= 12
    return international or grouped or trunk


def bitcoin(values: Sequence[str]) -> Truths:
    """Base58Check, Bech32 (BIP 173, BIP 350), or the shape of an Ethereum address; Bitcoin and Litecoin."""
    return _truths([value.startswith("0x") or _base58(value) or _bech32(value) for value in values])


def _base58(value: str) -> bool:
    number = 0
    for letter in value:
        if letter not in _BASE58:
            return False
        number = number * 58 + _BASE58[letter]
    if number >> 200:
        return False
    data = number.to_bytes(25, "big")
    return hashlib.sha256(hashlib.sha256(data[:21]).digest()).digest()[:4] == data[21:]


def _bech32(value: str) -> bool:
    human, _, data = value.partition("1")
    if human not in ("bc", "ltc") or any(letter not in _BECH32 for letter in data):
        return False
    spread = [ord(letter) >> 5 for letter in human] + [0] + [ord(letter) & 31 for letter in human]  # as BIP 173 says
    rest = 1
    for step in (*spread, *(_BECH32[letter] for letter in data)):
        top = rest >> 25
        rest = (rest & 0x1FFFFFF) << 5 ^ step
        for place, add in enumerate(_BECH32_STEPS):
            rest ^= add if top >> place & 1 else 0
    return rest in (1, 0x2BC830A3)


def latitude_longitude(values: Sequence[str]) -> Truths:
    """Every number within ±180 degrees, and not one value after another the same."""
    found = [[float(part.replace(",", ".")) for part in re.findall(r"-?\d+(?:[.,]\d+)?", value)] for value in values]
    return _truths([bool(parts) and max(map(abs, parts)) <= 180 for parts in found])


def capital_code(values: Sequence[str]) -> Truths:
    """At least one digit."""
    return _truths([any(letter.isdigit() for letter in value) for value in values])


def some_digits(values: Sequence[str]) -> Truths:
    """At least three digits."""
    return _truths([sum(map(str.isdigit, value)) >= 3 for value in values])


def age(values: Sequence[str]) -> Truths:
    """Up to 120 years."""
    return _truths([int(re.match(r"\d+", value)[0]) <= 120 for value in values])  # type: ignore[index]


def year_of(value: str) -> int:
    """The year of a date as text, with the month as a number or a word, or of a year alone; 0 when it is none."""
    found = _YEAR_FIRST.match(value) or _COMPACT_DAY.match(value)
    if found:
        year, month, day = (int(group or 1) for group in found.groups())
        return _sane(year) if 1 <= month <= 12 and 1 <= day <= 31 else 0
    found = _YEAR_LAST.match(value)
    if found:
        one, other, year = map(int, found.groups())
        return _sane(year) if 1 <= min(one, other) <= 12 and max(one, other) <= 31 else 0
    found = _YEAR.match(value)
    if found:
        return int(value)
    found = _MONTH_NAME.match(value)
    return _sane(int(found[3])) if found and 1 <= int(found[1] or found[2] or 1) <= 31 else 0


def _sane(year: int) -> int:
    if year < 100:
        year += 1900 if year > 29 else 2000
    return year if 1850 <= year <= 2150 else 0


def real_date(values: Sequence[str]) -> Truths:
    """A date of the calendar between 1850 and 2150."""
    return _truths([year_of(value) > 0 for value in values])


def birth_shape(values: Sequence[str]) -> bool:
    """Whether dates spread as births do: over 30 years or more, few of them recent, few on one year."""
    years = np.array([year for year in (year_of(value) for value in values if len(value) > 4) if year])
    return len(years) >= 40 and years.min() >= 1900 and np.ptp(years) >= 30 and np.median(years) <= 2000
