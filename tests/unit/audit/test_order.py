"""Order rules: what the entries say against their authors is a finding with its index."""

from pathlib import Path
from typing import Any

import pytest

from glassledger.audit.entry import Entry
from glassledger.audit.log import Log
from glassledger.audit.order import OrderRules
from glassledger.audit.verify import verify

MODEL, OTHER = "sha256:" + "1" * 64, "sha256:" + "2" * 64
PAPER = "sha256:" + "3" * 64


def _fit(by: str = "dana", **more: str) -> Entry:
    return Entry.build("fit.outcome", actor=by, body={"model": MODEL}, artifacts={"model": MODEL} | more, subject=0)


def _score(model: str = MODEL, mode: str = "trial", screened: bool = True) -> Entry:
    artifacts = {"screening": PAPER} if screened else {}
    return Entry.build("score.intent", actor="ops", body={"model": model, "mode": mode}, artifacts=artifacts)


def _signed(verdict: str, by: str, evidence: str | None = PAPER) -> Entry:
    body: dict[str, Any] = {"model": MODEL, "verdict": verdict, "identity": by, "evidence": evidence}
    return Entry.build("review.signed", actor=by, body=body, subject=0)


REPORT = Entry.build("report.intent", actor="dana", body={"model": MODEL})
GOOD = [
    _fit(evaluation=PAPER),
    REPORT,
    _score(),
    _signed("submit", "dana"),
    _signed("approve", "alice"),
    _score(mode="production"),
]
_STREAM = Entry.build("score.intent", actor="ops", body={"model": MODEL, "stream": True})


def _batch(rows: int, *, screened: bool = True) -> Entry:
    artifacts = {"screening": PAPER} if screened else {}
    return Entry.build("score.batch", actor="ops", body={"scored": rows}, artifacts=artifacts, subject=6)


def _outcome(rows: int) -> Entry:
    return Entry.build("score.outcome", actor="ops", body={"model": MODEL, "scored": rows}, subject=6)


CASES: dict[str, tuple[list[Entry], list[tuple[str, int]]]] = {
    "all in order": (GOOD, []),
    "scored in screened batches": ([*GOOD, _STREAM, _batch(7), _batch(3), _outcome(10)], []),
    "a batch without screening": (
        [*GOOD, _STREAM, _batch(7), _batch(3, screened=False), _outcome(10)],
        [("scored-unscreened", 9)],
    ),
    "scored without screening": ([*GOOD, _score(screened=False)], [("scored-unscreened", 6)]),
    "scored with a model from nowhere": ([*GOOD, _score(OTHER)], [("scored-unfitted", 6)]),
    "in production before approval": (
        [*GOOD[:4], _score(mode="production"), *GOOD[4:]],
        [("scored-unapproved", 4)],
    ),
    "in production after rejection": (
        [*GOOD, _signed("reject", "alice"), _score(mode="production")],
        [("scored-unapproved", 7)],
    ),
    "approved by its developer": (
        [*GOOD[:4], _signed("approve", "dana")],
        [("approved-by-developer", 4)],
    ),
    "approved by its developer, whom a colleague's repeated fit was to hide": (
        [_fit(evaluation=PAPER), _fit("carl", evaluation=PAPER), GOOD[3], _signed("approve", "dana")],
        [("approved-by-developer", 3)],
    ),
    "approved without submission": ([GOOD[0], _signed("approve", "alice")], [("approved-unsubmitted", 1)]),
    "approved without a report": (
        [GOOD[0], GOOD[3], _signed("approve", "alice", evidence=None)],
        [("approved-unreported", 2)],
    ),
    "reported without evaluation": ([_fit(), REPORT], [("reported-unevaluated", 1)]),
    "reported before the fit": ([REPORT, _fit(evaluation=PAPER)], [("reported-unevaluated", 0)]),
}


@pytest.mark.parametrize("case", CASES)
def test_each_rule(case: str) -> None:
    entries, expected = CASES[case]
    rules = OrderRules()
    for index, entry in enumerate(entries):
        rules.note(index, entry)
    assert [(finding.code, finding.index) for finding in rules.findings] == expected


def test_verify_tells_them_of_database_and_published_tree(log: Log, tmp_path: Path) -> None:
    intent = log.append(Entry.build("score.intent", actor="ops", body={"model": MODEL}))
    log.append(Entry.build("score.outcome", actor="ops", body={"model": MODEL}, subject=intent.index))
    log.publish(tmp_path / "site")
    vkey = str(log.key)
    log.close()
    for found in (verify(tmp_path / "work"), verify(tmp_path / "site", vkey=vkey)):
        assert {(f.code, f.index) for f in found.findings} == {("scored-unscreened", 0), ("scored-unfitted", 0)}
