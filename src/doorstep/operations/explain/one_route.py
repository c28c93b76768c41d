"""One route of a plan by itself: what a visit adds to it, and until when somebody could knock there.

Every figure comes from the scheduler, and what may be driven is for the checker to say.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from doorstep.domain.plan import Plan, Route, Visit
from doorstep.domain.problem import Halt, PlannedShift, Problem
from doorstep.domain.units import Cents, Seconds
from doorstep.domain.windows import TimeWindow
from doorstep.operations.check import check
from doorstep.operations.explain.insertion import Errand
from doorstep.operations.schedule import schedule

STEP = 300
"""Seconds from one knock that is tried to the next. A later knock is not always worse: a wait may be long enough for a
rest, and roads become empty."""


@dataclass(frozen=True, slots=True)
class OneRoute:
    """A shift and its halts, without the rest of the day; `told` is its route in the plan."""

    problem: Problem
    shift: PlannedShift
    halts: tuple[Halt, ...]
    told: Route

    @classmethod
    def of(cls, problem: Problem, route: Route, halts: Sequence[Halt]) -> "OneRoute":
        """Return a route with its own part of the problem."""
        shift = next(s for s in problem.shifts if s.shift_id == route.shift_id)
        return cls(_narrowed(problem, shift, halts), shift, tuple(halts), route)

    def adds(self, errand: Errand) -> Cents:
        """Return what the route costs more than without an errand, the other halts in the same order."""
        gone = {stop.stop_id for stop in errand}
        halts = tuple(halt for halt in self.halts if halt not in gone)
        if not self.shift.driven and not any(isinstance(halt, str) for halt in halts):
            return _cents([self.told])
        rest = _narrowed(self.problem, self.shift, halts)
        return Cents(_cents([self.told]) - min(_cents(plan.routes) for plan in self._ways(rest, halts)))

    def latest(self, visit: Visit) -> Seconds:
        """Return the last second at which somebody could knock, inside the window of today's knock.

        The checker lets the route be driven so at that second, and at every fifth minute from today's knock to it.
        Without windows the shift's end bounds the search. About 0.1 s for an hour of a route of 40 stops.
        """
        low, end = int(visit.starts_at), self._end(visit)
        while low < end:
            high = min(end, low - low % STEP + STEP)
            if not self._knocks(visit.stop_id, high):
                return Seconds(self._last(visit.stop_id, low, high))
            low = high
        return Seconds(low)

    def _end(self, visit: Visit) -> int:
        stop = next(s for s in self.problem.stops if s.stop_id == visit.stop_id)
        if not stop.windows:
            return int(self.shift.ends)
        return next((int(w.closes) for w in stop.windows if w.opens <= visit.starts_at <= w.closes), 0)

    def _last(self, stop_id: str, low: int, high: int) -> int:
        """Return the last second before `high`, at which nobody can knock, by halving."""
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._knocks(stop_id, middle) else (low, middle)
        return low

    def _knocks(self, stop_id: str, at: int) -> bool:
        """Return whether the checker lets the route be driven so that somebody knocks at this second."""
        then = (TimeWindow(Seconds(at), Seconds(at)),)
        stops = (replace(s, windows=then) if s.stop_id == stop_id else s for s in self.problem.stops)
        pinned = replace(self.problem, stops=tuple(stops))
        return any(not check(pinned, plan).infeasible for plan in self._ways(pinned, self.halts))

    def _ways(self, problem: Problem, halts: Sequence[Halt]) -> Iterator[Plan]:
        """Yield the route as it leaves when it was told to, and when the scheduler would let it."""
        for departures in ({self.shift.shift_id: self.told.leaves_at}, {}):
            yield _scheduled(problem, self.shift, halts, departures)


def may_be_driven(problem: Problem, shift: PlannedShift, halts: Sequence[Halt]) -> bool:
    """Return whether the checker lets a shift make these halts, whatever becomes of the rest of the day."""
    alone = _narrowed(problem, shift, halts)
    return not check(alone, _scheduled(alone, shift, halts, {})).infeasible


def _scheduled(problem: Problem, shift: PlannedShift, halts: Sequence[Halt], departures: Mapping[str, Seconds]) -> Plan:
    return schedule(problem, {shift.shift_id: halts}, seed=0, problem_sha256="", departures=departures, plan_id="-")


def _narrowed(problem: Problem, shift: PlannedShift, halts: Sequence[Halt]) -> Problem:
    """Return what a problem says of one shift and its stops."""
    ids, who = {halt for halt in halts if isinstance(halt, str)}, {shift.shift_id, shift.driver_id}
    return replace(
        problem,
        stops=tuple(s for s in problem.stops if s.stop_id in ids),
        shifts=(shift,),
        pairs=tuple(p for p in problem.pairs if {p.pickup, p.delivery} <= ids),
        vetoes=tuple(v for v in problem.vetoes if v.who in who and v.stop_id in ids),
    )


def _cents(routes: Sequence[Route]) -> Cents:
    return Cents(sum(cents for route in routes for cents in route.cents.values()))
