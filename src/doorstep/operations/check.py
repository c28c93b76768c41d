"""Does a plan hold? Feasibility and cents, recomputed from problem and plan alone.

Nothing here is shared with the search or the scheduler, on purpose: travel between slots, prices between knots
and the rounding of money are written a second time, so that a slip on one side shows as a difference.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from doorstep.domain.places import Place
from doorstep.domain.plan import Plan, Route, Unserved, Visit
from doorstep.domain.problem import PlannedShift, Problem, Stop
from doorstep.domain.travel import TravelTimes
from doorstep.domain.units import Cents
from doorstep.domain.valuation import PARTS, PriceCurve, Rates

KINDS = ("stop", "pickup", "reload", "charge", "break")
STATUSES = ("planned", "frozen", "done")
ABSURD = 10**15
"""Beyond this no second, metre or cent of a day can be meant."""


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check found: one sentence per violation, notes that refuse nothing, and the cents as recomputed.

    `left_out` are the stops that must be served, could be by some shift, and are not; each is a violation too.
    `cents` has every part that is not zero; `total` is their sum. Routes that can't be followed (an unknown
    shift, a figure that is no number) add nothing to them.
    """

    violations: tuple[str, ...]
    notes: tuple[str, ...]
    left_out: tuple[str, ...]
    cents: Mapping[str, Cents]
    total: Cents

    @property
    def holds(self) -> bool:
        """Return whether nothing was violated."""
        return not self.violations


def check(problem: Problem, plan: Plan) -> CheckReport:
    """Recompute a plan's feasibility, times, loads and cents and say where it differs from the problem.

    Each sentence names route, visit or order, what was expected and what was found. Cost: linear in visits.
    Never raises on a plan's content: figures that are no whole numbers are violations too.
    """
    book = _Book.of(problem)
    wrong = list(_header(problem, plan))
    for route in plan.routes:
        wrong.extend(_route(book, route))
    wrong.extend(_shifts_twice(plan))
    wrong.extend(_unserved(book, plan))
    left_out, notes = _must_serve(book)
    wrong.extend(
        f"Stop {stop_id!r}: expected a visit, because it has no price for leaving it out; found none."
        for stop_id in left_out
    )
    wrong.extend(_compare_cents("The plan", plan.cents, book.money, total_needed=True))
    cents = {part: Cents(book.money[part]) for part in PARTS if book.money[part]}
    return CheckReport(tuple(wrong), notes, left_out, cents, Cents(sum(cents.values())))


@dataclass(frozen=True, slots=True)
class _Book:
    """The problem by id, and two tallies: cents by part, and visits by order."""

    problem: Problem
    stops: Mapping[str, Stop]
    stop_of: Mapping[str, Stop]
    shifts: Mapping[str, PlannedShift]
    money: Counter[str]
    served: Counter[str]

    @classmethod
    def of(cls, problem: Problem) -> "_Book":
        stops = {stop.stop_id: stop for stop in problem.stops}
        stop_of = {order: stop for stop in problem.stops for order in stop.order_ids}
        shifts = {shift.shift_id: shift for shift in problem.shifts}
        return cls(problem, stops, stop_of, shifts, Counter(), Counter())


# What the plan says about itself


def _header(problem: Problem, plan: Plan) -> Iterator[str]:
    for name in ("company", "depot_id", "day", "timezone", "currency"):
        expected, found = getattr(problem, name), getattr(plan, name)
        if expected != found:
            yield f"The plan: expected {name} {expected!r} as in the problem, found {found!r}."
    prices = problem.valuation
    if plan.objective != prices.objective:
        yield f"The plan: expected objective {prices.objective!r}, found {plan.objective!r}."
    if tuple(plan.valued_by) != tuple(prices.valued_by):
        yield f"The plan: expected valued_by {list(prices.valued_by)}, found {list(plan.valued_by)}."
    if not _whole(plan.seed):
        yield f"The plan: expected a whole number as seed, found {_shown(plan.seed)}."


def _shifts_twice(plan: Plan) -> Iterator[str]:
    times = Counter(route.shift_id for route in plan.routes if isinstance(route.shift_id, str))
    for shift_id, n in times.items():
        if n > 1:
            yield f"Shift {shift_id!r}: expected at most one route, found {n}."


# Figures that are no figures


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < ABSURD


def _shown(value: object) -> str:
    text = repr(value) if not isinstance(value, int) or abs(value) < 10**30 else "a number of over 30 digits"
    return text if len(text) <= 60 else text[:57] + "..."


