"""Means of paired runs and how far they may be off, by Student's t; honest from about thirty runs on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t


@dataclass(frozen=True, slots=True)
class Paired:
    """Two means over the same runs and their difference, second minus first, with intervals at 90 and 95 %."""

    first: float
    second: float
    difference: float
    low90: float
    high90: float
    low95: float
    high95: float
    runs: int

    def clear(self, *, above: float = 0.0) -> bool:
        """Return whether the difference exceeds `above` with its whole 95 % interval."""
        return self.low95 > above


def paired(first: Sequence[float], second: Sequence[float]) -> Paired:
    """Return the paired comparison of two measurements of the same runs, in the same order.

    Raises ValueError for fewer than two runs or unequal numbers.

    >>> paired([1.0, 2.0, 3.0], [2.0, 3.0, 4.0]).difference
    1.0
    """
    if len(first) != len(second) or len(first) < 2:
        raise ValueError(f"Expected the same two or more runs on both sides, got {len(first)} and {len(second)}.")
    apart = np.asarray(second, dtype=np.float64) - np.asarray(first, dtype=np.float64)
    mean = float(apart.mean())
    low90, high90 = around(apart.tolist(), 0.90)
    low95, high95 = around(apart.tolist(), 0.95)
    return Paired(float(np.mean(first)), float(np.mean(second)), mean, low90, high90, low95, high95, len(first))


def around(values: Sequence[float], level: float) -> tuple[float, float]:
    """Return the interval of the mean of at least two values at a level between 0 and 1."""
    sample = np.asarray(values, dtype=np.float64)
    mean, error = float(sample.mean()), float(sample.std(ddof=1)) / len(sample) ** 0.5
    reach = float(t.ppf((1 + level) / 2, len(sample) - 1)) * error
    return mean - reach, mean + reach
