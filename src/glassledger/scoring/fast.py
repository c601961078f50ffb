"""The compiled kernel: a plan laid out flat for the loops in :mod:`glassledger.scoring.fast_loops`.

Compiled on first use and cached on disk, by Numba; only :mod:`glassledger.scoring.kernel` imports this, when asked.
"""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from glassledger.scoring.columns import dictionary_codes, level_codes
from glassledger.scoring.fast_loops import Flat, Levels, code_numbers, code_texts, fill_slots, score_block
from glassledger.scoring.kernel_numpy import Column, Found, Grid
from glassledger.scoring.plan import Coding, Floats, Plan, PolynomialPlan

_BLOCK = 4_096
_TRIES = 200
_MOST_BITS = 21
_MOST_CODES = 65_535


class LevelTable:
    """The declared levels of one feature as a perfect hash table over their UTF-8 bytes.

    Raises
    ------
    ValueError
        When none is found: there are very many levels, or they agree in length, first and last eight bytes.
    """

    def __init__(self, levels: tuple[str, ...]) -> None:
        texts = [level.encode() for level in levels]
        if len({(len(text), text[:8], text[-8:]) for text in texts}) < len(texts):
            raise ValueError("levels that differ in the middle only")
        self.data = np.frombuffer(b"".join(texts) + bytes(8), dtype=np.uint8)
        self.offsets = np.concatenate([[0], np.cumsum([len(text) for text in texts])]).astype(np.int64)
        random = np.random.default_rng(0)  # the table is the same in every run
        for bits in range(max(3, (2 * len(levels)).bit_length()), _MOST_BITS):
            self.slots = np.empty(1 << bits, dtype=np.int32)
            self.ends = np.zeros((2, 1 << bits), dtype=np.uint64)
            self.shift = np.uint64(64 - bits)
            for _ in range(_TRIES):
                self.factor = np.uint64(2 * int(random.integers(2**62)) + 1)
                if fill_slots(self.data, self.offsets, self.factor, self.shift, self.slots, *self.ends):
                    return
        raise ValueError("no perfect hash")

    def codes(self, texts: Any, coding: Coding) -> NDArray[np.uint16]:
        """Codes of Arrow text."""
        out = np.empty(len(texts), dtype=np.uint16)
        if not len(texts):
            return out
        validity, offsets, data = texts.buffers()
        kind = np.dtype(np.int64 if pa.types.is_large_string(texts.type) else np.int32)
        ends = np.frombuffer(offsets, dtype=kind, count=len(texts) + 1, offset=texts.offset * kind.itemsize)
        heads, tails = self.ends
        levels = Levels(
            self.data, self.offsets, self.factor, self.shift, self.slots, heads, tails, coding.unseen, coding.missing
        )
        valid = _bytes(validity if texts.null_count else None)
        code_texts(ends, _bytes(data), valid, texts.offset, levels, out)
        return out


def _bytes(buffer: Any) -> NDArray[np.uint8]:
    return np.zeros(0, dtype=np.uint8) if buffer is None else np.frombuffer(buffer, dtype=np.uint8)


class FastKernel:
    """An additive plan with one output made ready for Numba."""

    name = "fast"

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._levels = {coding.name: _table_of(coding) for coding in plan.codings if coding.nominal}
        self._grids = [Grid(coding.cuts) if coding.coded and not coding.nominal else None for coding in plan.codings]
        self._flat = flatten(plan)
        self._curved = any(coding.raw for coding in plan.codings)

    def codes(self, texts: Any, coding: Coding) -> NDArray[Any]:
        """Codes of a nominal feature from Arrow text or a dictionary of texts."""
        if pa.types.is_dictionary(texts.type):
            by_entry = np.asarray(self.codes(texts.dictionary, coding), dtype=np.int32)
            return dictionary_codes(texts, by_entry, coding)
        table = self._levels[coding.name]
        return level_codes(texts, coding) if table is None else table.codes(texts, coding)

    def run(self, columns: list[Column], *, count: int, amounts: bool, contributions: bool) -> Found:
        """As :meth:`glassledger.scoring.kernel_numpy.NumpyKernel.run`."""
        plan, rows = self._plan, len(columns[0])
        links = np.empty((1, rows))
        picked = np.empty((count, rows), dtype=np.int16)
        pushes = np.empty((count if amounts else 0, rows))
        shown = np.empty((len(plan.terms) if contributions else 0, 1, rows))
        codes = np.zeros((len(columns), _BLOCK), dtype=np.uint16)
        raw = np.zeros((len(columns) if self._curved else 0, _BLOCK))
        for start in range(0, rows, _BLOCK):
            block = slice(start, min(start + _BLOCK, rows))
            self._encode([column[block] for column in columns], codes, raw)
            score_block(codes, raw, self._flat, links[0, block], picked[:, block], pushes[:, block],
                         shown[:, 0, block])  # fmt: skip
        return Found(links, None, picked, pushes if amounts else None, shown if contributions else None)

    def _encode(self, block: list[Column], codes: NDArray[np.uint16], raw: Floats) -> None:
        size = len(block[0])
        for place, (coding, grid, column) in enumerate(zip(self._plan.codings, self._grids, block, strict=True)):
            if grid is not None:
                values = np.ascontiguousarray(column, dtype=np.float64)
                grid_codes(values, grid, codes[place, :size])
            elif coding.coded:
                codes[place, :size] = column
            if coding.raw:
                raw[place, :size] = column