def _unreadable(who: str, figures: Iterable[tuple[str, object]], words: Iterable[tuple[str, object]]) -> Iterator[str]:
    for name, value in figures:
        if not _whole(value):
            yield f"{who}: expected a whole number as {name}, found {_shown(value)}."
    for name, value in words:
        if not isinstance(value, str):
            yield f"{who}: expected text as {name}, found {_shown(value)}."


def _unreadable_route(who: str, route: Route) -> list[str]:
    figures: list[tuple[str, object]] = [
        (name, getattr(route, name)) for name in ("leaves_at", "returns_at", "metres", "seconds")
    ]
    figures += [(f"cents of {part!r}", cents) for part, cents in route.cents.items()]
    found = list(_unreadable(who, figures, [("shift_id", route.shift_id), ("vehicle_id", route.vehicle_id)]))
    for i, visit in enumerate(route.visits, 1):
        found += _unreadable_visit(f"{who}, visit {i}", visit)
    return found


def _unreadable_visit(who: str, visit: Visit) -> Iterator[str]:
    figures: list[tuple[str, object]] = [
        (name, getattr(visit, name)) for name in ("arrives_at", "starts_at", "leaves_at")
    ]
    figures += [("load_after", load) for load in visit.load_after]
    figures += [(f"cents of {part!r}", cents) for part, cents in visit.cents.items()]
    figures += [(n, getattr(visit, n)) for n in ("p05", "p50", "p95") if getattr(visit, n) is not None]
    words: list[tuple[str, object]] = [("order_ids", order) for order in visit.order_ids]
    return _unreadable(who, figures, [*words, ("stop_id", visit.stop_id)])


# One route


@dataclass(slots=True)
class _Driven:
    """A route as it must have been driven. Where every window had closed, somebody knocks on arrival."""

    arrives: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    leaves: list[int] = field(default_factory=list)
    metres: int = 0
    travel: int = 0
    service: int = 0
    back: int = 0


def _route(book: _Book, route: Route) -> list[str]:
    who = f"Route {_shown(route.shift_id)}"
    wrong = _unreadable_route(who, route)
    shift = None if wrong else book.shifts.get(route.shift_id)
    if shift is None:
        book.served.update(order for visit in route.visits for order in visit.order_ids if isinstance(order, str))
        return wrong or [f"{who}: expected a shift of the problem, found an unknown one."]
    wrong += _who_drives(who, shift, route)
    halts, doubts = _halts(who, book, route)
    book.served.update(order for stop in halts for order in stop.order_ids)
    wrong += doubts
    if len(halts) < len(route.visits):
        return wrong
    driven = _drive(book.problem, shift, halts, route.leaves_at)
    wrong += _visit_figures(who, book.problem, halts, route, driven)
    wrong += _limits(who, book.problem, shift, halts, (route, driven))
    cents = _route_cents(book.problem, shift, halts, driven)
    book.money.update(cents)
    return wrong + list(_compare_cents(who, route.cents, cents, total_needed=False))


def _who_drives(who: str, shift: PlannedShift, route: Route) -> Iterator[str]:
    if route.vehicle_id != shift.vehicle_id:
        yield f"{who}: expected vehicle {shift.vehicle_id!r}, found {route.vehicle_id!r}."
    if route.driver_id != shift.driver_id:
        yield f"{who}: expected driver {shift.driver_id!r}, found {_shown(route.driver_id)}."


def _halts(who: str, book: _Book, route: Route) -> tuple[list[Stop], list[str]]:
    """Return the problem's stops behind the visits, and what each visit says wrongly about its stop."""
    halts: list[Stop] = []
    wrong: list[str] = []
    for i, visit in enumerate(route.visits, 1):
        name = f"{who}, visit {i}"
        stop = book.stops.get(visit.stop_id) if visit.stop_id else book.stop_of.get((*visit.order_ids, "")[0])
        if stop is None:
            wrong.append(f"{name}: expected a stop of the problem, found {visit.stop_id or list(visit.order_ids)!r}.")
            continue
        halts.append(stop)
        wrong += _said(f"{name} (stop {stop.stop_id!r})", visit, stop)
    return halts, wrong


def _said(who: str, visit: Visit, stop: Stop) -> Iterator[str]:
    if visit.kind != "stop":
        known = "is not part of this problem" if visit.kind in KINDS else f"is none of {', '.join(KINDS)}"
        yield f"{who}: expected kind 'stop', found {_shown(visit.kind)}, which {known}."
    if visit.status not in STATUSES:
        yield f"{who}: expected a status among {', '.join(STATUSES)}, found {_shown(visit.status)}."
    if sorted(visit.order_ids) != sorted(stop.order_ids):
        yield f"{who}: expected orders {list(stop.order_ids)}, found {list(visit.order_ids)}."


