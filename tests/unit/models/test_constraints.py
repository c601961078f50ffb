"""Directions that a learner cannot keep are refused before anything is fitted."""

from typing import Any

import pytest

from glassledger.errors import ModelError
from glassledger.models.constraints import check_monotone
from glassledger.policy.families import TreeSettings


@pytest.mark.parametrize(
    ("kind", "choices", "code", "why"),
    [
        ("multiclass", {"monotone": {"amount": "increasing"}}, "monotone-multiclass", "several classes"),
        ("binary", {"monotone": {"word": "increasing"}}, "monotone-impossible", "word: its levels have no"),
        ("binary", {"monotone": {"nobody": "increasing"}}, "monotone-impossible", "nobody: it is not a feature"),
        (
            "regression",
            {"monotone": {"amount": "decreasing"}, "interactions": (("amount", "word"),)},
            "monotone-impossible",
            "amount: it is part of a declared interaction",
        ),
    ],
)
def test_refused(kind: str, choices: dict[str, Any], code: str, why: str, table: Any) -> None:
    with pytest.raises(ModelError, match=why) as caught:
        check_monotone(table.task(kind, TreeSettings(), **choices))
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("kind", "choices"),
    [
        ("multiclass", {}),
        ("binary", {"monotone": {"amount": "increasing", "size": "decreasing"}, "interactions": 2}),
        ("regression", {"monotone": {"count": "increasing"}, "interactions": (("amount", "word"),)}),
    ],
)
def test_allowed(kind: str, choices: dict[str, Any], table: Any) -> None:
    check_monotone(table.task(kind, TreeSettings(), **choices))
