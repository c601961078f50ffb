"""Noise from the operating system's cryptographic source.

Three laws, and nothing can be seeded:

* :func:`discrete_gaussian` and :func:`discrete_laplace`: exact samples on the integers (Canonne, Kamath, Steinke 2020,
  Algorithms 1–3). Only integer arithmetic and uniform integers are used, so there is no floating-point attack surface.
* :func:`gaussian`: float samples by inversion of a uniform with full relative precision. They differ from an ideal
  Gaussian by at most :data:`GAUSSIAN_ERROR` standard deviations in a coupling that fails with probability
  :data:`GAUSSIAN_MISS` a draw. They are never released: objective perturbation uses them inside a solver whose result
  is rounded to a grid and covered by discrete noise, and its account carries both figures.

``source`` is a private seam for tests; production code never passes it.
"""

import os
from collections.abc import Callable
from math import isqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from glassledger.errors import PrivacyError

Source = Callable[[int], bytes]
Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]

#: What the evidence says about where randomness comes from.
NOISE_SOURCE = "operating system CSPRNG (getrandom); exact discrete Gaussian (Canonne-Kamath-Steinke 2020)"

#: Bound on |float sample − ideal sample|, in standard deviations (inversion is accurate to a few ulp; tested).
GAUSSIAN_ERROR = 1e-13
#: Probability that one float sample falls outside the coupling: a 64-bit word of zeros.
GAUSSIAN_MISS = 2.0**-64

#: σ² of the discrete Gaussian is a multiple of 1/64.
VARIANCE_UNIT = 64
_LIMIT = 3_000_000_000  # |a| below this: a² fits into 63 bits
_MAX_SIGMA = 2**20


