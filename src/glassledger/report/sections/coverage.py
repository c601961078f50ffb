"""What was checked, and what this report does not cover."""

from typing import Any

from glassledger.report.context import Context
from glassledger.report.sections.checks import Check, checks


def view(context: Context) -> dict[str, Any]:
    """Checks with their statuses; those without evidence stand apart."""
    done = checks(context)
    return {
        "ran": [_row(context, check) for check in done if check.detail != "not_gathered"],
        "absent": [_row(context, check) for check in done if check.detail == "not_gathered"],
    }


def _row(context: Context, check: Check) -> dict[str, str]:
    words = context.words
    return {
        "name": words(f"check.{check.key}"),
        "status": check.status,
        "word": words(f"status.{check.status}"),
        "detail": words(f"detail.{check.detail}", **check.values),
    }
