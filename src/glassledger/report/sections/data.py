"""Which columns came in, what was checked, what was done to them: counts and rules, never a value."""

from datetime import date
from typing import Any

from glassledger.policy.document import Column
from glassledger.records.screening import RedactionReceipt
from glassledger.report.context import Context

_ROLES = ("identifier", "free_text", "ignored", "consent", "protected", "feature", "target")


def view(context: Context) -> dict[str, Any]:
    """The table's counts, its columns by role, the receipts of the redaction."""
    screening, policy, words = context.evidence.screening, context.policy, context.words
    return {
        "dataset": policy.data.dataset,
        "description": policy.data.description,
        "facts": [
            (words("data.rows"), context.few(screening.rows)),
            (words("data.columns_read"), words.integer(screening.columns_read)),
            (words("data.columns_dropped"), words.integer(len(screening.columns_dropped))),
            (words("data.columns_undeclared"), words.integer(len(screening.columns_undeclared))),
            (words("data.checks"), words.integer(len(screening.checks))),
            (words("data.consent_excluded"), context.few(screening.consent_excluded)),
        ],
        "undeclared": screening.columns_undeclared,
        "others": bool(screening.other_cells),
        "roles": _roles(context),
        "receipts": [_receipt(context, receipt) for receipt in screening.receipts if receipt.operator != "keep"],
        "kept": [context.names.column(receipt.column) for receipt in screening.receipts if receipt.operator == "keep"],
        "input_digest": screening.input_digest,
    }


def _roles(context: Context) -> list[dict[str, Any]]:
    groups = []
    for role in _ROLES:
        named = [(name, column) for name, column in context.policy.data.columns.items() if column.role == role]
        if named:
            rows = [_column(context, name, column) for name, column in named]
            groups.append(
                {"title": context.words(f"role.{role}"), "text": context.words(f"role.{role}.text"), "rows": rows}
            )
    return groups


def _column(context: Context, name: str, column: Column) -> dict[str, str]:
    screening = context.evidence.screening
    return {
        "name": name,
        "label": context.names.column(name),
        "type": context.words(f"type.{column.type}"),
        "domain": _domain(context, column),
        "missing": _count_of(context, screening.missing_cells, name),
        "other": _count_of(context, screening.other_cells, name),
        "note": column.note,
    }


def _count_of(context: Context, counts: dict[str, int], name: str) -> str:
    return context.few(counts[name]) if name in counts else "–"


def _domain(context: Context, column: Column) -> str:
    words = context.words
    if column.levels:
        return words("data.levels", count=words.integer(len(column.levels)))
    if column.min is not None and column.max is not None:
        return words.interval(_bound(context, column.min), _bound(context, column.max))
    return "–"


def _bound(context: Context, value: float | date) -> str:
    if isinstance(value, date):
        return context.words.date(value.isoformat())
    return context.words.number(value, 0) if value == int(value) else context.words.compact(value, 4)


def _receipt(context: Context, receipt: RedactionReceipt) -> dict[str, str]:
    words = context.words
    return {
        "column": context.names.column(receipt.column),
        "operator": words.known(f"operator.{receipt.operator}", receipt.operator),
        "cells": context.few(receipt.cells),
        "changed": context.few(receipt.changed),
        "detail": receipt.detail,
        "key": receipt.key_id or "",
    }
