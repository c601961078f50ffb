"""Plain values, right lines, and every YAML trap refused."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from glassledger.policy.yaml_tree import MAX_DEPTH, read_tree

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\ufeff"), max_size=20)
VALUES = st.recursive(
    st.booleans()
    | st.integers(1 - 2**53, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False, width=32)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


def value_of(scalar: str) -> Any:
    tree = read_tree(f"key: {scalar}\n")
    assert tree.faults == (), tree.faults
    return tree.value["key"]


def fault_of(text: str) -> tuple[str, int | None]:
    faults = read_tree(text).faults
    assert len(faults) == 1, faults
    return faults[0].message, faults[0].line


@pytest.mark.parametrize(
    "word", ["no", "yes", "on", "off", "No", "YES", "n", "y", "2024-01-31", "12:30:00", "1_000", "0x1F", "0o17",
             ".inf", "-.INF", ".nan", "1,5", "None", "nil", "1.2.3", "+", ".", "1e", "t", "tRUE", "=", "<<", "1__0"]
)  # fmt: skip
def test_words_that_older_yaml_turns_into_something_else_stay_words(word: str) -> None:
    assert value_of(word) == word
    assert isinstance(value_of(word), str)


@pytest.mark.parametrize(
    ("scalar", "value"),
    [("true", True), ("True", True), ("FALSE", False), ("3", 3), ("-3", -3), ("+3", 3), ("0", 0), ("1e-6", 1e-6),
     ("1.5", 1.5), (".5", 0.5), ("-.5e2", -50.0), ("2.", 2.0), ("0.25", 0.25), ("9007199254740991", 2**53 - 1),
     ('"3"', "3"), ("'true'", "true"), ('"0123"', "0123"), ("|\n  no", "no\n"), (">-\n  a\n  b", "a b")],
)  # fmt: skip
def test_core_schema(scalar: str, value: Any) -> None:
    got = value_of(scalar)
    assert got == value
    assert type(got) is type(value)


@pytest.mark.parametrize("scalar", ["", "~", "null", "Null", "NULL"])
def test_an_empty_value_is_a_fault(scalar: str) -> None:
    message, line = fault_of(f"a: 1\nkey: {scalar}\n")
    assert message.startswith("nothing is written here")
    assert line == 2


@pytest.mark.parametrize("scalar", ["007", "-01", "00", "012.5", "0123e4"])
def test_leading_zeros_are_ambiguous(scalar: str) -> None:
    assert fault_of(f"key: {scalar}")[0].startswith("a number with a leading zero is ambiguous")


@pytest.mark.parametrize("scalar", ["9007199254740992", "-9007199254740993", "1e999", "-1e999", "9" * 5000])
def test_inexact_numbers_are_faults(scalar: str) -> None:
    assert fault_of(f"key: {scalar}")[0].startswith("the number is too large")


@pytest.mark.parametrize(
    ("text", "words", "line"),
    [
        ("a: 1\nb: 2\na: 3\n", "given twice (first in line 1)", 3),
        ("a:\n  b: 1\n  c: 2\n  b: 1\n", "given twice (first in line 2)", 4),
        ("a: 1\n'a': 2\n", "given twice", 2),
        ("a: &x 1\n", "anchors", 1),
        ("a: 1\nb: *x\n", "aliases", 2),
        ("a:\n  <<: {b: 1}\n", "merges", 2),
        ("a: !!int 3\n", "tags", 1),
        ("a: !!python/object/apply:os.system [ls]\n", "tags", 1),
        ("a: !mine {b: 1}\n", "tags", 1),
        ("a: ! 3\n", "tags", 1),
        ("&k a: 1\n", "on keys", 1),
        ("!!str a: 1\n", "on keys", 1),
        ("%YAML 1.1\n---\na: 1\n", "directives", 1),
        ("%TAG !e! tag:example.org,2000:\n---\na: 1\n", "directives", 1),
        ("a: 1\n---\nb: 2\n", "second `---`", 2),
        ("? {a: 1}\n: 2\n", "plain word", 1),
        ("? [a]\n: 2\n", "plain word", 1),
        ("", "empty", 1),
        ("# only a comment\n", "empty", 1),
        ("a:\n\tb: 1\n", "tab", 2),
        ("a: b: c\n", "a colon is not expected here", 1),
        ("a: [1, 2\nb: 3\n", "a bracket or comma is missing", 2),
        ("a: {b: 1\n", "a bracket or comma is missing", 2),
        ("a: 1\nb: 'x\nc: 1\n", "quotation mark", 2),
        ('a: "C:\\q"\n', "a backslash in double quotes", 1),
        ("a:\n    b: 1\n  c: 2\n", "indentation", 3),
        ("a: 1\n nonsense\nb\n", "a colon is missing", 3),
        ("a: x\u0007\n", "control character", 1),
        ("a: 1\nb: \u0000\n", "control character", 2),
        ('a: "\\ud800"\n', "lone surrogate", 1),
        ('"\\ud800": 1\n', "lone surrogate", 1),
        ("a: @x\n", "not valid YAML", 1),
    ],
)
def test_traps(text: str, words: str, line: int) -> None:
    message, found = fault_of(text)
    assert words in message
    assert found == line


def test_nothing_of_the_file_is_quoted_when_it_cannot_be_parsed() -> None:
    for text in ("a: [secret\n", "a: 'secret\n", "*secret : 1\n", "a: !secret!x 1\n", "secret\tsecret: @secret\n"):
        assert not any("secret" in fault.message for fault in read_tree(text).faults), text


def test_the_first_of_two_values_counts_and_the_rest_is_still_read() -> None:
    tree = read_tree("a: 1\na: 2\nb: &x ~\nc: 3\n")
    assert tree.value == {"a": 1, "b": None, "c": 3}
    assert [fault.line for fault in tree.faults] == [2, 3, 3]


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_deep_nesting_stops_early(opening: str) -> None:
    message, _ = fault_of("x: " + opening * 20_000 if opening != "- " else "- " * 20_000 + "x")
    assert message == f"nested deeper than {MAX_DEPTH} levels"


def test_lines_of_keys_items_and_what_is_absent() -> None:
    tree = read_tree("# comment\na:\n  - x\n  -\n    b: 1\n\n\nc: {d: 1,\n    e: 2}\n")
    assert tree.line(("a",)) == 2
    assert tree.line(("a", 0)) == 3
    assert tree.line(("a", 1, "b")) == 5
    assert tree.line(("c", "e")) == 9
    assert tree.line(("c", "missing", "deeper")) == 8
    assert tree.line(("nowhere",)) == 1
    assert tree.at(("a", 1, "b")) == 1
    assert tree.at(("a", "b")) is None
    assert tree.at(("a", 7)) is None


def test_keys_are_taken_as_written() -> None:
    assert read_tree("no: 1\n2019: 2\nnull: 3\n1e3: 4\n~: 5\n").value == {
        "no": 1,
        "2019": 2,
        "null": 3,
        "1e3": 4,
        "~": 5,
    }


@given(VALUES)
def test_json_reads_back_as_itself(value: Any) -> None:
    tree = read_tree(json.dumps({"key": value}))
    assert tree.faults == ()
    assert tree.value == {"key": value}


@given(VALUES)
def test_quoted_yaml_of_another_writer_reads_back_as_text(value: Any) -> None:
    def texts(item: Any) -> Any:
        if isinstance(item, dict):
            return {key: texts(inner) for key, inner in item.items()}
        return [texts(inner) for inner in item] if isinstance(item, list) else str(item)

    tree = read_tree(yaml.safe_dump({"key": texts(value)}, default_style='"', allow_unicode=True))
    assert tree.faults == ()
    assert tree.value == {"key": texts(value)}


@given(st.text(max_size=200) | st.text(st.sampled_from("ab:-[]{}&*!%#|>'\"\n \t,?<~01"), max_size=60))
def test_any_text_gives_values_or_faults_and_never_an_exception(text: str) -> None:
    tree = read_tree(text)
    assert tree.faults or tree.value is not None
    assert all(
        fault.line is None or 1 <= fault.line <= text.count("\n") + text.count("\r") + 5 for fault in tree.faults
    )
