"""The search for routes whose vans choose when they leave, and for legs that have arrival functions."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from doorstep.domain.problem import PlannedShift, Problem
from doorstep.domain.travel import ArrivalFunctions, TravelTimes
from doorstep.domain.units import Seconds
from doorstep.domain.valuation import Rates
from doorstep.operations.search import kernel_duration as kernel
from doorstep.operations.search import kernel_prices as prices
from doorstep.operations.search import layout
from doorstep.operations.search.kernel_memory import memory
from doorstep.operations.search.kernel_prices import NEVER
from doorstep.operations.search.lists import followers, nearest, side_by_side
from doorstep.operations.search.pieces import Pieces, pieces

HEAT, WARM_HEAT, COLD = 0.5, 0.1, 0.005
"""First temperature, that of a search with a start, and the last: in mean prices of a leg."""

SETTING = (10.0, 8.0, 0.01, 0.01, 0.03, 16.0, 8.0, 12.0, 300.0, 0.002, 0.03)
"""Mean stops removed, width of tail swaps, chance of a whole route, of a skip, of an exchange of shifts, the most stops
left out that are tried again at once, drives of a trial, of a settled route and of an exact answer, how far above
acceptance that is sought, and the chance of a generous insertion. Measured on made-up days."""

CONSTRUCT = (1.0, 1.0, 1.0, 0.0, 0.0, 0.01, 0.0, 1e9, 16.0, 32.0, 300.0, 0.002, 0.0)
"""The kernel's setting for filling an empty plan: everything that fits goes in."""

EXACT = 1 << 20
"""Drives that are always enough to find a route's best departure."""

NO_INTS, NO_FLOATS = np.zeros(0, np.int32), np.zeros(0)


def fits(problem: Problem) -> bool:
    """Return whether this search may answer a problem: plain deliveries, all travel of one form."""
    forms = {type(problem.times[s.profile]) for s in problem.shifts}
    shifts, stops = problem.shifts, problem.stops
    return (
        len(forms) == 1
        and not (problem.pairs or problem.chargers or any(problem.valuation.pairings.values()))
        and all(not (any(s.picks) or s.release) for s in stops)
        and all(_plain(s) and _fair(problem.valuation.rates.get(s.shift_id, Rates())) for s in shifts)
    )


def wanted(problem: Problem) -> bool:
    """Return whether the problem asks for this search: arrival functions, a choice of departure, a longest duration."""
    functions = any(isinstance(problem.times[s.profile], ArrivalFunctions) for s in problem.shifts)
    return functions or any(s.free_departure or s.max_seconds is not None for s in problem.shifts)


def _plain(shift: PlannedShift) -> bool:
    return shift.max_metres is None and not (
        shift.reloads or shift.lifo or shift.battery or shift.breaks or shift.max_driving is not None
        or shift.max_working is not None or shift.frozen
    )  # fmt: skip


def _fair(rates: Rates) -> bool:
    """Return whether this search knows how to price a shift at these rates."""
    return rates.even_cents_per_hour == 0 and rates.cents_per_stop == 0


