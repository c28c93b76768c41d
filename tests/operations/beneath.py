"""Problems that forbid a plan: each takes what a plan does and asks for a little more, or allows a little less.

Each has the words that the checker must find, and returns None where the plan has no such place. Every figure that the
plan says may stay right: what must be seen is the limit.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from doorstep.domain.duty import BreakRule, Counted
from doorstep.domain.plan import Plan, Route, Visit
from doorstep.domain.problem import Battery, Driven, Pair, PlannedShift, Problem, Stop, Veto
from doorstep.domain.units import Cents, Seconds
from doorstep.domain.valuation import Rates
from doorstep.domain.windows import TimeWindow

Beneath = Callable[[Problem, Plan, int], Problem | None]
OnRoute = Callable[[Problem, PlannedShift, Route, int], Problem | None]
SERVES = ("stop", "pickup")


def _on_route(change: OnRoute) -> Beneath:
    """Return the mistake on one of the routes that serve somebody."""

    def on_some_route(problem: Problem, plan: Plan, pick: int) -> Problem | None:
        routes = [route for route in plan.routes if _served(route)]
        if not routes:
            return None
        route = routes[pick % len(routes)]
        shift = next(shift for shift in problem.shifts if shift.shift_id == route.shift_id)
        return change(problem, shift, route, pick)

    return on_some_route


def _at_stop(change: Callable[[Problem, PlannedShift, str], Problem | None]) -> Beneath:
    """Return the mistake at one stop of a route."""

    def at_some_stop(problem: Problem, shift: PlannedShift, route: Route, pick: int) -> Problem | None:
        served = _served(route)
        return change(problem, shift, served[pick % len(served)].stop_id)

    return _on_route(at_some_stop)


def _served(route: Route) -> list[Visit]:
    return [visit for visit in route.visits if visit.kind in SERVES]


def _trips(route: Route) -> list[list[Visit]]:
    trips: list[list[Visit]] = [[]]
    for visit in route.visits:
        if visit.kind == "reload":
            trips.append([])
        elif visit.kind in SERVES:
            trips[-1].append(visit)
    return trips


def _of_shift(problem: Problem, shift: PlannedShift, **changes: Any) -> Problem:
    changed = replace(shift, **changes)
    return replace(problem, shifts=tuple(changed if s.shift_id == shift.shift_id else s for s in problem.shifts))


def _of_stop(problem: Problem, stop_id: str, change: Callable[[Stop], Stop]) -> Problem:
    return replace(problem, stops=tuple(change(s) if s.stop_id == stop_id else s for s in problem.stops))


def _of_rates(problem: Problem, shift: PlannedShift, **changes: Any) -> Problem:
    rates = problem.valuation.rates
    changed = replace(rates.get(shift.shift_id, Rates()), **changes)
    return problem.valued(replace(problem.valuation, rates={**rates, shift.shift_id: changed}))


def _paid_from(shift: PlannedShift, route: Route) -> int:
    return route.leaves_at if shift.free_departure else shift.starts


def _driving(route: Route) -> int:
    left = [route.leaves_at, *(visit.leaves_at for visit in route.visits)]
    reached = [*(visit.arrives_at for visit in route.visits), route.returns_at]
    return sum(b - a for a, b in zip(left, reached, strict=True))


def _working(route: Route) -> int:
    return _driving(route) + sum(v.leaves_at - v.starts_at for v in route.visits if v.kind not in ("break", "charge"))


# At a stop


def _veto(problem: Problem, shift: PlannedShift, stop_id: str) -> Problem:
    return replace(problem, vetoes=(*problem.vetoes, Veto(shift.shift_id, stop_id, "The stairs are wet.")))


def _drivers_veto(problem: Problem, shift: PlannedShift, stop_id: str) -> Problem | None:
    if shift.driver_id is None:
        return None
    return replace(problem, vetoes=(*problem.vetoes, Veto(shift.driver_id, stop_id, "The dog bites.")))


def _only_others(problem: Problem, shift: PlannedShift, stop_id: str) -> Problem:
    del shift
    return _of_stop(problem, stop_id, lambda stop: replace(stop, only=frozenset({"somebody else"})))


def _rare_skill(problem: Problem, shift: PlannedShift, stop_id: str) -> Problem:
    del shift
    return _of_stop(problem, stop_id, lambda stop: replace(stop, needs=stop.needs | {"levitation"}))


def _familiar(problem: Problem, shift: PlannedShift, stop_id: str) -> Problem:
    pairings = problem.valuation.pairings
    by_shift = pairings.get("familiarity", {})
    by_stop = by_shift.get(shift.shift_id, {})
    one_more = {**by_stop, stop_id: Cents(by_stop.get(stop_id, 0) + 1)}
    familiarity = {**by_shift, shift.shift_id: one_more}
    return problem.valued(replace(problem.valuation, pairings={**pairings, "familiarity": familiarity}))


def _unreleased(problem: Problem, shift: PlannedShift, route: Route, pick: int) -> Problem | None:
    """Release goods of the first trip a second after the van has left."""
    del shift
    first = _trips(route)[0]
    if not first:
        return None
    return _released(problem, first[pick % len(first)], route.leaves_at + 1)


def _unreleased_again(problem: Problem, shift: PlannedShift, route: Route, pick: int) -> Problem | None:
    """Release goods of a later trip a second after they were loaded."""
    del shift, pick
    reloads = [k for k, visit in enumerate(route.visits) if visit.kind == "reload"]
    for k in reloads:
        following = route.visits[k + 1 : k + 2]
        if following and following[0].kind in SERVES:
            return _released(problem, following[0], route.visits[k].starts_at + 1)
    return None


def _released(problem: Problem, visit: Visit, at: int) -> Problem:
    return _of_stop(problem, visit.stop_id, lambda stop: replace(stop, release=Seconds(at)))


# On a route


def _too_heavy(problem: Problem, shift: PlannedShift, route: Route, pick: int) -> Problem | None:
    """Take one from the room that the fullest moment after some halt needs."""
    if not problem.dimensions:
        return None
    d = pick % len(problem.dimensions)
    most = max(visit.load_after[d] for visit in route.visits)
    room = tuple(most - 1 if k == d else c for k, c in enumerate(shift.capacities))
    return _of_shift(problem, shift, capacities=room) if most > 0 else None


def _middle_trip_too_heavy(problem: Problem, shift: PlannedShift, route: Route, pick: int) -> Problem | None:
    """Take one from the room that a later trip begins with."""
    del pick
    loads = [visit.load_after[0] for visit in route.visits if visit.kind == "reload" and problem.dimensions]
    if not loads or max(loads) == 0:
        return None
    return _of_shift(problem, shift, capacities=(max(loads) - 1, *shift.capacities[1:]))


def _frozen_swapped(problem: Problem, shift: PlannedShift, route: Route, pick: int) -> Problem | None:
    del pick
    first = [visit.stop_id for visit in _served(route)[:2]]
    return _of_shift(problem, shift, frozen=(first[1], first[0])) if len(first) > 1 else None


def _frozen_elsewhere(problem: Problem, shift: PlannedShift, route: Route, pick: int) -> Problem | None:
    others = [other for other in problem.shifts if other.shift_id != shift.shift_id]
    if not others:
        return None
    return _of_shift(problem, others[pick % len(others)], frozen=(_served(route)[0].stop_id,))


def _fewer_trips(problem: Problem, shift: PlannedShift, route: Route, pick: int) -> Problem | None:
    del pick
    trips = len(_trips(route))
    return _of_shift(problem, shift, max_trips=trips - 1) if trips > 1 else None


def _no_reloads(problem: Problem, shift: PlannedShift, route: Route, pick: int) -> Problem | None:
    del pick
    return _of_shift(problem, shift, reloads=()) if len(_trips(route)) > 1 else None


def _shorter_wheel(problem: Problem, shift: PlannedShift, route: Route, pick: int) -> Problem | None:
    del pick
    driving = _driving(route)
    return _of_shift(problem, shift, max_driving=Seconds(driving - 1)) if driving > 0 else None


def _shorter_work(problem: Problem, shift: PlannedShift, route: Route, pick: int) -> Problem | None:
    del pick
    working = _working(route)
    return _of_shift(problem, shift, max_working=Seconds(working - 1)) if working > 0 else None


def _shorter_way(problem: Problem, shift: PlannedShift, route: Route, pick: int) -> Problem | None:
    del pick
    return _of_shift(problem, shift, max_metres=route.metres - 1) if route.metres > 0 else None


def _empty_battery(problem: Problem, shift: PlannedShift, route: Route, pick: int) -> Problem | None:
    """Give it a battery that holds no more than its reserve."""
    del pick
    battery = Battery(capacity_wh=1000, starts_with_wh=1000, wh_per_km=1000, charge_w=1, reserve_wh=1000)
    return _of_shift(problem, shift, battery=battery) if route.metres > 0 else None


def _no_battery(problem: Problem, shift: PlannedShift, route: Route, pick: int) -> Problem | None:
    del pick
    charges = any(visit.kind == "charge" for visit in route.visits)
    return _of_shift(problem, shift, battery=None) if charges else None


def _dearer_power(problem: Problem, shift: PlannedShift, route: Route, pick: int) -> Problem | None:
    del shift, pick
    if not any(visit.cents.get("energy", 0) > 0 for visit in route.visits):
        return None
    dearer = (replace(charger, cents_per_kwh=2 * charger.cents_per_kwh + 1) for charger in problem.chargers)
    return replace(problem, chargers=tuple(dearer))


def _rule_before(counted: Counted, seconds: Callable[[PlannedShift, Route], int]) -> Beneath:
    """Ask for a break that nobody takes, a second before the route ends."""

    def change(problem: Problem, shift: PlannedShift, route: Route, pick: int) -> Problem | None:
        del pick
        whole = seconds(shift, route)
        rule = BreakRule("a strict rule", counted, Seconds(whole - 1), Seconds(10**6))
        return _of_shift(problem, shift, breaks=(*shift.breaks, rule)) if whole > 0 else None

    return _on_route(change)


def _lunch_missed(problem: Problem, shift: PlannedShift, route: Route, pick: int) -> Problem:
    del pick
    late = TimeWindow(Seconds(route.returns_at + 1), Seconds(route.returns_at + 9))
    rule = BreakRule("lunch", "elapsed", Seconds(0), Seconds(60), windows=(late,))
    return _of_shift(problem, shift, breaks=(*shift.breaks, rule))


def _longer_break(problem: Problem, shift: PlannedShift, route: Route, pick: int) -> Problem | None:
    """Ask that a break in its window last a second longer than any."""
    del pick
    breaks = [visit for visit in route.visits if visit.kind == "break"]
    if not breaks:
        return None
    longest = max(visit.leaves_at - visit.starts_at for visit in breaks)
    all_day = (TimeWindow(Seconds(0), Seconds(10**6)),)
    rule = BreakRule("rest", "elapsed", Seconds(0), Seconds(longest + 1), windows=all_day)
    return _of_shift(problem, shift, breaks=(*shift.breaks, rule))


def _crossing(problem: Problem, shift: PlannedShift, route: Route, pick: int) -> Problem | None:
    """Make pairs of four visits of a trip that cross."""
    trips = [trip for trip in _trips(route) if len(trip) >= 4]
    if not trips:
        return None
    trip = trips[pick % len(trips)]
    a, b, c, d = (visit.stop_id for visit in trip[:4])
    return replace(_of_shift(problem, shift, lifo=True), pairs=(Pair(a, c), Pair(b, d)))


def _wrong_way(problem: Problem, shift: PlannedShift, route: Route, pick: int) -> Problem | None:
    del shift, pick
    served = _served(route)
    return replace(problem, pairs=(Pair(served[-1].stop_id, served[0].stop_id),)) if len(served) > 1 else None


def _across_a_reload(problem: Problem, shift: PlannedShift, route: Route, pick: int) -> Problem | None:
    del shift, pick
    trips = [trip for trip in _trips(route) if trip]
    return replace(problem, pairs=(Pair(trips[0][0].stop_id, trips[1][0].stop_id),)) if len(trips) > 1 else None


def _on_two_routes(problem: Problem, plan: Plan, pick: int) -> Problem | None:
    del pick
    served = [_served(route) for route in plan.routes if _served(route)]
    return replace(problem, pairs=(Pair(served[0][0].stop_id, served[1][0].stop_id),)) if len(served) > 1 else None


def _half_a_pair(problem: Problem, plan: Plan, pick: int) -> Problem | None:
    served = [visit for route in plan.routes for visit in _served(route)]
    if not served or not plan.unserved:
        return None
    return replace(problem, pairs=(Pair(served[pick % len(served)].stop_id, plan.unserved[0].stop_id),))


def _fairer(problem: Problem, shift: PlannedShift, route: Route, pick: int) -> Problem:
    """Price an hour of unfairness at a cent more than the plan says of it."""
    del pick
    cents = int(route.cents.get("fairness", 0)) + 1
    return _of_rates(problem, shift, even_seconds=Seconds(route.seconds - 3600), even_cents_per_hour=cents)


def _was_later(problem: Problem, shift: PlannedShift, route: Route, pick: int) -> Problem | None:
    """Record the first halt a second later than the plan repeats it."""
    del pick
    first = route.visits[0]
    if first.kind not in SERVES:
        return None
    came, began, left = (Seconds(at + 1) for at in (first.arrives_at, first.starts_at, first.leaves_at))
    return _of_shift(problem, shift, driven=(Driven(first.stop_id, came, began, left, route.metres),))


def _was_elsewhere(problem: Problem, shift: PlannedShift, route: Route, pick: int) -> Problem | None:
    """Record that the van was first where the plan takes it last."""
    del pick
    last = route.visits[-1]
    if len(route.visits) < 2 or last.kind not in SERVES:
        return None
    record = Driven(last.stop_id, last.arrives_at, last.starts_at, last.leaves_at, route.metres)
    return _of_shift(problem, shift, driven=(record,))


def _left_before_now(problem: Problem, shift: PlannedShift, route: Route, pick: int) -> Problem | None:
    """Ask for the plan a second after the van has left."""
    del pick
    return replace(problem, now=Seconds(route.leaves_at + 1)) if route.leaves_at >= shift.starts else None


BENEATH: dict[str, tuple[str, Beneath]] = {
    "a veto": ("expected somebody else than", _at_stop(_veto)),
    "a driver's veto": ("The dog bites.", _at_stop(_drivers_veto)),
    "a stop for others": ("expected one of", _at_stop(_only_others)),
    "a rare skill": ("needs", _at_stop(_rare_skill)),
    "a cent for who comes": ("cents of familiarity", _at_stop(_familiar)),
    "unreleased goods": ("when its goods are released", _on_route(_unreleased)),
    "unreleased goods after a reload": ("expected starts_at", _on_route(_unreleased_again)),
    "too little room": ("on board", _on_route(_too_heavy)),
    "too little room for a later trip": ("on board", _on_route(_middle_trip_too_heavy)),
    "the frozen order changed": ("frozen stops first", _on_route(_frozen_swapped)),
    "frozen for another van": (" first, ", _on_route(_frozen_elsewhere)),
    "a trip too many": ("trips, found", _on_route(_fewer_trips)),
    "a depot closed": ("expected a reload at one of", _on_route(_no_reloads)),
    "a stop too many": (
        "stops, found", _on_route(lambda p, s, r, _: _of_shift(p, s, max_stops=len(_served(r)) - 1)),
    ),
    "a metre too far": (" m, found", _on_route(_shorter_way)),
    "a second too long": (
        "from start to return",
        _on_route(lambda p, s, r, _: _of_shift(p, s, max_seconds=r.returns_at - _paid_from(s, r) - 1)),
    ),
    "a second too late": ("back by", _on_route(lambda p, s, r, _: _of_shift(p, s, ends=Seconds(r.returns_at - 1)))),
    "a second at the wheel": ("of driving, found", _on_route(_shorter_wheel)),
    "a second at work": ("of work, found", _on_route(_shorter_work)),
    "an empty battery": ("Wh in the battery", _on_route(_empty_battery)),
    "no battery": ("no battery", _on_route(_no_battery)),
    "dearer power": ("cents of energy", _on_route(_dearer_power)),
    "no break from driving": ("of driving (a strict rule)", _rule_before("driving", lambda _, r: _driving(r))),
    "no break from work": ("of work (a strict rule)", _rule_before("working", lambda _, r: _working(r))),
    "no break all day": (
        "of the shift (a strict rule)",
        _rule_before("elapsed", lambda s, r: r.returns_at - _paid_from(s, r)),
    ),
    "no lunch": ("(lunch)", _on_route(_lunch_missed)),
    "a break too short": ("(rest)", _on_route(_longer_break)),
    "pairs that cross": ("to be delivered first", _on_route(_crossing)),
    "a pair the wrong way round": ("before delivery", _on_route(_wrong_way)),
    "a pair across a reload": ("in one trip", _on_route(_across_a_reload)),
    "a pair on two routes": ("both on one route", _on_two_routes),
    "half a pair": ("expected both or neither", _half_a_pair),
    "a dearer stop": (
        "cents of tariff",
        _on_route(lambda p, s, r, _: _of_rates(
            p, s, cents_per_stop=p.valuation.rates.get(s.shift_id, Rates()).cents_per_stop + 1,
        )),
    ),
    "a fairer share": ("cents of fairness", _on_route(_fairer)),
    "another halt was first": ("as it was driven", _on_route(_was_elsewhere)),
    "the first halt was later": ("expected arrives_at", _on_route(_was_later)),
    "a departure in the past": ("which is now", _on_route(_left_before_now)),
    "a van loaded earlier": (
        "when it was loaded",
        _on_route(lambda p, s, r, _: _of_shift(p, s, loaded_at=Seconds(r.leaves_at - 1))),
    ),
}  # fmt: skip
