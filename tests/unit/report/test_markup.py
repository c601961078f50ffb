"""The page is inert and well-formed, whatever names, levels and texts hold."""

import re
from collections import Counter
from html.parser import HTMLParser
from typing import Any

import pytest

from glassledger.report import Evidence, Report
from glassledger.report.charts.svg import clean

ELEMENTS = {
    "html", "head", "meta", "title", "link", "style", "body", "a", "header", "p", "span", "h1", "h2", "h3", "h4",
    "dl", "dt", "dd", "div", "nav", "ol", "ul", "li", "main", "section", "strong", "figure", "figcaption", "details",
    "summary", "table",
    "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "code", "pre", "br", "footer", "blockquote", "i",
    "svg", "desc", "path", "rect", "line", "circle", "text",
}  # fmt: skip
ATTRIBUTES = {
    "lang", "charset", "http-equiv", "content", "name", "rel", "href", "class", "id", "aria-label", "aria-labelledby",
    "aria-hidden", "role", "tabindex", "scope", "colspan", "start", "open", "viewbox", "focusable", "x", "y",
    "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height", "d", "text-anchor", "transform",
}  # fmt: skip
VOID = {"meta", "link", "br"}
POISONS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "--></style></title></textarea></svg><svg onload=alert(1)>",
    "]]><a href=javascript:alert(1)>x</a>",
    "{{ 7 * 7 }}{% for x in () %}{0.__class__}{name}%s%(x)d",
    "&lt;script&gt;&amp;&#x3C;b&#62;",
    "\u202egnp.exe\u2066\u200b\ufeff\x00\x07\x1b[31m",
    "url(https://evil.example/x) @import expression(1)",
    "a" * 150,
)


