"""A letter to one person: the principal reasons, or the procedure and principles actually applied."""

from collections.abc import Iterable
from typing import Literal

from glassledger.errors import UsageError
from glassledger.policy import Policy
from glassledger.records.explanation import Counterfactual, LocalExplanation
from glassledger.report.html import environment
from glassledger.report.language import load_language

LetterKind = Literal["reg-b", "gdpr"]
#: More than four reasons are not likely to help (12 CFR part 1002, supplement I, comment 9(b)(2)-1).
MOST_REASONS = 4


def letter(
    kind: LetterKind,
    local: LocalExplanation,
    found: Counterfactual | None,
    *,
    used: Iterable[str],
    policy: Policy,
    language: str,
) -> str:
    """One letter as a self-contained HTML page, in the words of the policy and of a report's catalogue.

    Parameters
    ----------
    kind : {"reg-b", "gdpr"}
        After 12 CFR 1002.9(b)(2): at most four specific reasons. After GDPR Art. 15(1)(h): what was used, how, with
        which result, and what a change in the data would have done.
    local : LocalExplanation
        Its reasons are in ``language`` already.
    found : Counterfactual, optional
        Only for ``gdpr``.
    used : iterable of str
        The features that the model reads.

    Raises
    ------
    UsageError
        When nothing adverse was decided for ``reg-b``, or no factor can be named.
    """
    rule = policy.document.decision
    if kind == "reg-b":
        adverse = None if rule is None else getattr(rule, rule.adverse)
        if adverse is None or local.decision != adverse or not local.reasons:
            raise UsageError(
                "There is no adverse decision with reasons to write about.",
                code="letter-not-adverse",
                hint="A letter of reasons follows the policy's adverse decision; for any score use --letter gdpr.",
            )
    words = load_language(language)
    changes = [
        words(f"letter.change.{change.direction}", feature=policy.label(change.feature, language), to=change.to)
        for change in (found.changes if found is not None else ())
    ]
    return (
        environment()
        .get_template("letter.html.j2")
        .render(
            t=words,
            kind=kind,
            owner=policy.document.owner,
            purpose=policy.text(policy.document.purpose.use, language),
            features=[policy.label(name, language) for name in used],
            score=words.number(local.score, 3),
            threshold=None if rule is None else words.compact(rule.threshold),
            decision=local.decision,
            reasons=[reason.text for reason in local.reasons[:MOST_REASONS]],
            found=found,
            changes=changes,
            after=None if found is None else found.decision_after,
        )
    )
