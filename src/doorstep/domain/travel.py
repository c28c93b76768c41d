"""Travel times that depend on when you leave, in whole seconds and FIFO by construction.

Two forms: matrices by traffic slot, and one arrival function per leg. Both answer `arrival` and `distance` alike.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from doorstep.domain.errors import YourInput
from doorstep.domain.units import Metres, Seconds


@dataclass(frozen=True, slots=True, eq=False)
class TravelTimes:
    """Legs between all pairs of locations, directed, one matrix per traffic slot.

    `edges` has K strictly rising starts, the first 0; the last slot never ends. `seconds` and `metres`
    have shape (K, n, n), int32, no negative entry, diagonal zero.
    """

    edges: tuple[Seconds, ...]
    seconds: NDArray[np.int32]
    metres: NDArray[np.int32]

    def __post_init__(self) -> None:
        shape = (len(self.edges), *self.seconds.shape[1:2] * 2)
        if self.seconds.shape != shape or self.metres.shape != shape:
            raise YourInput(
                f"Expected matrices of shape {shape} for {len(self.edges)} slots, "
                f"got {self.seconds.shape} seconds and {self.metres.shape} metres."
            )
        if not self.edges or self.edges[0] != 0 or list(self.edges) != sorted(set(self.edges)):
            raise YourInput(f"Expected slot edges that start at 0 and rise, got {self.edges}.")
        self._refuse_unfit("seconds", self.seconds)
        self._refuse_unfit("metres", self.metres)

    def _refuse_unfit(self, name: str, legs: NDArray[Any]) -> None:
        """Raise at the first leg that is no whole number from 0."""
        fits = legs.dtype.kind in "iu" and (not legs.size or legs.min() >= 0)
        if fits:
            return
        wrong = np.argwhere(~(legs >= 0) | ~(legs < np.inf)) if legs.dtype.kind in "iuf" else np.empty((0, 3))
        if not len(wrong):
            raise YourInput(f"Expected whole {name}, got a matrix of {legs.dtype}; round them.")
        k, i, j = (int(x) for x in wrong[0])
        raise YourInput(
            f"Expected travel {name} of 0 or more, got {legs[k, i, j]} from location {i} to {j} in slot {k}; "
            "correct it, or leave out the place that nobody reaches."
        )

    def slot(self, at: int) -> int:
        """Return the index of the slot in force at a second of the day."""
        return bisect_right(self.edges, at) - 1 if at > 0 else 0

    def arrival(self, start: int, end: int, leaves: int) -> Seconds:
        """Return when a van that leaves `start` at `leaves` reaches `end`.

        What is left of a leg at a slot's edge is stretched by the ratio of the two slots' durations, rounded
        up to whole seconds; later departure never arrives earlier (Ichoua, Gendreau and Potvin 2003).
        """
        k = self.slot(leaves)
        at, left = leaves, int(self.seconds[k, start, end])
        while k + 1 < len(self.edges) and at + left > self.edges[k + 1]:
            here, there = int(self.seconds[k, start, end]), int(self.seconds[k + 1, start, end])
            left -= self.edges[k + 1] - at
            left = -(-left * there // here)
            at, k = self.edges[k + 1], k + 1
        return Seconds(at + left)

    def distance(self, start: int, end: int, leaves: int) -> Metres:
        """Return the metres of the leg a van takes when it leaves at `leaves`."""
        return Metres(int(self.metres[self.slot(leaves), start, end]))

    def mean_seconds(self) -> NDArray[np.float64]:
        """Return each leg's seconds on the mean of all slots, shape (n, n)."""
        return self.seconds.mean(axis=0)

    def least_seconds(self) -> NDArray[np.int32]:
        """Return the seconds of each leg that no departure can undercut, shape (n, n)."""
        least: NDArray[np.int32] = self.seconds.min(axis=0)
        return least

    def most_seconds(self) -> NDArray[np.int32]:
        """Return the seconds of each leg in the slowest slot, shape (n, n)."""
        most: NDArray[np.int32] = self.seconds.max(axis=0)
        return most

    def between(self, rows: Sequence[int]) -> "TravelTimes":
        """Return the travel between some of the locations alone, in this order."""
        at = np.ix_(rows, rows)
        return TravelTimes(self.edges, self.seconds[:, *at], self.metres[:, *at])


