"""Which depot serves which stop: the nearest by travel whose vans may, and have room and hours left for it.

A depot is where shifts start. Who would lose most by coming second chooses first: regret, Martello and Toth 1981, for
depots Giosa, Tansini and Viera 2002. What a stop takes of a van's hours: Daganzo 1984. These are estimates, which only
deal stops out: whether a van can really drive there is for the search to find.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from heapq import heapify, heappop, heappush
from operator import le

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from doorstep.domain.problem import PlannedShift, Problem, Stop
from doorstep.operations.cells.crews import Crew, errands, trips_of
from doorstep.operations.cells.flat import seconds_from

Floats = NDArray[np.float64]

AS_ONE = 0.05
"""Depots nearer to each other than this share of the way to a usual stop are one: a yard with many gates."""

MOST_ASKED = 64
"""Rows from which travel to all stops is asked for; where more begin or end routes, straight lines must do."""

NEAREST = 8
"""Depots that a stop looks at; further ones where none of these may serve it."""


@dataclass(frozen=True, slots=True, eq=False)
class Catchment:
    """A depot on the flat map, its shifts, and the errands it serves, by the stop that the others follow."""

    at: Floats
    shifts: tuple[PlannedShift, ...]
    anchors: tuple[str, ...]


def catchments(problem: Problem, at: Floats, most: float, bound: Mapping[str, str]) -> list[Catchment]:
    """Return the depots with what each serves; every shift and every stop is in exactly one.

    `at` has the places on a flat map. No shift is given more than `most` stops, as long as another may serve them.
    `bound` names the shift of errands that have one already: they are served from its depot. What fits nowhere goes to
    the nearest depot with somebody who may serve it. 100,000 stops and 50 depots take some seconds.
    """
    depots, work = _depots(problem, at), errands(problem)
    if len(depots) == 1 or not work:
        return [Catchment(depots[0].at, depots[0].shifts, tuple(work)), *depots[1:]]
    dealing = _Dealing.of(problem, at, depots, list(work.values()), most)
    of = dealing.depots_of({k: bound[x] for k, x in enumerate(work) if x in bound})
    found: list[list[str]] = [[] for _ in depots]
    for anchor, depot in zip(work, of, strict=True):
        found[depot].append(anchor)
    return [Catchment(d.at, d.shifts, tuple(ids)) for d, ids in zip(depots, found, strict=True)]


def _depots(problem: Problem, at: Floats) -> list[Catchment]:
    """Return the depots, still with nothing to serve, in the order in which shifts name them."""
    rows = list(dict.fromkeys(s.start for s in problem.shifts))
    doors = at[[s.location for s in problem.stops]]
    near = AS_ONE * float(np.median(cKDTree(at[rows]).query(doors)[0])) if len(rows) > 1 and len(doors) else 0.0
    middles, depot_of = np.empty((0, 2)), dict[int, int]()
    for row in rows:
        away = np.hypot(*(middles - at[row]).T)
        if not len(away) or away.min() > near:
            middles, away = np.vstack([middles, at[row]]), np.append(away, 0.0)
        depot_of[row] = int(away.argmin())
    shifts: list[list[PlannedShift]] = [[] for _ in middles]
    for shift in problem.shifts:
        shifts[depot_of[shift.start]].append(shift)
    return [Catchment(middle, tuple(own), ()) for middle, own in zip(middles, shifts, strict=True)]


@dataclass(slots=True, eq=False)
class _Lot:
    """Shifts of a depot that can do the same, and what they have left: room by dimension, stops, hours.

    `way` gives the mean seconds there and back, halved, by errand; `trip` is how many usual stops one holds.
    """

    depot: int
    crew: Crew
    left: list[float]
    hours: float
    trip: float
    way: Callable[[int], float]

    def takes(self, need: Sequence[float], way: float) -> list[float]:
        """Return what an errand takes of it: all it needs, and its part of the ways there and back."""
        at_doors = max(1.0, self.hours - 2 * way)
        return [*need[:-1], max(need[-1] * self.hours / at_doors, need[-1] + 2 * way / self.trip)]


@dataclass(frozen=True, slots=True)
class _Offer:
    """A lot that may serve an errand, and how far that is in seconds."""

    way: float
    lot: _Lot


@dataclass(slots=True, eq=False)
class _Dealing:
    """Errands on their way to depots. `near` has for each the nearest depots, `low` a bound of the way from there.

    `needs` are what each takes of the vans: its goods and its picks by dimension, stops, and seconds; `least` the least
    that any does. Depots that have not even that left are `full`.
    """

    errands: Sequence[Sequence[Stop]]
    lots: Sequence[Sequence[_Lot]]
    near: Sequence[Sequence[int]]
    low: Sequence[Sequence[float]]
    needs: Sequence[Sequence[float]]
    offers: dict[int, _Offer] = field(default_factory=dict)
    full: set[int] = field(default_factory=set)
    least: Sequence[float] = ()

    @classmethod
    def of(
        cls, problem: Problem, at: Floats, depots: Sequence[Catchment], work: Sequence[Sequence[Stop]], most: float
    ) -> "_Dealing":
        """Return the errands before any is dealt."""
        ends = np.array([[errand[0].location, errand[-1].location] for errand in work]).T
        pace = _pace(problem, at)
        named = {who for stop in problem.stops for who in stop.only}
        ways = _Ways.of(problem, at, ends, pace)
        usual = [sum(s.amounts[k] for s in problem.stops) / len(problem.stops) for k in range(len(problem.dimensions))]
        lots = [list(_lots(k, depot.shifts, named, ways, usual, most)) for k, depot in enumerate(depots)]
        near, low = ways.nearest(depots, lots)
        needs = _needs(problem, at, work, pace)
        return cls(work, lots, near, low, needs, least=[min(of) for of in zip(*needs, strict=True)])

    def depots_of(self, bound: Mapping[int, str]) -> list[int]:
        """Return the depot of every errand."""
        found, free = [0] * len(self.errands), []
        lot_of = {s.shift_id: lot for lots in self.lots for lot in lots for s in lot.crew.shifts}
        for k in range(len(self.errands)):
            if k in bound:
                found[k] = self._dealt(k, lot_of[bound[k]])
            else:
                free.append(k)
        heap = [(self._urgency(k), k) for k in free]
        heapify(heap)
        while heap:
            _, k = heappop(heap)
            offer = self.offers.get(k)
            if offer and not self._fits(k, offer.lot, offer.way):
                heappush(heap, (self._urgency(k), k))
            else:
                found[k] = self._dealt(k, offer.lot if offer else self._over(k))
        return found

    def _urgency(self, k: int) -> tuple[bool, float]:
        """Note the best that an errand is offered now; return its turn: not everybody's first, then by regret."""
        best, second = self._best_two(k)
        if best is None:
            self.offers.pop(k, None)
            return True, 0.0
        self.offers[k] = best
        special = any(stop.needs or stop.only for stop in self.errands[k])
        return not special, best.way - second.way if second else -math.inf

    def _best_two(self, k: int) -> tuple[_Offer | None, _Offer | None]:
        """Return the nearest two depots' offers."""
        best = second = None
        for depot, low in self._around(k):
            if (second and low >= second.way) or (best and low < 0):
                break
            offer = self._offer(k, depot)
            if offer and (best is None or offer.way < best.way):
                best, second = offer, best
            elif offer and (second is None or offer.way < second.way):
                second = offer
        return best, second

    def _around(self, k: int) -> Iterator[tuple[int, float]]:
        """Yield depots with a bound of the way from there, nearest first, then all others without one: -1."""
        yield from zip(self.near[k], self.low[k], strict=True)
        if len(self.near[k]) < len(self.lots):
            more = (depot for depot in range(len(self.lots)) if depot not in self.full)
            yield from ((depot, -1.0) for depot in more if depot not in self.near[k])

    def _offer(self, k: int, depot: int) -> _Offer | None:
        """Return the nearest lot of a depot that may serve an errand and has room; the plainest of equals."""
        best: _Offer | None = None
        for lot in self.lots[depot]:
            way = lot.way(k)
            if (best is None or way < best.way) and self._fits(k, lot, way) and self._may(k, lot, way):
                best = _Offer(way, lot)
        return best

    def _may(self, k: int, lot: _Lot, way: float) -> bool:
        """Return whether somebody may serve an errand and can be back in time."""
        errand = self.errands[k]
        return 2 * way + sum(stop.service for stop in errand) <= lot.hours and lot.crew.may_all(errand)

    def _fits(self, k: int, lot: _Lot, way: float) -> bool:
        return all(map(le, lot.takes(self.needs[k], way), lot.left))

    def _dealt(self, k: int, lot: _Lot) -> int:
        """Deal an errand to a lot; return its depot."""
        taken = lot.takes(self.needs[k], lot.way(k))
        lot.left = [left - one for left, one in zip(lot.left, taken, strict=True)]
        if not any(all(map(le, self.least, own.left)) for own in self.lots[lot.depot]):
            self.full.add(lot.depot)
        return lot.depot

    def _over(self, k: int) -> _Lot:
        """Return where an errand goes for which there is no room: to who may serve it, with stops to spare, nearest."""
        near = [lot for depot in self.near[k] for lot in self.lots[depot]]
        able = [lot for lot in near if self._may(k, lot, lot.way(k))]
        able = able or [lot for lots in self.lots for lot in lots if lot.crew.may_all(self.errands[k])] or near
        spare = [lot for lot in able if lot.left[-2] >= len(self.errands[k])]
        return min(spare or able, key=lambda lot: lot.way(k))


