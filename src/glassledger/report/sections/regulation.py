"""The map to the rules: each control of the policy's packs, and what the evidence has to say to it."""

from collections import Counter
from itertools import groupby
from typing import Any

from glassledger.report.context import Context
from glassledger.report.sections.assessment import OUTCOMES, Assessment, assess

#: Section of the page that shows what was found; the record of evidence holds the digests of everything else.
_SHOWN_IN: dict[str, str] = {
    "purpose": "purpose owner lawful_basis prohibited_uses developer software",
    "data": "contract consent data_lineage personal_data_scan",
    "privacy": "privacy_statement privacy_budget noise_source unprotected_stated attack_test",
    "mechanics": "form explanation directions identifiers_out protected_out",
    "personas": "reasons reason_texts reasons_at_most_four personas",
    "performance": "performance calibration",
    "groups": "groups disclosure",
    "signoff": "signoff expiry",
}
_SECTION = {name: section for section, names in _SHOWN_IN.items() for name in names.split()}


def view(context: Context) -> dict[str, Any]:
    """Counts by outcome, the packs with their controls, and the owner's declarations."""
    done = assess(context)
    words, regulation = context.words, context.policy.regulation
    counts = Counter(item.outcome for item in done)
    return {
        "sector": words(f"sector.{regulation.sector}") if regulation else "",
        "counts": [
            {"kind": outcome, "word": words(f"outcome.{outcome}"), "count": words.integer(counts[outcome])}
            for outcome in OUTCOMES
            if counts[outcome]
        ],
        "packs": [_pack(context, list(items)) for _, items in groupby(done, key=lambda item: item.pack.id)],
        "declarations": [
            {
                "name": words(f"wants.{key}"),
                "text": context.names.text(declaration.text),
                "reference": declaration.reference,
            }
            for key, declaration in sorted(context.policy.declarations.items())
        ],
    }


def _pack(context: Context, items: list[Assessment]) -> dict[str, Any]:
    pack, words = items[0].pack, context.words
    asked = [item for item in items if item.outcome != "not_applicable"]
    return {
        "title": pack.title,
        "note": pack.note,
        "status": words("regulation.status", status=words(f"legal.{pack.status}"), since=words.date(pack.since)),
        "version": words("regulation.version", date=words.date(pack.version), basis=words(f"rule_basis.{pack.basis}")),
        "rows": [_row(context, item) for item in asked],
        "skipped": words.integer(len(items) - len(asked)) if len(asked) < len(items) else "",
    }


def _row(context: Context, item: Assessment) -> dict[str, Any]:
    words, control = context.words, item.control
    today = context.evidence.generated_at[:10]
    return {
        "citation": control.citation,
        "title": control.title,
        "asks": control.asks,
        "kind": item.outcome,
        "word": words(f"outcome.{item.outcome}"),
        "states": [
            {
                "name": words(f"wants.{name}"),
                "kind": state,
                "word": words(f"found.{state}"),
                "section": "declarations" if state == "declared" else _SECTION.get(name, "record"),
            }
            for name, state in item.states
            if state != "not_applicable"
        ],
        "when": words("regulation.from", date=words.date(item.since)) if item.ahead(today) else "",
        "basis": words(f"rule_basis.{control.basis}"),
        "note": control.note,
    }
