"""The fast lane may only save time: what it lets through is what a full reading accepts and finds nothing in."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassledger import canonical
from glassledger.audit.entry import Entry
from glassledger.audit.plain import is_plain
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


@given(FLAT)
def test_flat_entries_take_the_fast_lane(body: dict[str, object]) -> None:
    if "budget" not in body:
        assert is_plain(Entry.build("note.made", actor="ops", body=body).to_bytes())


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
        assert is_plain(Entry.build(kind, actor="ops").to_bytes())


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
