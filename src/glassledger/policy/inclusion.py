"""A scoring policy together with the redaction policy that it includes.

What is done to a column, the first that says something:

1. the column's own ``redaction`` in the scoring policy;
2. ``columns.<name>`` of the redaction policy;
3. ``kinds.<kind>`` of the redaction policy, for the ``kind`` that the column declares;
4. ``roles.<role>`` of the redaction policy;
5. the default of the role.

The outcome goes through the same checks as if it had been written into the column, so a rule that does not suit the
column is a fault of the policy and never a silent exception.
"""

from glassledger.policy.document import Column, PolicyDocument
from glassledger.policy.operators import Pseudonymise, Redaction
from glassledger.policy.redaction_document import RedactionDocument


def resolved(document: PolicyDocument, redaction: RedactionDocument) -> PolicyDocument:
    """The scoring policy with every column's redaction filled in that the redaction policy has a rule for."""
    columns = {name: _column(name, column, redaction) for name, column in document.data.columns.items()}
    return document.model_copy(update={"data": document.data.model_copy(update={"columns": columns})})


def _column(name: str, column: Column, redaction: RedactionDocument) -> Column:
    if column.redaction is not None:
        return column
    rule = redaction.columns.get(name) or redaction.kinds.get(column.kind or "") or _by_role(column, redaction)
    return column if rule is None else column.model_copy(update={"redaction": in_domain(rule, name, redaction)})


def _by_role(column: Column, redaction: RedactionDocument) -> Redaction | None:
    rule: Redaction | None = getattr(redaction.roles, column.role, None)
    return rule


def in_domain(rule: Redaction, column: str, redaction: RedactionDocument) -> Redaction:
    """The rule for one column: its pseudonyms belong to the policy's domain unless it names its own."""
    if isinstance(rule, Pseudonymise) and rule.domain is None:
        return rule.model_copy(update={"domain": f"{redaction.domain}/{column}"})
    return rule
