"""A report: a pure function of the evidence, the state of the review, and a language."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from glassledger.errors import AuditError
from glassledger.files import write_durably
from glassledger.records.review_state import ReviewState
from glassledger.report.context import Context
from glassledger.report.evidence import Evidence
from glassledger.report.html import render
from glassledger.report.language import load_language
from glassledger.report.names import Names


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
            Code of a catalogue that the package ships: ``en``, ``zh``.

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

    def write(self, folder: Path) -> dict[str, Path]:
        """Write ``report.html`` (or ``report.zh.html`` and so on) and ``evidence.json`` into a folder.

        Raises
        ------
        StorageError
            When a file cannot be written.
        """
        name = "report.html" if self.language == "en" else f"report.{self.language}.html"
        written = {"html": folder / name, "evidence": folder / "evidence.json"}
        write_durably(written["evidence"], self.evidence.to_json())
        write_durably(written["html"], self.html.encode())
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
