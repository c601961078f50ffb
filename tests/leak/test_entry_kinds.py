"""Entries of every kind that the sources can write, under poison: none of them names a person or quotes a cell."""

import re
from pathlib import Path

import pandas as pd
import pytest

from glassledger.audit.entry import Entry
from glassledger.audit.log import Log
from glassledger.audit.rotation import rotate_key, succeed
from glassledger.audit.signer import Signer
from glassledger.errors import Error
from glassledger.policy import Policy
from glassledger.review import make_key
from glassledger.scoring.export import Export
from glassledger.workspace import Workspace

from .test_story_canaries import BREAKAGES, POLICY, _canary, _found, poisoned

__all__ = ["poisoned"]  # the fixture

ACT = re.compile(r'\bact\(\s*"([a-z_.]+)"')
KIND = re.compile(r'\b(?:write|entry|Entry\.build)\(\s*"([a-z_.]+)"')
OWN = {"log.recovered", "log.key_rotated", "log.key_confirmed", "log.succeeds"}
BUDGET = {"budget.opened", "budget.reserved", "budget.frozen", "budget.carried_over"}
#: Written only after a kill, a failure, a refusal or with tokens, which tests/integration/test_streaming.py and
#: test_guard_at_the_door.py bring about; their bodies are counts, kinds and places.
ELSEWHERE = {"score.resumed", "score.failure", "guard.refused", "reveal.intent", "reveal.outcome"}
SUBJECT = {"subject.committed", "subject.erase.intent", "subject.erase.outcome"}


def _written_by(repository: Path) -> set[str]:
    """Kinds of entries that the sources name."""
    source = "\n".join(path.read_text() for path in (repository / "src" / "glassledger").rglob("*.py"))
    acts = {f"{act}.{end}" for act in ACT.findall(source) for end in ("intent", "outcome")}
    return acts | set(KIND.findall(source)) | OWN | BUDGET | SUBJECT


def _story(work: Path, poisoned: pd.DataFrame, secret: str) -> None:
    """Everything that a workspace logs."""
    policy = Policy.parse(POLICY.replace("FAMILY", "dp-logistic").encode(), name="poisoned.yaml")
    with Workspace.open(work, actor="dana@example.com") as ws:
        ws.check(policy, poisoned)
        with pytest.raises(Error):
            ws.fit(policy, BREAKAGES["number"](poisoned))
        model = ws.fit(policy, poisoned)
        for name in ("dana", "alex"):
            ws.trust(f"{name}@example.com", make_key(work.parent / name, comment=name))
        ws.report(model, languages=["en"])
        ws.review(model).submit(by="dana@example.com", key=work.parent / "dana")
        ws.review(model).approve(by="alex@example.com", key=work.parent / "alex")
        customers = poisoned.drop(columns="bought")
        event = ws.score(model, customers, production=True).event
        ws.explain(model, customers, row=0)
        assert ws.replay(customers, event=event, row=0).equal
        ws.export(model, Export(kind="sql"), out=work.parent / "model.sql")
        with pytest.raises(Error):
            ws.explain(model, customers, row=10**6)
        ws.attack(model, runs=20, canaries=20)
        customers.to_csv(work.parent / "night.csv", index=False)
        ws.score_stream(model, work.parent / "night.csv", out=work.parent / "night")
        ws.rotate_key("default")
        ws.subjects.commit(secret, secret.encode(), purpose="letter")
        ws.subjects.erase(secret)


def _hand_over(work: Path) -> None:
    """What a log writes about itself: a new key, a loss, a successor."""
    old = Signer.load(work / "keys" / "log.key")
    new = Signer.create(work / "keys" / "new.key", old.name)
    rotate_key(work, old=old, new=new, actor="ops", reason="yearly")
    database = (work / "log.db").read_bytes()
    with Log.open(work, signer=new) as log:
        log.append(Entry.build("note.made", actor="ops"))
    (work / "log.db").write_bytes(database)
    Log.recover(work, signer=new, actor="ops", reason="disk died")
    heir = Signer.from_seed(bytes(range(32)), old.name + "/v2")
    succeed(work, work.parent / "heir", signer=heir, actor="ops", reason="stolen")


def test_no_kind_of_entry_holds_anything_personal(poisoned: pd.DataFrame, repository: Path, tmp_path: Path) -> None:
    work, secret = tmp_path / "work", _canary("notes", 7)
    _story(work, poisoned, secret)
    _hand_over(work)
    entries = []
    for folder in (work, tmp_path / "heir"):
        with Log.open(folder) as log:
            entries += list(log.entries())

    unseen = _written_by(repository) - {entry.type for entry in entries} - ELSEWHERE
    assert unseen == set(), "let the story above write these kinds of entries too"
    assert {entry.type: hits for entry in entries if (hits := _found(entry.to_bytes(), poisoned))} == {}
    assert all(len(entry.to_bytes()) < 10_000 for entry in entries), "no entry grows with the rows"
