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
_ISO_DAY = re.compile(r"(\d{4})\D(\d{1,2})\D(\d{1,2})")
_DAY_FIRST = re.compile(r"(\d{1,2})\D(\d{1,2})\D(\d{4})")
_COMPACT_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})$")
_CARD_START = re.compile(r"[2-6]|0604|1800|2131")


def _truths(values: Sequence[bool]) -> Truths:
    return np.asarray(values, dtype=bool).reshape(len(values))


def card(values: Sequence[str]) -> Truths:
    """Luhn, an issuer's first digits (ISO/IEC 7812: 2 to 6), and more than one different digit."""
    begins = _truths([_CARD_START.match(value) is not None and len(set(value)) > 1 for value in values])
    return begins & luhn(values)


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
    body = re.split(r"[xe]", value, maxsplit=1)[0].strip()
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
    """Base58Check, Bech32 (BIP 173, BIP 350), or the shape of an Ethereum address."""
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
    if not value.startswith("bc1") or any(letter not in _BECH32 for letter in value[3:]):
        return False
    rest = 1
    for step in (3, 3, 0, 2, 3, *(_BECH32[letter] for letter in value[3:])):  # "bc" spread as BIP 173 says
        top = rest >> 25
        rest = (rest & 0x1FFFFFF) << 5 ^ step
        for place, add in enumerate(_BECH32_STEPS):
            rest ^= add if top >> place & 1 else 0
    return rest in (1, 0x2BC830A3)


def latitude_longitude(values: Sequence[str]) -> Truths:
    """Every number within ±180 degrees."""
    return _truths([all(abs(float(part)) <= 180 for part in re.findall(r"-?\d+\.\d+", value)) for value in values])


def capital_code(values: Sequence[str]) -> Truths:
    """At least one digit."""
    return _truths([any(letter.isdigit() for letter in value) for value in values])


def year_of(value: str) -> int:
    """The year of a date as text; 0 when it is none."""
    for pattern, order in ((_ISO_DAY, (0, 1, 2)), (_DAY_FIRST, (2, 1, 0)), (_COMPACT_DAY, (0, 1, 2))):
        found = pattern.match(value)
        if found:
            year, month, day = (int(found.groups()[place]) for place in order)
            fits = (1 <= month <= 12 and 1 <= day <= 31) or (pattern is _DAY_FIRST and 1 <= day <= 12 and month <= 31)
            return year if fits and 1850 <= year <= 2150 else 0
    return 0


def real_date(values: Sequence[str]) -> Truths:
    """A date of the calendar between 1850 and 2150."""
    return _truths([year_of(value) > 0 for value in values])


def birth_shape(values: Sequence[str]) -> bool:
    """Whether dates spread as births do: over 30 years or more, few of them recent, few on one year."""
    years = np.array([year for year in map(year_of, values) if year])
    return len(years) >= 40 and years.min() >= 1900 and np.ptp(years) >= 30 and np.median(years) <= 2000
