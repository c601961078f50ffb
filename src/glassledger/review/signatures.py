"""Signed decisions: SSHSIG over an in-toto statement, checked against ``allowed_signers``.

``ssh-keygen -Y verify -f allowed_signers -I IDENTITY -n signoff@glassledger -s decision.sig < decision.json`` gives the
same answer without glassledger.
"""

import base64
import binascii
import os

from glassledger.errors import AuditError, ReviewError
from glassledger.records.decision import Decision, SignedDecision
from glassledger.review import sshsig
from glassledger.review.keys import load_signing_key
from glassledger.review.signers import check_identity, parse_signers
from glassledger.review.statement import read_statement, statement_bytes
from glassledger.review.transitions import moment

NAMESPACE = "signoff@glassledger"


def signers_line(identity: str, public_key: str) -> str:
    """One line for ``allowed_signers``, without its line end: this person, this key, reviews only.

    Raises
    ------
    ReviewError
        When the identity could be read as more than one name.
    AuditError
        When the public key is not Ed25519 in OpenSSH form.
    """
    check_identity(identity)
    return f'{identity} namespaces="{NAMESPACE}" {sshsig.public_line(sshsig.read_public(public_key))}'


def key_fingerprint(key_path: str | os.PathLike[str], *, passphrase: bytes | None = None) -> str:
    """``SHA256:…`` of the key in a private key file."""
    return sshsig.fingerprint(sshsig.public_blob(load_signing_key(key_path, passphrase=passphrase).public_key()))


def sign_decision(
    decision: Decision, key_path: str | os.PathLike[str], *, passphrase: bytes | None = None
) -> SignedDecision:
    """Sign with an OpenSSH Ed25519 key; the decision's ``key`` is filled with its fingerprint.

    Raises
    ------
    ReviewError
        When the decision names another key, or the key file cannot be used (see :func:`load_signing_key`).
    """
    key = load_signing_key(key_path, passphrase=passphrase)
    blob = sshsig.public_blob(key.public_key())
    fingerprint = sshsig.fingerprint(blob)
    if decision.key not in ("", fingerprint):
        raise _other_key()
    message = statement_bytes(decision.model_copy(update={"key": fingerprint}))
    return SignedDecision(
        statement=base64.b64encode(message).decode(),
        signature=sshsig.sign(message, key, namespace=NAMESPACE),
        public_key=sshsig.public_line(blob),
    )


def verify_decision(signed: SignedDecision, allowed_signers: str, *, at: str) -> Decision:
    """Return the decision that was signed, or raise.

    Parameters
    ----------
    signed : SignedDecision
    allowed_signers : str
        Text of the ``allowed_signers`` file.
    at : str
        RFC 3339 time.
        The signature must have been valid then: a time that somebody else vouches for, such as that of the log entry.

    Raises
    ------
    AuditError
        When the signature does not fit the statement, or the statement names another key than the one that signed.
    ReviewError
        When that person may not sign with that key for this purpose at that time.
    """
    message = statement_of(signed)
    blob = sshsig.verify(message, signed.signature, namespace=NAMESPACE)
    decision = read_statement(message)
    if decision.key != sshsig.fingerprint(blob) or sshsig.read_public(signed.public_key) != blob:
        raise AuditError(
            "A decision names another key than the one that signed it.",
            code="signature-other-key",
            hint="The record was put together from two decisions; restore it from a copy.",
        )
    signers = parse_signers(allowed_signers)
    if not any(signer.admits(decision.identity, blob, namespace=NAMESPACE, at=moment(at)) for signer in signers):
        raise ReviewError(
            "The signer is not allowed to sign reviews with this key at this time.",
            code="signer-not-allowed",
            hint="Add the person's public key to allowed_signers, or renew its validity.",
            facts={"key": decision.key},
        )
    return decision


def statement_of(signed: SignedDecision) -> bytes:
    """The exact bytes that were signed; write them to a file for ``ssh-keygen -Y verify``."""
    try:
        return base64.b64decode(signed.statement, validate=True)
    except (binascii.Error, ValueError):
        raise AuditError(
            "A signed statement is not base64.",
            code="statement-malformed",
            hint="It was changed after it was written; restore it from a copy.",
        ) from None


def _other_key() -> ReviewError:
    return ReviewError(
        "The decision names another key than the one it would be signed with.",
        code="key-mismatch",
        hint="Leave the decision's key empty, or sign with the key it names.",
    )
