"""An auditor of ``dp-additive``: runs the released learner on two neighbouring tables and sees every release.

The transcript of a run holds what the account charges for: the noisy tables, the noisy number of rows, and each stage's
solution. The auditor knows both tables, and so the noise that each hypothesis would need. Gaussian releases and the
noise of objective perturbation are projected onto the direction in which the neighbours differ; the sum is standard
normal without the record and shifted by at most mu with it.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd
from scipy import stats

from glassledger.models import private_counts, private_fit, private_learner
from glassledger.models.private_cells import grid_of
from glassledger.models.private_learner import Choices, fit_private
from glassledger.models.private_plan import Plan, plan_fit
from glassledger.models.private_target import target_of
from glassledger.privacy.accounting import gaussian_dp_epsilon
from glassledger.records.features import FeatureSpec

Floats = np.ndarray
ROWS = 300
SPECS = (
    FeatureSpec(name="w", kind="nominal", levels=("a", "b", "rare")),
    FeatureSpec(name="x", kind="continuous", lower=0, upper=1),
)
CUTS = {"x": (0.5,)}
CHOICES = Choices(epsilon=8.0, delta=1e-6, cuts=CUTS, max_bins=4)
CLASSES = ("no", "yes")
#: Where the record lies: cells in the tables of the target, the ordered feature and the levels, in order of release.
CELLS = (1, 1, 2)


def table(with_record: bool) -> tuple[pd.DataFrame, Floats]:
    """All answers are no; the record has a level and an answer of its own, so that its slope is nearly 1."""
    level = np.resize(np.array(["a", "b"], dtype=object), ROWS)
    frame = pd.DataFrame({"w": level, "x": np.linspace(0, 1, ROWS)})
    answer = np.full(ROWS, "no", dtype=object)
    if not with_record:
        return frame, answer
    record = pd.DataFrame({"w": ["rare"], "x": [1.0]})
    return pd.concat([frame, record], ignore_index=True), np.append(answer, "yes")


def plan() -> Plan:
    """What the learner plans for these features; made once, since no row takes part in it."""
    grids = tuple(grid_of(spec, CUTS.get(spec.name)) for spec in SPECS)
    return plan_fit(
        grids,
        outputs=1,
        regression=False,
        epsilon=CHOICES.epsilon,
        delta=CHOICES.delta,
        adjacency=CHOICES.adjacency,
        bound=CHOICES.bound,
    )


@dataclass
class Transcript:
    """What one run released, seen with knowledge of the table without the record."""

    tables: list[Any] = field(default_factory=list)
    stages: list[Any] = field(default_factory=list)
    rows: float = 0.0


@dataclass(frozen=True)
class Seen:
    """Statistics of all runs of one side.

    Attributes
    ----------
    shares : ndarray, shape (runs, releases)
        Each release along its direction, in standard deviations of its stated noise.
    strengths : ndarray, shape (releases,)
        Stated mu of each release.
    flags : ndarray of bool, shape (runs, events)
        Events that a leak would make certain.
    """

    shares: Floats
    strengths: Floats
    flags: np.ndarray

    @property
    def total(self) -> Floats:
        """Most powerful sum of all releases."""
        return self.shares @ self.strengths / np.linalg.norm(self.strengths)


def audited(with_record: bool, runs: int, planned: Plan, *twins: Callable[[], AbstractContextManager[Any]]) -> Seen:
    """Run the learner; ``twins`` are patches that spoil it."""
    frame, answer = table(with_record)
    shares, flags = [], []
    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(private_learner, "plan_fit", return_value=planned))
        for twin in twins:
            stack.enter_context(twin())
        seen = Transcript()
        stack.enter_context(mock.patch.object(private_counts, "_noisy", _tables(private_counts._noisy, seen)))
        stack.enter_context(mock.patch.object(private_learner, "fit_shapes", _fits(private_learner.fit_shapes, seen)))
        stack.enter_context(mock.patch.object(private_fit, "_released", _stages(private_fit._released, seen)))
        for _ in range(runs):
            seen.tables.clear()
            seen.stages.clear()
            fit_private(frame, SPECS, target_of("binary", answer, CLASSES), CLASSES, CHOICES)
            shares.append([*_table_shares(seen), *_stage_shares(seen)])
            flags.append([seen.rows == ROWS + 1, seen.tables[2][0][0][2] > -500.0])
    stages = planned.stages[0]
    strengths = [table.mu for table in planned.account.tables] + [stage.stage.mu for stage in stages]
    return Seen(np.array(shares), np.array(strengths), np.array(flags))


def _tables(real: Any, seen: Transcript) -> Any:
    def spy(counts: Any, touched: int, mu: float, source: Any) -> Any:
        noisy, entry = real(counts, touched, mu, source)
        seen.tables.append((noisy, touched, mu))
        return noisy, entry

    return spy


def _fits(real: Any, seen: Transcript) -> Any:
    def spy(start: Any, *args: Any, **kwargs: Any) -> Any:
        seen.rows = start.count
        return real(start, *args, **kwargs)

    return spy


def _stages(real: Any, seen: Transcript) -> Any:
    def spy(rows: Any, known: Any, design: Any, *args: Any) -> Any:
        solution = real(rows, known, design, *args)
        seen.stages.append((rows, known, design, solution))
        return solution

    return spy


def _table_shares(seen: Transcript) -> list[float]:
    """Noise that the table without the record would need in the record's cell, in stated standard deviations."""
    exact = [[ROWS, 0], [ROWS // 2, ROWS // 2], [ROWS // 2, ROWS // 2, 0]]
    return [
        (float(noisy[0][cell]) - counts[cell]) * mu / touched**0.5
        for (noisy, touched, mu), counts, cell in zip(seen.tables, exact, CELLS, strict=True)
    ]


def _stage_shares(seen: Transcript) -> list[float]:
    """Noise that would have led the table without the record to this solution, along the record's gradient."""
    shares = []
    for rows, known, design, solution in seen.stages:
        codes = [term.codes for term in known.terms]
        pieces = np.split(solution, np.cumsum([block.variance.size for block in design.blocks])[:-1])
        score = rows.centre + known.intercept + float(design.blocks[0].basis[0] @ pieces[0])
        slopes = np.full(ROWS, score)
        for code, shape, block, piece in zip(codes, known.shapes, design.blocks[1:], pieces[1:], strict=True):
            slopes += (shape.mean + block.basis @ piece)[code[:ROWS]]
        short = tuple(code[:ROWS] for code in codes)
        slopes = design.row_weights(short, ROWS) * rows.loss.slope(slopes, np.zeros(ROWS))
        ridge = np.concatenate([block.ridge for block in design.blocks])
        gradient = [design.blocks[0].basis[0] * slopes.sum()]
        gradient += [
            block.basis.T @ np.bincount(code, weights=slopes, minlength=block.weights.size)
            for code, block in zip(short, design.blocks[1:], strict=True)
        ]
        noise = -(np.concatenate(gradient) + ridge * solution)
        precision = np.concatenate([block.precision for block in design.blocks])
        place = [block.basis[_place(index, known)] for index, block in enumerate(design.blocks)]
        towards = np.sqrt(precision) * -np.concatenate(place)  # a positive answer has a negative slope
        shares.append(float(towards @ (np.sqrt(precision) * noise) / np.linalg.norm(towards)))
    return shares


def _place(index: int, known: Any) -> int:
    """The record's bin in a block: level rare is in the last bin of w, x = 1 in the last of x."""
    return 0 if index == 0 else known.terms[index - 1].weights.size - 1


def shift_of(one: Floats, other: Floats) -> tuple[float, float]:
    """Distance of two normal samples in standard deviations, and its standard error."""
    shift = (other.mean() - one.mean()) / np.sqrt((one.var(ddof=1) + other.var(ddof=1)) / 2)
    return float(shift), float(np.sqrt(1 / one.size + 1 / other.size + shift**2 / (4 * one.size)))


def epsilon_of_the_shift(one: Floats, other: Floats, *, sigmas: float) -> float:
    """The epsilon at delta 1e-6 that two normal samples prove, ``sigmas`` standard errors off in our favour."""
    shift, error = shift_of(one, other)
    return gaussian_dp_epsilon(max(shift - sigmas * error, 0.0), 1e-6)


def broken_claims(one: np.ndarray, other: np.ndarray, claim: Callable[[float], float], level: float = 1e-6) -> bool:
    """Whether an event is, with certainty 1 − ``level``, likelier than the claimed curve allows (Clopper–Pearson)."""
    for first, second in ((one, other), (other, one)):
        hits, false_hits, runs = int(first.sum()), int(second.sum()), first.size
        least = stats.beta.ppf(level / 2, hits, runs - hits + 1) if hits else 0.0
        most = stats.beta.ppf(1 - level / 2, false_hits + 1, runs - false_hits) if false_hits < runs else 1.0
        if any(least > np.exp(epsilon) * most + claim(epsilon) for epsilon in (0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0)):
            return True
    return False
