"""Some of the legs between many places: those that somebody asked for while a plan was made, kept beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from doorstep.domain.errors import YourInput
from doorstep.domain.travel import AskedTimes
from doorstep.domain.units import Seconds

Wholes = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class KeptLegs:
    """Legs by their ends: `ends` holds start * places + end, rising; `legs` has shape (2, K, ends).

    `name` is that of the legs they are some of. From a place to itself it takes no time, kept or not.
    """

    name: str
    edges: tuple[Seconds, ...]
    places: int
    ends: NDArray[np.int64]
    legs: Wholes

    @classmethod
    def of(cls, times: AskedTimes) -> Self:
        """Return the legs of some travel that were asked for."""
        n, known = len(times.rows), times.known()
        ends = np.array([start * n + end for start, end in known], np.int64)
        legs = np.array(list(known.values()), np.int32).reshape(len(known), 2, len(times.edges)).transpose(1, 2, 0)
        order = np.argsort(ends)
        return cls(times.name, times.edges, n, ends[order], np.ascontiguousarray(legs[:, :, order]))

    def times(self) -> AskedTimes:
        """Return the travel between all places, as far as it is kept."""
        return AskedTimes(self, range(self.places))

    def table(self, starts: Sequence[int], ends: Sequence[int]) -> Wholes:
        """Return the legs from each start to each end, shape (2, K, starts, ends); raises YourInput where one lacks."""
        rows = np.repeat(np.asarray(starts, np.int64), len(ends))
        found = self.pairs(rows.tolist(), np.tile(np.asarray(ends, np.int64), len(starts)).tolist())
        return found.reshape(2, len(self.edges), len(starts), len(ends))

    def pairs(self, starts: Sequence[int], ends: Sequence[int]) -> Wholes:
        """Return the legs from each start to the end beside it, shape (2, K, starts); raises YourInput likewise."""
        here, there = np.asarray(starts, np.int64), np.asarray(ends, np.int64)
        wanted = here * self.places + there
        at = np.minimum(np.searchsorted(self.ends, wanted), max(0, len(self.ends) - 1))
        kept = self.ends[at] == wanted if len(self.ends) else np.zeros(len(wanted), bool)
        lacking = np.flatnonzero(~kept & (here != there))
        if len(lacking):
            k = int(lacking[0])
            raise YourInput(
                f"Expected the leg from place {here[k]} to {there[k]}, but of this day only the legs of its own plan "
                "are kept; plan it anew from where its travel came from, or in smaller parts with matrices."
            )
        found = np.zeros((2, len(self.edges), len(wanted)), np.int32)
        found[:, :, kept] = self.legs[:, :, at[kept]]
        return found

    def longest(self) -> tuple[int, int]:
        """Return seconds and metres that no kept leg exceeds."""
        return int(self.legs[0].max(initial=0)), int(self.legs[1].max(initial=0))
