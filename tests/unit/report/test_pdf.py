"""The printed report: tagged, archival, the same bytes each time, the evidence inside, and nothing in it is markup."""

import io
import re

import pypdf
import pytest
import typst

from glassledger.errors import MissingExtraError
from glassledger.report import Evidence, Report
from glassledger.report.pdf import CHINESE
from glassledger.report.tree import parse
from glassledger.report.typst import literal, markup

HOSTILE = '#read("/etc/passwd") $x$ *b* _i_ `c` <label> @cite \\ "quoted" #{1/0} // c /* */ ]['


def text_of(pdf):
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages).split())


def named(evidence, name):
    owner = evidence.policy.owner.model_copy(update={"name": name})
    purpose = evidence.policy.purpose.model_copy(update={"use": name})
    return evidence.model_copy(
        update={"policy": evidence.policy.model_copy(update={"owner": owner, "purpose": purpose})}
    )


@pytest.fixture(scope="module")
def printed(evidence):
    return Report.build(evidence).pdf()


def test_the_same_evidence_gives_the_same_bytes(evidence, printed):
    assert Report.build(evidence).pdf() == printed


def test_it_is_tagged_archival_and_in_its_language(printed, evidence):
    reader = pypdf.PdfReader(io.BytesIO(printed))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    about = root["/Metadata"].get_object().get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part>" in about
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in about
    assert "<pdfuaid:part>1</pdfuaid:part>" in about
    assert evidence.policy.name in reader.metadata["/Title"]


def test_the_evidence_is_attached_byte_for_byte(printed, evidence):
    attached = pypdf.PdfReader(io.BytesIO(printed)).attachments
    assert list(attached) == ["evidence.json"]
    assert attached["evidence.json"] == [evidence.to_json()]
    assert Evidence.from_json(attached["evidence.json"][0]).digest == evidence.digest


def test_page_one_says_whether_the_model_may_be_used(printed, evidence):
    first = " ".join(pypdf.PdfReader(io.BytesIO(printed)).pages[0].extract_text().split())
    for said in ("May this model be used?", "Not approved yet", "Intended for", "Never for", "Open points"):
        assert said in first


def test_every_chart_has_words_for_those_who_do_not_see_it(evidence):
    source = markup(parse(Report.build(evidence).html), font="X")
    charts = re.findall(r'#chart\("(?:[^"\\]|\\.)*", "((?:[^"\\]|\\.)*)"', source)
    assert len(charts) == source.count("#chart(") > 5
    assert all(len(alt) > 20 for alt in charts)


@pytest.mark.parametrize("private", [False, True])
def test_chinese_is_printed_with_its_characters(private, factory):
    if not set(CHINESE) & set(typst.Fonts().families()):
        pytest.skip("no font with Chinese characters is installed")
    printed = Report.build(factory.evidence(private=private), language="zh").pdf()
    assert "可否使用" in text_of(printed) or "模型" in text_of(printed)


def test_hostile_names_stay_text(evidence):
    printed = Report.build(named(evidence, HOSTILE)).pdf()
    said = text_of(printed)
    assert '#read("/etc/passwd")' in said
    assert "root:" not in said


def test_a_literal_is_one_string_whatever_is_in_it():
    for text in (HOSTILE, 'a"b', "a\\", "\n\t\x01", "é 中 \U0001f600"):
        made = literal(text)
        assert re.fullmatch(r'"(?:[^"\\]|\\.)*"', made, re.DOTALL)


def test_without_typst_the_message_names_the_pip_line(evidence, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "typst", None)
    with pytest.raises(MissingExtraError) as caught:
        Report.build(evidence).pdf()
    assert "glassledger[pdf]" in caught.value.hint


def test_nothing_is_written_when_one_format_fails(evidence, monkeypatch, tmp_path):
    monkeypatch.setitem(__import__("sys").modules, "typst", None)
    with pytest.raises(MissingExtraError):
        Report.build(evidence).write(tmp_path, ("html", "pdf"))
    assert list(tmp_path.iterdir()) == []
