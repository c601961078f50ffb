"""The page in a real browser: nothing leaves, nothing overflows, nothing overlaps, it prints, it can be used by keyboard."""

# ruff: noqa: E501  (data and scripts read better on one line)

import re
import shutil
import subprocess

import pytest

from glassledger.report import Evidence, Report

NAMES = [f"{kind}.{language}" for kind in ("open", "private", "tree", "classes") for language in ("en", "de", "zh")]

OVERLAPPING = """
(() => {
  document.querySelectorAll('details').forEach(one => one.open = false);
  const bad = [];
  for (const svg of document.querySelectorAll('svg')) {
    const boxes = [...svg.querySelectorAll('text')].map(node => {
      const box = node.getBoundingClientRect();
      return {left: box.left + 0.5, right: box.right - 0.5, top: box.top + box.height * 0.2, bottom: box.bottom - box.height * 0.2, said: node.textContent};
    });
    for (let i = 0; i < boxes.length; i++) for (let j = i + 1; j < boxes.length; j++) {
      const a = boxes[i], b = boxes[j];
      if (a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
        bad.push([svg.querySelector('title').textContent, a.said, b.said]);
    }
  }
  return bad;
})()
"""

OUTSIDE = """
[...document.querySelectorAll('svg text')].filter(node => {
  const box = node.getBoundingClientRect(), frame = node.closest('svg').getBoundingClientRect();
  return box.width > 0 && (box.left < frame.left - 2 || box.right > frame.right + 2);
}).map(node => node.textContent)
"""


