"""Stages of objective perturbation over binned terms: rows and noisy counts in, private shapes out.

Each stage spreads its budget over what is still uncertain, minimises one perturbed objective, releases the minimiser on
a grid under discrete noise, and hands a posterior to the next stage. Everything but the two lines that draw noise is a
function of what was released before.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glassledger.models.private_counts import Ledger
from glassledger.models.private_design import LEAST_RIDGE, Design, Limits, block, spread
from glassledger.models.private_loss import Loss
from glassledger.models.private_shrinkage import FLOOR, Posterior, amplitude, doubted, posterior, unshrunk
from glassledger.models.private_solver import CERTIFIED, Problem, minimise
from glassledger.models.smooth_basis import demmler_reinsch, shape_covariance
from glassledger.privacy.noise import GAUSSIAN_ERROR, GAUSSIAN_MISS, Source, discrete_gaussian, gaussian
from glassledger.privacy.objective_perturbation import Bound, Output, Stage
from glassledger.records.budget import PrivacyEvent

Floats = NDArray[np.float64]
Codes = NDArray[np.uint16]

#: Spacing of released parameters, and the most of them that the account allows for.
GRID, MOST_PARAMETERS = 2.0**-20, 4096
#: Least deviation of the output noise, in whitened units.
_LEAST_DEVIATION = 2.0**-8
#: Ridge of the first stage in units of a coordinate's information: collinear terms must not amplify its noise.
_FIRST_RIDGE = 1.0
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
    ordered : int
        How many of the leading bins are ordered.
    """

    codes: Codes
    weights: Floats
    ordered: int


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
    parameters : tuple of int
        Number of released parameters, stage by stage.
    """

    intercept: float
    values: tuple[Floats, ...]
    deviations: tuple[Floats, ...]
    parameters: tuple[int, ...]


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


def output_for(mu: float) -> Output:
    """The account's entry for a release of at most :data:`MOST_PARAMETERS` parameters at this μ."""
    miss = MOST_PARAMETERS * GAUSSIAN_MISS + 1e-18
    return Output(mu, mu * float(np.sqrt(MOST_PARAMETERS)) * GRID / _LEAST_DEVIATION, miss)


def fit_shapes(
    rows: Rows, plans: tuple[StagePlan, ...], *, bound: Bound, events: Ledger, source: Source | None
) -> Shapes:
    """Fit the terms' shapes in as many stages as there are plans.

    Privacy spent: what the plans say; every release is appended to ``events``.
    """
    information = [np.asarray(term.weights * rows.loss.information(rows.centre)) for term in rows.terms]
    total = rows.count * rows.loss.information(rows.centre)
    units = [shape_covariance(term.weights, term.ordered) for term in rows.terms]
    known = [Posterior(np.zeros(unit.shape[0]), rows.loss.prior * unit) for unit in units]
    active = [i for i, term in enumerate(rows.terms) if term.weights.size > 1]
    intercept, doubt = 0.0, _INTERCEPT * total
    parameters = []
    for number, plan in enumerate(plans):
        first, last = number == 0, number == len(plans) - 1
        priors = [known[i].covariance if first else doubted(known[i]) for i in active]
        blocks = (
            block(np.array([[total**-0.5]]), np.array([doubt]), np.array([rows.count])),
            *(
                block(*demmler_reinsch(prior, information[i]), rows.terms[i].weights)
                for i, prior in zip(active, priors, strict=True)
            ),
        )
        limits = Limits(plan.stage.mu, plan.stage.leverage, rows.loss.steepest)
        design = spread(blocks, limits, least_ridge=_FIRST_RIDGE if first else LEAST_RIDGE)
        offset = rows.centre + intercept + _scores(rows, known, active)
        solution = _released(rows, design, active, offset, plan, bound, events, source)
        parameters.append(solution.size)
        head, *pieces = np.split(solution, np.cumsum([b.variance.size for b in design.blocks])[:-1])
        intercept += float(head[0] * total**-0.5)
        doubt = float(1.0 / (design.blocks[0].precision[0] * design.typical**2))
        kept = []
        for i, item, piece, prior in zip(active, design.blocks[1:], pieces, priors, strict=True):
            observed, noise = unshrunk(item, piece, design.typical)
            if last:
                left = posterior(item, observed, noise, prior, information[i]).covariance
                known[i] = Posterior(known[i].mean + item.basis @ piece, left)
                kept.append(i)
                continue
            size = amplitude(item, observed, noise, 2.0 * rows.loss.prior * units[i], information[i])
            if size > 0.0:
                scaled = max(size, FLOOR) * 2.0 * rows.loss.prior * units[i]
                known[i] = posterior(item, observed, noise, scaled, information[i])
                kept.append(i)
            else:
                known[i] = Posterior(np.zeros(units[i].shape[0]), FLOOR * 2.0 * rows.loss.prior * units[i])
        active = kept
    return Shapes(
        rows.centre + intercept,
        tuple(item.mean for item in known),
        tuple(np.sqrt(np.maximum(np.diag(item.covariance), 0.0)) for item in known),
        tuple(parameters),
    )


def _scores(rows: Rows, known: list[Posterior], active: list[int]) -> Floats:
    out = np.zeros(rows.target.size)
    for i in active:
        if known[i].mean.any():
            out += known[i].mean[rows.terms[i].codes]
    return out


def _released(
    rows: Rows,
    design: Design,
    active: list[int],
    offset: Floats,
    plan: StagePlan,
    bound: Bound,
    events: Ledger,
    source: Source | None,
) -> Floats:
    """The minimiser of one perturbed objective, on the grid, under output noise."""
    codes = tuple(rows.terms[i].codes for i in active)
    precision = np.concatenate([item.precision for item in design.blocks])
    ridge = np.concatenate([item.ridge for item in design.blocks])
    problem = Problem(
        codes=codes,
        basis=tuple(item.basis for item in design.blocks),
        offset=offset,
        weight=design.row_weights(codes) if rows.target.size else np.empty(0),
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
    assert precision.size <= MOST_PARAMETERS
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
