"""Entries: one canonical form, everything else refused."""

import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassledger import canonical
from glassledger.audit.entry import MAX_ENTRY, Entry, is_inside
from glassledger.errors import AuditError, PrivacyError

DIGEST = "sha256:" + "ab" * 32
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=6), inner, max_size=4)
    ),
    max_leaves=12,
)


def raw(**changes: Any) -> bytes:
    value = json.loads(Entry.build("fit.done", actor="ops", time="2026-11-22T09:00:00Z").to_bytes())
    return canonical.dumps({**value, **changes})


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=6), JSON, max_size=4))
def test_what_is_built_can_be_read_and_is_canonical(body: dict[str, Any]) -> None:
    body.pop("budget", None)
    try:
        entry = Entry.build("fit.done", actor="ops", body=body)
    except AuditError:
        assert any(abs(number) > 2**53 - 1 for number in _numbers(body))
        return
    again = Entry.parse(entry.to_bytes())
    assert again == entry
    assert canonical.dumps(json.loads(entry.to_bytes())) == entry.to_bytes()


def _numbers(value: Any) -> list[float]:
    if isinstance(value, dict | list):
        return [n for item in (value.values() if isinstance(value, dict) else value) for n in _numbers(item)]
    return [value] if isinstance(value, int | float) else []


def test_an_entry_says_what_it_was_given() -> None:
    entry = Entry.build(
        "fit.outcome", actor="ops", body={"rows": 3}, artifacts={"model": DIGEST}, files={"a/b.csv": DIGEST}, subject=4
    )
    assert json.loads(entry.to_bytes()) == {
        "format": "glassledger/entry/v1",
        "type": "fit.outcome",
        "time": entry.time,
        "actor": "ops",
        "body": {"rows": 3},
        "artifacts": {"model": DIGEST},
        "files": {"a/b.csv": DIGEST},
        "subject": 4,
    }
    assert datetime.fromisoformat(entry.time).utcoffset().total_seconds() == 0  # type: ignore[union-attr]
    assert (entry.act, entry.closes, entry.is_intent, entry.concerns_ledger) == ("fit", True, False, True)


def test_changing_the_body_afterwards_changes_no_bytes() -> None:
    body = {"rows": 3}
    entry = Entry.build("fit.done", actor="ops", body=body)
    before = entry.to_bytes()
    body["rows"] = entry.body["rows"] = 4
    assert entry.to_bytes() == before


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b"\xff",
        b"{" * 2000,
        raw() + b"\n",
        b" " + raw(),
        raw().replace(b'"ops"', b'"\\u006fps"'),
        raw().replace(b'"body":{}', b'"body":{},"body":{}'),
        raw().replace(b'"body":{}', b'"body":{"a":1.0}'),
        raw().replace(b'"body":{}', b'"body":{"a":1e2}'),
        raw().replace(b'"body":{}', b'"body":{"a":-0}'),
        raw().replace(b'"body":{}', b'"body":{"a":-0.0}'),
        raw().replace(b'"body":{}', b'"body":{"a":9007199254740992}'),
        raw().replace(b'"body":{}', b'"body":{"a":1e-07}'),
        raw().replace(b'"body":{}', b'"body":{"a":NaN}'),
        raw().replace(b'"body":{}', b'"body":{"b":1,"a":2}'),
        raw().replace(b'"body":{}', '"body":{"\ue000":1,"\U0001f600":2}'.encode()),
        raw().replace(b'"body":{}', b'"body":{"a":"\\ud800"}'),
        raw().decode().encode("utf-16"),
        raw(extra=1),
        raw(format="glassledger/entry/v2"),
        raw(type="fit"),
        raw(type="Fit.done"),
        raw(type="fit.done\n"),
        raw(type=".done"),
        raw(type=3),
        raw(time="2026-11-22T09:00:00+00:00"),
        raw(time="2026-11-22 09:00:00Z"),
        raw(time="2026-02-30T09:00:00Z"),
        raw(time="2026-11-22T25:00:00Z"),
        raw(time="2026-11-22T09:00:00.1234567Z"),
        raw(time=0),
        raw(actor=""),
        raw(actor="a\nb"),
        raw(actor="a" * 1025),
        raw(actor=None),
        raw(body=[]),
        raw(artifacts=[]),
        raw(artifacts={"model": "sha256:AB"}),
        raw(artifacts={"model": DIGEST.upper()}),
        raw(artifacts={"": DIGEST}),
        raw(artifacts={"model": None}),
        raw(files={"../x": DIGEST}),
        raw(files={"log.db": DIGEST}),
        raw(subject=-1),
        raw(subject=True),
        raw(subject="1"),
        raw(subject=1.5),
    ],
)
def test_everything_else_is_refused(data: bytes) -> None:
    with pytest.raises(AuditError) as caught:
        Entry.parse(data)
    assert caught.value.code == "entry-malformed"


