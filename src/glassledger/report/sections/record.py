"""The evidence index: what can be re-hashed, the checkpoint, and how to check all of it without this page."""

from typing import Any

from glassledger.report.context import Context


def view(context: Context) -> dict[str, Any]:
    """Digests, log entries, checkpoint, and the disclosure statement of the page itself."""
    evidence, words = context.evidence, context.words
    digests = [
        (words("record.evidence"), evidence.digest),
        (words("record.model"), evidence.facts.model_digest),
        (words("record.policy"), evidence.policy_digest),
    ]
    digests += [
        (words.known(f"artifact.{name}", name), digest)
        for name, digest in sorted(evidence.artifacts.items())
        if name not in ("model", "policy")
    ]
    return {
        "digests": digests,
        "origin": evidence.log.origin,
        "checkpoint": evidence.log.checkpoint,
        "entries": [
            (
                words.integer(entry.index),
                words.known(f"entry.{entry.type}", entry.type),
                words.time(entry.time),
                entry.leaf_hash,
            )
            for entry in evidence.log.entries
        ],
        "generated": words.time(evidence.generated_at),
        "minimum": words.integer(context.policy.evaluation.min_group),
    }
