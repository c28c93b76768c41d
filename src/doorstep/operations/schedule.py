"""Turn sequences of stops into a plan: when, how far, how loaded, and what every part costs.

This is the definition that the compiled search must agree with: plain whole numbers, no shortcut.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from doorstep.domain.outlook import ArrivalSpread, Outlook
from doorstep.domain.plan import Plan, Route, Unserved, Visit
from doorstep.domain.problem import PlannedShift, Problem, Stop
from doorstep.domain.units import Cents, Metres, Seconds, per_hour, per_km
from doorstep.domain.valuation import FREE, PARTS, Rates
from doorstep.domain.windows import TimeWindow
from doorstep.operations.errors import StopTwice, UnknownStop

P95 = 1.6448536269514722
"""Standard deviations between the median and the 95th percentile of a normal distribution."""

NO_RATES = Rates()


def schedule(  # noqa: PLR0913 - a plan has this many ingredients, and each is named where it is given
    problem: Problem,
    sequences: Mapping[str, Sequence[str]],
    *,
    seed: int,
    problem_sha256: str,
    plan_id: str | None = None,
    spread: ArrivalSpread | None = None,
    outlooks: Mapping[str, Outlook] | None = None,
) -> Plan:
    """Return the plan in which every shift visits its stops in the given order.

    `sequences` maps shift ids to stop ids; what no sequence names is unserved, with a reason. A van leaves when
    its shift starts. Nothing is refused for being late, too heavy or too long: that is for the checker to say.
    `spread` gives the quantiles of arrival, `outlooks` (by order id) the chance that the delivery is taken.
    Without a `plan_id` the plan is named by a hash of its content. Raises UnknownStop and StopTwice.
    """
    stops = {stop.stop_id: stop for stop in problem.stops}
    _refuse_unknown(problem, sequences, stops)
    routes = tuple(
        _with_expectations(_route(problem, shift, [stops[s] for s in sequences[shift.shift_id]]), spread, outlooks)
        for shift in problem.shifts
        if sequences.get(shift.shift_id)
    )
    served = {stop_id for sequence in sequences.values() for stop_id in sequence}
    unserved = tuple(u for stop in problem.stops if stop.stop_id not in served for u in _unserved(problem, stop))
    return Plan(
        plan_id=plan_id or _plan_id(problem_sha256, sequences, seed),
        company=problem.company,
        depot_id=problem.depot_id,
        day=problem.day,
        timezone=problem.timezone,
        currency=problem.currency,
        objective=problem.valuation.objective,
        seed=seed,
        problem_sha256=problem_sha256,
        valued_by=problem.valuation.valued_by,
        cents=_plan_cents(routes, unserved),
        routes=routes,
        unserved=unserved,
    )


def knock(windows: Sequence[TimeWindow], arrives: int) -> Seconds | None:
    """Return when service starts for a van that arrives at `arrives`; None when every window has closed.

    >>> knock((TimeWindow(Seconds(100), Seconds(200)),), 50)
    100
    """
    if not windows:
        return Seconds(arrives)
    return next((Seconds(max(arrives, w.opens)) for w in windows if arrives <= w.closes), None)


@dataclass(frozen=True, slots=True)
class _Drive:
    """What a route's legs add up to."""

    visits: tuple[Visit, ...]
    returns_at: Seconds
    metres: Metres
    waiting: Seconds


def _route(problem: Problem, shift: PlannedShift, stops: Sequence[Stop]) -> Route:
    """Return the route of one shift, priced."""
    drive = _drive(problem, shift, stops)
    paid = Seconds(drive.returns_at - shift.starts)
    rates = problem.valuation.rates.get(shift.shift_id, NO_RATES)
    cents = _summed([_route_cents(rates, drive, paid, stops), *(v.cents for v in drive.visits)])
    return Route(
        shift_id=shift.shift_id,
        vehicle_id=shift.vehicle_id,
        driver_id=shift.driver_id,
        leaves_at=shift.starts,
        returns_at=drive.returns_at,
        metres=drive.metres,
        seconds=paid,
        cents=cents,
        visits=drive.visits,
    )


def _drive(problem: Problem, shift: PlannedShift, stops: Sequence[Stop]) -> _Drive:
    """Drive the stops in order and note every halt."""
    times = problem.times[shift.profile]
    at, here, metres, waiting = int(shift.starts), shift.start, 0, 0
    on_board = [sum(amounts) for amounts in zip(*(stop.amounts for stop in stops), strict=True)]
    visits = []
    for stop in stops:
        metres += times.distance(here, stop.location, at)
        arrives = times.arrival(here, stop.location, at)
        starts = knock(stop.windows, arrives)
        starts = arrives if starts is None else starts
        on_board = [a - b for a, b in zip(on_board, stop.amounts, strict=True)]
        visits.append(_visit(problem, stop, arrives, starts, tuple(on_board)))
        waiting += starts - arrives
        at, here = starts + stop.service, stop.location
    metres += times.distance(here, shift.end, at)
    return _Drive(tuple(visits), times.arrival(here, shift.end, at), Metres(metres), Seconds(waiting))


def _visit(problem: Problem, stop: Stop, arrives: Seconds, starts: Seconds, load_after: tuple[int, ...]) -> Visit:
    """Return one halt with the door's price at the second somebody knocks."""
    prices = problem.valuation.curves.get(stop.stop_id, FREE).prices(starts)
    return Visit(
        stop_id=stop.stop_id,
        order_ids=stop.order_ids,
        place=problem.places[stop.location],
        arrives_at=arrives,
        starts_at=starts,
        leaves_at=Seconds(starts + stop.service),
        load_after=load_after,
        cents={part: cents for part, cents in prices.items() if cents},
    )


