"""HMAC-SHA256 (RFC 2104) of many messages with a common beginning."""

import hashlib

_BLOCK = 64


class Mac:
    """The same bytes as :mod:`hmac`; both pads are hashed once, which doubles the speed over a million values.

    Parameters
    ----------
    secret : bytes
    beginning : bytes
        What every message starts with: a label, then its length-prefixed parameters.
    """

    def __init__(self, secret: bytes, beginning: bytes) -> None:
        block = (secret if len(secret) <= _BLOCK else hashlib.sha256(secret).digest()).ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block) + beginning)
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))

    def digest(self, rest: bytes) -> bytes:
        """The 32-byte MAC of ``beginning + rest``."""
        inner = self._inner.copy()
        inner.update(rest)
        outer = self._outer.copy()
        outer.update(inner.digest())
        return outer.digest()
