"""The wave that leaves now, on a day under way: who could go with it, who can't wait, what is loaded, what is held.

A wave is every trip that leaves until the next wave is decided. An order that is held may leave a second after that:
that is its release, which nobody has to take back later. What goes is loaded: its van leaves with it alone.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from doorstep.domain.events import Ordered
from doorstep.domain.plan import Plan, Route
from doorstep.domain.problem import Driven, Halt, PlannedShift, Problem, Stop, Veto
from doorstep.domain.units import Seconds
from doorstep.domain.windows import LATEST, TimeWindow
from doorstep.operations.checking.impossible import Everybody
from doorstep.operations.checking.question import Question
from doorstep.operations.dispatch.unavoidable import can_make
from doorstep.operations.new_places import with_places
from doorstep.operations.progress import (
    RunningDay,
    as_of,
    bound,
    fetched_elsewhere,
    first_trip,
    is_over,
    may_reload,
    stands_loaded,
    stops_of,
)
from doorstep.operations.schedule import schedule

Decided = tuple[set[str], set[str]]
"""Who is sent with a wave, and who waits for the next, so far."""

LOADED = "it stands loaded"
"""Why a search may put nothing more on board of a van."""


@dataclass(frozen=True, slots=True)
class Wave:
    """The wave of a day; `ends` is its first second no more, the one after the next wave is decided.

    `open` are the stops whose goods lie at a depot and could leave with it; `must` those of them that nobody could
    serve any more if they waited; `vans` the shifts that could leave with it; `loaded` are those of earlier waves.
    `once`: each of `vans` leaves with this wave or never, since every wave has vans of its own.
    """

    day: RunningDay
    ends: Seconds
    open: frozenset[str]
    must: frozenset[str]
    vans: Mapping[str, PlannedShift]
    loaded: "FirstTrips"
    once: bool = False

    @classmethod
    def of(cls, day: RunningDay, ends: Seconds) -> "Wave":
        """Return the wave that leaves from the day's `now` on and before `ends`."""
        problem = day.problem
        settled = {x for s in problem.shifts for x in (*stops_of(s), *s.frozen, *day.aboard(s))}
        settled |= fetched_elsewhere(problem)
        could = frozenset(s.stop_id for s in problem.stops if s.stop_id not in settled and s.release < ends)
        vans = {s.shift_id: s for s in problem.shifts if _could_leave(s, ends)}
        must = frozenset(_who_must(held(problem, could, ends), could))
        return cls(day, ends, could, must, vans, FirstTrips.of(day))

    def decided(self, problem: Problem, decided: Decided) -> Problem:
        """Return the problem, for a search, with who is sent bound to the vans that could leave, and who waits held."""
        sent, waits = decided
        problem = bound_to(self.loaded.on(problem), sent, self.vans)
        if not self.once:
            return held(problem, waits, self.ends)
        return bound_to(problem, waits, {s.shift_id: s for s in problem.shifts if s.shift_id not in self.vans})

    def taken(self, problem: Problem, sequences: Mapping[str, Sequence[Halt]], leaves: Mapping[str, Seconds]) -> Plan:
        """Return the routes of sequences, `leaves` as the search says; what they leave out is passed over."""
        served = _served(problem, sequences)
        plan = schedule(served, sequences, seed=0, problem_sha256="", departures=leaves)
        idle = [r.shift_id for r in plan.routes if r.shift_id in self.vans and r.leaves_at < self.ends]
        idle = [x for x in idle if self.vans[x].loaded_at is None]
        if not idle:
            return plan
        later = dict.fromkeys(idle, self.ends)
        waiting = schedule(served, sequences, seed=0, problem_sha256="", departures={**leaves, **later})
        windows = {s.stop_id: s.windows for s in served.stops}
        better = {r.shift_id: r for r in waiting.routes}
        routes = (r if r.shift_id not in later or not _as_well(r, better[r.shift_id], windows) else better[r.shift_id]
                  for r in plan.routes)  # fmt: skip
        return replace(plan, routes=tuple(routes))

    def goes(self, plan: Plan) -> dict[str, Seconds]:
        """Return when the open stops leave that a plan has on a trip of this wave."""
        return {x: at for x, at in departures(plan).items() if x in self.open and at < self.ends}


