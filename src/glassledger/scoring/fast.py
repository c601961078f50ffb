"""The compiled kernel: the plan's loops in Numba, compiled on first use and cached on disk.

Numba's one door. Importing this module imports Numba, so only :mod:`glassledger.scoring.kernel` does, when asked.
Text is read where Arrow holds it: length, first and last eight bytes pick a slot of a small perfect hash table, and
every byte is compared before a level is believed. Sums are float64 in term order, without fused steps, so that scores
are the other engines' scores.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic
from numpy.typing import NDArray

from glassledger.scoring.columns import dictionary_codes, level_codes
from glassledger.scoring.kernel_numpy import Column, Found, Grid
from glassledger.scoring.plan import Coding, Floats, Plan, PolynomialPlan

_TILE = 512
_BLOCK = 4_096
_TRIES = 200
_MOST_BITS = 21
_MOST_CODES = 65_535


@intrinsic
def _load8(typing_context: Any, data: Any, place: Any) -> Any:
    """Eight bytes of a byte array from any place, as one unsigned number."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        start = builder.gep(array.data, [arguments[1]])
        return builder.load(builder.bitcast(start, ir.IntType(64).as_pointer()), align=1)

    return types.uint64(data, types.int64), build


@njit(cache=True, nogil=True)
def _ends(data: Any, start: int, length: int, limit: int) -> Any:
    """First and last (up to) eight bytes of a text as two numbers."""
    if length >= 8:
        return _load8(data, np.int64(start)), _load8(data, np.int64(start + length - 8))
    if length == 0:
        return np.uint64(0), np.uint64(0)
    if start + 8 <= limit:
        head = _load8(data, np.int64(start)) & ((np.uint64(1) << np.uint64(8 * length)) - np.uint64(1))
        return head, np.uint64(0)
    head = np.uint64(0)
    for place in range(length):
        head |= np.uint64(data[start + place]) << np.uint64(8 * place)
    return head, np.uint64(0)


@njit(cache=True, nogil=True)
def _slot(head: Any, tail: Any, length: int, factor: Any, shift: Any) -> Any:
    mixed = (head ^ (tail * np.uint64(0x9E3779B97F4A7C15)) ^ np.uint64(length)) * factor
    return np.int64(mixed >> shift)


@njit(cache=True, nogil=True)
def _fill_slots(data: Any, offsets: Any, factor: Any, shift: Any, slots: Any, heads: Any, tails: Any) -> bool:
    """Put every level into its slot; False when two meet."""
    slots[:] = -1
    for level in range(len(offsets) - 1):
        length = offsets[level + 1] - offsets[level]
        head, tail = _ends(data, offsets[level], length, len(data))
        place = _slot(head, tail, length, factor, shift)
        if slots[place] >= 0:
            return False
        slots[place] = level
        heads[place], tails[place] = head, tail
    return True


@njit(cache=True, nogil=True)
def _code_texts(
    offsets: Any, data: Any, valid: Any, first: int, known: Any, known_offsets: Any, factor: Any, shift: Any,
    slots: Any, heads: Any, tails: Any, unseen: int, missing: int, out: Any,
) -> None:  # fmt: skip
    """Codes of Arrow text; ``first`` is the array's offset into its validity bits."""
    limit = np.int64(len(data))
    start: Any = np.int64(offsets[0])
    for row in range(len(out)):
        end = np.int64(offsets[row + 1])
        length = end - start
        if length < 8 and start + 8 <= limit:
            head = _load8(data, start) & ((np.uint64(1) << np.uint64(8 * length)) - np.uint64(1))
            tail = np.uint64(0)
        else:
            head, tail = _ends(data, start, length, limit)
        place = _slot(head, tail, length, factor, shift)
        level = slots[place]
        code = unseen
        if level >= 0 and head == heads[place] and tail == tails[place]:
            base = known_offsets[level]
            same = known_offsets[level + 1] - base == length
            for between in range(8, length - 8):
                same = same and data[start + between] == known[base + between]
            if same:
                code = int(level)
        out[row] = code
        start = end
    if len(valid):
        for row in range(len(out)):
            if not (valid[(first + row) >> 3] >> ((first + row) & 7)) & 1:
                out[row] = missing