@dataclass(frozen=True, slots=True, eq=False)
class ArrivalFunctions:
    """Legs between all pairs of locations, directed, each with its own function from departure to arrival.

    The leg from i to j has the knots begins[i * n + j] up to begins[i * n + j + 1] of `at` (departures) and `there`
    (arrivals), int32, both never falling. Between knots the arrival is linear, *rounded up* to a whole second: what
    never falls still never falls when rounded, so later departure never arrives earlier. Two knots at one second are a
    step, and who leaves at that very second gets the smaller value. Before the first and after the last knot the leg
    takes as long as there. From a location to itself there are no knots, and it takes no time. `metres` has shape
    (n, n). Visser and Spliet 2020 compute with such functions in the reals; where every piece is flat or rises one by
    one between whole knots, as in Lyon's data, whole seconds lose nothing.
    """

    begins: NDArray[np.int64]
    at: NDArray[np.int32]
    there: NDArray[np.int32]
    metres: NDArray[np.int32]

    def __post_init__(self) -> None:
        n = len(self.metres)
        if self.metres.shape != (n, n) or self.begins.shape != (n * n + 1,) or self.at.shape != self.there.shape:
            raise YourInput(
                f"Expected metres of shape ({n}, {n}), {n * n + 1} beginnings and as many departures as arrivals, got "
                f"{self.metres.shape}, {len(self.begins)}, {self.at.shape} and {self.there.shape}."
            )
        knots = np.diff(self.begins)
        if self.begins[0] != 0 or self.begins[-1] != len(self.at) or (n and knots.min() < 0):
            raise YourInput(f"Expected beginnings that rise from 0 to {len(self.at)}, got others.")
        if n and ((knots.reshape(n, n) > 0) == np.eye(n, dtype=bool)).any():
            raise YourInput("Expected knots for every leg between two locations and none from one to itself.")
        self._refuse_unfit()

    def _refuse_unfit(self) -> None:
        """Raise where a function falls, arrives before it leaves, or a distance is negative."""
        inside = np.ones(max(0, len(self.at) - 1), bool)
        inside[self.begins[(self.begins > 0) & (self.begins < len(self.at))] - 1] = False
        falls = ((np.diff(self.at) < 0) | (np.diff(self.there) < 0)) & inside
        early = (self.there < self.at) | (self.at < 0)
        for wrong, what in ((falls, "that never fall"), (early, "from second 0 on, never before the departure")):
            if wrong.any():
                start, end = self._leg_of(int(np.flatnonzero(wrong)[0]))
                raise YourInput(f"Expected arrivals {what}, got others on the leg from {start} to {end}.")
        if self.metres.size and self.metres.min() < 0:
            raise YourInput("Expected metres of 0 or more, got a negative entry.")

    def _leg_of(self, knot: int) -> tuple[int, int]:
        return divmod(int(np.searchsorted(self.begins, knot, side="right")) - 1, len(self.metres))

    def arrival(self, start: int, end: int, leaves: int) -> Seconds:
        """Return when a van that leaves `start` at `leaves` reaches `end`."""
        leg = start * len(self.metres) + end
        first, last = int(self.begins[leg]), int(self.begins[leg + 1])
        if first == last:
            return Seconds(leaves)
        k = first + int(np.searchsorted(self.at[first:last], leaves))
        if k in (first, last):
            k = min(k, last - 1)
            return Seconds(leaves + int(self.there[k]) - int(self.at[k]))
        a, b, p, q = (int(x) for x in (*self.at[k - 1 : k + 1], *self.there[k - 1 : k + 1]))
        return Seconds(p - (q - p) * (a - leaves) // (b - a)) if leaves < b else Seconds(q)

    def distance(self, start: int, end: int, leaves: int) -> Metres:
        """Return the metres of a leg, whenever a van leaves."""
        del leaves
        return Metres(int(self.metres[start, end]))

    def mean_seconds(self) -> NDArray[np.float64]:
        """Return each leg's seconds on the mean of all departures between its first and last knot, shape (n, n)."""
        takes = (self.there - self.at).astype(float)
        spans = np.diff(self.at, append=0).astype(float)
        areas = spans * (takes + np.append(takes[1:], 0.0)) / 2
        ends = self.begins[1:][np.diff(self.begins) > 0] - 1
        spans[ends] = areas[ends] = 0.0
        whole, area = self._by_leg(np.add, spans), self._by_leg(np.add, areas)
        return np.where(whole > 0, area / np.maximum(whole, 1.0), self._by_leg(np.minimum, takes))

    def least_seconds(self) -> NDArray[np.int32]:
        """Return the seconds of each leg that no departure can undercut, shape (n, n)."""
        return self._by_leg(np.minimum, self.there - self.at).astype(np.int32)

    def most_seconds(self) -> NDArray[np.int32]:
        """Return the most seconds that each leg ever takes, shape (n, n)."""
        return self._by_leg(np.maximum, self.there - self.at).astype(np.int32)

    def _by_leg(self, how: np.ufunc, values: NDArray[np.generic]) -> NDArray[np.float64]:
        """Return values by knot brought together by leg, 0 on the diagonal."""
        n = len(self.metres)
        found = np.zeros(n * n)
        legs = np.flatnonzero(np.diff(self.begins))
        if len(legs):
            found[legs] = how.reduceat(values, self.begins[legs])
        return found.reshape(n, n)

    def between(self, rows: Sequence[int]) -> "ArrivalFunctions":
        """Return the travel between some of the locations alone, in this order."""
        legs = (np.array(rows, np.int64)[:, None] * len(self.metres) + np.array(rows, np.int64)[None, :]).reshape(-1)
        knots = self.begins[legs + 1] - self.begins[legs]
        begins = np.concatenate([[0], np.cumsum(knots)]).astype(np.int64)
        pick = np.arange(begins[-1]) + np.repeat(self.begins[legs] - begins[:-1], knots)
        return ArrivalFunctions(begins, self.at[pick], self.there[pick], self.metres[np.ix_(rows, rows)])


Travel = TravelTimes | ArrivalFunctions
"""How long and how far every leg is, whenever somebody leaves."""

TimesByProfile = Mapping[str, Travel]


def by_slot(travel: Travel) -> TravelTimes:
    """Return travel that must be matrices by slot; raises YourInput where it is arrival functions."""
    if isinstance(travel, TravelTimes):
        return travel
    raise YourInput("Expected travel times by slot here, got arrival functions; give matrices by slot.")
