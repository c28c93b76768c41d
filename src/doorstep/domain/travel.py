"""Travel times that depend on when you leave, in whole seconds and FIFO by construction.

Two forms: legs by traffic slot, and one arrival function per leg. Both answer `arrival` and `distance` alike. Legs by
slot are matrices, or are asked for when somebody needs them: nobody builds a matrix of a large area.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from doorstep.domain.errors import YourInput
from doorstep.domain.units import Metres, Seconds

MATRIX_PLACES = 4_000
"""Up to so many places travel is held as matrices, whoever gives it: 128 MB a slot."""

MOST_ASKED = 10_000
"""Locations whose matrices are built of legs that are asked for: 800 MB a slot."""


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
        at, left = leaves, self.leg_seconds(k, start, end)
        while k + 1 < len(self.edges) and at + left > self.edges[k + 1]:
            here, there = self.leg_seconds(k, start, end), self.leg_seconds(k + 1, start, end)
            left -= self.edges[k + 1] - at
            left = -(-left * there // here)
            at, k = self.edges[k + 1], k + 1
        return Seconds(at + left)

    def distance(self, start: int, end: int, leaves: int) -> Metres:
        """Return the metres of the leg a van takes when it leaves at `leaves`."""
        return Metres(self.leg_metres(self.slot(leaves), start, end))

    def leg_seconds(self, slot: int, start: int, end: int) -> int:
        """Return the seconds of one leg in a slot."""
        return int(self.seconds[slot, start, end])

    def leg_metres(self, slot: int, start: int, end: int) -> int:
        """Return the metres of one leg in a slot."""
        return int(self.metres[slot, start, end])

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


class Legs(Protocol):
    """Whoever knows the legs between numbered locations and gives some of them out; can be sent to other processes.

    Both answers hold seconds and metres, int32, none negative, 0 from a location to itself.
    """

    @property
    def name(self) -> str:
        """What the legs are, in a fingerprint: another name, other legs."""

    @property
    def edges(self) -> tuple[Seconds, ...]:
        """Starts of the traffic slots, the first 0."""

    def table(self, starts: Sequence[int], ends: Sequence[int]) -> NDArray[np.int32]:
        """Return the legs from each start to each end, shape (2, K, starts, ends)."""

    def pairs(self, starts: Sequence[int], ends: Sequence[int]) -> NDArray[np.int32]:
        """Return the legs from each start to the end beside it, shape (2, K, starts)."""

    def longest(self) -> tuple[int, int]:
        """Return seconds and metres that no leg exceeds."""


class AskedTimes(TravelTimes):
    """Travel times by slot whose legs are asked for when somebody needs them, and remembered.

    Location i is number `rows[i]` of the legs'. One leg, a few along a route, or the matrices of a small part cost
    what they hold; looking at `seconds` or `metres` builds the matrices of all, and is refused where they are many.
    """

    __slots__ = ("_known", "_whole", "legs", "rows")

    def __init__(self, legs: Legs, rows: Sequence[int]) -> None:
        """Begin with nothing asked."""
        for name, value in (("legs", legs), ("rows", rows), ("_known", {}), ("_whole", None), ("edges", legs.edges)):
            object.__setattr__(self, name, value)

    legs: Legs
    rows: Sequence[int]
    _known: dict[tuple[int, int], list[list[int]]]
    _whole: NDArray[np.int32] | None

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel light: another process asks for itself."""
        return AskedTimes, (self.legs, self.rows)

    @property
    def seconds(self) -> NDArray[np.int32]:
        """Matrices of all locations, shape (K, n, n); raises YourInput where they are too many."""
        seconds: NDArray[np.int32] = self._matrices()[0]
        return seconds

    @property
    def metres(self) -> NDArray[np.int32]:
        """Matrices of all locations, shape (K, n, n); raises YourInput where they are too many."""
        metres: NDArray[np.int32] = self._matrices()[1]
        return metres

    @property
    def name(self) -> str:
        """What the legs are, in a fingerprint."""
        every = isinstance(self.rows, range) and self.rows == range(len(self.rows))
        return self.legs.name if every else f"{self.legs.name} of {list(self.rows)}"

    def leg_seconds(self, slot: int, start: int, end: int) -> int:
        """Return the seconds of one leg in a slot."""
        return self._leg(start, end)[0][slot]

    def leg_metres(self, slot: int, start: int, end: int) -> int:
        """Return the metres of one leg in a slot."""
        return self._leg(start, end)[1][slot]

    def between(self, rows: Sequence[int]) -> "TravelTimes":
        """Return the travel between some of the locations alone, still to be asked for."""
        return AskedTimes(self.legs, [self.rows[row] for row in rows])

    def ask(self, starts: Sequence[int], ends: Sequence[int]) -> None:
        """Ask for the legs from each start to the end beside it, all at once, as far as they are not known."""
        new = [pair for pair in dict.fromkeys(zip(starts, ends, strict=True)) if pair not in self._known]
        if new:
            found = self.legs.pairs([self.rows[a] for a, _ in new], [self.rows[b] for _, b in new])
            self._known.update(zip(new, found.transpose(2, 0, 1).tolist(), strict=True))

    def from_row(self, row: int) -> NDArray[np.int32]:
        """Return the seconds of the legs from one location to all, shape (K, n); nothing of it is remembered."""
        seconds: NDArray[np.int32] = self.legs.table([self.rows[row]], self.rows)[0, :, 0]
        return seconds

    def known(self) -> dict[tuple[int, int], list[list[int]]]:
        """Return by both ends the legs that were asked for one by one: seconds by slot, and metres by slot."""
        return dict(self._known)

    def _leg(self, start: int, end: int) -> list[list[int]]:
        if (start, end) not in self._known:
            self.ask([start], [end])
        return self._known[start, end]

    def _matrices(self) -> NDArray[np.int32]:
        if self._whole is not None:
            return self._whole
        if len(self.rows) > MOST_ASKED:
            raise YourInput(
                f"Expected at most {MOST_ASKED:,} places for a whole matrix of travel, got {len(self.rows):,}; "
                "`doorstep solve` and `doorstep check` need none, what else you ask of this day does."
            )
        whole = self.legs.table(self.rows, self.rows)
        object.__setattr__(self, "_whole", whole)
        return whole


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