@pytest.mark.parametrize("name", NAMES)
def test_nothing_leaves_and_nothing_complains(browser, pages, name):
    browser.open(pages[name], width=1280)
    asked = [event["request"]["url"] for event in browser.named("Network.requestWillBeSent")]
    assert [url for url in asked if not url.startswith("data:")] == [pages[name].as_uri()]
    assert browser.named("Log.entryAdded") == []
    assert browser.named("Runtime.consoleAPICalled") == []
    assert browser.named("Runtime.exceptionThrown") == []
    assert browser.run("document.scripts.length") == 0
    assert browser.run("document.compatMode") == "CSS1Compat"


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
@pytest.mark.parametrize("name", NAMES)
def test_nothing_overflows_sideways(browser, pages, name, width):
    browser.open(pages[name], width=width)
    assert browser.run("document.documentElement.scrollWidth") <= width
    browser.run("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert browser.run("document.documentElement.scrollWidth") <= width, "with every table open"


@pytest.mark.parametrize("name", NAMES)
def test_no_label_of_a_picture_meets_another(browser, pages, name):
    browser.open(pages[name], width=1280)
    assert browser.run(OVERLAPPING) == []
    assert browser.run(OUTSIDE) == []


def test_the_check_for_overlaps_finds_one(browser, pages, tmp_path):
    """The test above can fail: a twin with two texts in one place."""
    page = pages["open.en"].read_text(encoding="utf-8")
    broken = re.sub(r'(<text x="356" y=)"[\d.]+"', r'\1"40"', page)
    assert broken != page
    (tmp_path / "broken.html").write_text(broken, encoding="utf-8")
    browser.open(tmp_path / "broken.html", width=1280)
    assert len(browser.run(OVERLAPPING)) > 10


@pytest.mark.parametrize("name", ["open.en", "private.zh"])
def test_the_first_screen_holds_verdict_use_figures_and_privacy(browser, pages, name):
    browser.open(pages[name], width=1280, height=800)
    for part in (".verdict h2", ".scope", ".tiles", ".brief-privacy strong", ".points"):
        bottom = browser.run(f"document.querySelector('{part}').getBoundingClientRect().bottom")
        assert 0 < bottom <= 800, part


def test_dark_and_light_follow_the_reader(browser, pages):
    colours = {}
    for dark in (False, True):
        browser.open(pages["open.en"], width=1280, dark=dark)
        colours[dark] = browser.run("getComputedStyle(document.body).backgroundColor")
    assert colours == {False: "rgb(251, 250, 247)", True: "rgb(20, 24, 29)"}


CONTRAST = """
(() => {
  const parse = text => text.match(/[\\d.]+/g).map(Number);
  const light = c => { const [r, g, b] = c.slice(0, 3).map(v => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ground = node => { for (; node; node = node.parentElement) { const c = parse(getComputedStyle(node).backgroundColor); if (c.length < 4 || c[3] > 0.99) return c; } return [255, 255, 255]; };
  document.querySelectorAll('details').forEach(one => one.open = true);
  const worst = {};
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; node = walker.nextNode();) {
    const owner = node.parentElement;
    if (!node.textContent.trim() || owner.closest('title, desc, .unseen, .skip')) continue;
    const style = getComputedStyle(owner);
    const ink = parse(owner.closest('svg') ? style.fill : style.color);
    const [a, b] = [light(ink), light(ground(owner.closest('svg') ? owner.closest('svg') : owner))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) worst[owner.tagName + '.' + (owner.getAttribute('class') || '')] = ratio;
  }
  return worst;
})()
"""


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", ["open.en", "private.zh", "tree.en", "classes.en"])
def test_every_text_has_enough_contrast(browser, pages, name, dark):
    browser.open(pages[name], width=1280, dark=dark)
    assert browser.run(CONTRAST) == {}


def test_it_can_be_used_by_keyboard(browser, pages):
    browser.open(pages["open.en"], width=1280)
    reached = []
    for _ in range(14):
        for kind in ("keyDown", "keyUp"):
            browser.call("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
        reached.append(browser.run("document.activeElement.className || document.activeElement.tagName"))
    assert reached[0] == "skip"
    assert reached[1:12] == ["A"] * 11
    assert "BODY" not in reached
    assert browser.run("document.querySelectorAll('[tabindex]:not([tabindex=\"0\"])').length") == 0


def test_pictures_and_regions_have_names_for_screen_readers(browser, pages):
    browser.open(pages["open.en"], width=1280)
    tree = browser.call("Accessibility.getFullAXTree")["nodes"]
    roles = {}
    for node in tree:
        if not node["ignored"]:
            roles.setdefault(node["role"]["value"], []).append(node.get("name", {}).get("value", ""))
    assert len(roles["image"]) > 20
    for role in ("image", "region", "navigation", "table"):
        assert all(name.strip() for name in roles[role]), role
    assert len(roles["main"]) == 1


@pytest.mark.parametrize("name", NAMES)
def test_it_prints_as_pages(browser, pages, name, tmp_path):
    browser.open(pages[name], width=1280)
    data = browser.pdf()
    assert data.startswith(b"%PDF-")
    assert 4 <= len(re.findall(rb"/Type\s*/Page\b", data)) <= 30
    if shutil.which("pdftotext"):
        (tmp_path / "page.pdf").write_bytes(data)
        said = subprocess.run(
            ["pdftotext", "-raw", "-l", "1", tmp_path / "page.pdf", "-"], capture_output=True, check=True
        ).stdout.decode()
        verdict = browser.run("document.querySelector('.verdict h2').textContent")
        assert "".join(verdict.split()) in "".join(said.split())


def test_paper_is_light_even_for_dark_readers(browser, pages):
    browser.open(pages["open.en"], width=1280, dark=True, media="print")
    assert browser.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert browser.run("getComputedStyle(document.querySelector('.contents')).display") == "none"


def test_poisoned_names_do_nothing_in_a_browser(browser, factory, tmp_path):
    poison = '"><img src=http://evil.example/x onerror=alert(1)><script>alert(2)</script><svg onload=alert(3)>'
    value = factory.evidence().to_dict()
    for column in value["policy"]["data"]["columns"].values():
        column["label"] = {"en": poison, "zh": poison}
    for text in ("use",):
        value["policy"]["purpose"][text] = poison
    for shape in value["explanation"]["shapes"]:
        for axis in shape["axes"]:
            axis["labels"] = [label + poison for label in axis["labels"]]
    for person in value["personas"]:
        person["name"] = poison
    page = tmp_path / "poisoned.html"
    page.write_text(Report.build(Evidence.from_dict(value)).html, encoding="utf-8")
    browser.open(page, width=1280)
    browser.run("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert browser.named("Page.javascriptDialogOpening") == []
    asked = [event["request"]["url"] for event in browser.named("Network.requestWillBeSent")]
    assert [url for url in asked if not url.startswith("data:")] == [page.as_uri()]
    assert (
        browser.run("document.querySelectorAll('script, img, iframe, object, embed, form, input, video, audio').length")
        == 0
    )
    assert (
        browser.run(
            "[...document.querySelectorAll('*')].filter(n => [...n.attributes].some(a => a.name.startsWith('on'))).length"
        )
        == 0
    )
    assert "<script>alert(2)</script>" in browser.run("document.body.textContent"), "shown as text"
