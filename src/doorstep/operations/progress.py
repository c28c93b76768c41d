"""How far a day has come: what a plan says is driven or loaded at a second of the day, written into the problem."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from doorstep.domain.plan import Plan, Route
from doorstep.domain.problem import Charge, Driven, Halt, PlannedShift, Problem, Reload, Stop
from doorstep.domain.sequences import sequences_of
from doorstep.domain.units import Metres, Seconds


def as_of(problem: Problem, plan: Plan, at: Seconds) -> Problem:
    """Return the problem at `at`, had everything gone by the plan.

    A halt counts as driven once the van is on its way there: nobody turns round in the street. What a van took on
    board stays with it; what lies at the depot is free for others but can't have been loaded before `at`.
    """
    now = Seconds(max(at, problem.now or 0))
    sequences, _ = sequences_of(plan, problem)
    routes = {route.shift_id: route for route in plan.routes}
    shifts = tuple(
        _shift_as_of(problem, s, routes.get(s.shift_id), sequences.get(s.shift_id, ()), now) for s in problem.shifts
    )
    aboard = dict(_aboard(shifts, sequences))
    over = {d.halt for s in shifts for d in s.driven} | fetched_elsewhere(problem)
    stops = tuple(s if s.stop_id in over else _stop_as_of(s, aboard.get(s.stop_id), now) for s in problem.stops)
    return replace(problem, stops=stops, shifts=shifts, now=now)


def fetched_elsewhere(problem: Problem) -> set[str]:
    """Return the stops for which a van needs nothing from a depot: pairs, and where things are only fetched."""
    paired = {x for pair in problem.pairs for x in (pair.pickup, pair.delivery)}
    return paired | {s.stop_id for s in problem.stops if any(s.picks) and not any(s.amounts)}


def _shift_as_of(
    problem: Problem, shift: PlannedShift, route: Route | None, halts: Sequence[Halt], now: Seconds
) -> PlannedShift:
    """Return the shift with what it has driven, and when it was loaded."""
    if route is None or route.leaves_at > now:
        return shift
    known = len(shift.driven)
    left = [route.leaves_at, *(v.leaves_at for v in route.visits)]
    begun = [k for k in range(known, len(route.visits)) if left[k] <= now]
    driven = [_driven(problem, shift, route, halts, k) for k in begun]
    return replace(shift, driven=(*shift.driven, *driven), loaded_at=route.leaves_at)


def _driven(problem: Problem, shift: PlannedShift, route: Route, halts: Sequence[Halt], k: int) -> Driven:
    visit = route.visits[k]
    left = route.visits[k - 1].leaves_at if k else route.leaves_at
    here, there = _row(problem, shift, halts[:k]), _row(problem, shift, halts[: k + 1])
    metres = Metres(0) if visit.kind == "break" else problem.times[shift.profile].distance(here, there, left)
    return Driven(halts[k], visit.arrives_at, visit.starts_at, visit.leaves_at, metres)


def _row(problem: Problem, shift: PlannedShift, halts: Sequence[Halt]) -> int:
    """Return the matrix row where a van stands after these halts."""
    stops = {s.stop_id: s.location for s in problem.stops}
    chargers = {c.charger_id: c.location for c in problem.chargers}
    for halt in reversed(halts):
        if isinstance(halt, str):
            return stops[halt]
        if isinstance(halt, Reload):
            return halt.location
        if isinstance(halt, Charge):
            return chargers[halt.charger_id]
    return shift.start


def _aboard(shifts: Sequence[PlannedShift], sequences: Mapping[str, Sequence[Halt]]) -> Iterator[tuple[str, str]]:
    """Yield (stop, shift) for all that a van has loaded and not yet delivered."""
    for shift in shifts:
        if shift.loaded_at is None:
            continue
        for halt in sequences.get(shift.shift_id, ())[len(shift.driven) :]:
            if isinstance(halt, Reload):
                break
            if isinstance(halt, str):
                yield halt, shift.shift_id


def _stop_as_of(stop: Stop, aboard: str | None, now: Seconds) -> Stop:
    """Return a stop still to be served: bound to the van that has it on board, else not there before now."""
    if aboard is not None:
        return replace(stop, only=frozenset({aboard}))
    return replace(stop, release=Seconds(max(stop.release, now)))
