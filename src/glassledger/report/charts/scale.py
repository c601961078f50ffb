"""Axes: from numbers to pixels, and where the ticks stand."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from glassledger.report.language import Language

_MOST_PLACES = 6


@dataclass(frozen=True)
class Scale:
    """A linear map of ``[low, high]`` to ``[start, end]`` pixels."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        span = self.high - self.low
        return self.start if span == 0 else self.start + (value - self.low) / span * (self.end - self.start)


def ticks(low: float, high: float, count: int) -> tuple[float, ...]:
    """Round numbers inside ``[low, high]``, about ``count``, at least two, 1, 2 or 5 times a power of ten."""
    span = high - low
    if not (math.isfinite(span) and span > 0):
        return (low,)
    raw = span / max(count, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    found = tuple(index * step for index in range(first, last + 1))
    return found if len(found) > 1 else ticks(low, high, count + 2)


def decimals_of(values: tuple[float, ...]) -> int:
    """How many decimals the ticks need to be told apart."""
    gaps = [abs(b - a) for a, b in pairwise(values) if b != a]
    step = min(gaps, default=abs(values[0]) if values and values[0] else 1.0)
    return max(0, -math.floor(math.log10(step) + 1e-9))


def tick_texts(values: tuple[float, ...], language: Language, *, signed: bool = False) -> tuple[str, ...]:
    """Tick labels with equally many decimals; large numbers shortened to thousands or millions."""
    largest = max((abs(value) for value in values), default=0.0)
    divisor, suffix = next(
        ((size, mark) for size, mark in ((1e9, "G"), (1e6, "M"), (1e4, "k")) if largest >= size), (1.0, "")
    )
    if suffix == "k":
        divisor = 1e3
    scaled = tuple(value / divisor for value in values)
    places = decimals_of(scaled)
    if places > _MOST_PLACES:
        return tuple(language.compact(value) for value in values)
    write: Callable[[float, int], str] = language.signed if signed else language.number
    return tuple(write(value, places) + (suffix if value else "") for value in scaled)
