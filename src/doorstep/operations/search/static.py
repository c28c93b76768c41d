"""The static search: one kind of shift, one slot, one window per stop, and only distance costs."""

from collections.abc import Mapping, Sequence

import numpy as np

from doorstep.domain.problem import Problem
from doorstep.domain.travel import TravelTimes, by_slot
from doorstep.domain.units import Seconds
from doorstep.domain.valuation import FREE, Rates
from doorstep.operations.search import kernel_static as kernel
from doorstep.operations.search.lists import followers, nearest, side_by_side

ONE_LEFT_OUT = 10**9
"""Cents that a stop which must be served counts for when it is left out."""

FAR = 2**29
"""Seconds that stand for 'no limit': sums of two still fit into 32 bits."""


def fits(problem: Problem) -> bool:
    """Return whether the static search may answer this problem: distance alone costs, and shifts are alike."""
    if not problem.shifts or len({_kind(problem, s.shift_id) for s in problem.shifts}) != 1:
        return False
    shift = problem.shifts[0]
    rates = problem.valuation.rates.get(shift.shift_id, Rates())
    times = problem.times[shift.profile]
    only_distance = rates == Rates(cents_per_km=rates.cents_per_km, overtime_after=rates.overtime_after)
    return (
        only_distance
        and isinstance(times, TravelTimes)
        and rates.cents_per_km > 0
        and len(times.edges) == 1
        and shift.start == shift.end
        and shift.max_stops is None
        and len(shift.capacities) <= 1
        and int(times.seconds.max(initial=0)) + int(shift.ends) < FAR
        and all(_simple(problem, k) for k in range(len(problem.stops)))
    )


def _kind(problem: Problem, shift_id: str) -> tuple[object, ...]:
    """Return what makes two shifts interchangeable."""
    s = next(s for s in problem.shifts if s.shift_id == shift_id)
    rates = problem.valuation.rates.get(shift_id, Rates())
    return (s.starts, s.ends, s.start, s.end, s.capacities, s.offers, s.max_stops, s.profile, rates)


def _simple(problem: Problem, k: int) -> bool:
    """Return whether a stop has at most one window, no needs, a flat curve, and must be served."""
    stop, valuation = problem.stops[k], problem.valuation
    curve = valuation.curves.get(stop.stop_id)
    flat = curve is None or all(min(c) == max(c) for c in curve.parts.values())
    return flat and len(stop.windows) <= 1 and not stop.needs and stop.stop_id not in valuation.unserved


