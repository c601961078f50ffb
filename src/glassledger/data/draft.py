"""A first policy for an unknown table, with every guess marked ``# decide:`` for a person to settle."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pandas as pd

from glassledger.data.guess import FEWEST_ROWS, Guess, guess
from glassledger.data.sealed import sealed

#: What marks a guess; a policy that still holds one is not fitted.
DECIDE_MARK = "# decide:"

_TARGETS = ("y", "target", "label", "outcome", "class", "responded", "response", "churn", "churned", "converted")
_POSITIVE = ("yes", "y", "true", "1", "responded", "churned", "bad", "good")
_GRANTED = ("yes", "y", "true", "1", "granted", "opt_in")
_BAND_EDGES = (25, 35, 45, 55, 65)
_MOST_CLASSES = 10
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_YAML_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))

_HEAD = """\
# Drafted from a table by glassledger. Nothing here is decided yet: settle every line marked "decide" and delete the
# mark. Bounds and levels must come from what is known about a column, not from this table: the model, the report and
# any privacy statement rely on them. Ask of every feature whether its value is known before the outcome is.
glassledger: 1
name: {name}
version: "1"
language: en
owner: {{name: Somebody, contact: somebody@example.org}}  # decide: who answers for this policy?
purpose: {{use: "Not stated yet."}}  # decide: what is the score for, and what must it not be used for (prohibited)?
lawful_basis: {{basis: legitimate_interests}}  # decide: consent, contract, legal_obligation, …?

data:
  dataset: {dataset}
  undeclared_columns: refuse
  columns:
"""

_TAIL = """\
# privacy:  # decide: needed by a private family (dp-additive; dp-ebm, dp-logistic, … to compare)
#   unit: {unit}
#   epsilon: 1
#   delta: 1e-6
#   dataset_budget: {{epsilon: 3, delta: 1e-5}}
reasons: {{count: 3, baseline: mean}}  # decide: how many reasons, against which baseline?
"""


@sealed
def draft_policy(frame: pd.DataFrame, *, dataset: str) -> str:
    """Draft a policy as YAML text.

    Parameters
    ----------
    frame : DataFrame
        As :func:`glassledger.data.read_table` gives it.
    dataset : str
        What the table is called.

    Returns
    -------
    str
        A policy that :meth:`glassledger.policy.Policy.load` takes when a target and a feature were found. It repeats
        levels that at least ten rows share, and no cell of a column that may point at a person.
    """
    guesses = _with_target([guess(str(name), frame[name]) for name in frame.columns])
    name = re.sub(r"[^a-z0-9]+", "_", dataset.lower()).strip("_")[:60] or "table"
    head = _HEAD.format(name=name if name[0].isalpha() else f"table_{name}", dataset=_scalar(dataset or "table"))
    unit = next((item.name for item in guesses if item.role == "identifier" and item.unique), "row")
    columns = "".join(f"{line}\n" for item in guesses for line in _column(item, is_unit=item.name == unit))
    return head + columns + "\n" + _model(guesses, unit) + _TAIL.format(unit=_scalar(unit))


def _with_target(guesses: list[Guess]) -> list[Guess]:
    """The column that is named like an outcome, else the last one that could be one."""
    named = [item for name in _TARGETS for item in guesses if item.name.lower() == name and _can_be_target(item)]
    chosen = next(iter(named), guesses[-1] if guesses and _can_be_target(guesses[-1]) else None)
    if chosen is None:
        return guesses
    return [replace(item, role="target", why="is this the outcome?") if item is chosen else item for item in guesses]


def _can_be_target(item: Guess) -> bool:
    return item.role == "feature" and not (item.missing or item.other) and len(item.levels) <= _MOST_CLASSES


def _column(item: Guess, *, is_unit: bool) -> Iterator[str]:
    yield f"    {_scalar(item.name)}:"
    yield f"      role: {item.role}  # decide: {item.why}"
    yield f"      type: {item.type}"
    if item.bounds is not None:
        low, high = (_figure(bound, item) for bound in item.bounds)
        yield f"      min: {low}"
        yield f"      max: {high}"
    if item.levels:
        yield f"      levels: {_list(item.levels)}"
    if item.other:
        yield f"      other: other  # decide: takes levels with fewer than {FEWEST_ROWS} rows and whatever comes later"
    if item.missing:
        yield "      missing: true"
    if item.markers and item.missing:
        yield f"      missing_markers: {_list(item.markers)}"
    yield from _role_keys(item)
    if item.redaction and not is_unit:
        yield f"      redaction: {item.redaction}  # decide: enough, or is it not needed at all (drop)?"
    if is_unit:
        yield "      unique: true"
        yield "      redaction: {operator: pseudonymise}  # decide: does it tell privacy units apart?"


def _role_keys(item: Guess) -> Iterator[str]:
    levels = ("false", "true") if item.type == "boolean" else item.levels
    if item.role == "target" and len(levels) == 2:
        positive = next((level for level in levels if level.lower() in _POSITIVE), levels[-1])
        yield f"      positive: {_level(positive, item)}  # decide: the level whose probability is the score"
    if item.role == "consent":
        granted = [level for level in levels if level.lower() in _GRANTED] or [levels[-1]]
        listed = ", ".join(_level(level, item) for level in granted)
        yield f"      granted: [{listed}]  # decide: which levels mean consent?"
    if item.role == "protected" and item.bounds is not None:
        low, high = item.bounds
        edges: list[float] = [edge for edge in _BAND_EDGES if low < edge < high] or [(low + high) / 2]
        yield f"      redaction: {{operator: bands, edges: [{', '.join(map(str, edges))}]}}"


def _model(guesses: Sequence[Guess], unit: str) -> str:
    target = next((item for item in guesses if item.role == "target"), None)
    classes = 0 if target is None else 2 if target.type == "boolean" else len(target.levels)
    task = "binary" if target is None or classes == 2 else "multiclass" if classes else "regression"
    mark = "which family?" if target is not None else "no outcome was found; give one column role target"
    return (
        f"split: {{holdout: 0.2, unit: {_scalar(unit)}}}  # decide: what keeps rows of one person together?\n"
        f"model: {{family: ebm, task: {task}}}  # decide: {mark}\n"
    )


def _figure(bound: float, item: Guess) -> str:
    return str(int(bound)) if item.type == "integer" or bound.is_integer() else repr(bound)


def _level(level: str, item: Guess) -> str:
    return level if item.type == "boolean" else _scalar(level)


def _list(items: Sequence[str]) -> str:
    return f"[{', '.join(_scalar(item) for item in items)}]"


def _scalar(text: str) -> str:
    """A YAML scalar that every reader takes for this text."""
    return text if _PLAIN.fullmatch(text) and text.lower() not in _YAML_WORDS else json.dumps(text, ensure_ascii=False)
