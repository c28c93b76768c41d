"""A plan turned back into what made it: halts in order by shift, and when each van leaves."""

from itertools import takewhile

from doorstep.domain.errors import YourInput
from doorstep.domain.plan import Plan, Route, Visit
from doorstep.domain.problem import Break, Charge, Halt, PlannedShift, Problem, Reload
from doorstep.domain.units import Seconds

Sequences = dict[str, tuple[Halt, ...]]
Departures = dict[str, Seconds]


def sequences_of(plan: Plan, problem: Problem) -> tuple[Sequences, Departures]:
    """Return the halts of every route of a plan, and the departures that don't follow from them.

    Scheduled again they give the same plan. A departure follows where the van was loaded already, or where it is
    fixed and the van leaves as soon as its shift has begun and its first trip is released. A visit without a `stop_id`
    is told by its first order. Whether stops and chargers exist is not asked. Raises YourInput where a visit is no
    halt, or a shift has two routes.
    """
    stop_of = {order_id: stop.stop_id for stop in problem.stops for order_id in stop.order_ids}
    sequences: Sequences = {}
    for route in plan.routes:
        if route.shift_id in sequences:
            raise YourInput(f"Expected at most one route of shift {route.shift_id!r}, got two; join them.")
        sequences[route.shift_id] = tuple(_halt(route, visit, stop_of) for visit in route.visits)
    shifts = {shift.shift_id: shift for shift in problem.shifts}
    releases = {stop.stop_id: stop.release for stop in problem.stops}
    departures: Departures = {}
    for route in plan.routes:
        shift, halts = shifts.get(route.shift_id), sequences[route.shift_id]
        if halts and (shift is None or route.leaves_at != _untold(shift, halts, releases, problem.now)):
            departures[route.shift_id] = route.leaves_at
    return sequences, departures


def _halt(route: Route, visit: Visit, stop_of: dict[str, str]) -> Halt:
    """Return what a visit was for."""
    lasts = Seconds(visit.leaves_at - visit.starts_at)
    match visit.kind:
        case "stop" | "pickup":
            return visit.stop_id or stop_of.get((*visit.order_ids, "")[0], "")
        case "reload":
            return Reload(_row(route, visit))
        case "charge":
            return Charge(visit.stop_id, lasts)
        case "break":
            return Break(lasts)
        case _:
            raise YourInput(
                f"Expected visits of kind stop, pickup, reload, charge or break in the route of {route.shift_id!r}, "
                f"got {visit.kind!r}."
            )


def _row(route: Route, visit: Visit) -> int:
    """Return the row of the matrices at which a van reloads."""
    if not (visit.stop_id.isascii() and visit.stop_id.isdigit() and len(visit.stop_id) < 10):
        raise YourInput(
            f"Expected the stop_id of a reload in the route of {route.shift_id!r} to be a row of the matrices, "
            f"got {visit.stop_id!r}."
        )
    return int(visit.stop_id)


def _untold(
    shift: PlannedShift, halts: tuple[Halt, ...], releases: dict[str, Seconds], now: Seconds | None
) -> Seconds | None:
    """Return when a van leaves that nobody tells when; None where that depends on what is best."""
    if shift.loaded_at is not None or shift.free_departure:
        return shift.loaded_at
    trip = takewhile(lambda halt: not isinstance(halt, Reload), halts)
    released = (releases.get(halt, shift.starts) for halt in trip if isinstance(halt, str))
    return max([shift.starts, now or shift.starts, *released])
