"""Fictitious people who show how the model works: built from the declared domain, scored by the real model.

No row is read. Values are round numbers inside the model's bins and declared levels, so that nobody real is described.
Every search is over a fixed grid in a fixed order: the same model gives the same people.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from glassledger.explain.contributions import explain_local
from glassledger.explain.usual import Model, Value, typical_value, usual_values
from glassledger.policy import Policy
from glassledger.records.explanation import Persona

Person = dict[str, Value]
Grid = Mapping[str, tuple[float | str, ...]]
Floats = NDArray[np.float64]

_CHANGES = 3


def personas(model: Model, policy: Policy) -> tuple[Persona, ...]:
    """Three to five fictitious people with their explanations.

    ``typical`` takes the middle of every feature; ``strong`` and ``weak`` differ from it in up to three features,
    chosen one after the other as those that raise or lower the score most; ``just above`` and ``just below`` are the
    people on the grid whose scores lie nearest to the threshold, when there is one and the grid has both sides.
    For several classes the score is the first class's.
    """
    grid = {spec.name: usual_values(model, spec) for spec in model.features}
    typical = {spec.name: typical_value(model, spec) for spec in model.features}
    people = {"typical": typical}
    strong, weak = (_pushed(model, typical, grid, sign) for sign in (1.0, -1.0))
    rule = policy.document.decision
    if rule is not None and model.task != "multiclass":
        people |= _nearest(model, [typical, strong, weak], grid, rule.threshold)
    people |= {"strong": strong, "weak": weak}
    return tuple(
        Persona(name=name, explanation=explain_local(model, table(model, [person]), policy=policy, show_values=True))
        for name, person in people.items()
    )


def table(model: Model, people: list[Person]) -> pd.DataFrame:
    """People as the frame that a model takes."""
    return pd.DataFrame(
        {
            spec.name: pd.Series(
                [person[spec.name] for person in people], dtype="float64" if spec.kind == "continuous" else object
            )
            for spec in model.features
        }
    )


def _scores(model: Model, people: list[Person]) -> Floats:
    predicted = model.predict(table(model, people))
    return predicted[:, 0] if predicted.ndim == 2 else predicted


def _changed(person: Person, grid: Grid) -> list[Person]:
    """Everybody who differs from this person in at most one feature, this person first."""
    return [person] + [
        {**person, name: value} for name, values in grid.items() for value in values if value != person[name]
    ]


def _pushed(model: Model, person: Person, grid: Grid, sign: float) -> Person:
    for _ in range(_CHANGES):
        neighbours = _changed(person, grid)
        person = neighbours[int(np.argmax(sign * _scores(model, neighbours)))]
    return person


def _nearest(model: Model, seeds: list[Person], grid: Grid, threshold: float) -> dict[str, Person]:
    """The people nearest to the threshold among all within one change of the seeds and of the steps between them."""
    typical, *ends = seeds
    between = [{**typical, name: value} for end in ends for name, value in end.items() if value != typical[name]]
    pool = [person for seed in (*seeds, *between) for person in _changed(seed, grid)]
    scores = _scores(model, pool)
    above = np.where(scores >= threshold, scores, np.inf)
    below = np.where(scores < threshold, scores, -np.inf)
    found: dict[str, Person] = {}
    if np.isfinite(above).any():
        found["just above"] = pool[int(above.argmin())]
    if np.isfinite(below).any():
        found["just below"] = pool[int(below.argmax())]
    return found
