"""How far a day has come: what a plan says is driven or loaded at a second of the day, written into the problem."""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from doorstep.domain.plan import Plan, Route
from doorstep.domain.problem import Break, Charge, Driven, Halt, PlannedShift, Problem, Reload, Stop, Veto
from doorstep.domain.sequences import sequences_of
from doorstep.domain.units import Metres, Seconds

NOBODY = ""
"""Who comes where nobody may."""

ON_BOARD = "it is on board of {}"
"""Why nobody else may bring what a van has loaded."""


@dataclass(frozen=True, slots=True)
class RunningDay:
    """A problem as of its `now`, and what everybody was told.

    `ahead` is what each van still has before it, `leaves` when those that are not loaded yet should leave.
    """

    problem: Problem
    ahead: Mapping[str, tuple[Halt, ...]]
    leaves: Mapping[str, Seconds]

    @property
    def sequences(self) -> dict[str, tuple[Halt, ...]]:
        """Return what is driven and what is ahead, for every shift that has either."""
        whole = {
            s.shift_id: (*(d.halt for d in s.driven), *self.ahead.get(s.shift_id, ())) for s in self.problem.shifts
        }
        return {shift_id: halts for shift_id, halts in whole.items() if halts}

    def aboard(self, shift: PlannedShift) -> tuple[str, ...]:
        """Return the stops whose goods the van took on board at a depot and has not delivered, planned or not."""
        loaded, names = loaded_last(shift), {shift.shift_id, shift.driver_id}
        if loaded is None:
            return ()
        ours = [s for s in self.problem.stops if s.only & names and s.release <= loaded]
        elsewhere = self._told() if ours else set()
        return (*self.on_trip(shift), *(s.stop_id for s in ours if s.stop_id not in elsewhere))

    def _told(self) -> set[Halt]:
        """Return the stops that somebody has served or will serve, and those that need nothing from a depot."""
        ahead = {halt for halts in self.ahead.values() for halt in halts}
        driven = {stop_id for shift in self.problem.shifts for stop_id in stops_of(shift)}
        return ahead | driven | fetched_elsewhere(self.problem)

    def on_trip(self, shift: PlannedShift) -> tuple[str, ...]:
        """Return the stops ahead that need nothing more from a depot than what the van has on board."""
        if shift.loaded_at is None:
            return ()
        elsewhere = fetched_elsewhere(self.problem)
        trip = first_trip(self.ahead.get(shift.shift_id, ()))
        return tuple(halt for halt in trip if isinstance(halt, str) and halt not in elsewhere)


def as_of(problem: Problem, plan: Plan, at: Seconds) -> RunningDay:
    """Return the day at `at`, had everything gone by the plan; the clock never goes back.

    A halt counts as driven once the van is on its way there: nobody turns round in the street. What a van took on
    board stays with it; what lies at the depot is free for others but can't have been loaded before `at`. A van that
    is home, and can't be loaded again, is done for the day.
    """
    now = Seconds(max(at, problem.now or 0))
    halts, _ = sequences_of(plan, problem)
    rows = _Rows.of(problem)
    routes = {route.shift_id: route for route in plan.routes if route.visits}
    shifts = tuple(
        _shift_as_of(rows, s, routes.get(s.shift_id), halts.get(s.shift_id, ()), now) for s in problem.shifts
    )
    ahead = {s.shift_id: halts[s.shift_id][len(s.driven) :] for s in shifts if s.shift_id in halts}
    leaves = {s.shift_id: routes[s.shift_id].leaves_at for s in shifts if s.shift_id in routes and s.loaded_at is None}
    day = RunningDay(replace(problem, shifts=shifts, now=now), ahead, leaves)
    known = {s.shift_id: loaded_last(s) for s in problem.shifts}
    return bound(day, {s.shift_id for s in shifts if known[s.shift_id] != loaded_last(s)})


def ended(shift: PlannedShift, at: Seconds) -> PlannedShift:
    """Return the shift with no stop more than it has driven, and `at` for its end."""
    return replace(shift, max_stops=len(stops_of(shift)), ends=at, frozen=())


def is_over(shift: PlannedShift) -> bool:
    """Return whether a shift can't be given any stop any more."""
    return shift.max_stops is not None and len(stops_of(shift)) >= shift.max_stops


