"""The fast lane may only save time: what it lets through is what a full reading accepts and finds nothing in."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassledger import canonical
from glassledger.audit.entry import Entry
from glassledger.audit.plain import PlainLane
from glassledger.errors import Error

FLAT = st.dictionaries(
    st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters='"\\'), max_size=8),
    st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters='"\\'), max_size=8)
    | st.integers(-(10**15) + 1, 10**15 - 1)
    | st.booleans()
    | st.none(),
    max_size=5,
)
BASE = Entry.build("note.made", actor="ops", time="2026-11-22T09:00:00.5Z", body={"a": 1, "b": "x", "c": None})


def is_plain(data: bytes, *known: Entry) -> bool:
    """Whether a lane that has read these entries lets the bytes through."""
    lane = PlainLane()
    for entry in known or (BASE,):
        lane.learn(entry)
    return not list(lane.others([data]))


@given(FLAT)
def test_the_second_entry_of_a_shape_takes_the_fast_lane(body: dict[str, object]) -> None:
    if "budget" not in body:
        first = Entry.build("note.made", actor="ops", body=body)
        second = Entry.build("note.made", actor="other", body=dict.fromkeys(body, 7))
        assert is_plain(second.to_bytes(), first)
        assert not is_plain(second.to_bytes(), Entry.build("note.made", actor="ops", body=body | {"another key": 1}))


def test_objects_in_the_body_are_plain_when_their_parts_are() -> None:
    body = {"counts": {"kept": 7, "dropped": {"late": 1}}, "z": True}
    other = {"counts": {"kept": 0, "dropped": {"late": 12}}, "z": None}
    assert is_plain(Entry.build("a.b", actor="x", body=other).to_bytes(), Entry.build("a.b", actor="x", body=body))
    for odd in ({"x": 0.5}, {"x": [1]}, {"x": "ü"}, {"ü": 1}, {"x": {"a": {"b": {"c": {"d": {"e": 1}}}}}}):
        entry = Entry.build("a.b", actor="x", body=odd)
        assert not is_plain(entry.to_bytes(), entry)


def test_what_the_ledger_looks_at_is_never_learned() -> None:
    spend = {"budget": {"act": "spend", "scope": "bank", "nano_epsilon": 1, "pico_delta": 0, "key": "k"}}
    for entry in (
        Entry.build("budget.spent", actor="ops", body=spend),
        Entry.build("fit.intent", actor="ops"),
        Entry.build("fit.outcome", actor="ops", subject=0),
        Entry.build("note.made", actor="ops", subject=0),
        Entry.build("note.made", actor="ops", artifacts={"m": "sha256:" + "0" * 64}),
        Entry.build("log.recovered", actor="ops"),
    ):
        assert not is_plain(entry.to_bytes(), entry)


def _agrees(data: bytes) -> None:
    if is_plain(data):
        entry = Entry.parse(data)
        assert not entry.concerns_ledger
        assert canonical.dumps(json.loads(data)) == data


@settings(max_examples=400)
@given(st.data())
def test_mutations_that_pass_are_valid(data: st.DataObject) -> None:
    raw = bytearray(BASE.to_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        act = data.draw(st.sampled_from(["set", "insert", "delete", "copy"]))
        if act == "set":
            raw[at] = data.draw(st.sampled_from(b'"{}[]:,\\ 0123456789abeEnt.-Z\x00\x7f\xff'))
        elif act == "insert":
            raw[at:at] = data.draw(
                st.sampled_from([b'"', b"{}", b",", b" ", b"0", b'"b":2,', b'"budget":1,', b"\\u0062"])
            )
        elif act == "delete":
            del raw[at : at + data.draw(st.integers(1, 12))]
        else:
            start = data.draw(st.integers(0, len(raw)))
            raw[at:at] = raw[start : start + data.draw(st.integers(1, 60))]
    _agrees(bytes(raw))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"b":"x"', b'"a":"x"'),
        (b'"b":"x"', b'"B":"x"'),
        (b'"b":"x"', b'"budget":1'),
        (b'"b":"x"', b'"\\u0062udget":1'),
        (b'"a":1', b'"a":01'),
        (b'"a":1', b'"a":-0'),
        (b'"a":1', b'"a":1.0'),
        (b'"a":1', b'"a": 1'),
        (b'"a":1', b'"a":9007199254740993'),
        (b'"a":1', b'"a":{"x":1}'),
        (b'"artifacts":{}', b'"artifacts":{"m":"sha256:' + b"0" * 64 + b'"}'),
        (b'"subject":null', b'"subject":0'),
        (b'"body":{', b'"body":{},"files":{},"x":{'),
        (b"2026-11-22", b"2026-02-30"),
        (b"note.made", b"note.intent"),
        (b"note.made", b"note.outcome"),
        (b"note.made", b"note.failure"),
        (b"note.made", b"made"),
        (b'"actor":"ops"', b'"actor":""'),
        (b'"c":null}', b'"c":null,}'),
        (b"}", b"}\n"),
    ],
)
def test_what_is_not_plain_is_read_in_full(old: bytes, new: bytes) -> None:
    assert old in BASE.to_bytes()
    assert not is_plain(new.join(BASE.to_bytes().rsplit(old, 1)))


def test_plain_ones_pass_whatever_their_type_is_called() -> None:
    for kind in ("a.b", "note.intents", "note.intent.made", "a.b_c.d1"):
        entry = Entry.build(kind, actor="ops")
        assert is_plain(entry.to_bytes(), entry)
        assert not is_plain(entry.to_bytes().replace(b'"a.b', b'"a/b').replace(b'"note.', b'"noter'), entry)


def test_the_two_lanes_agree_on_every_prefix_and_every_missing_byte() -> None:
    raw = BASE.to_bytes()
    for at in range(len(raw)):
        _agrees(raw[:at])
        _agrees(raw[:at] + raw[at + 1 :])


def test_no_input_makes_the_pattern_slow() -> None:
    hostile = b'{"actor":"a","artifacts":{},"body":{' + b'"a":1,' * 9_000 + b'"a":1},"files":{}'
    assert not is_plain(hostile)
    assert not is_plain(re.sub(rb'"c":null', b'"' + b":" * 60_000 + b'":1', BASE.to_bytes()) + b"x")


def test_an_entry_that_no_tile_could_hold_is_not_plain() -> None:
    big = BASE.to_bytes().replace(b'"b":"x"', b'"b":"' + b"x" * 66_000 + b'"')
    assert not is_plain(big)
    with pytest.raises(Error):
        Entry.parse(big)
