"""Log keys: Ed25519, from a file that only its owner reads, the environment, or a callback (KMS, PKCS#11).

The private key's text form is that of Go's note package: ``PRIVATE+KEY+name+keyid+base64(type || seed)``.
"""

import base64
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from glassledger import files
from glassledger.audit.note import (
    COSIGNATURE,
    ED25519,
    Note,
    Signature,
    VerifierKey,
    cosigned_message,
    is_key_name,
    key_id,
    strict_base64,
)
from glassledger.errors import AuditError, Error, StorageError, UsageError

_PREFIX = "PRIVATE+KEY"


@dataclass(frozen=True)
class Signer:
    """Someone who can sign notes under a name.

    Parameters
    ----------
    name : str
        Key name; for a log its origin.
    public_key : bytes
        32 bytes, Ed25519.
    sign : callable
        Message bytes → 64 bytes. Its answer is checked against ``public_key`` each time.
    algorithm : int
        0x01 for a log, 0x04 for a cosigner.
    """

    name: str
    public_key: bytes
    sign: Callable[[bytes], bytes] = field(repr=False)
    algorithm: int = ED25519

    @property
    def key(self) -> VerifierKey:
        """The public half."""
        return VerifierKey(self.name, self.public_key, self.algorithm)

    @property
    def vkey(self) -> str:
        """The public half as text, to be published."""
        return str(self.key)

    def signature(self, text: str, *, time: int | None = None) -> Signature:
        """Sign a note's text; ``time`` (Unix seconds) is needed by a cosigner and by no one else.

        Raises
        ------
        AuditError
            Code ``signature-invalid`` when the callback did not sign with this key.
        """
        if (time is None) != (self.algorithm == ED25519):
            raise UsageError(
                "A cosignature carries a time and a log's signature has none.",
                code="signer-time",
                hint="Give time=… to a cosigner's signature() and to no other.",
            )
        message = text.encode()
        raw = self.sign(message) if time is None else time.to_bytes(8) + self.sign(cosigned_message(message, time))
        self.key.verify(message, raw)
        return Signature(self.name, self.key.key_id, raw)

    def note(self, text: str) -> bytes:
        """A signed note of this text."""
        return Note(text, (self.signature(text),)).to_bytes()

    @classmethod
    def create(cls, path: str | os.PathLike[str], name: str, *, algorithm: int = ED25519) -> Self:
        """Draw a key, write it to ``path`` (mode 0600) and return its signer; an existing file is never replaced.

        ``algorithm`` is 0x01 for a log and 0x04 for a witness.

        Raises
        ------
        StorageError
            When the file is there already or cannot be written.
        """
        if Path(path).exists():
            raise StorageError(
                f"{Path(path).name} exists already.",
                code="key-exists",
                hint="A log key is never overwritten: load it, or choose another file.",
                facts={"path": str(path)},
            )
        seed = Ed25519PrivateKey.generate().private_bytes_raw()
        signer = cls.from_seed(seed, name, algorithm=algorithm)
        files.write_durably(path, _private_text(signer, seed).encode() + b"\n", mode=0o600)
        return signer

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a key file; refused when others may read it.

        Raises
        ------
        StorageError
            When it cannot be read or is open to others.
        AuditError
            Code ``key-malformed``.
        """
        text = files.read_bytes(path)
        if Path(path).stat().st_mode & 0o077:
            raise StorageError(
                f"{Path(path).name} can be read by others.",
                code="key-permissions",
                hint="Run chmod 600 on it, and change the key if someone may have copied it.",
                facts={"path": str(path)},
            )
        return cls.parse(text.decode("utf-8", "replace").removesuffix("\n"))

    @classmethod
    def from_environment(cls, variable: str) -> Self:
        """Read the key's text from an environment variable."""
        value = os.environ.get(variable)
        if value is None:
            raise UsageError(
                f"The environment variable {variable} is not set.",
                code="key-missing",
                hint="Set it to the text of the log's key file.",
                facts={"variable": variable},
            )
        return cls.parse(value)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``PRIVATE+KEY+name+keyid+base64``; the key id must belong to it."""
        prefix, _, rest = text.removeprefix(_PREFIX).partition("+")
        name, _, rest = rest.partition("+")
        hexadecimal, _, encoded = rest.partition("+")
        try:
            raw = strict_base64(encoded)
            if prefix or not text.startswith(_PREFIX) or len(raw) != 33 or not is_key_name(name):
                raise ValueError("not a private key")
            signer = cls.from_seed(raw[1:], name, algorithm=raw[0])
            if hexadecimal != signer.key.key_id.hex():
                raise ValueError("not this key's id")
        except (ValueError, Error):
            raise AuditError(
                "This is not a log key.",
                code="key-malformed",
                hint="It was cut short or changed; restore it from your key store. Do not make a new one under the "
                "same name: the log would have two histories.",
            ) from None
        return signer

    @classmethod
    def from_seed(cls, seed: bytes, name: str, *, algorithm: int = ED25519) -> Self:
        """Signer of a 32-byte Ed25519 seed."""
        if not is_key_name(name) or algorithm not in (ED25519, COSIGNATURE):
            raise UsageError(
                "A key name is not empty and has no space and no plus sign.",
                code="key-name",
                hint="Use a name that is yours, such as bank.example/glassledger.",
            )
        private = Ed25519PrivateKey.from_private_bytes(seed)
        return cls(name, private.public_key().public_bytes_raw(), private.sign, algorithm)


def _private_text(signer: Signer, seed: bytes) -> str:
    body = base64.b64encode(bytes([signer.algorithm]) + seed).decode()
    return f"{_PREFIX}+{signer.name}+{key_id(signer.name, signer.algorithm, signer.public_key).hex()}+{body}"