def _route_cents(rates: Rates, drive: _Drive, paid: Seconds, stops: Sequence[Stop]) -> dict[str, Cents]:
    """Return the parts of a route's price that its shift causes."""
    overtime = max(0, paid - rates.overtime_after)
    burden = max(0, sum(stop.strain for stop in stops) - rates.strain_free)
    return {
        "time": per_hour(paid - drive.waiting, rates.cents_per_hour),
        "distance": per_km(drive.metres, rates.cents_per_km),
        "fixed": Cents(rates.fixed_cents),
        "overtime": per_hour(overtime, rates.overtime_cents_per_hour),
        "waiting": per_hour(drive.waiting, rates.waiting_cents_per_hour),
        "strain": Cents(burden * rates.cents_per_strain + per_hour(overtime, rates.strain_cents_per_overtime_hour)),
    }


def _with_expectations(route: Route, spread: ArrivalSpread | None, outlooks: Mapping[str, Outlook] | None) -> Route:
    """Return the route with arrival quantiles and chances of success at its visits, where known."""
    visits = tuple(_with_success(_with_quantiles(v, route.leaves_at, spread), outlooks or {}) for v in route.visits)
    return replace(route, visits=visits)


def _with_quantiles(visit: Visit, left_at: int, spread: ArrivalSpread | None) -> Visit:
    """Return the visit with the 5th, 50th and 95th percentile of its arrival."""
    if spread is None:
        return visit
    hours = (visit.arrives_at - left_at) / 3600
    middle, wide = visit.arrives_at + spread.mean(hours), P95 * spread.sd(hours)
    low, mid, high = (Seconds(round(x)) for x in (middle - wide, middle, middle + wide))
    return replace(visit, p05=low, p50=mid, p95=high)


def _with_success(visit: Visit, outlooks: Mapping[str, Outlook]) -> Visit:
    """Return the visit with the expected share of its orders that are taken."""
    known = [outlooks[o].chance(visit.starts_at) for o in visit.order_ids if o in outlooks]
    return replace(visit, success=sum(known) / len(known)) if known else visit


def _unserved(problem: Problem, stop: Stop) -> Iterator[Unserved]:
    """Yield the orders of a stop that is left out; the stop's price is shared among them to the cent."""
    price = problem.valuation.unserved.get(stop.stop_id)
    reason = why_unserved(problem, stop)
    order_ids = stop.order_ids or (stop.stop_id,)
    share, rest = divmod(price or 0, len(order_ids))
    for k, order_id in enumerate(order_ids):
        yield Unserved(order_id, stop.stop_id, reason, Cents(share + (1 if k < rest else 0)))


def why_unserved(problem: Problem, stop: Stop) -> str:
    """Return in words why a stop is left out: what rules it out everywhere, else that it had to give way."""
    offering = [s for s in problem.shifts if stop.needs <= s.offers]
    if not offering:
        return f"No shift offers {', '.join(sorted(stop.needs)) or 'anything: there is no shift at all'}."
    able = [s for s in offering if all(a <= c for a, c in zip(stop.amounts, s.capacities, strict=True))]
    if not able:
        return "It does not fit into any vehicle that could bring it, even alone."
    if not any(_in_time_alone(problem, shift, stop) for shift in able):
        return "No shift that could bring it reaches it inside its windows and is back before it ends."
    if stop.stop_id in problem.valuation.unserved:
        return "Serving it was believed to cost more than leaving it out, or other stops took its room."
    return "It must be served, but no shift had room and time for it beside the others."


def _in_time_alone(problem: Problem, shift: PlannedShift, stop: Stop) -> bool:
    """Return whether the shift could serve this stop and nothing else."""
    times = problem.times[shift.profile]
    starts = knock(stop.windows, times.arrival(shift.start, stop.location, shift.starts))
    allowed = shift.max_stops is None or shift.max_stops >= 1
    return (
        allowed and starts is not None and times.arrival(stop.location, shift.end, starts + stop.service) <= shift.ends
    )


def _plan_cents(routes: Sequence[Route], unserved: Sequence[Unserved]) -> dict[str, Cents]:
    """Return every part that is not zero, and their sum."""
    left_out = {"unserved": Cents(sum(u.cents for u in unserved))}
    cents = _summed([*(r.cents for r in routes), left_out])
    return {**cents, "total": Cents(sum(cents.values()))}


def _summed(maps: Iterable[Mapping[str, Cents]]) -> dict[str, Cents]:
    """Return part by part sums, in the order of PARTS and without zeros."""
    every = list(maps)
    sums = {part: Cents(sum(m.get(part, 0) for m in every)) for part in PARTS}
    return {part: cents for part, cents in sums.items() if cents}


def _plan_id(problem_sha256: str, sequences: Mapping[str, Sequence[str]], seed: int) -> str:
    """Return a name that the same problem, seed and sequences always get."""
    text = json.dumps([problem_sha256, seed, {k: list(v) for k, v in sequences.items() if v}], sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _refuse_unknown(problem: Problem, sequences: Mapping[str, Sequence[str]], stops: Mapping[str, Stop]) -> None:
    """Raise where a sequence names what the problem doesn't have, or a stop twice."""
    shifts = {shift.shift_id for shift in problem.shifts}
    seen: set[str] = set()
    for shift_id, sequence in sequences.items():
        if shift_id not in shifts:
            raise UnknownStop(f"Expected one of the problem's {len(shifts)} shifts, got {shift_id!r}.")
        for stop_id in sequence:
            if stop_id not in stops:
                raise UnknownStop(f"Expected one of the problem's {len(stops)} stops, got {stop_id!r}.")
            if stop_id in seen:
                raise StopTwice(f"Expected every stop at most once, got {stop_id!r} again in shift {shift_id!r}.")
            seen.add(stop_id)