def _lots(
    depot: int, shifts: Sequence[PlannedShift], named: set[str], ways: "_Ways", usual: Sequence[float], most: float
) -> Iterator[_Lot]:
    """Yield the lots of a depot, those with the fewest skills first: others are kept for who needs them."""
    kinds: dict[tuple[object, ...], list[PlannedShift]] = {}
    for s in shifts:
        people = frozenset({s.shift_id, s.driver_id} & named)
        key = (
            s.start, s.end, s.reloads, s.profile, s.offers, s.capacities, s.starts, s.ends, s.max_stops, s.max_trips,
            s.max_seconds, s.max_working, people,
        )  # fmt: skip
        kinds.setdefault(key, []).append(s)
    for alike in sorted(
        kinds.values(),
        key=lambda same: (len(same[0].offers), not named.isdisjoint({same[0].shift_id, same[0].driver_id})),
    ):
        one, many = alike[0], len(alike)
        rooms = [float(many * trips_of(one) * room) for room in one.capacities]
        hours = min(x for x in (one.ends - one.starts, one.max_seconds, one.max_working) if x is not None)
        stops = most if one.max_stops is None else min(most, one.max_stops)
        trip = min((c / mean for c, mean in zip(one.capacities, usual, strict=True) if mean > 0), default=math.inf)
        yield _Lot(
            depot, Crew.of(alike), [*rooms, *rooms, many * stops, float(many * hours)], hours, max(1.0, trip),
            ways.of_lot(one),
        )  # fmt: skip


