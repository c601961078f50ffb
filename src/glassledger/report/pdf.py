"""The page as a PDF for files and signatures: tagged (PDF/UA-1), archival (PDF/A-3a), the evidence attached.

The only door to Typst. The same evidence, decisions, language and fonts give the same bytes.
"""

from datetime import datetime
from importlib.resources import files
from typing import Literal

from glassledger.errors import MissingExtraError, StorageError
from glassledger.report.evidence import Evidence
from glassledger.report.language import Language
from glassledger.report.tree import parse
from glassledger.report.typst import literal, markup

#: Typst carries its own Latin fonts, so pages in Latin script come out the same on every machine.
_LATIN = ("Libertinus Serif",)
CHINESE = ("Noto Sans CJK SC", "Source Han Sans SC", "Noto Sans SC", "WenQuanYi Micro Hei")
_MONO = "DejaVu Sans Mono"
_STANDARDS: list[Literal["a-3a", "ua-1"]] = ["a-3a", "ua-1"]


def render_pdf(html: str, evidence: Evidence, words: Language) -> bytes:
    """Print a rendered page.

    Parameters
    ----------
    html : str
        As :func:`glassledger.report.html.render` made it.
    evidence : Evidence
        Attached as ``evidence.json``, the source of the page.
    words : Language

    Raises
    ------
    MissingExtraError
        When Typst is not installed.
    StorageError
        When no installed font has the language's characters.
    """
    try:
        import typst
    except ImportError:
        raise MissingExtraError(
            "A PDF needs Typst.", code="extra-missing", hint="pip install 'glassledger[pdf]'"
        ) from None
    installed = set(typst.Fonts().families())
    chinese = [family for family in CHINESE if family in installed]
    fonts = [*_LATIN, *chinese[:1], *(["DejaVu Sans"] if "DejaVu Sans" in installed else [])]
    source = _source(html, evidence, words, fonts)
    try:
        made = typst.compile(
            source.encode(),
            format="pdf",
            pdf_standards=[*_STANDARDS],
            timestamp=datetime.fromisoformat(evidence.generated_at),
        )
    except typst.TypstError as error:
        raise StorageError(
            "The PDF could not be made: " + _short(error.message),
            code="pdf-failed",
            hint="Install a font with the language's characters, such as Noto Sans CJK, or use the HTML page.",
        ) from None
    assert isinstance(made, bytes)
    return made


def _source(html: str, evidence: Evidence, words: Language, fonts: list[str]) -> str:
    page = parse(html)
    policy, facts = evidence.policy, evidence.facts
    title = next(page.find("title")).text()
    moment = datetime.fromisoformat(evidence.generated_at)
    model = facts.model_digest.removeprefix("sha256:")[:12]
    names = {
        "mono": literal(_MONO),
        "body-fonts": f"({', '.join(literal(family) for family in fonts)},)",
        "language": literal(words.code.partition("-")[0]),
        "running": literal(f"{policy.name} {policy.version} · {model}"),
        "profile": literal(""),
        "foot": literal(evidence.digest),
    }
    opening = [
        *(f"#let {name} = {value}" for name, value in names.items()),
        f"#set document(title: {literal(title)}, author: {literal(policy.owner.name)}, date: datetime("
        f"year: {moment.year}, month: {moment.month}, day: {moment.day}, hour: {moment.hour}, "
        f"minute: {moment.minute}, second: {moment.second}))",
        (files("glassledger.report") / "templates" / "page.typ").read_text(encoding="utf-8"),
        f'#pdf.attach("evidence.json", bytes({literal(evidence.to_json().decode())}), relationship: "source", '
        'mime-type: "application/json", description: "The evidence that this report renders")',
        f"#heading(level: 1)[#{literal(next(page.find('h1')).text())}]",
    ]
    return "\n".join([*opening, markup(page, font=fonts[0])])


def _short(message: str) -> str:
    """Typst's own words, which never quote a text of ours beyond a character."""
    return message.splitlines()[0][:120]
