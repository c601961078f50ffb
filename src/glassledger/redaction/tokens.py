"""Reversible tokens: AES-SIV (RFC 5297), deterministic and authenticated, bound to the column and the policy.

``"t1_" + key id + "_" + base64url(AES-256-SIV(K, plaintext; label, policy, column))``, where K are 64 bytes by
HKDF-SHA256 (RFC 5869) from the key's secret. Equal values of one column give equal tokens, so a column of few
values keeps its frequencies. A token that was moved to another column or policy,
or changed in one bit, cannot be revealed.
"""

import base64
import binascii
from collections.abc import Iterable, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from glassledger.errors import InputError
from glassledger.redaction.keys import Key, KeyRing

PREFIX = "t1_"

_LABEL = b"glassledger/token/v1"
_KEY_BYTES = 64  # AES-256 for the tag and AES-256 for the text


def tokens(values: Iterable[str], *, key: Key, column: str, policy: str) -> list[str]:
    """One token per value, in order.

    Parameters
    ----------
    values : iterable of str
        Taken as they are: what is revealed is exactly what went in.
    key : Key
    column, policy : str
        Bound into every token.
    """
    cipher, bound = _cipher(key), _bound(column, policy)
    start = f"{PREFIX}{key.id}_"
    return [start + _text(cipher.encrypt(b"\0" + value.encode(), bound)) for value in values]


def reveal(found: Sequence[str], *, keys: KeyRing, reference: str, column: str, policy: str) -> list[str]:
    """The values behind tokens of one column under one policy.

    Parameters
    ----------
    found : sequence of str
    keys : KeyRing
        A rotated key is still found by the id that each token names.
    reference : str
        The key as the policy refers to it, such as ``"vault"``.

    Raises
    ------
    InputError
        ``token-malformed`` when something is no token; ``token-not-revealed`` when key, column or policy are not the
        token's, or it was changed. Positions are named, never a token or a value.
    """
    out, bound = [], _bound(column, policy)
    ciphers: dict[str, AESSIV] = {}
    for place, token in enumerate(found):
        key_id, data = _parts(token, place)
        if key_id not in ciphers:
            ciphers[key_id] = _cipher(keys.by_id(reference, key_id))
        try:
            out.append(ciphers[key_id].decrypt(data, bound)[1:].decode())
        except (InvalidTag, ValueError):
            raise InputError(
                f"Token {place} does not belong to this key, column and policy, or was changed.",
                code="token-not-revealed",
                hint="Name the column and the policy under which the token was made.",
                facts={"position": place, "column": column, "policy": policy},
            ) from None
    return out


def _parts(token: str, place: int) -> tuple[str, bytes]:
    key_id, _, text = token.removeprefix(PREFIX).partition("_")
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if not token.startswith(PREFIX) or len(key_id) != 8 or len(data) <= 16:
        raise InputError(
            f"Line {place} is not a token.",
            code="token-malformed",
            hint="Give one token per line; tokens begin with t1_.",
            facts={"position": place},
        )
    return key_id, data


def _cipher(key: Key) -> AESSIV:
    return AESSIV(HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=_LABEL).derive(key.secret))


def _bound(column: str, policy: str) -> list[bytes]:
    return [_LABEL, policy.encode(), column.encode()]


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
