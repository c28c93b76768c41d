"""The priced search: any valuation, any shifts. Holds the kernel's arrays and the best plan found so far."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from doorstep.domain.problem import PlannedShift, Problem
from doorstep.domain.travel import TravelTimes, by_slot
from doorstep.domain.units import Seconds
from doorstep.domain.valuation import Rates
from doorstep.operations.search import kernel_priced as kernel
from doorstep.operations.search import kernel_prices as prices
from doorstep.operations.search import layout
from doorstep.operations.search.lanes import lanes
from doorstep.operations.search.lists import followers, nearest, side_by_side
from doorstep.operations.search.twin import twin_route
from doorstep.operations.search.widths import MOST_16

CONSTRUCT = (1.0, 1.0, 1.0, 0.0, 0.0, 0.01, 1.0, 0.0, 1e9, 0.0)
"""The kernel's setting for filling an empty plan: everything that fits goes in."""

HEAT, WARM_HEAT, COLD = 1.0, 0.2, 0.01
"""First temperature, that of a search with a start, and the last: in mean prices of a served stop."""

SETTING = (10.0, 8.0, 0.01, 0.01, 0.03, 0.01, 16.0, 0.05)
"""Mean stops removed, width of tail swaps, chance of a whole route, of a skip, of a generous insertion, of an
exchange of shifts, the most stops left out that are tried again at once, and the chance of a route put in another
order. Measured on made-up days of 400 stops, the last on days of 200 and 1,000."""

LONGEST = 50
MENDING = 3
"""Iterations for each stop that mend the first plan before it is heated."""

SLACKS = (30.0, 30.0, 20.0)

SPARING = 0.9
"""Share of an annealing's iterations that end as soon as the stops still to come would make them too dear if they cost
no more than they ever did; the others keep that honest. Where evenness is paid for, a stop may always cost less."""


def fits(problem: Problem) -> bool:
    """Return whether this search knows everything that the problem asks for."""
    if problem.pairs or any(any(s.picks) or s.release > 0 for s in problem.stops):
        return False
    if problem.now is not None or any(_is_rich(s) for s in problem.shifts):
        return False
    return all(isinstance(problem.times[s.profile], TravelTimes) for s in problem.shifts) and _frozen_fit(problem)


def _is_rich(shift: PlannedShift) -> bool:
    """Return whether a shift has trips, breaks, a battery or a past, or chooses when it leaves."""
    trips = bool(shift.reloads) and shift.max_trips > 1
    limits = (shift.max_driving, shift.max_working, shift.battery, shift.loaded_at)
    coupled = trips or shift.free_departure or shift.lifo or shift.breaks or shift.driven
    return bool(coupled) or any(x is not None for x in limits)


def _frozen_fit(problem: Problem) -> bool:
    """Return whether what is frozen may be driven as it is."""
    if not any(s.frozen for s in problem.shifts):
        return True
    stops = {s.stop_id: s for s in problem.stops}
    return all(
        all(x in stops for x in s.frozen) and twin_route(problem, s, [stops[x] for x in s.frozen]).feasible
        for s in problem.shifts
    )


def _back_by(shift: PlannedShift) -> int:
    """Return the second by which a shift that leaves when it starts must be back."""
    return int(shift.ends if shift.max_seconds is None else min(shift.ends, shift.starts + shift.max_seconds))