def _drive(problem: Problem, shift: PlannedShift, halts: Sequence[Stop], leaves_at: int) -> _Driven:
    times, driven = problem.times[shift.profile], _Driven(back=leaves_at)
    if not halts:
        return driven
    here, clock = shift.start, leaves_at
    for stop in halts:
        arrives = _arrival(times, here, stop.location, clock)
        _count_leg(driven, times, (here, stop.location), clock, arrives)
        knocks = _knock(stop, arrives)
        here, clock = stop.location, knocks + stop.service
        driven.arrives.append(arrives)
        driven.starts.append(knocks)
        driven.leaves.append(clock)
        driven.service += stop.service
    driven.back = _arrival(times, here, shift.end, clock)
    _count_leg(driven, times, (here, shift.end), clock, driven.back)
    return driven


def _count_leg(driven: _Driven, times: TravelTimes, leg: tuple[int, int], left: int, arrived: int) -> None:
    driven.travel += arrived - left
    driven.metres += int(times.metres[_slot(times, left), leg[0], leg[1]])


def _slot(times: TravelTimes, at: int) -> int:
    return max(bisect_right(times.edges, at) - 1, 0)


def _arrival(times: TravelTimes, start: int, end: int, leaves: int) -> int:
    """Drive a leg slot by slot; at each edge what is left takes the next slot's pace, rounded up."""
    clock = leaves
    k = _slot(times, leaves)
    pace = int(times.seconds[k, start, end])
    left = pace
    for k_next in range(k + 1, len(times.edges)):
        until_edge = times.edges[k_next] - clock
        if left <= until_edge:
            break
        pace_next = int(times.seconds[k_next, start, end])
        whole, rest = divmod((left - until_edge) * pace_next, pace)
        left = whole + (rest > 0)
        clock, pace = times.edges[k_next], pace_next
    return clock + left


def _knock(stop: Stop, arrives: int) -> int:
    """Return the first second at or after arrival at which service may start, the arrival where it never may."""
    return min((max(arrives, w.opens) for w in stop.windows if arrives <= w.closes), default=arrives)


def _too_late(stop: Stop, arrives: int) -> bool:
    return bool(stop.windows) and all(arrives > w.closes for w in stop.windows)


# A route's figures


def _visit_figures(who: str, problem: Problem, halts: Sequence[Stop], route: Route, driven: _Driven) -> Iterator[str]:
    load = [sum(stop.amounts[d] for stop in halts) for d in range(len(problem.dimensions))]
    for i, (stop, visit) in enumerate(zip(halts, route.visits, strict=True)):
        name = f"{who}, visit {i + 1} (stop {stop.stop_id!r})"
        load = [on_board - amount for on_board, amount in zip(load, stop.amounts, strict=True)]
        knocks = driven.starts[i]
        yield from _compare(
            name,
            ("arrives_at", driven.arrives[i], visit.arrives_at),
            ("starts_at", knocks, visit.starts_at),
            ("leaves_at", driven.leaves[i], visit.leaves_at),
            ("load_after", load, list(visit.load_after)),
        )
        if _too_late(stop, driven.arrives[i]):
            closes = max(window.closes for window in stop.windows)
            yield f"{name}: expected service to start by {closes} s, found arrival at {driven.arrives[i]} s."
        yield from _compare_cents(name, visit.cents, _door_cents(problem, stop, knocks), total_needed=False)
        yield from _spread(name, visit)
        yield from _where(name, problem.places[stop.location], visit)
    yield from _compare(
        who,
        ("returns_at", driven.back, route.returns_at),
        ("metres", driven.metres, route.metres),
        ("seconds", driven.back - route.leaves_at, route.seconds),
    )


def _compare(who: str, *figures: tuple[str, object, object]) -> Iterator[str]:
    for name, expected, found in figures:
        if expected != found:
            yield f"{who}: expected {name} {expected}, found {_shown(found)}."


def _spread(who: str, visit: Visit) -> Iterator[str]:
    quantiles = [q for q in (visit.p05, visit.p50, visit.p95) if q is not None]
    if quantiles != sorted(quantiles):
        yield f"{who}: expected p05 <= p50 <= p95, found {quantiles}."
    chance: object = visit.success
    is_chance = isinstance(chance, int | float) and not isinstance(chance, bool) and 0 <= chance <= 1
    if chance is not None and not is_chance:
        yield f"{who}: expected a chance of success from 0 to 1, found {_shown(chance)}."


