"""Two reviewers and a developer with keys, and a case to decide about."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from glassledger.policy.document import ReviewRule
from glassledger.records.decision import SignedDecision, Verdict
from glassledger.review import Review, make_key, signers_line

MODEL = "sha256:" + "a" * 64
POLICY = "sha256:" + "b" * 64
EVIDENCE = "sha256:" + "c" * 64
NOW = "2026-11-22T10:00:00Z"


@dataclass(frozen=True)
class People:
    """Key files by first name; identity is ``name@corp``."""

    folder: Path
    allowed_signers: str

    def key(self, name: str) -> Path:
        return self.folder / name


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> People:
    folder = tmp_path_factory.mktemp("people")
    lines = [signers_line(f"{name}@corp", make_key(folder / name)) for name in ("dana", "alex", "vera")]
    return People(folder, "\n".join(lines) + "\n")


@pytest.fixture
def review(people: People) -> Review:
    return Review(
        model_digest=MODEL,
        policy_digest=POLICY,
        rule=ReviewRule(),
        developer="dana@corp",
        allowed_signers=people.allowed_signers,
        evidence_digest=EVIDENCE,
    )


Sign = Callable[..., SignedDecision]


@pytest.fixture
def sign(people: People) -> Sign:
    def act(review: Review, verdict: Verdict, name: str, *, now: str = NOW, **options: str) -> SignedDecision:
        return review.sign(
            verdict, by=f"{name}@corp", key=people.key(name), checkpoint="origin\n3\nroot", now=now, **options
        )

    return act


@pytest.fixture
def decide(sign: Sign) -> Callable[..., Review]:
    """Sign and log in one go; returns the review after it."""

    def act(review: Review, verdict: Verdict, name: str, *, now: str = NOW, **options: str) -> Review:
        return review.with_decision(sign(review, verdict, name, now=now, **options), at=now)

    return act


@pytest.fixture
def two_approvals(review: Review) -> Review:
    return replace(review, rule=ReviewRule(approvals=2))
