"""Effects of things seen only a few times, pulled towards what is usual by as much as they lack evidence."""

from dataclasses import dataclass

import numpy as np

from doorstep.estimators.columns import Floats, Ints


@dataclass(frozen=True, slots=True)
class GammaPrior:
    """What is believed of a rate before its own events: `shape` events in `exposure`."""

    shape: float
    exposure: float

    def rate(self, events: Floats, exposure: Floats) -> Floats:
        """Return shrunken rates: (events + shape) / (exposure + prior exposure)."""
        return (events + self.shape) / (exposure + self.exposure)


def gamma_prior(events: Floats, exposure: Floats) -> GammaPrior:
    """Return the prior whose mean and spread fit counts per group, by moments.

    Groups without exposure count for nothing. When counts scatter no more than chance, the prior is so strong
    that every group gets the common rate.
    """
    seen = exposure > 0
    events, exposure = events[seen], exposure[seen]
    if not len(events) or events.sum() == 0:
        return GammaPrior(shape=1e-6, exposure=1.0)
    rate = events.sum() / exposure.sum()
    extra = ((events - rate * exposure) ** 2 - rate * exposure).sum() / (exposure**2).sum()
    variance = max(float(extra), rate**2 * 1e-3)
    return GammaPrior(shape=float(rate**2 / variance), exposure=float(rate / variance))


def shrunken_means(values: Floats, group: Ints, count: int) -> tuple[Floats, Floats]:
    """Return each group's mean deviation, shrunken to zero, and how many rows it rests on.

    `values` are residuals of mean about zero, `group` their numbers below `count`. Between-group variance by
    moments (one-way layout); groups without rows get 0.
    """
    rows = np.bincount(group, minlength=count).astype(np.float64)
    mean = np.bincount(group, values, minlength=count) / np.maximum(rows, 1)
    within = float(((values - mean[group]) ** 2).sum() / max(1, len(values) - int((rows > 0).sum())))
    many = rows > 0
    between = float((rows[many] * mean[many] ** 2).sum() - within * many.sum()) / max(1.0, float(rows[many].sum()))
    between = max(0.0, between)
    return mean * rows * between / np.maximum(rows * between + within, 1e-12), rows


def towards_zero(estimate: float, error: float) -> float:
    """Return an estimate shrunken by its own uncertainty: times max(0, 1 - (error / estimate)²).

    >>> towards_zero(0.10, 0.02)
    0.096
    """
    if abs(estimate) <= error:
        return 0.0
    return estimate * (1 - (error / estimate) ** 2)
