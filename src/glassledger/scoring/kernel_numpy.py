"""The NumPy kernel: tiles of rows, so that codes and partial sums stay in the cache.

It gives what the row scorer gives: scores are float64 sums in term order; reasons are compared in whole grains.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassledger.scoring.columns import level_codes
from glassledger.scoring.plan import Coding, Floats, Plan, PolynomialPlan, TablePlan

Codes = NDArray[np.intp]
Column = NDArray[np.float64] | NDArray[np.int32]  # values of a continuous feature, codes of a nominal one
Moved = dict[int, NDArray[Any]]  # deviation of each feature in grains

TILE = 8_192
_MOST_STEPS = 6  # cuts in one cell of the grid, beyond which a binary search is quicker


@dataclass(frozen=True, eq=False)
class Found:
    """What a kernel found in a block of rows.

    Attributes
    ----------
    links : ndarray, shape (outputs, rows)
        Sum of the terms.
    explained : ndarray of int, shape (rows,), or None
        The predicted class, where there are several outputs.
    picked : ndarray of int16, shape (count, rows)
        Twice the feature's place, plus one where it raises the score; −1 where there is no reason.
    pushes : ndarray, shape (count, rows), or None
        Size of each reason in grains.
    contributions : ndarray, shape (terms, outputs, rows), or None
    """

    links: Floats
    explained: Codes | None
    picked: NDArray[np.int16]
    pushes: Floats | None
    contributions: Floats | None


class Grid:
    """Counts the cuts at or below a value in a few passes over a tile.

    A uniform grid says between which cuts to look: rounding is monotone, so a cut in a lower cell is not above the
    value. Where one cell holds many cuts, a binary search does it.
    """

    def __init__(self, cuts: Floats) -> None:
        self.cuts = cuts
        self.low = float(cuts[0]) if len(cuts) else 0.0
        self.high = float(cuts[-1]) if len(cuts) else 0.0
        self.cells = 1 << max(3, (4 * len(cuts)).bit_length())
        with np.errstate(over="ignore", divide="ignore"):
            self.scale = float(self.cells / np.float64(self.high - self.low)) if len(cuts) > 1 else 0.0
        if not np.isfinite(self.scale) or not np.isfinite(self.high - self.low):
            self.scale = 0.0
        places = self.places(cuts)
        counts = np.bincount(places, minlength=self.cells + 1)
        self.starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)  # cuts in lower cells
        self.steps = int(counts.max(initial=0))
        self.padded = np.append(cuts, np.nan)  # NaN: never at or below

    def places(self, values: Floats) -> NDArray[np.int64]:
        """Cell of every value; values must not be NaN."""
        if self.scale == 0.0:
            return np.zeros(len(values), dtype=np.int64)
        near = np.clip(values, self.low, self.high)
        return ((near - self.low) * self.scale).astype(np.int64)

    def codes(self, values: Floats) -> Codes:
        """1 + the number of cuts at or below; 0 for NaN."""
        gone = np.isnan(values)
        if self.steps > _MOST_STEPS:
            found = np.searchsorted(self.cuts, values, side="right")
        else:
            known = np.where(gone, self.low, values)
            found = self.starts.take(self.places(known)).astype(np.intp)
            for _ in range(self.steps):
                found += self.padded.take(found) <= known
        found += 1
        found[gone] = 0
        return np.asarray(found, dtype=np.intp)


class NumpyKernel:
    """A plan made ready for NumPy."""

    name = "numpy"

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._grids = [Grid(coding.cuts) if coding.coded and not coding.nominal else None for coding in plan.codings]
        kind = np.int64 if plan.packed else np.float64
        self._grains = [
            [part.grains.astype(kind) for part in term.parts] if isinstance(term, TablePlan) else []
            for term in plan.terms
        ]
        self._shift = plan.shift.astype(kind)

    def codes(self, texts: Any, coding: Coding) -> NDArray[Any]:
        """Codes of a nominal feature from Arrow text or a dictionary of texts."""
        return level_codes(texts, coding)

    def run(self, columns: list[Column], *, count: int, amounts: bool, contributions: bool) -> Found:
        """Scores and the ``count`` strongest reasons of a block of rows.

        Parameters
        ----------
        columns : list of ndarray
            Values of each continuous feature (float64), codes of each nominal one (int32), in the model's order.
        """
        plan, rows = self._plan, len(columns[0])
        links = np.empty((plan.outputs, rows))
        explained = np.zeros(rows, dtype=np.intp) if plan.outputs > 1 else None
        picked = np.full((count, rows), -1, dtype=np.int16)
        pushes = np.zeros((count, rows))
        shown = np.empty((len(plan.terms), plan.outputs, rows)) if contributions else None
        for start in range(0, rows, TILE):
            tile = slice(start, min(start + TILE, rows))
            block = [column[tile] for column in columns]
            met = self._meet(block)
            self._links(met, block, links[:, tile], None if shown is None else shown[:, :, tile])
            best = links[:, tile].argmax(axis=0) if explained is not None else None
            if explained is not None and best is not None:
                explained[tile] = best
            if count:
                rank(self._deviations(met, block, best), plan, picked[:, tile], pushes[:, tile])
        return Found(links, explained, picked, pushes if amounts else None, shown)

    def _meet(self, block: list[Column]) -> list[Codes]:
        """Cell of every row in every table term; empty for polynomials."""
        coded = zip(self._plan.codings, self._grids, block, strict=True)
        codes = [self._codes(coding, grid, column) for coding, grid, column in coded]
        out = []
        for term in self._plan.terms:
            if isinstance(term, PolynomialPlan):
                out.append(np.zeros(0, dtype=np.intp))
            elif len(term.features) == 1:
                out.append(codes[term.features[0]])
            else:
                first, second = term.features
                cells = term.lookups[0].take(codes[first])
                cells += term.lookups[1].take(codes[second])
                out.append(cells.astype(np.intp))
        return out

    @staticmethod
    def _codes(coding: Coding, grid: Grid | None, column: Column) -> Codes:
        if grid is not None:
            return grid.codes(np.asarray(column, dtype=np.float64))
        return column.astype(np.intp) if coding.coded else np.zeros(0, dtype=np.intp)

    def _links(self, met: list[Codes], block: list[Column], links: Floats, shown: Floats | None) -> None:
        plan = self._plan
        for output in range(plan.outputs):
            total = np.full(links.shape[1], plan.card["intercept"][output])
            for place, (term, cells) in enumerate(zip(plan.terms, met, strict=True)):
                if isinstance(term, TablePlan):
                    value = term.values[output].take(cells)
                else:
                    value = term.values(np.asarray(block[term.feature], dtype=np.float64), output)
                total += value
                if shown is not None:
                    shown[place, output] = value
            links[output] = total

    def _deviations(self, met: list[Codes], block: list[Column], best: Codes | None) -> Moved:
        """Deviation of every eligible feature in grains, towards the explained output."""
        plan = self._plan
        rows = len(block[0])
        out: Moved = {}
        good = set(plan.eligible)
        for term, cells, tables in zip(plan.terms, met, self._grains, strict=True):
            if isinstance(term, PolynomialPlan):
                if term.feature in good:
                    self._add(out, term.feature, self._curved(term, block, best, rows))
                continue
            for part, table in zip(term.parts, tables, strict=True):
                if part.feature in good:
                    self._add(out, part.feature, table[0].take(cells) if best is None else table[best, cells])
        for feature, moved in out.items():
            if self._shift[feature]:
                moved -= self._shift[feature]
        return out

    @staticmethod
    def _add(
        out: Moved,
        feature: int,
        value: NDArray[Any],
    ) -> None:
        if feature in out:
            out[feature] += value
        else:
            out[feature] = value

    def _curved(
        self,
        term: PolynomialPlan,
        block: list[Column],
        best: Codes | None,
        rows: int,
    ) -> NDArray[Any]:
        plan = self._plan
        column = np.asarray(block[term.feature], dtype=np.float64)
        values = np.stack([term.values(column, output) for output in range(plan.outputs)])
        level = np.zeros(rows)
        if plan.card["link"] == "softmax":
            for one in values:  # in the row scorer's order
                level = level + one
            level = level / plan.outputs
        chosen = values[0] if best is None else values[best, np.arange(rows)]
        base = term.base[0] if best is None else term.base[best]
        found = np.rint((chosen - level - base) / plan.grain)
        return found.astype(np.int64) if plan.packed else found


def rank(moved: Moved, plan: Plan, picked: NDArray[np.int16], pushes: Floats) -> None:
    """Fill ``picked`` and ``pushes`` with the strongest; ties go to the feature that stands first in the model."""
    if plan.packed:
        _rank_packed(moved, plan, picked, pushes)
    else:
        _rank_floats(moved, plan, picked, pushes)


def _rank_packed(moved: Moved, plan: Plan, picked: NDArray[np.int16], pushes: Floats) -> None:
    """Push and code in one whole number, so that a rank costs one maximum and one minimum."""
    most = (1 << plan.code_bits) - 1
    best = np.zeros((len(picked), picked.shape[1]), dtype=np.int64)
    spare = np.empty(picked.shape[1], dtype=np.int64)
    for feature in sorted(moved):
        key = np.asarray(moved[feature], dtype=np.int64)
        if plan.direction is None:
            raises = key > 0
            key = np.abs(key)
            key <<= plan.code_bits
            key |= most - 2 * feature
            key -= raises
        else:
            if plan.direction == "lowers":
                np.negative(key, out=key)
            key <<= plan.code_bits
            key |= most - 2 * feature - (plan.direction == "raises")
        for place in range(len(best)):
            if place + 1 < len(best):
                np.minimum(best[place], key, out=spare)
                np.maximum(best[place], key, out=best[place])
                key, spare = spare, key
            else:
                np.maximum(best[place], key, out=best[place])
    sizes = best >> plan.code_bits
    pushes[:] = sizes
    codes = (most - (best & most)).astype(np.int16)
    picked[:] = np.where(sizes > 0, codes, np.int16(-1))


def _rank_floats(moved: Moved, plan: Plan, picked: NDArray[np.int16], pushes: Floats) -> None:
    """The same where deviations may be infinite; what is not a number is no reason."""
    for feature in sorted(moved):
        found = np.asarray(moved[feature], dtype=np.float64)
        push = {"lowers": np.negative, "raises": np.positive, None: np.abs}[plan.direction](found)
        push = np.where(push > 0.0, push, 0.0)
        code = (2 * feature + (found > 0.0)).astype(np.int16)
        for place in range(len(picked) - 1, -1, -1):
            stronger = push > pushes[place]
            if place + 1 < len(picked):
                picked[place + 1][stronger] = picked[place][stronger]
                pushes[place + 1][stronger] = pushes[place][stronger]
            picked[place][stronger] = code[stronger]
            pushes[place][stronger] = push[stronger]
