"""A report: a pure function of the evidence, the state of the review, and a language."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from glassledger.errors import AuditError
from glassledger.files import write_durably
from glassledger.records.review_state import ReviewState
from glassledger.report.context import Context
from glassledger.report.evidence import Evidence
from glassledger.report.html import render
from glassledger.report.language import load_language
from glassledger.report.markdown import render_card
from glassledger.report.names import Names

Format = Literal["html", "pdf", "md"]


@dataclass(frozen=True, repr=False)
class Report:
    """A rendered page and the evidence it renders. The same inputs give the same bytes.

    Attributes
    ----------
    html : str
        A self-contained page: no script, no request.
    """

    evidence: Evidence
    language: str
    html: str

    @classmethod
    def build(cls, evidence: Evidence, *, review: ReviewState | None = None, language: str = "en") -> Self:
        """Render the page.

        Parameters
        ----------
        evidence : Evidence
        review : ReviewState, optional
            Where the model stands, as :meth:`glassledger.review.Review.state` derives it from signed decisions. Without
            one the page says *not approved yet*.
        language : str
            Code of a catalogue that the package ships: ``en``, ``de``, ``zh``.

        Raises
        ------
        UsageError
            When there is no catalogue for the language.
        AuditError
            When the state is about another model or policy than the evidence, or the evidence holds a number that
            has no canonical form.
        """
        _check(evidence, review)
        evidence = Evidence.from_json(evidence.to_json())  # its canonical order, however the caller built it
        words = load_language(language)
        names = Names(evidence.policy, words, language)
        return cls(evidence=evidence, language=language, html=render(Context(evidence, review, words, names)))

    def __repr__(self) -> str:
        return f"<Report {self.language}, evidence {self.evidence.digest[:19]}>"

    def pdf(self) -> bytes:
        """The page in print: tagged PDF/A-3a and PDF/UA-1 by Typst, with ``evidence.json`` attached.

        Raises
        ------
        MissingExtraError
            Without the extra ``pdf``.
        StorageError
            When no installed font has the language's characters.
        """
        from glassledger.report.pdf import render_pdf

        return render_pdf(self.html, self.evidence, load_language(self.language))

    def card(self) -> str:
        """The page as a Markdown model card with the metadata block that model hubs read."""
        return render_card(self.html, self.evidence, load_language(self.language))

    def write(self, folder: Path, formats: Sequence[Format] = ("html",)) -> dict[str, Path]:
        """Write ``report.html`` (or ``report.zh.html`` and so on) and its other formats, and ``evidence.json``.

        Everything is rendered before the first file is written.

        Raises
        ------
        MissingExtraError
            For ``pdf`` without its extra.
        StorageError
            When a file cannot be written.
        """
        make: dict[Format, Callable[[], bytes]] = {
            "html": self.html.encode,
            "pdf": self.pdf,
            "md": lambda: self.card().encode(),
        }
        stem = "report" if self.language == "en" else f"report.{self.language}"
        contents = {name: make[name]() for name in dict.fromkeys(formats)}
        written: dict[str, Path] = {"evidence": folder / "evidence.json"}
        written |= {name: folder / f"{stem}.{name}" for name in contents}
        write_durably(written["evidence"], self.evidence.to_json())
        for name, data in contents.items():
            write_durably(written[name], data)
        return written


def _check(evidence: Evidence, review: ReviewState | None) -> None:
    try:
        evidence.to_json()
    except ValueError:
        raise AuditError(
            "The evidence holds a number that JSON cannot carry.",
            code="evidence-not-canonical",
            hint="A figure that was not determined is None with a reason, never NaN or infinite.",
        ) from None
    if review is None:
        return
    about = (evidence.facts.model_digest, evidence.policy_digest)
    if (review.model_digest, review.policy_digest) != about:
        raise AuditError(
            "The review is about another model or policy than the evidence.",
            code="review-other-model",
            hint="Build the report from one model's evidence and that model's decisions.",
        )