def _where(who: str, place: Place | None, visit: Visit) -> Iterator[str]:
    if visit.place != place:
        yield f"{who}: expected {place or 'no place'}, found {visit.place or 'none'}."


def _limits(
    who: str, problem: Problem, shift: PlannedShift, halts: Sequence[Stop], route_and_driven: tuple[Route, _Driven]
) -> Iterator[str]:
    route, driven = route_and_driven
    if halts and route.leaves_at < shift.starts:
        yield f"{who}: expected to leave no earlier than {shift.starts} s, found {route.leaves_at} s."
    if halts and driven.back > shift.ends:
        yield f"{who}: expected to be back by {shift.ends} s, found {driven.back} s."
    for d, name in enumerate(problem.dimensions):
        load = sum(stop.amounts[d] for stop in halts)
        if load > shift.capacities[d]:
            yield f"{who}: expected at most {shift.capacities[d]} {name} on board, found {load}."
    if shift.max_stops is not None and len(halts) > shift.max_stops:
        yield f"{who}: expected at most {shift.max_stops} stops, found {len(halts)}."
    for stop in halts:
        missing = sorted(stop.needs - shift.offers)
        if missing:
            yield f"{who}: stop {stop.stop_id!r} needs {', '.join(missing)}, which this shift does not offer."


# Money


def _door_cents(problem: Problem, stop: Stop, knocks: int) -> dict[str, int]:
    curve = problem.valuation.curves.get(stop.stop_id)
    if curve is None:
        return {}
    return {part: _on_curve(curve, cents, knocks) for part, cents in curve.parts.items()}


def _on_curve(curve: PriceCurve, cents: Sequence[int], at: int) -> int:
    """Linear between knots, rounded down; the nearest knot's value outside."""
    k = bisect_left(curve.at, at)
    if k == len(curve.at):
        return cents[-1]
    if k == 0 or curve.at[k] == at:
        return cents[k]
    span, gone = curve.at[k] - curve.at[k - 1], at - curve.at[k - 1]
    weighted = cents[k - 1] * (span - gone) + cents[k] * gone
    return weighted // span


def _rounded(numerator: int, denominator: int) -> int:
    """Divide and round to the nearest whole, halves up."""
    whole, rest = divmod(numerator, denominator)
    return whole + (2 * rest >= denominator)


def _route_cents(problem: Problem, shift: PlannedShift, halts: Sequence[Stop], driven: _Driven) -> Counter[str]:
    """Return all parts of a route's price: its own and its doors'. A shift without visits costs nothing."""
    if not halts:
        return Counter()
    rates = problem.valuation.rates.get(shift.shift_id, Rates())
    paid = driven.back - shift.starts
    idle = paid - driven.travel - driven.service
    over = max(0, paid - rates.overtime_after)
    burden = max(0, sum(stop.strain for stop in halts) - rates.strain_free)
    money = Counter(
        time=_rounded((paid - idle) * rates.cents_per_hour, 3600),
        distance=_rounded(driven.metres * rates.cents_per_km, 1000),
        fixed=rates.fixed_cents,
        overtime=_rounded(over * rates.overtime_cents_per_hour, 3600),
        waiting=_rounded(idle * rates.waiting_cents_per_hour, 3600),
        strain=burden * rates.cents_per_strain + _rounded(over * rates.strain_cents_per_overtime_hour, 3600),
    )
    for stop, knocks in zip(halts, driven.starts, strict=True):
        money.update(_door_cents(problem, stop, knocks))
    return money


def _compare_cents(
    who: str, found: Mapping[str, int], expected: Mapping[str, int], *, total_needed: bool
) -> Iterator[str]:
    for part in PARTS:
        if found.get(part, 0) != expected.get(part, 0):
            yield f"{who}: expected {expected.get(part, 0)} cents of {part}, found {_shown(found.get(part, 0))}."
    for part in sorted(set(map(str, found)) - {*PARTS, "total"}):
        yield f"{who}: expected cents by {', '.join(PARTS)} and total, found {part!r}."
    total = sum(expected.values())
    if (total_needed or "total" in found) and found.get("total") != total:
        yield f"{who}: expected {total} cents in total, found {_shown(found.get('total'))}."


# What no route takes


