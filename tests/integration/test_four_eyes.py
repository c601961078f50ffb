"""Nobody becomes or stops being a developer by fitting the same bytes again."""

from pathlib import Path

import pytest

from glassledger.errors import ReviewError
from glassledger.policy import Policy
from glassledger.review import make_key
from glassledger.workspace import Workspace

from .conftest import POLICY, small_table

DANA, ALEX = "dana@example.com", "alex@example.com"


def test_a_repeated_fit_does_not_move_the_developer(tmp_path: Path) -> None:
    policy, work = Policy.parse(POLICY.encode(), name="small.yaml"), tmp_path / "work"
    with Workspace.open(work, actor=DANA) as ws:
        first = ws.fit(policy, small_table())
        for identity, name in ((DANA, "dana"), (ALEX, "alex")):
            ws.trust(identity, make_key(tmp_path / name, comment=identity))
        ws.report(first, languages=["en"])
    with Workspace.open(work, actor=ALEX) as ws:
        again = ws.fit(policy, small_table())
        assert again.digest == first.digest

        model = ws.model("latest")
        assert model.facts.developer == DANA
        with pytest.raises(ReviewError):
            ws.review(again).submit(by=ALEX, key=tmp_path / "alex")
        ws.review(model).submit(by=DANA, key=tmp_path / "dana")
        with pytest.raises(ReviewError):
            ws.review(model).approve(by=DANA, key=tmp_path / "dana")
        assert ws.review(model).approve(by=ALEX, key=tmp_path / "alex").status == "approved"