class Tokens(HTMLParser):
    """A strict reading: every tag is closed, in order, and every element and attribute is on the list."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.ids: Counter[str] = Counter()
        self.references: set[str] = set()
        self.headings: list[int] = []
        self.text: list[str] = []
        self.counts: Counter[str] = Counter()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ELEMENTS, tag
        self.counts[tag] += 1
        names = [name for name, _ in attrs]
        assert len(set(names)) == len(names), "an attribute twice"
        for name, value in attrs:
            assert name in ATTRIBUTES, (tag, name)
            self._check_value(tag, name, value or "")
        if re.fullmatch("h[1-4]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def _check_value(self, tag: str, name: str, value: str) -> None:
        if name == "href":
            assert value.startswith("#") or (tag == "link" and value == "data:,"), value
        if name == "id":
            self.ids[value] += 1
        if name == "href" and value.startswith("#"):
            self.references.add(value[1:])
        if name == "aria-labelledby":
            self.references.add(value)
        if name in ("id", "class", "role", "scope", "lang", "tabindex", "d", "transform"):
            assert re.fullmatch(r"[\w .,()\-]*", value), (name, value)
        if name in ("x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height") and tag != "meta":
            assert re.fullmatch(r"-?\d+(\.\d{1,2})?", value), (tag, name, value)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, tag
        assert self.open.pop() == tag, (tag, self.open[-3:])

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError("a comment")

    def unknown_decl(self, data: str) -> None:
        raise AssertionError("a declaration")

    def handle_pi(self, data: str) -> None:
        raise AssertionError("a processing instruction")


def read(page: str) -> Tokens:
    tokens = Tokens()
    tokens.feed(page)
    tokens.close()
    assert tokens.open == []
    assert all(count == 1 for count in tokens.ids.values())
    assert tokens.references <= set(tokens.ids)
    return tokens


@pytest.fixture(params=["en", "de", "zh"])
def language(request):
    return request.param


def documents(factory):
    return [
        factory.evidence(),
        factory.evidence(private=True),
        factory.tree_evidence(),
        factory.classes_evidence(),
        factory.evidence(evaluation=None, personas=()),
    ]


def test_every_page_is_well_formed_and_on_the_list(factory, language):
    states = ("approved", "draft", "submitted", "rejected", "expired", "suspended")
    for document, status in zip((*documents(factory), factory.evidence()), states, strict=True):
        read(Report.build(document, review=factory.review(status, document), language=language).html)


def test_headings_are_in_order_and_pictures_and_tables_have_names(factory, evidence, language):
    page = Report.build(evidence, review=factory.review("approved", evidence), language=language).html
    tokens = read(page)
    assert tokens.headings[0] == 1
    assert tokens.headings.count(1) == 1
    assert all(deeper - higher <= 1 for higher, deeper in zip(tokens.headings, tokens.headings[1:], strict=False))
    pictures = re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL)
    assert len(pictures) > 20
    start = r'<svg class="chart \w+" viewBox="0 0 [\d. ]+" role="img" focusable="false">'
    assert all(re.match(start + "<title>[^<]+</title><desc>[^<]+</desc>", picture) for picture in pictures)
    assert tokens.counts["table"] == page.count("<caption")
    assert page.count("<th") == len(re.findall(r'<th[^>]* scope="(?:col|row|rowgroup)"|<thead>', page))


def test_every_picture_has_a_table_that_says_the_same(evidence):
    page = Report.build(evidence).html
    for figure in re.findall(r"<figure.*?</figure>", page, flags=re.DOTALL):
        if "chart forest" not in figure:  # the table of the groups stands right below it
            assert "<details" in figure
            assert "<table" in figure


def test_the_page_may_not_load_or_run_anything(evidence):
    page = Report.build(evidence).html
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    rules = dict(rule.split(" ", 1) for rule in policy[1].replace("&#39;", "'").split("; "))
    assert rules == {
        "default-src": "'none'",
        "style-src": "'unsafe-inline'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert page.index("Content-Security-Policy") < page.index("<style")
    style = page[page.index("<style>") : page.index("</style>")]
    for danger in ("url(", "@import", "expression", "//", "javascript", "@font-face"):
        assert danger not in style
    assert "http" not in page.replace("http-equiv", "")
    assert " style=" not in page


FIXED = {
    "actionable", "rejects",
    "format", "role", "type", "operator", "task", "link", "form", "adjacency", "variant", "kind", "drawing",
    "protection", "basis", "adverse", "normalise", "epsilon", "delta", "language", "undeclared_columns", "baseline",
}  # fmt: skip


def poisoned(value: Any, poison: str, path: tuple[str, ...] = ()) -> Any:
    """The same change to every free text and name, so that columns, features and labels still belong together."""
    if isinstance(value, dict):
        translated = path and path[-1] in ("use", "label", "lowers", "raises", "prohibited")
        return {
            key if not _free_key(path, key) or translated else key + poison: poisoned(inner, poison, (*path, key))
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [poisoned(inner, poison, path) for inner in value]
    return value + poison if isinstance(value, str) and _free_value(path, value) else value


def _free_key(path: tuple[str, ...], key: str) -> bool:
    return bool(path) and path[-1] in (
        "columns",
        "missing_cells",
        "other_cells",
        "importances",
        "contributions",
        "values",
        "settings",
        "artifacts",
        "monotone",
    )


def _free_value(path: tuple[str, ...], value: str) -> bool:
    if value.startswith("sha256:") or path[-1] in FIXED or path in (("policy", "name"), ("screening", "purpose")):
        return False
    return not (len(path) > 1 and path[-2] == "monotone")


def page_with(factory, document, suffix: str, language: str) -> str:
    """The page of a document whose names and texts all end in ``suffix``, the reviewers' words included."""
    twin = Evidence.from_dict(poisoned(document.to_dict(), suffix))
    state = factory.review("approved", twin)
    written = state.model_dump(mode="json")
    for decision in written["decisions"]:
        for field in ("comment", "identity", "key"):
            decision[field] += suffix
    written["approvers"] = [name + suffix for name in written["approvers"]]
    return Report.build(twin, review=type(state).model_validate(written), language=language).html


@pytest.fixture(scope="module")
def harmless(factory):
    """Element counts of pages whose names are merely longer: poison must not add one element to them."""
    kinds = {
        "open": factory.evidence(),
        "private": factory.evidence(private=True),
        "tree": factory.tree_evidence(),
        "classes": factory.classes_evidence(),
    }
    return {name: (document, read(page_with(factory, document, "zz", "en")).counts) for name, document in kinds.items()}


@pytest.mark.parametrize(
    ("kind", "poison"),
    [("open", poison) for poison in POISONS] + [(kind, POISONS[3]) for kind in ("private", "tree", "classes")],
)
def test_poison_in_every_name_and_text_stays_inert(factory, harmless, poison, kind):
    document, expected = harmless[kind]
    page = page_with(factory, document, poison, "en")
    tokens = read(page)
    seen = "".join(tokens.text).count(clean(poison)[:12])
    assert seen > 60, "the poison has to get as far as the page for this test to mean anything"
    assert not set("\u202e\u2066\u200b\ufeff\x00\x07\x1b") & set(page)
    counted = tokens.counts - Counter(title=tokens.counts["title"])  # a shortened label carries its full text
    assert counted == expected - Counter(title=expected["title"])


def test_poison_stays_inert_in_the_other_language(factory, evidence):
    read(page_with(factory, evidence, POISONS[0] + POISONS[7], "zh"))
