"""Reactions that only grow: a rising line through fixed knots, fitted by non-negative least squares."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from doorstep.estimators.columns import Floats, Ints


def ramps(x: Floats, knots: Floats) -> Floats:
    """Return (n, knots - 1) columns that rise from 0 to 1 between neighbouring knots.

    With weights that are not negative, their sum rises with x, is 0 up to the first knot and flat after the last.

    >>> ramps(np.array([5.0, 30.0]), np.array([0.0, 10.0, 20.0])).tolist()
    [[0.5, 0.0], [1.0, 1.0]]
    """
    return np.clip((x[:, None] - knots[:-1]) / np.diff(knots), 0, 1)


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """Weights of a design whose first `free` columns may have any sign and whose others are 0 or more."""

    weights: Floats

    def at(self, design: Floats) -> Floats:
        """Return fitted values, one per row of `design`."""
        return np.asarray(design @ self.weights, dtype=np.float64)


def fit_line(design: Floats, y: Floats, *, free: int = 1, ridge: float = 0.0) -> Line:
    """Return least-squares weights; columns after the first `free` get no negative weight.

    `ridge` pulls bounded columns towards zero as that many average rows without effect would.
    """
    gram, target = design.T @ design, design.T @ y
    bounded = np.arange(free, len(gram))
    gram[bounded, bounded] *= 1 + ridge / max(1, len(design))
    gram += 1e-9 * np.eye(len(gram))
    root = np.linalg.cholesky(gram).T
    goal = np.linalg.solve(root.T, target)
    # A free column is the difference of two that are bounded.
    solved, _ = nnls(np.hstack([root, -root[:, :free]]), goal)
    weights = solved[: len(gram)].copy()
    weights[:free] -= solved[len(gram) :]
    return Line(weights=weights)


def fit_errors(design: Floats, residual: Floats, cluster: Ints) -> Floats:
    """Return cluster-robust covariance (k, k) of least-squares weights on `design`.

    Bounds are ignored, which makes errors of weights near zero a little too wide.
    """
    _, group = np.unique(cluster, return_inverse=True)
    scores = design * residual[:, None]
    sums = np.zeros((int(group.max()) + 1, design.shape[1]))
    np.add.at(sums, group, scores)
    bread = np.linalg.pinv(design.T @ design)
    return np.asarray(bread @ (sums.T @ sums) @ bread, dtype=np.float64)
