"""The signer's private key: read from an OpenSSH file that nobody else can read."""

import os
import stat
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_ssh_private_key

from glassledger.errors import MissingExtraError, ReviewError
from glassledger.files import storage_error, write_durably
from glassledger.review.sshsig import public_blob, public_line


def load_signing_key(path: str | os.PathLike[str], *, passphrase: bytes | None = None) -> Ed25519PrivateKey:
    """Load an Ed25519 private key.

    Parameters
    ----------
    path : path of a file made by ``ssh-keygen -t ed25519``; mode 0600 or stricter.
    passphrase : bytes, optional
        Needed when the file is encrypted.

    Raises
    ------
    ReviewError
        When others can read the file, the passphrase is wrong or missing, or the key is not Ed25519.
    StorageError
        When the file cannot be read.
    MissingExtraError
        When the file is encrypted and the bcrypt package is absent.
    """
    data = _read_private(Path(path))
    try:
        key = load_ssh_private_key(data, password=passphrase)
    except TypeError:
        raise _locked(passphrase is None) from None
    except UnsupportedAlgorithm:
        raise MissingExtraError(
            "Encrypted keys need the bcrypt package.",
            code="bcrypt-missing",
            hint="pip install 'cryptography[ssh]'",
        ) from None
    except ValueError:
        raise _not_a_key() if passphrase is None else _locked(False) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise _not_a_key()
    return key


def make_key(path: str | os.PathLike[str], *, comment: str = "") -> str:
    """Write a new key as ``ssh-keygen -t ed25519 -N ''`` does: ``path`` (mode 0600) and ``path.pub``.

    Returns
    -------
    str
        The public key line.

    Raises
    ------
    ReviewError
        When a file of that name exists.
    """
    target = Path(path)
    public = target.with_name(target.name + ".pub")
    if target.exists() or public.exists():
        raise ReviewError(
            f"There is a key called {target.name} already.",
            code="key-exists",
            hint="Name another file; keys are never overwritten.",
        )
    key = Ed25519PrivateKey.generate()
    line = f"{public_line(public_blob(key.public_key()))} {comment}".strip()
    write_durably(target, key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()), mode=0o600)
    write_durably(public, f"{line}\n".encode())
    return line


def _read_private(path: Path) -> bytes:
    """Look at the mode of the very file that is then read, so that nobody can swap it in between."""
    try:
        handle = os.open(path, os.O_RDONLY)
        with os.fdopen(handle, "rb") as stream:
            mode = stat.S_IMODE(os.fstat(handle).st_mode)
            if mode & 0o077:
                raise ReviewError(
                    f"Other users can read the private key {path.name} (mode {mode:04o}).",
                    code="key-readable-by-others",
                    hint=f"Run 'chmod 600 {path.name}'; if it was shared, make a new key.",
                )
            return stream.read()
    except OSError as error:
        raise storage_error("read", path, error) from None


def _locked(missing: bool) -> ReviewError:
    return ReviewError(
        "The private key is encrypted and no passphrase was given." if missing else "The passphrase does not fit.",
        code="key-locked",
        hint="Give the passphrase of the key file, or none for a file without one.",
    )


def _not_a_key() -> ReviewError:
    return ReviewError(
        "This is not an Ed25519 private key in OpenSSH form.",
        code="key-unsupported",
        hint="Make one with 'ssh-keygen -t ed25519'.",
    )
