"""Many places at once that no matrix knows yet, roughly: for orders that may come, not for one that did.

As for one new place (`new_place`): a way takes for its length by air what the neighbours' own ways take for theirs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from doorstep.domain.places import Place
from doorstep.domain.problem import Problem
from doorstep.domain.travel import TravelTimes
from doorstep.operations.new_place import ENOUGH, NEIGHBOURS, Floats, Ints, air_between, located


def with_places(problem: Problem, places: Sequence[Place]) -> tuple[Problem, list[int]]:
    """Return the problem with rows for places, and these rows; a place that is there already keeps its row.

    Some 0.1 s for 100 of them beside 1,000 rows in six slots. Raises UnplannableInput where rows have no coordinates,
    or travel is not by slot.
    """
    old = located(problem)
    known = {place: row for row, place in reversed(list(enumerate(old)))}
    new = [place for place in dict.fromkeys(places) if place not in known]
    rows = known | {place: len(old) + k for k, place in enumerate(new)}
    if new:
        around = _Around.of(old, new)
        times = {name: _larger(t, around) for name, t in problem.times.items() if isinstance(t, TravelTimes)}
        problem = replace(problem, places=(*problem.places, *new), times=times)
    return problem, [rows[place] for place in places]


@dataclass(frozen=True, slots=True, eq=False)
class _Around:
    """How far it is by air from new places to old ones and each other, and the same from their neighbours, added up.

    `near` are the neighbours' rows, shape (new, neighbours); `to_all` and `apart` lead to the old rows, then to the new
    ones; `old_air` is all air between old rows.
    """

    near: NDArray[np.int64]
    to_all: Floats
    apart: Floats
    old_air: float

    @classmethod
    def of(cls, old: Sequence[Place], new: Sequence[Place]) -> "_Around":
        one, other = (np.array([(p.lon, p.lat) for p in some]) for some in (old, new))
        between, to_old = air_between(one, one), air_between(other, one)
        near = np.argsort(to_old, axis=1, kind="stable")[:, :NEIGHBOURS]
        apart = between[near].sum(axis=1)
        return cls(
            near,
            np.hstack([to_old, air_between(other, other)]),
            np.hstack([apart, apart[:, near].sum(axis=2) / near.shape[1]]),
            float(between.sum()),
        )

    def legs(self, matrix: Ints, *, back: bool) -> Floats:
        """Return by slot the legs from every new place to all, or back from all; shape (slots, new, old and new)."""
        there = matrix.transpose(0, 2, 1) if back else matrix
        ways = there[:, self.near].sum(axis=2, dtype=float)
        ways = np.concatenate([ways, ways[:, :, self.near].sum(axis=3) / self.near.shape[1]], axis=2)
        usual = matrix.sum(axis=(1, 2)) / self.old_air if self.old_air else np.ones(len(matrix))
        far = self.apart > ENOUGH * self.near.shape[1]
        stretch = np.where(far, ways / np.maximum(self.apart, 1.0), usual[:, None, None])
        return np.asarray(np.ceil(stretch * self.to_all))


def _larger(travel: TravelTimes, around: _Around) -> TravelTimes:
    """Return matrices with the new rows and columns."""
    n, more = travel.seconds.shape[1], len(around.near)
    found = []
    for matrix in (travel.seconds, travel.metres):
        larger = np.zeros((len(travel.edges), n + more, n + more), np.int32)
        larger[:, :n, :n] = matrix
        larger[:, n:, :] = around.legs(matrix, back=False)
        larger[:, :n, n:] = around.legs(matrix, back=True)[:, :, :n].transpose(0, 2, 1)
        found.append(larger)
    return TravelTimes(travel.edges, *found)
