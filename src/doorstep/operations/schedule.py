"""Turn sequences of halts into a plan: when, how far, how loaded, and what every part costs.

This is the definition that the compiled search must agree with: plain whole numbers, no shortcut.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from doorstep.domain.outlook import ArrivalSpread, Outlook
from doorstep.domain.plan import Plan, Route, Unserved, Visit
from doorstep.domain.problem import Break, Charge, Halt, PlannedShift, Problem, Reload, Stop
from doorstep.domain.units import Cents, Seconds
from doorstep.domain.valuation import PARTS
from doorstep.operations.driving import Book, Drive, drive, earliest_departure, knock
from doorstep.operations.errors import StopTwice, UnknownStop
from doorstep.operations.prices import NO_RATES, route_cents, summed
from doorstep.operations.reasons import Reasons, why_unserved

__all__ = ["knock", "schedule", "why_unserved"]

P95 = 1.6448536269514722
"""Standard deviations between the median and the 95th percentile of a normal distribution."""


def schedule(  # noqa: PLR0913 - a plan has this many ingredients, and each is named where it is given
    problem: Problem,
    sequences: Mapping[str, Sequence[Halt]],
    *,
    seed: int,
    problem_sha256: str,
    departures: Mapping[str, Seconds] | None = None,
    plan_id: str | None = None,
    spread: ArrivalSpread | None = None,
    outlooks: Mapping[str, Outlook] | None = None,
) -> Plan:
    """Return the plan in which every shift makes its halts in the given order.

    `sequences` maps shift ids to stop ids, reloads, charges and breaks; a stop that no sequence names is unserved,
    with a reason. A van leaves when `departures` says so; else when its shift has begun and its first trip is
    released, and with a free departure as late after that as makes nothing worse. While the day runs, a loaded van
    left when it was loaded, what is driven keeps its times as far as a sequence begins with it, and a shift without
    a sequence returns from what it has driven. Nothing is refused for being late, too heavy or too long: that is for
    the checker to say. `spread` gives the quantiles of arrival, `outlooks` (by order id) the chance that the delivery
    is taken. Without a `plan_id` the plan is named by a hash of its content. Raises UnknownStop and StopTwice.
    """
    sequences = _with_driven(problem, sequences)
    _refuse_unknown(problem, sequences, departures or {})
    book = Book.of(problem)
    routes = tuple(_with_expectations(route, spread, outlooks) for route in _routes(book, sequences, departures or {}))
    served = {halt for sequence in sequences.values() for halt in sequence if isinstance(halt, str)}
    left_out = [stop for stop in problem.stops if stop.stop_id not in served]
    reasons = Reasons.of(problem) if left_out else None
    unserved = tuple(u for stop in left_out if reasons is not None for u in _unserved(reasons, stop))
    return Plan(
        plan_id=plan_id or _plan_id(problem, sequences, routes, (problem_sha256, seed)),
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


def _with_driven(problem: Problem, sequences: Mapping[str, Sequence[Halt]]) -> dict[str, Sequence[Halt]]:
    """Return the sequences, and for shifts of which nothing is said what they have driven."""
    driven = {s.shift_id: tuple(d.halt for d in s.driven) for s in problem.shifts if not sequences.get(s.shift_id)}
    return {**sequences, **{shift_id: halts for shift_id, halts in driven.items() if halts}}


def _routes(book: Book, sequences: Mapping[str, Sequence[Halt]], departures: Mapping[str, Seconds]) -> Iterator[Route]:
    """Yield the route of every shift that halts anywhere, in the problem's order."""
    for shift in book.problem.shifts:
        halts, told = sequences.get(shift.shift_id), departures.get(shift.shift_id)
        if not halts:
            continue
        if told is not None and shift.loaded_at is None:
            yield _Driven.at(book, shift, halts, told).route
        elif shift.free_departure and shift.loaded_at is None:
            yield _latest(book, shift, halts).route
        else:
            yield _Driven.at(book, shift, halts, earliest_departure(book, shift, halts)).route


@dataclass(frozen=True, slots=True)
class _Driven:
    """A drive and the route it makes."""

    drive: Drive
    route: Route

    @classmethod
    def at(cls, book: Book, shift: PlannedShift, halts: Sequence[Halt], leaves_at: Seconds) -> "_Driven":
        """Return the route of one shift that leaves at `leaves_at`, priced."""
        driven = drive(book, shift, halts, leaves_at)
        paid = driven.returns_at - (leaves_at if shift.free_departure else shift.starts) - driven.rested
        own = route_cents(
            book.problem.valuation.rates.get(shift.shift_id, NO_RATES),
            paid=paid,
            waiting=driven.waiting,
            metres=driven.metres,
            strain=sum(stop.strain for stop in driven.stops),
        )
        route = Route(
            shift_id=shift.shift_id,
            vehicle_id=shift.vehicle_id,
            driver_id=shift.driver_id,
            leaves_at=leaves_at,
            returns_at=driven.returns_at,
            metres=driven.metres,
            seconds=Seconds(paid),
            cents=summed([own, *(visit.cents for visit in driven.visits)]),
            visits=driven.visits,
        )
        return cls(driven, route)

    def as_soon_as(self, other: "_Driven") -> bool:
        """Return whether the van is back no later, and misses no more windows, than the other."""
        return self.route.returns_at <= other.route.returns_at and self.drive.missed <= other.drive.missed

    def as_cheap_as(self, other: "_Driven") -> bool:
        """Return whether, besides, no part of its price is higher than the other's."""
        mine, others = self.route.cents, other.route.cents
        return self.as_soon_as(other) and all(mine.get(part, 0) <= others.get(part, 0) for part in PARTS)


