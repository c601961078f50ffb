"""A YAML file as plain values with a line number for every path; whatever could surprise is refused.

Scalars follow the YAML 1.2 core schema, so ``no``, ``off`` and ``2024-01-01`` stay words. Anchors, aliases, merges,
tags, directives, several documents, duplicate keys and empty values are faults: a policy means what it visibly says.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.reader import ReaderError

from glassledger.policy.faults import Fault, Path

MAX_DEPTH = 16
_EXACT = 2**53 - 1
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_FLAGS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_WHOLE = re.compile(r"[-+]?[0-9]+")
_REAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_PADDED = re.compile(r"[-+]?0[0-9]")


@dataclass(frozen=True)
class Tree:
    """Plain values, the line of every path, and the faults found on the way (their values read as None)."""

    value: Any
    lines: Mapping[Path, int]
    faults: tuple[Fault, ...]

    def line(self, path: Path) -> int:
        """Line of the path, or of the nearest thing above it that is written in the file."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 1)

    def at(self, path: Path) -> Any:
        """Value at a path; None where nothing is written."""
        value = self.value
        for step in path:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return None
        return value


class _StopError(Exception):
    """The rest of the file cannot be read."""


class _Composer:
    """Builds values from PyYAML's events, which (unlike its nodes) still show explicit tags, anchors and aliases."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._events: Iterator[yaml.Event] = yaml.parse(text, Loader=yaml.SafeLoader)
        self._lines: dict[Path, int] = {(): 1}
        self._faults: list[Fault] = []

    def tree(self) -> Tree:
        value = None
        try:
            value = self._document()
        except ReaderError as error:
            line = self._text.count("\n", 0, error.position) + 1
            self._fault((), "a control character stands here, which YAML forbids", line)
        except yaml.YAMLError as error:
            self._faults.append(Fault((), *_translated(error)))
        except _StopError:
            pass
        return Tree(value, self._lines, tuple(self._faults))

    def _document(self) -> Any:
        next(self._events)  # StreamStart
        start = next(self._events)
        if not isinstance(start, yaml.DocumentStartEvent):
            self._fault((), "the file is empty", 1)
            raise _StopError
        if start.version or start.tags:
            self._fault((), "%YAML and %TAG directives are refused; the file is read as YAML 1.2", _line(start))
        value = self._node(next(self._events), ())
        next(self._events)  # DocumentEnd
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            self._fault((), "a policy file holds one document; remove the second `---`", _line(after))
        return value

    def _node(self, event: yaml.Event, path: Path) -> Any:
        if isinstance(event, yaml.AliasEvent):
            self._fault(path, "aliases (*name) are refused; write the value out", _line(event))
            return None
        if getattr(event, "anchor", None):
            self._fault(path, "anchors (&name) are refused; write the value where it is used", _line(event))
        if getattr(event, "tag", None):
            self._fault(path, "tags (!name) are refused; only plain values are read", _line(event))
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, path)
        if len(path) >= MAX_DEPTH:
            self._fault(path, f"nested deeper than {MAX_DEPTH} levels", _line(event))
            raise _StopError
        return self._mapping(path) if isinstance(event, yaml.MappingStartEvent) else self._sequence(path)

    def _sequence(self, path: Path) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            self._lines[(*path, len(items))] = _line(event)
            items.append(self._node(event, (*path, len(items))))
        return items

    def _mapping(self, path: Path) -> dict[str, Any]:
        out: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event, path)
            here = (*path, key)
            first = self._lines.get(here)
            self._lines.setdefault(here, _line(event))
            value = self._node(next(self._events), here)
            if first is None:
                out[key] = value
            else:
                self._fault(here, f"the key is given twice (first in line {first})", _line(event))
        return out

    def _key(self, event: yaml.Event, path: Path) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            self._fault(path, "a key must be a plain word", _line(event))
            raise _StopError
        if event.anchor or event.tag:
            self._fault(path, "anchors and tags are refused on keys", _line(event))
        if event.value == "<<" and event.style is None:
            self._fault(path, "merges (<<) are refused; write the keys out", _line(event))
        try:
            return _joined(event.value)
        except ValueError as error:
            self._fault(path, str(error), _line(event))
            raise _StopError from None

    def _scalar(self, event: yaml.ScalarEvent, path: Path) -> Any:
        try:
            return _joined(event.value) if event.style is not None else _plain(event.value)
        except ValueError as error:
            self._fault(path, str(error), _line(event))
            return None

    def _fault(self, path: Path, message: str, line: int) -> None:
        self._faults.append(Fault(path, message, line))


def read_tree(text: str) -> Tree:
    """Read YAML text; never raises for what the text holds, the faults are in the result."""
    return _Composer(text).tree()


def _plain(text: str) -> Any:
    """YAML 1.2 core value of an unquoted scalar; ValueError with a plain sentence when it must not stand there."""
    if text in _NULLS:
        raise ValueError("nothing is written here; give a value, remove the key, or quote the word null")
    if text in _FLAGS:
        return _FLAGS[text]
    if not _REAL.fullmatch(text):
        return text
    if _PADDED.match(text):
        raise ValueError("a number with a leading zero is ambiguous; quote it if it is a code")
    number = float(text)
    if abs(number) > _EXACT and (_WHOLE.fullmatch(text) or number in (float("inf"), float("-inf"))):
        raise ValueError("the number is too large to be exact; quote it if it is a code")
    return int(text) if _WHOLE.fullmatch(text) else number


def _joined(text: str) -> str:
    """Join halves such as ``\\ud83d\\ude00`` that JSON writers escape one by one; a lone half is no text."""
    try:
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise ValueError("the text holds half a character (a lone surrogate)") from None


def _line(event: yaml.Event) -> int:
    mark = event.start_mark
    return 1 if mark is None else int(mark.line) + 1


#: Part of the vendor's text, our sentence, and whether the fault is where the vendor began to read rather than stopped.
_PROBLEMS = (
    ("\\t", "a tab cannot indent; use spaces", False),
    ("mapping values are not allowed", "a colon is not expected here; quote the text, or check the indentation", False),
    ("could not find expected ':'", "a colon is missing after the key", True),
    ("expected <block end>", "the indentation does not fit the lines above", False),
    ("expected ',' or", "a bracket or comma is missing", False),
    ("escape", "a backslash in double quotes begins an escape; write it twice, or use single quotes", False),
    ("quoted scalar", "a quotation mark is not closed", True),
    ("alias", "aliases (*name) are refused; write the value out", False),
    ("tag handle", "tags (!name) are refused; only plain values are read", False),
)


def _translated(error: yaml.YAMLError) -> tuple[str, int | None]:
    """One of our sentences and the line; the vendor's text may quote the file."""
    said = f"{getattr(error, 'context', '')} {getattr(error, 'problem', '')}"
    known = (entry for entry in _PROBLEMS if entry[0] in said)
    fallback = ("", "this is not valid YAML; check indentation, quotes and brackets around here", False)
    _, sentence, from_start = next(known, fallback)
    marks = [getattr(error, name, None) for name in ("context_mark", "problem_mark")]
    mark = next((mark for mark in (marks if from_start else reversed(marks)) if mark is not None), None)
    return sentence, None if mark is None else mark.line + 1
