"""Stages of objective perturbation over binned terms: rows and noisy counts in, private shapes out.

Each stage spreads its budget over what is still uncertain, minimises one perturbed objective, releases the minimiser on
a grid under discrete noise, and hands a posterior to the next stage. Everything but the two lines that draw noise is a
function of what was released before.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from glassledger.errors import PrivacyError
from glassledger.models.private_counts import Ledger
from glassledger.models.private_design import (
    IMAGINARY_ROWS,
    LEAST_RIDGE,
    Block,
    Design,
    Limits,
    block,
    spread,
    typical_rows,
)
from glassledger.models.private_loss import Loss
from glassledger.models.private_shrinkage import Posterior, doubted, learned, posterior, unshrunk
from glassledger.models.private_solver import CERTIFIED, Problem, minimise
from glassledger.models.smooth_basis import demmler_reinsch
from glassledger.privacy.noise import GAUSSIAN_ERROR, GAUSSIAN_MISS, Source, discrete_gaussian, gaussian
from glassledger.privacy.objective_perturbation import Bound, Output, Stage
from glassledger.records.budget import PrivacyEvent

Floats = NDArray[np.float64]
Codes = NDArray[np.uint16]

#: Spacing of released parameters, and the most of them that the account allows for.
GRID, MOST_PARAMETERS = 2.0**-20, 16_384
#: Least deviation of the output noise, in whitened units.
_LEAST_DEVIATION = 2.0**-8
#: Ridge of the first stage in units of a coordinate's information: collinear terms must not amplify its noise.
_FIRST_RIDGE = 0.5
#: Prior variance of the intercept's distance from the noisy base rate.
_INTERCEPT = 1.0


@dataclass(frozen=True, eq=False, repr=False)
class Term:
    """One term over bins.

    Attributes
    ----------
    codes : ndarray, shape (n_rows,)
        Bin of every row.
    weights : ndarray, shape (bins,)
        Noisy number of rows in each bin, positive.
    unit : ndarray, shape (bins, bins)
        Prior covariance of the shape up to its amplitude, centred at the weighted mean.
    prior : float
        Amplitude before anything is known, relative to the loss's typical variance of a term.
    """

    codes: Codes
    weights: Floats
    unit: Floats
    prior: float = 1.0


@dataclass(frozen=True)
class StagePlan:
    """What one stage may cost."""

    stage: Stage
    output: Output


@dataclass(frozen=True)
class Shapes:
    """Private shapes.

    Attributes
    ----------
    intercept : float
    values : tuple of ndarray
        One per term, one entry per bin; zero for a term that looked like noise.
    deviations : tuple of ndarray
        Standard deviation that privacy noise leaves in every entry.
    """

    intercept: float
    values: tuple[Floats, ...]
    deviations: tuple[Floats, ...]


@dataclass(frozen=True, eq=False, repr=False)
class Rows:
    """The private rows and the public numbers that the fit starts from.

    Attributes
    ----------
    terms : tuple of Term
    target : ndarray, shape (n_rows,)
    loss : Loss
    centre : float
        Score that the noisy counts of the target suggest for everybody.
    count : float
        Noisy number of rows.
    """

    terms: tuple[Term, ...]
    target: Floats
    loss: Loss
    centre: float
    count: float

    @property
    def information(self) -> float:
        """Rough information of one row."""
        return self.loss.information(self.centre)

    @property
    def total(self) -> float:
        """Rough information of all rows."""
        return self.count * self.information


def output_for(mu: float) -> Output:
    """The account's entry for a release of at most :data:`MOST_PARAMETERS` parameters at this μ."""
    miss = MOST_PARAMETERS * GAUSSIAN_MISS + 1e-18
    return Output(mu, mu * float(np.sqrt(MOST_PARAMETERS)) * GRID / _LEAST_DEVIATION, miss)


#: Terms that are worth adding once the first stage's shapes are known.
Grow = Callable[[tuple[Floats, ...]], tuple[Term, ...]]


@dataclass(frozen=True, eq=False, repr=False)
class _Known:
    """What the stages so far have shown: the terms, their posteriors, the intercept and its uncertainty (whitened)."""

    terms: tuple[Term, ...]
    shapes: tuple[Posterior, ...]
    intercept: float
    doubt: float


def fit_shapes(
    rows: Rows,
    plans: tuple[StagePlan, ...],
    *,
    bound: Bound,
    events: Ledger,
    source: Source | None,
    grow: Grow | None = None,
) -> Shapes:
    """Fit the terms' shapes in as many stages as there are plans.

    Parameters
    ----------
    grow : function, optional
        Called with the shapes before the last stage; the terms that it returns join them, at the end.

    Privacy spent: what the plans say; every release is appended to ``events``.
    """
    known = _Known((), (), 0.0, _INTERCEPT * rows.total)
    known = _joined(known, rows.terms, rows.loss)
    for number, plan in enumerate(plans):
        first, last = number == 0, number == len(plans) - 1
        if last and not first and grow is not None:
            known = _joined(known, grow(tuple(shape.mean for shape in known.shapes)), rows.loss)
        priors = [shape.covariance if first else doubted(shape) for shape in known.shapes]
        design = spread(
            _blocks(rows, known, priors),
            Limits(plan.stage.mu, plan.stage.leverage, rows.loss.steepest),
            least_ridge=_FIRST_RIDGE if first else LEAST_RIDGE,
        )
        solution = _released(rows, known, design, plan, bound, events, source)
        known = _updated(rows, known, priors, design, solution, last=last)
    return Shapes(
        rows.centre + known.intercept,
        tuple(shape.mean for shape in known.shapes),
        tuple(np.sqrt(np.maximum(np.diag(shape.covariance), 0.0)) for shape in known.shapes),
    )


