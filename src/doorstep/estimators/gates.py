"""Does knowing more predict better on days that were held out? Only then may an effect be priced.

Losses of two models on the same rows are compared in pairs, summed by cluster (a day, a route, a recipient), because
rows of one cluster share their luck: a test per row cries wolf in two of five cases.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from doorstep.estimators.columns import Bools, Floats, Ints

LEVEL = 0.01
LEAST_CLUSTERS = 5


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the richer model may be used, and on what grounds.

    `gain` is the mean loss per row that it saves (for an effect: the first-order part of that), `low` and `high`
    bound it at 98 %; `p_value` is one-sided.
    """

    opens: bool
    gain: float
    low: float
    high: float
    p_value: float
    clusters: int
    rows: int

    def words(self, what: str) -> str:
        """Return the verdict as a sentence."""
        if self.clusters < LEAST_CLUSTERS:
            return f"{what}: not enough to tell ({self.clusters} independent groups, {LEAST_CLUSTERS} needed)."
        seen = "seen" if self.opens else "not seen"
        return (
            f"{what}: {seen} on {self.rows} held-out rows in {self.clusters} groups "
            f"(gain {self.gain:.5f} a row, p = {self.p_value:.2g})."
        )


SHUT = Verdict(opens=False, gain=0.0, low=0.0, high=0.0, p_value=1.0, clusters=0, rows=0)
"""Nothing to judge by."""


def gate(without: Floats, with_it: Floats, cluster: Ints, *, level: float = LEVEL) -> Verdict:
    """Return whether the losses `with_it` are lower than `without` it, beyond chance at `level`, one-sided.

    Arrays of one length, in the order of the held-out rows; `cluster` numbers what may share its luck. The
    statistic is the mean difference per row over its cluster-robust standard error, against Student's t.
    Fewer than five clusters never open a gate.
    """
    _, group = np.unique(cluster, return_inverse=True)
    count = int(group.max()) + 1 if len(group) else 0
    if count < LEAST_CLUSTERS:
        return Verdict(opens=False, gain=0.0, low=0.0, high=0.0, p_value=1.0, clusters=count, rows=len(group))
    saved = without - with_it
    gain = float(saved.mean())
    sums = np.bincount(group, saved - gain, minlength=count)
    error = float(np.sqrt((sums**2).sum() * count / (count - 1))) / len(saved)
    if error == 0:
        return Verdict(
            opens=gain > 0, gain=gain, low=gain, high=gain, p_value=float(gain <= 0), clusters=count, rows=len(saved)
        )
    p_value = float(student.sf(gain / error, count - 1))
    reach = float(student.ppf(1 - LEVEL, count - 1)) * error
    return Verdict(p_value < level, gain, gain - reach, gain + reach, p_value, count, len(saved))


def log_losses(taken: Floats, chance: Floats) -> Floats:
    """Return each row's loss, -log of the chance that was given to what came."""
    p = np.clip(chance, 1e-6, 1 - 1e-6)
    return -np.where(taken > 0.5, np.log(p), np.log1p(-p))


def folds(cluster: Ints, count: int = 5) -> Ints:
    """Return a fold per row, 0 to `count` - 1, whole clusters together, neighbours in different folds."""
    _, group = np.unique(cluster, return_inverse=True)
    return group.astype(np.int64) % count


def held_out(day: Ints, *, last: int = 14) -> Bools:
    """Return which rows lie in the last days: `last` of them, or a quarter of a history shorter than four times that.

    `day` numbers the days; the rows held out are never empty unless there are none.
    """
    if not len(day):
        return np.zeros(0, dtype=np.bool_)
    span = int(day.max() - day.min()) + 1
    days = min(last, max(1, span // 4))
    return np.asarray(day > day.max() - days, dtype=np.bool_)


def forward(day: Ints, *, last: int = 14, blocks: int = 2) -> tuple[tuple[Bools, Bools], ...]:
    """Return (learn on, judge on) masks that walk forward in time: the last days, and the block before them.

    Blocks shrink with short histories as in `held_out`; nothing is ever judged by what it learned from.
    """
    if not len(day):
        return ()
    span = int(day.max() - day.min()) + 1
    days = min(last, max(1, span // (2 + blocks)))
    ends = [int(day.max()) - days * k for k in reversed(range(blocks))]
    return tuple((day <= end - days, (day > end - days) & (day <= end)) for end in ends)
