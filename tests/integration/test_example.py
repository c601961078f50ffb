"""The committed example is what today's code makes."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.example import make

from glassledger.report import Report
from glassledger.report.evidence import Evidence
from glassledger.review import Review, ReviewState


@pytest.fixture(scope="module")
def example(repository: Path) -> Path:
    return repository / "audit_reports" / "example"


@pytest.mark.parametrize(
    ("language", "page"), [("en", "report.html"), ("de", "report.de.html"), ("zh", "report.zh.html")]
)
def test_the_page_is_rendered_again_byte_for_byte(example: Path, language: str, page: str) -> None:
    evidence = Evidence.from_json((example / "evidence.json").read_bytes())

    assert (
        Report.build(evidence, review=_draft(evidence), language=language).html.encode()
        == (example / page).read_bytes()
    )


def test_a_fresh_run_gives_the_same_evidence(example: Path, tmp_path: Path) -> None:
    fresh = next(path for path in make(tmp_path / "example") if path.name == "evidence.json")

    _same(json.loads((example / "evidence.json").read_text()), json.loads(fresh.read_text()), "evidence")


def _draft(evidence: Evidence) -> ReviewState:
    """The state of a model that nobody has submitted yet."""
    review = Review(
        model_digest=evidence.facts.model_digest,
        policy_digest=evidence.policy_digest,
        rule=evidence.policy.review,
        developer=evidence.facts.developer,
        allowed_signers="",
    )
    return review.state(now=evidence.generated_at)


#: bound to this run's log, key or library versions rather than to the figures
_OF_THE_RUN = {"log", "artifacts", "input_digest", "key_id", "library", "model_digest"}


def _same(kept: Any, fresh: Any, where: str) -> None:
    if isinstance(kept, dict):
        assert set(kept) == set(fresh), where
        for key in set(kept) - _OF_THE_RUN:
            _same(kept[key], fresh[key], f"{where}.{key}")
    elif isinstance(kept, list):
        assert len(kept) == len(fresh), where
        for index, (one, other) in enumerate(zip(kept, fresh, strict=True)):
            _same(one, other, f"{where}[{index}]")
    elif isinstance(kept, float):
        assert fresh == pytest.approx(kept, rel=1e-6, abs=1e-6), where
    else:
        assert kept == fresh, where