def bound_to(problem: Problem, stops: Collection[str], vans: Mapping[str, PlannedShift]) -> Problem:
    """Return the problem in which some stops go with these vans alone, as far as they may come."""

    def only(stop: Stop) -> frozenset[str]:
        return frozenset(x for x, van in vans.items() if not stop.only or stop.only & {x, van.driver_id}) or stop.only

    return replace(problem, stops=tuple(replace(s, only=only(s)) if s.stop_id in stops else s for s in problem.stops))


def departures(plan: Plan) -> dict[str, Seconds]:
    """Return when the trip leaves on which a plan serves each stop."""
    found: dict[str, Seconds] = {}
    for route in plan.routes:
        leaves = route.leaves_at
        for visit in route.visits:
            leaves = visit.leaves_at if visit.kind == "reload" else leaves
            if visit.kind in ("stop", "pickup"):
                found[visit.stop_id] = leaves
    return found


def held(problem: Problem, stops: Collection[str], until: Seconds) -> Problem:
    """Return the problem in which some stops leave no depot before a second of the day."""
    return replace(
        problem,
        stops=tuple(
            replace(s, release=Seconds(max(s.release, until))) if s.stop_id in stops else s for s in problem.stops
        ),
    )


def sent_off(wave: Wave, plan: Plan, halts: Mapping[str, Sequence[Halt]]) -> RunningDay:
    """Return the day in which the wave of a plan is loaded, and what else could have gone with it is held.

    `plan` has the routes of `halts`. Who must go is never held.
    """
    problem, goes = wave.day.problem, wave.goes(plan)
    routes = {route.shift_id: route for route in plan.routes}
    loaded = {x: routes[x].leaves_at for x in wave.vans if x in routes and _loads(wave, routes[x], goes)}
    waiting = held(problem, wave.open - goes.keys() - wave.must, wave.ends)
    shifts = tuple(replace(s, loaded_at=loaded.get(s.shift_id, s.loaded_at)) for s in problem.shifts)
    ahead = {s.shift_id: tuple(halts.get(s.shift_id, ()))[len(s.driven) :] for s in shifts}
    leaves = {s.shift_id: routes[s.shift_id].leaves_at for s in shifts if s.loaded_at is None and s.shift_id in routes}
    return bound(RunningDay(replace(waiting, shifts=shifts), ahead, leaves), fresh=loaded)


@dataclass(frozen=True, slots=True)
class FirstTrips:
    """The first trips of vans that stand loaded, as if they were driven, and what is on board of any van.

    `anew` has all that such vans are told to do of which the first trip can't be made as it was told any more.
    """

    by_van: Mapping[str, tuple[Driven, ...]]
    anew: Mapping[str, tuple[Halt, ...]]
    aboard: frozenset[str]

    @classmethod
    def of(cls, day: RunningDay) -> "FirstTrips":
        """Return the first trips that vans are told to make which stand loaded."""
        problem, sequences = _served(day.problem, day.sequences), day.sequences
        vans = {s.shift_id: s for s in problem.shifts if stands_loaded(problem, s)}
        first = {x: trip for x in vans if (trip := first_trip(day.ahead.get(x, ())))}
        anew = {x: day.ahead[x] for x, trip in first.items() if not can_make(problem, vans[x], trip)}
        told = schedule(problem, sequences, seed=0, problem_sha256="", departures=day.leaves)
        over = {s.shift_id: s.driven for s in as_of(problem, told, LATEST).problem.shifts}
        by_van = {x: over[x][: len(trip)] for x, trip in first.items() if x not in anew}
        return cls(by_van, anew, frozenset(x for s in day.problem.shifts for x in day.aboard(s)))

    def on(self, problem: Problem) -> Problem:
        """Return the problem, for a search, in which these trips are driven, and nothing more can be put on board.

        Their vans count as loaded now, and all that is not on board of any as there a second later.
        """
        heavy = {s.stop_id for s in problem.stops if any(s.amounts)} - {pair.delivery for pair in problem.pairs}
        ashore = {s.stop_id for s in problem.stops} - self.aboard - (fetched_elsewhere(problem) - heavy)
        vetoes = (Veto(x, stop, LOADED) for x, told in self.anew.items() for stop in sorted(ashore.difference(told)))
        problem = replace(problem, vetoes=(*problem.vetoes, *vetoes))
        if not self.by_van:
            return problem
        now = problem.now or Seconds(0)
        shifts = tuple(_on_its_way(s, self.by_van.get(s.shift_id), now) for s in problem.shifts)
        return replace(held(problem, ashore, Seconds(now + 1)), shifts=shifts)


