"""Small policies and tables for the data storey."""

from collections.abc import Callable
from pathlib import Path

import pytest

from glassledger.policy import Policy
from glassledger.redaction.keys import KeyRing

HEAD = """\
glassledger: 1
name: small
version: "1"
owner: {name: Test Team, contact: team@example.com}
purpose: {use: Trying things out}
lawful_basis: {basis: not_personal_data}
data:
  dataset: small
"""
TAIL = "model: {family: logistic, task: binary}\n"
TARGET = 'bought: {role: target, type: category, levels: ["no", "yes"], positive: "yes"}'

PolicyMaker = Callable[..., Policy]


@pytest.fixture(scope="session")
def make_policy() -> PolicyMaker:
    """A policy from column lines; a target is added when none is among them."""

    def make(
        *columns: str, checks: tuple[tuple[str, str], ...] = (), more: str = "", undeclared: str = "refuse"
    ) -> Policy:
        lines = [*columns, *([] if any("role: target" in column for column in columns) else [TARGET])]
        text = HEAD + f"  undeclared_columns: {undeclared}\n  columns:\n" + "".join(f"    {line}\n" for line in lines)
        if checks:
            text += "  checks:\n" + "".join(f"    - {{name: {name}, rule: '{rule}'}}\n" for name, rule in checks)
        return Policy.parse((text + TAIL + more).encode(), name="small.yaml")

    return make


@pytest.fixture
def keys(tmp_path: Path) -> KeyRing:
    return KeyRing(tmp_path / "keys")
