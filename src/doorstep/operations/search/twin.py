"""What the compiled search believes a route costs, in plain Python: the readable form, for tests and a last check."""

from collections.abc import Sequence
from dataclasses import dataclass

from doorstep.domain.problem import PlannedShift, Problem, Stop
from doorstep.domain.valuation import PriceCurve, Rates


@dataclass(frozen=True, slots=True)
class TwinRoute:
    """A route's unrounded price in cents, its return, and whether every hard constraint holds."""

    cents: float
    returns_at: int
    feasible: bool


def twin_route(problem: Problem, shift: PlannedShift, stops: Sequence[Stop], leaves: int | None = None) -> TwinRoute:
    """Return what a route costs before rounding, and whether it may be driven.

    `leaves` is when the shift leaves, if it may choose. Differs from the schedule's total by less than half a cent for
    each part of the route, and one for each part of each door.
    """
    if not stops:
        return TwinRoute(0.0, int(shift.starts), feasible=not shift.frozen)
    rates = problem.valuation.rates.get(shift.shift_id, Rates())
    times = problem.times[shift.profile]
    at, here = int(shift.starts) if leaves is None else leaves, shift.start
    paid_from = at if shift.free_departure else int(shift.starts)
    metres, waiting, doors, in_time = 0, at - paid_from, 0.0, at >= shift.starts
    for stop in stops:
        metres += times.distance(here, stop.location, at)
        arrives = int(times.arrival(here, stop.location, at))
        starts = next((max(arrives, w.opens) for w in stop.windows if arrives <= w.closes), None)
        in_time &= starts is not None or not stop.windows
        starts = arrives if starts is None else starts
        waiting += starts - arrives
        doors += door_price(problem.valuation.curves.get(stop.stop_id), starts)
        doors += rates.cents_per_stop + sum(
            problem.valuation.pairing(part, shift.shift_id, stop.stop_id) for part in problem.valuation.pairings
        )
        at, here = starts + stop.service, stop.location
    metres += times.distance(here, shift.end, at)
    back = int(times.arrival(here, shift.end, at))
    in_time &= back <= shift.ends and (shift.max_seconds is None or back - paid_from <= shift.max_seconds)
    cents = doors + _shift_price(rates, back - paid_from, waiting, metres, sum(s.strain for s in stops))
    near = shift.max_metres is None or metres <= shift.max_metres
    named = not any(_is_barred(problem, shift, s) for s in stops)
    frozen = tuple(s.stop_id for s in stops[: len(shift.frozen)]) == shift.frozen
    return TwinRoute(cents, back, feasible=in_time and near and named and frozen and may_take(shift, stops))


def _is_barred(problem: Problem, shift: PlannedShift, stop: Stop) -> bool:
    """Return whether a stop is closed to a shift by name."""
    who = {shift.shift_id, shift.driver_id}
    return bool(stop.only and not stop.only & who) or any(
        v.stop_id == stop.stop_id and v.who in who for v in problem.vetoes
    )


def door_price(curve: PriceCurve | None, at: int) -> float:
    """Return the sum of a curve's parts at a second, linear between knots and not rounded."""
    if curve is None:
        return 0.0
    sums = [sum(cents) for cents in zip(*curve.parts.values(), strict=True)] or [0] * len(curve.at)
    if at <= curve.at[0]:
        return float(sums[0])
    for a, b, p, q in zip(curve.at, curve.at[1:], sums, sums[1:], strict=False):
        if at < b:
            return float(p + (q - p) * (at - a) / (b - a))
    return float(sums[-1])


def may_take(shift: PlannedShift, stops: Sequence[Stop]) -> bool:
    """Return whether a shift has the room and the skills for all these stops, times aside."""
    loads = [sum(amounts) for amounts in zip(*(s.amounts for s in stops), strict=True)]
    return (
        all(load <= capacity for load, capacity in zip(loads, shift.capacities, strict=True))
        and all(s.needs <= shift.offers for s in stops)
        and (shift.max_stops is None or len(stops) <= shift.max_stops)
    )


def _shift_price(rates: Rates, paid: int, waiting: int, metres: int, strain: int) -> float:
    """Return what a shift with visits costs apart from its doors."""
    overtime = max(0, paid - rates.overtime_after)
    hours = (paid - waiting) * rates.cents_per_hour + waiting * rates.waiting_cents_per_hour
    hours += overtime * (rates.overtime_cents_per_hour + rates.strain_cents_per_overtime_hour)
    burden = max(0, strain - rates.strain_free) * rates.cents_per_strain
    hours += abs(paid - rates.even_seconds) * rates.even_cents_per_hour
    return hours / 3600.0 + metres * rates.cents_per_km / 1000 + rates.fixed_cents + burden
