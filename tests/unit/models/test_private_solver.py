"""The certificate of the solver, held against 50 digits: it may not claim more than is true."""

from typing import Any

import mpmath
import numpy as np
import pytest

from glassledger.errors import PrivacyError
from glassledger.models import private_solver
from glassledger.models.private_loss import ArsinhLoss, LogMeanLoss, Loss, RobustSquareLoss
from glassledger.models.private_solver import CERTIFIED, Problem, minimise

LOSSES = (ArsinhLoss(), LogMeanLoss(), LogMeanLoss(signed=True), RobustSquareLoss())


def problem(loss: Loss, *, rows: int = 300, noise: float = 1.0, seed: int = 1) -> Problem:
    rng = np.random.default_rng(seed)
    codes = tuple(rng.integers(0, size, rows).astype(np.uint16) for size in (5, 3))
    basis = (np.array([[0.1]]), rng.normal(0, 0.1, (5, 4)), rng.normal(0, 0.1, (3, 2)))
    target = rng.integers(0, 2, rows).astype(float)
    return Problem(
        codes=codes,
        basis=basis,
        offset=rng.normal(-1, 0.5, rows),
        weight=rng.uniform(0.2, 1, rows),
        target=target,
        loss=loss,
        ridge=rng.uniform(0.05, 2, 7),
        linear=rng.normal(0, noise, 7),
    )


def exact_slope(loss: Loss, score: Any, target: float) -> Any:
    if isinstance(loss, ArsinhLoss):
        sign = 1 - 2 * target
        return sign * (1 + mpmath.exp(-2 * sign * score)) ** mpmath.mpf("-0.5")
    if isinstance(loss, LogMeanLoss):
        return (1 + mpmath.exp(-4 * score)) ** mpmath.mpf("-0.25") - target
    residual = score - target
    return residual * (1 + residual**4) ** mpmath.mpf("-0.25")


def exact_gradient(p: Problem, parameters: np.ndarray) -> list[Any]:
    with mpmath.workdps(50):
        values = [mpmath.mpf(float(v)) for v in parameters]
        total = [
            mpmath.mpf(float(r)) * v + mpmath.mpf(float(b)) for r, v, b in zip(p.ridge, values, p.linear, strict=True)
        ]
        for row in range(p.target.size):
            vector = [float(p.basis[0][0, 0])]
            for code, basis in zip(p.codes, p.basis[1:], strict=True):
                vector += [float(v) for v in basis[code[row]]]
            score = mpmath.mpf(float(p.offset[row])) + sum(x * v for x, v in zip(vector, values, strict=True))
            slope = mpmath.mpf(float(p.weight[row])) * exact_slope(p.loss, score, float(p.target[row]))
            total = [t + slope * x for t, x in zip(total, vector, strict=True)]
        return total


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: type(loss).__name__)
@pytest.mark.parametrize("noise", [0.1, 30.0])
def test_the_true_gradient_is_within_the_certificate(loss: Loss, noise: float) -> None:
    p = problem(loss, noise=noise)
    solution = minimise(p)
    with mpmath.workdps(50):
        true = float(mpmath.sqrt(sum(g * g for g in exact_gradient(p, solution))))
    assert true <= CERTIFIED


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: type(loss).__name__)
def test_what_rounding_hides_is_less_than_its_bound_and_not_a_millionth_of_it(loss: Loss) -> None:
    p = problem(loss, noise=3.0)
    parameters = np.random.default_rng(5).normal(0, 8, 7)
    scores = p.scores(parameters)
    with mpmath.workdps(50):
        hidden = [
            float(g - mpmath.mpf(float(c)))
            for g, c in zip(exact_gradient(p, parameters), p.gradient(parameters, scores), strict=True)
        ]
    assert 0 < np.linalg.norm(hidden) <= p.rounding(parameters, scores) < 1e-9


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: type(loss).__name__)
def test_slopes_and_curvatures_keep_their_bounds(loss: Loss) -> None:
    score = np.concatenate([np.linspace(-60, 60, 4001), [-1e12, -1e3, 1e3, 1e12]])
    for target in (0.0, 1.0):
        slope, curvature = (
            loss.slope(score, np.full(score.size, target)),
            loss.curvature(score, np.full(score.size, target)),
        )
        assert (np.abs(slope) <= 1.0).all()
        assert (curvature >= 0).all()
        assert (curvature <= loss.steepest).all()
        if loss.signed:
            assert ((slope <= 0) if target == 1.0 else (slope >= 0)).all()
        difference = np.diff(slope[:4001]) / np.diff(score[:4001])
        assert np.abs(difference - (curvature[:4000] + curvature[1:4001]) / 2).max() < 1e-3  # one is the other's slope


def test_a_solver_that_stops_too_early_releases_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private_solver, "_STEPS", 1)
    with pytest.raises(PrivacyError) as caught:
        minimise(problem(ArsinhLoss(), noise=30.0))
    assert caught.value.code == "solver-not-converged"


def test_rounding_is_counted_as_if_it_had_happened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private_solver, "_UNIT", 1e-6)
    with pytest.raises(PrivacyError):
        minimise(problem(ArsinhLoss()))