def test_the_refused_list_starts_from_something_valid() -> None:
    assert Entry.parse(raw()).type == "fit.done"
    emoji_first = raw().replace(b'"body":{}', '"body":{"\U0001f600":2,"\ue000":1}'.encode())
    assert Entry.parse(emoji_first).body == {"\U0001f600": 2, "\ue000": 1}


def test_an_entry_fits_into_a_tile() -> None:
    frame = len(Entry.build("a.b", actor="ops", time="2026-11-22T09:00:00Z", body={"x": ""}).to_bytes())
    fits = Entry.build("a.b", actor="ops", time="2026-11-22T09:00:00Z", body={"x": "y" * (MAX_ENTRY - frame)})
    assert len(fits.to_bytes()) == 65_535
    with pytest.raises(AuditError) as caught:
        Entry.build("a.b", actor="ops", time="2026-11-22T09:00:00Z", body={"x": "y" * (MAX_ENTRY - frame + 1)})
    assert caught.value.code == "entry-too-large"


@pytest.mark.parametrize(
    "body", [{"a": float("nan")}, {"a": float("inf")}, {"a": 2**53}, {"a": b"x"}, {1: 2}, {"a": 1e16}]
)
def test_values_without_an_exact_json_form_are_refused(body: dict[Any, Any]) -> None:
    with pytest.raises(AuditError) as caught:
        Entry.build("a.b", actor="ops", body=body)
    assert caught.value.code == "entry-malformed"


def test_no_value_of_the_body_is_in_the_error() -> None:
    with pytest.raises(AuditError) as caught:
        Entry.build("a.b", actor="ops", body={"name": float("nan"), "secret": "canary-1234"})
    assert "canary" not in str(caught.value) + repr(caught.value.facts)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("path", "inside"),
    [
        ("reports/a.html", True),
        ("a", True),
        ("ä/b c.csv", True),
        ("", False),
        (".", False),
        ("/etc/passwd", False),
        ("//x", False),
        ("../a", False),
        ("a/../b", False),
        ("a//b", False),
        ("a/./b", False),
        ("a/", False),
        ("a\\b", False),
        ("a\nb", False),
        ("a\x00b", False),
        ("checkpoint", False),
        ("log.db-wal", False),
        ("artifacts/sha256/ab", False),
    ],
)
def test_files_are_named_plainly_and_inside(path: str, inside: bool) -> None:
    assert is_inside(path) is inside


@pytest.mark.parametrize(
    "part",
    [
        None,
        {},
        {"act": "spend", "scope": "s", "nano_epsilon": 1, "pico_delta": 0},
        {"act": "refund", "scope": "s", "nano_epsilon": 1, "pico_delta": 0, "key": "k"},
        {"act": "spend", "scope": "s", "nano_epsilon": True, "pico_delta": 0, "key": "k"},
        {"act": "spend", "scope": "s", "nano_epsilon": -1, "pico_delta": 0, "key": "k"},
        {"act": "spend", "scope": "s", "nano_epsilon": 1.5, "pico_delta": 0, "key": "k"},
        {"act": "spend", "scope": "s", "nano_epsilon": 0, "pico_delta": 0, "key": "k"},
        {"act": "spend", "scope": "s", "nano_epsilon": 1, "pico_delta": 0, "key": ""},
        {"act": "open", "scope": "s", "nano_epsilon": 1, "pico_delta": 0, "key": "k"},
        {"act": "spend", "scope": "", "nano_epsilon": 1, "pico_delta": 0, "key": "k"},
        {"act": "spend", "scope": "s", "nano_epsilon": 1, "pico_delta": 0, "key": ["k"]},
    ],
)
def test_a_budget_part_is_exact_or_refused(part: Any) -> None:
    with pytest.raises(PrivacyError):
        Entry.build("fit.intent", actor="ops", body={"budget": part})
