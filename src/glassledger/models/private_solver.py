"""The minimiser of a perturbed objective, with a certificate of how near it is.

The objective over whitened parameters α is  Σ wᵢ·loss(oᵢ + φᵢᵀα, yᵢ) + ½·αᵀRα + bᵀα  with diagonal R. It is strongly
convex by the smallest entry of R, so a gradient of norm g lies at most g / min R from the exact minimiser. The
certificate adds to the computed gradient what float arithmetic may have hidden in it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from glassledger.errors import PrivacyError
from glassledger.models.private_loss import Loss

Floats = NDArray[np.float64]
Codes = NDArray[np.uint16]

#: The gradient norm that a returned solution is certified for, float rounding included.
CERTIFIED = 1e-6
#: What the iteration aims for.
_TARGET = 1e-10
_STEPS = 200
_ROWS = 65_536  # rows at a time: keeps the work in cache and the memory flat
_CAREFUL = 4_096  # rows at a time in the certificate: bounds the rounding of a sum
#: Half a unit in the last place, and how many of them one evaluation of a slope may lose (tests hold it at 50 digits).
_UNIT, _SLOPE_UNITS = 2.0**-53, 16


@dataclass(frozen=True, eq=False, repr=False)
class Problem:
    """A perturbed objective.

    Attributes
    ----------
    codes : tuple of ndarray
        Bin of every row in every term.
    basis : tuple of ndarray, each (bins, coordinates)
        The intercept's first: one bin, one coordinate.
    offset, weight, target : ndarray, shape (n_rows,)
    ridge, linear : ndarray, shape (coordinates,)
    """

    codes: tuple[Codes, ...]
    basis: tuple[Floats, ...]
    offset: Floats
    weight: Floats
    target: Floats
    loss: Loss
    ridge: Floats
    linear: Floats

    def pieces(self, parameters: Floats) -> list[Floats]:
        """Parameters, term by term, the intercept first."""
        return np.split(parameters, np.cumsum([item.shape[1] for item in self.basis])[:-1])

    def scores(self, parameters: Floats) -> Floats:
        """Score of every row."""
        first, *rest = self.pieces(parameters)
        out = self.offset + float((self.basis[0] @ first)[0])
        for code, basis, piece in zip(self.codes, self.basis[1:], rest, strict=True):
            out += (basis @ piece)[code]
        return out

    def gradient(self, parameters: Floats, scores: Floats, *, rows: int = _ROWS) -> Floats:
        """Gradient by the parameters, summed ``rows`` rows at a time."""
        slopes = self.weight * self.loss.slope(scores, self.target)
        sums = self._sums(slopes, rows)
        parts = [basis.T @ total for basis, total in zip(self.basis, sums, strict=True)]
        return np.asarray(np.concatenate(parts) + self.ridge * parameters + self.linear)

    def hessian(self, scores: Floats) -> Floats:
        """Second derivative by the parameters."""
        weights = self.weight * self.loss.curvature(scores, self.target)
        sizes = [basis.shape[0] for basis in self.basis]
        starts = np.concatenate([[0], np.cumsum(sizes)])
        gram = np.zeros((starts[-1], starts[-1]))
        for begin in range(0, weights.size, _ROWS):
            self._add_gram(gram, slice(begin, begin + _ROWS), weights, starts)
        wide = np.zeros((starts[-1], self.ridge.size))
        columns = np.concatenate([[0], np.cumsum([basis.shape[1] for basis in self.basis])])
        for index, basis in enumerate(self.basis):
            wide[starts[index] : starts[index + 1], columns[index] : columns[index + 1]] = basis
        gram = np.tril(gram) + np.tril(gram, -1).T
        return np.asarray(wide.T @ gram @ wide + np.diag(self.ridge))

    def _add_gram(self, gram: Floats, rows: slice, weights: Floats, starts: NDArray[np.intp]) -> None:
        """Add the lower triangle of Σ w·(indicator of bins)(indicator of bins)ᵀ."""
        weight = weights[rows]
        codes = [code[rows].astype(np.intp) for code in self.codes]
        gram[0, 0] += weight.sum()
        for i, code in enumerate(codes, start=1):
            size, here = self.basis[i].shape[0], slice(starts[i], starts[i + 1])
            own = np.bincount(code, weights=weight, minlength=size)
            gram[here, 0] += own
            gram[here, here][np.diag_indices(size)] += own
            for j in range(1, i):
                other = self.basis[j].shape[0]
                both = np.bincount(code * other + codes[j - 1], weights=weight, minlength=size * other)
                gram[here, starts[j] : starts[j + 1]] += both.reshape(size, other)

    def _sums(self, values: Floats, rows: int) -> list[Floats]:
        """Sums per bin, block of rows by block of rows."""
        sums = [np.zeros(basis.shape[0]) for basis in self.basis]
        for begin in range(0, values.size, rows):
            part = values[begin : begin + rows]
            sums[0][0] += part.sum()
            for total, code in zip(sums[1:], self.codes, strict=True):
                total += np.bincount(code[begin : begin + rows], weights=part, minlength=total.size)
        return sums

    def rounding(self, parameters: Floats, scores: Floats) -> float:
        """Bound on the norm of what rounding may have hidden in a careful gradient.

        Standard model of float arithmetic (Higham 2002, *Accuracy and Stability of Numerical Algorithms*, section 3.1):
        a sum of m terms errs by at most m half-units of the sum of their sizes. Three errors add up: that of every
        row's slope (through its score), that of the sums over rows, and that of the ridge and linear parts.
        """
        pieces = self.pieces(parameters)
        peaks = [float((np.abs(b) @ np.abs(p)).max(initial=0.0)) for b, p in zip(self.basis, pieces, strict=True)]
        largest = float(np.abs(self.offset).max(initial=0.0)) + sum(peaks)
        depth = len(self.basis) + max(basis.shape[1] for basis in self.basis)
        per_slope = (depth * largest * self.loss.steepest + _SLOPE_UNITS) * _UNIT
        terms = _CAREFUL + -(-self.target.size // _CAREFUL) + max(basis.shape[0] for basis in self.basis)
        slopes = np.abs(self.loss.slope(scores, self.target))
        sizes = self._sums(self.weight * (slopes * ((terms + 8) * _UNIT) + per_slope), _CAREFUL)
        parts = [np.abs(basis).T @ total for basis, total in zip(self.basis, sizes, strict=True)]
        rest = np.abs(self.ridge * parameters) + np.abs(self.linear)
        return 1.01 * float(np.linalg.norm(np.concatenate(parts) + 4 * _UNIT * rest))


def minimise(problem: Problem) -> Floats:
    """Parameters whose gradient norm is certified to be at most :data:`CERTIFIED`.

    Newton's method; a Hessian is kept for the next step as long as it serves.

    Raises
    ------
    PrivacyError
        When the certificate fails. The objective is strongly convex and smooth, so this does not happen for tables
        that fit into memory; it would be a defect, and nothing would be released.
    """
    parameters = np.zeros(problem.ridge.size)
    scores = problem.scores(parameters)
    gradient = problem.gradient(parameters, scores)
    norm, factor = float(np.linalg.norm(gradient)), None
    for _ in range(_STEPS):
        if norm <= _TARGET:
            break
        factor = cho_factor(problem.hessian(scores)) if factor is None else factor
        direction = cho_solve(factor, gradient)
        before = norm
        parameters, scores, gradient = _advance(problem, parameters, direction, float(gradient @ direction))
        norm = float(np.linalg.norm(gradient))
        if norm > 0.1 * before:
            if norm <= CERTIFIED / 10 and norm > 0.5 * before:
                break  # float arithmetic has no more to give
            factor = None
    careful = problem.gradient(parameters, scores, rows=_CAREFUL)
    if not float(np.linalg.norm(careful)) + problem.rounding(parameters, scores) <= CERTIFIED:
        raise PrivacyError(
            "The private fit could not be certified; nothing was released from it.",
            code="solver-not-converged",
            hint="This is a defect of glassledger; please report it. The budget stays spent.",
        )
    return parameters


def _advance(problem: Problem, parameters: Floats, direction: Floats, descent: float) -> tuple[Floats, Floats, Floats]:
    """Go along a Newton step, halved until the slope along it is used up and not overshot."""
    size = 1.0
    while True:
        trial = parameters - size * direction
        scores = problem.scores(trial)
        gradient = problem.gradient(trial, scores)
        if float(gradient @ direction) >= -0.1 * descent or size < 1e-6:
            return trial, scores, gradient
        size /= 2
