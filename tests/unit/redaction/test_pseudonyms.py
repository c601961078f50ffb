"""Pseudonyms against the standard library's HMAC, and against twins that look right and are not."""

import hashlib
import hmac
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassledger.redaction.keys import Key
from glassledger.redaction.mac import Mac
from glassledger.redaction.pseudonyms import pseudonyms

KEY = Key.from_secret(bytes(range(32)))
OTHER_KEY = Key.from_secret(bytes(range(1, 33)))
PHONES = [f"+1-{area}-555-01{line:02d}" for area in (201, 305, 512) for line in range(100)]

Maker = Callable[[list[str], str], list[str]]


def _ours(values: list[str], domain: str) -> list[str]:
    return pseudonyms(values, key=KEY, domain=domain)


def _unkeyed(values: list[str], domain: str) -> list[str]:
    return ["p1_" + hashlib.sha256(f"{domain}:{value}".encode()).hexdigest()[:32] for value in values]


def _without_domain(values: list[str], domain: str) -> list[str]:
    return ["p1_" + hmac.digest(KEY.secret, value.encode(), "sha256")[:16].hex() for value in values]


def _glued(values: list[str], domain: str) -> list[str]:
    return ["p1_" + hmac.digest(KEY.secret, (domain + value).encode(), "sha256")[:16].hex() for value in values]


def _salted(values: list[str], domain: str) -> list[str]:
    salt = hashlib.sha256(repr(id(values)).encode()).digest()
    return ["p1_" + hmac.digest(salt, (domain + value).encode(), "sha256")[:16].hex() for value in values]


def _recovered(tokens: list[str], guesses: list[str]) -> int:
    """A dictionary attack by somebody without the key, who knows the algorithm and every possible value."""
    keys = [Key.from_secret(bytes(32)), OTHER_KEY]
    known = {token for key in keys for token in pseudonyms(guesses, key=key, domain="phone")}
    known |= set(_unkeyed(guesses, "phone")) | {
        "p1_" + hashlib.new(name, guess.encode()).hexdigest()[:32] for name in ("sha256", "md5") for guess in guesses
    }
    return len(known & set(tokens))


def _sound(make: Maker) -> bool:
    """Everything that is asked of a pseudonym."""
    one, again = make(PHONES, "phone"), make(list(PHONES), "phone")
    joins = one == again
    apart = not set(one) & set(make(PHONES, "fax"))
    unambiguous = make(["bc"], "a") != make(["c"], "ab")
    return joins and apart and unambiguous and len(set(one)) == len(PHONES) and _recovered(one, PHONES) == 0


def test_ours_is_sound() -> None:
    assert _sound(_ours)


@pytest.mark.parametrize("twin", [_unkeyed, _without_domain, _glued, _salted])
def test_a_wrong_twin_is_rejected(twin: Maker) -> None:
    assert not _sound(twin)


def test_an_unkeyed_hash_is_undone_by_trying_and_ours_is_not() -> None:
    assert _recovered(_unkeyed(PHONES, "phone"), PHONES) == len(PHONES)
    assert _recovered(_ours(PHONES, "phone"), PHONES) == 0
    assert set(pseudonyms(PHONES, key=KEY, domain="phone")) == set(_ours(PHONES, "phone")), "the key's holder can"


@given(st.text(max_size=60), st.text(min_size=1, max_size=20))
def test_the_token_is_the_documented_hmac(value: str, domain: str) -> None:
    name = domain.encode()
    normal = unicodedata.normalize("NFKC", value).strip().encode()
    message = (
        b"glassledger/pseudonym/v1" + len(name).to_bytes(4, "big") + name + len(normal).to_bytes(8, "big") + normal
    )

    expected = "p1_" + hmac.new(KEY.secret, message, hashlib.sha256).hexdigest()[:32]

    assert pseudonyms([value], key=KEY, domain=domain) == [expected]


@given(st.binary(max_size=200), st.binary(max_size=200), st.binary(max_size=300))
def test_the_mac_is_hmac_sha256(secret: bytes, beginning: bytes, rest: bytes) -> None:
    assert Mac(secret, beginning).digest(rest) == hmac.digest(secret, beginning + rest, "sha256")


def test_rfc_4231_vectors() -> None:
    """Test cases 1, 2 and 6 of RFC 4231."""
    assert Mac(b"\x0b" * 20, b"Hi ").digest(b"There").hex() == (
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    )
    assert Mac(b"Jefe", b"").digest(b"what do ya want for nothing?").hex() == (
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )
    assert Mac(b"\xaa" * 131, b"Test Using Larger Than Block-Size Key").digest(b" - Hash Key First").hex() == (
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    )


def test_width_and_outer_blanks_do_not_split_a_person() -> None:
    assert len(set(_ours(["0123", " 0123", "0123\t", "０１２３"], "id"))) == 1
    assert len(set(_ours(["ab", "AB", "a b"], "id"))) == 3