class DurationRun:
    """One search in progress: arrays that the kernel works on, and the best plan it holds."""

    def __init__(
        self,
        problem: Problem,
        seed: int,
        start: Mapping[str, Sequence[str]] | None,
        departures: Mapping[str, int] | None = None,
    ) -> None:
        """Lay out the arrays and insert the start's stops, as far as they fit."""
        problem = self.problem = side_by_side(problem)
        self.n, self.n_routes = len(problem.stops), len(problem.shifts)
        self.kinds, self.curves = layout.kinds(problem), layout.curves(problem)
        self.stops = layout.stops(problem, self.kinds.firsts, self.curves.constants)
        self.rng = np.array([np.random.SeedSequence(seed).generate_state(1, np.uint64)[0] | np.uint64(1)], np.uint64)
        self.warm = bool(start)
        self.hot = 0.0
        self.looked_at = -1
        self.ask, self.live = self._ask(), self._live()
        self.mem = self._memory(self.live)
        self._work(kernel.PRICE_ALONE)
        self._begin_with(start or {}, departures or {})

    # The problem

    def _ask(self) -> kernel.Ask:
        """Lay out the problem."""
        n, kinds, stops, curves = self.n, self.kinds, self.stops, self.curves
        rows = np.array([*(s.location for s in self.problem.stops), *layout.depot_rows(self.problem)])
        every = [self.problem.times[p] for p in dict.fromkeys(s.profile for s in kinds.firsts)]
        by_function = isinstance(every[0], ArrivalFunctions)
        functions = [times for times in every if isinstance(times, ArrivalFunctions)]
        slots = layout.travel(self.problem) if not by_function else _no_slots(len(rows), len(self.problem.dimensions))
        road = pieces(functions, [int(row) for row in rows]) if by_function else _no_pieces()
        steady = by_function or all(isinstance(t, TravelTimes) and (t.metres == t.metres[:1]).all() for t in every)
        kinds.floats.reshape(-1, 8)[:, prices.K_METRE] *= slots.unit
        shape = np.array([*slots.shape, by_function, road.bins.shape[-1], steady], np.int64)
        mean, least = self._legs(every, rows)
        near, pred, succ = self._lists(mean[:n, :n], least[:n, :n])
        return kernel.Ask(
            n, self.n_routes, len(kinds.firsts), stops.ints, stops.spans, stops.amounts, curves.of_stop, curves.knots,
            curves.values, curves.bins, kinds.ints, _more(kinds.firsts), kinds.floats, kinds.capacities,
            kinds.of_route, kinds.begins, kinds.routes, stops.allowed, np.empty((n, len(kinds.firsts))),
            stops.unserved, road.road, road.at.reshape(-1), road.bins.reshape(-1), road.steep, road.fractions,
            slots.lines.astype(np.int32), slots.edges, slots.bins, shape, mean.reshape(-1), pred, succ, near,
            self._ranks(mean),
        )  # fmt: skip

    def _legs(
        self, every: Sequence[TravelTimes | ArrivalFunctions], rows: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the mean price of each leg over profiles, kinds and hours, and the fewest seconds it can take."""
        at = np.ix_(rows, rows)
        rates = self.kinds.floats.reshape(-1, 8).mean(axis=0)
        seconds = np.mean([times.mean_seconds()[at] for times in every], axis=0)
        metres = np.mean(
            [times.metres.reshape(-1, *times.metres.shape[-2:]).mean(axis=0)[at] for times in every], axis=0
        )
        least = np.min([times.least_seconds()[at] for times in every], axis=0).astype(float)
        return seconds * max(rates[prices.K_HOUR], 1e-6) + metres * rates[prices.K_METRE], least

    def _lists(
        self, price: NDArray[np.float64], least: NDArray[np.float64]
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
        """Return each stop's neighbours, and the stops that may well come before and after it."""
        earliest, latest, service = self._reach()
        cost, allowed = followers(price, least, earliest, latest, service)
        allowed &= ((self.stops.allowed[:, None, :] & self.stops.allowed[None, :, :]) > 0).any(axis=2)
        near = nearest((price + price.T) / 2, ~np.eye(self.n, dtype=bool))
        return near, nearest(cost.T, allowed.T), nearest(cost, allowed)

    def _reach(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Return each stop's first and last second of service, and how long that takes."""
        ints = self.stops.ints.reshape(-1, 8)
        earliest = np.maximum(ints[:, prices.OPENS], min(s.starts for s in self.problem.shifts)).astype(float)
        latest = np.minimum(ints[:, prices.LAST_CLOSE], max(s.ends for s in self.problem.shifts)).astype(float)
        return earliest, latest, ints[:, prices.SERVICE].astype(float)

    def _ranks(self, price: NDArray[np.float64]) -> NDArray[np.int32]:
        """Return what stops may be sorted by before they are put back: amount, distance, width, first opening."""
        n, (earliest, latest, _) = self.n, self._reach()
        amounts = self.stops.amounts.reshape(n, -1).astype(float)
        size = (1000 * amounts / np.maximum(1.0, amounts.sum(axis=0))).sum(axis=1) if amounts.size else np.zeros(n)
        far = price[n, :n] + price[:n, n]
        far *= 1e6 / max(1.0, float(far.max(initial=1.0)))
        return np.stack([1000 * size, far, latest - earliest, earliest], axis=1).astype(np.int32)

    # The state

    def _live(self) -> kernel.Live:
        """Fill empty routes and the kernel's room to work."""
        n, m, dims = self.n, self.n_routes, len(self.problem.dimensions)
        nodes = np.zeros((n + m, 8), np.int32)
        nodes[:n, kernel.ROUTE] = -2
        nodes[n:, kernel.PREV] = nodes[n:, kernel.NEXT] = np.arange(n, n + m)
        nodes[n:, kernel.ROUTE] = np.arange(m)
        nodes[n:, kernel.LATEST] = [s.ends for s in self.problem.shifts]
        room, lane = n + m + 1, kernel.LANE
        return kernel.Live(
            nodes.reshape(-1), _ints(room * lane), _ints(room * lane), _floats(room * lane), _floats(room * lane),
            _ints(room * lane), np.zeros(m * lane), _ints(max(1, n * dims)), _ints(max(1, m * dims)), _ints(4 * m),
            np.zeros(m), np.zeros(2), np.zeros(16, np.int64), np.diff(self.kinds.begins).astype(np.int32),
            _ints(n + 1), nodes[:, kernel.NEXT].copy(), np.array([s.starts for s in self.problem.shifts], np.int32),
            _ints(kernel.SEEN), np.zeros(kernel.SEEN), np.zeros(kernel.FEW), np.zeros(4 * kernel.FEW, np.int64),
            _ints(room), np.zeros(room, np.int64), np.zeros(room, np.int64), np.full(room, -1, np.int64), _ints(room),
            _ints(room), _ints(room), _ints(8 * room), _ints(3 * room * lane), _floats(2 * room * lane),
            np.zeros(room * lane), _ints(max(1, room * dims)), _ints(5 * room), np.zeros(room),
        )  # fmt: skip

    def _memory(self, live: kernel.Live) -> NDArray[np.int64]:
        """Return the addresses of the problem and of a state."""
        return memory([(self.ask, kernel.ASK), (live, kernel.LIVE)])

    def _begin_with(self, start: Mapping[str, Sequence[str]], departures: Mapping[str, int]) -> None:
        """Begin at a given plan, or at none."""
        self.fill(start, departures, strict=True)
        self._hold()

    def fill(self, start: Mapping[str, Sequence[str]], departures: Mapping[str, int], *, strict: bool) -> None:
        """Put a plan's stops into the routes, `strict`: as far as they fit."""
        index = {s.stop_id: k for k, s in enumerate(self.problem.stops)}
        given = [[index[x] for x in start.get(s.shift_id, ())] for s in self.problem.shifts]
        begins = np.cumsum([0, *(len(g) for g in given)]).astype(np.int32)
        sequence = np.array([x for g in given for x in g] or [0], np.int32)
        leaves = np.array([departures.get(s.shift_id, s.starts) for s in self.problem.shifts], np.int32)
        self._work(kernel.LOAD, order=sequence, begins=begins, leaves=leaves, strict=strict)
        left = np.flatnonzero(self.live.it.reshape(-1, 8)[: self.n, kernel.ROUTE] < 0)
        self.live.left[: len(left)] = left
        self.live.count[kernel.LEFT] = len(left)

    def _hold(self) -> None:
        """Hold the current plan as the best."""
        live = self.live
        live.cost[:] = self._total()
        live.best_next[:] = live.it.reshape(-1, 8)[:, kernel.NEXT]
        live.best_leaves[:] = live.rint.reshape(-1, 4)[:, kernel.DEPARTS]
        live.count[kernel.BEST_LEFT] = live.count[kernel.LEFT]
        self.looked_at = -1

    def _total(self) -> float:
        left = self.live.left[: int(self.live.count[kernel.LEFT])]
        return float(self.live.rprice.sum() + self.ask.unserved[left].sum())

    def advance(self, iterations: int, done: float, step: float) -> None:
        """Run a chunk; `done` and `step` place it in the whole search."""
        if self.hot == 0.0:
            self._begin()
        hot = self.hot * (WARM_HEAT if self.warm else HEAT)
        self._run(iterations, (hot, self.hot * COLD, *SETTING), done, step)

    def _begin(self) -> None:
        """Fill an empty plan and take the temperature from the price of its legs."""
        if not self.warm:
            self._run(1, CONSTRUCT, 0.0, 0.0)
            self._hold()
        hour = self.kinds.floats.reshape(-1, 8)[:, prices.K_HOUR].mean()
        still = hour * float(self.stops.ints.reshape(-1, 8)[:, prices.SERVICE].sum())
        legs = max(1, self.n + int(self.live.count[kernel.USED] - self.live.count[kernel.LEFT]))
        self.hot = max(1.0, (float(self.live.rprice.sum()) - still) / legs)

    def _run(self, iterations: int, setting: tuple[float, ...], done: float, step: float) -> None:
        """Call the kernel."""
        self.live.cost[kernel.COST] = self._total()
        self._work(kernel.RUN, setting=setting, iterations=iterations, share=(done, step))

    def _work(  # noqa: PLR0913 - the kernel's one entry takes what any of its tasks needs
        self,
        task: int,
        *,
        mem: NDArray[np.int64] | None = None,
        setting: tuple[float, ...] = (),
        order: NDArray[np.int32] = NO_INTS,
        begins: NDArray[np.int32] = NO_INTS,
        leaves: NDArray[np.int32] = NO_INTS,
        prices: NDArray[np.float64] = NO_FLOATS,
        strict: bool = False,
        iterations: int = 0,
        share: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        """Call the kernel, always with the same types: one compilation."""
        numbers = np.array([EXACT, strict, iterations], np.int64)
        kernel.work(
            self.mem if mem is None else mem, task, self.rng, np.array(setting, np.float64), order, begins, leaves,
            prices, numbers, float(share[0]), float(share[1]),
        )  # fmt: skip

    # The best plan

    def _looked_over(self) -> None:
        """Find the exact best departures of the best plan, once for each."""
        if self.looked_at == int(self.live.count[kernel.IMPROVED]):
            return
        self.looked_at = int(self.live.count[kernel.IMPROVED])
        elsewhere = self.live._replace(it=np.zeros_like(self.live.it))
        self.found_prices, self.found_leaves = np.zeros(self.n_routes), self.live.best_leaves.copy()
        self._work(
            kernel.LOOK_OVER, mem=self._memory(elsewhere), order=self.live.best_next, leaves=self.found_leaves,
            prices=self.found_prices,
        )  # fmt: skip
        served = {x for route in self._routes().values() for x in route}
        self.found_left = sum(self.ask.unserved[x] for x in range(self.n) if x not in served)

    def _routes(self) -> dict[int, list[int]]:
        """Return the best plan's stops by route, without empty ones."""
        found = {}
        for r in range(self.n_routes):
            x, stops = int(self.live.best_next[self.n + r]), []
            while x < self.n:
                stops.append(x)
                x = int(self.live.best_next[x])
            if stops:
                found[r] = stops
        return found

    @property
    def price(self) -> float:
        """Return the best plan's price in cents, unrounded.

        A stop that must be served and isn't counts 1e9 and its curve's lowest price.
        """
        self._looked_over()
        return float(self.found_prices.sum() + self.found_left + self.curves.constants.sum())

    def sequences(self) -> dict[str, tuple[str, ...]]:
        """Return the best plan: stop ids by shift id, empty shifts left away."""
        shifts, stops = self.problem.shifts, self.problem.stops
        return {shifts[r].shift_id: tuple(stops[x].stop_id for x in route) for r, route in self._routes().items()}

    def departures(self) -> dict[str, Seconds]:
        """Return when the best plan's vans leave, as far as they may choose."""
        self._looked_over()
        shifts = self.problem.shifts
        return {
            shifts[r].shift_id: Seconds(int(self.found_leaves[r])) for r in self._routes() if shifts[r].free_departure
        }


def _ints(size: int) -> NDArray[np.int32]:
    return np.zeros(size, np.int32)


def _floats(size: int) -> NDArray[np.float32]:
    return np.zeros(size, np.float32)


def _more(firsts: Sequence[PlannedShift]) -> NDArray[np.int32]:
    """Return for each kind whether it may choose when to leave, and how long it may be away."""
    rows = [[s.free_departure, NEVER if s.max_seconds is None else min(s.max_seconds, NEVER)] for s in firsts]
    return np.array(rows, np.int32).reshape(-1)


def _no_slots(rows: int, dims: int) -> layout.Travel:
    """Return what stands for matrices by slot where there are none."""
    nothing = np.zeros(1, np.uint16)
    return layout.Travel(
        nothing, nothing, np.zeros(1, np.int32), np.zeros(1, np.int32), np.array([rows, 1, 1, dims], np.int64), 1
    )


def _no_pieces() -> Pieces:
    """Return what stands for arrival functions where there are none."""
    nothing = np.zeros(1, np.int32)
    return Pieces(nothing, nothing, np.zeros(1, np.uint16), nothing, np.zeros(2, np.int64))
