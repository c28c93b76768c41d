"""Where a van reloads between stops that are frozen: their order is decided, their trips are not."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice, product
from math import inf

from doorstep.domain.problem import Halt, PlannedShift, Problem, Reload, Stop

MOST_TRIED = 1000
"""Ways to place the reloads that are priced before the best of them is taken."""

Price = Callable[[Sequence[Halt]], float]
Trips = tuple[tuple[str, ...], ...]


def alone(problem: Problem, shift: PlannedShift) -> Problem:
    """Return the problem of a shift's frozen stops alone, and of what is to be brought of what they fetch."""
    order = {stop_id: k for k, stop_id in enumerate((*shift.frozen, *_to_bring(problem, shift)))}
    last = len(order)
    return replace(
        problem,
        stops=tuple(stop for stop in problem.stops if stop.stop_id in order),
        shifts=(replace(shift, frozen=()),),
        pairs=tuple(p for p in problem.pairs if order.get(p.pickup, last) < order.get(p.delivery, -1)),
        vetoes=(),
    )


def beginning(problem: Problem, shift: PlannedShift, given: Sequence[Halt], price: Price) -> tuple[Halt, ...]:
    """Return what the route of a shift with frozen stops begins with, then the rest of what is given for it.

    `given` as far as it may be driven; else with as few reloads as it takes, then the cheapest, and where it fits with
    the deliveries of what is fetched. `price` is of halts in the problem `alone`, infinite where they can't be driven.
    """
    by_itself = alone(problem, shift)
    known = [halt for halt in given if isinstance(halt, str | Reload)]
    begun, rest = _divided(shift, known)
    if not _holds(by_itself, shift, begun) or price(begun) == inf:
        begun = _cheapest(by_itself, shift, _to_bring(problem, shift), price)
    more = {halt for halt in rest if isinstance(halt, str)}
    return (*(halt for halt in begun if halt not in more), *rest)


def _divided(shift: PlannedShift, given: Sequence[Halt]) -> tuple[tuple[Halt, ...], tuple[Halt, ...]]:
    """Return the halts up to the last frozen stop, where all of them come first; and the others."""
    end = max((k + 1 for k, halt in enumerate(given) if halt in shift.frozen), default=0)
    begun = tuple(given[:end])
    if tuple(halt for halt in begun if isinstance(halt, str)) == shift.frozen:
        return begun, tuple(given[end:])
    return (), tuple(halt for halt in given if halt not in shift.frozen)


def _to_bring(problem: Problem, shift: PlannedShift) -> tuple[str, ...]:
    """Return the deliveries, not frozen, of what a shift's frozen stops fetch, in the order of fetching."""
    frozen = {stop_id for other in problem.shifts for stop_id in other.frozen}
    mate = {pair.pickup: pair.delivery for pair in problem.pairs}
    return tuple(mate[x] for x in shift.frozen if x in mate and mate[x] not in frozen)


def _cheapest(problem: Problem, shift: PlannedShift, mates: tuple[str, ...], price: Price) -> tuple[Halt, ...]:
    """Return the frozen stops in trips; where they may be driven in none, in one."""
    for tail in dict.fromkeys((mates[::-1], mates, ())):
        for found in _Cuts(problem, shift, tail).halts():
            least, halts = min(((price(halts), halts) for halts in found), key=_first, default=(inf, ()))
            if least < inf:
                return halts
    return _in_any_case(problem, shift)


def _first(one: tuple[float, tuple[Halt, ...]]) -> float:
    return one[0]


def _in_any_case(problem: Problem, shift: PlannedShift) -> tuple[Halt, ...]:
    """Return the frozen stops in trips that have room, though they are late or tear a pair; else in one."""
    for torn in (False, True):
        for found in _Cuts(problem, shift, (), torn=torn).halts():
            for halts in found:
                return halts
    return shift.frozen