@njit(cache=True, nogil=True)
def _code_numbers(
    values: Any, padded: Any, starts: Any, low: float, high: float, scale: float, steps: int, out: Any
) -> None:  # fmt: skip
    """1 + the number of cuts at or below; 0 for NaN. ``padded`` are the cuts and a NaN; see :class:`Grid`."""
    for row in range(len(values)):
        value = values[row]
        near = min(max(value, low), high)
        cell = np.int64((near - low) * scale) if value == value and scale > 0.0 else np.int64(0)
        left = np.int64(starts[cell])
        if steps <= 3:
            left += np.int64(padded[left] <= value)
            if steps > 1:
                left += np.int64(padded[left] <= value)
            if steps > 2:
                left += np.int64(padded[left] <= value)
        else:
            right = np.int64(starts[cell + 1])
            while left < right:
                middle = (left + right) >> 1
                if padded[middle] <= value:
                    left = middle + 1
                else:
                    right = middle
        out[row] = left + 1 if value == value else 0


@njit(cache=True, nogil=True)
def _score_block(
    codes: Any, raw: Any, intercept: float, grain: float, terms: Any, lookups: Any, values: Any, curves: Any,
    parts: Any, part_starts: Any, grains: Any, ranked: Any, shift: Any, direction: int, bits: int,
    links: Any, picked: Any, pushes: Any, shown: Any,
) -> None:  # fmt: skip
    """Links, the strongest reasons and (where asked) contributions of a block, tile by tile.

    ``terms`` holds, per term: kind (1 one feature, 2 a pair, 3 a polynomial), first and second feature, where their
    lookups and values begin. ``parts`` holds, per feature, the terms that move it and where their grains begin.
    """
    cells = np.empty((terms.shape[0], _TILE), dtype=np.uint32)
    moves = np.empty((terms.shape[0], _TILE), dtype=np.int64)
    best = np.empty((picked.shape[0], _TILE), dtype=np.int64)
    keys = np.empty(_TILE, dtype=np.int64)
    for begin in range(0, links.shape[0], _TILE):
        end = min(begin + _TILE, links.shape[0])
        links[begin:end] = intercept
        for term in range(terms.shape[0]):
            if terms[term, 0] == 3:
                _curve(raw[terms[term, 1], begin:end], curves[term], grain, links[begin:end], moves[term],
                       shown[term : term + 1, begin:end])  # fmt: skip
            else:
                _meet(codes[terms[term, 1], begin:end], codes[terms[term, 2], begin:end], terms[term], lookups,
                      cells[term])  # fmt: skip
                _add(values[terms[term, 5] :], cells[term], links[begin:end], shown[term : term + 1, begin:end])
        if picked.shape[0]:
            best[:] = 0
            for feature in ranked:
                mine = parts[part_starts[feature] : part_starts[feature + 1]]
                if len(mine):
                    keys[: end - begin] = -shift[feature]
                    _sum(mine, terms, cells, moves, grains, keys[: end - begin])
                    _pack(keys[: end - begin], feature, direction, bits)
                    _rank(keys[: end - begin], best)
            _unpack(best, bits, picked[:, begin:end], pushes[:, begin:end])


@njit(cache=True, nogil=True)
def _meet(first: Any, second: Any, term: Any, lookups: Any, cells: Any) -> None:
    """Cell of every row in one table."""
    if term[0] == 1:
        for row in range(len(first)):
            cells[row] = first[row]
        return
    one, two = lookups[term[3] :], lookups[term[4] :]
    for row in range(len(first)):
        cells[row] = one[first[row]] + two[second[row]]


@njit(cache=True, nogil=True)
def _add(values: Any, cells: Any, links: Any, shown: Any) -> None:
    for row in range(len(links)):
        links[row] += values[cells[row]]
    if shown.shape[0]:
        for row in range(len(links)):
            shown[0, row] = values[cells[row]]


