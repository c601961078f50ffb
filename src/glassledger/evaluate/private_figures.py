"""Every figure of a private evaluation, computed from its noisy tables and nothing else.

The same functions as for exact figures are used, with estimated counts as weights of score cells instead of rows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from glassledger.evaluate import questions as ask
from glassledger.evaluate.denoise import Drawn, Estimate, drawn, estimates
from glassledger.evaluate.performance import binary_statistic, regression_statistic, why_none
from glassledger.evaluate.private_tables import grid_for, spread_of, target_bounds
from glassledger.evaluate.score_bins import Spread
from glassledger.evaluate.weighted import mean, ratio
from glassledger.policy import Policy
from glassledger.records.evaluation import Confusion, CurvePoint, Figure
from glassledger.records.release import EvidenceTables, NoisyTable

Floats = NDArray[np.float64]

_POINTS = 10
_DECILES = np.arange(1, 11) / 10.0
_NO_INTERVAL = "no interval: too few units, or too few rows of one kind"


@dataclass(frozen=True, eq=False)
class Counts:
    """The tables of one evaluation, estimated and drawn.

    Attributes
    ----------
    released : EvidenceTables
    policy : Policy
    """

    released: EvidenceTables
    policy: Policy

    @cached_property
    def spread(self) -> Spread:
        """How rows lie within the score bins."""
        return spread_of(self.released.tables, grid_for(self.policy), np.asarray(self.released.edges))

    def table(self, name: str) -> NoisyTable:
        """A released table by name."""
        return next(table for table in self.released.tables if table.name == name)

    def drawn(self, name: str, *, keep: int | None = 0) -> Drawn:
        """A table estimated, with its draws; ``keep`` as in :func:`glassledger.evaluate.denoise.drawn`."""
        rules = self.policy.document.evaluation
        return drawn(self.table(name), keep=keep, draws=rules.bootstrap, seed=self.released.digest)

    def fine(self, name: str) -> Drawn:
        """A score-by-outcome table with its rows spread within the bins."""
        found = self.drawn(name)
        return Drawn(self.spread.out(found.point), self.spread.out(found.sampling), self.spread.out(found.noise))


def figure(name: str, found: Estimate, note: str = "") -> Figure:
    """A figure of a record, with both intervals apart and together."""
    if found.value is None:
        return Figure(name=name, value=None, note=note or why_none(name))
    lower, upper = found.both
    missing = _NO_INTERVAL if lower is None else ""
    return Figure(
        name=name,
        value=found.value,
        lower=lower,
        upper=upper,
        sampling=found.sampling,
        noise=found.noise,
        note=note or missing,
    )


def binary(counts: Counts) -> tuple[Figure, ...]:
    """Ranking, calibration and, with a threshold, yes/no figures."""
    rule, spread = counts.policy.document.decision, counts.spread
    scores, positive = np.tile(spread.scores, 2), np.repeat([False, True], len(spread.scores))
    reached = None if rule is None else scores >= rule.threshold
    found = estimates(binary_statistic(positive, scores, reached), counts.fine(ask.SCORES))
    return tuple(figure(name, value) for name, value in found.items())


def multiclass(counts: Counts, classes: tuple[str, ...]) -> tuple[Figure, ...]:
    """Accuracy, log loss and mean one-versus-rest AUROC; the last two from one table per class."""
    confusion, size = counts.drawn(ask.CLASSES, keep=None), len(classes)
    right = np.eye(size).ravel()
    found = {"accuracy": estimates(lambda w: {"accuracy": mean(w, right)}, confusion)["accuracy"]}
    tables = [counts.fine(f"{ask.SCORES}: {name}") for name in classes]
    cells = len(counts.spread.scores)
    scores, positive = np.tile(counts.spread.scores, 2), np.repeat([False, True], cells)
    single = binary_statistic(positive, scores, None)
    surprise = -np.log(np.clip(counts.spread.scores, 1e-12, 1.0))

    def together(weights: Floats) -> Mapping[str, Floats]:
        parts = np.split(weights, size, axis=1)
        with np.errstate(invalid="ignore"):
            area = np.nanmean([single(part)["auroc"] for part in parts], axis=0)
        hits = sum(part[:, cells:] @ surprise for part in parts)
        rows = sum(part[:, cells:].sum(axis=1) for part in parts)
        return {"log_loss": ratio(np.asarray(hits), np.asarray(rows)), "macro_auroc": area}

    joined = Drawn(
        np.concatenate([table.point for table in tables], axis=1),
        np.concatenate([table.sampling for table in tables], axis=1),
        np.concatenate([table.noise for table in tables], axis=1),
    )
    found |= estimates(together, joined)
    return tuple(figure(name, value) for name, value in found.items())


def regression(counts: Counts) -> tuple[Figure, ...]:
    """Root mean squared error, mean absolute error and R², from cells of prediction and error."""
    predicted, errors = error_cells(counts)
    found = estimates(regression_statistic(predicted - errors, predicted), counts.drawn(ask.ERRORS, keep=None))
    return tuple(figure(name, value) for name, value in found.items())


def error_cells(counts: Counts) -> tuple[Floats, Floats]:
    """Prediction and error that stand for each cell of the table of errors."""
    lower, upper = target_bounds(counts.policy)
    middles, means = ask.error_middles(upper - lower), counts.spread.means()
    return np.repeat(means, len(middles)), np.tile(middles, len(means))


def calibration(counts: Counts) -> tuple[CurvePoint, ...]:
    """Mean score against outcome in up to ten runs of neighbouring bins, each with enough rows to say something."""
    means = counts.spread.means()
    if counts.policy.document.model.task == "regression":
        table = counts.drawn(ask.ERRORS, keep=None)
        predicted, errors = error_cells(counts)
        bins = np.repeat(np.arange(len(means)), len(errors) // len(means))
        outcome, name = predicted - errors, "outcome"
    else:
        table, name = counts.drawn(ask.SCORES), "rate"
        bins, outcome = np.tile(np.arange(len(means)), 2), np.repeat([0.0, 1.0], len(means))
    per_bin = np.asarray(np.bincount(bins, weights=table.point[0], minlength=len(means)), dtype=np.float64)
    least = max(counts.policy.document.evaluation.min_group, float(per_bin.sum()) / _POINTS / 2)
    points = [
        _point(table, np.flatnonzero(np.isin(bins, run)), bins, means, outcome, name) for run in _runs(per_bin, least)
    ]
    return tuple(point for point in points if point is not None)


def _runs(sizes: Floats, least: float) -> Iterable[list[int]]:
    """Neighbouring bins joined until each run has ``least`` rows; a poor rest joins the last run."""
    runs: list[list[int]] = []
    run: list[int] = []
    for index in range(len(sizes)):
        run.append(index)
        if sizes[run].sum() >= least:
            runs.append(run)
            run = []
    if run and runs:
        runs[-1] += run
    return runs


def _point(
    table: Drawn, cells: NDArray[np.intp], bins: NDArray[np.intp], means: Floats, outcome: Floats, name: str
) -> CurvePoint | None:
    part = table.take(cells)
    rows = float(part.point.sum())
    found = estimates(lambda w: {name: ratio(w @ outcome[cells], w.sum(axis=1))}, part)[name]
    if found.value is None or rows <= 0:
        return None
    x = float(part.point[0] @ means[bins[cells]] / rows)
    return CurvePoint(x=x, y=found.value, count=round(rows), sampling=found.sampling, noise=found.noise)


def gains(counts: Counts) -> tuple[CurvePoint, ...]:
    """Share of all positives in the best 10 %, 20 %, … of the rows."""
    size = len(counts.spread.scores)

    def statistic(weights: Floats) -> Mapping[str, Floats]:
        cube = weights.reshape(len(weights), 2, size)[:, :, ::-1]
        start = np.zeros((len(weights), 1))
        contacted = np.concatenate([start, cube.sum(axis=1).cumsum(axis=1)], axis=1)
        found = np.concatenate([start, cube[:, 1].cumsum(axis=1)], axis=1)
        rows = [
            np.interp(_DECILES, c / c[-1], f / f[-1]) if c[-1] > 0 and f[-1] > 0 else np.full(len(_DECILES), np.nan)
            for c, f in zip(contacted, found, strict=True)
        ]
        return {f"{share:.1f}": column for share, column in zip(_DECILES, np.asarray(rows).T, strict=True)}

    table = counts.fine(ask.SCORES)
    total = float(table.point.sum())
    return tuple(
        CurvePoint(
            x=float(share), y=one.value, count=round(float(share) * total), sampling=one.sampling, noise=one.noise
        )
        for share, one in zip(_DECILES, estimates(statistic, table).values(), strict=True)
        if one.value is not None
    )


def confusions(counts: Counts) -> tuple[Confusion, ...]:
    """Counts at every threshold that is an edge of the score bins, lowest first."""
    table = counts.drawn(ask.SCORES)
    negative, positive = np.split(table.point[0], 2)
    margin = float(norm.ppf(0.975) * np.sqrt(2.0) * counts.table(ask.SCORES).scale)
    bins = len(negative)
    return tuple(
        Confusion(
            threshold=edge,
            true_positive=round(float(positive[index + 1 :].sum())),
            false_positive=round(float(negative[index + 1 :].sum())),
            true_negative=round(float(negative[: index + 1].sum())),
            false_negative=round(float(positive[: index + 1].sum())),
            margin=round(margin * np.sqrt(max(index + 1, bins - index - 1))),
        )
        for index, edge in enumerate(counts.released.edges)
    )


def class_confusion(counts: Counts, size: int) -> tuple[tuple[int, ...], ...]:
    """Actual by predicted class."""
    table = counts.drawn(ask.CLASSES, keep=None).point[0].reshape(size, size)
    return tuple(tuple(round(float(value)) for value in row) for row in table)


def size_and_rate(counts: Counts) -> tuple[int, float | None]:
    """Noisy rows of the holdout, and the share of the scored class among them."""
    task = counts.policy.document.model.task
    name = {"binary": ask.SCORES, "multiclass": ask.CLASSES, "regression": ask.ERRORS}[task]
    table = counts.drawn(name, keep=0 if task == "binary" else None).point[0]
    total = float(table.sum())
    if task != "binary" or total <= 0:
        return round(total), None
    return round(total), float(table[len(table) // 2 :].sum()) / total


def _multiclass(counts: Counts) -> tuple[Figure, ...]:
    return multiclass(counts, counts.policy.classes)


#: The figures of each task.
FOR_TASK = MappingProxyType({"binary": binary, "multiclass": _multiclass, "regression": regression})
