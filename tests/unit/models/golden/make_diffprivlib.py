"""Write the golden outputs of diffprivlib's own estimators and mechanisms.

Run by hand, without glassledger and without any shim, where the unmodified package works (its CI's stack)::

    python -m venv old && old/bin/pip install diffprivlib==0.6.6 scikit-learn==1.5.2 "scipy<1.18" "numpy<2.3"
    old/bin/python make_diffprivlib.py > diffprivlib_0_6_6.json

Seeds stand only here: the point is that our doors draw the same noise in the same places as the estimators do.
"""

import json
import platform
import sys
from importlib.metadata import version

import numpy as np
from diffprivlib import mechanisms
from diffprivlib.models import GaussianNB, LogisticRegression
from diffprivlib.models.forest import DecisionTreeClassifier


def table(rows, columns):
    """Rows in [0, 1] and two classes that depend on them; RandomState streams are frozen."""
    random = np.random.RandomState(0)
    X = random.random_sample((rows, columns))
    y = (X[:, 0] + 0.5 * X[:, 1] + 0.3 * random.standard_normal(rows) > 0.75).astype(int)
    return X, y


def draws():
    state = np.random.RandomState(7)
    out = {
        "count": [
            mechanisms.Geometric(epsilon=0.3, sensitivity=1, random_state=state).randomise(100) for _ in range(20)
        ],
        "bounded_sum": [
            mechanisms.LaplaceTruncated(
                epsilon=0.2, sensitivity=1.0, lower=0.0, upper=40.0, random_state=state
            ).randomise(20.0)
            for _ in range(20)
        ],
        "bounded_squares": [
            mechanisms.LaplaceBoundedDomain(
                epsilon=0.2, sensitivity=0.5, lower=0.0, upper=20.0, random_state=state
            ).randomise(5.0)
            for _ in range(20)
        ],
        "choose": [
            mechanisms.PermuteAndFlip(
                epsilon=0.5, sensitivity=1, monotonic=True, utility=[3, 5, 4], random_state=state
            ).randomise()
            for _ in range(40)
        ],
    }
    out["objective_noise"] = []
    for epsilon, curvature, alpha in ((2.0, 0.25, 1.25), (0.1, 0.25, 0.05), (0.5, 0.0, 1.0)):
        noise = mechanisms.Vector(
            epsilon=epsilon,
            dimension=5,
            alpha=alpha,
            function_sensitivity=curvature,
            data_sensitivity=1.0,
            n=1,
            random_state=state,
        ).randomise(lambda w: (0.0, np.zeros(5)))
        linear = noise(np.zeros(5))[1]
        extra = (noise(np.eye(1, 5).ravel())[1] - linear)[0]
        case = {"epsilon": epsilon, "curvature": curvature, "alpha": alpha}
        out["objective_noise"].append({**case, "linear": linear.tolist(), "extra": float(extra)})
    return {"seed": 7, **out}


def logistic():
    X, y = table(200, 4)
    X = (2 * X - 1) / 2  # four columns within ±1/2: rows of norm at most 1
    cases = []
    for epsilon, c, seed in ((2.0, 0.8, 3), (0.05, 20.0, 4)):  # one case for each regime of the mechanism
        fitted = LogisticRegression(
            epsilon=epsilon, data_norm=1.0, C=c, fit_intercept=False, tol=1e-12, max_iter=100_000, random_state=seed
        ).fit(X, y)
        cases.append({"epsilon": epsilon, "c": c, "seed": seed, "weights": fitted.coef_[0].tolist()})
    return cases


def moments():
    X, _ = table(150, 3)
    estimator = GaussianNB(epsilon=3.0, bounds=(np.zeros(3), np.ones(3)))
    estimator.bounds = (np.zeros(3), np.ones(3))
    mean, variance = estimator._update_mean_variance(
        0, np.zeros(3), np.zeros(3), X, random_state=np.random.RandomState(5), n_noisy=140
    )
    return {"seed": 5, "size": 140, "each": 3.0 / 3 / 3, "mean": mean.tolist(), "variance": variance.tolist()}


def tree():
    X, y = table(400, 3)
    fitted = DecisionTreeClassifier(
        max_depth=3, epsilon=1.0, bounds=(np.zeros(3), np.ones(3)), classes=[0, 1], random_state=11
    ).fit(X, y)
    nodes = fitted.tree_
    return {
        "seed": 11,
        "column": np.where(nodes.children_left < 0, -1, nodes.feature).tolist(),
        "threshold": nodes.threshold.tolist(),
        "left": nodes.children_left.tolist(),
        "right": nodes.children_right.tolist(),
        "label": nodes.value[:, 0, :].argmax(axis=1).tolist(),
        "empty_leaves": int(
            sum(1 for leaf in np.flatnonzero(nodes.children_left < 0) if leaf not in set(fitted.apply(X)))
        ),
    }


if __name__ == "__main__":
    packages = ("diffprivlib", "scikit-learn", "scipy", "numpy")
    golden = {
        "made_by": {"python": platform.python_version(), **{name: version(name) for name in packages}},
        "draws": draws(),
        "logistic": logistic(),
        "moments": moments(),
        "tree": tree(),
    }
    json.dump(golden, sys.stdout, indent=1)
    sys.stdout.write("\n")