@njit(cache=True, nogil=True)
def _curve(raw: Any, curve: Any, grain: float, links: Any, moves: Any, shown: Any) -> None:
    """A polynomial: contributions, and deviations in grains; the row scorer's very steps."""
    center, low, high, slope, square, absent, base, degree = curve
    for row in range(len(links)):
        value = raw[row]
        gone = value != value
        value = min(max(value, low), high) - center
        found = value * slope
        if degree == 2:
            found = found + value * value * square
        found = absent if gone else found
        links[row] += found
        moves[row] = np.int64(np.rint((found - base) / grain))
        if shown.shape[0]:
            shown[0, row] = found


@njit(cache=True, nogil=True)
def _sum(mine: Any, terms: Any, cells: Any, moves: Any, grains: Any, keys: Any) -> None:
    """Add what the terms move one feature by."""
    for place in range(len(mine)):
        term = mine[place, 0]
        if terms[term, 0] == 3:
            for row in range(len(keys)):
                keys[row] += moves[term, row]
        else:
            table = grains[mine[place, 1] :]
            for row in range(len(keys)):
                keys[row] += table[cells[term, row]]


@njit(cache=True, nogil=True)
def _pack(keys: Any, feature: int, direction: int, bits: int) -> None:
    """Push and code in one whole number, as in the NumPy kernel."""
    code = (np.int64(1) << bits) - 1 - 2 * feature
    if direction == 0:
        for row in range(len(keys)):
            moved = keys[row]
            keys[row] = (abs(moved) << bits) + (code - 1 if moved > 0 else code)
    elif direction > 0:
        for row in range(len(keys)):
            keys[row] = (keys[row] << bits) + (code - 1)
    else:
        for row in range(len(keys)):
            keys[row] = (-keys[row] << bits) + code


@njit(cache=True, nogil=True)
def _rank(keys: Any, best: Any) -> None:
    """Insert one feature among the strongest; ``keys`` is used up."""
    for rank in range(best.shape[0]):
        for row in range(len(keys)):
            key, there = keys[row], best[rank, row]
            best[rank, row] = max(key, there)
            keys[row] = min(key, there)


@njit(cache=True, nogil=True)
def _unpack(best: Any, bits: int, picked: Any, pushes: Any) -> None:
    most = (np.int64(1) << bits) - 1
    for rank in range(picked.shape[0]):
        for row in range(picked.shape[1]):
            push = best[rank, row] >> bits
            picked[rank, row] = most - (best[rank, row] & most) if push > 0 else -1
            if pushes.shape[0]:
                pushes[rank, row] = push


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
                if _fill_slots(self.data, self.offsets, self.factor, self.shift, self.slots, *self.ends):
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
        known = (self.data, self.offsets, self.factor, self.shift, self.slots, *self.ends)
        valid = _bytes(validity if texts.null_count else None)
        _code_texts(ends, _bytes(data), valid, texts.offset, *known, coding.unseen, coding.missing, out)
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
        raw = np.zeros((len(columns) if self._flat.curved else 0, _BLOCK))
        for start in range(0, rows, _BLOCK):
            block = slice(start, min(start + _BLOCK, rows))
            self._encode([column[block] for column in columns], codes, raw)
            _score_block(codes, raw, *self._flat.arrays, links[0, block], picked[:, block], pushes[:, block],
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
    _code_numbers(values, grid.padded, grid.starts, grid.low, grid.high, grid.scale, grid.steps, out)


def _table_of(coding: Coding) -> LevelTable | None:
    try:
        return LevelTable(coding.levels)
    except ValueError:
        return None  # Arrow looks the levels up


@dataclass(frozen=True, eq=False)
class Flat:
    """A plan as the arrays that the compiled loop takes, in its order, and whether it has polynomials."""

    arrays: tuple[Any, ...]
    curved: bool


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
    direction = {"raises": 1, "lowers": -1, None: 0}[plan.direction]
    ranked = np.asarray(plan.eligible, dtype=np.int64)
    arrays = (float(plan.card["intercept"][0]), plan.grain, terms, lookups.all(), values.all(), curves, listed, starts,
              grains.all(), ranked, plan.shift.astype(np.int64), direction, plan.code_bits)  # fmt: skip
    return Flat(arrays, any(isinstance(term, PolynomialPlan) for term in plan.terms))


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
