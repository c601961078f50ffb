"""The model card: metadata that hubs read, the page's words, and nothing in it that acts."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from glassledger.report import Report
from glassledger.report.markdown import escaped

HOSTILE = (
    "[click](javascript:alert(1)) ![x](http://evil.example/p.png) <script>alert(1)</script> "
    "`code` | a | **b** www.evil.example"
)


def split(card):
    _, head, body = card.split("---\n", 2)
    return yaml.safe_load(head), body


def rendered(markdown):
    return MarkdownIt("gfm-like", {"linkify": False}).render(markdown)


def test_the_metadata_block_is_what_hubs_read(evidence):
    head, _ = split(Report.build(evidence).card())
    assert head["pipeline_tag"] == "tabular-classification"
    assert head["library_name"] == "glassledger"
    assert head["evidence"] == evidence.digest
    (entry,) = head["model-index"]
    figures = {metric["type"]: metric["value"] for metric in entry["results"][0]["metrics"]}
    measured = {figure.name: figure.value for figure in evidence.evaluation.figures}
    assert figures["roc_auc"] == measured["auroc"]


def test_without_evaluation_there_are_no_results(factory):
    head, body = split(Report.build(factory.evidence(evaluation=None)).card())
    assert head["model-index"][0]["results"] == []
    assert "Not run" in body


@pytest.mark.parametrize("language", ["en", "de", "zh"])
def test_every_heading_and_table_of_the_page_is_there(evidence, language):
    report = Report.build(evidence, language=language)
    html = rendered(split(report.card())[1])
    assert html.count("<h2>") == report.html.count("<h2 ")
    assert html.count("<table>") == report.html.count("<table")


def test_hostile_texts_stay_text(evidence):
    purpose = evidence.policy.purpose.model_copy(update={"use": HOSTILE})
    owner = evidence.policy.owner.model_copy(update={"name": HOSTILE})
    policy = evidence.policy.model_copy(update={"purpose": purpose, "owner": owner})
    html = rendered(split(Report.build(evidence.model_copy(update={"policy": policy})).card())[1])
    assert "<script" not in html
    assert "<img" not in html
    assert "javascript" not in html.replace("(javascript:alert(1))", "")
    assert "<a " not in html


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=80))
def test_escaped_text_renders_as_itself(text):
    html = MarkdownIt("commonmark").render("x" + escaped(text) + "x")
    for opened in ("<a", "<img", "<em", "<strong", "<code", "<h1", "<ul", "<ol", "<blockquote", "<hr", "<br"):
        assert opened not in html