def _needs(problem: Problem, at: Floats, work: Sequence[Sequence[Stop]], pace: float) -> list[list[float]]:
    """Return by errand its goods and picks by dimension, its stops, and its seconds with the leg to the nearest door.

    Goods of a pair are on board for a part of the way only: they take no room of a trip.
    """
    doors = at[[stop.location for stop in problem.stops]]
    away = cKDTree(doors).query(doors, k=2)[0][:, 1] if len(doors) > 1 else np.zeros(len(doors))
    leg = {stop.stop_id: pace * float(x) for stop, x in zip(problem.stops, away, strict=True)}
    none = (0,) * len(problem.dimensions)
    found: list[list[float]] = []
    for errand in work:
        goods = (errand[0].amounts, errand[0].picks or none) if len(errand) == 1 else (none, none)
        seconds = sum(stop.service + leg[stop.stop_id] for stop in errand)
        found.append([*goods[0], *goods[1], float(len(errand)), seconds])
    return found


def _pace(problem: Problem, at: Floats) -> float:
    """Return the seconds that a unit of the flat map takes, from the first shift's depot to all stops."""
    shift, doors = problem.shifts[0], [stop.location for stop in problem.stops]
    seconds = seconds_from(problem.times[shift.profile], shift.start)[doors].sum()
    return float(seconds / max(1e-9, float(np.hypot(*(at[doors] - at[shift.start]).T).sum())))


@dataclass(frozen=True, slots=True, eq=False)
class _Ways:
    """How far errands lie from depots. `ends` are the rows of each one's first and last stop.

    `known` has the mean seconds to all errands by profile and row; empty where rows are too many to ask for.
    """

    at: Floats
    ends: NDArray[np.int64]
    pace: float
    known: Mapping[tuple[str, int], Floats]

    @classmethod
    def of(cls, problem: Problem, at: Floats, ends: NDArray[np.int64], pace: float) -> "_Ways":
        """Ask for the travel from all rows where routes begin, end and reload."""
        rows = {(s.profile, row) for s in problem.shifts for row in _rows(s)}
        known: dict[tuple[str, int], Floats] = {}
        if len(rows) <= MOST_ASKED:
            for profile, row in sorted(rows):
                seconds = seconds_from(problem.times[profile], row)
                known[profile, row] = (seconds[ends[0]] + seconds[ends[1]]) / 2
        return cls(at, ends, pace, known)

    def of_lot(self, shift: PlannedShift) -> Callable[[int], float]:
        """Return a function from an errand to the mean seconds of the ways there and back."""
        if self.known:
            return self._asked(shift).item
        return partial(self._straight, _rows(shift))

    def nearest(
        self, depots: Sequence[Catchment], lots: Sequence[Sequence[_Lot]]
    ) -> tuple[list[list[int]], list[list[float]]]:
        """Return for each errand the nearest depots, nearest first, and no more than the way from each."""
        many = min(NEAREST, len(depots))
        if not self.known:
            doors = (self.at[self.ends[0]] + self.at[self.ends[1]]) / 2
            away, near = cKDTree(np.array([d.at for d in depots])).query(doors, k=many)
            return near.tolist(), (self.pace * away).tolist()
        low = np.stack([np.min([self._asked(lot.crew.shifts[0]) for lot in own], axis=0) for own in lots], axis=1)
        near = np.argsort(low, axis=1, kind="stable")[:, :many]
        return near.tolist(), np.take_along_axis(low, near, axis=1).tolist()

    def _asked(self, shift: PlannedShift) -> Floats:
        start, end, *reloads = (self.known[shift.profile, row] for row in _rows(shift))
        return np.asarray(np.min([(start + end) / 2, *reloads], axis=0))

    def _straight(self, rows: Sequence[int], k: int) -> float:
        door = (self.at[self.ends[0, k]] + self.at[self.ends[1, k]]) / 2
        start, end, *reloads = (self.pace * float(np.hypot(*(self.at[row] - door))) for row in rows)
        return min([(start + end) / 2, *reloads])


def _rows(shift: PlannedShift) -> tuple[int, ...]:
    """Return where a shift starts, ends, and may begin another trip."""
    return (shift.start, shift.end, *(shift.reloads if shift.max_trips > 1 else ()))
