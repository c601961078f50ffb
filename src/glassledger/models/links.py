"""Inverse links, numerically stable."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax

Link = Literal["logit", "softmax", "identity", "log"]


def inverse(link: Link, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Map link-scale values, shape (n_rows, n_outputs), to the response scale."""
    if link == "logit":
        return np.asarray(expit(values))
    if link == "softmax":
        return np.asarray(softmax(values, axis=1))
    if link == "log":
        return np.exp(values)
    return values
