"""Signed notes and their keys (C2SP signed-note; cosignature/v1 of C2SP tlog-cosignature).

A note is text that a person can read, a blank line, and one line for each signature::

    example.com/audit
    300
    15eSMC/lwjZ4KVhvRRw/knYQ5R2oXVBQoubvHYTzzq8=

    — example.com/audit BuyGZVhEd+8cMEB84vj1gy6EZl4T3PepXDOMyJbN85SiUpFyLdxaQQ4L…

Parsing is strict, down to the unused bits of base64: two different files never mean the same note.
"""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from glassledger.errors import AuditError

ED25519: Final = 0x01
COSIGNATURE: Final = 0x04
MAX_NOTE: Final = 1_000_000
MAX_SIGNATURES: Final = 100

_DASH = "\u2014"
_KEY_SIZE = 32
_SIGNATURE_SIZE = 64


@dataclass(frozen=True)
class VerifierKey:
    """A public key with the name it signs under: ``name+keyid+base64(type || key)``.

    Attributes
    ----------
    name : str
        Key name; for a log it is the checkpoint's origin.
    public_key : bytes
        32 bytes, Ed25519.
    algorithm : int
        0x01 signs a note's text; 0x04 cosigns a checkpoint and carries a time.
    """

    name: str
    public_key: bytes
    algorithm: int = ED25519

    def __post_init__(self) -> None:
        known = self.algorithm in (ED25519, COSIGNATURE)
        if not is_key_name(self.name) or not known or len(self.public_key) != _KEY_SIZE:
            raise _bad_key()

    @classmethod
    def parse(cls, vkey: str) -> Self:
        """Read the text form; the key id in it must belong to name, type and key."""
        name, _, rest = vkey.partition("+")
        hexadecimal, _, encoded = rest.partition("+")
        try:
            raw = strict_base64(encoded)
        except ValueError:
            raise _bad_key() from None
        if len(raw) != 1 + _KEY_SIZE:
            raise _bad_key()
        key = cls(name, raw[1:], raw[0])
        if hexadecimal != key.key_id.hex():
            raise _bad_key()
        return key

    @property
    def key_id(self) -> bytes:
        """The first 4 bytes of ``SHA-256(name || LF || type || key)``."""
        return key_id(self.name, self.algorithm, self.public_key)

    def __str__(self) -> str:
        body = base64.b64encode(bytes([self.algorithm]) + self.public_key).decode()
        return f"{self.name}+{self.key_id.hex()}+{body}"

    def verify(self, text: bytes, signature: bytes) -> int | None:
        """Check one signature over a note's text.

        Returns
        -------
        int or None
            Unix time of a cosignature; None for a plain signature.

        Raises
        ------
        AuditError
            Code ``signature-invalid``.
        """
        time, message = None, text
        if self.algorithm == COSIGNATURE:
            time, signature = int.from_bytes(signature[:8]), signature[8:]
            message = cosigned_message(text, time)
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, message)
        except (InvalidSignature, ValueError):
            raise AuditError(
                f"The signature of {self.name} does not verify.",
                code="signature-invalid",
                hint="The text was changed after it was signed, or another key signed it; do not rely on it.",
                facts={"key": self.name, "key_id": self.key_id.hex()},
            ) from None
        return time


@dataclass(frozen=True)
class Signature:
    """One signature line: ``— name base64(key id || signature)``."""

    name: str
    key_id: bytes
    signature: bytes

    def line(self) -> str:
        """The line with its final LF."""
        return f"{_DASH} {self.name} {base64.b64encode(self.key_id + self.signature).decode()}\n"


