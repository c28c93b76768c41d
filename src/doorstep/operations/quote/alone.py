"""Parts of a day with a new stop: one route by itself, or every shift without what is ahead of it.

Small enough to be scheduled, checked and asked at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from doorstep.domain.plan import Plan, Route
from doorstep.domain.problem import Charge, Halt, PlannedShift, Problem, Reload
from doorstep.domain.travel import TravelTimes, by_slot
from doorstep.domain.units import Seconds
from doorstep.domain.valuation import Valuation
from doorstep.operations.check import check
from doorstep.operations.new_place import NewLegs
from doorstep.operations.quote.lines import Line, Newcomer
from doorstep.operations.schedule import schedule


class Alone:
    """A shift's route without the rest of the day; rows are those it goes to, and one more for a new stop."""

    def __init__(self, problem: Problem, line: Line) -> None:
        shift, stops = line.shift, {s.stop_id: s for s in problem.stops}
        chargers = {c.charger_id: c for c in problem.chargers}
        ours = [stops[halt] for halt in line.halts if isinstance(halt, str)]
        plugs = [chargers[x] for x in dict.fromkeys(h.charger_id for h in line.halts if isinstance(h, Charge))]
        used = [shift.start, shift.end, *shift.reloads, *(s.location for s in ours), *(c.location for c in plugs)]
        self._rows = list(dict.fromkeys(used))
        row = {r: k for k, r in enumerate(self._rows)}
        self._times = by_slot(problem.times[shift.profile]).between(self._rows)
        self.shift = replace(
            shift, start=row[shift.start], end=row[shift.end], reloads=tuple(row[r] for r in shift.reloads),
            driven=tuple(replace(d, halt=_moved(d.halt, row)) for d in shift.driven),
        )  # fmt: skip
        self.halts = tuple(_moved(halt, row) for halt in line.halts)
        ids, who = {s.stop_id for s in ours}, {shift.shift_id, shift.driver_id}
        self._problem = replace(
            problem,
            places=tuple(problem.places[r] for r in self._rows),
            stops=tuple(replace(s, location=row[s.location]) for s in ours),
            shifts=(self.shift,),
            pairs=tuple(p for p in problem.pairs if {p.pickup, p.delivery} <= ids),
            vetoes=tuple(v for v in problem.vetoes if v.who in who),
            chargers=tuple(replace(c, location=row[c.location]) for c in plugs),
            valuation=_of(problem.valuation, shift, ids),
        )

    def with_stop(self, new: Newcomer) -> Problem:
        """Return the route's own problem with the new stop, at the last row."""
        mine, stop_id, n = self._problem, new.stop.stop_id, len(self._rows)
        curves = mine.valuation.curves if new.curve is None else {**mine.valuation.curves, stop_id: new.curve}
        return replace(
            mine,
            places=(*mine.places, None),
            stops=(*mine.stops, replace(new.stop, location=n)),
            times={self.shift.profile: _larger(self._times, self._rows, new.legs[self.shift.profile])},
            valuation=replace(mine.valuation, curves=curves),
        )

    def reload(self, location: int) -> Reload:
        """Return a halt at one of the shift's own depots, given by its row of the whole day."""
        return Reload(self._rows.index(location))

    def route(self, problem: Problem, halts: Sequence[Halt], leaves: Seconds | None) -> tuple[Plan, Route]:
        """Return how the shift makes these halts, leaving then (None: when that is best, or was)."""
        departures = {} if leaves is None else {self.shift.shift_id: leaves}
        plan = schedule(
            problem, {self.shift.shift_id: halts}, seed=0, problem_sha256="", departures=departures, plan_id="-"
        )
        return plan, plan.routes[0]


def unladen(problem: Problem, new: Newcomer) -> Problem:
    """Return the day as if nothing were ahead of any shift but the new stop, which has the last row.

    A shift that can't serve it here can't serve it at all.
    """
    over = {halt.halt for shift in problem.shifts for halt in shift.driven}
    past = [stop for stop in problem.stops if stop.stop_id in over]
    ends = [row for shift in problem.shifts for row in (shift.start, shift.end, *shift.reloads)]
    used = [*ends, *(s.location for s in past), *(c.location for c in problem.chargers)]
    used += [d.halt.location for shift in problem.shifts for d in shift.driven if isinstance(d.halt, Reload)]
    rows = list(dict.fromkeys(used))
    row, ids = {r: k for k, r in enumerate(rows)}, {new.stop.stop_id, *(s.stop_id for s in past)}
    shifts = [
        replace(
            s, start=row[s.start], end=row[s.end], reloads=tuple(row[r] for r in s.reloads), frozen=(),
            driven=tuple(replace(d, halt=_moved(d.halt, row)) for d in s.driven),
        )
        for s in problem.shifts
    ]  # fmt: skip
    times = {name: by_slot(travel).between(rows) for name, travel in problem.times.items()}
    return replace(
        problem,
        places=(*(problem.places[r] for r in rows), None),
        stops=(*(replace(s, location=row[s.location]) for s in past), replace(new.stop, location=len(rows))),
        shifts=tuple(shifts),
        times={name: _larger(travel, rows, new.legs[name]) for name, travel in times.items()},
        pairs=tuple(p for p in problem.pairs if {p.pickup, p.delivery} <= ids),
        vetoes=tuple(v for v in problem.vetoes if v.stop_id in ids),
        chargers=tuple(replace(c, location=row[c.location]) for c in problem.chargers),
        valuation=replace(problem.valuation, curves={}, unserved={}, rates={}, pairings={}),
    )


def _larger(times: TravelTimes, rows: Sequence[int], legs: NewLegs) -> TravelTimes:
    """Return travel between some rows of a day with one row more, for the new stop."""
    n = len(rows)
    seconds, metres = (np.zeros((len(times.edges), n + 1, n + 1), np.int32) for _ in range(2))
    for larger, known, to, back in (
        (seconds, times.seconds, legs.seconds_to, legs.seconds_from),
        (metres, times.metres, legs.metres_to, legs.metres_from),
    ):
        larger[:, :n, :n] = known
        larger[:, n, :n], larger[:, :n, n] = to[:, rows], back[:, rows]
    return TravelTimes(times.edges, seconds, metres)


def holds(problem: Problem, plan: Plan) -> bool:
    """Return whether the checker finds nothing in a plan that must not be driven."""
    return not check(problem, plan).infeasible


def _moved(halt: Halt, row: Mapping[int, int]) -> Halt:
    return Reload(row[halt.location]) if isinstance(halt, Reload) else halt


def _of(valuation: Valuation, shift: PlannedShift, ids: set[str]) -> Valuation:
    """Return what concerns one shift and its stops; nothing may be left out."""
    return replace(
        valuation,
        curves={x: valuation.curves[x] for x in ids if x in valuation.curves},
        unserved={},
        rates={shift.shift_id: valuation.rates[shift.shift_id]} if shift.shift_id in valuation.rates else {},
    )
