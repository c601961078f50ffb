"""The compiled loops: strings, numbers, terms and reasons, tile by tile. Numba's one door.

Importing this module imports Numba, so only :mod:`glassledger.scoring.fast` does. Text is read where Arrow holds it:
length, first and last eight bytes pick a slot of a small perfect hash table, and every byte is compared before a level
is believed. Sums are float64 in term order, without fused steps, so that scores are the other engines' scores.
"""

from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

_TILE = 512


class Levels(NamedTuple):
    """A perfect hash table over levels: their bytes, where each begins, and the slots with what is compared first."""

    data: Any
    offsets: Any
    factor: Any
    shift: Any
    slots: Any
    heads: Any
    tails: Any
    unseen: int
    missing: int


class Flat(NamedTuple):
    """A plan as arrays.

    ``terms`` holds, per term: kind (1 one feature, 2 a pair, 3 a polynomial), first and second feature, where their
    lookups and values begin. ``parts`` holds, per feature, the terms that move it and where their grains begin.
    """

    intercept: float
    grain: float
    terms: Any
    lookups: Any
    values: Any
    curves: Any
    parts: Any
    part_starts: Any
    grains: Any
    ranked: Any
    shift: Any
    direction: int
    bits: int


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
def fill_slots(data: Any, offsets: Any, factor: Any, shift: Any, slots: Any, heads: Any, tails: Any) -> bool:
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
def code_texts(offsets: Any, data: Any, valid: Any, first: int, levels: Any, out: Any) -> None:
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
        place = _slot(head, tail, length, levels.factor, levels.shift)
        level = levels.slots[place]
        code = levels.unseen
        if level >= 0 and head == levels.heads[place] and tail == levels.tails[place]:
            base = levels.offsets[level]
            same = levels.offsets[level + 1] - base == length
            for between in range(8, length - 8):
                same = same and data[start + between] == levels.data[base + between]
            if same:
                code = int(level)
        out[row] = code
        start = end
    if len(valid):
        for row in range(len(out)):
            if not (valid[(first + row) >> 3] >> ((first + row) & 7)) & 1:
                out[row] = levels.missing


@njit(cache=True, nogil=True)
def code_numbers(
    values: Any, padded: Any, starts: Any, low: float, high: float, scale: float, steps: int, out: Any
) -> None:  # fmt: skip
    """1 + the number of cuts at or below; 0 for NaN. ``padded`` are the cuts and a NaN; see :class:`Grid`."""
    cells = np.zeros(len(values), dtype=np.int32)
    if scale > 0.0:
        for row in range(len(values)):
            value = values[row]
            near = value if value > low else low  # NaN becomes low
            near = near if near < high else high
            cells[row] = np.int32((near - low) * scale)
    for row in range(len(values)):
        value = values[row]
        cell = cells[row]
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
def score_block(codes: Any, raw: Any, flat: Any, links: Any, picked: Any, pushes: Any, shown: Any) -> None:
    """Links, the strongest reasons and (where asked) contributions and amounts of a block, tile by tile."""
    terms = flat.terms
    cells = np.empty((terms.shape[0], _TILE), dtype=np.uint32)
    moves = np.empty((terms.shape[0], _TILE), dtype=np.int64)
    best = np.empty((picked.shape[0], _TILE), dtype=np.int64)
    keys = np.empty(_TILE, dtype=np.int64)
    for begin in range(0, links.shape[0], _TILE):
        end = min(begin + _TILE, links.shape[0])
        links[begin:end] = flat.intercept
        for place in range(terms.shape[0]):
            term, added = terms[place], shown[place : place + 1, begin:end]
            one, two = term[1], term[2]
            if term[0] == 3:
                _curve(raw[one, begin:end], flat.curves[place], flat.grain, links[begin:end], moves[place], added)
            else:
                _meet(codes[one, begin:end], codes[two, begin:end], term, flat.lookups, cells[place])
                _add(flat.values[term[5] :], cells[place], links[begin:end], added)
        if picked.shape[0]:
            best[:] = 0
            for feature in flat.ranked:
                mine = flat.parts[flat.part_starts[feature] : flat.part_starts[feature + 1]]
                if len(mine):
                    keys[: end - begin] = -flat.shift[feature]
                    _sum(mine, terms, cells, moves, flat.grains, keys[: end - begin])
                    _pack(keys[: end - begin], feature, flat.direction, flat.bits)
                    _rank(keys[: end - begin], best)
            _unpack(best, flat.bits, picked[:, begin:end], pushes[:, begin:end])


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