def _latest(book: Book, shift: PlannedShift, halts: Sequence[Halt]) -> _Driven:
    """Return the route that leaves as late as makes nothing worse than leaving as early as possible.

    The van is back no later, no window is missed and no part of the price is higher. Being back grows with
    leaving, so halving finds the last second for it; where the price stands against that second, it is halved again.
    """
    first = _Driven.at(book, shift, halts, earliest_departure(book, shift, halts))

    def last(low: _Driven, high: int, *, cheap: bool) -> _Driven:
        while high - low.route.leaves_at > 1:
            middle = _Driven.at(book, shift, halts, Seconds((low.route.leaves_at + high) // 2))
            fits = middle.as_cheap_as(first) if cheap else middle.as_soon_as(first)
            low, high = (middle, high) if fits else (low, middle.route.leaves_at)
        return low

    soon = last(first, first.route.returns_at + 1, cheap=False)
    return soon if soon.as_cheap_as(first) else last(first, soon.route.leaves_at, cheap=True)


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


def _unserved(reasons: Reasons, stop: Stop) -> Iterator[Unserved]:
    """Yield the orders of a stop that is left out; the stop's price is shared among them to the cent."""
    price = reasons.problem.valuation.unserved.get(stop.stop_id)
    reason = reasons.why(stop)
    order_ids = stop.order_ids or (() if stop.giver else (stop.stop_id,))
    share, rest = divmod(price or 0, max(1, len(order_ids)))
    for k, order_id in enumerate(order_ids):
        yield Unserved(order_id, stop.stop_id, reason, Cents(share + (1 if k < rest else 0)))


def _plan_cents(routes: Sequence[Route], unserved: Sequence[Unserved]) -> dict[str, Cents]:
    """Return every part that is not zero, and their sum."""
    left_out = {"unserved": Cents(sum(u.cents for u in unserved))}
    cents = summed([*(r.cents for r in routes), left_out])
    return {**cents, "total": Cents(sum(cents.values()))}


def _plan_id(
    problem: Problem, sequences: Mapping[str, Sequence[Halt]], routes: Sequence[Route], made_from: tuple[str, int]
) -> str:
    """Return a name that the same problem, seed, sequences and departures always get."""
    starts = {shift.shift_id: shift.starts for shift in problem.shifts}
    shown = {shift_id: [_shown(halt) for halt in halts] for shift_id, halts in sequences.items() if halts}
    late = {route.shift_id: route.leaves_at for route in routes if route.leaves_at != starts[route.shift_id]}
    text = json.dumps([*made_from, shown, late] if late else [*made_from, shown], sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _shown(halt: Halt) -> str | list[str | int]:
    """Return a halt as JSON may show it."""
    match halt:
        case Reload(location):
            return ["reload", location]
        case Charge(charger_id, seconds):
            return ["charge", charger_id, seconds]
        case Break(seconds):
            return ["break", seconds]
        case _:
            return halt


def _refuse_unknown(
    problem: Problem, sequences: Mapping[str, Sequence[Halt]], departures: Mapping[str, Seconds]
) -> None:
    """Raise where a sequence names what the problem doesn't have, or a stop twice."""
    shifts = {shift.shift_id for shift in problem.shifts}
    stops = {stop.stop_id for stop in problem.stops}
    seen: set[str] = set()
    for shift_id in (*sequences, *departures):
        if shift_id not in shifts:
            raise UnknownStop(f"Expected one of the problem's {len(shifts)} shifts, got {shift_id!r}.")
    for shift_id, sequence in sequences.items():
        for halt in sequence:
            if not isinstance(halt, str):
                _refuse_unknown_halt(problem, halt)
                continue
            if halt not in stops:
                raise UnknownStop(f"Expected one of the problem's {len(stops)} stops, got {halt!r}.")
            if halt in seen:
                raise StopTwice(f"Expected every stop at most once, got {halt!r} again in shift {shift_id!r}.")
            seen.add(halt)


def _refuse_unknown_halt(problem: Problem, halt: Reload | Charge | Break) -> None:
    """Raise where a halt is at a place or plug that isn't there, or lasts less than no time."""
    places, chargers = len(problem.places), {charger.charger_id for charger in problem.chargers}
    if isinstance(halt, Reload):
        if not 0 <= halt.location < places:
            raise UnknownStop(f"Expected a reload at a row from 0 to {places - 1}, got {halt.location}.")
        return
    if isinstance(halt, Charge) and halt.charger_id not in chargers:
        raise UnknownStop(f"Expected one of the problem's {len(chargers)} chargers, got {halt.charger_id!r}.")
    if halt.seconds < 0:
        raise UnknownStop(f"Expected a {type(halt).__name__.lower()} of 0 s or more, got {halt.seconds}.")
