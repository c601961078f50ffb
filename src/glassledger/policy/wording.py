"""What a key may hold, in plain words, and pydantic's findings said in those words.

Everything is read off the document's types, so the sentences, the JSON Schema and the reference cannot drift apart.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import ValidationError

from glassledger.policy.document import Text
from glassledger.policy.faults import MOST_FAULTS, Fault, Path, choices, nearest, suggestion
from glassledger.policy.operators import REFUSED_OPERATORS
from glassledger.records.record import Record

_TEXT = set(get_args(Text))
_WORDS: dict[Any, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    Decimal: "a number",
    bool: "true or false",
    date: "a date (YYYY-MM-DD)",
    Any: "any value",
}
_PATTERNS = {
    r"^\d{4}-\d{2}-\d{2}$": "must be a date (YYYY-MM-DD)",
    r"^[a-z0-9][a-z0-9_-]{0,63}$": "must be a short name of lower-case letters, digits, - and _",
    r"^[a-z][a-z0-9_]{0,63}$": "must start with a lower-case letter and go on with lower-case letters, digits and _",
    r"^[a-z]{2}$": "must be a language code of two lower-case letters, such as en or zh",
}
_LIMITS = {
    "greater_than": ("gt", "must be above {}"),
    "greater_than_equal": ("ge", "must be at least {}"),
    "less_than": ("lt", "must be below {}"),
    "less_than_equal": ("le", "must be at most {}"),
    "string_too_long": ("max_length", "must have at most {} characters"),
}


def options(annotation: Any) -> Iterator[Any]:
    """The alternatives of an annotation, without wrappers and without None."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from options(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for part in get_args(annotation):
            yield from options(part)
    elif annotation is not type(None):
        yield annotation


def records_of(annotation: Any) -> tuple[type[Record], ...]:
    """The record types that a value of this annotation may be."""
    return tuple(part for part in options(annotation) if isinstance(part, type) and issubclass(part, Record))


def expected(annotation: Any) -> str:
    """Plain words for an annotation, such as ``a number or a date (YYYY-MM-DD)``."""
    parts = tuple(options(annotation))
    if set(parts) == _TEXT:
        return "text, or one text per language"
    records = records_of(annotation)
    if records:
        return "a block of keys" if len(records) == 1 else "a block with an `operator`"
    return " or ".join(dict.fromkeys(_single(part) for part in parts))


def _single(part: Any) -> str:
    origin, arguments = get_origin(part), get_args(part)
    if origin is Literal:
        listed = ", ".join(f"`{spelled(value)}`" for value in arguments)
        return f"one of {listed}" if len(arguments) > 1 else listed
    if origin is dict:
        return f"a mapping of names to {expected(arguments[1])}"
    if origin is tuple:
        return f"a list, each item {expected(arguments[0])}" if arguments[-1] is Ellipsis else "a pair of names"
    return _WORDS[part]


def spelled(value: Any) -> str:
    """A literal as it is written in YAML."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def annotation_at(root: type[Record], path: Path, value: Any) -> Any:
    """The annotation of the value at ``path``; ``Any`` where the path leads nowhere."""
    annotation: Any = root
    for step in path:
        annotation = _child(annotation, step, value)
        value = _step(value, step)
    return annotation


def _child(annotation: Any, step: str | int, value: Any) -> Any:
    for record in matching(annotation, value):
        if step in record.model_fields:
            return record.model_fields[str(step)].annotation
    for part in options(annotation):
        arguments = get_args(part)
        if get_origin(part) is dict and isinstance(step, str):
            return arguments[1]
        if get_origin(part) is tuple and isinstance(step, int):
            return arguments[0]
    return Any


def matching(annotation: Any, value: Any) -> tuple[type[Record], ...]:
    """The record types that a mapping may be, narrowed by its ``operator`` where there are several."""
    found = records_of(annotation)
    operator = value.get("operator") if isinstance(value, dict) else None
    return found if len(found) < 2 else tuple(r for r in found if r.model_fields["operator"].default == operator)


def _step(value: Any, step: str | int) -> Any:
    try:
        return value[step]
    except (KeyError, IndexError, TypeError):
        return None


def translated(error: ValidationError, root: type[Record], value: Any, *, at: Path = ()) -> list[Fault]:
    """Pydantic's findings as faults, one per path, the first ``MOST_FAULTS`` of them.

    A value that fits no alternative of its type is reported where its innermost fault is.

    Parameters
    ----------
    error : ValidationError
    root : type of Record
        The record that was validated.
    value : JSON-able
        What was validated; only read for its keys and for wrong names that are close to right ones.
    at : tuple
        Where the value stands in the file.
    """
    found: dict[Path, Fault] = {}
    for item in error.errors(include_url=False, include_input=False)[:MOST_FAULTS]:
        path = _written(item["loc"], value, missing=item["type"] == "missing")
        if item["type"] == "extra_forbidden":
            fault = _unknown(root, path, value)
        else:
            fault = Fault(path, _sentence(item["type"], item.get("ctx", {}), root, path, value))
        found.setdefault((*path, "operator") if item["type"].startswith("union_tag") else path, fault)
    above = {path[:length] for path in found for length in range(len(path))}
    return [replace(fault, path=(*at, *path)) for path, fault in found.items() if path not in above]


def _unknown(root: type[Record], path: Path, value: Any) -> Fault:
    block = value
    for step in path[:-1]:
        block = _step(block, step)
    records = matching(annotation_at(root, path[:-1], value), block)
    names = sorted({name for record in records for name in record.model_fields})
    return Fault(path, "unknown key" + choices(str(path[-1]), names), meant=nearest(str(path[-1]), names))


def _written(location: Iterable[str | int], value: Any, *, missing: bool) -> Path:
    """Pydantic's location without its union tags: only the steps that are really in the file."""
    steps = tuple(location)
    out: list[str | int] = []
    for step in steps:
        inside = step in value if isinstance(value, dict) else isinstance(value, list) and step in range(len(value))
        if inside:
            value = value[step]
            out.append(step)
    return (*out, steps[-1]) if missing else tuple(out)


def _sentence(kind: str, context: dict[str, Any], root: type[Record], path: Path, value: Any) -> str:
    if kind in _LIMITS:
        key, sentence = _LIMITS[kind]
        return sentence.format(context[key])
    if kind in ("string_too_short", "too_short"):
        return "must not be empty"
    if kind == "string_pattern_mismatch":
        return _PATTERNS[context["pattern"]]
    if kind == "missing":
        return "is required" if isinstance(path[-1], str) else "must be a pair of names"
    written = value
    for step in path:
        written = _step(written, step)
    if kind.startswith("union_tag"):
        names = [r.model_fields["operator"].default for r in records_of(annotation_at(root, path, value))]
        wrong = written.get("operator") if isinstance(written, dict) else None
        if isinstance(wrong, str) and wrong in REFUSED_OPERATORS:
            return f"`{wrong}` is refused: {REFUSED_OPERATORS[wrong]}"
        return ("unknown operator" if wrong is not None else "is required") + choices(str(wrong), names)
    return _wrong_type(annotation_at(root, path, value), written)


def _wrong_type(annotation: Any, written: Any) -> str:
    parts = tuple(options(annotation))
    said = f"must be {expected(annotation)}"
    if isinstance(written, str):
        names = [value for part in parts if get_origin(part) is Literal for value in get_args(part)]
        hint = (
            " (yes, no, on and off are ordinary words here)"
            if bool in parts
            else suggestion(written, [name for name in names if isinstance(name, str)])
        )
        return said + hint
    return said + " (put it in quotes)" if str in parts and isinstance(written, bool | int | float) else said
