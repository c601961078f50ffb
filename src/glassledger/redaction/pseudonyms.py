"""Keyed pseudonyms: the same value under the same key and domain gives the same token, and nothing else does.

``"p1_" + hex(HMAC-SHA256(secret, message)[:16])`` with

``message = "glassledger/pseudonym/v1" ‖ len4(domain) ‖ domain ‖ len8(value) ‖ value``

where lengths are big-endian byte counts of the UTF-8 forms and ``value`` is first brought to Unicode NFKC and stripped
of outer white space (so that full-width digits and stray blanks do not split a person in two; letter case is kept).
128 bits: among a billion values two meet with probability below 2e-21.

A pseudonym is still personal data (GDPR Art. 4(5)): whoever holds the key can try all phone numbers. Sources:
RFC 2104 and FIPS 198-1 (HMAC), FIPS 180-4 (SHA-256), NIST SP 800-107r1 §5.1 (truncation).
"""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from glassledger.redaction.keys import Key
from glassledger.redaction.mac import Mac

PREFIX = "p1_"


def _digits(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKC", text) if letter.isalnum()).casefold()


#: What counts as the same value, before a pseudonym is made.
NORMALISATIONS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "text": str,
        "casefold": lambda text: unicodedata.normalize("NFKC", text).casefold(),
        "digits": _digits,
    }
)

_LABEL = b"glassledger/pseudonym/v1"
_TOKEN_BYTES = 16


def pseudonyms(values: Iterable[str], *, key: Key, domain: str) -> list[str]:
    """One token per value, in order.

    Parameters
    ----------
    values : iterable of str
    key : Key
    domain : str
        Tokens of two domains cannot be joined.
    """
    name = domain.encode()
    mac = Mac(key.secret, _LABEL + len(name).to_bytes(4, "big") + name)
    return [PREFIX + mac.digest(_framed(value))[:_TOKEN_BYTES].hex() for value in values]


def _framed(value: str) -> bytes:
    data = (value if value.isascii() else unicodedata.normalize("NFKC", value)).strip().encode()
    return len(data).to_bytes(8, "big") + data
