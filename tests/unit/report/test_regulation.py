"""Outcomes speak of evidence: what each means, and what can never turn into *evidenced*."""

from dataclasses import replace

import pytest

from glassledger.policy.document import Declaration, Regulation
from glassledger.policy.rule_packs import load_pack
from glassledger.policy.shipped import shipped_packs
from glassledger.records.rules import Control, RulePack
from glassledger.report import Report
from glassledger.report.context import Context
from glassledger.report.language import load_language
from glassledger.report.names import Names
from glassledger.report.sections.assessment import assess


def control(**changes):
    base = {"id": "a", "citation": "c", "title": "t", "asks": "x", "sectors": ["marketing"], "wants": ["log"]}
    return Control.model_validate(base | {"answer": "automatic", "basis": "own"} | changes)


def pack_of(*controls, **changes):
    base = {"id": "ours", "title": "Ours", "version": "2026-01-31", "status": "house", "since": "2026-01-31"}
    return RulePack.model_validate(base | {"basis": "own", "controls": controls} | changes)


def under(evidence, *packs, declarations=None, **policy):
    document = evidence.policy.model_copy(
        update={
            "regulation": Regulation(sector="marketing", packs=("house",)),
            "declarations": {key: Declaration(text=text) for key, text in (declarations or {}).items()},
        }
        | policy
    )
    return evidence.model_copy(update={"policy": document, "rules": packs})


def context_of(evidence):
    words = load_language("en")
    return Context(evidence, None, words, Names(evidence.policy, words, "en"))


def outcome(evidence, *, declarations=None, **changes):
    (done,) = assess(context_of(under(evidence, pack_of(control(**changes)), declarations=declarations)))
    return done.outcome


def test_everything_found_is_evidenced(evidence):
    assert outcome(evidence, wants=["log", "purpose", "performance"]) == "evidenced"


def test_a_part_is_partly(evidence):
    assert outcome(evidence, wants=["log", "challenger"]) == "partly"
    assert outcome(evidence, wants=["log"], answer="partly") == "partly"


def test_nothing_found_is_not_evidenced_or_for_a_person(evidence):
    assert outcome(evidence, wants=["challenger"]) == "not_evidenced"
    assert outcome(evidence, wants=["oversight"], answer="person") == "manual"


def test_a_declaration_is_never_evidence(evidence):
    declared = {"oversight": "A person reads the list."}
    for answer in ("automatic", "partly", "person"):
        assert outcome(evidence, wants=["oversight"], answer=answer, declarations=declared) == "partly"


def test_a_failed_check_contradicts_whatever_else_was_found(evidence):
    screening = evidence.screening.model_copy(update={"checks": ()})
    broken = evidence.model_copy(update={"screening": screening})
    assert outcome(broken, wants=["contract", "log"]) == "contradicted"


def test_consent_as_basis_without_a_consent_column_is_a_contradiction(evidence):
    basis = evidence.policy.lawful_basis.model_copy(update={"basis": "consent"})
    columns = {name: column for name, column in evidence.policy.data.columns.items() if column.role != "consent"}
    data = evidence.policy.data.model_copy(update={"columns": columns})
    asked = under(evidence, pack_of(control(wants=["consent"])), lawful_basis=basis, data=data)
    assert assess(context_of(asked))[0].outcome == "contradicted"


def test_another_sector_a_withdrawn_rule_and_a_rule_on_privacy_do_not_apply(evidence):
    assert outcome(evidence, sectors=["credit"]) == "not_applicable"
    assert outcome(evidence, state="withdrawn") == "not_applicable"
    assert outcome(evidence, private_only=True) == "not_applicable"
    assert outcome(evidence, wants=["privacy_statement"]) == "not_applicable"


def test_a_broken_promise_of_direction_contradicts(evidence):
    shape = next(shape for shape in evidence.explanation.shapes if len(shape.features) == 1 and len(shape.values) > 4)
    model = evidence.policy.model.model_copy(update={"monotone": {shape.features[0]: "increasing"}})
    values = tuple(sorted(shape.values))
    for shown, expected in ((values, "evidenced"), (values[::-1], "contradicted")):
        shapes = tuple(
            item.model_copy(update={"values": shown}) if item is shape else item for item in evidence.explanation.shapes
        )
        changed = evidence.model_copy(
            update={"explanation": evidence.explanation.model_copy(update={"shapes": shapes})}
        )
        asked = under(changed, pack_of(control(wants=["directions"])), model=model)
        assert assess(context_of(asked))[0].outcome == expected


def test_every_wanted_name_has_words_in_every_language(evidence):
    wanted = {name for pack in shipped_packs() for item in load_pack(pack).controls for name in item.wants}
    for code in ("en", "de", "zh"):
        words = load_language(code)
        assert not {name for name in wanted if not words.has(f"wants.{name}")}


@pytest.mark.parametrize("language", ["en", "de", "zh"])
def test_the_page_shows_the_map_of_every_shipped_pack(evidence, language):
    packs = tuple(load_pack(name) for name in shipped_packs())
    html = Report.build(under(evidence, *packs), language=language).html
    for pack in packs:
        assert pack.title in html
    assert "compliant" not in html.lower()


def test_a_rule_of_the_future_says_from_when(evidence):
    later = pack_of(control(state="adopted", since="2027-12-02"))
    (done,) = assess(context_of(under(evidence, later)))
    assert done.ahead("2026-11-30")
    assert not replace(done, since="2026-11-30").ahead("2026-11-30")
    assert "counts from 2 December 2027" in Report.build(under(evidence, later)).html


def test_markup_in_a_pack_of_ones_own_stays_text(evidence):
    html = Report.build(under(evidence, pack_of(control(title="<script>alert(1)</script>")))).html
    assert "<script" not in html