def _joined(known: _Known, terms: tuple[Term, ...], loss: Loss) -> _Known:
    """The same with terms of which nothing is known yet."""
    new = tuple(
        Posterior(np.zeros(term.weights.size), np.asarray(term.prior * loss.prior * term.unit)) for term in terms
    )
    return replace(known, terms=known.terms + terms, shapes=known.shapes + new)


def _blocks(rows: Rows, known: _Known, priors: list[Floats]) -> tuple[Block, ...]:
    """Whitened blocks, the intercept first."""
    intercept = block(np.array([[rows.total**-0.5]]), np.array([known.doubt]), np.array([rows.count]))
    return (
        intercept,
        *(
            block(*demmler_reinsch(prior, term.weights * rows.information), term.weights)
            for term, prior in zip(known.terms, priors, strict=True)
        ),
    )


def _updated(
    rows: Rows, known: _Known, priors: list[Floats], design: Design, solution: Floats, *, last: bool
) -> _Known:
    """Post-processing of a released solution."""
    head, *pieces = np.split(solution, np.cumsum([item.variance.size for item in design.blocks])[:-1])
    shapes = []
    steepness = _steepness(rows, known, design, head, pieces) if last else 1.0
    for term, shape, prior, item, piece in zip(
        known.terms, known.shapes, priors, design.blocks[1:], pieces, strict=True
    ):
        observed, noise = unshrunk(item, piece, design.typical)
        information = term.weights * rows.information
        if last:
            left = posterior(item, observed, noise / steepness**2, prior, information).covariance
            shapes.append(Posterior(shape.mean + item.basis @ piece, left))
        else:
            shapes.append(learned(item, observed, noise, 2.0 * rows.loss.prior * term.unit, information))
    return _Known(
        known.terms,
        tuple(shapes),
        known.intercept + float(head[0] * rows.total**-0.5),
        float(1.0 / (design.blocks[0].precision[0] * design.typical**2)),
    )


def _steepness(rows: Rows, known: _Known, design: Design, head: Floats, pieces: list[Floats]) -> float:
    """Curvature that the released scores imply, relative to what the design took: noise moves a shape by its inverse.

    Scores of imaginary rows, drawn from the noisy marginals: post-processing.
    """
    scores = np.full(IMAGINARY_ROWS, rows.centre + known.intercept + float(head @ design.blocks[0].basis[0]))
    places = typical_rows(design.blocks)[1:]
    for place, shape, item, piece in zip(places, known.shapes, design.blocks[1:], pieces, strict=True):
        scores += (shape.mean + item.basis @ piece)[place]
    return rows.loss.expected(scores) / rows.information


def _released(
    rows: Rows,
    known: _Known,
    design: Design,
    plan: StagePlan,
    bound: Bound,
    events: Ledger,
    source: Source | None,
) -> Floats:
    """The minimiser of one perturbed objective, on the grid, under output noise."""
    codes = tuple(term.codes for term in known.terms)
    precision = np.concatenate([item.precision for item in design.blocks])
    ridge = np.concatenate([item.ridge for item in design.blocks])
    if precision.size > MOST_PARAMETERS:
        raise PrivacyError(
            f"This model has more than {MOST_PARAMETERS} parameters, which its account does not allow for.",
            code="parameters-too-many",
            hint="Use fewer features or fewer bins.",
        )
    offset = np.full(rows.target.size, rows.centre + known.intercept)
    for term, shape in zip(known.terms, known.shapes, strict=True):
        if shape.mean.any():
            offset += shape.mean[term.codes]
    problem = Problem(
        codes=codes,
        basis=tuple(item.basis for item in design.blocks),
        offset=offset,
        weight=design.row_weights(codes, rows.target.size),
        target=rows.target,
        loss=rows.loss,
        ridge=ridge,
        linear=gaussian(precision.size, source=source) / np.sqrt(precision),
    )
    exact = minimise(problem)
    float_error = GAUSSIAN_ERROR * float(np.linalg.norm(1.0 / np.sqrt(precision)))
    distance = 2.0 * (CERTIFIED + float_error) / float(ridge.min()) + GRID * float(np.sqrt(precision.size))
    deviation = max(distance / plan.output.mu, _LEAST_DEVIATION)
    steps = discrete_gaussian((int(np.ceil((deviation / GRID) ** 2)), 1), precision.size, source=source)
    events.append(
        PrivacyEvent(
            mechanism="objective-perturbation",
            sensitivity=plan.stage.mu,
            noise_scale=1.0,
            detail=f"{precision.size} parameters in whitened units; leverage {plan.stage.leverage:.6f}, "
            f"log-Jacobian {plan.stage.jacobian(bound):.6f}; bound: {bound}",
        )
    )
    events.append(
        PrivacyEvent(
            mechanism="discrete-gaussian",
            sensitivity=distance,
            noise_scale=deviation,
            detail="output noise: covers solver tolerance, rounding and float noise",
        )
    )
    return np.asarray((np.rint(exact / GRID) + steps) * GRID)