def _holds(problem: Problem, shift: PlannedShift, halts: Sequence[Halt]) -> bool:
    """Return whether halts are the frozen stops, in trips that have room and pairs that stay together."""
    trips: list[tuple[str, ...]] = [()]
    for halt in halts:
        if isinstance(halt, str):
            trips[-1] = (*trips[-1], halt)
        else:
            trips.append(())
    cuts = _Cuts(problem, shift, ())
    together = all(cuts.closed(trip) for trip in trips[:-1])
    return bool(halts) and together and all(cuts.fits(trip) for trip in trips)


@dataclass
class _Cuts:
    """Ways to cut frozen stops into trips that have room; the tail goes with the last. `torn`: pairs may be."""

    problem: Problem
    shift: PlannedShift
    tail: tuple[str, ...]
    torn: bool = False

    def halts(self) -> Iterator[list[tuple[Halt, ...]]]:
        """Yield all ways without a reload, then all with one, and so on."""
        places = tuple(dict.fromkeys(self.shift.reloads))
        most = min(self.shift.max_trips, len(self.shift.frozen)) - 1 if places else 0
        left = MOST_TRIED
        for many in range(most + 1):
            found = (_joined(t, rows) for t in self._trips(0, many) for rows in product(places, repeat=many))
            few = list(islice(found, left))
            left -= len(few)
            yield few

    def _trips(self, begin: int, cuts: int) -> Iterator[Trips]:
        stops = self.shift.frozen
        if cuts == 0:
            if self._needs[begin] == 0:
                yield ((*stops[begin:], *self.tail),)
            return
        for end in self._ends(begin):
            if self._needs[end] < cuts:
                yield from ((stops[begin:end], *rest) for rest in self._trips(end, cuts - 1))

    @cached_property
    def _needs(self) -> list[float]:
        """Return for each frozen stop how many reloads it takes from there on, for want of room."""
        stops = self.shift.frozen
        needs = [inf] * (len(stops) + 1)
        for begin in range(len(stops) - 1, -1, -1):
            whole = self.fits((*stops[begin:], *self.tail))
            needs[begin] = 0 if whole else 1 + min((needs[end] for end in self._ends(begin)), default=inf)
        return needs

    def _ends(self, begin: int) -> Iterator[int]:
        """Yield where a trip that begins at a frozen stop may end, before the last of them."""
        for end in range(begin + 1, len(self.shift.frozen)):
            trip = self.shift.frozen[begin:end]
            if not self.fits(trip):
                return
            if self.torn or self.closed(trip):
                yield end

    def closed(self, trip: Sequence[str]) -> bool:
        """Return whether everything that a trip fetches for one of its stops is brought."""
        return all(self._mates[x] in trip for x in trip if x in self._mates)

    def fits(self, trip: Sequence[str]) -> bool:
        """Return whether a trip never carries more than its van holds; what comes of torn pairs counts as picked up."""
        stops = [self._stops[x] for x in trip]
        brought = {self._mates[x] for x in trip if x in self._mates}
        for k, capacity in enumerate(self.shift.capacities):
            load = sum(stop.amounts[k] for stop in stops if stop.stop_id not in brought)
            if load > capacity:
                return False
            for stop in stops:
                load += (stop.picks[k] if stop.picks else 0) - stop.amounts[k]
                mate = self._mates.get(stop.stop_id)
                load += self._stops[mate].amounts[k] if mate else 0
                if load > capacity:
                    return False
        return True

    @cached_property
    def _stops(self) -> Mapping[str, Stop]:
        return {stop.stop_id: stop for stop in self.problem.stops}

    @cached_property
    def _mates(self) -> Mapping[str, str]:
        return {pair.pickup: pair.delivery for pair in self.problem.pairs}


def _joined(trips: Trips, places: Sequence[int]) -> tuple[Halt, ...]:
    """Return trips with a reload at a place before each but the first."""
    found: list[Halt] = [*trips[0]]
    for trip, place in zip(trips[1:], places, strict=True):
        found += [Reload(place), *trip]
    return tuple(found)
