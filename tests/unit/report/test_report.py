"""What a page says: the verdict, the limits, what was not run; and what it never says."""

import hashlib
import html
import re

import pytest

from glassledger.errors import AuditError, StorageError, UsageError
from glassledger.report import Report


def text_of(page: str) -> str:
    """The page as a reader sees it, without the style sheet."""
    body = page[page.index("<body") :]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def section(page: str, key: str) -> str:
    start = page.index(f'<section id="{key}"')
    return page[start : page.index("</section>", start)]


def test_the_same_inputs_give_the_same_bytes(factory):
    pages = []
    for _ in range(2):
        document = factory.evidence(private=True)
        pages.append(Report.build(document, review=factory.review("approved", document), language="zh").html)
    assert pages[0] == pages[1]


def test_a_change_of_the_evidence_changes_the_page(factory, evidence):
    other = factory.evidence(generated_at="2026-11-22T10:00:01Z")
    assert Report.build(evidence).html != Report.build(other).html


@pytest.mark.parametrize(
    ("status", "says"),
    [
        ("draft", "Not approved yet"),
        ("submitted", "Not approved yet: under review"),
        ("approved", "Approved until 23 November 2027"),
        ("rejected", "Rejected"),
        ("expired", "Expired on 23 November 2027"),
        ("suspended", "Suspended"),
    ],
)
def test_the_verdict_comes_first_and_follows_the_review(factory, evidence, status, says):
    page = Report.build(evidence, review=factory.review(status, evidence)).html
    first = re.search(r"<h2[^>]*>(.*?)</h2>", page)
    assert first is not None
    assert html.unescape(first[1]) == says
    warned = "Do not use" in text_of("<body" + section(page, "summary"))
    assert warned == (status != "approved")


def test_without_a_review_nothing_is_approved(evidence):
    page = Report.build(evidence).html
    assert "Not approved yet" in section(page, "summary")
    assert "Nobody has looked at the decisions" in section(page, "summary")
    assert "verdict-approved" not in page[page.index("<body") :]


def test_the_first_screen_holds_use_limits_figures_privacy_and_open_points(factory, evidence):
    first = section(Report.build(evidence, review=factory.review("submitted", evidence)).html, "summary")
    said = html.unescape(first)
    for part in (
        "Order telephone calls about term deposits",
        "Credit decisions, prices or limits",
        "0.793",
        "0.781 – 0.805",
        "53.0 % – 59.2 %",
        "No guarantee",
        "Approvals still missing, by people other than the developer: 1.",
        "11 of the topics",
    ):
        assert part in said


def test_a_private_page_states_its_guarantee_in_one_line(private_evidence):
    first = html.unescape(section(Report.build(private_evidence).html, "summary"))
    assert "ε = 1, δ = 0.000001" in first
    assert "at most a factor of 2.72" in first


def test_a_page_without_evaluation_says_not_run_and_never_pass(factory):
    bare = factory.evidence(evaluation=None, personas=())
    page = Report.build(bare).html
    assert "Not run" in section(page, "performance")
    assert "Not run" in section(page, "groups")
    assert section(page, "summary").count("Not run") >= 4
    rows = re.findall(r"<tr>.*?</tr>", section(page, "coverage"))
    for name in ("Measured on people set aside", "Better than chance", "Outcomes by group"):
        (row,) = [row for row in rows if name in row]
        assert "status-not_run" in row
        assert "status-pass" not in row


def test_no_page_claims_more_than_evidence(factory, evidence, private_evidence):
    for document in (evidence, private_evidence, factory.tree_evidence(), factory.classes_evidence()):
        for status in ("draft", "approved"):
            said = text_of(Report.build(document, review=factory.review(status, document)).html).lower()
            for word in (
                "compliant",
                "complies",
                "anonym",
                "certified",
                "bias-free",
                "guaranteed safe",
                "proves that the model",
            ):
                assert word not in said
    assert "evidence for" in text_of(Report.build(evidence).html)


def test_chinese_pages_hold_no_english_sentence_of_ours(factory, evidence):
    english = Report.build(evidence, review=factory.review("approved", evidence)).html
    chinese = Report.build(evidence, review=factory.review("approved", evidence), language="zh").html
    assert '<html lang="zh-Hans">' in chinese
    ours = {line for line in re.findall(r">([A-Z][a-z ,]{25,}\.)<", english) if "bank" not in line}
    assert len(ours) > 10
    foreign = {line for line in ours if line in chinese}
    written = {
        "Ready for review.",
        "Checked the shapes and the groups.",
        "Calls of the spring campaign, one row per customer.",
    }
    assert foreign <= written, "only what people wrote themselves stays as it is"
    assert "这个年龄的人很少接受该产品" in chinese
    assert "2027年11月23日" in chinese


def test_a_review_of_another_model_or_policy_is_refused(factory, evidence):
    for field in ("model_digest", "policy_digest"):
        state = factory.review("approved", evidence, **{field: "sha256:" + "0" * 64})
        with pytest.raises(AuditError) as caught:
            Report.build(evidence, review=state)
        assert caught.value.code == "review-other-model"


def test_decisions_over_other_evidence_are_an_open_point(factory, evidence):
    state = factory.review("approved", evidence, evidence_digest="sha256:" + "0" * 64)
    assert "signed over other evidence" in section(Report.build(evidence, review=state).html, "summary")
    own = factory.review("approved", evidence)
    assert "signed over other evidence" not in Report.build(evidence, review=own).html


def test_an_unknown_language_is_refused_by_name(evidence):
    for code in ("xx", "", "../en", "EN"):
        with pytest.raises(UsageError) as caught:
            Report.build(evidence, language=code)
        assert caught.value.hint == "It speaks: de, en, zh."


def test_evidence_with_a_number_that_is_none_is_refused(factory, evidence):
    shapes = evidence.explanation.model_copy(update={"intercept": (float("nan"),)})
    with pytest.raises(AuditError) as caught:
        Report.build(factory.evidence(explanation=shapes))
    assert caught.value.code == "evidence-not-canonical"


def test_files_are_written_and_their_digest_is_on_the_page(evidence, tmp_path):
    english = Report.build(evidence).write(tmp_path)
    chinese = Report.build(evidence, language="zh").write(tmp_path)
    assert english["html"].name == "report.html"
    assert chinese["html"].name == "report.zh.html"
    digest = "sha256:" + hashlib.sha256((tmp_path / "evidence.json").read_bytes()).hexdigest()
    assert digest == evidence.digest
    assert digest in english["html"].read_text(encoding="utf-8")


def test_an_unwritable_folder_is_our_error(evidence, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError):
        Report.build(evidence).write(tmp_path / "file")