class PricedRun:
    """One search in progress: arrays that the kernel works on, and the best plan it holds."""

    def __init__(self, problem: Problem, seed: int, start: Mapping[str, Sequence[str]] | None) -> None:
        """Lay out the arrays and insert the start's stops, as far as they fit."""
        problem = self.problem = side_by_side(problem)
        self.n, self.n_routes = len(problem.stops), len(problem.shifts)
        self.kinds, self.lanes, self.curves = layout.kinds(problem), lanes(problem), layout.curves(problem)
        self.stops = layout.stops(problem, self.kinds.firsts, self.curves.constants)
        self.warm = bool(start)
        self.hot, self.mended = 0.0, 0
        self._lay_out_prices()
        self.sparing = 0.0 if self.fleet.even[::2].any() else SPARING
        self._lay_out_lists(seed)
        self._lay_out_routes()
        self._load(start or {})

    def _lay_out_prices(self) -> None:
        """Fill what doors, shifts and roads cost: static prices between rows, and of serving one stop alone."""
        kinds, roads, stops, curves = self.kinds, self.lanes, self.stops, self.curves
        self.between = self._price_between()
        within = np.sort(self.between[: self.n, : self.n], axis=1)[:, : LONGEST + 1]
        self.unit = max(1e-3, 4 * float(within.max(initial=0.0)) / MOST_16)
        near = np.minimum(np.rint(self.between / self.unit), MOST_16).astype(np.uint16)
        self.fleet = self._lay_out_fleet()
        self.roads = kernel.Roads(
            roads.lines, roads.into, roads.edges, roads.bins, roads.shape,
            near.reshape(-1), np.ascontiguousarray(near.T).reshape(-1),
        )  # fmt: skip
        ints, frozen = stops.ints.reshape(-1, 8).copy(), {x for s in self.problem.shifts for x in s.frozen}
        ints[:, kernel.FROZEN] = [s.stop_id in frozen for s in self.problem.stops]
        goods = stops.amounts.reshape(self.n, -1)
        columns = np.column_stack([goods, np.ones(self.n, np.int32), ints[:, prices.STRAIN]])
        self.doors = kernel.Doors(
            ints.reshape(-1), stops.spans, columns.astype(np.int32).reshape(-1), curves.of_stop, curves.knots,
            curves.values, curves.bins, stops.allowed, layout.pairings(self.problem, kinds.firsts),
            np.empty((self.n, len(kinds.firsts))), stops.unserved,
        )  # fmt: skip
        kernel.prices_alone(self.doors, self.fleet, self.roads)
        stops.allowed[self.doors.alone >= prices.INFINITE] = 0

    def _lay_out_fleet(self) -> kernel.Fleet:
        """Return the kinds with what bounds and prices a whole route.

        |paid - even| is even - paid, and twice what paid is above even.
        """
        kinds, firsts = self.kinds, self.kinds.firsts
        ints, floats = kinds.ints.reshape(-1, 8).copy(), kinds.floats.reshape(-1, 8).copy()
        rates = [self.problem.valuation.rates.get(s.shift_id, Rates()) for s in firsts]
        uneven = np.array([r.even_cents_per_hour / 3600 for r in rates])
        share = np.array([float(r.even_seconds) for r in rates])
        floats[:, prices.K_HOUR] -= uneven
        floats[:, prices.K_FIXED] += uneven * share
        ints[:, prices.K_ENDS] = [_back_by(s) for s in firsts]
        ints[:, kernel.K_METRES] = [kernel.ENDLESS if s.max_metres is None else s.max_metres for s in firsts]
        most, bottomless = ints[:, prices.K_STOPS], np.full(len(firsts), 2**31 - 1)
        capacities = np.column_stack([kinds.capacities.reshape(len(firsts), -1), most, bottomless])
        return kernel.Fleet(
            ints.reshape(-1), floats.reshape(-1), np.column_stack([2 * uneven, share]).reshape(-1),
            capacities.astype(np.int32).reshape(-1), kinds.of_route, kinds.begins, kinds.routes,
        )  # fmt: skip

    def _price_between(self) -> NDArray[np.float64]:
        """Return what the way between two rows costs on the mean of profiles, slots and kinds, in cents."""
        every = self._travel()
        at = np.array([*(s.location for s in self.problem.stops), *layout.depot_rows(self.problem)])
        seconds = np.mean(np.stack([t.mean_seconds() for t in every]), axis=0)[np.ix_(at, at)]
        metres = np.mean(np.stack([t.metres.mean(axis=0) for t in every]), axis=0)[np.ix_(at, at)]
        rates = self.kinds.floats.reshape(-1, 8)
        return np.asarray(
            seconds * max(float(rates[:, prices.K_HOUR].mean()), 1e-6) + metres * float(rates[:, prices.K_METRE].mean())
        )

    def _lay_out_lists(self, seed: int) -> None:
        """Fill neighbour lists and ranks, and the room to work."""
        n, ints = self.n, self.stops.ints.reshape(-1, 8)
        within = self.between[:n, :n]
        starts = min(s.starts for s in self.problem.shifts)
        ends = max(s.ends for s in self.problem.shifts)
        earliest = np.maximum(ints[:, prices.OPENS], starts).astype(float)
        latest = np.minimum(ints[:, prices.LAST_CLOSE], ends).astype(float)
        service = ints[:, prices.SERVICE].astype(float)
        cost, allowed = followers(within, self._least_seconds(), earliest, latest, service)
        allowed &= ((self.stops.allowed[:, None, :] & self.stops.allowed[None, :, :]) > 0).any(axis=2)
        amounts = np.array([s.amounts for s in self.problem.stops], float).reshape(n, -1)
        size = (1000 * amounts / np.maximum(1.0, amounts.sum(axis=0))).sum(axis=1) if amounts.size else np.zeros(n)
        far = self.between[n, :n] + self.between[:n, n]
        far *= 1e6 / max(1.0, float(far.max(initial=1.0)))
        ranks = np.stack([1000 * size, far, latest - earliest, earliest], axis=1).astype(np.int32)
        room = n + self.n_routes + 1
        rng = np.array([np.random.SeedSequence(seed).generate_state(1, np.uint64)[0] | np.uint64(1)], np.uint64)
        pred, succ = nearest(cost.T, allowed.T, LONGEST), nearest(cost, allowed, LONGEST)
        near = self.roads.near.reshape(len(self.between), -1)
        each = np.arange(n)[:, None]
        self.work = kernel.Work(
            pred, succ, np.where(pred < 0, 0, near[pred, each]), np.where(succ < 0, 0, near[each, succ]),
            nearest((within + within.T) / 2, ~np.eye(n, dtype=bool)), ranks, np.zeros(room, np.int32),
            np.zeros(room, np.int64), np.zeros(room + self.n_routes, np.int64),
            np.zeros(kernel.MOST, np.int32), np.zeros(kernel.MOST, np.int32), np.zeros(2 * kernel.MANY, np.int64),
            np.zeros(2 * kernel.FEW), np.zeros(2 * kernel.FEW, np.int64), np.full(n, prices.INFINITE), rng,
            np.zeros(16),
        )  # fmt: skip

    def _least_seconds(self) -> NDArray[np.float64]:
        """Return the fewest seconds between stops in any profile and slot."""
        at = np.array([s.location for s in self.problem.stops])
        least = np.min(np.stack([t.least_seconds() for t in self._travel()]), axis=0)[np.ix_(at, at)]
        return np.asarray(least, np.float64)

    def _travel(self) -> list[TravelTimes]:
        """Return the matrices of every profile in use."""
        return [by_slot(self.problem.times[name]) for name in dict.fromkeys(s.profile for s in self.problem.shifts)]

    def _lay_out_routes(self) -> None:
        """Fill empty routes and the journal."""
        n, m, dims = self.n, self.n_routes, len(self.problem.dimensions) + 2
        nodes = np.zeros((n + m + 1, 8), np.int32)
        nodes[:n, kernel.ROUTE] = -2
        nodes[n:-1, kernel.PREV] = nodes[n:-1, kernel.NEXT] = np.arange(n, n + m)
        nodes[n:-1, kernel.ROUTE] = np.arange(m)
        kinds = self.fleet.ints.reshape(-1, 8)[self.kinds.of_route]
        nodes[n:-1, kernel.LEAVES] = kinds[:, prices.K_STARTS]
        nodes[n:-1, kernel.LATEST] = kinds[:, prices.K_ENDS]
        empty = np.diff(self.kinds.begins).astype(np.int32)
        self.plan = kernel.Routes(
            nodes.reshape(-1), np.zeros((n + m) * 8), np.zeros((n + m) * dims, np.int32), np.zeros(m),
            np.zeros(16, np.int64), empty, np.zeros(n + 1, np.int32),
        )  # fmt: skip
        room = n + 2 * m + 1
        self.journal = kernel.Journal(
            np.full(m, -1, np.int32), np.zeros(8 * room, np.int32), np.zeros(8 * room), np.zeros(dims * room, np.int32),
            np.zeros(room, np.int32), np.zeros(m, np.int32), np.zeros(m), np.zeros(n + 1, np.int32), empty.copy(),
        )  # fmt: skip
        self.cost = np.zeros(2)

    def fill(self, start: Mapping[str, Sequence[str]], *, strict: bool) -> None:
        """Append stops to their routes, frozen ones first; not `strict` takes them as they are, feasible or not."""
        index = {s.stop_id: k for k, s in enumerate(self.problem.stops)}
        given = []
        for shift in self.problem.shifts:
            more = (x for x in start.get(shift.shift_id, ()) if x not in shift.frozen)
            given.append([index[x] for x in (*shift.frozen, *more)])
        begins = np.cumsum([0, *(len(g) for g in given)]).astype(np.int32)
        sequence = np.array([x for g in given for x in g] or [0], np.int32)
        kernel.load(self.doors, self.fleet, self.roads, self.plan, self.n, self.n_routes, sequence, begins, strict)

    def _load(self, start: Mapping[str, Sequence[str]]) -> None:
        """Begin at a given plan, or at none: what is in no route is left out."""
        self.fill(start, strict=True)
        out = np.flatnonzero(self.plan.it.reshape(-1, 8)[: self.n, kernel.ROUTE] < 0)
        self.plan.left[: len(out)] = out
        self.plan.count[kernel.LEFT] = len(out)
        self._hold()

    def _now(self) -> float:
        """Return the current plan's price, summed afresh."""
        left = self.plan.left[: int(self.plan.count[kernel.LEFT])]
        return float(self.plan.price.sum() + self.stops.unserved[left].sum())

    def _hold(self) -> None:
        """Hold the current plan as the best."""
        self.cost[:] = self._now()
        self.best_next = self.plan.it.reshape(-1, 8)[:, kernel.NEXT].copy()
        self.plan.count[kernel.BEST_LEFT] = self.plan.count[kernel.LEFT]

    def advance(self, iterations: int, done: float, step: float) -> None:
        """Run a chunk; `done` and `step` place it in the whole search."""
        if self.hot == 0.0:
            iterations -= self._begin(iterations)
        if iterations > 0:
            hot = self.hot * (WARM_HEAT if self.warm else HEAT)
            self._run(iterations, (hot, self.hot * COLD, *SETTING), done, step)

    def _begin(self, iterations: int) -> int:
        """Fill an empty plan, mend it without heat for a while, and take the temperature from what comes of it.

        Returns how many iterations that took.
        """
        count = 0 if self.warm else min(iterations, MENDING * self.n - self.mended)
        if not self.warm and self.mended == 0:
            self._run(1, CONSTRUCT, 0.0, 0.0)
            self._hold()
        if count > 0:
            self._run(count, (1.0, 1.0, *SETTING), 0.0, 0.0)
            self.mended += count
        if self.warm or self.mended == MENDING * self.n:
            served = max(1, self.n - int(self.plan.count[kernel.LEFT]))
            self.hot = max(1.0, float(self.plan.price.sum()) / served)
        return count

    def _run(self, iterations: int, setting: tuple[float, ...], done: float, step: float) -> None:
        """Call the kernel."""
        self.cost[kernel.COST] = self._now()
        self.work.setting[: len(setting)] = setting
        self.work.setting[10:15] = (*SLACKS, self.unit, self.sparing)
        kernel.run(
            self.doors, self.fleet, self.roads, self.plan, self.journal, self.work, self.cost, self.best_next,
            self.n, self.n_routes, iterations, done, step,
        )  # fmt: skip

    @property
    def price(self) -> float:
        """Return the best plan's price in cents, unrounded.

        A stop that must be served and isn't counts 1e9 and its curve's lowest price.
        """
        return float(self.cost[kernel.BEST_COST] + self.curves.constants.sum())

    def sequences(self) -> dict[str, tuple[str, ...]]:
        """Return the best plan: stop ids by shift id, empty shifts left away."""
        found = {}
        for r, shift in enumerate(self.problem.shifts):
            x, ids = int(self.best_next[self.n + r]), []
            while x < self.n:
                ids.append(self.problem.stops[x].stop_id)
                x = int(self.best_next[x])
            if ids:
                found[shift.shift_id] = tuple(ids)
        return found

    def departures(self) -> dict[str, Seconds]:
        """Return nothing: every shift leaves when it starts."""
        return {}
