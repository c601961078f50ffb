"""What the pure private families ask of a library of mechanisms; the door to one implements it."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class NoiseMechanisms(Protocol):
    """Five releases, each with the sensitivity that its caller must keep. ``epsilon`` is what one call spends."""

    library: str
    noise_source: str

    def count(self, exact: int, epsilon: float) -> int:
        """A count with two-sided geometric noise; one record changes it by at most one. May be negative."""

    def bounded_sum(self, exact: float, epsilon: float, upper: float) -> float:
        """A sum of values in [0, 1] with Laplace noise, moved into [0, ``upper``]; ``upper`` is public or noisy."""

    def bounded_squares(self, exact: float, epsilon: float, sensitivity: float, upper: float) -> float:
        """A sum of squares with Laplace noise drawn inside [0, ``upper``] (bounded Laplace mechanism).

        Source: Holohan, Antonatos, Braghin, Mac Aonghusa, *The bounded Laplace mechanism in differential privacy*,
        Journal of Privacy and Confidentiality 10(1), 2020.
        """

    def choose(self, counts: list[int], epsilon: float) -> int:
        """Index of a large count by permute-and-flip; one record raises one count by one.

        Source: McKenna and Sheldon, *Permute-and-flip: a new mechanism for differentially private selection*,
        NeurIPS 2020.
        """

    def objective_noise(self, dimension: int, epsilon: float, curvature: float, alpha: float) -> tuple[Floats, float]:
        """The linear and quadratic terms that make a sum of losses over rows of norm at most 1 private.

        Parameters
        ----------
        dimension : int
        epsilon : float
            As in Chaudhuri, Monteleoni and Sarwate, *Differentially private empirical risk minimization*, JMLR 2011,
            Algorithm 2, whose neighbours differ by a replaced row.
        curvature : float
            Bound on the second derivative of the loss; 0 gives a vector of norm Gamma(dimension, 2 / epsilon) alone.
        alpha : float
            The regulariser ``alpha/2 · ‖w‖²`` that the objective has already.

        Returns
        -------
        (b, extra)
            Add ``b·w + extra/2 · ‖w‖²`` to the sum.
        """