def stops_of(shift: PlannedShift) -> list[str]:
    """Return the stops that a shift has driven to, in order."""
    return [d.halt for d in shift.driven if isinstance(d.halt, str)]


def loaded_last(shift: PlannedShift) -> Seconds | None:
    """Return when the goods that are on board now were loaded, or will be, if the van is on its way to them."""
    reloads = [d.starts_at for d in shift.driven if isinstance(d.halt, Reload)]
    return reloads[-1] if reloads else shift.loaded_at


def stands_loaded(problem: Problem, shift: PlannedShift) -> bool:
    """Return whether a van was loaded for a trip on which it has still to leave."""
    return shift.loaded_at is not None and shift.loaded_at >= (problem.now or 0) and not shift.driven


def first_trip(ahead: Sequence[Halt]) -> tuple[Halt, ...]:
    """Return what a van has before it until it loads again."""
    return tuple(takewhile(lambda halt: not isinstance(halt, Reload), ahead))


def may_reload(shift: PlannedShift) -> bool:
    """Return whether a van may fetch goods at a depot once more."""
    return bool(shift.reloads) and shift.max_trips > 1 + sum(isinstance(d.halt, Reload) for d in shift.driven)


def fetched_elsewhere(problem: Problem) -> set[str]:
    """Return the stops for which a van needs nothing from a depot: pairs, and where things are only fetched."""
    paired = {x for pair in problem.pairs for x in (pair.pickup, pair.delivery)}
    return paired | {s.stop_id for s in problem.stops if any(s.picks) and not any(s.amounts)}


def fetched_at_doors(problem: Problem, shift: PlannedShift) -> list[str]:
    """Return the deliveries whose goods the shift has fetched at a door, and not delivered."""
    served = set(stops_of(shift))
    return [pair.delivery for pair in problem.pairs if pair.pickup in served and pair.delivery not in served]


def still_carried(problem: Problem, deliveries: Container[str]) -> Problem:
    """Return the problem in which goods of pairs that were fetched already stay with who fetched them."""
    amounts = {s.stop_id: s.amounts for s in problem.stops}
    driven = {stop_id for shift in problem.shifts for stop_id in stops_of(shift)}
    kept = {p.pickup: amounts[p.delivery] for p in problem.pairs if p.pickup in driven and p.delivery in deliveries}
    none = (0,) * len(problem.dimensions)
    stops = (
        replace(s, picks=tuple(a + b for a, b in zip(s.picks or none, kept[s.stop_id], strict=True)))
        if s.stop_id in kept
        else s
        for s in problem.stops
    )
    return replace(problem, stops=tuple(stops))


def undelivered(problem: Problem, sequences: Mapping[str, Sequence[Halt]]) -> set[str]:
    """Return the deliveries whose goods were fetched at a door, and that no sequence brings."""
    brought = {halt for halts in sequences.values() for halt in halts}
    return {x for shift in problem.shifts for x in fetched_at_doors(problem, shift)} - brought


def staying(problem: Problem, deliveries: Container[str]) -> Problem:
    """Return the problem in which goods that were fetched at doors stay on board, and take room there."""
    kept = still_carried(problem, deliveries)
    stops = (replace(s, only=frozenset({NOBODY})) if s.stop_id in deliveries else s for s in kept.stops)
    return replace(kept, stops=tuple(stops), pairs=tuple(p for p in kept.pairs if p.delivery not in deliveries))


def with_shift(day: RunningDay, shift: PlannedShift) -> RunningDay:
    """Return the day with a shift in place of the one of its id."""
    shifts = tuple(shift if s.shift_id == shift.shift_id else s for s in day.problem.shifts)
    return replace(day, problem=replace(day.problem, shifts=shifts))


# What is driven


@dataclass(frozen=True, slots=True)
class _Rows:
    """Where a problem's stops and chargers lie in its matrices."""

    problem: Problem
    stops: Mapping[str, int]
    chargers: Mapping[str, int]

    @classmethod
    def of(cls, problem: Problem) -> "_Rows":
        stops = {s.stop_id: s.location for s in problem.stops}
        return cls(problem, stops, {c.charger_id: c.location for c in problem.chargers})

    def after(self, halt: Halt, here: int) -> int:
        """Return where a van is that stood at `here` and makes a halt."""
        match halt:
            case Reload(location):
                return location
            case Charge(charger_id):
                return self.chargers[charger_id]
            case Break():
                return here
            case _:
                return self.stops[halt]