class StaticRun:
    """One search in progress: arrays that the kernel works on, and the best plan it holds."""

    def __init__(self, problem: Problem, seed: int, start: Mapping[str, Sequence[str]] | None) -> None:
        """Lay out the arrays and insert the start's stops, as far as they fit."""
        problem = self.problem = side_by_side(problem)
        self.n, self.n_routes = len(problem.stops), len(problem.shifts)
        shift = problem.shifts[0]
        self.cents_per_km = problem.valuation.rates[shift.shift_id].cents_per_km
        curves = (problem.valuation.curves.get(s.stop_id, FREE) for s in problem.stops)
        self.constants = sum(curve.total(0) for curve in curves)
        self._lay_out_stops()
        self._lay_out_routes()
        self.rng = np.array([np.random.SeedSequence(seed).generate_state(1, np.uint64)[0] | np.uint64(1)], np.uint64)
        self._load(start or {})
        self.fresh, self.arc, self.warm = True, 1.0, bool(start)

    def _lay_out_stops(self) -> None:
        """Fill matrices by stop, windows, amounts, lists and ranks."""
        problem, n = self.problem, self.n
        shift = problem.shifts[0]
        times = by_slot(problem.times[shift.profile])
        at = np.array([*(s.location for s in problem.stops), shift.start])
        metres, seconds = (m[0][np.ix_(at, at)] for m in (times.metres, times.seconds))
        self.out = np.ascontiguousarray(np.stack([metres, seconds], axis=2), np.int32).reshape(-1)
        self.into = np.ascontiguousarray(np.stack([metres.T, seconds.T], axis=2), np.int32).reshape(-1)
        opens = np.array([max(s.windows[0].opens if s.windows else 0, shift.starts) for s in problem.stops], np.int64)
        closes = np.array([min(s.windows[0].closes if s.windows else FAR, shift.ends) for s in problem.stops], np.int64)
        service = np.array([s.service for s in problem.stops], np.int64)
        amounts = np.array([s.amounts[0] if s.amounts else 0 for s in problem.stops], np.int64)
        self.cap = int(shift.capacities[0]) if shift.capacities else 2**31 - 1
        self.stop = np.stack([opens, closes, service, amounts], axis=1).astype(np.int32).reshape(-1)
        earliest = np.maximum(opens, shift.starts + seconds[n, :n])
        latest = np.minimum(closes, shift.ends - service - seconds[:n, n])
        reachable = (earliest <= latest) & (amounts <= self.cap)
        go = (metres[n, :n] + metres[:n, n]).astype(np.int64)
        self.alone = np.where(reachable, go, kernel.BIG)
        within = metres[:n, :n].astype(float)
        spans = (x.astype(float) for x in (seconds[:n, :n], earliest, latest, service))
        cost, allowed = followers(within, *spans)
        allowed &= (amounts[:, None] + amounts[None, :] <= self.cap) & reachable[:, None] & reachable[None, :]
        self.succ, self.pred = nearest(cost, allowed), nearest(cost.T, allowed.T)
        self.near = nearest(within, ~np.eye(n, dtype=bool))
        self.ranks = np.stack([amounts, go, closes - opens, opens], axis=1).astype(np.int32)

    def _lay_out_routes(self) -> None:
        """Fill empty routes and the kernel's room to work."""
        n, m, shift = self.n, self.n_routes, self.problem.shifts[0]
        nodes = np.zeros((n + m, 8), np.int32)
        nodes[:, kernel.ROUTE] = -1
        nodes[n:, kernel.PREV] = nodes[n:, kernel.NEXT] = np.arange(n, n + m)
        nodes[n:, kernel.ROUTE] = np.arange(m)
        nodes[n:, kernel.DEP], nodes[n:, kernel.LAT] = shift.starts, shift.ends
        self.row = nodes.reshape(-1)
        self.routes = np.zeros(2 * m, np.int32)
        self.state = np.zeros(16, np.int64)
        self.left, self.best_left = np.zeros(n + 1, np.int32), np.zeros(n + 1, np.int32)
        self.work, self.old_rows = np.full(7 * (n + m + 1), -1, np.int32), np.zeros(8 * (n + m + 1), np.int32)
        self.key = np.zeros(n + 1, np.int64)

    def _load(self, start: Mapping[str, Sequence[str]]) -> None:
        """Begin at a given plan, or at none."""
        index = {s.stop_id: k for k, s in enumerate(self.problem.stops)}
        given = [[index[x] for x in start.get(s.shift_id, ())] for s in self.problem.shifts]
        begins = np.cumsum([0, *(len(g) for g in given)]).astype(np.int32)
        sequence = np.array([x for g in given for x in g] or [0], np.int32)
        kernel.load(
            self.row, self.routes, self.stop, self.out, self.state, self.n, self.cap, sequence, begins, self.left
        )
        self._hold()

    def _hold(self) -> None:
        """Hold the current plan as the best."""
        s = self.state
        s[kernel.BEST_COST], s[kernel.BEST_LEFT], s[kernel.BEST_USED] = s[kernel.COST], s[kernel.LEFT], s[kernel.USED]
        self.best_row, self.best_left = self.row.copy(), self.left.copy()

    def advance(self, iterations: int, done: float, step: float) -> None:
        """Run a chunk; `done` and `step` place it in the whole search."""
        if self.fresh:
            # With one iteration of ruin at no temperature everything that fits is inserted.
            self._run(1, (1.0, 1.0, 1.0, 0.0, 0.0, 0.01), 0.0, 0.0)
            self._hold()
            self.arc = max(1.0, self.state[kernel.BEST_COST] / max(1, self.n + self.state[kernel.BEST_USED]))
            self.fresh = False
        long_routes = self.n > 25 * max(1, int(self.state[kernel.BEST_USED]))
        setting = (0.6, 0.01, 12.0, 16.0, 0.01, 0.01) if long_routes else (0.6, 0.01, 10.0, 8.0, 0.005, 0.01)
        hot, cold, *rest = setting
        hot *= 0.2 if self.warm else 1.0
        self._run(iterations, (hot * self.arc, cold * self.arc, *rest), done, step)

    def _run(self, iterations: int, setting: tuple[float, ...], done: float, step: float) -> None:
        """Call the kernel."""
        kernel.run(
            self.row, self.routes, self.stop, self.into, self.out, self.pred, self.succ, self.near, self.ranks,
            self.alone, self.state, self.rng, self.n, self.n_routes, self.cap, np.array(setting), self.left,
            self.best_row, self.best_left, self.work, self.old_rows, self.key, iterations, done, step,
        )  # fmt: skip

    @property
    def price(self) -> float:
        """Return the best plan's price in cents; a stop that is left out counts 1e9."""
        left_out = int(self.state[kernel.BEST_LEFT]) * ONE_LEFT_OUT
        return int(self.state[kernel.BEST_COST]) * self.cents_per_km / 1000 + left_out + self.constants

    def sequences(self) -> dict[str, tuple[str, ...]]:
        """Return the best plan: stop ids by shift id, empty shifts left away."""
        row = self.best_row.reshape(-1, 8)
        found = {}
        for r, shift in enumerate(self.problem.shifts):
            x, ids = int(row[self.n + r, kernel.NEXT]), []
            while x < self.n:
                ids.append(self.problem.stops[x].stop_id)
                x = int(row[x, kernel.NEXT])
            if ids:
                found[shift.shift_id] = tuple(ids)
        return found

    def departures(self) -> dict[str, Seconds]:
        """Return nothing: every shift leaves when it starts."""
        return {}
