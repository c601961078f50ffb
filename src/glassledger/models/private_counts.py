"""Noisy counts of cells: the first releases of a private fit, on integers from end to end.

Every record lies in one cell of every feature, so a table over K features changes by one in K cells when a record
comes or goes (add-or-remove-one).
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from glassledger.models.private_cells import Codes, Grid
from glassledger.privacy.noise import Source, discrete_gaussian, variance_at_least
from glassledger.privacy.objective_perturbation import LEAST_VARIANCE, Table
from glassledger.records.budget import PrivacyEvent

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class CellCounts:
    """Noisy counts of one feature.

    Attributes
    ----------
    coarse : ndarray
        One per coarse cell, *missing* last where it is allowed.
    coarse_variance : float
    fine : ndarray or None
        One per fine cell, *missing* not among them; zero in coarse cells that were not refined. None: not refined.
    refined : ndarray of bool
        Which coarse cells were refined.
    fine_variance : float
    """

    coarse: Floats
    coarse_variance: float
    fine: Floats | None
    refined: NDArray[np.bool_]
    fine_variance: float


@dataclass(frozen=True)
class CountShares:
    """Bounds on μ of each table: what the account was asked for."""

    label: float
    ordered: float
    fine: float
    nominal: float

    def tables(self, ordered: int, deep: int, nominal: int) -> tuple[Table, ...]:
        """The tables over so many features, for the account."""
        wanted = ((1, self.label), (ordered, self.ordered), (deep, self.fine), (nominal, self.nominal))
        return tuple(table_for(touched, mu) for touched, mu in wanted if touched)


class Ledger(Protocol):
    """Where releases are written down."""

    def append(self, event: PrivacyEvent) -> None: ...


def table_for(touched: int, mu: float) -> Table:
    """The account's entry: at least as dear as any release at this ``mu`` that touches at most so many cells.

    Releases round their variance up to what the sampler represents; the account takes it before that rounding.
    """
    return Table(touched, max(touched / mu**2, LEAST_VARIANCE))


def _variance(touched: int, mu: float) -> tuple[int, int]:
    """σ² for μ."""
    return variance_at_least(max(touched / mu**2, LEAST_VARIANCE))


def shares_of(ordered: int, deep: int, nominal: int, *, mu: float, label: float) -> CountShares:
    """Split μ over the tables that a declaration with so many features of each kind needs."""
    parts = np.array([label, 0.35 * (ordered > 0), 0.45 * (deep > 0), 0.16 * (nominal > 0)])
    return CountShares(*(mu * np.sqrt(parts / parts.sum())).tolist())


def release_label(counts: NDArray[np.int64], mu: float, events: Ledger, source: Source | None) -> tuple[Floats, float]:
    """Noisy counts of the target's cells, and their variance."""
    noisy, table = _noisy([counts], 1, mu, source)
    events.append(_event(table, "counts of the target"))
    return noisy[0], table.variance


def release_counts(
    grids: tuple[Grid, ...],
    codes: tuple[Codes, ...],
    shares: CountShares,
    *,
    bins: int,
    events: Ledger,
    source: Source | None,
) -> tuple[tuple[CellCounts, ...], float]:
    """Noisy counts of all features, and a noisy number of rows.

    Parameters
    ----------
    bins : int
        About how many bins a feature will get; cells with several bins' worth of rows are looked at again.

    Returns
    -------
    (counts, rows)
        Privacy spent: the μ of ``shares``, table by table, each an event.
    """
    exact = [np.bincount(code, minlength=grid.cells + 1) for grid, code in zip(grids, codes, strict=True)]
    first: dict[int, tuple[Floats, float]] = {}
    for ordered, mu, detail in ((True, shares.ordered, "cells of ordered features"), (False, shares.nominal, "levels")):
        members = [index for index, grid in enumerate(grids) if grid.ordered == ordered]
        if members:
            noisy, table = _noisy([_coarse(exact[index], grids[index]) for index in members], len(members), mu, source)
            events.append(_event(table, f"counts of {detail}, {len(members)} features"))
            first |= {index: (values, table.variance) for index, values in zip(members, noisy, strict=True)}
    rows = _rows(list(first.values()))
    wanted = {index: _crowded(*first[index], rows / bins) for index, grid in enumerate(grids) if grid.group > 1}
    wanted = {index: mask for index, mask in wanted.items() if mask.any()}
    fine: dict[int, tuple[Floats, float]] = {}
    if wanted:
        looked = [_masked(exact[index], grids[index], mask) for index, mask in wanted.items()]
        noisy, table = _noisy([counts for counts, _ in looked], len(wanted), shares.fine, source)
        events.append(_event(table, f"counts of fine cells, {len(wanted)} features"))
        for (index, _), (_, places), values in zip(wanted.items(), looked, noisy, strict=True):
            spread = np.zeros(grids[index].cells)
            spread[places] = values
            fine[index] = (spread, table.variance)
    return tuple(
        CellCounts(*first[index], fine[index][0], wanted[index], fine[index][1])
        if index in fine
        else CellCounts(*first[index], None, np.zeros(grid.coarse, dtype=np.bool_), np.inf)
        for index, grid in enumerate(grids)
    ), rows


def _coarse(exact: NDArray[np.intp], grid: Grid) -> NDArray[np.intp]:
    starts = np.arange(0, grid.cells, grid.group)
    coarse = np.add.reduceat(exact[: grid.cells], starts)
    return np.append(coarse, exact[grid.cells]) if grid.spec.missing else coarse


def _masked(exact: NDArray[np.intp], grid: Grid, mask: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Fine counts inside the chosen coarse cells, and where they are."""
    places = np.flatnonzero(np.repeat(mask, grid.group)[: grid.cells])
    return exact[places], places


def _crowded(coarse: Floats, variance: float, target: float) -> NDArray[np.bool_]:
    """Coarse cells worth a second look: none in an even feature, all with rows to speak of in a crowded one."""
    noise = np.sqrt(variance)
    if not (coarse > max(1.5 * target, 4.0 * noise)).any():
        return np.zeros(coarse.size, dtype=np.bool_)
    return np.asarray(coarse > 3.0 * noise)


def _rows(tables: list[tuple[Floats, float]]) -> float:
    """Inverse-variance mean of the features' totals."""
    totals = np.array([values.sum() for values, _ in tables])
    precision = np.array([1.0 / (values.size * variance) for values, variance in tables])
    return float(max(totals @ precision / precision.sum(), 50.0))


def _noisy(
    counts: list[NDArray[np.intp]] | list[NDArray[np.int64]], touched: int, mu: float, source: Source | None
) -> tuple[list[Floats], Table]:
    numerator, denominator = _variance(touched, mu)
    sizes = [values.size for values in counts]
    noise = discrete_gaussian((numerator, denominator), sum(sizes), source=source)
    noisy = (np.concatenate(counts) + noise).astype(np.float64)
    return np.split(noisy, np.cumsum(sizes)[:-1]), Table(touched, numerator / denominator)


def _event(table: Table, detail: str) -> PrivacyEvent:
    return PrivacyEvent(
        mechanism="discrete-gaussian",
        sensitivity=float(np.sqrt(table.touched)),
        noise_scale=float(np.sqrt(table.variance)),
        detail=f"{detail}; mu = {table.mu:.6f}",
    )
