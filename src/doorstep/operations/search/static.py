"""The static search: one kind of shift, one slot, one window per stop, and only distance costs.

Most of a search anneals the whole plan, and where routes are long two more from nothing, in an eighth of that time
each. Then excursions leave from a plan: a neighbourhood is heated and annealed alone, as it is, or after one of its
routes was disbanded, or after it took over routes of another plan. What they find is kept where it is cheaper; what
paid is done more often.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from doorstep.domain.problem import Problem
from doorstep.domain.travel import TravelTimes, by_slot
from doorstep.domain.units import Seconds
from doorstep.domain.valuation import FREE, Rates
from doorstep.operations.search import kernel_static as kernel
from doorstep.operations.search.excursions import EXCURSIONS, Excursion, Found, as_following, exchanged, routes_of
from doorstep.operations.search.lists import Int32s, followers, nearest, side_by_side

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


HOT, COLD, WARM = 1.0, 0.01, 0.12
"""Temperatures as shares of the mean leg: at the beginning, at the end, and where a search begins at a given plan."""

LONG = 25
"""Stops a route has on average where routes are long: parts of other plans were measured to gain there, and nothing
on short routes (decision 0017)."""

PLANS = {True: (0.6, 0.675, 0.75), False: (0.85,)}
"""Shares of a search after which a whole plan is annealed, and another, by whether routes are long; then excursions."""

HOP = 0.95
"""Chance that a ruin of the whole plan begins beside the one before: what it looks at is still in the cache."""

EXCURSION, HEATED, AROUND = 20_000, 0.4, 100
"""Iterations of an excursion, its first temperature as a share of the mean leg, and stops in its neighbourhood."""

FROM_BEST = 0.7
"""Chance that an excursion leaves from the best plan, and not from any of the three."""

LEFT_OUT, LEFT_OUT_LAST, AGAIN = 6.0, 600.0, 8.0
"""Mean legs that a stop counts for which an excursion leaves out, first and last, and how many are tried at once."""


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
        self.draw = np.random.default_rng(seed)
        self._load(start or {})
        self.fresh, self.arc, self.warm = True, 1.0, bool(start)
        self.held, self.plans, self.ends = self._here(), list[Found](), PLANS[False]
        self.excursion = Excursion(0, "", EXCURSION)
        self.paid = dict.fromkeys(EXCURSIONS, (1, 2))

    def _lay_out_stops(self) -> None:
        """Fill matrices by stop, windows, amounts, lists and ranks."""
        problem, n = self.problem, self.n
        shift = problem.shifts[0]
        times = by_slot(problem.times[shift.profile])
        at = np.array([*(s.location for s in problem.stops), shift.start])
        metres, seconds = (m[0][np.ix_(at, at)] for m in (times.metres, times.seconds))
        self.out, self.into = _both_ways(metres)
        self.lasts, self.lasted = (self.out, self.into) if np.array_equal(metres, seconds) else _both_ways(seconds)
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
        before = self._neighbours(nearest(cost.T, allowed.T), metres.T, seconds.T)
        behind = self._neighbours(nearest(cost, allowed), metres, seconds)
        self.about = np.stack([before, behind], axis=1).astype(np.uint32)
        self.least = _least(metres)
        self.within = within
        self.near = nearest(within, ~np.eye(n, dtype=bool))
        self.ranks = np.stack([amounts, go, closes - opens, opens], axis=1).astype(np.int32)

    def _lay_out_routes(self) -> None:
        """Fill empty routes and the kernel's room to work."""
        n, m, shift = self.n, self.n_routes, self.problem.shifts[0]
        node = self.node = np.zeros((kernel.FIELDS, n + m + 1), np.int32)
        node[kernel.ROUTE] = -1
        node[kernel.METRES, -1] = node[kernel.BEFORE, -1] = kernel.APART
        node[kernel.PREV, n:-1] = node[kernel.NEXT, n:-1] = np.arange(n, n + m)
        node[kernel.ROUTE, n:-1] = np.arange(m)
        node[kernel.DEP, n:-1], node[kernel.LAT, n:-1] = shift.starts, shift.ends
        self.routes, self.state = np.zeros((2, m), np.int32), np.zeros(16, np.int64)
        self.state[kernel.MOST] = m
        self.left = np.zeros(n + 1, np.int32)
        rows, wide = n + m + 1, self.about.shape[3]
        self.work, self.old_nodes = np.full(7 * rows + 2 * wide, -1, np.int32), np.zeros(kernel.FIELDS * rows, np.int32)
        self.key, self.pool = np.zeros(n + 1, np.int64), np.arange(n, dtype=np.int32)

    def _neighbours(self, ids: Int32s, metres: Int32s, seconds: Int32s) -> NDArray[np.int64]:
        """Return ids, metres and seconds, shape (n, 3, longest); behind the last the node that is in no route."""
        each = np.arange(self.n)[:, None]
        someone = np.where(ids < 0, self.n + self.n_routes, ids)
        return np.stack([someone, metres[each, ids], seconds[each, ids]], axis=1).astype(np.int64)

    def _load(self, start: Mapping[str, Sequence[str]]) -> None:
        """Begin at a given plan, or at none."""
        index = {s.stop_id: k for k, s in enumerate(self.problem.stops)}
        given = [[index[x] for x in start.get(s.shift_id, ())] for s in self.problem.shifts]
        begins = np.cumsum([0, *(len(g) for g in given)]).astype(np.int32)
        sequence = np.array([x for g in given for x in g] or [0], np.int32)
        kernel.load(
            self.node, self.routes, self.stop, self.out, self.lasts, self.state, self.n, self.cap, sequence, begins,
            self.left,
        )  # fmt: skip
        self._hold()

    def _hold(self) -> None:
        """Hold the current plan as the kernel's best."""
        s = self.state
        s[kernel.BEST_COST], s[kernel.BEST_LEFT], s[kernel.BEST_USED] = s[kernel.COST], s[kernel.LEFT], s[kernel.USED]
        self.best_next = self.node[kernel.NEXT].copy()

    def advance(self, iterations: int, done: float, step: float) -> None:
        """Run a chunk; `done` and `step` place it in the whole search."""
        if self.fresh:
            self._construct()
            self.arc = max(1.0, self.state[kernel.BEST_COST] / max(1, self.n + self.state[kernel.BEST_USED]))
            self.ends = PLANS[self.n > LONG * max(1, int(self.state[kernel.USED]))]
        ends = (1.0,) if self.warm or EXCURSION * step > 1.0 - self.ends[-1] else self.ends
        while iterations > 0:
            plan = sum(done > end - step / 2 for end in ends)
            if plan == len(ends) and ends[-1] < 1.0:
                count = self._travel(iterations)
            else:
                count = self._anneal_plan(min(plan, len(ends) - 1), ends, iterations, done, step)
            iterations, done = iterations - count, done + count * step

    def _anneal_plan(self, plan: int, ends: Sequence[float], iterations: int, done: float, step: float) -> int:
        """Go on with the whole plan of this number, or begin it; returns how many iterations it took."""
        if plan > len(self.plans):
            self._put_by()
            self._follow(np.arange(self.n + self.n_routes + 1, dtype=np.int32))
            self._construct()
        begin, end = (0.0, *ends)[plan], ends[plan]
        count = iterations if end == 1.0 else min(iterations, max(1, math.ceil((end - done) / step)))
        share = max(0.0, done - begin) / (end - begin), step / (end - begin)
        self._anneal(count, (WARM if self.warm else HOT, COLD), share, (kernel.BIG, kernel.BIG), HOP)
        return count

    def _construct(self) -> None:
        """Insert everything that fits: one iteration at no temperature."""
        never = float(kernel.BIG)
        self._run(1, (1.0, 1.0, 1.0, 0.0, 0.01, 0.0, 0.0, never, never, float(self.n), 0.0), (0.0, 0.0))
        self._hold()
        self.fresh = False

    def _anneal(
        self, iterations: int, legs: tuple[float, float], at: tuple[float, float], missing: tuple[float, float],
        hop: float,
    ) -> None:  # fmt: skip
        """Anneal from ruins in the pool; temperatures in mean legs, what a stop left out counts for in metres.

        `at` is the share of the annealing that is over, and that of one iteration.
        """
        long_routes = self.n > LONG * max(1, int(self.state[kernel.USED]))
        removed, whole, inward = (12.0, 0.01, 16.0) if long_routes else (10.0, 0.005, 8.0)
        hot, cold = (x * self.arc for x in legs)
        self._run(iterations, (hot, cold, removed, whole, 0.01, inward, 8.0, *missing, AGAIN, hop), at)

    def _put_by(self) -> None:
        """Keep the kernel's best plan among those that excursions leave from, and the best of all."""
        self.held = self._best()
        self.plans.append(self._here())

    def _follow(self, following: Int32s) -> None:
        """Have the kernel go on from a plan, and forget which was its best."""
        s = self.state
        kernel.follow(
            self.node, self.routes, self.stop, self.out, self.lasts, s, self.n, self.n_routes, following, self.left
        )
        s[kernel.MOST], s[kernel.BEST_LEFT], s[kernel.BEST_COST] = self.n_routes, self.n + 1, 0

    def _travel(self, iterations: int) -> int:
        """Go on with an excursion, or come back and begin another; returns how many iterations it took."""
        if len(self.plans) < len(self.ends):
            self._put_by()
        if self.excursion.gone == EXCURSION:
            self._come_back()
            self._set_out()
        gone = self.excursion.gone
        count = min(iterations, EXCURSION - gone)
        missing = LEFT_OUT * self.arc, LEFT_OUT_LAST * self.arc
        self._anneal(count, (HEATED, COLD), (gone / EXCURSION, 1.0 / EXCURSION), missing, 0.0)
        self.excursion = replace(self.excursion, gone=gone + count)
        return count

    def _come_back(self) -> None:
        """Keep what an excursion found where it is cheaper than the plan it left from."""
        if not self.excursion.kind:
            return
        found, left_from, kind = self._here(), self.excursion.plan, self.excursion.kind
        better = (found.left, found.metres) < (self.plans[left_from].left, self.plans[left_from].metres)
        if better:
            self.held = self._best()
            self.plans[left_from] = found
        won, tried = self.paid[kind]
        self.paid[kind] = won + better, tried + 1

    def _set_out(self) -> None:
        """Begin an excursion at one of the plans, mostly the best, around a random stop."""
        ranked = sorted(range(len(self.plans)), key=lambda k: (self.plans[k].left, self.plans[k].metres))
        plan = ranked[0] if self.draw.random() < FROM_BEST else int(self.draw.integers(len(ranked)))
        centre, kind = int(self.draw.integers(self.n)), self._kind()
        self.excursion = Excursion(plan, kind, 0)
        if kind == "exchange" and self._take_over(plan, centre):
            return
        self._follow(self.plans[plan].following)
        self.pool = np.argsort(self.within[centre], kind="stable")[:AROUND].astype(np.int32)
        r = int(self.node[kernel.ROUTE, centre])
        if r >= 0 and kind == "disband":
            s = self.state
            kernel.disband(self.node, self.routes, self.out, self.lasts, s, self.n, r, self.left)
            s[kernel.MOST] = s[kernel.USED]

    def _kind(self) -> str:
        """Draw what kind of excursion begins: each by the share of its own that paid."""
        kinds = [kind for kind in EXCURSIONS if kind != "exchange" or len(self.plans) > 1]
        chances = np.array([won / tried for won, tried in (self.paid[kind] for kind in kinds)])
        return kinds[int(self.draw.choice(len(kinds), p=chances / chances.sum()))]

    def _take_over(self, plan: int, centre: int) -> bool:
        """Go on from a plan that took over another's routes around a stop; whether the rest of its own are in time."""
        other = int(self.draw.choice([k for k in range(len(self.plans)) if k != plan]))
        one, two = (routes_of(self.plans[k].following, self.n) for k in (plan, other))
        routes, touched = exchanged(self.draw, one, two, self.near[centre], centre)
        self._follow(as_following(routes, self.n, self.n_routes))
        self.pool = np.array(sorted(touched), np.int32)
        return bool(kernel.all_in_time(self.node, self.stop, self.n, self.n_routes))

    def _here(self) -> Found:
        """Return the kernel's best plan; during an excursion, of that."""
        s = self.state
        return Found(int(s[kernel.BEST_LEFT]), int(s[kernel.BEST_COST]), self.best_next.copy())

    def _best(self) -> Found:
        """Return the best plan of all."""
        s = self.state
        here = int(s[kernel.BEST_LEFT]), int(s[kernel.BEST_COST])
        return self._here() if here < (self.held.left, self.held.metres) else self.held

    def _run(self, iterations: int, setting: tuple[float, ...], at: tuple[float, float]) -> None:
        """Call the kernel."""
        kernel.run(
            self.node, self.routes, self.stop, self.into, self.lasted, self.out, self.lasts, self.about, self.near,
            self.ranks, self.least, self.alone, self.state, self.rng, self.n, self.n_routes, self.cap, self.pool,
            np.array(setting, np.float64), self.left, self.best_next, self.work, self.old_nodes, self.key, iterations,
            *at,
        )  # fmt: skip

    @property
    def price(self) -> float:
        """Return the best plan's price in cents; a stop that is left out counts 1e9."""
        best = self._best()
        return best.metres * self.cents_per_km / 1000 + best.left * ONE_LEFT_OUT + self.constants

    def sequences(self) -> dict[str, tuple[str, ...]]:
        """Return the best plan: stop ids by shift id, empty shifts left away."""
        following = self._best().following
        found = {}
        for r, shift in enumerate(self.problem.shifts):
            x, ids = int(following[self.n + r]), []
            while x < self.n:
                ids.append(self.problem.stops[x].stop_id)
                x = int(following[x])
            if ids:
                found[shift.shift_id] = tuple(ids)
        return found

    def departures(self) -> dict[str, Seconds]:
        """Return nothing: every shift leaves when it starts."""
        return {}


def _both_ways(legs: NDArray[Any]) -> tuple[Int32s, Int32s]:
    """Return legs row by row, and column by column: the same array where there and back are alike."""
    there = np.ascontiguousarray(legs, np.int32).reshape(-1)
    return there, there if np.array_equal(legs, legs.T) else np.ascontiguousarray(legs.T, np.int32).reshape(-1)


def _least(metres: NDArray[Any]) -> Int32s:
    """Return for each stop the shortest leg to it and the shortest from it, one after the other; the depot is last."""
    n = len(metres) - 1
    elsewhere = np.where(np.eye(n + 1, dtype=bool), FAR, metres)
    return np.stack([elsewhere[:, :n].min(axis=0), elsewhere[:n].min(axis=1)], axis=1).astype(np.int32).reshape(-1)
