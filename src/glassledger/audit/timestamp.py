"""Time stamps over checkpoints (RFC 3161): an independent clock says that this history existed by then.

The one door to rfc3161-client. Where the network is not ours to use, the customer gives a function that takes the
request's bytes to a time-stamping authority and brings its answer back.
"""

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from glassledger import files
from glassledger.audit import attested
from glassledger.audit.log import Log
from glassledger.errors import AuditError, MissingExtraError, UsageError

Transport = Callable[[bytes], bytes]
"""Takes a DER request to a time-stamping authority and returns its DER answer."""

QUERY: Final = "application/timestamp-query"


def stamp(log: Log, transport: Transport, *, roots: bytes) -> tuple[int, str]:
    """Have the last signed checkpoint stamped, verify the answer, and keep both.

    Parameters
    ----------
    log : Log
        Needs no key.
    transport : callable
        See :data:`Transport`.
    roots : bytes
        PEM certificates of the authority's root: an answer that does not verify is not kept.

    Returns
    -------
    (int, str)
        Number of entries covered, and the time, RFC 3339 in UTC.

    Raises
    ------
    AuditError
        Code ``timestamp-invalid``.
    """
    signed = log.signed_head()
    request = _client().TimestampRequestBuilder().data(signed.note).build()
    token = transport(request.as_bytes())
    time = verify_stamp(token, signed.note, roots=roots, nonce=request.nonce)
    size = signed.checkpoint.size
    log.attest(attested.name(size, attested.STAMPED), signed.note)
    log.attest(attested.name(size, attested.STAMP), token)
    return size, time


def verify_stamp(token: bytes, message: bytes, *, roots: bytes, nonce: int | None = None) -> str:
    """Check an answer against the exact bytes that were stamped.

    Returns
    -------
    str
        The stamp's time, RFC 3339 in UTC.

    Raises
    ------
    AuditError
        Code ``timestamp-invalid``.
    UsageError
        Code ``certificate-malformed`` for the roots.
    """
    client, builder = _client(), _client().VerifierBuilder()
    for certificate in _certificates(roots):
        builder = builder.add_root_certificate(certificate)
    if nonce is not None:
        builder = builder.nonce(nonce)
    try:
        response = client.decode_timestamp_response(token)
        builder.build().verify_message(response, message)
        moment = response.tst_info.gen_time
    except (client.VerificationError, ValueError):
        raise AuditError(
            "A time stamp does not verify.",
            code="timestamp-invalid",
            hint="The authority refused, another root signed it, or it stamps other bytes. Check it with "
            "'openssl ts -verify -data FILE.stamped -in FILE.tsr -CAfile ROOT.pem'.",
        ) from None
    assert isinstance(moment, datetime)
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def read_roots(path: str | os.PathLike[str]) -> bytes:
    """Read a PEM file and make sure that it holds certificates."""
    data = files.read_bytes(Path(path))
    _certificates(data)
    return data


def _certificates(roots: bytes) -> Sequence[Any]:
    from cryptography.x509 import load_pem_x509_certificates

    try:
        return load_pem_x509_certificates(roots)
    except ValueError:
        raise UsageError(
            "This holds no PEM certificate.",
            code="certificate-malformed",
            hint="Give the root certificate of the time-stamping authority in PEM form.",
        ) from None


def _client() -> Any:
    try:
        import rfc3161_client
    except ImportError:
        raise MissingExtraError(
            "Time stamps need rfc3161-client.",
            code="extra-missing",
            hint="pip install 'glassledger[timestamp]'",
        ) from None
    return rfc3161_client
