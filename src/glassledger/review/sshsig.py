"""SSHSIG, the detached signature of ``ssh-keygen -Y sign`` (OpenSSH PROTOCOL.sshsig), for Ed25519 keys.

Bytes only: who may sign, and what a signature says, is decided elsewhere.
"""

import base64
import binascii
import hashlib
import struct
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from glassledger.errors import AuditError

ALGORITHM = "ssh-ed25519"
_MAGIC = b"SSHSIG"
_VERSION = 1
_HASHES = {"sha512": hashlib.sha512, "sha256": hashlib.sha256}
_BEGIN = "-----BEGIN SSH SIGNATURE-----"
_END = "-----END SSH SIGNATURE-----"
_LINE = 70  # the width that ssh-keygen prints
_LIMIT = 4096  # an armoured Ed25519 signature is about 300 characters


@dataclass(frozen=True)
class Signature:
    """A parsed signature; nothing in it has been verified."""

    key: bytes
    namespace: str
    hash_name: str
    value: bytes


def sign(message: bytes, key: Ed25519PrivateKey, *, namespace: str) -> str:
    """Sign as ``ssh-keygen -Y sign -n NAMESPACE`` does; Ed25519 is deterministic, so the armour is the same."""
    value = key.sign(_to_be_signed(message, namespace, "sha512"))
    fields = (public_blob(key.public_key()), namespace.encode(), b"", b"sha512", _strings(ALGORITHM.encode(), value))
    blob = _MAGIC + struct.pack(">I", _VERSION) + _strings(*fields)
    body = base64.b64encode(blob).decode()
    lines = [body[start : start + _LINE] for start in range(0, len(body), _LINE)]
    return "\n".join([_BEGIN, *lines, _END, ""])


def verify(message: bytes, armour: str, *, namespace: str) -> bytes:
    """Check a signature and return the public key blob that made it.

    Raises
    ------
    AuditError
        When the armour is malformed, made for another namespace, or does not fit the message.
    """
    signature = parse(armour)
    if signature.namespace != namespace:
        raise AuditError(
            "This signature was made for another purpose.",
            code="signature-namespace",
            hint=f"Sign with 'ssh-keygen -Y sign -n {namespace}'.",
        )
    signed = _to_be_signed(message, namespace, signature.hash_name)
    try:
        _public_key(signature.key).verify(signature.value, signed)
    except InvalidSignature:
        raise AuditError(
            "A signature does not fit the bytes it stands beside.",
            code="signature-invalid",
            hint="The statement or the signature was changed after signing; restore both from a copy.",
        ) from None
    return signature.key


def parse(armour: str) -> Signature:
    """Read the armour strictly: one signature, no trailing byte, known version and hash."""
    blob = _unarmour(armour)
    if blob[:6] != _MAGIC or blob[6:10] != struct.pack(">I", _VERSION):
        raise _malformed()
    key, namespace, reserved, hash_name, wrapped = _read_strings(blob[10:], 5)
    algorithm, value = _read_strings(wrapped, 2)
    if reserved or algorithm != ALGORITHM.encode() or len(value) != 64 or hash_name.decode("latin-1") not in _HASHES:
        raise _malformed()
    try:
        return Signature(key=key, namespace=namespace.decode(), hash_name=hash_name.decode(), value=value)
    except UnicodeDecodeError:
        raise _malformed() from None


def public_blob(key: Ed25519PublicKey) -> bytes:
    """The wire form of a public key: what follows ``ssh-ed25519`` in a ``.pub`` file, before base64."""
    return _strings(ALGORITHM.encode(), key.public_bytes_raw())


def public_line(blob: bytes) -> str:
    """``ssh-ed25519 AAAA…`` without a comment."""
    return f"{ALGORITHM} {base64.b64encode(blob).decode()}"


def fingerprint(blob: bytes) -> str:
    """``SHA256:…`` as ``ssh-keygen -l`` prints it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def read_public(text: str) -> bytes:
    """The key blob of an OpenSSH public key line; a trailing comment is ignored.

    Raises
    ------
    AuditError
        When it is not an Ed25519 public key.
    """
    fields = text.split()
    if len(fields) < 2 or fields[0] != ALGORITHM:
        raise _wrong_key()
    try:
        blob = base64.b64decode(fields[1], validate=True)
    except (binascii.Error, ValueError):
        raise _wrong_key() from None
    _public_key(blob)
    return blob


def _public_key(blob: bytes) -> Ed25519PublicKey:
    algorithm, raw = _read_strings(blob, 2)
    if algorithm != ALGORITHM.encode() or len(raw) != 32:
        raise _wrong_key()
    try:
        return Ed25519PublicKey.from_public_bytes(raw)
    except ValueError:
        raise _wrong_key() from None


def _to_be_signed(message: bytes, namespace: str, hash_name: str) -> bytes:
    hashed = _HASHES[hash_name](message).digest()
    return _MAGIC + _strings(namespace.encode(), b"", hash_name.encode(), hashed)


def _strings(*values: bytes) -> bytes:
    return b"".join(struct.pack(">I", len(value)) + value for value in values)


def _read_strings(data: bytes, count: int) -> tuple[bytes, ...]:
    """Exactly ``count`` length-prefixed strings and not one byte more."""
    out = []
    for _ in range(count):
        if len(data) < 4:
            raise _malformed()
        end = 4 + int(struct.unpack(">I", data[:4])[0])
        if len(data) < end:
            raise _malformed()
        out.append(data[4:end])
        data = data[end:]
    if data:
        raise _malformed()
    return tuple(out)


def _unarmour(armour: str) -> bytes:
    lines = armour.replace("\r\n", "\n").strip("\n").split("\n")
    if len(armour) > _LIMIT or len(lines) < 3 or lines[0] != _BEGIN or lines[-1] != _END:
        raise _malformed()
    try:
        return base64.b64decode("".join(lines[1:-1]), validate=True)
    except (binascii.Error, ValueError):
        raise _malformed() from None


def _malformed() -> AuditError:
    return AuditError(
        "This is not an SSH signature by an Ed25519 key.",
        code="signature-malformed",
        hint="Make it with glassledger review or with 'ssh-keygen -Y sign'.",
    )


def _wrong_key() -> AuditError:
    return AuditError(
        "This is not an Ed25519 public key in OpenSSH form.",
        code="public-key-malformed",
        hint="Make a key with 'ssh-keygen -t ed25519' and give the .pub file.",
    )