def discrete_gaussian(variance: tuple[int, int], size: int, *, source: Source | None = None) -> Integers:
    """Independent samples of the discrete Gaussian ``P(z) ∝ exp(−z² / 2σ²)`` on the integers.

    Parameters
    ----------
    variance : (numerator, denominator)
        σ² as a ratio of positive integers; 1/4 ≤ σ² ≤ 2**40.
    size : int

    Returns
    -------
    ndarray of int64, shape (size,)

    Raises
    ------
    PrivacyError
        When σ² is outside the supported range.

    Notes
    -----
    Canonne, Kamath, Steinke, *The Discrete Gaussian for Differential Privacy* (NeurIPS 2020), Algorithm 3: propose from
    the discrete Laplace law with scale t = ⌊σ⌋ + 1, accept with probability exp(−(|y| − σ²/t)² / 2σ²).
    """
    numerator, denominator = variance
    if numerator < 1 or denominator < 1 or not denominator <= 4 * numerator <= 4 * denominator * _MAX_SIGMA**2:
        raise PrivacyError(
            "The variance of a discrete Gaussian must be between 1/4 and 2**40.",
            code="noise-scale-unsupported",
            hint="Use a larger epsilon: so much noise leaves nothing of a table.",
        )
    words = _Words(source or os.urandom)
    scale = isqrt(numerator // denominator) + 1
    out = np.empty(size, dtype=np.int64)
    todo = np.arange(size)
    while todo.size:
        proposal = _discrete_laplace(scale, todo.size, words)
        kept = _accept(np.abs(proposal), scale, numerator, denominator, words)
        out[todo[kept]] = proposal[kept]
        todo = todo[~kept]
    return out


def discrete_laplace(scale: tuple[int, int], size: int, *, source: Source | None = None) -> Integers:
    """Independent samples of the discrete Laplace law ``P(z) ∝ exp(−|z| / s)`` on the integers.

    Added to a count whose sensitivity is k it is (k / s)-differentially private, with delta 0.

    Parameters
    ----------
    scale : (numerator, denominator)
        s as a ratio of positive integers; 1/64 ≤ s ≤ 2**20, both below 2**30.
    size : int

    Returns
    -------
    ndarray of int64, shape (size,)

    Raises
    ------
    PrivacyError
        When s is outside the supported range.

    Notes
    -----
    Canonne, Kamath, Steinke, *The Discrete Gaussian for Differential Privacy* (NeurIPS 2020), Algorithm 2.
    """
    numerator, denominator = scale
    small = 1 <= numerator < 2**30 and 1 <= denominator < 2**30
    if not small or not denominator <= 64 * numerator <= 64 * denominator * _MAX_SIGMA:
        raise PrivacyError(
            "The scale of a discrete Laplace law must be between 1/64 and 2**20.",
            code="noise-scale-unsupported",
            hint="Use a larger epsilon: so much noise leaves nothing of a table.",
        )
    return _discrete_laplace(numerator, size, _Words(source or os.urandom), denominator)


def gaussian(size: int, *, source: Source | None = None) -> NDArray[np.float64]:
    """Standard normal float samples by inversion; see the module docstring for their error.

    The uniform on (0, 1/2) takes its geometric exponent from one 64-bit word, and 52 mantissa bits and the sign from
    another; so the tail is as finely resolved as the centre.
    """
    words = _Words(source or os.urandom)
    leading = _leading_zeros(words.take(size))
    rest = words.take(size)
    mantissa = 1.0 + (rest >> np.uint64(12)).astype(np.float64) * 2.0**-52
    tail = mantissa * np.exp2(-(leading + 2.0))  # uniform on (0, 1/2)
    sign = np.where(rest & np.uint64(1), 1.0, -1.0)
    return np.asarray(sign * -ndtri(tail))


def _leading_zeros(words: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Zeros before the first one of each word; halves keep the float conversion exact."""
    high, low = words >> np.uint64(32), words & np.uint64(2**32 - 1)
    half = np.where(high > 0, high, low).astype(np.float64)
    return np.where(high > 0, 32.0, 64.0) - np.frexp(half)[1]


def variance_at_least(value: float) -> tuple[int, int]:
    """The smallest representable σ² that is not below ``value``, as a ratio for :func:`discrete_gaussian`."""
    if not np.isfinite(value) or value <= 0:
        raise PrivacyError(
            "A noise variance must be positive and finite.",
            code="noise-scale-unsupported",
            hint="Use an epsilon above 0.",
        )
    if value >= 2.0**20:
        return int(np.ceil(value)), 1
    return max(int(np.ceil(value * VARIANCE_UNIT)), VARIANCE_UNIT // 4), VARIANCE_UNIT


class _Words:
    """64-bit words from a byte source, and exact uniforms and Bernoulli draws made of them."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def take(self, size: int) -> NDArray[np.uint64]:
        return np.frombuffer(self._source(8 * size), dtype=np.uint64)

    def below(self, bound: NDArray[np.uint64]) -> NDArray[np.uint64]:
        """Uniform integers in [0, bound), by rejection: exactly uniform."""
        out = np.empty(bound.shape, dtype=np.uint64)
        todo = np.arange(bound.size)
        while todo.size:
            limit = bound[todo]
            word = self.take(todo.size)
            # 2**64 mod limit, computed without leaving 64 bits; words at or above 2**64 − that are refused.
            excess = (np.uint64(2**64 - 1) % limit + np.uint64(1)) % limit
            kept = word <= np.uint64(2**64 - 1) - excess
            out[todo[kept]] = word[kept] % limit[kept]
            todo = todo[~kept]
        return out

    def exponential_unit(self, size: int) -> Mask:
        """Bernoulli(exp(−1))."""
        one = np.ones(size, dtype=np.uint64)
        return self.exponential(one, one)

    def exponential(self, numerator: NDArray[np.uint64], denominator: NDArray[np.uint64]) -> Mask:
        """Bernoulli(exp(−numerator/denominator)) for ratios in [0, 1] (their Algorithm 1)."""
        odd = np.zeros(numerator.size, dtype=np.bool_)
        todo = np.arange(numerator.size)
        k = 1
        while todo.size:
            going = self.below(denominator[todo] * np.uint64(k)) < numerator[todo]
            odd[todo[~going]] = k % 2 == 1
            todo = todo[going]
            k += 1
        return odd


def _discrete_laplace(scale: int, size: int, words: _Words, divisor: int = 1) -> Integers:
    """Samples with ``P(y) ∝ exp(−|y| · divisor / scale)`` (their Algorithm 2)."""
    out = np.empty(size, dtype=np.int64)
    todo = np.arange(size)
    while todo.size:
        bound = np.full(todo.size, scale, dtype=np.uint64)
        low = words.below(bound)
        kept = words.exponential(low, bound)
        value = (low.astype(np.int64) + scale * _geometric(todo.size, words)) // divisor
        negative = (words.take(todo.size) & np.uint64(1)).astype(np.bool_)
        kept &= ~(negative & (value == 0))  # zero must not count twice
        out[todo[kept]] = np.where(negative, -value, value)[kept]
        todo = todo[~kept]
    return out


def _geometric(size: int, words: _Words) -> Integers:
    """Number of successes of Bernoulli(exp(−1)) before the first failure."""
    out = np.zeros(size, dtype=np.int64)
    todo = np.arange(size)
    while todo.size:
        todo = todo[words.exponential_unit(todo.size)]
        out[todo] += 1
    return out


def _accept(size: Integers, scale: int, numerator: int, denominator: int, words: _Words) -> Mask:
    """Bernoulli(exp(−γ)) with γ = (|y|·d·t − n)² / (2·n·d·t²) for σ² = n/d and scale t."""
    below = 2 * numerator * denominator * scale * scale
    if below >= 2**57 or denominator * scale * int(size.max(initial=0)) >= _LIMIT or numerator >= _LIMIT:
        return _accept_slowly(size, scale, numerator, denominator, words)
    distance = size * (denominator * scale) - numerator
    square = (distance * distance).astype(np.uint64)
    whole, part = np.divmod(square, np.uint64(below))
    kept = words.exponential(part, np.full(size.size, below, dtype=np.uint64))
    return kept & _survive(whole.astype(np.int64), words)


def _survive(rounds: Integers, words: _Words) -> Mask:
    """Bernoulli(exp(−rounds)) for whole numbers."""
    alive = np.ones(rounds.size, dtype=np.bool_)
    todo = np.flatnonzero(rounds > 0)
    done = 0
    while todo.size:
        success = words.exponential_unit(todo.size)
        alive[todo[~success]] = False
        done += 1
        todo = todo[success & (rounds[todo] > done)]
    return alive


def _accept_slowly(size: Integers, scale: int, numerator: int, denominator: int, words: _Words) -> Mask:
    """The same with Python's integers, where 64 bits do not hold the squares: few draws with a wide scale."""
    below = 2 * numerator * denominator * scale * scale
    out = np.empty(size.size, dtype=np.bool_)
    for index, value in enumerate(size.tolist()):
        whole, part = divmod((value * denominator * scale - numerator) ** 2, below)
        kept = bool(_survive(np.asarray([whole]), words)[0])
        out[index] = kept and _exponential_slowly(part, below, words)
    return out


def _exponential_slowly(numerator: int, denominator: int, words: _Words) -> bool:
    k = 1
    while _below_slowly(denominator * k, words) < numerator:
        k += 1
    return k % 2 == 1


def _below_slowly(bound: int, words: _Words) -> int:
    blocks = -(-bound.bit_length() // 64)
    while True:
        value = int.from_bytes(words.take(blocks).tobytes(), "little") >> (64 * blocks - bound.bit_length())
        if value < bound:
            return value
