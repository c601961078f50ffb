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
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from glassledger.errors import InputError, PolicyError
from glassledger.files import locked, read_bytes, storage_error, write_durably
from glassledger.policy.faults import short

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_KEY_ID = re.compile(r"[0-9a-f]{8}")
_LABEL = b"glassledger key id"
_BYTES = 32
_LONGEST_TEXT = 4096
_FEWEST_DISTINCT_BYTES = 8  # 32 random bytes hold fewer with probability below 1e-33: such a key is a placeholder


#: Names of files in the same folder that are no redaction keys.
RESERVED = frozenset(("log",))


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
    held : mapping of name to Key
        Named keys that came along instead of lying in the folder, see :meth:`carrying`.
    """

    folder: Path
    held: Mapping[str, Key] = field(default_factory=dict, repr=False)

    def carrying(self, references: Iterable[str]) -> "KeyRing":
        """A ring for another process or machine, which holds the named keys among ``references``.

        ``env:`` and ``file:`` references are left to be looked up there, so that their secrets never travel.
        """
        return replace(self, held={name: self.key(name) for name in references if _NAME.fullmatch(name)})

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
        if reference in self.held:
            return self.held[reference]
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

    def by_id(self, reference: str, key_id: str) -> Key:
        """The key behind ``reference`` that has this id: the present one, or a retired one of a named key.

        Raises
        ------
        InputError
            ``key-id-unknown`` when there is none, besides what :meth:`key` raises.
        """
        present = self.key(reference)
        if present.id == key_id:
            return present
        path = self._retired(reference, key_id)
        if not _NAME.fullmatch(reference) or not _KEY_ID.fullmatch(key_id) or not path.exists():
            raise InputError(
                f"The key {reference} with id {short(key_id)} is not here.",
                code="key-id-unknown",
                hint="Named keys keep retired secrets as NAME.ID.retired; for env: and file: refer to the old one.",
                facts={"reference": reference, "present": present.id},
            )
        return _from_file(path, reference)

    def rotate(self, name: str) -> tuple[Key, Key]:
        """Retire a named key and make a new one; returns both, the old one first.

        The old secret stays beside it as ``NAME.ID.retired``: tokens made with it can still be revealed. From now on
        pseudonyms differ, so tables from before and after cannot be joined.

        Raises
        ------
        PolicyError
            ``key-reference`` when this is no named key: whoever keeps an ``env:`` or ``file:`` key rotates it.
        InputError
            ``key-missing`` when it was never made.
        """
        path = self.folder / f"{name}.key"
        if not _NAME.fullmatch(name) or name in RESERVED:
            raise PolicyError(
                "Only keys that live in the workspace under a plain name can be rotated here.",
                code="key-reference",
                hint="Rotate an env: or file: key where it is kept. The log's own key is not rotated.",
            )
        if not path.exists():
            raise _missing(name, "It is made on first use; there is nothing to rotate")
        with locked(self.folder / "keys.lock"):
            old = _from_file(path, name)
            write_durably(self._retired(name, old.id), read_bytes(path), mode=0o600)
            write_durably(path, secrets.token_hex(_BYTES).encode() + b"\n", mode=0o600)
            return old, _from_file(path, name)

    def listed(self) -> tuple[tuple[str, str, bool], ...]:
        """Name, id and whether it is in use, of every named key; no secret."""
        found = []
        for path in sorted(self.folder.glob("*.key")) if self.folder.exists() else []:
            if path.stem not in RESERVED:
                found.append((path.stem, _from_file(path, path.stem).id, True))
                found += [(path.stem, old.name.split(".")[-2], False) for old in self._all_retired(path.stem)]
        return tuple(found)

    def _retired(self, name: str, key_id: str) -> Path:
        return self.folder / f"{name}.{key_id}.retired"

    def _all_retired(self, name: str) -> list[Path]:
        return sorted(self.folder.glob(f"{name}.*.retired"))

    def _named(self, name: str) -> Key:
        if name in RESERVED:
            raise PolicyError(
                f"The name {name} belongs to the key that signs the log.",
                code="key-reference",
                hint="Give the key another name.",
            )
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