def _on_its_way(shift: PlannedShift, trip: tuple[Driven, ...] | None, now: Seconds) -> PlannedShift:
    if trip is None:
        return shift
    over = {d.halt for d in trip}
    return replace(shift, driven=trip, loaded_at=now, frozen=tuple(x for x in shift.frozen if x not in over))


def with_orders(problem: Problem, orders: Sequence[Ordered]) -> Problem:
    """Return the problem with orders that may come; those that no shift could bring even alone are passed over."""
    larger, rows = with_places(problem, [order.place for order in orders])
    stops = [replace(order.stop, location=row) for order, row in zip(orders, rows, strict=True)]
    everybody = Everybody.of(Question.of(replace(larger, stops=(*larger.stops, *stops))))
    able = {stop.stop_id: stop for stop in stops if not everybody.why_none(stop)}
    known = [order for order in orders if order.stop.stop_id in able]
    prices = larger.valuation
    curves = {order.stop.stop_id: order.curve for order in known if order.curve is not None}
    unserved = {order.stop.stop_id: order.unserved for order in known if order.unserved is not None}
    valuation = replace(prices, curves={**prices.curves, **curves}, unserved={**prices.unserved, **unserved})
    return replace(larger, stops=(*larger.stops, *able.values()), valuation=valuation)


def _served(problem: Problem, sequences: Mapping[str, Sequence[Halt]]) -> Problem:
    """Return the problem without the stops that nobody has driven to and no sequence names."""
    told = {x for halts in sequences.values() for x in halts} | {x for s in problem.shifts for x in stops_of(s)}
    pairs = tuple(pair for pair in problem.pairs if pair.pickup in told and pair.delivery in told)
    return replace(problem, stops=tuple(s for s in problem.stops if s.stop_id in told), pairs=pairs)


def _could_leave(shift: PlannedShift, ends: Seconds) -> bool:
    """Return whether a van could leave a depot before a second of the day; one under way if it may load again."""
    if is_over(shift):
        return False
    return shift.starts < ends if shift.loaded_at is None else may_reload(shift)


def _who_must(waiting: Problem, could: Collection[str]) -> Iterator[str]:
    """Yield the stops that no shift can serve in time once they have waited."""
    everybody = Everybody.of(Question.of(waiting))
    yield from (s.stop_id for s in waiting.stops if s.stop_id in could and everybody.why_none(s))


def _as_well(now: Route, later: Route, windows: Mapping[str, Sequence[TimeWindow]]) -> bool:
    """Return whether a van that leaves later is home no later, no dearer and at every door in time."""
    if later.returns_at > now.returns_at or sum(later.cents.values()) > sum(now.cents.values()):
        return False
    known = [(visit.starts_at, windows.get(visit.stop_id)) for visit in later.visits]
    return all(not spans or any(w.opens <= at <= w.closes for w in spans) for at, spans in known)


def _loads(wave: Wave, route: Route, goes: Collection[str]) -> bool:
    """Return whether a van that was not loaded yet leaves with this wave and takes something along."""
    leaves_now = wave.vans[route.shift_id].loaded_at is None and route.leaves_at < wave.ends
    return leaves_now and any(visit.stop_id in goes for visit in route.visits)
