"""A decision as an in-toto Statement v1: the exact bytes that are signed."""

from typing import Any

from glassledger import canonical
from glassledger.errors import AuditError
from glassledger.records.decision import Decision

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:glassledger:decision:v1"  # a name, not an address: nothing is ever fetched


def statement_bytes(decision: Decision) -> bytes:
    """RFC 8785 bytes of the statement; its subjects are the model, the policy and the evidence."""
    return canonical.dumps(
        {
            "_type": STATEMENT_TYPE,
            "subject": _subjects(decision),
            "predicateType": PREDICATE_TYPE,
            "predicate": decision.to_dict(),
        }
    )


def read_statement(data: bytes) -> Decision:
    """Read the bytes back.

    Raises
    ------
    AuditError
        When they are not exactly what :func:`statement_bytes` writes for the decision they hold.
    """
    value = canonical.loads(data)
    predicate = value.get("predicate") if isinstance(value, dict) else None
    decision = Decision.from_dict(predicate)
    if statement_bytes(decision) != data:
        raise AuditError(
            "This is not an in-toto statement of a review decision.",
            code="statement-malformed",
            hint="It was changed after it was written, or a newer glassledger wrote it.",
        )
    return decision


def _subjects(decision: Decision) -> list[dict[str, Any]]:
    named = (
        ("model", decision.model_digest),
        ("policy", decision.policy_digest),
        ("evidence", decision.evidence_digest),
    )
    return [{"name": name, "digest": {"sha256": _hex(digest)}} for name, digest in named]


def _hex(digest: str) -> str:
    value = digest.removeprefix("sha256:")
    if not digest.startswith("sha256:") or len(value) != 64 or not set(value) <= set("0123456789abcdef"):
        raise AuditError(
            "A decision names something that is not a SHA-256 digest.",
            code="digest-malformed",
            hint="Digests are written sha256: and 64 lower-case hexadecimal digits.",
        )
    return value
