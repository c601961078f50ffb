"""Key references and the secrets behind them. A policy names keys; it never holds one.

========================  ===========================================================================
reference                 where the secret is
========================  ===========================================================================
``default`` (a name)      ``<folder>/default.key``, made on first use, mode 0600
``env:NAME``              the environment variable ``NAME``, read only
``file:PATH``             the file ``PATH``, read only, refused when group or others may touch it
========================  ===========================================================================

A stored secret is hexadecimal or base64 text of at least 32 bytes. Whoever holds it can undo pseudonyms of guessable
values (phone numbers, identity numbers) by trying them all, so it belongs beside passwords, never beside the data.
"""

import base64
import binascii
import hashlib
import os
import re
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path

from glassledger.errors import InputError, PolicyError
from glassledger.files import locked, storage_error, write_durably

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_LABEL = b"glassledger key id"
_BYTES = 32
_LONGEST_TEXT = 4096
_FEWEST_DISTINCT_BYTES = 8  # 32 random bytes hold fewer with probability below 1e-33: such a key is a placeholder


@dataclass(frozen=True)
class Key:
    """A secret and its public name.

    Attributes
    ----------
    id : str
        First 8 hexadecimal digits of SHA-256 over a fixed label and the secret; safe to record.
    secret : bytes
        At least 32 bytes; never shown by ``repr``.
    """

    id: str
    secret: bytes = field(repr=False)

    @classmethod
    def from_secret(cls, secret: bytes) -> "Key":
        return cls(id=hashlib.sha256(_LABEL + secret).hexdigest()[:8], secret=secret)


@dataclass(frozen=True)
class KeyRing:
    """Looks up keys by reference; see the module docstring for the three kinds.

    Parameters
    ----------
    folder : Path
        Where named keys live. Made with mode 0700 when the first key is.
    """

    folder: Path

    def key(self, reference: str) -> Key:
        """The key behind ``reference``.

        Raises
        ------
        InputError
            ``key-missing``, ``key-malformed`` or ``key-exposed``: the operator must provide or protect it.
        PolicyError
            ``key-reference``: the reference itself makes no sense.
        StorageError
            When the folder or the file cannot be used.
        """
        scheme, _, rest = reference.partition(":")
        if scheme == "env" and rest:
            return _from_environment(rest, reference)
        if scheme == "file" and rest:
            return _from_file(Path(rest).expanduser(), reference)
        if not _NAME.fullmatch(reference):
            raise PolicyError(
                "A key reference is a plain name, env:NAME or file:PATH.",
                code="key-reference",
                hint="Names take letters, digits, - and _, at most 64.",
            )
        return self._named(reference)

    def _named(self, name: str) -> Key:
        path = self.folder / f"{name}.key"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise storage_error("write", self.folder, error) from None
        with locked(self.folder / "keys.lock"):  # two processes must not invent two secrets for one name
            if not path.exists():
                write_durably(path, secrets.token_hex(_BYTES).encode() + b"\n", mode=0o600)
            return _from_file(path, name)


def _from_environment(variable: str, reference: str) -> Key:
    text = os.environ.get(variable)
    if text is None:
        raise _missing(reference, f"Set the environment variable {variable}")
    return _decoded(text, reference)


def _from_file(path: Path, reference: str) -> Key:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe must not make us wait
    except FileNotFoundError:
        raise _missing(reference, f"Put the secret into {path}") from None
    except OSError as error:
        raise storage_error("read", path, error) from None
    try:
        _check_private(path, os.fstat(handle).st_mode, reference)  # of the opened file: a name may be swapped
        data = os.read(handle, _LONGEST_TEXT + 1)
    finally:
        os.close(handle)
    return _decoded(data.decode("latin-1"), reference)


def _check_private(path: Path, mode: int, reference: str) -> None:
    if not stat.S_ISREG(mode):
        raise _malformed(reference)
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise InputError(
            f"The key file {path.name} may be used by other users of this machine.",
            code="key-exposed",
            hint=f"Run: chmod 600 {path}. If others may have read it, make a new key.",
            facts={"reference": reference, "mode": oct(stat.S_IMODE(mode))},
        )


def _decoded(text: str, reference: str) -> Key:
    secret = _secret_bytes(text.strip())
    if len(secret) < _BYTES or len(set(secret)) < _FEWEST_DISTINCT_BYTES:
        raise _malformed(reference)
    return Key.from_secret(secret)


def _secret_bytes(text: str) -> bytes:
    """Hexadecimal if it can be read as such, else base64 (plain or URL-safe), else nothing."""
    if len(text) > _LONGEST_TEXT:
        return b""
    try:
        return binascii.unhexlify(text)
    except ValueError:
        pass
    try:
        return base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except ValueError:
        return b""


def _missing(reference: str, remedy: str) -> InputError:
    return InputError(
        f"The key {reference} is not here.",
        code="key-missing",
        hint=f"{remedy} (hexadecimal or base64, at least 32 random bytes; python -c "
        '"import secrets; print(secrets.token_hex(32))" makes one).',
        facts={"reference": reference},
    )


def _malformed(reference: str) -> InputError:
    return InputError(
        f"The key {reference} is not hexadecimal or base64 of at least 32 random bytes.",
        code="key-malformed",
        hint='Make one with: python -c "import secrets; print(secrets.token_hex(32))".',
        facts={"reference": reference},
    )
