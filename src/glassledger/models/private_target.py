"""The target of a private fit: which loss, on which scale, from one noisy table of the target alone."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from glassledger.errors import PrivacyError
from glassledger.models.links import Link
from glassledger.models.private_loss import TYPICAL, ArsinhLoss, LogMeanLoss, Loss, RobustSquareLoss
from glassledger.models.tasks import class_codes
from glassledger.records.features import Task

Floats = NDArray[np.float64]

#: Cells of a numeric target between its declared bounds.
CELLS = 64


@dataclass(frozen=True)
class Output:
    """One score to fit.

    Attributes
    ----------
    target : ndarray, shape (n_rows,)
    loss : Loss
    centre : float
        Score that suits everybody, from noisy counts.
    scale, origin : float
        The model's link scale is ``origin + scale · score``.
    """

    target: Floats
    loss: Loss
    centre: float
    scale: float = 1.0
    origin: float = 0.0


@dataclass(frozen=True, eq=False, repr=False)
class Target:
    """A checked target before anything was released.

    Attributes
    ----------
    task : {"binary", "multiclass", "regression"}
    link : Link
    values : ndarray
        Class positions, or numbers clipped to the declared bounds.
    bounds : (lower, upper)
        Declared bounds of a number; unused for classes.
    classes : int
    """

    task: Task
    link: Link
    values: NDArray[Any]
    bounds: tuple[float, float]
    classes: int

    @property
    def outputs(self) -> int:
        """Scores to fit: one per class, one for two classes or a number."""
        return self.classes if self.task == "multiclass" else 1

    @property
    def loss(self) -> Loss:
        """The loss of every output."""
        if self.task == "binary":
            return ArsinhLoss()
        return RobustSquareLoss() if self.link == "identity" else LogMeanLoss(signed=self.task == "multiclass")

    def counts(self) -> NDArray[np.int64]:
        """Exact counts of the target's cells; one record is in one of them."""
        if self.task != "regression":
            return np.bincount(self.values, minlength=self.classes).astype(np.int64)
        lower, upper = self.bounds
        cells = np.clip((self.values - lower) / (upper - lower) * CELLS, 0, CELLS - 1).astype(np.intp)
        return np.bincount(cells, minlength=CELLS).astype(np.int64)

    def fitted(self, noisy: Floats, rows: float, *, variance: float, doubt: float) -> tuple[Output, ...]:
        """The outputs to fit, scaled by noisy counts and the noisy number of rows.

        Parameters
        ----------
        noisy : ndarray
            Noisy counts of the target's cells.
        rows : float
            Noisy number of rows.
        variance : float
            Of the noise in each count.
        doubt : float
            Root mean square that privacy noise will leave in a prediction, in units of the scale.
        """
        if self.task == "binary":
            share = float(np.clip(noisy[1] / rows, 2 / rows, 1 - 2 / rows))
            return (Output(self.values.astype(np.float64), self.loss, float(logit(share))),)
        if self.task == "multiclass":
            shares = np.clip(noisy / rows, 2 / rows, 1.0)
            return tuple(
                Output((self.values == index).astype(np.float64), self.loss, float(np.log(share)))
                for index, share in enumerate(shares)
            )
        low, middle, high = self._quantiles(noisy, (0.16, 0.5, 0.84))
        width = (self.bounds[1] - self.bounds[0]) / CELLS
        if self.link == "identity":
            scale = self._scale(noisy, max((high - low) / 2, width) / TYPICAL, rows, variance, doubt)
            return (Output((self.values - middle) / scale, self.loss, 0.0, scale, middle),)
        (top,) = self._quantiles(noisy, (0.995,))
        cap = max(top, width)
        scaled = np.clip(self.values / cap, 0.0, 1.0)
        return (Output(scaled, self.loss, float(np.log(np.clip(middle / cap, 1e-3, 1.0))), 1.0, float(np.log(cap))),)

    def _scale(self, noisy: Floats, least: float, rows: float, variance: float, doubt: float) -> float:
        """Where squares may turn into absolute values: early for little noise, late for little bias in a skewed target.

        The bias of a scale is how far its robust centre lies from the mean of the noisy table.
        """
        lower, upper = self.bounds
        middles = lower + (np.arange(CELLS) + 0.5) * (upper - lower) / CELLS
        weights = np.maximum(np.diff(_monotone(noisy), prepend=0.0), 0.0)
        if weights.sum() <= 0:
            return least
        mean = float(np.average(middles, weights=weights))
        blur = variance * float(np.sum((middles - mean) ** 2)) / rows**2
        scales = least * np.geomspace(1.0, max((upper - lower) / least, 1.0), 16)
        loss = RobustSquareLoss()
        costs = []
        for scale in scales.tolist():
            centre = mean
            for _ in range(60):  # a fixed number of damped steps: convex in one dimension
                residual = (centre - middles) / scale
                steepness = max(float(weights @ loss.curvature(residual, np.zeros(1))), 1e-3 * weights.sum())
                step = scale * float(weights @ loss.slope(residual, np.zeros(1))) / steepness
                centre -= float(np.clip(step, -scale, scale))
            costs.append(max((centre - mean) ** 2 - blur, 0.0) + (doubt * scale) ** 2)
        return float(scales[int(np.argmin(costs))])

    def _quantiles(self, noisy: Floats, shares: tuple[float, ...]) -> list[float]:
        """Quantiles of a noisy table; the running sum is made monotone first."""
        running = _monotone(noisy)
        edges = np.linspace(*self.bounds, CELLS + 1)
        if running[-1] <= 0:
            return [float(edges[0] + share * (edges[-1] - edges[0])) for share in shares]
        strictly = np.append(0.0, running / running[-1]) + np.arange(CELLS + 1) * 1e-9
        return [float(np.interp(share, strictly, edges)) for share in shares]


def _monotone(noisy: Floats) -> Floats:
    """Running sum of a noisy table, made monotone."""
    total = np.cumsum(noisy)
    forwards = np.maximum.accumulate(np.clip(total, 0.0, None))
    backwards = np.minimum.accumulate(total[::-1])[::-1]
    return np.asarray((forwards + np.clip(backwards, 0.0, None)) / 2)


def target_of(
    task: Task,
    values: NDArray[Any],
    classes: tuple[str, ...],
    *,
    link: Literal["identity", "log"] = "identity",
    bounds: tuple[float, float] | None = None,
) -> Target:
    """Check a target against its declaration.

    Raises
    ------
    PrivacyError
        When a number has no declared bounds, or bounds that its link cannot take.
    ModelError
        When a label was not declared.
    """
    if task != "regression":
        codes = class_codes(values, classes)
        return Target(task, "logit" if task == "binary" else "softmax", codes, (0.0, 1.0), len(classes))
    if bounds is None or not bounds[0] < bounds[1] or (link == "log" and bounds[0] < 0):
        raise PrivacyError(
            "A private regression needs declared bounds of its target (at least 0 for the log link).",
            code="target-bounds-missing",
            hint="Declare min and max of the target column in the policy.",
        )
    lower, upper = bounds
    numbers = np.asarray(values, dtype=np.float64)
    clipped = np.clip(np.where(np.isnan(numbers), lower, numbers), lower, upper)
    return Target(task, link, clipped, (lower, upper), 0)