def standing(problem: Problem, shift: PlannedShift) -> int:
    """Return the row where a van stands after what it has driven."""
    rows, here = _Rows.of(problem), shift.start
    for driven in shift.driven:
        here = rows.after(driven.halt, here)
    return here


def _shift_as_of(
    rows: _Rows, shift: PlannedShift, route: Route | None, halts: Sequence[Halt], now: Seconds
) -> PlannedShift:
    """Return the shift with what it has driven, and when it was loaded."""
    if route is None or route.leaves_at > now:
        return shift
    driven = (*shift.driven, *_begun(rows, shift, route, halts, now))
    over = {d.halt for d in driven}
    begun = replace(
        shift, driven=driven, loaded_at=route.leaves_at, frozen=tuple(x for x in shift.frozen if x not in over)
    )
    home = len(driven) == len(halts) and route.returns_at <= now
    return ended(begun, route.returns_at) if home and not may_reload(begun) else begun


def _begun(rows: _Rows, shift: PlannedShift, route: Route, halts: Sequence[Halt], now: Seconds) -> Iterator[Driven]:
    """Yield the halts that are not driven by the problem yet, and for which the van sets off by `now`."""
    here, left, known = shift.start, route.leaves_at, len(shift.driven)
    times = rows.problem.times[shift.profile]
    for k, (halt, visit) in enumerate(zip(halts, route.visits, strict=True)):
        there = rows.after(halt, here)
        if k >= known:
            left = Seconds(max(left, rows.problem.now or 0)) if k == known else left
            if left > now:
                return
            metres = Metres(0) if isinstance(halt, Break) else times.distance(here, there, left)
            yield Driven(halt, visit.arrives_at, visit.starts_at, visit.leaves_at, metres)
        here, left = there, visit.leaves_at


# Whose the goods are


def bound(day: RunningDay, fresh: Container[str] = ()) -> RunningDay:
    """Return the day in which what is on board stays there, and nothing else can have been loaded before now.

    Nor now, where a van is loaded at this very second: it has left.
    Of shifts in `fresh`, just loaded, nothing is on board but what they are told to bring.
    """
    problem, now = day.problem, day.problem.now or Seconds(0)
    carriers = {
        x: shift
        for shift in problem.shifts
        for x in (day.on_trip(shift) if shift.shift_id in fresh else day.aboard(shift))
    }
    over = {x for shift in problem.shifts for x in stops_of(shift)} | fetched_elsewhere(problem)
    soonest = Seconds(now + any(loaded_last(shift) == now for shift in problem.shifts))
    stops = tuple(s if s.stop_id in over else _kept(s, carriers.get(s.stop_id), soonest) for s in problem.stops)
    named = [s for s in problem.stops if s.stop_id in carriers and s.only]
    vetoes = [veto for stop in named for veto in _others(problem.shifts, stop, carriers[stop.stop_id])]
    vetoes = [*problem.vetoes, *(veto for veto in vetoes if veto not in problem.vetoes)]
    return replace(day, problem=replace(problem, stops=stops, vetoes=tuple(vetoes)))


def _kept(stop: Stop, carrier: PlannedShift | None, soonest: Seconds) -> Stop:
    """Return a stop still to be served: bound to the van that has it on board, else not there before `soonest`."""
    if carrier is None:
        return replace(stop, release=Seconds(max(stop.release, soonest)))
    return stop if stop.only else replace(stop, only=frozenset({carrier.shift_id}))


def _others(shifts: Sequence[PlannedShift], stop: Stop, carrier: PlannedShift) -> Iterator[Veto]:
    """Yield what keeps the other shifts away that were welcome at a stop which names who is."""
    for shift in shifts:
        if shift.shift_id != carrier.shift_id and stop.only & {shift.shift_id, shift.driver_id}:
            yield Veto(shift.shift_id, stop.stop_id, ON_BOARD.format(carrier.shift_id))


def set_free(stop: Stop, carrier: str) -> Stop:
    """Return a stop that is no longer on board: those who were welcome are so again."""
    return replace(stop, only=frozenset()) if stop.only == {carrier} else stop


def without_carrier(vetoes: Sequence[Veto], carrier: str) -> tuple[Veto, ...]:
    """Return the vetoes but for those against everybody who had not loaded what this van had."""
    return tuple(veto for veto in vetoes if veto.reason != ON_BOARD.format(carrier))
