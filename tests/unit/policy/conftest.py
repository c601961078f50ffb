"""A sound policy as plain data, and what the loader says about a changed one."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from glassledger.errors import PolicyError
from glassledger.policy import Policy


def _sound() -> dict[str, Any]:
    return {
        "glassledger": 1,
        "name": "sound",
        "version": "1",
        "owner": {"name": "Team", "contact": "team@example.org"},
        "purpose": {"use": "Testing."},
        "lawful_basis": {"basis": "contract"},
        "data": {
            "dataset": "table",
            "columns": {
                "customer": {
                    "role": "identifier",
                    "type": "text",
                    "unique": True,
                    "redaction": {"operator": "pseudonymise"},
                },
                "email": {"role": "identifier", "type": "text"},
                "notes": {"role": "free_text", "type": "text"},
                "consent": {"role": "consent", "type": "category", "levels": ["no", "yes"], "granted": ["yes"]},
                "sex": {"role": "protected", "type": "category", "levels": ["f", "m"]},
                "age": {"role": "feature", "type": "integer", "min": 18, "max": 100},
                "income": {"role": "feature", "type": "number", "min": 0, "max": 250000.5, "missing": True},
                "plan": {"role": "feature", "type": "category", "levels": ["small", "middle", "large"]},
                "size": {"role": "feature", "type": "category", "levels": ["S", "M", "L"], "ordered": True},
                "online": {"role": "feature", "type": "boolean"},
                "start": {"role": "ignored", "type": "date"},
                "end": {"role": "ignored", "type": "date"},
                "churned": {"role": "target", "type": "category", "levels": ["no", "yes"], "positive": "yes"},
            },
        },
        "model": {"family": "ebm", "task": "binary"},
    }


@pytest.fixture
def sound() -> dict[str, Any]:
    """A policy without a fault, to be changed."""
    return _sound()


@pytest.fixture
def private() -> dict[str, Any]:
    """A private policy without a fault, to be changed."""
    document = _sound()
    document["model"]["family"] = "dp-ebm"
    document["privacy"] = {
        "unit": "customer",
        "epsilon": 1,
        "delta": 1e-6,
        "dataset_budget": {"epsilon": 2, "delta": 1e-5},
    }
    return document


@pytest.fixture
def parse() -> Callable[[dict[str, Any] | str], Policy]:
    """Load a policy given as plain data or as YAML text."""
    return lambda value: Policy.parse(_bytes(value), name="p.yaml")


@pytest.fixture
def faults() -> Callable[[dict[str, Any] | str | bytes], dict[str, str]]:
    """Path → message of every fault that the loader finds; empty for a sound policy."""

    def find(value: dict[str, Any] | str | bytes) -> dict[str, str]:
        error = None
        try:
            Policy.parse(_bytes(value), name="p.yaml")
        except PolicyError as raised:
            error = raised
        if error is None:
            return {}
        assert error.code == "policy-invalid", error
        found = error.facts["faults"]
        assert all(isinstance(fault["line"], int) and fault["line"] >= 1 for fault in found)
        assert all(f"p.yaml:{fault['line']}: " in error.message for fault in found[:50])
        return {fault["path"]: fault["message"] for fault in found}

    return find


def _bytes(value: dict[str, Any] | str | bytes) -> bytes:
    if isinstance(value, bytes):
        return value
    return (value if isinstance(value, str) else json.dumps(value, indent=1)).encode()
