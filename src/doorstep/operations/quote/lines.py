"""What is still open of a running day: for each shift the halts ahead, where something may be put in, and what fits."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from doorstep.domain.plan import Plan, Route
from doorstep.domain.problem import Break, Charge, Halt, PlannedShift, Problem, Reload, Stop
from doorstep.domain.units import Seconds
from doorstep.domain.valuation import PriceCurve
from doorstep.operations.driving import Book, earliest_departure
from doorstep.operations.new_place import NewLegs
from doorstep.operations.progress import RunningDay, first_trip, is_over, loaded_last, stands_loaded

Ints = NDArray[np.int64]

SLOWLY = 3600
"""Seconds between the departures that are tried for a van that may choose and has nothing to do yet."""


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A new stop with its prices and, by profile, its legs to and from every row of the day's matrices."""

    stop: Stop
    curve: PriceCurve | None
    legs: Mapping[str, NewLegs]


@dataclass(frozen=True, slots=True)
class Line:
    """One way for a shift to go on: what it has before it, and when it leaves; lines of a shift differ in that alone.

    `halts` are all of its route, `ahead` how many of them are not driven, `open_from` the first of those before which
    something may be put in. What came to a depot after `shut` can't be on board (None: it can); of a van that stands
    loaded that is now. `slow`: it has breaks, a battery or hours that only the schedule and the checker follow.
    """

    shift: PlannedShift
    halts: tuple[Halt, ...]
    ahead: int
    open_from: int
    shut: Seconds | None
    leaves: Seconds
    route: Route | None
    slow: bool

    @property
    def cents(self) -> int:
        """Return what the route costs as it is."""
        return sum(self.route.cents.values()) if self.route else 0

    @property
    def begun(self) -> bool:
        """Return whether the van has left."""
        return bool(self.shift.driven) or self.shift.loaded_at is not None


def soonest(problem: Problem) -> Seconds:
    """Return when goods that nobody knew of are there at the depot: now, or when the vans are shut that are by now."""
    now = problem.now or Seconds(0)
    return Seconds(now + any(_shut(problem, shift) == now for shift in problem.shifts))


def _shut(problem: Problem, shift: PlannedShift) -> Seconds | None:
    return problem.now or Seconds(0) if stands_loaded(problem, shift) else loaded_last(shift)


def lines(day: RunningDay, plan: Plan) -> tuple[Line, ...]:
    """Return the ways to go on of every shift that can still be given a stop; `plan` is the day's schedule."""
    book, routes = Book.of(day.problem), {route.shift_id: route for route in plan.routes}
    found: list[Line] = []
    for shift in day.problem.shifts:
        halts = day.sequences.get(shift.shift_id, ())
        if is_over(shift):
            continue
        ahead, route = len(halts) - len(shift.driven), routes.get(shift.shift_id)
        open_from = _first_open(shift, halts[len(shift.driven) :], loaded=stands_loaded(day.problem, shift))
        slow = _is_slow(shift, halts)
        found += [
            Line(shift, halts, ahead, open_from, _shut(day.problem, shift), leaves, route, slow)
            for leaves in _departures(book, shift, halts, route)
        ]
    return tuple(found)


def _departures(book: Book, shift: PlannedShift, halts: Sequence[Halt], route: Route | None) -> Iterator[Seconds]:
    """Yield when a van may leave: as told, as early as it can, and with nothing to do on every hour."""
    if shift.driven or shift.loaded_at is not None:
        yield route.leaves_at if route else shift.loaded_at or shift.starts
        return
    earliest = earliest_departure(book, shift, halts)
    told = route.leaves_at if route else earliest
    yield told
    if earliest < told:
        yield earliest
    if shift.free_departure and not halts:
        yield from (Seconds(at) for at in range(earliest + SLOWLY, min(shift.ends, earliest + 24 * SLOWLY), SLOWLY))


def _first_open(shift: PlannedShift, ahead: Sequence[Halt], *, loaded: bool) -> int:
    """Return before which halt ahead something may be put in first: behind what is frozen, and what stands `loaded`."""
    frozen = set(shift.frozen)
    settled = max((k + 1 for k, halt in enumerate(ahead) if halt in frozen), default=0)
    return max(settled, len(first_trip(ahead)) if loaded else 0)


def _is_slow(shift: PlannedShift, halts: Sequence[Halt]) -> bool:
    bound = shift.battery is not None or shift.max_driving is not None or shift.max_working is not None
    return bound or bool(shift.breaks) or any(isinstance(halt, Break | Charge) for halt in halts)


def has_place(line: Line) -> bool:
    """Return whether a shift may be given one stop more."""
    most = line.shift.max_stops
    return most is None or sum(isinstance(halt, str) for halt in line.halts) < most


# Room


@dataclass(frozen=True, slots=True, eq=False)
class Room:
    """By arc and dimension: the most that is on board on this trip before, and from there on.

    What a new stop brings is on board before it, what it fetches after it.
    """

    before: Ints
    after: Ints
    capacities: Ints

    def holds(self, amounts: Sequence[int], picks: Sequence[int]) -> NDArray[np.bool_]:
        """Return by arc whether a stop fits in there."""
        more, fetched = np.array(amounts, np.int64), np.array(picks or [0] * len(amounts), np.int64)
        fits = (self.before + more <= self.capacities) & (self.after + fetched <= self.capacities)
        return np.asarray(fits.all(axis=1))


NOTHING = -(2**60)


def room(book: Book, ways: Sequence[Line]) -> Room:
    """Return what is on board of each line; moments that are past do not count."""
    before: list[tuple[int, ...]] = []
    after: list[tuple[int, ...]] = []
    caps: list[tuple[int, ...]] = []
    for line in ways:
        first, later = _loads(book, line)
        before += first
        after += later
        caps += [line.shift.capacities] * len(first)
    shape = (len(before), len(book.problem.dimensions))
    return Room(*(np.array(rows, np.int64).reshape(shape) for rows in (before, after, caps)))


def _loads(book: Book, line: Line) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    """Return for every place of a line the most on board before and from it on, within its trip."""
    trips, driven = book.trips(line.halts), len(line.halts) - line.ahead
    load, trip = book.loaded(trips[0]), 0
    none = (NOTHING,) * len(load)
    so_far = none if driven else load
    places, loads, starts = [so_far], [load], [0]
    for k, halt in enumerate(line.halts):
        if isinstance(halt, Reload):
            trip += 1
            load = book.loaded(trips[trip])
            so_far = none
        elif isinstance(halt, str):
            load = book.served(load, book.stops[halt])
        if k < driven:
            places, loads, starts, so_far = [none], [load], [trip], none
            continue
        so_far = _most(so_far, load)
        places.append(so_far)
        loads.append(load)
        starts.append(trip)
    later = list(loads)
    for k in range(len(later) - 2, -1, -1):
        if starts[k] == starts[k + 1]:
            later[k] = _most(later[k], later[k + 1])
    return places, later


def _most(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(max(a, b) for a, b in zip(one, other, strict=True))