def _unserved(book: _Book, plan: Plan) -> list[str]:
    """Compare the list of unserved orders with what no route takes; adds their price to the book."""
    wrong, listed = _listed(book.stop_of, plan.unserved)
    for order, stop in book.stop_of.items():
        wrong += _exactly_once(order, stop, book.served[order], len(listed.get(order, ())))
    left_out = [stop for stop in book.stops.values() if any(order in listed for order in stop.order_ids)]
    for stop in left_out:
        price = book.problem.valuation.unserved.get(stop.stop_id, Cents(0))
        found = sum(row.cents for order in stop.order_ids for row in listed.get(order, ()))
        book.money["unserved"] += price
        if found != price:
            wrong.append(f"Stop {stop.stop_id!r}: expected {price} cents for leaving it out, found {found}.")
    return wrong


def _listed(stop_of: Mapping[str, Stop], rows: Sequence[Unserved]) -> tuple[list[str], dict[str, list[Unserved]]]:
    wrong: list[str] = []
    listed: dict[str, list[Unserved]] = {}
    for i, row in enumerate(rows, 1):
        who = f"Unserved {i} (order {_shown(row.order_id)})"
        bad = list(_unreadable(who, [("cents", row.cents)], [("order_id", row.order_id), ("stop_id", row.stop_id)]))
        stop = None if bad else stop_of.get(row.order_id)
        if stop is None:
            wrong += bad or [f"{who}: expected an order of the problem, found an unknown one."]
            continue
        listed.setdefault(row.order_id, []).append(row)
        if row.stop_id not in ("", stop.stop_id):
            wrong.append(f"{who}: expected stop {stop.stop_id!r}, found {row.stop_id!r}.")
    return wrong, listed


def _exactly_once(order: str, stop: Stop, visits: int, rows: int) -> Iterator[str]:
    if visits + rows == 1:
        return
    found = "nowhere" if visits + rows == 0 else f"in {visits} visits and {rows} times among the unserved"
    yield f"Order {order!r} (stop {stop.stop_id!r}): expected in one visit or once among the unserved, found {found}."


def _must_serve(book: _Book) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the stops without a price for leaving them out that no route takes, and notes on those no shift could."""
    out = [s for s in book.problem.stops if s.stop_id not in book.problem.valuation.unserved]
    out = [s for s in out if not all(book.served[order] for order in s.order_ids)]
    no_shift = dict(_no_shift_fits(book.problem, out))
    return tuple(s.stop_id for s in out if s.stop_id not in no_shift), tuple(no_shift.values())


# What no shift could take


def impossible_stops(problem: Problem) -> tuple[str, ...]:
    """Return a sentence for each stop that must be served although no shift could, even with nothing else to do."""
    must = [stop for stop in problem.stops if stop.stop_id not in problem.valuation.unserved]
    return tuple(sentence for _, sentence in _no_shift_fits(problem, must))


def _no_shift_fits(problem: Problem, stops: Sequence[Stop]) -> Iterator[tuple[str, str]]:
    alike: dict[object, PlannedShift] = {}
    for s in problem.shifts:
        alike[s.starts, s.ends, s.start, s.end, s.capacities, s.offers, s.max_stops == 0, s.profile] = s
    for stop in stops:
        why = _why_none(problem, stop, tuple(alike.values()))
        if why:
            yield stop.stop_id, f"Stop {stop.stop_id!r} must be served, but {why}."


def _why_none(problem: Problem, stop: Stop, shifts: Sequence[PlannedShift]) -> str:
    willing = [s for s in shifts if stop.needs <= s.offers and s.max_stops != 0]
    if not willing:
        needs = f"that offers {', '.join(sorted(stop.needs))}" if stop.needs else "that takes any stop"
        return f"there is no shift {needs}"
    roomy = [s for s in willing if all(a <= c for a, c in zip(stop.amounts, s.capacities, strict=True))]
    if not roomy:
        most = [max(s.capacities[d] for s in willing) for d in range(len(problem.dimensions))]
        return f"its amounts {list(stop.amounts)} exceed every capacity (largest by dimension: {most})"
    if not any(_in_time(problem, stop, shift) for shift in roomy):
        early = min(_arrival(problem.times[s.profile], s.start, stop.location, s.starts) for s in roomy)
        closes = f" and its last window closes at {stop.windows[-1].closes} s" if stop.windows else ""
        return f"no shift reaches it and is back in time (earliest arrival {early} s{closes})"
    return ""


def _in_time(problem: Problem, stop: Stop, shift: PlannedShift) -> bool:
    driven = _drive(problem, shift, [stop], shift.starts)
    return not _too_late(stop, driven.arrives[0]) and driven.back <= shift.ends