@dataclass(frozen=True)
class Note:
    """A parsed note whose signatures nobody has checked yet; see :func:`open_note`."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a note strictly.

        Raises
        ------
        AuditError
            Code ``note-malformed``.
        """
        try:
            document = data.decode("utf-8")
        except UnicodeDecodeError:
            raise _malformed("it is not UTF-8") from None
        if len(data) > MAX_NOTE or any(ord(c) < 0x20 and c != "\n" for c in document):
            raise _malformed("it is too long or holds control characters")
        body, separator, tail = document.rpartition("\n\n")
        if not separator or not tail.endswith("\n"):
            raise _malformed("it lacks the blank line or the last line's end")
        lines = tail[:-1].split("\n")
        if len(lines) > MAX_SIGNATURES:
            raise _malformed("it has too many signatures")
        return cls(body + "\n", tuple(_signature(line) for line in lines))

    def to_bytes(self) -> bytes:
        """The exact bytes of the note."""
        return (self.text + "\n" + "".join(s.line() for s in self.signatures)).encode()


@dataclass(frozen=True)
class Verified:
    """A signature that was checked; ``time`` (Unix seconds) belongs to cosignatures only."""

    key: VerifierKey
    time: int | None = None


@dataclass(frozen=True)
class OpenedNote:
    """A note with at least one signature by a key that the reader knows."""

    text: str
    verified: tuple[Verified, ...]
    unknown: tuple[Signature, ...]


def open_note(data: bytes, keys: Iterable[VerifierKey]) -> OpenedNote:
    """Parse a note and check every signature whose name and key id are known.

    Raises
    ------
    AuditError
        ``signature-invalid`` when a known key's signature fails, even if another one holds;
        ``note-unsigned`` when no known key signed.
    """
    note = Note.parse(data)
    known = {(key.name, key.key_id): key for key in keys}
    verified: dict[tuple[str, bytes], Verified] = {}
    unknown = []
    for signature in note.signatures:
        identity = (signature.name, signature.key_id)
        if identity not in known:
            unknown.append(signature)
            continue
        time = known[identity].verify(note.text.encode(), signature.signature)
        verified.setdefault(identity, Verified(known[identity], time))
    if not verified:
        raise AuditError(
            "No key that you know has signed this note.",
            code="note-unsigned",
            hint="Pass the log's verifier key (vkey), and compare it with the one you were given outside this folder.",
            facts={"signatures": len(note.signatures)},
        )
    return OpenedNote(note.text, tuple(verified.values()), tuple(unknown))


def cosigned_message(text: bytes, time: int) -> bytes:
    """What a cosignature/v1 signs (C2SP tlog-cosignature)."""
    return b"cosignature/v1\ntime %d\n" % time + text


def key_id(name: str, algorithm: int, public_key: bytes) -> bytes:
    """Key id of a note key: 4 bytes."""
    return sha256(name.encode() + b"\n" + bytes([algorithm]) + public_key).digest()[:4]


def is_key_name(name: str) -> bool:
    """Not empty, no space of any script, no plus sign, no control character."""
    return bool(name) and not any(c.isspace() or c == "+" or ord(c) < 0x20 for c in name)


def strict_base64(text: str) -> bytes:
    """Standard base64 with padding; the unused bits must be zero.

    Raises
    ------
    ValueError
        When decoding and encoding again does not give the same text.
    """
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise ValueError("not base64") from None
    if base64.b64encode(raw).decode() != text:
        raise ValueError("not the canonical base64 of its bytes")
    return raw


def _signature(line: str) -> Signature:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    try:
        raw = strict_base64(encoded)
    except ValueError:
        raise _malformed("a signature is not base64") from None
    if dash != _DASH or not is_key_name(name) or len(raw) < 5:
        raise _malformed("a signature line is not well formed")
    return Signature(name, raw[:4], raw[4:])


def _malformed(why: str) -> AuditError:
    return AuditError(
        f"This is not a signed note: {why}.",
        code="note-malformed",
        hint="It was cut short or changed after it was written; restore it from a copy.",
    )


def _bad_key() -> AuditError:
    return AuditError(
        "This is not a verifier key of the form name+keyid+base64.",
        code="vkey-malformed",
        hint="Copy the whole line of log.vkey; only Ed25519 keys (types 1 and 4) are supported.",
    )
