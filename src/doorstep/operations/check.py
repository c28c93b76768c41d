"""Does a plan hold? Feasibility and cents, recomputed from problem and plan alone.

Nothing here is shared with the search or the scheduler, on purpose: travel between slots, loads, breaks, batteries,
prices between knots and the rounding of money are written a second time in `operations.checking`, so that a slip on one
side shows as a difference.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from doorstep.domain.plan import Plan, Route, Unserved
from doorstep.domain.problem import PlannedShift, Problem, Stop
from doorstep.domain.units import Cents
from doorstep.domain.valuation import PARTS
from doorstep.operations.checking import duty, energy, loads, money, permission
from doorstep.operations.checking.driving import Course, drive, too_late, visit_figures
from doorstep.operations.checking.figures import (
    UNSERVED,
    differing_cents,
    header,
    items,
    readable_cents,
    shown,
    unreadable,
    unreadable_route,
)
from doorstep.operations.checking.halts import Halted, as_happened, halts_of
from doorstep.operations.checking.impossible import no_shift_fits
from doorstep.operations.checking.question import Question


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check found: one sentence per violation, notes that refuse nothing, and the cents as recomputed.

    `infeasible` are those violations that say what must not be driven, however right the figures; the others are
    figures that differ. `left_out` are the stops that must be served, could be by some shift, and are not; each is a
    violation too. `cents` has every part that is not zero; `total` is their sum. Routes that can't be followed (an
    unknown shift, a figure that is no number) add nothing to them.
    """

    violations: tuple[str, ...]
    notes: tuple[str, ...]
    left_out: tuple[str, ...]
    cents: Mapping[str, Cents]
    total: Cents
    infeasible: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Return whether nothing was violated."""
        return not self.violations


def check(problem: Problem, plan: Plan) -> CheckReport:
    """Recompute a plan's feasibility, times, loads and cents and say where it differs from the problem.

    Each sentence names route, visit or order, what was expected and what was found. Cost: linear in visits.
    Never raises on a plan's content: figures that are no whole numbers are violations too.
    """
    book = _Book(Question.of(problem))
    book.say(header(problem, plan))
    routes = items(plan.routes)
    for route in routes:
        _route(book, route)
    book.forbid(_shifts_twice(routes))
    book.forbid(_pairs_apart(book))
    book.forbid(_frozen_unserved(book, routes))
    book.say(_unserved(book, items(plan.unserved)))
    left_out, notes = _must_serve(book)
    book.forbid(
        f"Stop {stop_id!r}: expected a visit, because it has no price for leaving it out; found none."
        for stop_id in left_out
    )
    book.say(differing_cents("The plan", readable_cents(plan), book.money, total_needed=True))
    cents = {part: Cents(book.money[part]) for part in PARTS if book.money[part]}
    return CheckReport(
        tuple(book.violations), notes, left_out, cents, Cents(sum(cents.values())), tuple(book.infeasible)
    )


def impossible_stops(problem: Problem) -> tuple[str, ...]:
    """Return a sentence for each stop that must be served although no shift could, even with nothing else to do."""
    must = [stop for stop in problem.stops if stop.stop_id not in problem.valuation.unserved]
    return tuple(sentence for _, sentence in no_shift_fits(Question.of(problem), must))


@dataclass(slots=True)
class _Book:
    """What has been found so far: sentences, cents by part, visits by order and by stop, routes by stop."""

    question: Question
    violations: list[str] = field(default_factory=list)
    infeasible: list[str] = field(default_factory=list)
    money: Counter[str] = field(default_factory=Counter)
    served: Counter[str] = field(default_factory=Counter)
    routes_of: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def say(self, sentences: Iterable[str]) -> None:
        """Note figures that differ."""
        self.violations += sentences

    def forbid(self, sentences: Iterable[str]) -> None:
        """Note what must not be driven."""
        found = list(sentences)
        self.violations += found
        self.infeasible += found


# One route


def _route(book: _Book, said: object) -> None:
    who = f"Route {shown(getattr(said, 'shift_id', None))}"
    wrong = unreadable_route(who, said)
    book.say(wrong)
    if wrong or not isinstance(said, Route):
        book.served.update(_orders(said))
        return
    shift = book.question.shifts.get(said.shift_id)
    if shift is None:
        book.served.update(_orders(said))
        book.say([f"{who}: expected a shift of the problem, found an unknown one."])
        return
    book.say(permission.who_drives(who, shift, said))
    halts, doubts = halts_of(who, book.question, shift, said)
    book.say(doubts)
    _note_stops(book, who, halts)
    if len(halts) == len(said.visits):
        halts, happened = as_happened(book.question, shift, halts)
        book.forbid(permission.driven_first(who, shift, happened))
        driven = drive(book.question.problem, shift, halts, said.leaves_at)
        _figures(book, who, (shift, said), halts, driven)
        _limits(book, who, shift, halts, driven)


def _orders(route: object) -> list[str]:
    visits = items(getattr(route, "visits", None))
    orders = [order for visit in visits for order in items(getattr(visit, "order_ids", None))]
    return [order for order in orders if isinstance(order, str)]


def _note_stops(book: _Book, who: str, halts: Sequence[Halted]) -> None:
    for halt in halts:
        if halt.stop is not None:
            book.served.update(halt.stop.order_ids)
            book.routes_of[halt.stop.stop_id].append(who)


def _figures(
    book: _Book, who: str, shift_and_route: tuple[PlannedShift, Route], halts: Sequence[Halted], driven: Course
) -> None:
    """Compare all times, loads and cents of a route, and add what it costs to the book."""
    shift, route = shift_and_route
    problem = book.question.problem
    book.say(visit_figures(who, problem, halts, route, driven))
    book.say(loads.load_figures(who, halts, route, loads.loads(book.question, halts)))
    charged = energy.charged(shift, halts, driven)[1]
    doors = [
        money.visit_cents(problem, shift, halt, knocks, mwh)
        for halt, knocks, mwh in zip(halts, driven.starts, charged, strict=True)
    ]
    for i, (halt, visit) in enumerate(zip(halts, route.visits, strict=True)):
        name = f"{who}, visit {i + 1} ({halt.name})"
        book.say(differing_cents(name, visit.cents, doors[i], total_needed=False))
    cents = money.route_cents(problem, shift, halts, driven, doors)
    book.money.update(cents)
    book.say(differing_cents(who, route.cents, cents, total_needed=False))


def _limits(book: _Book, who: str, shift: PlannedShift, halts: Sequence[Halted], driven: Course) -> None:
    """Say what of a route must not be driven, however right its figures."""
    question = book.question
    book.forbid(permission.frozen_first(who, shift, halts))
    if halts:
        book.forbid(permission.departure(who, question.problem, shift, halts, driven))
    if all(halt.driven is not None for halt in halts):
        return  # what happened is no mistake of a plan, and all that is left is the way home
    book.forbid(too_late(who, halts, driven))
    book.forbid(permission.span(who, shift, driven))
    book.forbid(permission.counts(who, shift, halts))
    book.forbid(permission.allowed(who, question, shift, halts))
    book.forbid(loads.overloads(who, question, shift, halts, loads.loads(question, halts)))
    book.forbid(loads.pairs_in_order(who, question, halts))
    if shift.lifo:
        book.forbid(loads.last_in_first_out(who, question, halts))
    book.forbid(duty.duty(who, shift, halts, driven, now=question.problem.now))
    book.forbid(energy.in_range(who, shift, halts, energy.charged(shift, halts, driven)[0]))


# All routes


def _shift_ids(routes: Sequence[object]) -> list[str]:
    ids = [getattr(route, "shift_id", None) for route in routes]
    return [shift_id for shift_id in ids if isinstance(shift_id, str)]


def _shifts_twice(routes: Sequence[object]) -> Iterator[str]:
    for shift_id, n in Counter(_shift_ids(routes)).items():
        if n > 1:
            yield f"Shift {shown(shift_id)}: expected at most one route, found {n}."


def _pairs_apart(book: _Book) -> Iterator[str]:
    """Say which pairs are served by half, or by two routes; what was fetched already may stay on board."""
    over = {past.halt for shift in book.question.problem.shifts for past in shift.driven}
    for pair in book.question.problem.pairs:
        fetched, brought = book.routes_of[pair.pickup], book.routes_of[pair.delivery]
        who = f"Pick-up {pair.pickup!r} and delivery {pair.delivery!r}"
        if fetched and not brought and pair.pickup in over:
            continue
        if bool(fetched) != bool(brought):
            yield f"{who}: expected both or neither, found {pair.pickup if fetched else pair.delivery!r} alone."
        elif fetched and not set(fetched) & set(brought):
            yield f"{who}: expected both on one route, found them on {fetched[0]} and {brought[0]}."


def _frozen_unserved(book: _Book, routes: Sequence[object]) -> Iterator[str]:
    driven = set(_shift_ids(routes))
    for shift in book.question.problem.shifts:
        first = [*(record.halt for record in shift.driven), *shift.frozen][:1]
        if first and shift.shift_id not in driven:
            yield f"Shift {shift.shift_id!r}: expected a route with {shown(first[0])} first, found none."


# What no route takes


def _unserved(book: _Book, rows: Sequence[object]) -> list[str]:
    """Compare the list of unserved orders with what no route takes; adds their price to the book."""
    question = book.question
    wrong, listed = _listed(question.stop_of, rows)
    for order, stop in question.stop_of.items():
        wrong += _exactly_once(order, stop, book.served[order], len(listed.get(order, ())))
    left_out = [stop for stop in question.stops.values() if any(order in listed for order in stop.order_ids)]
    for stop in left_out:
        price = question.problem.valuation.unserved.get(stop.stop_id, Cents(0))
        found = sum(row.cents for order in stop.order_ids for row in listed.get(order, ()))
        book.money["unserved"] += price
        if found != price:
            wrong.append(f"Stop {stop.stop_id!r}: expected {price} cents for leaving it out, found {found}.")
    return wrong


def _listed(stop_of: Mapping[str, Stop], rows: Sequence[object]) -> tuple[list[str], dict[str, list[Unserved]]]:
    wrong: list[str] = []
    listed: dict[str, list[Unserved]] = {}
    for i, row in enumerate(rows, 1):
        who = f"Unserved {i} (order {shown(getattr(row, 'order_id', None))})"
        bad = unreadable(who, row, UNSERVED)
        if bad or not isinstance(row, Unserved):
            wrong += bad
            continue
        stop = stop_of.get(row.order_id)
        if stop is None:
            wrong.append(f"{who}: expected an order of the problem, found an unknown one.")
            continue
        listed.setdefault(row.order_id, []).append(row)
        if row.stop_id not in ("", stop.stop_id):
            wrong.append(f"{who}: expected stop {stop.stop_id!r}, found {shown(row.stop_id)}.")
    return wrong, listed


def _exactly_once(order: str, stop: Stop, visits: int, rows: int) -> Iterator[str]:
    if visits + rows == 1:
        return
    found = "nowhere" if visits + rows == 0 else f"in {visits} visits and {rows} times among the unserved"
    yield f"Order {order!r} (stop {stop.stop_id!r}): expected in one visit or once among the unserved, found {found}."


def _must_serve(book: _Book) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the stops without a price for leaving them out that no route takes, and notes on those no shift could."""
    question = book.question
    out = [s for s in question.problem.stops if s.stop_id not in question.problem.valuation.unserved]
    out = [s for s in out if not all(book.served[order] for order in s.order_ids)]
    no_shift = dict(no_shift_fits(question, out))
    return tuple(s.stop_id for s in out if s.stop_id not in no_shift), tuple(no_shift.values())
