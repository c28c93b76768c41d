"""The priced search: any valuation, any shifts. Holds the kernel's arrays and the best plan found so far."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from doorstep.domain.problem import Problem
from doorstep.domain.units import Seconds
from doorstep.operations.search import kernel_priced as kernel
from doorstep.operations.search import kernel_prices as prices
from doorstep.operations.search import layout
from doorstep.operations.search.lists import followers, nearest, side_by_side

CONSTRUCT = (1.0, 1.0, 1.0, 0.0, 0.0, 0.01, 1.0, 0.0, 1e9)
"""The kernel's setting for filling an empty plan: everything that fits goes in."""

HEAT, WARM_HEAT, COLD = 2.0, 0.2, 0.01
"""First temperature, that of a search with a start, and the last: in mean prices of a served stop."""

SETTING = (10.0, 8.0, 0.01, 0.01, 0.03, 0.01, 16.0)
"""Mean stops removed, width of tail swaps, chance of a whole route, of a skip, of a generous insertion, of an
exchange of shifts, and the most stops left out that are tried again at once. Measured on made-up days of 400 stops."""


class PricedRun:
    """One search in progress: arrays that the kernel works on, and the best plan it holds."""

    def __init__(self, problem: Problem, seed: int, start: Mapping[str, Sequence[str]] | None) -> None:
        """Lay out the arrays and insert the start's stops, as far as they fit."""
        problem = self.problem = side_by_side(problem)
        self.n, self.n_routes = len(problem.stops), len(problem.shifts)
        self.kinds, self.travel, self.curves = layout.kinds(problem), layout.travel(problem), layout.curves(problem)
        self.kinds.floats.reshape(-1, 8)[:, prices.K_METRE] *= self.travel.unit
        self.stops = layout.stops(problem, self.kinds.firsts, self.curves.constants)
        self.rng = np.array([np.random.SeedSequence(seed).generate_state(1, np.uint64)[0] | np.uint64(1)], np.uint64)
        self.warm = bool(start)
        self.hot = 0.0
        self._lay_out_lists()
        self._lay_out_routes()
        self._load(start or {})

    def _lay_out_lists(self) -> None:
        """Fill the prices of serving one stop alone, neighbour lists and ranks."""
        n, ints = self.n, self.stops.ints.reshape(-1, 8)
        self.alone = np.empty((n, len(self.kinds.firsts)))
        kernel.prices_alone(*self._doors(), self.stops.allowed, *self._roads(), self.alone)
        self.stops.allowed[self.alone >= prices.INFINITE] = 0
        seconds, metres = self._average_travel()
        price = seconds * max(self._mean_rate(prices.K_HOUR), 1e-6) + metres * self._mean_rate(prices.K_METRE)
        within = price[:n, :n]
        starts = min(s.starts for s in self.problem.shifts)
        ends = max(s.ends for s in self.problem.shifts)
        earliest = np.maximum(ints[:, prices.OPENS], starts).astype(float)
        latest = np.minimum(ints[:, prices.LAST_CLOSE], ends).astype(float)
        service = ints[:, prices.SERVICE].astype(float)
        cost, allowed = followers(within, self._least_seconds()[:n, :n], earliest, latest, service)
        allowed &= ((self.stops.allowed[:, None, :] & self.stops.allowed[None, :, :]) > 0).any(axis=2)
        self.succ, self.pred = nearest(cost, allowed), nearest(cost.T, allowed.T)
        self.near = nearest((within + within.T) / 2, ~np.eye(n, dtype=bool))
        amounts = self.stops.amounts.reshape(n, -1).astype(float)
        size = (1000 * amounts / np.maximum(1.0, amounts.sum(axis=0))).sum(axis=1) if amounts.size else np.zeros(n)
        far = price[n, :n] + price[:n, n]
        far *= 1e6 / max(1.0, float(far.max(initial=1.0)))
        self.ranks = np.stack([1000 * size, far, latest - earliest, earliest], axis=1).astype(np.int32)

    def _average_travel(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return mean seconds and metres between rows over profiles and slots."""
        lines, slots = self._lines(), int(self.travel.shape[1])
        return lines[..., :slots].mean(axis=(0, 3)), lines[..., slots:].mean(axis=(0, 3))

    def _least_seconds(self) -> NDArray[np.float64]:
        """Return the fewest seconds between rows in any profile and slot."""
        return self._lines()[..., : int(self.travel.shape[1])].min(axis=(0, 3)).astype(float)

    def _lines(self) -> NDArray[np.integer[Any]]:
        """Return the matrices as (profile, from, to, seconds then metres by slot)."""
        rows, slots = int(self.travel.shape[0]), int(self.travel.shape[1])
        return self.travel.lines.reshape(-1, rows, rows, 2 * slots)

    def _mean_rate(self, column: int) -> float:
        """Return the mean of a rate over kinds."""
        return float(self.kinds.floats.reshape(-1, 8)[:, column].mean())

    def _lay_out_routes(self) -> None:
        """Fill empty routes and the kernel's room to work."""
        n, m, dims = self.n, self.n_routes, len(self.problem.dimensions)
        nodes = np.zeros((n + m, 8), np.int32)
        nodes[:n, kernel.ROUTE] = -2
        nodes[n:, kernel.PREV] = nodes[n:, kernel.NEXT] = np.arange(n, n + m)
        nodes[n:, kernel.ROUTE] = np.arange(m)
        nodes[n:, kernel.LEAVES] = [s.starts for s in self.problem.shifts]
        nodes[n:, kernel.LATEST] = [s.ends for s in self.problem.shifts]
        self.it, self.fl = nodes.reshape(-1), np.zeros((n + m) * 8)
        self.cum, self.rload = np.zeros(max(1, n * dims), np.int32), np.zeros(max(1, m * dims), np.int32)
        self.rint, self.rprice = np.zeros(2 * m, np.int32), np.zeros(m)
        self.cost, self.count = np.zeros(2), np.zeros(16, np.int64)
        self.empty = np.diff(self.kinds.begins).astype(np.int32)
        self.left = np.zeros(n + 1, np.int32)
        room = n + m + 1
        self.looked = np.zeros(room, np.int64)
        self.work = np.full(8 * room, -1, np.int32)
        self.old_it, self.old_fl = np.zeros(8 * room, np.int32), np.zeros(8 * room)
        self.old_cum, self.old_rp = np.zeros(max(1, room * dims), np.int32), np.zeros(m)
        self.key = np.zeros(n + 1, np.int64)
        self.few, self.few_at = np.zeros(2 * kernel.FEW), np.zeros(2 * kernel.FEW, np.int64)

    def _doors(self) -> tuple[NDArray[np.generic], ...]:
        """Return stops, curves and what kinds cost, as `prices_alone` takes them."""
        return (
            self.stops.ints, self.stops.spans, self.curves.of_stop, self.curves.knots, self.curves.values,
            self.curves.bins, self.kinds.ints, self.kinds.floats,
        )  # fmt: skip

    def _roads(self) -> tuple[NDArray[np.generic], ...]:
        """Return travel, as every kernel function takes it."""
        return self.travel.lines, self.travel.edges, self.travel.bins, self.travel.shape

    def _routes(self) -> tuple[NDArray[np.generic], ...]:
        """Return the state of all routes and what prices them, as `load` and `run` take them."""
        return (
            self.it, self.fl, self.cum, self.rload, self.rint, self.rprice, self.stops.ints, self.stops.spans,
            self.stops.amounts, self.curves.of_stop, self.curves.knots, self.curves.values, self.curves.bins,
            self.kinds.ints, self.kinds.floats, self.kinds.capacities, self.kinds.of_route,
        )  # fmt: skip

    def fill(self, start: Mapping[str, Sequence[str]], *, strict: bool) -> None:
        """Append stops to their routes; not `strict` takes them as they are, feasible or not."""
        index = {s.stop_id: k for k, s in enumerate(self.problem.stops)}
        given = [[index[x] for x in start.get(s.shift_id, ())] for s in self.problem.shifts]
        begins = np.cumsum([0, *(len(g) for g in given)]).astype(np.int32)
        sequence = np.array([x for g in given for x in g] or [0], np.int32)
        kernel.load(
            *self._routes(), self.stops.allowed, *self._roads(), self.count, self.empty, self.n, self.n_routes,
            sequence, begins, strict,
        )  # fmt: skip

    def _load(self, start: Mapping[str, Sequence[str]]) -> None:
        """Begin at a given plan, or at none: what is in no route is left out."""
        self.fill(start, strict=True)
        out = np.flatnonzero(self.it.reshape(-1, 8)[: self.n, kernel.ROUTE] < 0)
        self.left[: len(out)] = out
        self.count[kernel.LEFT] = len(out)
        self._hold()

    def _hold(self) -> None:
        """Hold the current plan as the best, its price summed afresh."""
        left = self.left[: int(self.count[kernel.LEFT])]
        self.cost[:] = self.rprice.sum() + self.stops.unserved[left].sum()
        self.best_next = self.it.reshape(-1, 8)[:, kernel.NEXT].copy()
        self.count[kernel.BEST_LEFT] = len(left)

    def advance(self, iterations: int, done: float, step: float) -> None:
        """Run a chunk; `done` and `step` place it in the whole search."""
        if self.hot == 0.0:
            self._begin()
        hot = self.hot * (WARM_HEAT if self.warm else HEAT)
        self._run(iterations, (hot, self.hot * COLD, *SETTING), done, step)

    def _begin(self) -> None:
        """Fill an empty plan and take the temperature from it."""
        if not self.warm:
            self._run(1, CONSTRUCT, 0.0, 0.0)
            self._hold()
        served = max(1, self.n - int(self.count[kernel.LEFT]))
        self.hot = max(1.0, float(self.rprice.sum()) / served)

    def _run(self, iterations: int, setting: tuple[float, ...], done: float, step: float) -> None:
        """Call the kernel."""
        left = self.left[: int(self.count[kernel.LEFT])]
        self.cost[kernel.COST] = self.rprice.sum() + self.stops.unserved[left].sum()
        kernel.run(
            *self._routes(), self.kinds.begins, self.kinds.routes, self.stops.allowed, self.alone,
            self.stops.unserved, self.travel.lines, self.travel.into, *self._roads()[1:],
            self.pred, self.succ, self.near, self.ranks, self.cost, self.count, self.empty, self.rng,
            self.n, self.n_routes, np.array(setting), self.left, self.best_next, self.work, self.few, self.few_at,
            self.old_it, self.old_fl, self.old_cum, self.old_rp, self.key, self.looked, iterations, done, step,
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