def grid_codes(values: Floats, grid: Grid, out: NDArray[np.uint16]) -> None:
    """Codes of a continuous feature."""
    code_numbers(values, grid.padded, grid.starts, grid.low, grid.high, grid.scale, grid.steps, out)


def _table_of(coding: Coding) -> LevelTable | None:
    try:
        return LevelTable(coding.levels)
    except ValueError:
        return None  # Arrow looks the levels up


def supported(plan: Plan) -> bool:
    """Whether the compiled loop can run this plan: additive, one output, bounded, codes of 16 bits."""
    return plan.packed and plan.outputs == 1 and all(coding.size <= _MOST_CODES for coding in plan.codings)


def flatten(plan: Plan) -> Flat:
    """Tables end to end, and where each begins."""
    lookups, values, grains = _Pool(np.uint32), _Pool(np.float64), _Pool(np.int64)
    terms = np.zeros((len(plan.terms), 6), dtype=np.int64)
    curves = np.zeros((len(plan.terms), 8))
    parts: list[list[tuple[int, int]]] = [[] for _ in plan.codings]
    for place, term in enumerate(plan.terms):
        if isinstance(term, PolynomialPlan):
            terms[place] = (3, term.feature, 0, 0, 0, 0)
            curves[place] = _curve_row(term)
            parts[term.feature].append((place, 0))
            continue
        at = values.put(term.values[0])
        if len(term.features) == 1:
            terms[place] = (1, term.features[0], 0, 0, 0, at)
        else:
            terms[place] = (2, *term.features, *(lookups.put(lookup) for lookup in term.lookups), at)
        for part in term.parts:
            parts[part.feature].append((place, grains.put(part.grains[0])))
    starts = np.concatenate([[0], np.cumsum([len(mine) for mine in parts])]).astype(np.int64)
    listed = np.asarray([one for mine in parts for one in mine], dtype=np.int64).reshape(-1, 2)
    return Flat(
        intercept=float(plan.card["intercept"][0]),
        grain=plan.grain,
        terms=terms,
        lookups=lookups.all(),
        values=values.all(),
        curves=curves,
        parts=listed,
        part_starts=starts,
        grains=grains.all(),
        ranked=np.asarray(plan.eligible, dtype=np.int64),
        shift=plan.shift.astype(np.int64),
        direction={"raises": 1, "lowers": -1, None: 0}[plan.direction],
        bits=plan.code_bits,
    )


def _curve_row(term: PolynomialPlan) -> tuple[float, ...]:
    assert term.lower is not None  # packed plans are bounded
    assert term.upper is not None
    ends = (term.center, term.lower, term.upper)
    return (*ends, term.slope[0], term.curve[0], term.missing[0], term.base[0], term.degree)


class _Pool:
    """Arrays end to end."""

    def __init__(self, kind: Any) -> None:
        self._kind, self._parts, self._size = kind, [np.zeros(1, dtype=kind)], 1

    def put(self, values: NDArray[Any]) -> int:
        """Where the values begin."""
        at = self._size
        self._parts.append(values.astype(self._kind))
        self._size += len(values)
        return at

    def all(self) -> NDArray[Any]:
        return np.concatenate(self._parts)
