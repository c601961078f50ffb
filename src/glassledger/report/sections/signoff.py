"""Who decided what, over which evidence, with which key."""

from typing import Any

from glassledger.report.context import Context


def view(context: Context) -> dict[str, Any]:
    """The rule and the decisions in log order."""
    review, words, rule = context.review, context.words, context.policy.review
    return {
        "rule": words("signoff.rule", count=words.integer(rule.approvals), days=words.integer(rule.expires_after_days)),
        "status": review.status if review else "draft",
        "word": words(f"state.{review.status if review else 'draft'}"),
        "decisions": [
            {
                "verdict": words(f"decision.{decision.verdict}"),
                "kind": decision.verdict,
                "identity": decision.identity,
                "role": words(f"who.{decision.role}"),
                "time": words.time(decision.signed_at),
                "until": words.date(decision.expires_on) if decision.expires_on else "",
                "comment": decision.comment,
                "key": decision.key,
                "evidence": decision.evidence_digest,
                "same": decision.evidence_digest == context.evidence.digest,
            }
            for decision in (review.decisions if review else ())
        ],
    }
