"""The registry and the policy's list of families are one list."""

import subprocess
import sys

import pytest

from glassledger.errors import ModelError
from glassledger.models.registry import LEARNERS, learner
from glassledger.policy.families import FAMILIES, REFUSED, SETTINGS


def test_every_declared_family_has_a_learner_and_no_other() -> None:
    assert set(LEARNERS) == set(FAMILIES) == set(SETTINGS)


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_every_learner_can_be_found(name: str) -> None:
    assert callable(learner(name))


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_refused_family_says_why(name: str) -> None:
    with pytest.raises(ModelError) as caught:
        learner(name)
    assert caught.value.code == "family-refused"
    assert "dp-additive" in caught.value.hint


@pytest.mark.parametrize("name", ["", "EBM", "os:system", "ebm:train", "../ebm"])
def test_an_unknown_family_is_refused_and_runs_nothing(name: str) -> None:
    with pytest.raises(ModelError) as caught:
        learner(name)
    assert caught.value.code == "family-unknown"
    assert "scorecard" in caught.value.hint


def test_the_registry_loads_no_vendor() -> None:
    code = (
        "import sys, glassledger.models.registry;"
        "print([m for m in ('interpret', 'diffprivlib', 'sklearn') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
